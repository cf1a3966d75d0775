//! A certificate transparency log (RFC 6962) on loopback: it takes certificates, proves what it holds, and misbehaves on demand.
//!
//! Its Merkle tree is written after the definitions of RFC 6962, 2.1, word by word: slow, and not that of the product which is tried on it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::error::LabError;

type Hash = [u8; 32];

/// How the log misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mischief {
    /// Not at all.
    #[default]
    None,
    /// It has rewritten its first entry, and proves the new history.
    Fork,
    /// It has lost all entries but so many.
    Shrink(usize),
    /// Its tree head is an old one of so many entries, which is allowed: one of several servers lags behind.
    Lag(usize),
    /// Its tree heads are signed by another key.
    BadSignature,
    /// It hands out another first entry than its tree holds.
    OtherEntries,
    /// It gives at most so many entries at a time, which is allowed.
    ShortBatches(usize),
}

/// A running log. It ends when it is dropped.
pub struct CtLog {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

struct State {
    key: KeyPair,
    other_key: KeyPair,
    leaves: Vec<Vec<u8>>,
    mischief: Mischief,
    requests: Vec<String>,
}

impl CtLog {
    /// Starts an empty log.
    ///
    /// # Errors
    /// When no port is free or no key can be made.
    pub async fn start() -> Result<Self, LabError> {
        let host = Ipv4Addr::LOCALHOST;
        let failed = |source| LabError::Listen { address: host.into(), source };
        let listener = TcpListener::bind((host, 0)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (key, other_key) = (key()?, key()?);
        let state = State { key, other_key, leaves: Vec::new(), mischief: Mischief::None, requests: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let serving = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, serving })
    }

    /// Its base address.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Its public key (SubjectPublicKeyInfo) in base64, as log lists print it.
    pub fn key(&self) -> String {
        STANDARD.encode(self.state().key.subject_public_key_info())
    }

    /// Adds a certificate, DER.
    pub fn append(&self, certificate: &[u8], at: Timestamp) {
        self.state().leaves.push(leaf(certificate, at));
    }

    /// Makes a certificate for these names and adds it.
    ///
    /// # Errors
    /// When a name cannot stand in a certificate.
    pub fn issue(&self, organisation: &str, names: &[&str], at: Timestamp) -> Result<(), LabError> {
        let certificate = certificate(&self.state().key, organisation, names)?;
        self.append(&certificate, at);
        Ok(())
    }

    /// From now on it misbehaves so.
    pub fn misbehave(&self, mischief: Mischief) {
        self.state().mischief = mischief;
    }

    /// Paths and queries that were asked for so far.
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

impl Drop for CtLog {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key() -> Result<KeyPair, LabError> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
        .map_err(|source| LabError::Certificate { host: "the log".into(), source })
}

fn certificate(key: &KeyPair, organisation: &str, names: &[&str]) -> Result<Vec<u8>, LabError> {
    let failed = |source| LabError::Certificate { host: names.join(", "), source };
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).map_err(failed)?;
    params.distinguished_name.push(DnType::OrganizationName, organisation);
    Ok(params.self_signed(key).map_err(failed)?.der().to_vec())
}

/// A `MerkleTreeLeaf` with an `x509_entry` (RFC 6962, 3.4).
fn leaf(certificate: &[u8], at: Timestamp) -> Vec<u8> {
    let length = (certificate.len() as u32).to_be_bytes();
    let millis = at.as_millisecond().to_be_bytes();
    [&[0, 0][..], &millis, &[0, 0], &length[1..], certificate, &[0, 0]].concat()
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let answer = |request: Request<Incoming>| {
                let answer = locked(&state).answer(&request);
                async move { Ok::<_, Infallible>(answer) }
            };
            // A client that goes away is no fault of the log.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await;
        });
    }
}

impl State {
    fn answer<B>(&mut self, request: &Request<B>) -> Response<String> {
        self.requests.push(request.uri().to_string());
        let numbers: BTreeMap<&str, usize> = (request.uri().query().unwrap_or_default().split('&'))
            .filter_map(|pair| pair.split_once('='))
            .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
            .collect();
        let number = |name: &str| numbers.get(name).copied();
        let leaves = self.history();
        let answer = match request.uri().path() {
            "/ct/v1/get-sth" => self.tree_head(&leaves),
            "/ct/v1/get-sth-consistency" => {
                number("first").zip(number("second")).and_then(|(first, second)| consistency(&leaves, first, second))
            }
            "/ct/v1/get-entries" => number("start").zip(number("end")).and_then(|(start, end)| self.entries(&leaves, start, end)),
            "/ct/v1/get-entry-and-proof" => {
                number("leaf_index").zip(number("tree_size")).and_then(|(index, size)| entry_and_proof(&leaves, index, size))
            }
            _ => None,
        };
        let status = if answer.is_some() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
        let body = answer.unwrap_or_else(|| json!({ "error_message": "no such thing" })).to_string();
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response
    }

