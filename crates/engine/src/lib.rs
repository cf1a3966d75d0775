//! The order of work: plan, observe, read, seal, judge, record; and judging again.
//!
//! Invariant: the engine names ports, never adapters, and probes record what they saw whether it was something or nothing. What a
//! run has recorded is never done twice.

pub mod estate;
pub mod instruments;
mod lists;
pub mod mapping;
pub mod observe;
pub mod plan;
pub mod rejudge;
pub mod run;
pub mod stored;
pub mod verify;

use std::sync::Arc;

use browser::Browser;
use dialer::dialer::Dialer;
use model::observation::Failure;
use model::policy::Policy;
use ports::blobs::{BlobError, Blobs};
use ports::clock::Clock;
use ports::ledger::LedgerStore;
use ports::store::{Purpose, Store, StoreError};
use probe::probes::Probes;
use watch::Watch;

use crate::instruments::Instruments;
use crate::mapping::Mapping;

/// The parts that a run works with.
pub struct Engine {
    /// Evidence and verdicts.
    pub store: Arc<dyn Store>,
    /// What registers, lists and declarations say; without it nothing of theirs is known.
    pub ledger: Option<Arc<dyn LedgerStore>>,
    /// What advisories say, and who is affected; without it nothing of them is known.
    pub watch: Option<Arc<Watch>>,
    /// Raw bytes.
    pub blobs: Arc<dyn Blobs>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The way out: permits are made here.
    pub dialer: Dialer,
    /// Protocols.
    pub probes: Probes,
    /// The browser, or why there is none.
    pub browser: Result<Browser, Failure>,
    /// Settings that rules read.
    pub policy: Policy,
    /// Limits of the work on one subject.
    pub limits: Limits,
    /// What a run looks at.
    pub scope: Scope,
    /// What a map is made with.
    pub mapping: Mapping,
    /// What a check is made with.
    pub instruments: Instruments,
    /// Other vantage points from which names and sites are looked at as well.
    pub vantages: Vec<Vantage>,
}

/// What a run looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What the rules need; with `map`, the picture of the application as well.
    Check {
        /// Whether to map.
        map: bool,
    },
    /// The picture alone: one visit, no browser, no verdicts.
    Map,
}

impl Scope {
    /// Whether the picture is wanted.
    pub fn maps(self) -> bool {
        self != Self::Check { map: false }
    }

    /// What its runs are for.
    pub fn purpose(self) -> Purpose {
        match self {
            Self::Check { .. } => Purpose::Check,
            Self::Map => Purpose::Map,
        }
    }
}

/// A further way out, under the same guard and limiter as the first.
pub struct Vantage {
    /// Its name; it stands in the observations.
    pub name: String,
    /// Protocols, by that way.
    pub probes: Probes,
}

/// Limits of the work on one subject and of the whole.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Subjects worked on at a time; what they may send is bounded by the dialer.
    pub subjects_at_a_time: usize,
    /// External links looked at per site.
    pub links_per_site: usize,
}

/// Why a run could not go on. The failures of targets are observations and never end up here.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The place for raw evidence failed.
    #[error("the place for raw evidence failed")]
    Blobs(#[from] BlobError),
    /// A task ended without a result: an error of ours, or the program is being stopped.
    #[error("the work on a subject was stopped")]
    Stopped,
    /// A bundle has no JSON form: an error of ours.
    #[error("evidence could not be sealed")]
    Seal(#[from] serde_json::Error),
}
