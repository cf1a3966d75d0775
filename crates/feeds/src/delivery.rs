//! What a look brings: deliveries in temporary files, and the marker that makes the next look cheap.
//!
//! Invariant: a delivery is written to disk as it arrives; memory holds one chunk of it.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use jiff::Timestamp;
use model::digest::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::error::FeedError;

/// The most deliveries of one look, so that the disk holds few at a time: look again until nothing is new.
pub const MOST_AT_ONCE: usize = 16;

/// The most files of a folder or objects of a bucket: every marker names them all.
pub(crate) const MOST_ITEMS: usize = 10_000;

/// What a look at a source brought. Nothing new: both lists are empty.
#[derive(Debug, Default)]
pub struct Outcome {
    /// New deliveries in order, at most [`MOST_AT_ONCE`].
    pub new: Vec<Fetched>,
    /// Files and objects that were passed over, and why. They are tried again with every look.
    pub faulty: Vec<FeedError>,
}

impl Outcome {
    /// Takes note of an item that could not be had, so that the others need not wait for it to be mended.
    ///
    /// # Errors
    /// With the same error when it would be that of the next item too and there is nothing to deliver.
    pub(crate) fn pass_over(&mut self, error: FeedError) -> Result<(), FeedError> {
        if self.new.is_empty() && !error.is_of_content() {
            return Err(error);
        }
        tracing::warn!(%error, "passed over");
        self.faulty.push(error);
        Ok(())
    }

    /// Whether the look is over: as much as one look may bring, or a fault that the next item would meet too.
    pub(crate) fn is_over(&self) -> bool {
        self.new.len() == MOST_AT_ONCE || self.faulty.last().is_some_and(|error| !error.is_of_content())
    }
}

/// One delivery.
#[derive(Debug)]
pub struct Fetched {
    /// Its bytes as they were transferred; gzip is not unpacked. The file is removed when this is dropped.
    pub file: NamedTempFile,
    /// Where it came from: URL without its query, `s3://bucket/key`, or path. Its ending may tell a form.
    pub name: String,
    /// Digest of the bytes.
    pub digest: Digest,
    /// Number of bytes.
    pub bytes: u64,
    /// When it was fetched.
    pub at: Timestamp,
    /// To be kept once this delivery is taken in: the next look goes on after it.
    pub marker: Marker,
}

/// How far a source has been read. It belongs to one place: for another it counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case", deny_unknown_fields)]
pub enum Marker {
    /// A document of a web server.
    Web {
        /// The place.
        place: String,
        /// `ETag` of the answer.
        etag: Option<String>,
        /// `Last-Modified` of the answer.
        modified: Option<String>,
        /// Digest of the bytes, for servers that tell neither.
        digest: Digest,
    },
    /// Objects that were taken, by key, with their entity tags.
    Bucket {
        /// The place.
        place: String,
        /// Those that are still there.
        taken: BTreeMap<String, String>,
    },
    /// Files that were taken, by name.
    Folder {
        /// The place.
        place: String,
        /// Those that are still there.
        taken: BTreeMap<String, TakenFile>,
    },
    /// Entries of a log.
    Log {
        /// The place.
        place: String,
        /// Entries that were delivered and proved.
        size: u64,
        /// Roots of the perfect subtrees over them, the largest first: with these the next entries are proved.
        peaks: Vec<Digest>,
    },
}

/// A file that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenFile {
    /// Its length.
    pub bytes: u64,
    /// When it was last written, in nanoseconds since 1970.
    pub written_ns: i64,
    /// Digest of its bytes.
    pub digest: Digest,
}

/// A delivery on its way to disk.
pub(crate) struct Spool {
    file: BufWriter<NamedTempFile>,
    hash: Sha256,
    /// Bytes so far.
    pub bytes: u64,
    start: Vec<u8>,
    limit: u64,
}

/// A delivery on disk.
pub(crate) struct Spooled {
    pub file: NamedTempFile,
    pub digest: Digest,
    pub bytes: u64,
    start: Vec<u8>,
}

/// Bytes that are kept in mind to tell what a delivery is.
const START: usize = 1024;

