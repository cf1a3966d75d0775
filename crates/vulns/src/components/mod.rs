//! Components of a subject: out of what was seen of it, what other scanners saw, and what its institution declared.
//!
//! Invariant: a function of its arguments, whatever their order. Nothing seen is made up: a component without a version keeps none, and what
//! a distribution may have mended says so.

mod addresses;
mod declared;
mod headers;
mod identity;
mod merge;
mod seen;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use model::advisory::{Channel, Component};
use model::facts::clients::Entrances;
use model::facts::components::Components;
use model::facts::scripts::Scripts;
use model::facts::services::Services;
use model::facts::technology::Technologies;
use model::facts::web::Visit;
use model::ledger::claim::{Held, Sighting};
use model::view::day_in_china;

/// The most components of a subject; those beyond are left out, in the order of names.
pub const MOST: usize = 20_000;

/// What is known of a subject. What was not looked at, or failed, is left empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observed<'a> {
    /// Technologies by fingerprint.
    pub technologies: Option<&'a Technologies>,
    /// Services by their greetings.
    pub services: Option<&'a Services>,
    /// Scripts of the home page.
    pub scripts: Option<&'a Scripts>,
    /// Entrances that its home page leads to.
    pub entrances: Option<&'a Entrances>,
    /// Visits to it, plain and secure.
    pub visits: &'a [&'a Visit],
    /// Claims about components of its bill of materials (entities `component:`); others are passed over.
    pub declared: &'a [&'a Held],
    /// What other scanners saw of its hosts and addresses; sightings of anything but services are passed over.
    pub sightings: &'a [&'a Sighting],
}

/// The components of a subject.
pub fn of(observed: &Observed<'_>) -> Components {
    let mut found = Vec::new();
    if let Some(technologies) = observed.technologies {
        seen::technologies(technologies, observed.scripts, &mut found);
    }
    if let Some(services) = observed.services {
        seen::services(services, &mut found);
    }
    if let Some(scripts) = observed.scripts {
        seen::scripts(scripts, &mut found);
    }
    if let Some(entrances) = observed.entrances {
        seen::entrances(entrances, &mut found);
    }
    observed.visits.iter().for_each(|visit| headers::of_visit(visit, &mut found));
    observed.sightings.iter().for_each(|sighting| seen::sighting(sighting, &mut found));
    let declared: Vec<&Held> = declared::components(observed.declared).collect();
    found.extend(declared.iter().filter_map(|held| declared::component(held)));

    let catalogues = observed.technologies.into_iter().flat_map(|technologies| technologies.catalogues.iter().cloned());
    let detectors = observed.scripts.map(|scripts| scripts.detectors.clone()).filter(|set| !set.is_empty());
    let sets: BTreeSet<String> = catalogues.chain(detectors).collect();
    Components {
        found: merge::merged(found),
        declared_on: declared.iter().map(|held| held.since).max().map(day_in_china),
        sets: sets.into_iter().collect(),
    }
}

/// What was known of a subject, with what is declared now in place of what was declared before. A declared component that says no more than
/// one that was seen is left out, as [`of`] joins both.
pub fn with_declared<'a>(known: impl Iterator<Item = &'a Component>, declared: &[&Held]) -> Vec<Component> {
    let seen: Vec<&Component> = known.filter(|component| component.channel != Channel::Sbom).collect();
    let declared = of(&Observed { declared, ..Observed::default() }).found;
    let is_told = |sign: &Component| {
        let same_product = |other: &Component| other.products.iter().any(|product| sign.products.contains(product));
        seen.iter().any(|surer| same_product(surer) && merge::joins(sign, surer))
    };
    let new: Vec<Component> = declared.into_iter().filter(|sign| !is_told(sign)).collect();
    let mut all: Vec<Component> = seen.into_iter().cloned().chain(new).collect();
    all.sort();
    all
}
