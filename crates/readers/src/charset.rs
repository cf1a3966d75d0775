//! Bytes of a page into text.
//!
//! Invariant: always some text; wrong bytes become U+FFFD. The order is that of browsers (WHATWG HTML, encoding sniffing), except that a
//! declaration that is plainly wrong does not stand: pages in GBK that call themselves UTF-8 are common, and their words matter here.

use std::sync::LazyLock;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use regex::Regex;

/// How much of a page is searched for a declaration, and how much is shown to the detector, in bytes.
const SNIFFED: usize = 4096;

/// A page's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The charset that decoded it, as the WHATWG encoding standard names it.
    pub charset: &'static str,
}

/// Decodes `bytes`, with the value of the `Content-Type` field if there was one.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Decoded {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return finish(encoding, bytes.get(length..).unwrap_or_default());
    }
    let declared = [content_type.and_then(in_content_type), in_markup(bytes), without_byte_order_mark(bytes)];
    let is_utf_8 = std::str::from_utf8(bytes).is_ok();
    for encoding in declared.into_iter().flatten() {
        let (text, failed) = encoding.decode_without_bom_handling(bytes);
        if !failed || !(is_utf_8 || plainly_wrong(&text)) {
            return Decoded { text: text.into_owned(), charset: encoding.name() };
        }
    }
    if is_utf_8 {
        return finish(UTF_8, bytes);
    }
    for encoding in [detected(bytes), GB18030, BIG5] {
        let (text, failed) = encoding.decode_without_bom_handling(bytes);
        if !failed || !plainly_wrong(&text) {
            return Decoded { text: text.into_owned(), charset: encoding.name() };
        }
    }
    finish(UTF_8, bytes)
}

fn finish(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), charset: encoding.name() }
}

/// True when the replacement characters are many beside the characters that were understood: the page is not in this charset. A few
/// broken bytes in a page, or one at a cut end, are not that.
fn plainly_wrong(text: &str) -> bool {
    let (wrong, right) =
        text.chars().filter(|character| !character.is_ascii()).fold((0_usize, 0_usize), |(wrong, right), character| {
            if character == char::REPLACEMENT_CHARACTER { (wrong + 1, right) } else { (wrong, right + 1) }
        });
    wrong * 4 > right
}

fn in_content_type(value: &str) -> Option<&'static Encoding> {
    value.split(';').skip(1).find_map(|parameter| {
        let (name, label) = parameter.split_once('=')?;
        let label = label.trim().trim_matches(['"', '\'']);
        name.trim().eq_ignore_ascii_case("charset").then(|| Encoding::for_label(label.as_bytes()))?
    })
}

/// The charset of a `<meta>` or an XML declaration in the first bytes.
fn in_markup(bytes: &[u8]) -> Option<&'static Encoding> {
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant that every test compiles")]
    static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([a-z0-9_:.-]+)|^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([a-z0-9_:.-]+)"#,
        )
        .unwrap()
    });
    let head = String::from_utf8_lossy(bytes.get(..SNIFFED).unwrap_or(bytes));
    let found = DECLARATION.captures_iter(&head).find_map(|found| {
        let label = found.get(1).or(found.get(2))?;
        Encoding::for_label(label.as_str().as_bytes())
    })?;
    // Markup that could be read as ASCII is not in UTF-16, whatever it says (WHATWG HTML, "prescan a byte stream").
    Some(if found == UTF_16LE || found == UTF_16BE { UTF_8 } else { found })
}

/// UTF-16 without a byte order mark shows by the zero beside the first `<`.
fn without_byte_order_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// What the bytes look like, from the first one that is not ASCII on: page heads are mostly ASCII and would tell nothing.
fn detected(bytes: &[u8]) -> &'static Encoding {
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let rest = bytes.get(start..).unwrap_or_default();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(rest.get(..SNIFFED).unwrap_or(rest), rest.len() <= SNIFFED);
    detector.guess(Some(b"cn"), Utf8Detection::Allow)
}

#[cfg(test)]
mod tests {
    use encoding_rs::GBK;
    use proptest::prelude::*;

    use super::*;

    const WORDS: &str = "网站标识码由主管单位统一编制，版权所有，未经许可不得转载。";

    fn gbk(text: &str) -> Vec<u8> {
        GBK.encode(text).0.into_owned()
    }

    fn read(bytes: &[u8], content_type: Option<&str>) -> (String, &'static str) {
        let decoded = decode(bytes, content_type);
        (decoded.text, decoded.charset)
    }

    #[test]
    fn declarations_are_followed_in_order() {
        let page = format!("<html><meta charset=gb2312><p>{WORDS}");
        assert_eq!(read(&gbk(&page), None), (page.clone(), "GBK"));
        let page = format!(r#"<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=gb18030">{WORDS}"#);
        assert_eq!(read(&gbk(&page), None), (page.clone(), "gb18030"));
        let big5 = BIG5.encode("政府網站識別碼").0.into_owned();
        assert_eq!(read(&big5, Some("text/html; charset=\"Big5\"")), ("政府網站識別碼".into(), "Big5"));
        let page = format!(r#"<?xml version="1.0" encoding="GBK"?><html>{WORDS}"#);
        assert_eq!(read(&gbk(&page), Some("text/html")), (page.clone(), "GBK"));
    }

    #[test]
    fn byte_order_marks_win() {
        let bytes: Vec<u8> = [0xFF, 0xFE].into_iter().chain(WORDS.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(read(&bytes, Some("text/html; charset=gbk")), (WORDS.into(), "UTF-16LE"));
        let bytes: Vec<u8> = "<p>中".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&bytes, None), ("<p>中".into(), "UTF-16BE"));
    }

    #[test]
    fn a_plainly_wrong_declaration_falls() {
        let page = format!("<meta charset=\"utf-8\"><p>{WORDS}");
        assert_eq!(decode(&gbk(&page), Some("text/html; charset=utf-8")).text, page);
        let page = format!("<meta charset=\"utf-8\"><p>{WORDS}");
        assert_eq!(read(page.as_bytes(), Some("text/html; charset=shift_jis")).0, page);
    }

    #[test]
    fn a_few_broken_bytes_do_not_change_the_charset() {
        let mut bytes = format!("<meta charset=utf-8>{WORDS}").into_bytes();
        bytes.pop();
        assert_eq!(decode(&bytes, None).charset, "UTF-8");
    }

    #[test]
    fn without_declaration() {
        assert_eq!(read(WORDS.as_bytes(), None), (WORDS.into(), "UTF-8"));
        assert_eq!(decode(&gbk(&WORDS.repeat(4)), None).text, WORDS.repeat(4));
        assert_eq!(read(b"", None), (String::new(), "UTF-8"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_text(bytes in proptest::collection::vec(any::<u8>(), 0..300), label in proptest::option::of("text/html; charset=(gbk|big5|utf-16|x|utf-8)")) {
            let decoded = decode(&bytes, label.as_deref());
            prop_assert!(decoded.text.len() <= bytes.len() * 3);
        }
    }
}
