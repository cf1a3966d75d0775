//! Reads what a server says in the clear: ServerHello, Certificate, ServerKeyExchange, CertificateStatus.
//!
//! Own readers, because `tls-parser` refuses the hello of TLCP, whose version is 0x0101.

use super::Malformed;
use super::cursor::Cursor;
use super::names::{Agreement, agreement};

/// Type of a ServerHello.
pub const SERVER_HELLO: u8 = 2;
/// Type of a Certificate message.
pub const CERTIFICATE: u8 = 11;
/// Type of a ServerKeyExchange.
pub const SERVER_KEY_EXCHANGE: u8 = 12;
/// Type of a ServerHelloDone.
pub const SERVER_HELLO_DONE: u8 = 14;
/// Type of a CertificateStatus.
pub const CERTIFICATE_STATUS: u8 = 22;

/// Most certificates of a chain that are kept.
pub const CHAIN_LIMIT: usize = 16;
/// The random bytes that make a ServerHello a HelloRetryRequest (RFC 8446, 4.1.3): the SHA-256 of that word.
const RETRY: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A,
    0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];

/// What the server chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// Version on the wire, that of TLS 1.3 taken from its extension.
    pub version: u16,
    /// Suite.
    pub suite: u16,
    /// Whether the data will be compressed.
    pub compression: bool,
    /// Whether it is a HelloRetryRequest.
    pub retry: bool,
    /// Group of the key share, in TLS 1.3.
    pub group: Option<u16>,
    /// Application protocol, bytes that are no printable ASCII replaced by `?`.
    pub alpn: Option<String>,
    /// Whether renegotiation is safe (RFC 5746).
    pub secure_renegotiation: bool,
}

/// Reads the body of a ServerHello.
///
/// # Errors
/// When it is malformed.
pub fn server_hello(body: &[u8]) -> Result<ServerHello, Malformed> {
    hello(Cursor(body)).ok_or(Malformed("ServerHello"))
}

fn hello(mut body: Cursor<'_>) -> Option<ServerHello> {
    let mut hello = ServerHello { version: body.u16()?, ..ServerHello::default() };
    hello.retry = body.take(32)? == RETRY;
    body.short()?;
    hello.suite = body.u16()?;
    hello.compression = body.u8()? != 0;
    if body.is_empty() {
        return Some(hello);
    }
    let mut extensions = body.part()?;
    while !extensions.is_empty() {
        let (kind, mut data) = (extensions.u16()?, extensions.part()?);
        match kind {
            16 => {
                let name = data.part()?.short()?;
                let printable = |byte: &u8| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' };
                hello.alpn = Some(name.0.iter().map(printable).collect());
            }
            43 => hello.version = data.u16()?,
            51 => hello.group = Some(data.u16()?),
            0xFF01 => hello.secure_renegotiation = true,
            _ => {}
        }
    }
    Some(hello)
}

/// Reads the body of a Certificate message as before TLS 1.3 and in TLCP: certificates in DER form, the first [`CHAIN_LIMIT`] of them.
///
/// # Errors
/// When it is malformed.
pub fn certificates(body: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
    let read = || {
        let (mut list, mut found) = (Cursor(body).long()?, Vec::new());
        while !list.is_empty() && found.len() < CHAIN_LIMIT {
            found.push(list.long()?.0.to_vec());
        }
        Some(found)
    };
    read().ok_or(Malformed("Certificate message"))
}

/// What an ephemeral key exchange runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyExchange {
    /// A named group.
    Group(u16),
    /// A finite field with a prime of so many bits.
    FiniteField(u32),
    /// Something else, such as a curve spelt out.
    Other,
}

/// Reads the body of a ServerKeyExchange (RFC 5246, 7.4.3; RFC 8422, 5.4) for `suite`.
///
/// # Errors
/// When it is malformed.
pub fn key_exchange(suite: u16, body: &[u8]) -> Result<KeyExchange, Malformed> {
    let mut body = Cursor(body);
    let malformed = Malformed("ServerKeyExchange");
    match agreement(suite) {
        Agreement::Other => Ok(KeyExchange::Other),
        Agreement::FiniteField => Ok(KeyExchange::FiniteField(bits(body.part().ok_or(malformed)?.0))),
        Agreement::Curve => match body.u8().ok_or(malformed)? {
            3 => body.u16().map(KeyExchange::Group).ok_or(malformed),
            _ => Ok(KeyExchange::Other),
        },
    }
}

