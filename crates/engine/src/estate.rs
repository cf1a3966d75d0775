//! What an institution runs, gathered from the rows of a ledger.

use std::collections::BTreeMap;

use model::facts::register::Estate;
use model::institution::{ApplicationKind, OwnerStatus};
use model::ledger::Entry;
use model::name::HostName;

/// Every institution with all its applications, ordered by key; applications ordered by address.
pub fn estates(entries: &[Entry]) -> Vec<Estate> {
    let mut estates: BTreeMap<&str, Estate> = BTreeMap::new();
    for entry in entries {
        let Some(institution) = &entry.institution else { continue };
        let estate = estates
            .entry(institution.key())
            .or_insert_with(|| Estate { institution: institution.clone(), applications: Vec::new() });
        if !estate.applications.contains(&entry.application) {
            estate.applications.push(entry.application.clone());
        }
    }
    let ordered = |mut estate: Estate| {
        estate.applications.sort_by(|one, other| one.address.cmp(&other.address));
        estate
    };
    estates.into_values().map(ordered).collect()
}

/// Hosts of the web sites in use, by institution key.
pub fn hosts_by_institution(entries: &[Entry]) -> BTreeMap<String, Vec<HostName>> {
    let mut hosts: BTreeMap<String, Vec<HostName>> = BTreeMap::new();
    for entry in entries {
        let site = &entry.application;
        let in_use = site.kind == ApplicationKind::WebSite && site.status != OwnerStatus::Retired;
        if let (Some(institution), Some(host), true) = (&entry.institution, &site.host, in_use) {
            hosts.entry(institution.key().to_owned()).or_default().push(host.clone());
        }
    }
    hosts
}
