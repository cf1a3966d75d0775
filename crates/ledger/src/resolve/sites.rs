//! One site under several addresses: with and without `www`, by its IP address. `http` and `https` have one name from the start.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use model::ledger::claim::Link;
use model::ledger::entity::{EntityId, EntityKind};
use model::text;
use model::text::Text;

use super::join::{self, Edge, Rows, Why};

/// What resolution needs to know of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteProfile {
    /// The site.
    pub entity: EntityId,
    /// Who runs it, by the name that stands for that institution.
    pub owner: Option<EntityId>,
    /// Addresses at which its host was seen.
    pub addresses: Vec<IpAddr>,
}

/// The links between sites. With and without `www` is one site unless two owners are told; a site by IP address is the one whose host was
/// seen there when it is the only one, else a person has to decide.
pub fn sites(profiles: &[SiteProfile], held: &[Link], at: Timestamp) -> Vec<Link> {
    let mut rows: Vec<Site<'_>> =
        profiles.iter().filter(|profile| profile.entity.kind == EntityKind::Site).map(Site::new).collect();
    rows.sort_unstable_by(|one, other| one.order().cmp(&other.order()));
    rows.dedup_by(|one, other| one.profile.entity == other.profile.entity);
    let sites = Sites(rows);
    let mut edges = sites.with_www();
    edges.extend(sites.by_address());
    join::links(&sites, edges, held, at)
}

struct Site<'a> {
    profile: &'a SiteProfile,
    owner: Option<String>,
    /// Its address, port and path, when it is known by an IP address.
    address: Option<(IpAddr, &'a str)>,
}

impl<'a> Site<'a> {
    fn new(profile: &'a SiteProfile) -> Self {
        let key = profile.entity.key.as_str();
        let end = key.find('/').unwrap_or(key.len());
        let host = match key[..end].rsplit_once(':') {
            Some((host, port)) if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &key[..end],
        };
        let address = host.parse().ok().map(|address| (address, &key[host.len()..]));
        Self { profile, owner: profile.owner.as_ref().map(EntityId::to_string), address }
    }

    /// Names before addresses.
    fn order(&self) -> (bool, &EntityId) {
        (self.address.is_some(), &self.profile.entity)
    }
}

struct Sites<'a>(Vec<Site<'a>>);

impl Sites<'_> {
    fn numbered(&self) -> impl Iterator<Item = (u32, &Site<'_>)> {
        (0..).zip(&self.0)
    }

    fn with_www(&self) -> Vec<Edge> {
        let named = |(row, site)| Some((self.row(&EntityId::new(EntityKind::Site, named_without_www(site)?))?, row));
        self.numbered().filter_map(named).map(|(bare, www)| Edge::new(bare, www, Why::Www, true)).collect()
    }

    fn by_address(&self) -> Vec<Edge> {
        let mut at: BTreeMap<IpAddr, Vec<u32>> = self.0.iter().filter_map(|site| Some((site.address?.0, Vec::new()))).collect();
        for (row, site) in self.numbered().filter(|(_, site)| site.address.is_none()) {
            for address in &site.profile.addresses {
                if let Some(sites) = at.get_mut(address).filter(|sites| !sites.contains(&row)) {
                    sites.push(row);
                }
            }
        }
        let mut edges = Vec::new();
        for (row, site) in self.numbered() {
            let Some((address, rest)) = site.address else { continue };
            let hosted = at.get(&address).map(Vec::as_slice).unwrap_or_default();
            let fits = |other: &&u32| self.0[**other as usize].profile.entity.key.ends_with(rest);
            let fitting: Vec<u32> = hosted.iter().filter(fits).copied().collect();
            let only = hosted.len() == 1 && rest.is_empty();
            if fitting.len() <= super::MOST_BEARERS {
                edges.extend(fitting.iter().map(|other| Edge::new(*other, row, Why::AddressOfHost, only)));
            }
        }
        edges
    }
}

/// `x.gov.cn` of `www.x.gov.cn`.
fn named_without_www<'a>(site: &Site<'a>) -> Option<&'a str> {
    site.profile.entity.key.strip_prefix("www.").filter(|rest| rest.contains('.'))
}

impl Rows for Sites<'_> {
    fn id(&self, row: u32) -> EntityId {
        self.0[row as usize].profile.entity.clone()
    }

    fn row(&self, id: &EntityId) -> Option<u32> {
        let find = |by_address| self.0.binary_search_by(|site| site.order().cmp(&(by_address, id))).ok();
        find(false).or_else(|| find(true)).and_then(|row| u32::try_from(row).ok())
    }

    fn mark(&self, row: u32) -> Option<&str> {
        self.0[row as usize].owner.as_deref()
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
            Why::AddressOfHost => {
                text!(zh: "{name} 的主机曾解析到 {other} 的地址", en: "the host of {name} was seen at the address of {other}")
            }
            _ => text!(zh: "{name} 与 {other} 只差 www 前缀", en: "{name} and {other} differ by www alone"),
        }
    }
}
