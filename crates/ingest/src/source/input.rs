//! The bytes of a delivery: a bounded stream, unpacked where it is gzip, in UTF-8 where a byte order mark tells that it is UTF-16.

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use model::ledger::entity::EntityId;

use crate::source::SourceError;

/// The most bytes of one delivery, unpacked: above that, reading ends with [`SourceError::TooLarge`].
pub const LARGEST: u64 = 16 << 30;

/// How much of the beginning is looked at to tell a form, in bytes.
const START: u64 = 1 << 10;

/// A delivery that is being read.
pub struct Input<'a> {
    /// File name, URL or caller; its ending may tell a form (`.xlsx`).
    pub name: &'a str,
    /// When it was delivered: the time of what carries none.
    pub at: Timestamp,
    /// What it is about, where its content does not tell: the application of a bill of materials. `None` unless set.
    pub about: Option<EntityId>,
    start: Vec<u8>,
    bytes: Box<dyn BufRead + 'a>,
}

impl<'a> Input<'a> {
    /// A delivery whose bytes come from `bytes`. Gzip is unpacked, a byte order mark is taken off, and UTF-16 becomes UTF-8.
    ///
    /// # Errors
    /// When the first bytes cannot be read, or are those of an HTML page: no format is one.
    pub fn new(name: &'a str, at: Timestamp, bytes: impl Read + 'a) -> Result<Self, SourceError> {
        let (start, bytes) = open(Box::new(BufReader::with_capacity(1 << 16, bytes))).map_err(|source| failed(name, source))?;
        if is_html(&start) {
            return Err(SourceError::HtmlPage { name: name.into(), expected: "data" });
        }
        Ok(Self { name, at, about: None, start, bytes })
    }

    /// The first bytes, at most 1 KiB; the stream still holds them.
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// The stream.
    pub fn stream(&mut self) -> &mut (dyn BufRead + 'a) {
        &mut *self.bytes
    }

    /// All bytes, for forms that are not read as a stream.
    ///
    /// # Errors
    /// When there are more than `limit`, or they cannot be read.
    pub fn whole(&mut self, limit: u64) -> Result<Vec<u8>, SourceError> {
        let mut bytes = Vec::new();
        let read = (&mut self.bytes).take(limit + 1).read_to_end(&mut bytes);
        read.map_err(|source| self.io(source))?;
        if bytes.len() as u64 > limit {
            return Err(SourceError::TooLarge { name: self.name.into(), what: "its size in bytes, unpacked,", limit });
        }
        Ok(bytes)
    }

    /// An input/output error of this delivery's stream.
    pub fn io(&self, source: io::Error) -> SourceError {
        failed(self.name, source)
    }
}

/// An input/output error of the delivery with this name.
pub(super) fn failed(name: &str, source: io::Error) -> SourceError {
    if source.get_ref().is_some_and(|error| error.is::<Over>()) {
        return SourceError::TooLarge { name: name.into(), what: "its size in bytes, unpacked,", limit: LARGEST };
    }
    SourceError::Io { name: name.into(), source }
}

type Stream<'a> = Box<dyn BufRead + 'a>;

fn open(packed: Stream<'_>) -> io::Result<(Vec<u8>, Stream<'_>)> {
    let (start, packed) = peek(packed)?;
    let plain: Stream = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(packed)))
    } else {
        packed
    };
    let (start, mut plain) = peek(Box::new(Bounded { inner: plain, left: LARGEST }))?;
    match Encoding::for_bom(&start) {
        None => Ok((start, plain)),
        Some((encoding, mark)) if encoding == UTF_8 => {
            plain.read_exact(&mut [0; 3][..mark])?;
            Ok((start[mark..].to_vec(), plain))
        }
        Some((encoding, _)) => {
            let decoded = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(plain);
            peek(Box::new(BufReader::with_capacity(1 << 16, decoded)))
        }
    }
}

