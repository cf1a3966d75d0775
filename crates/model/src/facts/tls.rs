//! Facts out of a TLS handshake.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::observation::Failure;

/// A handshake that came to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsHandshake {
    /// Host, A-label form; sent as SNI.
    pub host: String,
    /// Address.
    pub ip: IpAddr,
    /// Port as addressed, before any port map.
    pub port: u16,
    /// `TLSv1.2`, `TLSv1.3`.
    pub version: String,
    /// Cipher suite, IANA name.
    pub cipher: String,
    /// Certificates as sent, the server's first.
    pub chain: Vec<Certificate>,
    /// Whether the chain ends in a trusted root, dates left aside (the rule compares dates with its own reference time).
    pub trust: Trust,
    /// Whether the server's certificate names the host (RFC 9525).
    pub covers_host: bool,
}

/// Whether the chain ends in a trusted root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// It does.
    Trusted,
    /// No trusted issuer, and the certificate is not its own issuer: an unknown or an incomplete chain.
    UnknownIssuer,
    /// The server's certificate is its own issuer.
    SelfSigned,
    /// Something else is wrong; in the validator's words.
    Invalid(String),
}

/// A certificate (RFC 5280).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Digest of its DER form, which is kept as a blob.
    pub der: Digest,
    /// Subject, RFC 4514 form.
    pub subject: String,
    /// Subject's organisation name, if any.
    pub organisation: Option<String>,
    /// Issuer, RFC 4514 form.
    pub issuer: String,
    /// DNS names and addresses it is for.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// Key algorithm: `RSA`, `EC`, `SM2`, `Ed25519`, or the OID.
    pub key_algorithm: String,
    /// Key size in bits, if known.
    pub key_bits: Option<u32>,
    /// Signature algorithm: `sha256WithRSAEncryption`, `SM2-with-SM3`, or the OID.
    pub signature_algorithm: String,
    /// Serial number, hexadecimal.
    pub serial: String,
}

/// What a server's TLS can do, found by hellos of our own (L2): no dependence on what a TLS library still speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TlsSurvey {
    /// Host, A-label form; sent as SNI unless it is an address.
    pub host: String,
    /// Address.
    pub ip: Option<IpAddr>,
    /// Port as addressed, before any port map.
    pub port: u16,
    /// Protocol versions in their order, each with its verdict.
    pub versions: Vec<TlsVersionSupport>,
    /// Chains that the server shows, one for each kind of key.
    pub chains: Vec<TlsChain>,
    /// Application protocols that it agrees to (RFC 7301), the preferred one first; of TLS 1.3 alone only that one.
    pub alpn: Vec<String>,
    /// Whether it staples an OCSP answer (RFC 6066, 8); `None` when it could not be found out.
    pub ocsp_stapled: Option<bool>,
    /// Whether it takes compressed data (CRIME); `None` when it could not be found out.
    pub compression: Option<bool>,
    /// Whether it renegotiates safely (RFC 5746); `None` when it could not be found out, and where only TLS 1.3 is spoken, which cannot
    /// renegotiate.
    pub secure_renegotiation: Option<bool>,
    /// Why a chain that the server showed could not be kept.
    pub chain_failure: Option<Failure>,
    /// Connections that the survey took.
    pub connections: u32,
}

impl TlsSurvey {
    /// Whether `version`, by its name in facts, is spoken; `None` when it could not be found out or was not asked.
    pub fn speaks(&self, version: &str) -> Option<bool> {
        self.versions.iter().find(|support| support.version == version)?.spoken
    }

    /// Whether any version is spoken: a server that speaks TLCP alone encrypts too. How well it does is another question.
    pub fn is_encrypted(&self) -> bool {
        self.versions.iter().any(|support| support.spoken == Some(true))
    }
}

/// Whether one version is spoken, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TlsVersionSupport {
    /// `SSLv2`, `SSLv3`, `TLSv1.0`, `TLSv1.1`, `TLSv1.2`, `TLSv1.3`, `TLCP`.
    pub version: String,
    /// Whether it is spoken; `None` when it could not be found out.
    pub spoken: Option<bool>,
    /// Suites that it accepts, IANA names or those of GB/T 38636, in the order in which it takes them.
    pub suites: Vec<String>,
    /// Whether the server's own order decides; `None` when there are fewer than two suites or it could not be found out.
    pub server_order: Option<bool>,
    /// Groups for the key exchange that it accepts, IANA names.
    pub groups: Vec<String>,
    /// Smallest finite-field group seen, in bits.
    pub dh_bits: Option<u32>,
    /// Why it could not be found out.
    pub failure: Option<Failure>,
}

/// A chain of certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsChain {
    /// Version by which it was seen.
    pub version: String,
    /// As [`Certificate::key_algorithm`] of the first certificate: `RSA`, `EC`, `SM2`.
    pub key_kind: String,
    /// Certificates as sent; for TLCP the signing one first, the encrypting one second.
    pub certificates: Vec<Certificate>,
    /// Whether it ends in a trusted root. SM2 chains: whether each signature holds under its issuer's key.
    pub trust: Trust,
    /// Whether the server's certificate names the host.
    pub covers_host: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_tlcp_alone_is_encrypted() {
        let version = |version: &str, spoken| TlsVersionSupport { version: version.into(), spoken, ..Default::default() };
        let mut survey =
            TlsSurvey { versions: vec![version("TLSv1.2", Some(false)), version("TLSv1.3", None)], ..Default::default() };
        assert!(!survey.is_encrypted());
        survey.versions.push(version("TLCP", Some(true)));
        assert!(survey.is_encrypted());
        assert_eq!((survey.speaks("TLCP"), survey.speaks("TLSv1.2"), survey.speaks("TLSv1.3")), (Some(true), Some(false), None));
        assert_eq!(survey.speaks("SSLv2"), None);
    }
}
