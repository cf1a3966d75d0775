//! What was sent to whom, when and why: for the log, and to be shown to an asset's owner.
//!
//! Invariant: memory is bounded. Destinations beyond the limit are summed up in one [`Account::overflow`].

use std::collections::{BTreeMap, btree_map};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use model::observation::Failure;
use model::permission::AccessLevel;
use model::subject::SubjectId;
use serde::Serialize;

use crate::permit::Permit;

/// How many sums are kept apart.
const LIMIT: usize = 100_000;

/// One connection or one failed attempt at one, one survey of an address's ports, or one exchange of datagrams.
#[derive(Clone, Debug, Serialize)]
pub struct Contact {
    /// Start.
    pub at: Timestamp,
    /// For whom.
    pub subject: SubjectId,
    /// What for.
    pub purpose: &'static str,
    /// By which level of permission.
    pub level: AccessLevel,
    /// Host, A-label form or IP literal.
    pub host: String,
    /// Address dialled; `None` when it did not come to that.
    pub ip: Option<IpAddr>,
    /// Port as addressed, before any port map; 0 for a survey, which names its ports in `survey`.
    pub port: u16,
    /// Why it failed; `None` when connected.
    pub failure: Option<Failure>,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// From start to end, in milliseconds.
    pub duration_ms: u64,
    /// Datagrams sent, repetitions included; 0 unless that is what it was.
    #[serde(skip_serializing_if = "is_zero")]
    pub datagrams: u64,
    /// Which ports were tried and what came of it, if it was a survey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey: Option<Surveyed>,
}

/// A survey's attempts at connections. Their sum is the number of attempts: a port that was silent and tried again counts twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Surveyed {
    /// The ports tried, ascending, as addressed, before any port map.
    pub ports: Vec<u16>,
    /// Connections that came about; they were closed at once.
    pub open: u64,
    /// Attempts that were refused.
    pub closed: u64,
    /// Attempts without answer in time.
    pub silent: u64,
    /// Attempts that failed otherwise.
    pub failed: u64,
}

/// Takes each contact when it has ended, for example to write it as a line of JSON. Called from asynchronous code: it must be quick.
pub type Sink = Arc<dyn Fn(&Contact) + Send + Sync>;

/// Sums for one destination, subject and purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// DNS questions sent.
    pub queries: u64,
    /// Connections made, those of surveys included.
    pub connections: u64,
    /// Datagrams sent, DNS questions apart.
    pub datagrams: u64,
    /// Attempts that failed or were refused.
    pub failures: u64,
    /// Bytes sent.
    pub bytes_out: u64,
    /// Bytes received.
    pub bytes_in: u64,
    /// Time connected, in milliseconds.
    pub duration_ms: u64,
}

/// Sums with what they are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// For whom.
    pub subject: SubjectId,
    /// What for.
    pub purpose: &'static str,
    /// Whom: a host, or for DNS the resolver's address and port.
    pub destination: String,
    /// How much.
    pub totals: Totals,
}

/// The account of everything sent.
#[derive(Default)]
pub struct Account {
    sums: Mutex<Sums>,
    sink: RwLock<Option<Sink>>,
}

#[derive(Default)]
struct Sums {
    by_key: BTreeMap<Key, Totals>,
    overflow: Totals,
}

/// Subject, purpose and destination. One map with the whole as its key takes a tenth of the memory of maps in a map, most of which hold
/// one sum.
type Key = (Arc<SubjectId>, &'static str, Destination);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Destination {
    Host(String),
    Server(SocketAddr),
}

impl Destination {
    fn text(&self) -> String {
        match self {
            Self::Host(host) => host.clone(),
            Self::Server(server) => server.to_string(),
        }
    }
}

impl Account {
    /// Sets the sink that takes each contact when it has ended, in place of any former one.
    pub fn set_sink(&self, sink: Sink) {
        *self.sink.write().unwrap_or_else(PoisonError::into_inner) = Some(sink);
    }

    /// Sums by subject, purpose and destination, in that order; hosts before resolvers.
    pub fn entries(&self) -> Vec<Entry> {
        let sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = |((subject, purpose, destination), totals): (&Key, &Totals)| Entry {
            subject: SubjectId::clone(subject),
            purpose,
            destination: destination.text(),
            totals: totals.clone(),
        };
        sums.by_key.iter().map(entry).collect()
    }

    /// Sums of the destinations beyond the 100 000 that are kept apart.
    pub fn overflow(&self) -> Totals {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).overflow.clone()
    }

    /// Counts one message to a resolver, whether an answer came or not, and what came.
    pub(crate) fn question(&self, permit: &Permit, server: SocketAddr, bytes_out: u64, bytes_in: u64) {
        self.add((permit.shared_subject(), permit.purpose(), Destination::Server(server)), |totals| {
            totals.queries += 1;
            totals.bytes_out += bytes_out;
            totals.bytes_in += bytes_in;
        });
    }

    /// Counts a contact that has ended and hands it to the sink.
    pub(crate) fn contact(&self, contact: &Contact) {
        let key = (Arc::new(contact.subject.clone()), contact.purpose, Destination::Host(contact.host.clone()));
        self.add(key, |totals| {
            match &contact.survey {
                Some(survey) => {
                    totals.connections += survey.open;
                    totals.failures += survey.closed + survey.silent + survey.failed;
                }
                None if contact.failure.is_some() => totals.failures += 1,
                None if contact.datagrams == 0 => totals.connections += 1,
                None => {}
            }
            totals.datagrams += contact.datagrams;
            totals.bytes_out += contact.bytes_out;
            totals.bytes_in += contact.bytes_in;
            totals.duration_ms += contact.duration_ms;
        });
        let sink = self.sink.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(sink) = sink {
            sink(contact);
        }
    }

    fn add(&self, key: Key, count: impl FnOnce(&mut Totals)) {
        let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        let sums = &mut *sums;
        let full = sums.by_key.len() >= LIMIT;
        match sums.by_key.entry(key) {
            btree_map::Entry::Occupied(totals) => count(totals.into_mut()),
            btree_map::Entry::Vacant(_) if full => count(&mut sums.overflow),
            btree_map::Entry::Vacant(place) => count(place.insert(Totals::default())),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept_apart_and_bounded() {
        let account = Account::default();
        let server: SocketAddr = "192.0.2.53:53".parse().expect("an address");
        for number in 0..LIMIT + 7 {
            let permit = Permit::new(&SubjectId::site(format!("{number:06}.example.cn")), AccessLevel::L1, "dns");
            for _ in 0..2 {
                account.question(&permit, server, 40, 60);
            }
        }
        let entries = account.entries();
        assert_eq!(entries.len(), LIMIT);
        assert_eq!(entries[0].totals, Totals { queries: 2, bytes_out: 80, bytes_in: 120, ..Totals::default() });
        assert_eq!(account.overflow().queries, 14);
    }
}