/// The first bytes of a stream, and the stream with them.
fn peek(mut stream: Stream<'_>) -> io::Result<(Vec<u8>, Stream<'_>)> {
    let mut start = Vec::new();
    (&mut stream).take(START).read_to_end(&mut start)?;
    Ok((start.clone(), Box::new(Cursor::new(start).chain(stream))))
}

/// Whether a page begins here: servers answer a fetch that fails with a page for people.
fn is_html(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let mut rest = text.trim_start();
    while let Some((_, after)) = rest.strip_prefix("<?xml").and_then(|inner| inner.split_once("?>")).or_else(|| comment(rest)) {
        rest = after.trim_start();
    }
    ["<!doctype html", "<html", "<head", "<body", "<title", "<script"].iter().any(|tag| rest.starts_with(tag))
}

fn comment(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("<!--").and_then(|inner| inner.split_once("-->"))
}

/// A stream that fails, and does not just end, where it is over the limit.
struct Bounded<'a> {
    inner: Stream<'a>,
    left: u64,
}

/// The stream is over the limit.
#[derive(Debug)]
struct Over;

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("over the limit")
    }
}

impl std::error::Error for Over {}

impl BufRead for Bounded<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.inner.fill_buf()?;
        if self.left == 0 && !bytes.is_empty() {
            return Err(io::Error::other(Over));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        Ok(&bytes[..bytes.len().min(most)])
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount as u64);
        self.inner.consume(amount);
    }
}

impl Read for Bounded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<u8>, SourceError> {
        Input::new("x", Timestamp::UNIX_EPOCH, bytes).and_then(|mut input| input.whole(1 << 20))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(bytes).and_then(|()| packer.finish()).expect("packed")
    }

    #[test]
    fn the_stream_is_plain_whatever_it_was_packed_in() {
        let text = "单位名称,网址\n".repeat(500);
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let marked = format!("\u{feff}{text}").into_bytes();
        let members = [gzip(&text.as_bytes()[..100]), gzip(&text.as_bytes()[100..])].concat();
        for bytes in [text.clone().into_bytes(), gzip(text.as_bytes()), utf16.clone(), gzip(&utf16), marked, members] {
            assert_eq!(read(&bytes).expect("read"), text.as_bytes());
        }
        assert_eq!(read(b"").expect("read"), b"");
    }

    #[test]
    fn what_ends_too_early_says_what_to_do() {
        let noise: Vec<u8> = (0..100_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let whole = gzip(&noise);
        for length in [3, 200, whole.len() / 2, whole.len() - 1] {
            let error = read(&whole[..length]).expect_err("cut");
            assert!(matches!(error, SourceError::Io { .. }) && error.to_string().contains("fetch it again"), "{error}");
        }
    }

    #[test]
    fn pages_are_no_data() {
        let page = "\u{feff}<?xml version=\"1.0\"?>\n<!-- x -->\n<!DOCTYPE HTML><html>";
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("<html>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in [page.as_bytes(), b" <HTML lang=zh>", &gzip(b"<html>"), &utf16] {
            assert!(matches!(read(bytes), Err(SourceError::HtmlPage { .. })));
        }
        for bytes in [&b"<?xml version=\"1.0\"?><nmaprun>"[..], b"<!-- open", b"html,title"] {
            assert!(read(bytes).is_ok());
        }
    }

    #[test]
    fn too_much_is_an_error_and_no_end() {
        let mut stream = Bounded { inner: Box::new(&b"12345"[..]), left: 4 };
        let error = stream.read_to_end(&mut Vec::new()).expect_err("over");
        assert!(matches!(failed("x", error), SourceError::TooLarge { .. }));
        let mut exact = Bounded { inner: Box::new(&b"1234"[..]), left: 4 };
        assert_eq!(exact.read_to_end(&mut Vec::new()).expect("read"), 4);
        assert!(matches!(
            Input::new("x", Timestamp::UNIX_EPOCH, &b"12345"[..]).and_then(|mut input| input.whole(4)),
            Err(SourceError::TooLarge { limit: 4, .. })
        ));
    }
}