    /// The leaves that it now says it always had.
    fn history(&self) -> Vec<Vec<u8>> {
        let mut leaves = self.leaves.clone();
        match self.mischief {
            Mischief::Fork => alter(&mut leaves),
            Mischief::Shrink(left) => leaves.truncate(left),
            _ => {}
        }
        leaves
    }

    fn tree_head(&self, leaves: &[Vec<u8>]) -> Option<Value> {
        let leaves = if let Mischief::Lag(size) = self.mischief { leaves.get(..size)? } else { leaves };
        let (root, millis) = (root(&hashes(leaves)), Timestamp::now().as_millisecond() as u64);
        // What is signed: version, kind of signature, time, size, root (RFC 6962, 3.5).
        let signed = [&[0, 1][..], &millis.to_be_bytes(), &(leaves.len() as u64).to_be_bytes(), &root].concat();
        let key = if self.mischief == Mischief::BadSignature { &self.other_key } else { &self.key };
        let signature = key.sign(&signed).ok()?;
        let digitally_signed = [&[4, 3][..], &(signature.len() as u16).to_be_bytes(), &signature].concat();
        Some(json!({
            "tree_size": leaves.len(), "timestamp": millis,
            "sha256_root_hash": STANDARD.encode(root), "tree_head_signature": STANDARD.encode(digitally_signed),
        }))
    }

    fn entries(&self, leaves: &[Vec<u8>], start: usize, end: usize) -> Option<Value> {
        let mut leaves = leaves.to_vec();
        if self.mischief == Mischief::OtherEntries {
            alter(&mut leaves);
        }
        let most = if let Mischief::ShortBatches(most) = self.mischief { most } else { 256 };
        let end = end.min(start.checked_add(most)? - 1).min(leaves.len().checked_sub(1)?);
        let entry = |leaf: &Vec<u8>| json!({ "leaf_input": STANDARD.encode(leaf), "extra_data": "" });
        Some(json!({ "entries": leaves.get(start..=end)?.iter().map(entry).collect::<Vec<_>>() }))
    }
}

/// Turns a letter in the first leaf's certificate, or in what is there of it.
fn alter(leaves: &mut [Vec<u8>]) {
    if let Some(byte) = leaves.first_mut().and_then(|leaf| leaf.last_mut()) {
        *byte ^= 1;
    }
}

fn consistency(leaves: &[Vec<u8>], first: usize, second: usize) -> Option<Value> {
    let hashes = hashes(leaves.get(..second)?);
    let proof = if first == 0 || first > second { return None } else { subproof(first, &hashes, true) };
    Some(json!({ "consistency": encoded(&proof) }))
}

fn entry_and_proof(leaves: &[Vec<u8>], index: usize, size: usize) -> Option<Value> {
    let leaves = leaves.get(..size)?;
    let path = path(index, &hashes(leaves));
    Some(json!({ "leaf_input": STANDARD.encode(leaves.get(index)?), "extra_data": "", "audit_path": encoded(&path) }))
}

fn encoded(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| STANDARD.encode(hash)).collect()
}

fn hashes(leaves: &[Vec<u8>]) -> Vec<Hash> {
    leaves.iter().map(|leaf| Sha256::digest([&[0], leaf.as_slice()].concat()).into()).collect()
}

/// The largest power of two below a number of leaves above 1.
fn split(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}

/// `MTH(D[n])`.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = split(leaves);
            Sha256::digest([&[1][..], &root(left), &root(right)].concat()).into()
        }
    }
}

/// `PATH(m, D[n])`.
fn path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = split(leaves);
    let (mut path, sibling) = match index.checked_sub(left.len()) {
        None => (path(index, left), root(right)),
        Some(index) => (path(index, right), root(left)),
    };
    path.push(sibling);
    path
}

/// `SUBPROOF(m, D[n], b)`.
fn subproof(first: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if first == leaves.len() {
        return if whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = split(leaves);
    let (mut proof, sibling) = match first.checked_sub(left.len()) {
        None | Some(0) => (subproof(first, left, whole), root(right)),
        Some(first) => (subproof(first, right, false), root(left)),
    };
    proof.push(sibling);
    proof
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn trees_are_those_that_others_compute() {
        // The empty string's digest (FIPS 180-4), and leaf and node by hand.
        assert!(hex(&root(&[])).starts_with("e3b0c44298fc1c14"));
        let leaves = hashes(&[b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
        let node = |left: &Hash, right: &Hash| Hash::from(Sha256::digest([&[1][..], left, right].concat()));
        assert_eq!(root(&leaves), node(&node(&leaves[0], &leaves[1]), &leaves[2]));
        assert_eq!(path(2, &leaves), [node(&leaves[0], &leaves[1])]);
        assert_eq!(path(0, &leaves), [leaves[1], leaves[2]]);
        // RFC 6962, 2.1.3: a proof that three leaves begin with two is the third one alone.
        assert_eq!(subproof(2, &leaves, true), [leaves[2]]);
        assert_eq!(subproof(1, &leaves, true), [leaves[1], leaves[2]]);
    }
}
