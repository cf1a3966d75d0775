//! Raw evidence in one SQLite file: most blobs are small, and many of them share one sync.
//!
//! Invariant: as with the store, a blob whose `put` has returned is on the disk, because its transaction is committed and synced.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use model::digest::Digest;
use ports::blobs::{BlobError, Blobs};
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::Fault;
use crate::readers::Readers;
use crate::schema::BLOBS;
use crate::writer::Writer;

/// Digests remembered as durable; above that many, memory begins anew.
const MOST_REMEMBERED: usize = 100_000;

/// [`Blobs`] in one SQLite file, which several processes on one machine may share.
pub struct SqliteBlobs {
    place: String,
    writer: Writer,
    readers: Readers,
    /// Digests that this process has made durable, so that a certificate that a thousand sites share is written once.
    durable: Mutex<BTreeSet<Digest>>,
}

impl SqliteBlobs {
    /// Opens the file at `path`, makes it if there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// As [`SqliteStore::open`](crate::SqliteStore::open).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, BlobError> {
        let path = path.as_ref();
        let place = path.display().to_string();
        let opened = BLOBS.open(path).and_then(Writer::start);
        let writer = opened.map_err(|fault| unavailable(&place, "open", fault))?;
        Ok(Self { place, writer, readers: Readers::new(path), durable: Mutex::default() })
    }

    /// Nothing that can panic runs under the lock, so a poisoned one still guards whole content.
    fn durable(&self) -> MutexGuard<'_, BTreeSet<Digest>> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for SqliteBlobs {
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest::of(bytes);
        if self.durable().contains(&digest) {
            return Ok(digest);
        }
        let (name, bytes) = (digest.to_string(), bytes.to_vec());
        let put = self.writer.run(move |connection| put(connection, &name, &bytes)).await;
        put.map_err(|fault| unavailable(&self.place, "put", fault))?;
        let mut durable = self.durable();
        if durable.len() >= MOST_REMEMBERED {
            durable.clear();
        }
        durable.insert(digest);
        Ok(digest)
    }

    async fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, BlobError> {
        let name = digest.to_string();
        let found = self.readers.run(move |connection| get(connection, &name)).await;
        match found.map_err(|fault| unavailable(&self.place, "get", fault))? {
            Some(bytes) if Digest::of(&bytes) == digest => Ok(Some(bytes)),
            found => {
                // Gone or changed from outside: the next put has to write it anew.
                self.durable().remove(&digest);
                found.map_or(Ok(None), |_| Err(BlobError::Altered(digest)))
            }
        }
    }
}

/// Bytes of another length were changed from outside; writing them anew mends them.
fn put(connection: &Connection, name: &str, bytes: &[u8]) -> Result<(), Fault> {
    let put = "insert into blobs (digest, bytes) values (?1, ?2) \
               on conflict (digest) do update set bytes = excluded.bytes where length(bytes) <> length(excluded.bytes)";
    connection.prepare_cached(put)?.execute(params![name, bytes])?;
    Ok(())
}

fn get(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    let get = "select bytes from blobs where digest = ?1";
    Ok(connection.prepare_cached(get)?.query_row([name], |row| row.get(0)).optional()?)
}

fn unavailable(place: &str, operation: &'static str, fault: Fault) -> BlobError {
    BlobError::Unavailable { place: place.to_owned(), operation, source: std::io::Error::other(fault) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    ports::blobs_suite!(|| {
        let folder = tempfile::tempdir().expect("temporary folder");
        move || Arc::new(SqliteBlobs::open(folder.path().join("blobs.db")).expect("open")) as Arc<dyn Blobs>
    });

    #[tokio::test]
    async fn what_was_altered_is_told_and_mended() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("blobs.db");
        let blobs = SqliteBlobs::open(&path).expect("open");
        let digest = blobs.put(b"evidence").await.expect("put");
        Connection::open(&path).expect("open").execute("update blobs set bytes = x'00'", []).expect("altered");
        assert!(matches!(blobs.get(digest).await, Err(BlobError::Altered(altered)) if altered == digest));
        blobs.put(b"evidence").await.expect("put");
        assert_eq!(blobs.get(digest).await.expect("mended").as_deref(), Some(b"evidence".as_slice()));
    }

    #[tokio::test]
    async fn a_store_is_no_place_for_blobs() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("mingcha.db");
        drop(crate::SqliteStore::open(&path).expect("open"));
        assert!(SqliteBlobs::open(&path).is_err());
        assert!(crate::SqliteStore::open(&path).is_ok());
    }
}
