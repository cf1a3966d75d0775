//! One site under several addresses: with and without `www`, by its IP address. `http` and `https` have one name from the start.
//!
//! Invariant: an IP address joins a name only where the name is the only one that was seen to lead there, and both show a sign of one
//! application. At an address that many share nothing is joined or offered; what has one of both alone waits for a person.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use model::ledger::claim::{Held, Link, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::text;
use model::text::Text;

use super::MOST_BEARERS;
use super::join::{self, Edge, Rows, Why};
use crate::signs::{self, Shown, Sign};

/// A host leads to addresses at which it was seen within so much time of the last: others it has left.
const STILL: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What resolution needs to know of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteProfile {
    /// The site.
    pub entity: EntityId,
    /// Who runs it, by the name that stands for that institution.
    pub owner: Option<EntityId>,
    /// Addresses to which its host leads.
    pub addresses: BTreeSet<IpAddr>,
    /// By what it is recognised.
    pub signs: BTreeSet<Sign>,
}

/// What else is known of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenants {
    /// Hosts that were ever seen to lead there. More than [`MOST_TENANTS`] need not be told.
    pub hosts: BTreeSet<String>,
    /// Whether it is in a range of a CDN or of a protection in front of sites.
    pub shared: bool,
}

/// As many hosts of an address are asked for: with more it is shared hosting. With and without `www` is one.
pub const MOST_TENANTS: usize = 2 * MOST_BEARERS + 1;

impl Tenants {
    fn names(&self) -> usize {
        self.hosts.iter().map(|host| without_www(host)).collect::<BTreeSet<_>>().len()
    }
}

impl SiteProfile {
    /// A site of which registers say `claims`, on a host or address of which `sightings` were made. Of the claims on a domain only those of
    /// its own site count.
    pub fn of<'a>(
        entity: &EntityId,
        owner: Option<EntityId>,
        claims: impl IntoIterator<Item = &'a Held>,
        sightings: &[Sighting],
    ) -> Self {
        let host = host_and_rest(&entity.key).0;
        let is_own = |held: &&Held| match held.claim.entity.kind {
            EntityKind::Site => held.claim.entity == *entity,
            _ => without_www(host) == held.claim.entity.key || host == held.claim.entity.key,
        };
        let mut signs = signs::registered(claims.into_iter().filter(is_own));
        let port = port_of(&entity.key);
        let here = |shown: &Shown| match (port, shown.port) {
            (_, None) => true,
            (None, Some(port)) => matches!(port, 80 | 443),
            (Some(own), Some(port)) => own == port,
        };
        signs.extend(sightings.iter().filter_map(|seen| Shown::read(&seen.what)).filter(here).map(|shown| shown.sign));
        Self { entity: entity.clone(), owner, addresses: leads_to(sightings), signs }
    }
}

/// The addresses to which a host leads now.
fn leads_to(sightings: &[Sighting]) -> BTreeSet<IpAddr> {
    let address = |seen: &Sighting| Some((resolved(&seen.what)?, seen.last));
    let newest = sightings.iter().filter_map(address).map(|(_, last)| last).max();
    let still = |last: Timestamp| newest.is_some_and(|newest| newest.duration_since(last) <= STILL);
    sightings.iter().filter_map(address).filter(|(_, last)| still(*last)).map(|(address, _)| address).collect()
}

/// The address of a sighting of a resolution, `A 203.0.113.7`.
pub fn resolved(what: &str) -> Option<IpAddr> {
    what.strip_prefix("A ").or_else(|| what.strip_prefix("AAAA "))?.parse().ok()
}

/// The sighting of a host that leads to an address.
pub fn leading_to(address: IpAddr) -> String {
    format!("{} {address}", if address.is_ipv4() { "A" } else { "AAAA" })
}

/// Whether a sighting is one of a sign by which an application is recognised.
pub fn is_sign(seen: &Sighting) -> bool {
    Shown::read(&seen.what).is_some_and(|shown| shown.sign.is_telling())
}

/// The public IP address by which a site is known; `None` where it is known by a name.
pub fn address_of(site: &EntityId) -> Option<IpAddr> {
    let address = (site.kind == EntityKind::Site).then(|| host_and_rest(&site.key).0.parse::<IpAddr>().ok()).flatten()?;
    is_public(address).then_some(address)
}

