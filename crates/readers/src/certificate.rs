//! X.509 certificates (RFC 5280), those with SM2 keys (GB/T 35275, GM/T 0015) included.
//!
//! Invariant: reading a certificate is not believing it; nothing here verifies a date, and signatures are verified in [`sm2`] alone, because
//! no other library that the product uses does so for national algorithms.

pub mod sm2;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use model::digest::Digest;
use model::facts::tls::Certificate;
use model::name::HostName;
use x509_parser::der_parser::asn1_rs::{Any, Oid, Tag};
use x509_parser::error::X509Error;
use x509_parser::nom;
use x509_parser::prelude::{ASN1Time, AlgorithmIdentifier, FromDer, GeneralName, TbsCertificate, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The most names that are kept of a certificate.
const NAMES_LIMIT: usize = 1000;
/// The longest name, subject or issuer that is kept, in bytes.
const TEXT_LIMIT: usize = 4096;

/// The attribute types that RFC 4514 (section 3) has short names for.
const ATTRIBUTES: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.6", "C"),
    ("2.5.4.9", "STREET"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

/// Signature algorithms by their names in RFC 3279, 4055, 5758, 8410 and GM/T 0006.
const SIGNATURES: [(&str, &str); 15] = [
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.2.840.10040.4.3", "dsa-with-sha1"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    (SM2_WITH_SM3, "SM2-with-SM3"),
];

const RSA_KEY: &str = "1.2.840.113549.1.1.1";
const EC_KEY: &str = "1.2.840.10045.2.1";
const SM2_CURVE: &str = "1.2.156.10197.1.301";
const SM2_WITH_SM3: &str = "1.2.156.10197.1.501";
const ORGANISATION: &str = "2.5.4.10";

/// The sizes of curves in bits (SEC 2, GB/T 32918.5).
const CURVES: [(&str, u32); 5] =
    [("1.2.840.10045.3.1.7", 256), ("1.3.132.0.10", 256), ("1.3.132.0.34", 384), ("1.3.132.0.35", 521), (SM2_CURVE, 256)];

/// Why bytes are no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Not DER, or not the structure of RFC 5280.
    #[error("the bytes are no X.509 certificate; send one certificate in DER form")]
    Malformed(#[source] nom::Err<X509Error>),
    /// A date that no calendar has room for.
    #[error("the certificate's validity lies outside the calendar; have it issued anew")]
    Date(#[source] jiff::Error),
}

/// Reads a certificate in DER form.
///
/// # Errors
/// When the bytes are no certificate. Unknown algorithms and extensions are no errors.
pub fn read(der: &[u8]) -> Result<Certificate, CertificateError> {
    let (_, parsed) = X509Certificate::from_der(der).map_err(CertificateError::Malformed)?;
    let (key_algorithm, key_bits) = key(parsed.public_key());
    let signature = parsed.signature_algorithm.algorithm.to_id_string();
    Ok(Certificate {
        der: Digest::of(der),
        subject: distinguished_name(parsed.subject()),
        organisation: organisation(parsed.subject()),
        issuer: distinguished_name(parsed.issuer()),
        names: names(&parsed),
        not_before: moment(parsed.validity().not_before)?,
        not_after: moment(parsed.validity().not_after)?,
        key_algorithm,
        key_bits,
        signature_algorithm: SIGNATURES
            .iter()
            .find(|(oid, _)| *oid == signature)
            .map_or(signature.clone(), |(_, name)| (*name).into()),
        serial: serial(&parsed),
    })
}

/// Whether a certificate names `host`, a name or an IP address in A-label form (RFC 9525). The common name does not count.
///
/// An own comparison: `rustls-webpki` refuses whole classes of certificates (version 1, unknown critical extensions) before it looks
/// at a name, and whether such a certificate names the host is still a fact to record.
pub fn covers(der: &[u8], host: &str) -> bool {
    let Ok((_, parsed)) = X509Certificate::from_der(der) else { return false };
    let Some(host) = crate::names::host(host) else { return false };
    let address = host.ascii.parse::<IpAddr>().ok();
    subject_names(&parsed).into_iter().any(|name| match (name, address) {
        (SubjectName::Address(presented), Some(address)) => presented == address,
        (SubjectName::Dns(presented), None) => presented_matches(&presented, &host),
        _ => false,
    })
}

/// The names and addresses that a certificate is for, control characters escaped.
pub(crate) fn names(certificate: &TbsCertificate<'_>) -> Vec<String> {
    subject_names(certificate).into_iter().map(|name| bounded(harmless(&name.to_string()))).collect()
}

enum SubjectName {
    Dns(String),
    Address(IpAddr),
}

impl std::fmt::Display for SubjectName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Address(address) => address.fmt(f),
        }
    }
}

fn subject_names(certificate: &TbsCertificate<'_>) -> Vec<SubjectName> {
    let Ok(Some(alternative)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = alternative.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(SubjectName::Dns(name.to_ascii_lowercase())),
        GeneralName::IPAddress(bytes) => ip_address(bytes).map(SubjectName::Address),
        _ => None,
    });
    names.take(NAMES_LIMIT).collect()
}

