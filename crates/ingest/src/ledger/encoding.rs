//! Which characters the bytes of a text file are.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};

/// The text of a file: by its byte order mark (UTF-8, UTF-16), else UTF-8 if it is, else GB18030, of which GBK is a part. Bytes that are
/// no characters become U+FFFD, so that they spoil their own row and not the file.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(length..).unwrap_or_default()).0;
    }
    let (as_utf8, broken) = UTF_8.decode_without_bom_handling(bytes);
    if !broken || is_mostly_whole(&as_utf8) {
        return as_utf8;
    }
    GB18030.decode_without_bom_handling(bytes).0
}

/// True when fewer than a quarter of the characters beyond ASCII are broken: UTF-8 with an accident. GBK read as UTF-8 is broken nearly
/// everywhere.
fn is_mostly_whole(text: &str) -> bool {
    let beyond_ascii = text.chars().filter(|character| !character.is_ascii()).count();
    let broken = text.chars().filter(|character| *character == char::REPLACEMENT_CHARACTER).count();
    broken * 4 < beyond_ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let text = "单位名称,网址\n某某县人民政府,www.example.gov.cn\n";
        assert_eq!(decode(text.as_bytes()), text);
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes()), text);
        assert_eq!(decode(&GB18030.encode(text).0), text);
        let rare = "某𠀀局";
        assert_eq!(decode(&GB18030.encode(rare).0), rare);
        for (mark, unit) in [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)] {
            let bytes: Vec<u8> = mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect();
            assert_eq!(decode(&bytes), text);
        }
    }

    #[test]
    fn one_broken_byte_does_not_make_utf8_something_else() {
        let mut bytes = "单位名称,网址\n某某县人民政府,www.example.gov.cn\n".as_bytes().to_vec();
        bytes[25] = 0xff;
        let text = decode(&bytes);
        assert!(text.starts_with("单位名称,网址\n"), "{text}");
        assert!(text.contains(char::REPLACEMENT_CHARACTER), "{text}");
    }
}
