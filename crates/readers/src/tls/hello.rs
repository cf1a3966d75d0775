//! Writes ClientHello records, of versions that no library speaks any more too.
//!
//! A hello of TLS 1.3 may come without a key share: a server then answers with a HelloRetryRequest (RFC 8446, 4.1.4), which names suite and
//! group in the clear and costs neither side a key.

use super::Version;

/// Signature schemes (IANA, "TLS SignatureScheme"), with the old and the national ones.
const SIGNATURES: [u16; 22] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0401, 0x0501, 0x0601, 0x0708,
    0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202, 0x0101,
];
/// Asks for safe renegotiation where there are no extensions (RFC 5746, 3.3).
const RENEGOTIATION_SCSV: u16 = 0x00FF;
/// Longest name that a hello carries, in bytes.
const NAME_LIMIT: usize = 255;

/// What a hello offers. Lists must be short enough for their length fields; the tables of [`names`](super::names) are.
#[derive(Clone, Debug)]
pub struct ClientHello<'a> {
    /// The one version that it offers; not [`Version::Ssl2`], which has a [form of its own](super::sslv2).
    pub version: Version,
    /// Unpredictable bytes.
    pub random: [u8; 32],
    /// Suites, the preferred ones first.
    pub suites: &'a [u16],
    /// Groups, the preferred ones first.
    pub groups: &'a [u16],
    /// A key share of TLS 1.3: group and bytes.
    pub share: Option<(u16, &'a [u8])>,
    /// The host, unless it is an address.
    pub server_name: Option<&'a str>,
    /// Application protocols.
    pub alpn: &'a [&'a str],
    /// Whether extensions may be sent at all.
    pub extensions: bool,
}

impl ClientHello<'_> {
    /// The hello as one record.
    pub fn record(&self) -> Vec<u8> {
        let mut record = vec![22];
        record.extend(self.record_version().to_be_bytes());
        prefixed::<2>(&mut record, |record| {
            record.push(1);
            prefixed::<3>(record, |body| self.body(body));
        });
        record
    }

    /// Servers of old versions want a record of theirs, and all know that of TLS 1.0 (RFC 8446, 5.1).
    fn record_version(&self) -> u16 {
        match self.version {
            Version::Ssl3 | Version::Tlcp => self.version.number(),
            _ => Version::Tls10.number(),
        }
    }

    fn body(&self, body: &mut Vec<u8>) {
        let thirteen = self.version == Version::Tls13;
        body.extend(if thirteen { Version::Tls12 } else { self.version }.number().to_be_bytes());
        body.extend(self.random);
        // A session to resume makes the hello pass devices that know TLS 1.2 only (RFC 8446, D.4).
        prefixed::<1>(body, |id| id.extend(self.random.iter().filter(|_| thirteen)));
        prefixed::<2>(body, |list| {
            list.extend(self.suites.iter().flat_map(|suite| suite.to_be_bytes()));
            if matches!(self.version, Version::Ssl3 | Version::Tlcp) {
                list.extend(RENEGOTIATION_SCSV.to_be_bytes());
            }
        });
        // Deflate (RFC 3749) is offered wherever it may be, so that a server that takes it shows it.
        prefixed::<1>(body, |methods| methods.extend(if thirteen { &[0][..] } else { &[1, 0] }));
        if self.extensions && self.version != Version::Ssl3 {
            prefixed::<2>(body, |list| self.extend(list));
        }
    }

    fn extend(&self, list: &mut Vec<u8>) {
        if let Some(name) = self.server_name.filter(|name| name.len() <= NAME_LIMIT) {
            extension(list, 0, |data| {
                prefixed::<2>(data, |names| {
                    names.push(0);
                    prefixed::<2>(names, |written| written.extend(name.as_bytes()));
                });
            });
        }
        if self.version == Version::Tlcp {
            return;
        }
        if !self.groups.is_empty() {
            extension(list, 10, |data| numbers(data, self.groups));
            extension(list, 11, |data| data.extend([1, 0]));
        }
        // An OCSP answer is asked for (RFC 6066, 8).
        extension(list, 5, |data| data.extend([1, 0, 0, 0, 0]));
        if !self.alpn.is_empty() {
            extension(list, 16, |data| {
                prefixed::<2>(data, |names| {
                    self.alpn.iter().for_each(|name| prefixed::<1>(names, |written| written.extend(name.as_bytes())));
                });
            });
        }
        if self.version >= Version::Tls12 {
            extension(list, 13, |data| numbers(data, &SIGNATURES));
        }
        if self.version == Version::Tls13 {
            self.extend_thirteen(list);
        } else {
            // Extended master secret (RFC 7627), which some servers insist on, and safe renegotiation (RFC 5746).
            extension(list, 23, |_| {});
            extension(list, 0xFF01, |data| data.push(0));
        }
    }

    fn extend_thirteen(&self, list: &mut Vec<u8>) {
        extension(list, 43, |data| prefixed::<1>(data, |versions| versions.extend(Version::Tls13.number().to_be_bytes())));
        extension(list, 45, |data| data.extend([1, 1]));
        extension(list, 51, |data| {
            prefixed::<2>(data, |shares| {
                if let Some((group, key)) = self.share {
                    shares.extend(group.to_be_bytes());
                    prefixed::<2>(shares, |written| written.extend(key));
                }
            });
        });
    }
}

