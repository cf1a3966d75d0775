//! The watch over advisories: what a new advisory or a new component means for the findings that are open.
//!
//! Invariant: what changed is written down with the change and worked off later, so that a crash between both loses nothing. Once all is
//! worked off, the open findings are those that comparing every statement with every component would give.

mod affected;
mod books;
mod declare;
mod notify;
mod report;
mod settle;
mod world;

use std::sync::{Arc, Mutex};

use ports::advisories::AdvisoryStore;
use ports::ledger::LedgerStore;

pub use affected::{Affected, DivisionLine, Line, Point};
pub use notify::{Deadlines, Notified, Order};
pub use settle::Settled;

/// Keeps findings true to statements and components.
pub struct Watch {
    advisories: Arc<dyn AdvisoryStore>,
    ledger: Arc<dyn LedgerStore>,
    /// What was read and compiled of statements, while they do not change.
    shelf: Mutex<books::Shelf>,
}

impl Watch {
    /// Over these stores, which are of one place.
    pub fn new(advisories: Arc<dyn AdvisoryStore>, ledger: Arc<dyn LedgerStore>) -> Self {
        Self { advisories, ledger, shelf: Mutex::default() }
    }

    /// The store of statements, components and findings.
    pub fn advisories(&self) -> &dyn AdvisoryStore {
        &*self.advisories
    }
}