fn ip_address(bytes: &[u8]) -> Option<IpAddr> {
    let four = || <[u8; 4]>::try_from(bytes).ok().map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
    let sixteen = || <[u8; 16]>::try_from(bytes).ok().map(|octets| IpAddr::V6(Ipv6Addr::from(octets)));
    four().or_else(sixteen)
}

/// A wildcard stands for exactly one label, the leftmost, and for the whole of it (RFC 9525, 6.3).
fn presented_matches(presented: &str, host: &HostName) -> bool {
    let presented = presented.strip_suffix('.').unwrap_or(presented);
    match presented.strip_prefix("*.") {
        Some(parent) => parent.contains('.') && host.ascii.split_once('.').is_some_and(|(_, rest)| rest == parent),
        None => presented == host.ascii,
    }
}

/// The serial number in lower-case hexadecimal.
pub(crate) fn serial(certificate: &TbsCertificate<'_>) -> String {
    certificate.raw_serial().iter().take(64).map(|byte| format!("{byte:02x}")).collect()
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> (String, Option<u32>) {
    let algorithm = info.algorithm.algorithm.to_id_string();
    match algorithm.as_str() {
        RSA_KEY => ("RSA".into(), rsa_bits(info)),
        EC_KEY => {
            let curve = curve(&info.algorithm).unwrap_or_default();
            let name = if curve == SM2_CURVE { "SM2" } else { "EC" };
            (name.into(), CURVES.iter().find(|(oid, _)| *oid == curve).map(|(_, bits)| *bits))
        }
        SM2_CURVE => ("SM2".into(), Some(256)),
        "1.3.101.112" => ("Ed25519".into(), Some(256)),
        "1.3.101.113" => ("Ed448".into(), Some(456)),
        _ => (algorithm, None),
    }
}

fn curve(algorithm: &AlgorithmIdentifier<'_>) -> Option<String> {
    let oid: Oid<'_> = algorithm.parameters.as_ref()?.as_oid().ok()?;
    Some(oid.to_id_string())
}

fn rsa_bits(info: &SubjectPublicKeyInfo<'_>) -> Option<u32> {
    let Ok(PublicKey::RSA(key)) = info.parsed() else { return None };
    let first = key.modulus.iter().position(|byte| *byte != 0)?;
    let digits = key.modulus.get(first..)?;
    let bits = u32::try_from(digits.len()).ok()?.checked_mul(8)?;
    Some(bits - digits.first()?.leading_zeros())
}

/// A time of a certificate.
pub(crate) fn moment(time: ASN1Time) -> Result<Timestamp, CertificateError> {
    Timestamp::from_second(time.timestamp()).map_err(CertificateError::Date)
}

/// The organisation that a name holds.
pub(crate) fn organisation(name: &X509Name<'_>) -> Option<String> {
    let attribute = name.iter_attributes().find(|attribute| attribute.attr_type().to_id_string() == ORGANISATION)?;
    value_text(attribute.attr_value()).map(|text| bounded(harmless(&crate::words::fold(&text))))
}

/// RFC 4514: the last relative name first, values of one set joined by `+`.
pub(crate) fn distinguished_name(name: &X509Name<'_>) -> String {
    let mut relative: Vec<String> = name
        .iter_rdn()
        .map(|set| {
            let attributes = set.iter().map(|attribute| {
                let oid = attribute.attr_type().to_id_string();
                let kind = ATTRIBUTES.iter().find(|(known, _)| *known == oid).map_or(oid.as_str(), |(_, short)| short).to_owned();
                match value_text(attribute.attr_value()) {
                    Some(text) => format!("{kind}={}", escaped(&text)),
                    None => format!("{kind}=#{}", hexadecimal(attribute.attr_value().data)),
                }
            });
            attributes.collect::<Vec<_>>().join("+")
        })
        .collect();
    relative.reverse();
    bounded(relative.join(","))
}

/// The text of a directory string; older Chinese authorities use the sixteen-bit form.
fn value_text(value: &Any<'_>) -> Option<String> {
    match value.header.tag() {
        Tag::BmpString => {
            let units: Vec<u16> =
                value.data.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(u16::from_be_bytes).collect();
            Some(String::from_utf16_lossy(&units))
        }
        Tag::TeletexString => Some(value.data.iter().map(|byte| char::from(*byte)).collect()),
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString | Tag::VisibleString => {
            Some(String::from_utf8_lossy(value.data).into_owned())
        }
        _ => None,
    }
}

/// Escapes a value by RFC 4514, 2.4; control characters too, for they come from outside.
fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut written = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        let at_the_edge = (character == ' ' && (index == 0 || index == last)) || (character == '#' && index == 0);
        if at_the_edge || matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            written.push('\\');
            written.push(character);
        } else {
            push_harmless(&mut written, character);
        }
    }
    written
}

/// A text outside a distinguished name: control characters escaped in the same way, nothing else.
fn harmless(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    text.chars().for_each(|character| push_harmless(&mut written, character));
    written
}