fn extension(list: &mut Vec<u8>, kind: u16, write: impl FnOnce(&mut Vec<u8>)) {
    list.extend(kind.to_be_bytes());
    prefixed::<2>(list, write);
}

fn numbers(data: &mut Vec<u8>, numbers: &[u16]) {
    prefixed::<2>(data, |list| list.extend(numbers.iter().flat_map(|number| number.to_be_bytes())));
}

/// Writes a part behind its length in `N` bytes.
fn prefixed<const N: usize>(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; N]);
    write(out);
    let length = (out.len() - start - N).to_be_bytes();
    out[start..start + N].copy_from_slice(&length[length.len() - N..]);
}

#[cfg(test)]
mod tests {
    use tls_parser::{TlsExtension, TlsMessage, TlsMessageHandshake, parse_tls_extensions, parse_tls_plaintext};

    use super::*;
    use crate::tls::names;

    fn hello<'a>(version: Version, groups: &'a [u16], suites: &'a [u16]) -> ClientHello<'a> {
        ClientHello {
            version,
            random: [7; 32],
            suites,
            groups,
            share: None,
            server_name: Some("www.example.gov.cn"),
            alpn: &["h2", "http/1.1"],
            extensions: true,
        }
    }

    /// Another reader finds in the hello what was put there.
    #[test]
    fn a_hello_reads_back() {
        for version in [Version::Ssl3, Version::Tls10, Version::Tls11, Version::Tls12, Version::Tls13] {
            let (groups, suites) = (names::groups(version), names::suites(version));
            let record = hello(version, &groups, suites).record();
            let (rest, parsed) = parse_tls_plaintext(&record).expect("a record");
            assert!(rest.is_empty());
            let TlsMessage::Handshake(TlsMessageHandshake::ClientHello(read)) = &parsed.msg[0] else { panic!("a hello") };
            assert_eq!(read.version.0, version.number().min(0x0303));
            let ids: Vec<u16> = read.ciphers.iter().map(|id| id.0).collect();
            assert!(ids.starts_with(suites));
            assert_eq!(read.ext.is_none(), version == Version::Ssl3);
            let (_, extensions) = parse_tls_extensions(read.ext.unwrap_or_default()).expect("extensions");
            let has = |wanted: fn(&TlsExtension<'_>) -> bool| extensions.iter().any(wanted);
            assert_eq!(has(|one| matches!(one, TlsExtension::SNI(_))), version > Version::Ssl3);
            assert_eq!(has(|one| matches!(one, TlsExtension::SupportedVersions(_))), version == Version::Tls13);
            assert_eq!(has(|one| matches!(one, TlsExtension::KeyShare(_))), version == Version::Tls13);
            assert_eq!(has(|one| matches!(one, TlsExtension::SignatureAlgorithms(_))), version >= Version::Tls12);
        }
    }

    #[test]
    fn a_hello_of_tlcp_has_its_own_numbers() {
        let record = ClientHello { server_name: None, extensions: false, ..hello(Version::Tlcp, &[], &[0xE013]) }.record();
        assert_eq!(record[..3], [22, 1, 1]);
        assert_eq!(record[9..11], [1, 1]);
        assert!(record.ends_with(&[0, 4, 0xE0, 0x13, 0x00, 0xFF, 2, 1, 0]), "{record:02x?}");
    }
}
