//! The two digests by which fingerprint sets name a site's icon.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

/// Length of a line in MIME base64 (RFC 2045, 6.8).
const LINE: usize = 76;

/// MurmurHash3 (x86, 32 bit, seed 0, signed) over the MIME base64 of `bytes`, with a line feed after every line: the number that Shodan and
/// its kin show as `http.favicon.hash`.
pub fn mmh3(bytes: &[u8]) -> i32 {
    let flat = STANDARD.encode(bytes);
    let mut lines = String::with_capacity(flat.len() + flat.len() / LINE + 1);
    let mut rest = flat.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(LINE));
        lines.push_str(line);
        lines.push('\n');
        rest = tail;
    }
    // Reading from memory does not fail; the digest of nothing is 0.
    murmur3::murmur3_32(&mut lines.as_bytes(), 0).unwrap_or_default().cast_signed()
}

/// MD5 in lower-case hexadecimal.
pub fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{md5, mmh3};

    #[test]
    fn digests_of_known_bytes() {
        // Computed apart from this program, over Python's `base64.encodebytes`; the second takes several lines of base64.
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!((mmh3(b""), mmh3(b"abc"), mmh3(&all)), (0, -868969266, -757223386));
        assert_eq!(md5(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
