//! Certificate transparency logs: the answers of their API (RFC 6962, section 4), and what they prove.
//!
//! Invariant: names are read from what the log's tree covers, the leaf; what stands beside it (`extra_data`) is covered by nothing and
//! is not read.

mod merkle;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use x509_parser::prelude::{FromDer, TbsCertificate, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

pub use merkle::{
    CompactTree, Hash, ProofError, TreeHead, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion,
};

use crate::certificate;

/// The most entries of one answer, and the longest leaf in bytes, that are read. Logs answer with about a thousand entries at a time.
const MOST_ENTRIES: usize = 100_000;
const LARGEST_LEAF: usize = 1 << 20;
/// No proof between trees of at most 2^64 leaves is longer.
const MOST_HASHES: usize = 130;

/// Why an answer of a log is of no use.
#[derive(Debug, thiserror::Error)]
pub enum CtError {
    /// Not the JSON that RFC 6962 asks for.
    #[error("the log's answer is not what RFC 6962 asks for: {0}")]
    Json(#[from] serde_json::Error),
    /// Something that is not Base64, or of a wrong length.
    #[error("{0} in the log's answer is not Base64 of the right length")]
    Field(&'static str),
    /// More than is read at a time.
    #[error("the log's answer holds more than {0} items; ask for fewer at a time")]
    TooMany(usize),
    /// The key is neither P-256 nor RSA of at least 2048 bits.
    #[error("the log's key is no SubjectPublicKeyInfo with a P-256 or RSA key; copy the key from the log list again")]
    Key,
    /// Signed by someone else, or altered.
    #[error("the tree head is not signed by the log's key")]
    Signature,
}

/// A signed tree head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sth {
    /// What is signed.
    pub head: TreeHead,
    /// When, in milliseconds since 1970.
    pub millis: u64,
    /// The signature, a `DigitallySigned` of TLS (RFC 5246, 4.7).
    pub signature: Vec<u8>,
}

impl Sth {
    /// When it was signed; `None` for a time beyond the calendar.
    pub fn at(&self) -> Option<Timestamp> {
        Timestamp::from_millisecond(i64::try_from(self.millis).ok()?).ok()
    }
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEntry {
    /// What the tree has for it.
    pub leaf_hash: Hash,
    /// The certificate; `None` when it cannot be read, which logs do not rule out.
    pub certificate: Option<LoggedCertificate>,
}

/// What is kept of a logged certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedCertificate {
    /// When the log took it.
    pub logged: Timestamp,
    /// True for a precertificate: the promise of a certificate.
    pub precertificate: bool,
    /// Serial number, lower-case hexadecimal; certificate and precertificate share it.
    pub serial: String,
    /// Names and addresses, wildcards too, control characters escaped; at most 1,000.
    pub names: Vec<String>,
    /// Organisation of the subject.
    pub organisation: Option<String>,
    /// Issuer (RFC 4514).
    pub issuer: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
}

#[derive(Deserialize)]
struct SthAnswer {
    tree_size: u64,
    timestamp: u64,
    sha256_root_hash: String,
    tree_head_signature: String,
}

#[derive(Deserialize)]
struct ConsistencyAnswer {
    consistency: Vec<String>,
}

#[derive(Deserialize)]
struct EntriesAnswer {
    entries: Vec<EntryAnswer>,
}

#[derive(Deserialize)]
struct EntryAnswer {
    leaf_input: String,
    #[serde(default)]
    audit_path: Vec<String>,
}

/// Reads an answer to `get-sth`. It is not believed before [`verify_sth`].
///
/// # Errors
/// When the answer is not what RFC 6962, 4.3, asks for.
pub fn parse_sth(json: &[u8]) -> Result<Sth, CtError> {
    let answer: SthAnswer = serde_json::from_slice(json)?;
    let root = hash(&answer.sha256_root_hash, "sha256_root_hash")?;
    let signature = decode(&answer.tree_head_signature, "tree_head_signature")?;
    Ok(Sth { head: TreeHead { size: answer.tree_size, root }, millis: answer.timestamp, signature })
}

/// Verifies a tree head with the log's key, a SubjectPublicKeyInfo in DER form (RFC 6962, 3.5: ECDSA on P-256 or RSA, with SHA-256).
///
/// # Errors
/// When the key cannot be used or the signature is not its.
pub fn verify_sth(sth: &Sth, spki: &[u8]) -> Result<(), CtError> {
    const EC: &str = "1.2.840.10045.2.1";
    const RSA: &str = "1.2.840.113549.1.1.1";
    let (rest, key) = SubjectPublicKeyInfo::from_der(spki).map_err(|_| CtError::Key)?;
    // The names of the algorithms as TLS numbers them: SHA-256 is 4; RSA is 1, ECDSA is 3.
    let (algorithm, number): (&dyn VerificationAlgorithm, u8) = match key.algorithm.algorithm.to_id_string().as_str() {
        EC => (&ECDSA_P256_SHA256_ASN1, 3),
        RSA => (&RSA_PKCS1_2048_8192_SHA256, 1),
        _ => return Err(CtError::Key),
    };
    if !rest.is_empty() {
        return Err(CtError::Key);
    }
    let signature = match sth.signature.as_slice() {
        [4, kind, high, low, signature @ ..]
            if *kind == number && usize::from(u16::from_be_bytes([*high, *low])) == signature.len() =>
        {
            signature
        }
        _ => return Err(CtError::Signature),
    };
    let mut signed = vec![0, 1]; // version 1, tree hash
    signed.extend(sth.millis.to_be_bytes());
    signed.extend(sth.head.size.to_be_bytes());
    signed.extend(sth.head.root);
    let key = UnparsedPublicKey::new(algorithm, &key.subject_public_key.data);
    key.verify(&signed, signature).map_err(|_| CtError::Signature)
}

/// Reads an answer to `get-sth-consistency`, for [`verify_consistency`].
///
/// # Errors
/// When the answer is not what RFC 6962, 4.4, asks for.
pub fn parse_consistency(json: &[u8]) -> Result<Vec<Hash>, CtError> {
    let answer: ConsistencyAnswer = serde_json::from_slice(json)?;
    hashes(&answer.consistency, "consistency")
}

/// Reads an answer to `get-entries`, in the order of the log.
///
/// # Errors
/// When the answer is not what RFC 6962, 4.6, asks for. A certificate that cannot be read is no error.
pub fn parse_entries(json: &[u8]) -> Result<Vec<LoggedEntry>, CtError> {
    let answer: EntriesAnswer = serde_json::from_slice(json)?;
    if answer.entries.len() > MOST_ENTRIES {
        return Err(CtError::TooMany(MOST_ENTRIES));
    }
    answer.entries.iter().map(|entry| logged(&entry.leaf_input)).collect()
}

/// Reads an answer to `get-entry-and-proof`: the entry and its audit path, for [`verify_inclusion`] or [`CompactTree::ending_with`].
///
/// # Errors
/// When the answer is not what RFC 6962, 4.8, asks for.
pub fn parse_entry_and_proof(json: &[u8]) -> Result<(LoggedEntry, Vec<Hash>), CtError> {
    let answer: EntryAnswer = serde_json::from_slice(json)?;
    Ok((logged(&answer.leaf_input)?, hashes(&answer.audit_path, "audit_path")?))
}

fn logged(leaf_input: &str) -> Result<LoggedEntry, CtError> {
    let leaf = decode(leaf_input, "leaf_input")?;
    let certificate = if leaf.len() > LARGEST_LEAF { None } else { certificate_of(&leaf) };
    Ok(LoggedEntry { leaf_hash: leaf_hash(&leaf), certificate })
}

/// The certificate in a `MerkleTreeLeaf` (RFC 6962, 3.4).
fn certificate_of(leaf: &[u8]) -> Option<LoggedCertificate> {
    const ISSUER_KEY_HASH: usize = 32;
    let (fixed, rest) = leaf.split_first_chunk::<12>()?;
    let [0, 0, millis @ .., kind_high, kind] = fixed else { return None };
    let logged = Timestamp::from_millisecond(i64::try_from(u64::from_be_bytes(*millis)).ok()?).ok()?;
    match (kind_high, kind) {
        (0, 0) => {
            let (_, certificate) = X509Certificate::from_der(opaque24(rest)?).ok()?;
            kept(&certificate, logged, false)
        }
        (0, 1) => {
            let (_, certificate) = TbsCertificate::from_der(opaque24(rest.get(ISSUER_KEY_HASH..)?)?).ok()?;
            kept(&certificate, logged, true)
        }
        _ => None,
    }
}

fn kept(certificate: &TbsCertificate<'_>, logged: Timestamp, precertificate: bool) -> Option<LoggedCertificate> {
    Some(LoggedCertificate {
        logged,
        precertificate,
        serial: certificate::serial(certificate),
        names: certificate::names(certificate),
        organisation: certificate::organisation(certificate.subject()),
        issuer: certificate::distinguished_name(certificate.issuer()),
        not_before: certificate::moment(certificate.validity().not_before).ok()?,
        not_after: certificate::moment(certificate.validity().not_after).ok()?,
    })
}

/// The bytes behind a length of three bytes.
fn opaque24(bytes: &[u8]) -> Option<&[u8]> {
    let ([high, middle, low], rest) = bytes.split_first_chunk::<3>()?;
    rest.get(..u32::from_be_bytes([0, *high, *middle, *low]) as usize)
}

fn decode(text: &str, field: &'static str) -> Result<Vec<u8>, CtError> {
    STANDARD.decode(text).map_err(|_| CtError::Field(field))
}

fn hash(text: &str, field: &'static str) -> Result<Hash, CtError> {
    decode(text, field)?.try_into().map_err(|_| CtError::Field(field))
}

fn hashes(texts: &[String], field: &'static str) -> Result<Vec<Hash>, CtError> {
    if texts.len() > MOST_HASHES {
        return Err(CtError::TooMany(MOST_HASHES));
    }
    texts.iter().map(|text| hash(text, field)).collect()
}
