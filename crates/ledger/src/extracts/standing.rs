//! The standing of an application and its owner, out of what is in force.

use jiff::Timestamp;
use jiff::civil::Date;
use model::facts::standing::{OwnerStanding, Party, SeenBy, Standing};
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::{Held, LifeState};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::Source;
use model::ledger::truth::Truth;
use model::uscc::Uscc;
use model::view::day_in_china;

use super::lookup::Lookup;
use super::parts;

/// Someone saw an asset, from first to last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SightedBy {
    /// Who.
    pub source: Source,
    /// First time.
    pub first: Timestamp,
    /// Last time.
    pub last: Timestamp,
}

/// The institution whose truth belongs to the subject: the owner in force, else that of the ledger's entry.
pub fn owner(lookup: &Lookup, application: Option<&Truth>) -> Option<EntityId> {
    application.and_then(|truth| truth.owner.clone()).or_else(|| lookup.institution.clone())
}

/// The successor that an institution's truth names, when it does so by code.
pub fn successor(institution: &Truth) -> Option<EntityId> {
    let code: Uscc = institution.get(A::Successor)?.parse().ok()?;
    Some(EntityId::new(EntityKind::Institution, code.as_str()))
}

/// What the ledger holds. `about` are the live claims about the subject, for the first time that anyone spoke of it.
pub fn of(
    lookup: &Lookup,
    about: &[Held],
    application: Option<&Truth>,
    owner: Option<&Truth>,
    successor: Option<&Truth>,
    sightings: &[SightedBy],
) -> Standing {
    let spoken = about.iter().filter(|held| Some(&held.claim.entity) == lookup.subject.as_ref()).map(|held| held.since);
    let known = spoken.chain(sightings.iter().map(|seen| seen.first)).min();
    let mut seen: Vec<SeenBy> =
        sightings.iter().map(|seen| SeenBy { source: name(&seen.source), last: day_in_china(seen.last) }).collect();
    seen.sort();
    let state = application.and_then(|truth| truth.attributes.get(&A::State));
    Standing {
        state: application.map(|truth| truth.state).or((!sightings.is_empty()).then_some(LifeState::Candidate)),
        since: application.and_then(since),
        by: state.map(|state| name(&state.source)).unwrap_or_default(),
        known_since: known.map(day_in_china),
        seen,
        owner: owner.map(|owner| owner_standing(application, owner, successor)),
    }
}

fn owner_standing(application: Option<&Truth>, owner: &Truth, successor: Option<&Truth>) -> OwnerStanding {
    let named = application.and_then(|truth| truth.attributes.get(&A::OwnerUscc).or(truth.attributes.get(&A::Owner)));
    let taken_over = owner.get(A::Successor).map(|word| match successor {
        Some(successor) => party(successor),
        // By a name, or by a code of which nobody says more.
        None if word.parse::<Uscc>().is_ok() => Party { uscc: word.into(), ..Party::default() },
        None => Party { name: word.into(), ..Party::default() },
    });
    OwnerStanding {
        party: party(owner),
        since: named.map(|named| day_in_china(named.since)),
        state: owner.attributes.contains_key(&A::State).then_some(owner.state),
        state_since: since(owner),
        successor: taken_over,
    }
}

fn party(truth: &Truth) -> Party {
    let list = |attribute| parts(truth.get(attribute).unwrap_or_default());
    Party {
        name: truth.get(A::Name).unwrap_or_default().into(),
        uscc: truth.get(A::Uscc).unwrap_or(if truth.entity.key.starts_with('~') { "" } else { &truth.entity.key }).into(),
        short_names: list(A::ShortNames),
        former_names: list(A::FormerNames),
    }
}

/// The day since which a state holds, as its source says.
fn since(truth: &Truth) -> Option<Date> {
    truth.get(A::StateSince)?.parse().ok()
}

/// A source for people: by its name, else by its kind.
fn name(source: &Source) -> String {
    if source.name.is_empty() {
        source.kind.label().zh.into()
    } else {
        format!("{}（{}）", source.name, source.kind.label().zh)
    }
}
