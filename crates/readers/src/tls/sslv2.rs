//! The two hellos of SSLv2 (its specification of 1995), which knows neither records nor suites as later versions do.

use super::cursor::Cursor;
use super::{Malformed, Version, names};

/// What an SSLv2 server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It speaks SSLv2.
    Hello {
        /// The names of the cipher kinds that both sides know.
        kinds: Vec<String>,
        /// Its certificate in DER form; empty when it sent none.
        certificate: Vec<u8>,
    },
    /// It refuses, by an error of SSLv2 or an alert of a later version.
    Refused,
}

/// A client's hello with every cipher kind.
pub fn client_hello(challenge: [u8; 16]) -> Vec<u8> {
    let kinds: Vec<u8> = names::ssl2_kinds().flat_map(|kind| kind.to_be_bytes().into_iter().skip(1)).collect();
    let mut body = vec![1];
    // Seven kinds of three bytes; their length and the challenge's fit one byte.
    body.extend(Version::Ssl2.number().to_be_bytes());
    body.extend([0, kinds.len() as u8, 0, 0, 0, challenge.len() as u8]);
    body.extend(kinds);
    body.extend(challenge);
    let mut hello = vec![0x80, body.len() as u8];
    hello.extend(body);
    hello
}

/// Reads the answer to [`client_hello`]; `None` while bytes are missing.
///
/// # Errors
/// When it is neither a hello nor a refusal.
pub fn answer(bytes: &[u8]) -> Result<Option<Answer>, Malformed> {
    let malformed = Malformed("SSLv2 answer");
    if matches!(bytes, [21, 3 | 1, ..]) {
        return Ok(Some(Answer::Refused));
    }
    let mut cursor = Cursor(bytes);
    let Some(first) = cursor.u8() else { return Ok(None) };
    // Only the header without padding: a hello is never encrypted, and what is not is not padded.
    if first & 0x80 == 0 && first != 21 {
        return Err(malformed);
    }
    let Some(second) = cursor.u8() else { return Ok(None) };
    let length = usize::from(first & 0x7F) << 8 | usize::from(second);
    let Some(body) = cursor.take(length) else {
        return if cursor.u8().is_some_and(|kind| !matches!(kind, 0 | 4)) { Err(malformed) } else { Ok(None) };
    };
    match body.first() {
        Some(0) => Ok(Some(Answer::Refused)),
        Some(4) => hello(Cursor(body)).map(Some).ok_or(malformed),
        _ => Err(malformed),
    }
}

fn hello(mut body: Cursor<'_>) -> Option<Answer> {
    // Type, "session known", kind of certificate.
    body.take(3)?;
    if body.u16()? != Version::Ssl2.number() {
        return None;
    }
    let (certificate, kinds) = (body.u16()?, body.u16()?);
    body.u16()?;
    let certificate = body.take(certificate.into())?.to_vec();
    let kinds = body.take(kinds.into())?;
    let number = |kind: &[u8]| kind.iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
    Some(Answer::Hello {
        kinds: kinds.chunks_exact(3).take(64).map(|kind| names::ssl2_kind(number(kind))).collect(),
        certificate,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server_hello() -> Vec<u8> {
        let mut bytes = vec![0x80, 0, 4, 0, 1, 0, 2, 0, 2, 0, 3, 0, 1, 0xAA, 0xBB, 1, 0, 0x80, 9];
        bytes[1] = u8::try_from(bytes.len() - 2).expect("short");
        bytes
    }

    #[test]
    fn both_hellos_have_their_form() {
        let hello = client_hello([5; 16]);
        assert_eq!((hello[0], usize::from(hello[1])), (0x80, hello.len() - 2));
        assert_eq!(hello[2..11], [1, 0, 2, 0, 21, 0, 0, 0, 16]);
        let whole = server_hello();
        assert!((0..whole.len()).all(|length| answer(&whole[..length]) == Ok(None)), "every cut waits for more");
        let kinds = vec!["SSL_CK_RC4_128_WITH_MD5".into()];
        assert_eq!(answer(&whole), Ok(Some(Answer::Hello { kinds, certificate: vec![0xAA, 0xBB] })));
    }

    #[test]
    fn refusals_and_others_are_told_apart() {
        assert_eq!(answer(&[0x80, 3, 0, 0, 1]), Ok(Some(Answer::Refused)));
        assert_eq!(answer(&[21, 3, 1, 0, 2, 2, 70]), Ok(Some(Answer::Refused)));
        assert!(answer(b"HTTP/1.1 400").is_err());
        assert!(answer(&[0xFF, 0xFF, 9]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_end_well(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = answer(&bytes);
        }
    }
}
