//! Text out of banners: bounded, in whatever encoding, with nothing that moves a terminal or hides.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use encoding_rs::GBK;
use model::facts::services::{Product, Service};
use model::facts::technology::{Version, VersionSource};

/// Longest text that is kept, in bytes before escaping.
pub(super) const LONGEST: usize = 512;
/// Most lines of an answer that are read.
pub(super) const LINES: usize = 64;

/// What was said, bounded: UTF-8, else GBK where that makes text, else bytes; controls and marks of direction escaped.
pub(super) fn shown(bytes: &[u8]) -> String {
    let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => escaped(text),
        // Cut in the middle of a character.
        Err(error) if error.error_len().is_none() => escaped(&String::from_utf8_lossy(&bytes[..error.valid_up_to()])),
        Err(_) if bytes.iter().any(|byte| *byte < 0x20 && !matches!(byte, 0x07..=0x0D | 0x1B)) => {
            bytes.escape_ascii().to_string()
        }
        Err(_) => match GBK.decode_without_bom_handling_and_without_replacement(&bytes[..whole_gbk(bytes)]) {
            Some(text) => escaped(&text),
            None => bytes.escape_ascii().to_string(),
        },
    }
}

/// Where the last whole character ends, if these are GBK.
fn whole_gbk(bytes: &[u8]) -> usize {
    let mut end = 0;
    while end < bytes.len() {
        let next = end + if bytes[end] > 0x80 { 2 } else { 1 };
        if next > bytes.len() {
            break;
        }
        end = next;
    }
    end
}

fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden =
            matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
        match character {
            '\r' => shown.push_str("\\r"),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            _ if character.is_control() || hidden => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    shown
}

/// The lines of an answer, as text, without their ends.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
    let line = |line: &[u8]| shown(line.strip_suffix(b"\r").unwrap_or(line));
    bytes.split(|byte| *byte == b'\n').take(LINES).filter(|line| !line.is_empty()).map(line).collect()
}

/// The first line, if it is complete.
pub(super) fn first_line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = &bytes[..end];
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

/// Whether `bytes` begins with `beginning`, letter case aside.
pub(super) fn begins(bytes: &[u8], beginning: &[u8]) -> bool {
    bytes.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning))
}

/// What stands between `before` and the next character that is none of a version's.
pub(super) fn version_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let rest = &text[text.find(before)? + before.len()..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '~'))).unwrap_or(rest.len());
    let version = &rest[..end];
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}

/// What is added to a service.
pub(super) trait Telling {
    /// Adds a product.
    fn product(self, vendor: Option<&str>, name: &str, version: Option<(&str, VersionSource)>, matched: &[u8]) -> Self;
    /// Adds a particular, unless it is empty.
    fn detail(self, name: &str, value: impl AsRef<str>) -> Self;
    /// Keeps what a set of Recog fingerprints reads, under the name by which that set calls it.
    fn recog(self, key: &str, banner: &[u8]) -> Self;
}

impl Telling for Service {
    fn product(mut self, vendor: Option<&str>, name: &str, version: Option<(&str, VersionSource)>, matched: &[u8]) -> Self {
        let version = version.map(|(number, by)| Version { number: shown(number.as_bytes()), by });
        let (vendor, source) = (vendor.map(str::to_owned), "greeting".to_owned());
        self.products.push(Product { vendor, name: shown(name.as_bytes()), version, cpe: None, source, matched: shown(matched) });
        self
    }

    fn detail(mut self, name: &str, value: impl AsRef<str>) -> Self {
        insert(&mut self.details, name.to_owned(), shown(value.as_ref().as_bytes()));
        self
    }

    fn recog(mut self, key: &str, banner: &[u8]) -> Self {
        insert(&mut self.details, format!("recog:{key}"), shown(banner));
        self
    }
}

fn insert(details: &mut BTreeMap<String, String>, name: String, value: String) {
    if !value.is_empty() {
        details.insert(name, value);
    }
}