/// The site with the same port and path on another host.
pub fn on_host(site: &EntityId, host: &str) -> EntityId {
    EntityId::new(EntityKind::Site, format!("{host}{}", host_and_rest(&site.key).1))
}

/// The same site with `www`, or without.
pub fn twin(site: &EntityId) -> EntityId {
    let twin = site.key.strip_prefix("www.").map_or_else(|| format!("www.{}", site.key), str::to_owned);
    EntityId::new(EntityKind::Site, twin)
}

/// The ranges that an address may be in, as lists of ranges name them.
pub fn ranges_over(address: IpAddr) -> Vec<EntityId> {
    let range = |start: IpAddr, length| EntityId::new(EntityKind::Network, format!("{start}/{length}"));
    match address {
        IpAddr::V4(address) => (8..=32_u32)
            .map(|length| range(IpAddr::V4((address.to_bits() & (u32::MAX << (32 - length))).into()), length))
            .collect(),
        IpAddr::V6(address) => (16..=128_u32)
            .map(|length| range(IpAddr::V6((address.to_bits() & (u128::MAX << (128 - length))).into()), length))
            .collect(),
    }
}

/// An address within a network of one's own says nothing: every network has a 10.0.0.1.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let carrier = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            let own = v4.is_private() || v4.is_loopback() || v4.is_link_local() || carrier;
            !(own || v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast())
        }
        IpAddr::V6(v6) => {
            let own = v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback();
            !(own || v6.is_unspecified() || v6.is_multicast())
        }
    }
}

/// The host of a site's key, and port and path behind it.
fn host_and_rest(key: &str) -> (&str, &str) {
    let end = key.find('/').unwrap_or(key.len());
    let host = match key[..end].rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => &key[..end],
    };
    (host, &key[host.len()..])
}

fn port_of(key: &str) -> Option<u16> {
    let authority = host_and_rest(key).1.split('/').next()?;
    authority.strip_prefix(':')?.parse().ok()
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(host)
}

/// The links between sites. With and without `www` is one site unless two owners are told. Of `tenants`, an address that is missing has none.
pub fn sites(profiles: &[SiteProfile], tenants: &BTreeMap<IpAddr, Tenants>, held: &[Link], at: Timestamp) -> Vec<Link> {
    let mut rows: Vec<Site<'_>> =
        profiles.iter().filter(|profile| profile.entity.kind == EntityKind::Site).map(Site::new).collect();
    rows.sort_unstable_by(|one, other| one.order().cmp(&other.order()));
    rows.dedup_by(|one, other| one.profile.entity == other.profile.entity);
    let sites = Sites(rows);
    let mut edges = sites.with_www();
    for (row, site) in sites.numbered() {
        let Some(address) = site.address else { continue };
        let tenants = tenants.get(&address).cloned().unwrap_or_default();
        if !tenants.shared && tenants.names() <= MOST_BEARERS {
            sites.at_address(row, address, tenants.names(), &mut edges);
        }
    }
    join::links(&sites, edges, held, at)
}

struct Site<'a> {
    profile: &'a SiteProfile,
    owner: Option<String>,
    address: Option<IpAddr>,
}

impl<'a> Site<'a> {
    fn new(profile: &'a SiteProfile) -> Self {
        let owner = profile.owner.as_ref().map(EntityId::to_string);
        Self { profile, owner, address: address_of(&profile.entity) }
    }

    /// Names before addresses.
    fn order(&self) -> (bool, &EntityId) {
        (self.address.is_some(), &self.profile.entity)
    }

    fn rest(&self) -> &str {
        host_and_rest(&self.profile.entity.key).1
    }

    /// The signs that both show, the most telling first.
    fn shared<'s>(&'s self, other: &'s Site<'_>) -> impl Iterator<Item = &'s Sign> {
        self.profile.signs.intersection(&other.profile.signs)
    }
}

struct Sites<'a>(Vec<Site<'a>>);

