//! Entries of a certificate transparency log, through its RFC 6962 API.
//!
//! Invariant: what is delivered is proved. The tree head is signed by the log's key, it goes on from the tree that was delivered before, and
//! the hashes of all entries lead to it. A log that forks, shrinks, or hands out other entries than it signed for delivers nothing.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use model::digest::Digest;
use readers::ct::{self, CompactTree, CtError, LoggedEntry, TreeHead};
use reqwest::header::HeaderMap;
use serde::Serialize;
use tokio::time;
use url::Url;

use crate::delivery::{Marker, Outcome, Spool};
use crate::error::FeedError;
use crate::source::Feed;
use crate::web::{self, Question, Web};

/// Entries that are asked for at a time; a log may give fewer.
const BATCH: u64 = 1000;
/// The most bytes of one answer.
const ANSWER_BYTES: u64 = 64 << 20;

/// A log as it is asked.
pub(crate) struct Log<'a> {
    pub web: &'a Web,
    pub feed: &'a Feed,
    pub url: Url,
    pub spool: &'a Path,
}

/// A line of a delivery: an entry in the words of crt.sh, which the importer of `ct` reads.
#[derive(Serialize)]
struct Line<'a> {
    entry: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_timestamp: Option<Timestamp>,
    serial_number: &'a str,
    issuer_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<Timestamp>,
    precertificate: bool,
    dns_names: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject<'a>>,
}

#[derive(Serialize)]
struct Subject<'a> {
    #[serde(rename = "O")]
    organisation: &'a str,
}

