//! Who runs networks, clouds, content delivery and protection: tables of ours and lists that the user loads, as one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;
use model::facts::hosting::{ProviderBy, ProviderRole, ProviderSign};
use serde::Deserialize;

use crate::prefixes::Prefixes;
use crate::source::clean;
use crate::suffixes::Suffixes;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    provider: Vec<Provider>,
}

/// A provider; `data/providers.toml` says what the fields mean.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Provider {
    name: String,
    published: Vec<String>,
    asn: Vec<u32>,
    asn_overseas: Vec<u32>,
    asn_role: Option<ProviderRole>,
    overseas: bool,
    anycast: bool,
    cdn: Vec<String>,
    waf: Vec<String>,
    cloud: Vec<String>,
    certificates: Vec<String>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static TABLE: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("../data/providers.toml")).expect("data/providers.toml is a list of providers").provider
});

/// A provider in one of its roles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    name: String,
    role: ProviderRole,
    overseas: bool,
    anycast: bool,
}

impl Owner {
    /// The provider as named by something.
    pub(crate) fn sign(&self, by: ProviderBy, matched: String) -> ProviderSign {
        ProviderSign { name: self.name.clone(), role: self.role, by, matched, overseas: self.overseas }
    }
}

/// What names providers.
pub(crate) struct Providers {
    owners: Vec<Owner>,
    prefixes: Prefixes,
    networks: BTreeMap<u32, u32>,
    aliases: Suffixes,
    certificates: Suffixes,
}

/// Providers of an address, and whether it fronts for something elsewhere.
#[derive(Default)]
pub(crate) struct OfAddress {
    pub signs: BTreeSet<ProviderSign>,
    pub fronts: bool,
}

impl Providers {
    /// The providers of an address by its ranges and its networks' numbers.
    pub(crate) fn of_address(&self, ip: IpAddr, networks: impl Iterator<Item = u32>) -> OfAddress {
        let mut found = OfAddress::default();
        for (range, owners) in self.prefixes.of(ip) {
            for owner in owners {
                found.add(&self.owners[*owner as usize], ProviderBy::Range, range.to_string());
            }
        }
        for network in networks {
            if let Some(owner) = self.networks.get(&network) {
                found.add(&self.owners[*owner as usize], ProviderBy::Asn, format!("AS{network}"));
            }
        }
        found
    }

    /// The provider that an alias names.
    pub(crate) fn of_alias(&self, alias: &str) -> Option<ProviderSign> {
        let owner = self.aliases.get(alias)?;
        Some(self.owners[owner as usize].sign(ProviderBy::Alias, clean(alias)))
    }

    /// The provider that a name in a certificate names.
    pub(crate) fn of_certificate_name(&self, name: &str) -> Option<ProviderSign> {
        let owner = self.certificates.get(name).or_else(|| self.aliases.get(name))?;
        Some(self.owners[owner as usize].sign(ProviderBy::Certificate, clean(name)))
    }
}

impl OfAddress {
    fn add(&mut self, owner: &Owner, by: ProviderBy, matched: String) {
        self.fronts |= owner.anycast || matches!(owner.role, ProviderRole::Cdn | ProviderRole::Waf);
        self.signs.insert(owner.sign(by, matched));
    }
}

/// What names providers, while it is gathered.
pub(crate) struct Gathered {
    owners: BTreeMap<Owner, u32>,
    ranges: BTreeMap<IpNet, BTreeSet<u32>>,
    networks: BTreeMap<u32, u32>,
    aliases: Suffixes,
    certificates: Suffixes,
}

impl Gathered {
    /// Begins with the tables of ours, which have the say over suffixes that lists have as well.
    pub(crate) fn ours() -> Self {
        let mut gathered = Self {
            owners: BTreeMap::new(),
            ranges: BTreeMap::new(),
            networks: BTreeMap::new(),
            aliases: Suffixes::default(),
            certificates: Suffixes::default(),
        };
        TABLE.iter().for_each(|provider| gathered.add_ours(provider));
        gathered
    }

    fn add_ours(&mut self, provider: &Provider) {
        let role = provider.asn_role.unwrap_or(ProviderRole::Network);
        for (numbers, overseas) in [(&provider.asn, provider.overseas), (&provider.asn_overseas, true)] {
            for number in numbers {
                let owner = self.owner(Owner { overseas, ..provider.as_owner(role) });
                self.networks.insert(*number, owner);
            }
        }
        for (suffixes, role) in
            [(&provider.cdn, ProviderRole::Cdn), (&provider.waf, ProviderRole::Waf), (&provider.cloud, ProviderRole::Cloud)]
        {
            for suffix in suffixes {
                let owner = self.owner(provider.as_owner(role));
                self.aliases.add(suffix, owner);
            }
        }
        for suffix in &provider.certificates {
            let owner = self.owner(provider.as_owner(ProviderRole::Cdn));
            self.certificates.add(suffix, owner);
        }
    }

    /// Adds a range out of a list. `range` has no bits behind its length.
    pub(crate) fn add_range(&mut self, provider: &str, role: ProviderRole, range: IpNet) {
        let owner = self.owner(known(provider, role));
        self.ranges.entry(range).or_default().insert(owner);
    }

    /// Adds a suffix of aliases out of a list.
    pub(crate) fn add_suffix(&mut self, provider: &str, role: ProviderRole, suffix: &str) {
        let owner = self.owner(known(provider, role));
        self.aliases.add(suffix, owner);
    }

    fn owner(&mut self, owner: Owner) -> u32 {
        let next = self.owners.len() as u32;
        *self.owners.entry(owner).or_insert(next)
    }

    pub(crate) fn build(self) -> Providers {
        let mut owners: Vec<_> = self.owners.into_iter().collect();
        owners.sort_by_key(|(_, place)| *place);
        Providers {
            owners: owners.into_iter().map(|(owner, _)| owner).collect(),
            prefixes: Prefixes::build(self.ranges),
            networks: self.networks,
            aliases: self.aliases,
            certificates: self.certificates,
        }
    }
}

impl Provider {
    fn as_owner(&self, role: ProviderRole) -> Owner {
        Owner { name: self.name.clone(), role, overseas: self.overseas, anycast: self.anycast }
    }
}

/// The provider as our tables know it, under whatever name a list has it.
pub(crate) fn known(name: &str, role: ProviderRole) -> Owner {
    let ours =
        TABLE.iter().find(|provider| provider.name == name || provider.published.iter().any(|published| published == name));
    match ours {
        Some(provider) => provider.as_owner(role),
        None => Owner { name: name.into(), role, overseas: false, anycast: false },
    }
}

/// The name by which our tables know the provider.
pub(crate) fn known_name(name: &str, role: ProviderRole) -> String {
    known(name, role).name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_consistent() {
        let (mut names, mut numbers, mut suffixes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for provider in TABLE.iter() {
            for name in std::iter::once(&provider.name).chain(&provider.published) {
                assert!(!name.is_empty() && names.insert(name), "{name} twice");
            }
            for number in provider.asn.iter().chain(&provider.asn_overseas) {
                assert!(numbers.insert(number), "AS{number} twice");
            }
            for suffix in provider.cdn.iter().chain(&provider.waf).chain(&provider.cloud).chain(&provider.certificates) {
                assert!(suffixes.insert(suffix), "{suffix} twice");
            }
        }
    }
}