impl Sites<'_> {
    fn numbered(&self) -> impl Iterator<Item = (u32, &Site<'_>)> {
        (0..).zip(&self.0)
    }

    fn at(&self, row: u32) -> &Site<'_> {
        &self.0[row as usize]
    }

    fn with_www(&self) -> Vec<Edge> {
        let named = |(row, site)| Some((self.row(&EntityId::new(EntityKind::Site, named_without_www(site)?))?, row));
        self.numbered().filter_map(named).map(|(bare, www)| Edge::new(bare, www, Why::Www, true)).collect()
    }

    /// The pairs of a site that is known by its address, at which so many names were seen.
    fn at_address(&self, row: u32, address: IpAddr, names: usize, edges: &mut Vec<Edge>) {
        let site = self.at(row);
        let fits = |other: &(u32, &Site<'_>)| other.1.address.is_none() && other.1.rest() == site.rest();
        let (there, elsewhere): (Vec<_>, Vec<_>) =
            self.numbered().filter(fits).partition(|(_, other)| other.profile.addresses.contains(&address));
        let telling = |other: &Site<'_>| site.shared(other).filter(|sign| sign.is_telling()).count();
        if names == 1 {
            let owners: BTreeSet<&String> = there.iter().filter_map(|(_, other)| other.owner.as_ref()).collect();
            for (other, named) in &there {
                let certain = owners.len() <= 1 && telling(named) > 0;
                self.pair(*other, row, Some(Why::OnlyName), certain, edges);
            }
        } else {
            let recognised = there.iter().any(|(_, other)| telling(other) > 0);
            for (other, _) in there.iter().filter(|(_, other)| !recognised || telling(other) > 0) {
                self.pair(*other, row, Some(Why::AddressOfHost), false, edges);
            }
        }
        // The server behind a CDN: the name leads elsewhere, and several signs are the same all the same.
        let behind: Vec<u32> = elsewhere.iter().filter(|(_, other)| telling(other) > 1).map(|(other, _)| *other).collect();
        if behind.len() <= MOST_BEARERS {
            behind.into_iter().for_each(|other| self.pair(other, row, None, false, edges));
        }
    }

    fn pair(&self, named: u32, row: u32, why: Option<Why>, certain: bool, edges: &mut Vec<Edge>) {
        let shared = self.at(named).shared(self.at(row)).take(usize::from(u8::MAX));
        let signs = (0..).zip(shared).map(|(place, _)| Why::Sign(place));
        edges.extend(why.into_iter().chain(signs).map(|why| Edge::new(named, row, why, certain)));
    }
}

/// `x.gov.cn` of `www.x.gov.cn`.
fn named_without_www<'a>(site: &Site<'a>) -> Option<&'a str> {
    site.profile.entity.key.strip_prefix("www.").filter(|rest| rest.contains('.'))
}

impl Rows for Sites<'_> {
    fn id(&self, row: u32) -> EntityId {
        self.at(row).profile.entity.clone()
    }

    fn row(&self, id: &EntityId) -> Option<u32> {
        let find = |by_address| self.0.binary_search_by(|site| site.order().cmp(&(by_address, id))).ok();
        find(false).or_else(|| find(true)).and_then(|row| u32::try_from(row).ok())
    }

    fn mark(&self, row: u32) -> Option<&str> {
        self.at(row).owner.as_deref()
    }

    fn len(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn conflict(&self) -> Text {
        Text::new("开办单位不同，或人工已判定不同", "their owners differ, or a person holds them apart")
    }

    fn reason(&self, edge: &Edge) -> Text {
        let (name, other) = (self.id(edge.low).key, self.id(edge.high).key);
        match edge.why {
            Why::OnlyName => text!(
                zh: "只发现 {name} 的主机解析到 {other} 的地址",
                en: "of all hosts only that of {name} was seen to lead to the address of {other}",
            ),
            Why::AddressOfHost => text!(
                zh: "{name} 的主机解析到 {other} 的地址，但该地址上不止一个域名",
                en: "the host of {name} leads to the address of {other}, and so do others",
            ),
            Why::Sign(place) => {
                let sign = self.at(edge.low).shared(self.at(edge.high)).nth(usize::from(place));
                sign.map(Sign::reason).unwrap_or_default()
            }
            _ => text!(zh: "{name} 与 {other} 只差 www 前缀", en: "{name} and {other} differ by www alone"),
        }
    }
}
