//! The functions of the language. Names are without underscores and in lower case, as templates write them either way.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use md5::Md5;
use memchr::memmem;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::{Failed, Scope, Value, made, versions};

/// Beginnings of the names of functions whose value is another each time.
pub(super) const UNREPEATABLE: [&str; 8] =
    ["rand", "unixtime", "datetime", "todate", "waitfor", "generatejava", "generatejwt", "resolve"];

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Base64,
    Base64Decode,
    Base64Lines,
    CompareVersions,
    Concat,
    Contains,
    ContainsAll,
    ContainsAny,
    EndsWith,
    EqualsAny,
    HexDecode,
    HexEncode,
    HtmlEscape,
    Length,
    Lower,
    Md5,
    Murmur3,
    Number,
    Replace,
    Reverse,
    Sha1,
    Sha256,
    StartsWith,
    Text,
    Trim,
    TrimLeft,
    TrimPrefix,
    TrimRight,
    TrimSpace,
    TrimSuffix,
    Upper,
    UrlDecode,
    UrlEncode,
}

/// Each function with the least and the greatest number of its arguments.
const TABLE: &[(&str, Function, usize, usize)] = {
    use Function as F;
    const MANY: usize = 64;
    &[
        ("base64", F::Base64, 1, 1),
        ("base64decode", F::Base64Decode, 1, 1),
        ("base64py", F::Base64Lines, 1, 1),
        ("compareversions", F::CompareVersions, 2, MANY),
        ("concat", F::Concat, 1, MANY),
        ("contains", F::Contains, 2, 2),
        ("containsall", F::ContainsAll, 2, MANY),
        ("containsany", F::ContainsAny, 2, MANY),
        ("endswith", F::EndsWith, 2, MANY),
        ("equalsany", F::EqualsAny, 2, MANY),
        ("hexdecode", F::HexDecode, 1, 1),
        ("hexencode", F::HexEncode, 1, 1),
        ("htmlescape", F::HtmlEscape, 1, 1),
        ("len", F::Length, 1, 1),
        ("md5", F::Md5, 1, 1),
        ("mmh3", F::Murmur3, 1, 1),
        ("replace", F::Replace, 3, 3),
        ("reverse", F::Reverse, 1, 1),
        ("sha1", F::Sha1, 1, 1),
        ("sha256", F::Sha256, 1, 1),
        ("startswith", F::StartsWith, 2, MANY),
        ("tolower", F::Lower, 1, 1),
        ("tonumber", F::Number, 1, 1),
        ("tostring", F::Text, 1, 1),
        ("toupper", F::Upper, 1, 1),
        ("trim", F::Trim, 2, 2),
        ("trimleft", F::TrimLeft, 2, 2),
        ("trimprefix", F::TrimPrefix, 2, 2),
        ("trimright", F::TrimRight, 2, 2),
        ("trimspace", F::TrimSpace, 1, 1),
        ("trimsuffix", F::TrimSuffix, 2, 2),
        ("urldecode", F::UrlDecode, 1, 1),
        ("urlencode", F::UrlEncode, 1, 1),
    ]
};

impl Function {
    /// The function of this name that takes so many arguments.
    pub(super) fn named(name: &str, arguments: usize) -> Option<Self> {
        let fits =
            |(known, _, least, most): &&(&str, Function, usize, usize)| *known == name && (*least..=*most).contains(&arguments);
        TABLE.iter().find(fits).map(|(_, function, ..)| *function)
    }

