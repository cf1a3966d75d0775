//! What one page may do on the network, and what the network refused it.
//!
//! Invariant: every byte of a page passes a ticket, which holds the page's permit, counts down its bytes and ends with the visit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dialer::permit::Permit;
use model::name::HostName;
use model::observation::{Failure, FailureClass};
use tokio::sync::watch;

/// Hosts and refusals remembered for one page; beyond them the page is served but the particulars are not kept.
const REMEMBERED: usize = 1000;

/// The leave of one page to use the proxy.
pub struct Ticket {
    /// The permit under which everything of the page is dialled.
    pub permit: Permit,
    bytes_left: AtomicU64,
    ended: watch::Sender<bool>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    dialled: BTreeSet<String>,
    refused: BTreeMap<(String, u16), Failure>,
    fenced_at: Option<HostName>,
}

impl Ticket {
    /// A ticket for `bytes` in both directions together.
    pub fn new(permit: Permit, bytes: u64) -> Self {
        Self { permit, bytes_left: AtomicU64::new(bytes), ended: watch::Sender::new(false), log: Mutex::default() }
    }

    /// From now on no host may be dialled that the page did not use before and that is not of `home`'s registrable domain: whatever the
    /// browser does on a click, even a connection opened in advance, does not leave for elsewhere.
    pub fn fence(&self, home: &HostName) {
        self.log().fenced_at = Some(home.clone());
    }

    /// Whether a host may be dialled now.
    ///
    /// # Errors
    /// Behind a fence, or after the visit.
    pub fn admit(&self, host: &str) -> Result<(), Failure> {
        if *self.ended.borrow() {
            return Err(Failure::new(FailureClass::NotPermitted, "the visit is over"));
        }
        let mut log = self.log();
        if let Some(home) = &log.fenced_at {
            let own = readers::names::host(host).is_some_and(|host| host.same_site(home));
            if !own && !log.dialled.contains(host) {
                return Err(Failure::new(FailureClass::NotPermitted, format!("{host} is held back during a click test")));
            }
        }
        if log.dialled.len() < REMEMBERED {
            log.dialled.insert(host.to_owned());
        }
        Ok(())
    }

    /// Counts `bytes` down; false once they are used up.
    pub fn spend(&self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes_left.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    /// Remembers that a destination was refused or not reached.
    pub fn refuse(&self, host: &str, port: u16, failure: Failure) {
        let mut log = self.log();
        if log.refused.len() < REMEMBERED {
            log.refused.insert((host.to_owned(), port), failure);
        }
    }

    /// Why a destination was refused or not reached.
    pub fn refusal(&self, host: &str, port: u16) -> Option<Failure> {
        self.log().refused.get(&(host.to_owned(), port)).cloned()
    }

    /// Cuts every connection of the page.
    pub fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Returns once the visit is over.
    pub async fn ended(&self) {
        // The sender lives as long as the ticket, so waiting cannot fail.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
