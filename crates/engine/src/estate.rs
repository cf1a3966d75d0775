//! What an institution runs, gathered from the rows of a ledger.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::facts::register::Estate;
use model::institution::{ApplicationKind, OwnerStatus};
use model::ledger::Entry;
use model::name::HostName;
use model::permission::AccessLevel;

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

/// Hosts to which nothing may be sent, not even by a redirect or a link from another site: every row of the host is granted L0.
pub fn forbidden_hosts(entries: &[Entry], today: Date) -> BTreeSet<String> {
    let mut forbidden: BTreeMap<&str, bool> = BTreeMap::new();
    for entry in entries {
        let Some(host) = &entry.application.host else { continue };
        let closed = entry.grant.as_ref().is_some_and(|grant| grant.level_on(today) == AccessLevel::L0);
        *forbidden.entry(&host.ascii).or_insert(true) &= closed;
    }
    forbidden.into_iter().filter(|(_, closed)| *closed).map(|(host, _)| host.to_owned()).collect()
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use model::institution::Application;
    use model::permission::Grant;

    use super::*;

    #[test]
    fn a_host_is_closed_when_all_its_rows_are() {
        let row = |host: &str, level: Option<AccessLevel>| {
            let host = HostName { ascii: host.into(), ..HostName::default() };
            let grant = level.map(|level| Grant { level, document: String::new(), until: None });
            Entry { application: Application { host: Some(host), ..Application::default() }, grant, ..Entry::default() }
        };
        let rows = [row("a.cn", Some(AccessLevel::L0)), row("b.cn", Some(AccessLevel::L0)), row("b.cn", None), row("c.cn", None)];
        assert_eq!(forbidden_hosts(&rows, date(2026, 11, 1)), BTreeSet::from(["a.cn".to_owned()]));
    }
}
