//! Sites that are known by an IP address, and the names under which they may be known too.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::Timestamp;
use ledger::resolve::sites::{self, MOST_TENANTS, SiteProfile, Tenants};
use ledger::truth;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Held, Link, Sighting};
use model::ledger::entity::{EntityId, EntityKind};

use crate::settle::Settler;
use crate::{Intake, IntakeError};

/// Sites or names read at a time.
const PAGE: usize = 2_000;
/// The most things that are looked for in one walk through all sightings.
const MOST_WHATS: usize = 10_000;

/// Where keys of public IP addresses begin and end: with a digit, IPv6 too (2000::/3).
const ADDRESSES: [&str; 2] = ["/", ":"];

/// Sites that may be one with sites by IP address, and what is known of the addresses.
#[derive(Default)]
pub(crate) struct Neighbours {
    pub(crate) sites: BTreeSet<EntityId>,
    pub(crate) tenants: BTreeMap<IpAddr, Tenants>,
}

impl Intake {
    /// Links sites by IP address with sites by name after anything about them changed. Other links are left as they are.
    pub(crate) async fn resolve_addresses(&self, settler: &mut Settler<'_>, at: Timestamp) -> Result<(), IntakeError> {
        let held = self.links_of(EntityKind::Site).await?;
        let neighbours = self.neighbours(&held).await?;
        if neighbours.sites.is_empty() {
            return Ok(());
        }
        let profiles = self.site_profiles(&neighbours.sites, settler).await?;
        let links = sites::sites(&profiles, &neighbours.tenants, &held, at);
        self.relink(EntityKind::Site, links, Some(&neighbours.sites), settler, at).await
    }

    /// The sites by IP address, and the sites on hosts that lead there or show the same.
    pub(crate) async fn neighbours(&self, held: &[Link]) -> Result<Neighbours, IntakeError> {
        let by_address = self.sites_by_address(held).await?;
        if by_address.is_empty() {
            return Ok(Neighbours::default());
        }
        let mut found = Neighbours::default();
        let mut wanted: BTreeMap<String, BTreeSet<&EntityId>> = BTreeMap::new();
        for (site, address) in &by_address {
            if !found.tenants.contains_key(address) {
                found.tenants.insert(*address, Tenants { shared: self.is_shared(*address).await?, ..Tenants::default() });
            }
            wanted.entry(sites::leading_to(*address)).or_default().insert(site);
            for (_, seen) in self.store.sightings(&EntityId::new(EntityKind::Address, address.to_string())).await? {
                if sites::is_sign(&seen) {
                    wanted.entry(seen.what).or_default().insert(site);
                }
            }
        }
        let whats: Vec<String> = wanted.keys().take(MOST_WHATS).cloned().collect();
        for (host, what) in self.store.sighted(EntityKind::Host, &whats, MOST_TENANTS).await? {
            if let Some(tenants) = sites::resolved(&what).and_then(|address| found.tenants.get_mut(&address)) {
                tenants.hosts.insert(host.key.clone());
            }
            let named = wanted.get(&what).into_iter().flatten().map(|site| sites::on_host(site, &host.key));
            found.sites.extend(named.flat_map(|site| [sites::twin(&site), site]));
        }
        found.sites.extend(by_address.into_keys());
        // What is linked with one of them has to be looked at with it; more than one step away nothing is linked.
        let linked = held.iter().filter(|link| found.sites.contains(&link.alias) || found.sites.contains(&link.entity));
        let linked: Vec<EntityId> = linked.flat_map(|link| [link.alias.clone(), link.entity.clone()]).collect();
        found.sites.extend(linked);
        Ok(found)
    }

    /// The sites that are known by a public IP address, those that stand behind a name too.
    async fn sites_by_address(&self, held: &[Link]) -> Result<BTreeMap<EntityId, IpAddr>, IntakeError> {
        let with_address = |site: EntityId| sites::address_of(&site).map(|address| (site, address));
        let linked = held.iter().flat_map(|link| [&link.alias, &link.entity]).cloned();
        let mut found: BTreeMap<EntityId, IpAddr> = linked.filter_map(with_address).collect();
        let [start, end] = ADDRESSES.map(|key| EntityId::new(EntityKind::Site, key));
        let mut after = start;
        loop {
            let page = self.store.names(EntityKind::Site, Some(&after), PAGE).await?;
            let Some(last) = page.last().cloned() else { return Ok(found) };
            found.extend(page.into_iter().filter_map(with_address));
            if last.key >= end.key {
                return Ok(found);
            }
            after = last;
        }
    }

    /// Whether an address is a CDN's, or that of a protection in front of sites.
    async fn is_shared(&self, address: IpAddr) -> Result<bool, IntakeError> {
        let claims = self.store.claims(&sites::ranges_over(address), None).await?;
        let role = |held: &Held| held.claim.says.get(&Attribute::ProviderRole).cloned();
        Ok(claims.iter().filter_map(role).any(|role| matches!(role.as_str(), "cdn" | "waf")))
    }

    /// What is known of these sites, each under its own name; those of which no source says anything are passed over.
    pub(crate) async fn site_profiles(
        &self,
        names: &BTreeSet<EntityId>,
        settler: &Settler<'_>,
    ) -> Result<Vec<SiteProfile>, IntakeError> {
        let names: Vec<&EntityId> = names.iter().collect();
        let mut profiles = Vec::new();
        for page in names.chunks(PAGE) {
            let asked: BTreeSet<EntityId> =
                page.iter().flat_map(|site| truth::bearing(site).into_iter().chain([(*site).clone()])).collect();
            let asked: Vec<EntityId> = asked.into_iter().collect();
            let mut claims: BTreeMap<EntityId, Vec<Held>> = BTreeMap::new();
            for held in self.store.claims(&asked, None).await? {
                claims.entry(held.claim.entity.clone()).or_default().push(held);
            }
            for site in page {
                let Some(own) = claims.get(*site) else { continue };
                let bearing: Vec<Held> =
                    truth::bearing(site).iter().filter_map(|entity| claims.get(entity)).flatten().cloned().collect();
                let owner = truth::in_force(site, &[], own, &bearing).and_then(|truth| truth.owner);
                let owner = owner.map(|owner| settler.canonical(&owner));
                let sightings = self.sightings_on(site).await?;
                profiles.push(SiteProfile::of(site, owner, own.iter().chain(&bearing), &sightings));
            }
        }
        Ok(profiles)
    }

    /// What was seen of the host or address of a site.
    async fn sightings_on(&self, site: &EntityId) -> Result<Vec<Sighting>, IntakeError> {
        let place = truth::bearing(site).into_iter().find(|entity| matches!(entity.kind, EntityKind::Host | EntityKind::Address));
        let Some(place) = place else { return Ok(Vec::new()) };
        Ok(self.store.sightings(&place).await?.into_iter().map(|(_, sighting)| sighting).collect())
    }
}

#[cfg(test)]
mod tests;