fn push_harmless(written: &mut String, character: char) {
    if character.is_control() {
        let mut bytes = [0; 4];
        character.encode_utf8(&mut bytes).bytes().for_each(|byte| written.push_str(&format!("\\{byte:02x}")));
    } else {
        written.push(character);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().take(TEXT_LIMIT / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn bounded(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_LIMIT));
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    fn issued(names: &[&str]) -> Vec<u8> {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("names");
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "CN");
        params.distinguished_name.push(DnType::OrganizationName, "示例市, 人民政府");
        params.distinguished_name.push(DnType::CommonName, "#www.example.gov.cn ");
        params.not_before = rcgen::date_time_ymd(2026, 1, 1);
        params.not_after = rcgen::date_time_ymd(2026, 12, 31);
        params.self_signed(&key).expect("a certificate").der().to_vec()
    }

    #[test]
    fn all_parts_are_read() {
        let der = issued(&["www.example.gov.cn", "192.0.2.7", "2001:db8::1"]);
        let read = read(&der).expect("a certificate");
        assert_eq!(read.subject, "CN=\\#www.example.gov.cn\\ ,O=示例市\\, 人民政府,C=CN");
        assert_eq!(read.issuer, read.subject);
        assert_eq!(read.organisation.as_deref(), Some("示例市, 人民政府"));
        assert_eq!(read.names, ["www.example.gov.cn", "192.0.2.7", "2001:db8::1"]);
        assert_eq!(read.not_before.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!((read.key_algorithm.as_str(), read.key_bits), ("EC", Some(256)));
        assert_eq!(read.signature_algorithm, "ecdsa-with-SHA256");
        assert_eq!(read.der, Digest::of(&der));
    }

    /// Damaged after it was issued: no library issues such names.
    #[test]
    fn controls_in_names_are_escaped() {
        let mut der = issued(&["www.example.gov.cn"]);
        for (old, new) in [(&b"www.example"[..], &b"w\0w\x1b[2Jmple"[..]), ("示例市, ".as_bytes(), "示例市\x07 ".as_bytes())]
        {
            let places: Vec<usize> = (0..der.len() - old.len()).filter(|at| der[*at..].starts_with(old)).collect();
            places.into_iter().for_each(|at| der[at..at + new.len()].copy_from_slice(new));
        }
        let read = read(&der).expect("a certificate");
        assert_eq!(read.names, ["w\\00w\\1b[2jmple.gov.cn"]);
        assert_eq!(read.organisation.as_deref(), Some("示例市\\07 人民政府"));
        assert!(!covers(&der, "www.example.gov.cn"));
    }

    /// The algorithms are named by their OIDs, so changing the OIDs of a P-256 certificate makes one with an SM2 key, as far as a
    /// reader can tell. The new OIDs are of other lengths: only those of equal length can be put in place.
    #[test]
    fn chinese_algorithms_are_named() {
        assert_eq!(SIGNATURES.iter().find(|(oid, _)| *oid == SM2_WITH_SM3).map(|(_, name)| *name), Some("SM2-with-SM3"));
        let p256 = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
        let sm2 = [0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D];
        let ecdsa = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
        let sm3 = [0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x83, 0x75];
        let mut der = issued(&["www.example.gov.cn"]);
        for (old, new) in [(p256, sm2), (ecdsa, sm3)] {
            let places: Vec<usize> = (0..der.len() - old.len()).filter(|at| der[*at..].starts_with(&old)).collect();
            places.into_iter().for_each(|at| der[at..at + new.len()].copy_from_slice(&new));
        }
        let read = read(&der).expect("a certificate");
        assert_eq!((read.key_algorithm.as_str(), read.key_bits), ("SM2", Some(256)));
        assert_eq!(read.signature_algorithm, "SM2-with-SM3");
    }

    #[test]
    fn names_are_compared_by_rfc_9525() {
        let der = issued(&["*.example.gov.cn", "example.gov.cn", "xn--fsqu00a.xn--zfr164b", "192.0.2.7"]);
        for host in ["www.example.gov.cn", "WWW.EXAMPLE.GOV.CN", "example.gov.cn", "例子.政务", "192.0.2.7"] {
            assert!(covers(&der, host), "{host}");
        }
        for host in ["a.b.example.gov.cn", "xexample.gov.cn", "gov.cn", "192.0.2.8", "", "*.example.gov.cn"] {
            assert!(!covers(&der, host), "{host}");
        }
        assert!(!covers(&issued(&["*.cn"]), "example.cn"), "a wildcard over a top-level domain names nobody");
        assert!(!covers(&issued(&["other.cn"]), "www.example.gov.cn"), "the common name does not count");
    }

    proptest! {
        #[test]
        fn damaged_certificates_never_panic(at in 0_usize..600, bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut der = issued(&["www.example.gov.cn"]);
            let start = at.min(der.len());
            let end = (start + bytes.len()).min(der.len());
            der.splice(start..end, bytes.iter().copied());
            let _ = (read(&der), covers(&der, "www.example.gov.cn"), read(&bytes));
        }
    }
}
