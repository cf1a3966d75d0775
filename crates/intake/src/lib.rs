//! Deliveries of sources, taken into the stores of the ledger and of the watch, and what is in force kept true to them.
//!
//! Invariant: a delivery is taken whole or its state says what was not; taking the same again changes nothing. A reader that is faster
//! than the store waits for it, so memory does not grow with the length of a delivery.

mod addresses;
mod ask;
mod decide;
mod deliver;
mod held;
mod interrupted;
mod reconcile;
mod region;
mod resolve;
mod said;
mod settle;
mod stream;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use model::ledger::entity::EntityId;
use model::ledger::source::SourceKind;
use ports::advisories::AdvisoryStore;
use ports::ledger::LedgerStore;
use ports::store::StoreError;

pub use decide::Decision;
pub use region::DivisionLine;

/// Takes deliveries and decisions into a ledger's store.
pub struct Intake {
    store: Arc<dyn LedgerStore>,
    advisories: Arc<dyn AdvisoryStore>,
    settings: Settings,
}

/// When a delivery is not taken at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// A delivery that would withdraw more than this share of what its source says, in per cent, is held for a person.
    pub hold_above_percent: u64,
    /// Sources that say less than this many things are not held.
    pub hold_from: u64,
    /// Folder in which held deliveries wait.
    pub held: PathBuf,
}

/// A file that a source delivers.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// What kind of data it is.
    pub kind: SourceKind,
    /// Whose: the source's name within the kind.
    pub name: &'a str,
    /// File, URL or caller that it comes from, as people know it.
    pub origin: &'a str,
    /// Where its bytes are.
    pub file: &'a Path,
    /// When it was delivered.
    pub at: Timestamp,
    /// What it speaks of as a whole, where its kind needs to be told: the application of a bill of materials.
    pub about: Option<&'a EntityId>,
}

/// Why a delivery or decision could not be taken. What a delivery holds that is wrong is said in its record and is no error.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A file cannot be read or kept.
    #[error("{operation} {path}")]
    File {
        /// What was tried.
        operation: &'static str,
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Data of this kind does not come in files.
    #[error("{} is not read from files", .0.word())]
    NoFormat(SourceKind),
    /// There is no such delivery, or it is not held.
    #[error("delivery {0} is not held: `mingcha source list` names those that are")]
    NotHeld(i64),
    /// A value that the attribute cannot have, a name that is none.
    #[error("{0}")]
    Unfit(String),
    /// The reading thread ended without a word: an error of ours, or the program is being stopped.
    #[error("the reading was stopped")]
    Stopped,
}

impl Intake {
    /// Over these stores: statements of vulnerabilities go to `advisories`, everything else to the ledger's.
    pub fn new(store: Arc<dyn LedgerStore>, advisories: Arc<dyn AdvisoryStore>, settings: Settings) -> Self {
        Self { store, advisories, settings }
    }

    /// The ledger's store.
    pub fn store(&self) -> &dyn LedgerStore {
        &*self.store
    }
}
