//! What can go wrong inside the adapter, and how it is told to the outside.

use std::sync::Arc;

use ports::ledger::{NoSuchDelivery, NoSuchSource};
use ports::store::{NoSuchRun, StoreError};
use rusqlite::ErrorCode;

/// An error of this crate, before place and operation are known.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// SQLite refused.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The transaction that this call shared with others was not committed.
    #[error(transparent)]
    Transaction(Arc<Fault>),
    /// SQLite gave up a whole transaction when one of its calls failed.
    #[error("the transaction was given up: {0}")]
    GivenUp(String),
    /// No such run.
    #[error(transparent)]
    NoSuchRun(#[from] NoSuchRun),
    /// No such source.
    #[error(transparent)]
    NoSuchSource(#[from] NoSuchSource),
    /// No such delivery.
    #[error(transparent)]
    NoSuchDelivery(#[from] NoSuchDelivery),
    /// A value could not be written as JSON.
    #[error(transparent)]
    Unwritable(#[from] serde_json::Error),
    /// What is stored cannot be read.
    #[error("{what} is damaged")]
    Damaged {
        /// What.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file was made by a newer version.
    #[error("schema {found} is newer than {known}")]
    TooNew {
        /// Its schema.
        found: u32,
        /// Our newest.
        known: u32,
    },
    /// The file is a database with tables that this product did not make.
    #[error("the file is a database of another program: name another file")]
    Foreign,
    /// A thread that does the work is gone.
    #[error("the store has stopped: open it again")]
    Stopped,
    /// A thread could not be started.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
}

impl Fault {
    /// Something stored does not read as what it should be.
    pub fn damaged(what: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Damaged { what: what.into(), source: source.into() }
    }

    /// The same for the outside.
    pub fn into_error(self, place: &str, operation: &'static str) -> StoreError {
        let place = place.to_owned();
        match self {
            Self::TooNew { found, known } => StoreError::TooNew { place, found, known },
            Self::Damaged { what, source } => StoreError::Damaged { place, what, source },
            fault if fault.is_damage() => StoreError::Damaged { place, what: "the file".into(), source: Box::new(fault) },
            fault => StoreError::Unavailable { place, operation, source: Box::new(fault) },
        }
    }

    fn is_damage(&self) -> bool {
        match self {
            Self::Sql(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
            }
            Self::Transaction(shared) => shared.is_damage(),
            _ => false,
        }
    }
}
