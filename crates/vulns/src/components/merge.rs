//! One component out of several signs of it.
//!
//! Invariant: what comes out does not depend on the order of what goes in, since it is sorted first, the surest foremost.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use model::advisory::{Component, Ordering, Told};

use super::MOST;
use super::identity::Found;
use crate::version::compare;

/// The most versions of one product in one subject.
const MOST_VERSIONS: usize = 50;

/// The components, ascending: of one product those that are surest, and with them whatever says no other thing.
///
/// A sign joins a surer one when both are of one place and told by different channels (the page's file name says 3.5, the file itself 3.6.0),
/// or when it says the same version, or none, or a line in which the surer version is. Else it is a component of its own.
pub(super) fn merged(mut found: Vec<Found>) -> Vec<Component> {
    // The last of the order is the surest.
    found.sort_by(|one, other| {
        one.identity.cmp(&other.identity).then_with(|| surety(&other.component).cmp(&surety(&one.component)))
    });
    found.dedup();
    let mut components = Vec::new();
    for signs in found.chunk_by(|one, other| one.identity == other.identity) {
        let mut kept: Vec<Component> = Vec::new();
        for sign in signs {
            match kept.iter().position(|surer| joins(&sign.component, surer)) {
                Some(surer) => join(&mut kept[surer], &sign.component),
                None if kept.len() < MOST_VERSIONS => kept.push(sign.component.clone()),
                None => {}
            }
        }
        components.append(&mut kept);
        if components.len() >= MOST {
            components.truncate(MOST);
            break;
        }
    }
    components.sort();
    components
}

/// Orders signs of one product by how sure they are of the version, to the last letter, so that no two are equal but equal ones.
fn surety(component: &Component) -> impl Ord + '_ {
    let is_told = match component.version.told {
        Told::Unknown => 0,
        Told::Line | Told::AtLeast => 1,
        Told::Exact | Told::Backported => 2,
    };
    (is_told, component.channel, component.confidence, Reverse(component))
}

/// Whether a sign says nothing beside a surer one of its product.
pub(super) fn joins(sign: &Component, surer: &Component) -> bool {
    let is_of_line = || {
        let behind = surer.version.number.strip_prefix(&sign.version.number);
        behind.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
    };
    match sign.version.told {
        Told::Unknown => true,
        _ if sign.place == surer.place && sign.channel != surer.channel => true,
        Told::Line => is_of_line(),
        Told::AtLeast => surer.version == sign.version,
        Told::Exact | Told::Backported => is_same(sign, surer),
    }
}

/// Whether both are this version, one of them perhaps of a distribution.
fn is_same(sign: &Component, surer: &Component) -> bool {
    matches!(surer.version.told, Told::Exact | Told::Backported)
        && compare(Ordering::Generic, &sign.version.number, &surer.version.number).is_eq()
}

fn join(surer: &mut Component, sign: &Component) {
    // A distribution's mark that one sign bears is true of the other, which left it out.
    if sign.version.told == Told::Backported && is_same(sign, surer) {
        surer.version.told = Told::Backported;
    }
    surer.confidence = surer.confidence.max(sign.confidence);
    let products: BTreeSet<_> = surer.products.drain(..).chain(sign.products.iter().cloned()).collect();
    surer.products = products.into_iter().collect();
}