/// Whether the body of a CertificateStatus holds an OCSP answer (RFC 6066, 8).
pub fn is_stapled(body: &[u8]) -> bool {
    let mut body = Cursor(body);
    body.u8() == Some(1) && body.long().is_some_and(|answer| !answer.is_empty())
}

/// Length in bits of a number in at most 65,535 bytes.
fn bits(number: &[u8]) -> u32 {
    let digits = number.iter().skip_while(|byte| **byte == 0).count();
    let first = number.get(number.len() - digits).map_or(0, |byte| byte.leading_zeros());
    u32::try_from(digits * 8).unwrap_or(u32::MAX).saturating_sub(first)
}

/// An alert's name (IANA, "TLS Alerts"); its number where it is none of the usual ones.
pub fn alert(description: u8) -> String {
    let name = match description {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        47 => "illegal_parameter",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        116 => "certificate_required",
        120 => "no_application_protocol",
        other => return format!("alert {other}"),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hello_bytes(version: [u8; 2], suite: [u8; 2], extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_vec();
        body.extend([9; 32]);
        body.extend([0, suite[0], suite[1], 0]);
        if !extensions.is_empty() {
            body.extend(u16::try_from(extensions.len()).expect("short").to_be_bytes());
            body.extend(extensions);
        }
        body
    }

    #[test]
    fn hellos_of_all_versions_are_read() {
        let tlcp = server_hello(&hello_bytes([1, 1], [0xE0, 0x13], &[])).expect("a hello");
        assert_eq!((tlcp.version, tlcp.suite, tlcp.retry), (0x0101, 0xE013, false));
        let extensions = [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 29];
        let mut retry = hello_bytes([3, 3], [0x13, 1], &extensions);
        retry[2..34].copy_from_slice(&RETRY);
        let retry = server_hello(&retry).expect("a hello");
        assert_eq!((retry.version, retry.suite, retry.retry, retry.group), (0x0304, 0x1301, true, Some(29)));
        let old = [0xFF, 1, 0, 1, 0, 0, 16, 0, 5, 0, 3, 2, b'h', 27];
        let old = server_hello(&hello_bytes([3, 1], [0, 0x35], &old)).expect("a hello");
        assert_eq!((old.secure_renegotiation, old.alpn.as_deref()), (true, Some("h?")));
        assert_eq!(server_hello(&[3, 3]), Err(Malformed("ServerHello")));
    }

    #[test]
    fn key_exchanges_tell_their_size() {
        assert_eq!(key_exchange(0xC02F, &[3, 0, 23, 1, 4]), Ok(KeyExchange::Group(23)));
        assert_eq!(key_exchange(0x009E, &[0, 4, 0, 0x3F, 1, 1, 0, 1, 2]), Ok(KeyExchange::FiniteField(22)));
        assert_eq!(key_exchange(0x009E, &[0, 2, 0, 0]), Ok(KeyExchange::FiniteField(0)));
        assert_eq!(key_exchange(0xE013, &[1]), Ok(KeyExchange::Other));
        assert!(key_exchange(0xC02F, &[]).is_err());
        assert!(is_stapled(&[1, 0, 0, 1, 5]) && !is_stapled(&[1, 0, 0, 0]) && !is_stapled(&[]));
    }

    #[test]
    fn chains_are_cut_at_the_limit() {
        let one = [0, 0, 2, 7, 7].repeat(20);
        let mut body = vec![0, 0, 100];
        body.extend(one);
        assert_eq!(certificates(&body).expect("certificates").len(), CHAIN_LIMIT);
        assert!(certificates(&[0, 0, 9, 0, 0, 7]).is_err());
        assert_eq!(certificates(&[0, 0, 0]), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn any_bytes_end_well(bytes in proptest::collection::vec(any::<u8>(), 0..300), suite in any::<u16>()) {
            let _ = (server_hello(&bytes), certificates(&bytes), key_exchange(suite, &bytes), is_stapled(&bytes));
        }
    }
}
