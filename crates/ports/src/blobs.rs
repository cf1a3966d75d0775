//! Raw evidence by content.

use async_trait::async_trait;
use model::digest::Digest;

/// Why a blob could not be kept or fetched.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The place where blobs are kept cannot be read or written: full disk, rights, network.
    #[error("blob store {place}: {operation} failed")]
    Unavailable {
        /// Where.
        place: String,
        /// What was tried.
        operation: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The bytes under a digest no longer have that digest.
    #[error("blob {0} does not match its digest: the store was changed from outside")]
    Altered(Digest),
}

/// Keeps bytes by their digest. Put is durable when it returns, and putting the same bytes twice is one blob.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps `bytes`; returns their digest.
    ///
    /// # Errors
    /// When they could not be made durable.
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError>;

    /// The bytes with this digest, checked against it; `None` when there are none.
    ///
    /// # Errors
    /// When the store cannot be read, or the bytes were altered.
    async fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, BlobError>;
}
