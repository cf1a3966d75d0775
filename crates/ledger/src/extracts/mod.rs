//! From claims of registers and lists to the facts that rules read: what to ask the store for, and what its answers say of one subject.
//!
//! Invariant: functions of their arguments. Only live claims are given to them; who has delivered what, and when, is told by [`Delivered`],
//! so that "no entry" is told apart from "no list".

pub mod attestation;
pub mod filings;
pub mod listings;
pub mod lists;
pub mod lookup;
pub mod registration;
pub mod standing;
pub mod threats;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Held, Says};
use model::ledger::source::{Delivery, DeliveryState, SourceKind};
use model::view::day_in_china;

pub use lookup::Lookup;

/// When each source last delivered something that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered(BTreeMap<i64, (SourceKind, Timestamp)>);

/// A fact out of a register, with the time of the delivery that it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// The fact.
    pub fact: T,
    /// When what it says was delivered.
    pub at: Timestamp,
}

impl<T> Told<T> {
    /// The same with the fact in another form.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Told<U> {
        Told { fact: form(self.fact), at: self.at }
    }
}

impl Delivered {
    /// Out of deliveries in any order; those that were not taken do not count.
    pub fn of(deliveries: &[Delivery]) -> Self {
        let mut newest = BTreeMap::new();
        for delivery in deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Applied) {
            let known: &mut (SourceKind, Timestamp) =
                newest.entry(delivery.source.id).or_insert((delivery.source.kind, delivery.at));
            known.1 = known.1.max(delivery.at);
        }
        Self(newest)
    }

    /// The time on which the word of these kinds of source rests: of those that say something the oldest, since one of them may be out of
    /// date; when none says anything the newest of all. `None` when none ever delivered.
    pub fn rests_on<'a>(&self, kinds: &[SourceKind], said: impl IntoIterator<Item = &'a Held>) -> Option<Timestamp> {
        let of_source = |held: &Held| self.0.get(&held.source.id).map_or(held.since, |(_, at)| *at);
        let newest = self.0.values().filter(|(kind, _)| kinds.contains(kind)).map(|(_, at)| *at).max();
        said.into_iter().map(of_source).min().or(newest)
    }

    /// Whether a source of one of these kinds ever delivered.
    pub fn has(&self, kinds: &[SourceKind]) -> bool {
        self.0.values().any(|(kind, _)| kinds.contains(kind))
    }
}

/// The claims of sources of these kinds.
fn of_kinds<'a>(about: &'a [Held], kinds: &'a [SourceKind]) -> impl Iterator<Item = &'a Held> {
    about.iter().filter(|held| kinds.contains(&held.source.kind))
}

fn text(says: &Says, attribute: Attribute) -> String {
    says.get(&attribute).cloned().unwrap_or_default()
}

fn day(says: &Says, attribute: Attribute) -> Option<Date> {
    says.get(&attribute)?.parse().ok()
}

fn truth(says: &Says, attribute: Attribute) -> Option<bool> {
    match says.get(&attribute)?.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The parts of a list, as attributes write lists.
fn list(says: &Says, attribute: Attribute) -> Vec<String> {
    parts(says.get(&attribute).map_or("", String::as_str))
}

fn parts(list: &str) -> Vec<String> {
    list.split(';').map(str::trim).filter(|part| !part.is_empty()).map(Into::into).collect()
}

/// The day of a delivery, as facts write it.
fn as_of(at: Timestamp) -> Option<Date> {
    Some(day_in_china(at))
}

#[cfg(test)]
mod tests;
