//! Observations, bundles, verdicts and runs.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use model::bundle::{Bundle, Written};
use model::digest::Digest;
use model::subject::SubjectId;
use model::verdict::Verdict;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be opened, read or written: rights, full disk, a lock that does not go away.
    #[error("store {place}: {operation} failed")]
    Unavailable {
        /// Where.
        place: String,
        /// What was tried.
        operation: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store was made by a newer version of the product.
    #[error("store {place} has schema {found}, this program knows up to {known}: use a newer program")]
    TooNew {
        /// Where.
        place: String,
        /// Its schema.
        found: u32,
        /// Our newest.
        known: u32,
    },
    /// What is stored cannot be read as what it should be.
    #[error("store {place}: {what} is damaged")]
    Damaged {
        /// Where.
        place: String,
        /// What.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a run is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To judge: its records hold verdicts.
    #[default]
    Check,
    /// To map: its records hold evidence only, and no question about verdicts looks at them.
    Map,
}

/// A sweep or check, that can be taken up again after a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// When it began.
    pub started: Timestamp,
    /// Subjects already recorded, in this or an earlier process.
    pub done: BTreeSet<SubjectId>,
}

/// A subject's sealed evidence and what the rules said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Evidence.
    pub bundle: Bundle,
    /// The evidence as written.
    pub written: Written,
    /// Verdicts, in the order of the catalogue.
    pub verdicts: Vec<Verdict>,
}

/// What an import changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that are new.
    pub added: u64,
    /// Rows that were known with other content.
    pub changed: u64,
    /// Rows that were known as they are.
    pub unchanged: u64,
}

/// A run was named that the store does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no run {0}: open a run first")]
pub struct NoSuchRun(pub i64);

/// The most verdicts that [`Store::verdicts`] returns.
pub const MOST_VERDICTS: usize = 10;

/// The store of everything but raw bytes. What a method has returned from survives a crash.
#[async_trait]
pub trait Store: Send + Sync {
    /// Takes up the unfinished run with this plan and purpose, or begins one. `plan` is the digest of what is to be done: ledger and
    /// settings.
    /// With `fresh`, an unfinished run with this plan is abandoned: it is never taken up again. `at` is kept to the millisecond.
    async fn open_run(&self, plan: Digest, purpose: Purpose, at: Timestamp, fresh: bool) -> Result<Run, StoreError>;

    /// Records subjects of a run: observations, bundle, verdicts and the mark that the subject is done, all or nothing.
    /// Recording the same again is a success and changes nothing; the same bundle with other verdicts replaces them; another bundle of
    /// a subject that the run has already is kept beside the first. A run that does not exist is an error.
    async fn record(&self, run: i64, sealed: &[Sealed]) -> Result<(), StoreError>;

    /// Marks a run as finished; doing it again is a success. A run that does not exist is an error.
    async fn close_run(&self, run: i64, at: Timestamp) -> Result<(), StoreError>;

    /// The newest run with this purpose, finished or not.
    async fn last_run(&self, purpose: Purpose) -> Result<Option<Run>, StoreError>;

    /// What a run recorded of a subject, the last if it recorded several bundles.
    async fn of_run(&self, run: i64, subject: &SubjectId) -> Result<Option<Sealed>, StoreError>;

    /// Subjects that any run checked, ordered by the bytes of their written form.
    async fn subjects(&self) -> Result<Vec<SubjectId>, StoreError>;

    /// The newest record of a subject that a run checked, by the bundle's reference time in milliseconds, then by order of recording.
    async fn latest(&self, subject: &SubjectId) -> Result<Option<Sealed>, StoreError>;

    /// Verdicts whose id starts with these hexadecimal digits, in either case, at most ten, in the order of their ids. A verdict that was
    /// recorded several times comes once, as it was recorded last.
    async fn verdicts(&self, prefix: &str) -> Result<Vec<Verdict>, StoreError>;

    /// A bundle by its digest.
    async fn bundle(&self, digest: Digest) -> Result<Option<Bundle>, StoreError>;
}