    /// Its value.
    pub(super) fn call(self, arguments: &[Value], scope: &Scope<'_>) -> Result<Value, Failed> {
        let texts: Vec<Arc<[u8]>> = arguments.iter().map(Value::bytes).collect();
        let [first, others @ ..] = texts.as_slice() else { return Err(Failed::Kind) };
        let second = others.first().map_or(&[][..], |text| text);
        match self {
            // A search stops at what it looks for; the rest looks at every byte.
            Self::Contains | Self::ContainsAll | Self::ContainsAny => scope.search(first.len() * others.len())?,
            _ => scope.spend(texts.iter().map(|text| text.len() as u64).sum())?,
        }
        let holds = |word: &Arc<[u8]>| memmem::find(first, word).is_some();
        let truth = |truth| Ok(Value::Truth(truth));
        match self {
            Self::Contains | Self::ContainsAny => truth(others.iter().any(holds)),
            Self::ContainsAll => truth(others.iter().all(holds)),
            Self::StartsWith => truth(others.iter().any(|word| first.starts_with(word))),
            Self::EndsWith => truth(others.iter().any(|word| first.ends_with(word))),
            Self::EqualsAny => truth(others.contains(first)),
            Self::CompareVersions => truth(others.iter().all(|constraint| versions::within(first, constraint))),
            Self::Length => Ok(Value::Number(first.len() as f64)),
            Self::Number => {
                let number = std::str::from_utf8(first).ok().and_then(|text| text.trim().parse().ok());
                number.map(Value::Number).ok_or(Failed::Kind)
            }
            Self::Concat => made(texts.concat(), scope),
            Self::Text => Ok(Value::Text(Arc::clone(first))),
            Self::Lower => made(first.to_ascii_lowercase(), scope),
            Self::Upper => made(first.to_ascii_uppercase(), scope),
            Self::Reverse => made(String::from_utf8_lossy(first).chars().rev().collect::<String>().into_bytes(), scope),
            Self::Replace => replace(first, second, others.get(1).map_or(&[][..], |text| text), scope),
            Self::Trim => made(trimmed(first, second, true, true).to_vec(), scope),
            Self::TrimLeft => made(trimmed(first, second, true, false).to_vec(), scope),
            Self::TrimRight => made(trimmed(first, second, false, true).to_vec(), scope),
            Self::TrimSpace => made(first.trim_ascii().to_vec(), scope),
            Self::TrimPrefix => made(first.strip_prefix(second).unwrap_or(first).to_vec(), scope),
            Self::TrimSuffix => made(first.strip_suffix(second).unwrap_or(first).to_vec(), scope),
            Self::Md5 => made(hex(&Md5::digest(first)), scope),
            Self::Sha1 => made(hex(&Sha1::digest(first)), scope),
            Self::Sha256 => made(hex(&Sha256::digest(first)), scope),
            // Written as a signed number, as the field does.
            Self::Murmur3 => {
                let hash = murmur3::murmur3_32(&mut &first[..], 0).map_err(|_| Failed::Kind)?;
                made(hash.cast_signed().to_string().into_bytes(), scope)
            }
            Self::Base64 => made(STANDARD.encode(first).into_bytes(), scope),
            Self::Base64Lines => made(lines_of(&STANDARD.encode(first)), scope),
            Self::Base64Decode => {
                let text = first.trim_ascii();
                made(STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).map_err(|_| Failed::Kind)?, scope)
            }
            Self::HexEncode => made(hex(first), scope),
            Self::HexDecode => made(unhex(first).ok_or(Failed::Kind)?, scope),
            Self::HtmlEscape => made(html(first), scope),
            Self::UrlEncode => made(url::form_urlencoded::byte_serialize(first).collect::<String>().into_bytes(), scope),
            Self::UrlDecode => made(unescaped(first), scope),
        }
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

/// The bytes that hexadecimal digits stand for, white space left aside.
pub(crate) fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(*byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Base64 in lines of 76 characters, each with its line feed (RFC 2045, 6.8, as Python's `encodebytes` writes it).
fn lines_of(encoded: &str) -> Vec<u8> {
    encoded.as_bytes().chunks(76).flat_map(|line| line.iter().copied().chain([b'\n'])).collect()
}

fn trimmed<'a>(text: &'a [u8], cut: &[u8], left: bool, right: bool) -> &'a [u8] {
    let mut rest = text;
    while let ([first, after @ ..], true) = (rest, left) {
        if !cut.contains(first) {
            break;
        }
        rest = after;
    }
    while let ([before @ .., last], true) = (rest, right) {
        if !cut.contains(last) {
            break;
        }
        rest = before;
    }
    rest
}

fn replace(text: &[u8], from: &[u8], to: &[u8], scope: &Scope<'_>) -> Result<Value, Failed> {
    if from.is_empty() {
        return Err(Failed::Kind);
    }
    let mut replaced = Vec::new();
    let mut at = 0;
    for found in memmem::find_iter(text, from) {
        replaced.extend_from_slice(&text[at..found]);
        replaced.extend_from_slice(to);
        at = found + from.len();
        if replaced.len() > super::LONGEST {
            return Err(Failed::Spent);
        }
    }
    replaced.extend_from_slice(&text[at..]);
    made(replaced, scope)
}

fn html(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::new();
    for byte in text {
        match byte {
            b'<' => escaped.extend_from_slice(b"&lt;"),
            b'>' => escaped.extend_from_slice(b"&gt;"),
            b'&' => escaped.extend_from_slice(b"&amp;"),
            b'"' => escaped.extend_from_slice(b"&#34;"),
            b'\'' => escaped.extend_from_slice(b"&#39;"),
            _ => escaped.push(*byte),
        }
    }
    escaped
}

/// Undoes percent-encoding; what is no code stays.
pub(crate) fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(unhex);
        match code.as_deref() {
            Some([byte]) => {
                bytes.push(*byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}
