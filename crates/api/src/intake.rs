//! What the API hands on: a delivery on disk, to whoever takes it into the ledger.

use async_trait::async_trait;
use jiff::Timestamp;
use model::digest::Digest;
use model::ledger::source::{Delivery, SourceKind};
use tempfile::NamedTempFile;

/// A delivery that was sent to us.
#[derive(Debug)]
pub struct Offered {
    /// Kind of source.
    pub kind: SourceKind,
    /// Name of the source.
    pub name: String,
    /// Who sent it and, when that was told, as which file: its ending may tell a form.
    pub origin: String,
    /// Its bytes. The file is removed when this is dropped.
    pub file: NamedTempFile,
    /// Digest of the bytes.
    pub digest: Digest,
    /// Number of bytes.
    pub bytes: u64,
    /// When it came.
    pub at: Timestamp,
}

/// Why nothing could be said of a delivery. One that cannot be read is no error: its state is `refused`.
#[derive(Debug, thiserror::Error)]
#[error("the delivery could not be handled: {0}")]
pub struct IntakeError(pub String);

/// Takes deliveries into the ledger.
#[async_trait]
pub trait Intake: Send + Sync {
    /// Takes a delivery in. What it returned for is durable.
    async fn deliver(&self, offered: Offered) -> Result<Delivery, IntakeError>;

    /// A delivery by its number.
    async fn delivery(&self, id: i64) -> Result<Option<Delivery>, IntakeError>;
}
