//! Facts out of a TLS handshake.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

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
