//! The plain matcher: everything with everything, compared anew each time. What it says is what the index must say.
//!
//! Invariant: shares with the index the order of versions and the meaning of names, and nothing else: no compiled form, no cache.

use model::advisory::{Affected, Certainty, Component, Condition, Standing, Statement, Told};

use crate::matching::FAIR_CONFIDENCE;
use crate::matching::signs::{self, Strength};
use crate::range::{Compiled, Holds};

/// Which of the components the statement reaches, in their order, and how surely.
pub fn reach(statement: &Statement, components: &[Component]) -> Vec<(usize, Certainty)> {
    if matches!(statement.standing, Standing::Rejected | Standing::Withdrawn) {
        return Vec::new();
    }
    let most = if statement.standing == Standing::Disputed { Certainty::Possible } else { Certainty::Certain };
    let mut reached = Vec::new();
    for place in 0..components.len() {
        let best = statement.affects.iter().filter_map(|condition| surest(condition, place, components)).max();
        reached.extend(best.map(|certainty| (place, certainty.min(most))));
    }
    reached
}

/// The best certainty that a vulnerable leaf of the condition gives the component at `place`.
fn surest(condition: &Condition, place: usize, components: &[Component]) -> Option<Certainty> {
    match condition {
        Condition::Not(_) => None,
        Condition::Any(members) => members.iter().filter_map(|member| surest(member, place, components)).max(),
        Condition::All(members) => {
            let best = members.iter().filter_map(|member| surest(member, place, components)).max()?;
            match value(condition, components) {
                Some(false) => None,
                Some(true) => Some(best),
                None => Some(best.min(Certainty::Possible)),
            }
        }
        Condition::Is(affected) if !affected.vulnerable => None,
        Condition::Is(affected) => {
            let best = certainty(affected, &components[place])?;
            Some(if target_seen(affected, components) { best } else { best.min(Certainty::Possible) })
        }
    }
}

/// Whether the condition is met; `None` when that is unknown.
fn value(condition: &Condition, components: &[Component]) -> Option<bool> {
    match condition {
        Condition::Not(inner) => value(inner, components).map(|met| !met),
        Condition::All(members) => {
            let values: Vec<_> = members.iter().map(|member| value(member, components)).collect();
            if values.contains(&Some(false)) { Some(false) } else { values.into_iter().collect::<Option<Vec<_>>>().map(|_| true) }
        }
        Condition::Any(members) => {
            let values: Vec<_> = members.iter().map(|member| value(member, components)).collect();
            if values.contains(&Some(true)) { Some(true) } else { values.into_iter().collect::<Option<Vec<_>>>().map(|_| false) }
        }
        Condition::Is(affected) => match product_seen(affected, components) {
            Some(true) if !target_seen(affected, components) => None,
            seen => seen,
        },
    }
}

fn product_seen(affected: &Affected, components: &[Component]) -> Option<bool> {
    let of_product: Vec<_> = components.iter().filter(|component| component.products.contains(&affected.product)).collect();
    if of_product.is_empty() {
        let sure = |component: &&Component| {
            component.confidence >= FAIR_CONFIDENCE && component.channel != model::advisory::Channel::Import
        };
        let other = components.iter().filter(sure).any(|one| signs::contradicts(&signs::systems(one), affected.product.as_str()));
        return if other { Some(false) } else { None };
    }
    let held = |wanted| of_product.iter().any(|component| holds(affected, component) == wanted);
    if held(Holds::Yes) {
        Some(true)
    } else if held(Holds::Reaches) || held(Holds::Unknown) {
        None
    } else {
        Some(false)
    }
}

fn target_seen(affected: &Affected, components: &[Component]) -> bool {
    let target = signs::fold(&affected.target);
    target.is_empty() || components.iter().any(|component| signs::words(component).contains(&target))
}

fn holds(affected: &Affected, component: &Component) -> Holds {
    Compiled::of(&affected.versions).holds(&component.version)
}

fn certainty(affected: &Affected, component: &Component) -> Option<Certainty> {
    if !component.products.contains(&affected.product) {
        return None;
    }
    let told = Compiled::of(&affected.versions).told(&component.version);
    match holds(affected, component) {
        Holds::No => None,
        Holds::Unknown => Some(Certainty::VersionUnknown),
        Holds::Reaches => Some(Certainty::Possible),
        Holds::Yes if told == Told::Backported => Some(Certainty::Backported),
        Holds::Yes => Some(Strength::of(component).certainty()),
    }
}