impl Log<'_> {
    /// A look at the log: at most the configured number of entries after those that were delivered.
    pub async fn look(&self, last: Option<&Marker>) -> Result<Outcome, FeedError> {
        let limit = self.feed.timeout();
        let slow = |_| FeedError::Slow { place: self.name(), what: "the look", seconds: limit.as_secs_f64() };
        time::timeout(limit, self.entries_after(last)).await.map_err(slow)?
    }

    async fn entries_after(&self, last: Option<&Marker>) -> Result<Outcome, FeedError> {
        let head = self.signed_head().await?;
        let mut tree = match last {
            Some(Marker::Log { place, size, peaks }) if *place == self.feed.place => {
                let peaks = peaks.iter().map(|peak| <[u8; 32]>::from(*peak)).collect();
                let tree = CompactTree::from_peaks(*size, peaks).ok_or_else(|| self.protocol("the marker is damaged".into()))?;
                self.prove(&tree.head(), &head).await?;
                tree
            }
            _ => self.beginning(head.size).await?,
        };
        let from = tree.size();
        let end = head.size.min(from.saturating_add(self.feed.log_entries));
        if end <= from {
            return Ok(Outcome::default());
        }
        let mut spool = Spool::new(self.spool, self.feed.max_bytes)?;
        while tree.size() < end {
            let mut lines = Vec::new();
            for entry in self.batch(tree.size(), end).await? {
                line(tree.size(), &entry, &mut lines).map_err(|error| self.protocol(error.to_string()))?;
                tree.append(entry.leaf_hash);
            }
            spool = spool.push_aside(lines, &self.name()).await?;
        }
        self.prove(&tree.head(), &head).await?;
        let peaks = tree.peaks().iter().copied().map(Digest::from).collect();
        let marker = Marker::Log { place: self.feed.place.clone(), size: tree.size(), peaks };
        let name = format!("{}entries-{from}-{}.jsonl", web::shown(&self.url), end - 1);
        Ok(Outcome { new: vec![spool.finish()?.fetched(name, Timestamp::now(), marker)], faulty: Vec::new() })
    }

    /// The tree head that the log signs now.
    async fn signed_head(&self) -> Result<TreeHead, FeedError> {
        let key = self.feed.log_key.as_deref().unwrap_or_default();
        let key = STANDARD.decode(key).map_err(|_| self.feed.wrong("log_key is the log's public key (DER) in base64"))?;
        let sth = ct::parse_sth(&self.ask("get-sth", &[]).await?).map_err(|error| self.protocol(error.to_string()))?;
        ct::verify_sth(&sth, &key).map_err(|error| match error {
            CtError::Key => self.feed.wrong(&error.to_string()),
            _ => self.unproved("has a tree head that is not signed by its key"),
        })?;
        Ok(sth.head)
    }

    /// Where a first look begins. The tree up to there is taken on trust here: what follows proves it, for another would lead to another root.
    async fn beginning(&self, size: u64) -> Result<CompactTree, FeedError> {
        let start = size.saturating_sub(self.feed.log_backlog);
        let Some(before) = start.checked_sub(1) else { return Ok(CompactTree::new()) };
        let answer = self.ask("get-entry-and-proof", &[("leaf_index", before), ("tree_size", start)]).await?;
        let (entry, proof) = ct::parse_entry_and_proof(&answer).map_err(|error| self.protocol(error.to_string()))?;
        // All siblings of the last leaf are on its left: the perfect subtrees before it, the smallest first.
        let peaks = proof.into_iter().rev().collect();
        let wrong = || self.protocol("the proof of its last entry has a wrong length".into());
        let mut tree = CompactTree::from_peaks(before, peaks).ok_or_else(wrong)?;
        tree.append(entry.leaf_hash);
        Ok(tree)
    }

    /// Proves that one of two trees begins with the other.
    async fn prove(&self, ours: &TreeHead, signed: &TreeHead) -> Result<(), FeedError> {
        if ours.size == signed.size {
            return if ours.root == signed.root { Ok(()) } else { Err(self.unproved("has changed what it held: it has forked")) };
        }
        // One of a log's servers may lag behind another: then the tree that we know begins with that of the head.
        let (old, new) = if ours.size < signed.size { (ours, signed) } else { (signed, ours) };
        if old.size == 0 {
            return if ours.size == 0 { Ok(()) } else { Err(self.unproved("has shrunk to nothing")) };
        }
        let problem = if ours.size < signed.size {
            "does not prove that it goes on from what it held: it has forked"
        } else {
            "has shrunk"
        };
        let answer = match self.ask("get-sth-consistency", &[("first", old.size), ("second", new.size)]).await {
            Err(FeedError::Status { status: 400..=499, .. }) => return Err(self.unproved(problem)),
            answer => answer?,
        };
        let proof = ct::parse_consistency(&answer).map_err(|error| self.protocol(error.to_string()))?;
        ct::verify_consistency(old, new, &proof).map_err(|_| self.unproved(problem))
    }

    /// Some of the entries from `from` on, before `end`.
    async fn batch(&self, from: u64, end: u64) -> Result<Vec<LoggedEntry>, FeedError> {
        let to = end.min(from + BATCH) - 1;
        let answer = self.ask("get-entries", &[("start", from), ("end", to)]).await?;
        let entries = ct::parse_entries(&answer).map_err(|error| self.protocol(error.to_string()))?;
        if entries.is_empty() || entries.len() as u64 > to - from + 1 {
            return Err(self.protocol(format!("gave {} entries for {from} to {to}", entries.len())));
        }
        Ok(entries)
    }

    async fn ask(&self, what: &str, numbers: &[(&str, u64)]) -> Result<Vec<u8>, FeedError> {
        let mut url = self.url.join(&format!("ct/v1/{what}")).map_err(|error| self.protocol(error.to_string()))?;
        if !numbers.is_empty() {
            url.query_pairs_mut().extend_pairs(numbers.iter().map(|(name, number)| (name, number.to_string())));
        }
        let question =
            Question { url, feed: self.feed, headers: HeaderMap::new(), etag: None, modified: None, max_bytes: ANSWER_BYTES };
        let body = self.web.document(&question).await?;
        tokio::fs::read(body.file.path()).await.map_err(FeedError::Spool)
    }

    fn name(&self) -> String {
        web::shown(&self.url)
    }

    fn unproved(&self, problem: &str) -> FeedError {
        FeedError::Log { place: self.name(), problem: problem.into() }
    }

    fn protocol(&self, problem: String) -> FeedError {
        FeedError::Protocol { place: self.name(), problem }
    }
}

/// Writes an entry as a line. One whose certificate cannot be read has no names: the importer reports it.
fn line(entry: u64, logged: &LoggedEntry, lines: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let certificate = logged.certificate.as_ref();
    let line = Line {
        entry,
        entry_timestamp: certificate.map(|certificate| certificate.logged),
        serial_number: certificate.map_or("", |certificate| &certificate.serial),
        issuer_name: certificate.map_or("", |certificate| &certificate.issuer),
        not_before: certificate.map(|certificate| certificate.not_before),
        not_after: certificate.map(|certificate| certificate.not_after),
        precertificate: certificate.is_some_and(|certificate| certificate.precertificate),
        dns_names: certificate.map_or(&[], |certificate| &certificate.names),
        subject: certificate
            .and_then(|certificate| certificate.organisation.as_deref())
            .map(|organisation| Subject { organisation }),
    };
    serde_json::to_writer(&mut *lines, &line)?;
    lines.push(b'\n');
    Ok(())
}
