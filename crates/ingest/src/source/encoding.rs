//! Which characters the bytes of a record are.
//!
//! Files are put together from several systems, so each record is decoded by itself.

use std::borrow::Cow;

use encoding_rs::GB18030;
use model::text::Text;

/// The text of a record: UTF-8 if it is, else GB18030, of which GBK is a part; `None` when it is neither, or is UTF-8 with an accident.
pub fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Cow::Borrowed(text));
    }
    if is_damaged_utf8(bytes) { None } else { GB18030.decode_without_bom_handling_and_without_replacement(bytes) }
}

/// True when at least as many Chinese characters are whole UTF-8 as are broken. GBK read as UTF-8 is broken nearly everywhere; what is whole
/// there by chance has two bytes, and Chinese has three.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|character| character.len_utf8() > 2).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > 0 && whole >= broken
}

/// Why a record that is neither is not taken.
pub fn undecodable() -> Text {
    Text::new("含有无法解码的字符（既非 UTF-8 也非 GB18030）", "some bytes are no characters, neither of UTF-8 nor of GB18030")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        for text in ["单位名称,网址,某𠀀局", ",,邮件系统,", "admin@example.gov.cn", "县"] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(text));
            assert_eq!(decode(&GB18030.encode(text).0).as_deref(), Some(text));
        }
        assert_eq!(decode(b"").as_deref(), Some(""));
    }

    #[test]
    fn one_broken_byte_does_not_make_utf8_something_else() {
        let text = "某某县人民政府";
        for place in 0..text.len() {
            for byte in [0xff, b'a', 0xe4, 0x80] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[place] = byte;
                if std::str::from_utf8(&bytes).is_err() {
                    assert_eq!(decode(&bytes), None, "{place} {byte}");
                }
            }
        }
    }
}
