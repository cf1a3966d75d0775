//! Which statements speak of one vulnerability, and what it is called.
//!
//! Invariant: two CVE names are never melted into one, whoever links them, and the order in which statements come does not matter.
//!
//! A statement that names CVEs, by its own name or by aliases, speaks of each of them. One that names none speaks of what its names
//! lead to: through statements that name none either, to those that name a CVE. Where that leads to no CVE, the names met are those of
//! one vulnerability, which is called by the first of them: CNVD before CNNVD before GHSA before others, then the lowest.
//! A name that more than [`MOST_BEARERS`] statements bear is no sign that they mean one thing and leads nowhere, and neither do more
//! than [`MOST_JOINED`] names or statements that hang together without a CVE: each of those stands alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::advisory::Statement;
use model::ledger::source::SourceKind;

use crate::matching::Key;

/// A name with more bearers is a hub: a bulletin, a yearly list.
pub const MOST_BEARERS: usize = 50;

/// The most names and the most statements that hang together.
pub const MOST_JOINED: usize = 200;

/// Prefixes of names in the order in which they become chief names.
const CHIEFS: [&str; 4] = ["CVE-", "CNVD-", "CNNVD-", "GHSA-"];

/// Statements by the names that they bear. Each question is answered anew, so that adding and dropping are cheap.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    names: BTreeMap<Key, Box<[Arc<str>]>>,
    /// The same pairs, by name.
    bearers: BTreeSet<(Arc<str>, Key)>,
}

/// Names and statements that hang together without a CVE.
#[derive(Default)]
struct Joined<'a> {
    names: BTreeSet<&'a str>,
    statements: BTreeSet<&'a Key>,
}

impl Groups {
    /// Those of these statements.
    pub fn of<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> Self {
        let mut groups = Self::default();
        statements.into_iter().for_each(|statement| groups.put(statement));
        groups
    }

    /// Takes a statement in, in place of what its source said of it before. The aliases of one that was rejected or withdrawn join nothing.
    pub fn put(&mut self, statement: &Statement) {
        let key = Key::of(statement);
        self.drop(&key);
        let aliases = if statement.standing.is_matched() { statement.aliases.as_slice() } else { &[] };
        let names: BTreeSet<Arc<str>> = std::iter::once(&statement.id).chain(aliases).map(|name| name.as_str().into()).collect();
        self.bearers.extend(names.iter().map(|name| (name.clone(), key.clone())));
        self.names.insert(key, names.into_iter().collect());
    }

    /// Takes a statement out.
    pub fn drop(&mut self, key: &Key) {
        for name in self.names.remove(key).unwrap_or_default() {
            self.bearers.remove(&(name, key.clone()));
        }
    }

    /// The chief names of what a statement speaks of, ascending: several when it names several CVEs, none when it is not there.
    pub fn chiefs(&self, key: &Key) -> Vec<String> {
        if self.names.contains_key(key) { self.lead(self.names_of(key).collect(), &key.id) } else { Vec::new() }
    }

    /// The chief names of what a name means, ascending; the name itself when nobody bears it.
    pub fn meant_by(&self, name: &str) -> Vec<String> {
        self.lead([name].into(), name)
    }

    /// The statements that speak of the vulnerability of this chief name, ascending.
    pub fn members(&self, chief: &str) -> Vec<Key> {
        let mut members: BTreeSet<&Key> = BTreeSet::new();
        if is_cve(chief) {
            members.extend(self.bearers(chief));
            let names: BTreeSet<&str> = members.iter().flat_map(|key| self.names_of(key)).filter(|name| !is_cve(name)).collect();
            members.extend(names.into_iter().filter_map(|name| self.joined([name].into())).flat_map(|joined| joined.statements));
        } else {
            members.extend(self.bearers(chief).filter(|key| key.id == chief));
            members.extend(self.joined([chief].into()).unwrap_or_default().statements);
            members.retain(|key| self.chiefs(key) == [chief]);
        }
        members.into_iter().cloned().collect()
    }

    /// All names that the statements of a vulnerability give it, the chief one first. Another CVE beside it is another vulnerability.
    pub fn names(&self, chief: &str) -> Vec<String> {
        let members = self.members(chief);
        let all: BTreeSet<&str> = members.iter().flat_map(|key| self.names_of(key)).filter(|name| !is_cve(name)).collect();
        let mut names: Vec<&str> = all.into_iter().filter(|name| *name != chief).collect();
        names.sort_by_key(|name| rank(name));
        std::iter::once(chief).chain(names).map(str::to_owned).collect()
    }

    /// The chief names that these lead to; `alone` when they hang together with too many.
    fn lead(&self, names: BTreeSet<&str>, alone: &str) -> Vec<String> {
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
        let direct: BTreeSet<&str> = names.iter().copied().filter(|name| is_cve(name)).collect();
        if !direct.is_empty() {
            return owned(direct);
        }
        let Some(joined) = self.joined(names) else { return vec![alone.to_owned()] };
        let telling: BTreeSet<&str> = joined.names.into_iter().filter(|name| !self.is_hub(name)).collect();
        let cves: BTreeSet<&str> = telling.iter().flat_map(|name| self.bearers(name)).flat_map(|key| self.cves_of(key)).collect();
        if !cves.is_empty() {
            return owned(cves);
        }
        vec![telling.into_iter().min_by_key(|name| rank(name)).unwrap_or(alone).to_owned()]
    }

    /// What hangs together with these names through statements that name no CVE; `None` when that is too much.
    fn joined<'a>(&'a self, names: BTreeSet<&'a str>) -> Option<Joined<'a>> {
        let mut open: Vec<&str> = names.iter().copied().collect();
        let mut joined = Joined { names, statements: BTreeSet::new() };
        while let Some(name) = open.pop() {
            if self.is_hub(name) {
                continue;
            }
            for bearer in self.bearers(name).filter(|bearer| self.cves_of(bearer).next().is_none()) {
                if joined.statements.insert(bearer) {
                    open.extend(self.names_of(bearer).filter(|name| joined.names.insert(name)));
                }
            }
            if joined.names.len().max(joined.statements.len()) > MOST_JOINED {
                return None;
            }
        }
        Some(joined)
    }

    fn is_hub(&self, name: &str) -> bool {
        self.bearers(name).nth(MOST_BEARERS).is_some()
    }

    fn bearers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Key> + use<'a> {
        let name: Arc<str> = name.into();
        let first = (name.clone(), Key { source: SourceKind::ALL[0], id: String::new() });
        self.bearers.range(first..).take_while(move |(other, _)| *other == name).map(|(_, key)| key)
    }

    fn names_of(&self, key: &Key) -> impl Iterator<Item = &str> {
        self.names.get(key).into_iter().flatten().map(|name| &**name)
    }

    fn cves_of(&self, key: &Key) -> impl Iterator<Item = &str> {
        self.names_of(key).filter(|name| is_cve(name))
    }
}

fn is_cve(name: &str) -> bool {
    name.starts_with(CHIEFS[0])
}

/// Where a name stands among those that could be chief.
fn rank(name: &str) -> (usize, &str) {
    (CHIEFS.iter().position(|prefix| name.starts_with(prefix)).unwrap_or(CHIEFS.len()), name)
}

#[cfg(test)]
mod tests;