impl Spool {
    pub fn new(folder: &Path, limit: u64) -> Result<Self, FeedError> {
        let file = NamedTempFile::with_prefix_in("delivery-", folder).map_err(FeedError::Spool)?;
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), hash: Sha256::new(), bytes: 0, start: Vec::new(), limit })
    }

    /// Adds a piece; `place` is for the error.
    pub fn push(&mut self, piece: &[u8], place: &str) -> Result<(), FeedError> {
        self.bytes += piece.len() as u64;
        if self.bytes > self.limit {
            return Err(FeedError::TooLarge { place: place.into(), limit: self.limit });
        }
        let room = START.saturating_sub(self.start.len()).min(piece.len());
        self.start.extend_from_slice(&piece[..room]);
        self.hash.update(piece);
        self.file.write_all(piece).map_err(FeedError::Spool)
    }

    /// The same beside the runtime: a disk that is slow does not hold up other tasks.
    pub async fn push_aside(mut self, piece: impl AsRef<[u8]> + Send + 'static, place: &str) -> Result<Self, FeedError> {
        let place = place.to_owned();
        let pushed = tokio::task::spawn_blocking(move || self.push(piece.as_ref(), &place).map(|()| self));
        pushed.await.map_err(|error| FeedError::Spool(io::Error::other(error)))?
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    pub fn finish(self) -> Result<Spooled, FeedError> {
        let file = self.file.into_inner().map_err(|error| FeedError::Spool(io::Error::other(error.to_string())))?;
        let digest = <[u8; 32]>::from(self.hash.finalize()).into();
        Ok(Spooled { file, digest, bytes: self.bytes, start: self.start })
    }
}

impl Spooled {
    /// Refuses what is no data at all: nothing, or an HTML page.
    pub fn check(&self, place: &str) -> Result<(), FeedError> {
        match () {
            () if self.bytes == 0 => Err(FeedError::Empty { place: place.into() }),
            () if is_html(&self.start) => Err(FeedError::HtmlPage { place: place.into() }),
            () => Ok(()),
        }
    }

    pub fn fetched(self, name: String, at: Timestamp, marker: Marker) -> Fetched {
        Fetched { file: self.file, name, digest: self.digest, bytes: self.bytes, at, marker }
    }
}

/// Whether bytes begin as an HTML page does. A `Content-Type` proves nothing: many servers send `text/html` for everything.
fn is_html(start: &[u8]) -> bool {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let mut start = start.trim_ascii_start();
    while let Some(rest) = start.strip_prefix(b"<!--") {
        let Some(end) = rest.windows(3).position(|window| window == b"-->") else { return false };
        start = rest[end + 3..].trim_ascii_start();
    }
    let begins = |tag: &[u8]| start.get(..tag.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(tag));
    [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<title", b"<script"].into_iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_told_by_its_bytes() {
        for page in ["<!DOCTYPE html><p>", "\u{feff}\n <HTML>", "<!-- proxy -->\n<html><title>403", "<script>location='/'"] {
            assert!(is_html(page.as_bytes()), "{page}");
        }
        for data in ["域名,单位\n", "{\"html\":1}", "<?xml version=\"1.0\"?><nmaprun>", "<!-- never closed", ""] {
            assert!(!is_html(data.as_bytes()), "{data}");
        }
    }

    #[test]
    fn a_spool_counts_digests_and_stops_at_its_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut spool = Spool::new(folder.path(), 5).expect("a spool");
        spool.push(b"ab", "x").expect("within");
        spool.push(b"c", "x").expect("within");
        assert!(matches!(spool.push(b"def", "x"), Err(FeedError::TooLarge { limit: 5, .. })));
        let mut spool = Spool::new(folder.path(), 5).expect("a spool");
        spool.push(b"abc", "x").expect("within");
        let spooled = spool.finish().expect("written");
        assert_eq!((spooled.bytes, spooled.digest), (3, Digest::of(b"abc")));
        assert_eq!(std::fs::read(spooled.file.path()).expect("there"), b"abc");
    }

    #[test]
    fn markers_survive_being_kept() {
        let marker = Marker::Folder {
            place: "file:/a/*".into(),
            taken: [("b".into(), TakenFile { bytes: 1, written_ns: 1_700_000_000_123_456_789, digest: Digest::of(b"") })].into(),
        };
        let text = serde_json::to_string(&marker).expect("JSON");
        assert_eq!(serde_json::from_str::<Marker>(&text).expect("a marker"), marker);
    }
}
