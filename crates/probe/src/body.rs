//! Bodies: read up to a limit, then undone of their content coding up to the same limit.

use std::io::Read;

use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Bytes of a body, perhaps only the first of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bounded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) truncated: bool,
}

/// Reads a body up to `limit` bytes. What is left stays unread.
pub(crate) async fn read(mut body: Incoming, limit: usize) -> Result<Bounded, hyper::Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = limit - bytes.len();
        if data.len() > room {
            bytes.extend_from_slice(&data[..room]);
            return Ok(Bounded { bytes, truncated: true });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Bounded { bytes, truncated: false })
}

/// Undoes the content coding (RFC 9110, 8.4.1) that a server declares, up to `limit` bytes. A body that is not coded as declared is kept
/// as it is, and of a damaged one what comes before the damage, as browsers do.
pub(crate) fn decode(body: Bounded, coding: &str, limit: usize) -> Bounded {
    let raw = body.bytes.as_slice();
    let reader: Box<dyn Read + '_> = match coding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" if raw.starts_with(&[0x1f, 0x8b]) => Box::new(flate2::read::GzDecoder::new(raw)),
        "deflate" if is_zlib(raw) => Box::new(flate2::read::ZlibDecoder::new(raw)),
        "deflate" => Box::new(flate2::read::DeflateDecoder::new(raw)),
        "br" if !is_large_window(raw) => Box::new(brotli_decompressor::Decompressor::new(raw, 4096)),
        _ => return body,
    };
    let mut bytes = Vec::new();
    // One byte beyond the limit tells a body of just this length from a longer one.
    let sound = reader.take(limit as u64 + 1).read_to_end(&mut bytes).is_ok();
    if bytes.is_empty() && !sound {
        return body;
    }
    let longer = bytes.len() > limit;
    bytes.truncate(limit);
    Bounded { bytes, truncated: body.truncated || longer || !sound }
}

/// Whether the first two bytes are a zlib header (RFC 1950, 2.2): some servers send raw deflate in its place.
fn is_zlib(raw: &[u8]) -> bool {
    matches!(*raw, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31))
}

/// Whether a brotli stream asks for a window of up to 1 GiB, by an extension that RFC 7932 (9.1) does not have and no browser takes.
fn is_large_window(raw: &[u8]) -> bool {
    matches!(*raw, [first, ..] if first & 0x7f == 0x11)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_body_makes_the_decoder_panic_or_pass_the_limit(bytes in prop::collection::vec(any::<u8>(), 0..400), gzip in any::<bool>()) {
            let mut bytes = bytes;
            if gzip {
                bytes.splice(0..0, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0]);
            }
            for coding in ["gzip", "deflate", "br"] {
                let decoded = decode(whole(&bytes), coding, 500);
                prop_assert!(decoded.bytes.len() <= 500);
            }
        }
    }

    fn whole(bytes: &[u8]) -> Bounded {
        Bounded { bytes: bytes.to_vec(), truncated: false }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        writer.write_all(bytes).expect("memory");
        writer.finish().expect("memory")
    }

    #[test]
    fn codings_are_undone() {
        let page = "政务公开".repeat(100).into_bytes();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&page).expect("memory");
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(&page).expect("memory");
        assert_eq!(decode(whole(&gzip(&page)), "GZIP", 10_000), whole(&page));
        assert_eq!(decode(whole(&zlib.finish().expect("memory")), "deflate", 10_000), whole(&page));
        assert_eq!(decode(whole(&raw.finish().expect("memory")), "deflate", 10_000), whole(&page));
        // Made by hand after RFC 7932, 9: a window of 22 bits, "hi" in an uncompressed meta-block, an empty last one.
        let brotli = [0x8b, 0x00, 0x80, 0x68, 0x69, 0x03];
        assert_eq!(decode(whole(&brotli), "br", 10_000), whole(b"hi"));
    }

    #[test]
    fn what_is_not_coded_as_declared_is_kept() {
        // The same "hi" as above, by the extension for large windows.
        let large = [0x11, 0x18, 0x02, 0x00, 0x02, 0x68, 0x69, 0x03];
        assert_eq!(decode(whole(&large), "br", 10_000), whole(&large));
        for coding in ["gzip", "br", "deflate", "zstd", ""] {
            assert_eq!(decode(whole(b"<html>plain</html>"), coding, 1000), whole(b"<html>plain</html>"), "{coding}");
        }
    }

    #[test]
    fn a_bomb_is_cut_and_a_damaged_body_kept_as_far_as_it_goes() {
        let bomb = gzip(&vec![b'a'; 50_000_000]);
        let cut = decode(whole(&bomb), "gzip", 65_536);
        assert_eq!((cut.bytes.len(), cut.truncated), (65_536, true));
        let page: Vec<u8> = (0..20_000_u32).flat_map(|number| number.to_string().into_bytes()).collect();
        let coded = gzip(&page);
        let half = decode(whole(&coded[..coded.len() / 2]), "gzip", 10_000_000);
        assert!(half.truncated && !half.bytes.is_empty() && page.starts_with(&half.bytes));
        let exact = decode(whole(&gzip(&[b'a'; 100])), "gzip", 100);
        assert_eq!((exact.bytes.len(), exact.truncated), (100, false));
    }
}
