//! The store in one SQLite file, and raw evidence in another.
//!
//! Invariant: what a method has returned from is on the disk. The journal is a write-ahead log and every commit is synced
//! (`synchronous = FULL`): with `NORMAL` a power failure could take back commits that were already acknowledged. The cost of a sync is
//! shared, since one writer thread puts all waiting calls into one transaction.

mod advisories;
pub mod blobs;
mod fault;
mod ledger;
mod readers;
mod records;
mod runs;
mod schema;
mod writer;

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;
use model::bundle::Bundle;
use model::digest::Digest;
use model::subject::SubjectId;
use model::verdict::Verdict;
use ports::store::{Purpose, Run, Sealed, Store, StoreError};
use rusqlite::Connection;

use crate::fault::Fault;
use crate::readers::Readers;
use crate::writer::Writer;

/// A [`Store`], a [`LedgerStore`](ports::ledger::LedgerStore) and an [`AdvisoryStore`](ports::advisories::AdvisoryStore) in one SQLite
/// file, which several processes on one machine may share.
pub struct SqliteStore {
    place: String,
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens the file at `path`, makes it if there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or written, is no SQLite file or another program's, is damaged, or was made by a newer version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let place = path.display().to_string();
        schema::STORE
            .open(path)
            .and_then(|connection| Self::with(path, connection))
            .map_err(|fault| fault.into_error(&place, "open"))
    }

    fn with(path: &Path, connection: Connection) -> Result<Self, Fault> {
        let place = path.display().to_string();
        Ok(Self { place, writer: Writer::start(connection)?, readers: Readers::new(path) })
    }

    async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.run(work).await.map_err(|fault| fault.into_error(&self.place, operation))
    }

    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run(work).await.map_err(|fault| fault.into_error(&self.place, operation))
    }

    fn fail(&self, operation: &'static str) -> impl Fn(Fault) -> StoreError {
        move |fault| fault.into_error(&self.place, operation)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn open_run(&self, plan: Digest, purpose: Purpose, at: Timestamp, fresh: bool) -> Result<Run, StoreError> {
        self.write("open run", move |connection| runs::open(connection, plan, purpose, at, fresh)).await
    }

    async fn record(&self, run: i64, sealed: &[Sealed]) -> Result<(), StoreError> {
        let rows = sealed.iter().map(records::Rows::of).collect::<Result<Vec<_>, _>>().map_err(self.fail("record"))?;
        self.write("record", move |connection| records::record(connection, run, &rows)).await
    }

    async fn close_run(&self, run: i64, at: Timestamp) -> Result<(), StoreError> {
        self.write("close run", move |connection| runs::close(connection, run, at)).await
    }

    async fn last_run(&self, purpose: Purpose) -> Result<Option<Run>, StoreError> {
        self.read("read the last run", move |connection| runs::last(connection, purpose)).await
    }

    async fn of_run(&self, run: i64, subject: &SubjectId) -> Result<Option<Sealed>, StoreError> {
        let subject = subject.to_string();
        self.read("read a record", move |connection| records::of_run(connection, run, &subject)).await
    }

    async fn subjects(&self) -> Result<Vec<SubjectId>, StoreError> {
        self.read("list subjects", records::subjects).await
    }

    async fn latest(&self, subject: &SubjectId) -> Result<Option<Sealed>, StoreError> {
        let subject = subject.to_string();
        self.read("read a record", move |connection| records::latest(connection, &subject)).await
    }

    async fn verdicts(&self, prefix: &str) -> Result<Vec<Verdict>, StoreError> {
        let prefix = prefix.to_ascii_lowercase();
        self.read("find verdicts", move |connection| records::verdicts(connection, &prefix)).await
    }

    async fn bundle(&self, digest: Digest) -> Result<Option<Bundle>, StoreError> {
        self.read("read a bundle", move |connection| {
            Ok(records::bundle(connection, &digest.to_string())?.map(|(bundle, _)| bundle))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
