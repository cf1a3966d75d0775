//! From single matches to technologies: confidence summed, versions chosen, requirements, exclusions and implications applied.
//!
//! Invariant: the result does not depend on the order of matches; implications in a circle end.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::technology::{Sign, Technology, Version, VersionSource};

use crate::builder::Entry;
use crate::engine::{Engine, Hits};
use crate::input::Place;

/// Signs that are kept for one technology.
const MOST_SIGNS: usize = 8;

/// The technologies' descriptions with their names resolved.
pub(crate) struct Directory {
    pub(crate) entries: Vec<Entry>,
    pub(crate) categories: BTreeMap<u32, String>,
    /// By technology.
    pub(crate) implies: Vec<Vec<(u32, u8, Option<String>)>>,
    pub(crate) requires: Vec<Vec<u32>>,
    pub(crate) excludes: Vec<Vec<u32>>,
}

type Found = BTreeMap<u32, Technology>;

impl Directory {
    /// The technologies that the matches tell.
    pub(crate) fn resolve(&self, engine: &Engine, hits: &Hits, blocked: bool) -> Vec<(bool, Technology)> {
        let own = self.own(engine, hits, blocked);
        let reached = self.reach(&own, &BTreeSet::new());
        let mut excluded = BTreeSet::new();
        for id in reached.keys() {
            if !excluded.contains(id) {
                excluded.extend(&self.excludes[*id as usize]);
            }
        }
        let reached = if excluded.is_empty() { reached } else { self.reach(&own, &excluded) };
        let mut list: Vec<_> =
            reached.into_iter().map(|(id, technology)| (self.entries[id as usize].protection, technology)).collect();
        list.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        list
    }

    /// What patterns told directly.
    fn own(&self, engine: &Engine, hits: &Hits, blocked: bool) -> Found {
        let mut found = Found::new();
        let mut ids = hits.iter().peekable();
        while let Some((first, _)) = ids.peek() {
            // The patterns of a rule stand together.
            let number = engine.patterns[**first as usize].rule;
            let rule = &engine.rules[number as usize];
            let mut group = Vec::new();
            while let Some(hit) = ids.next_if(|(id, _)| engine.patterns[**id as usize].rule == number) {
                group.push(hit);
            }
            if (group.len() as u32) < rule.at_least || rule.blocked_only && !blocked {
                continue;
            }
            let technology = found.entry(rule.technology).or_insert_with(|| self.describe(rule.technology));
            technology.confidence = technology.confidence.saturating_add(rule.confidence).min(100);
            for (id, hit) in group {
                let pattern = &engine.patterns[*id as usize];
                if let Some(number) = &hit.version {
                    let version = Version { number: number.clone(), by: source(pattern.place) };
                    technology.version = Some(surer(technology.version.take(), version));
                }
                let colon = if pattern.key.is_empty() { "" } else { ":" };
                let place = format!("{}:{}{colon}{}", rule.set.name(), pattern.place.name(), pattern.key);
                let known = technology.evidence.iter().any(|sign| sign.place == place);
                if !known && technology.evidence.len() < MOST_SIGNS {
                    let matched = if pattern.place.is_secret() { String::new() } else { hit.text.clone() };
                    technology.evidence.push(Sign { place, matched });
                }
            }
        }
        found
    }

    /// What holds when these are left out: requirements met, implications drawn.
    fn reach(&self, own: &Found, excluded: &BTreeSet<u32>) -> Found {
        let mut reached = Found::new();
        loop {
            let before = reached.len();
            for (id, technology) in own {
                if !excluded.contains(id) && !reached.contains_key(id) && self.is_required_met(*id, &reached) {
                    reached.insert(*id, technology.clone());
                }
            }
            self.imply(&mut reached, own, excluded);
            if reached.len() == before {
                return reached;
            }
        }
    }

    fn is_required_met(&self, id: u32, reached: &Found) -> bool {
        let (entry, requires) = (&self.entries[id as usize], &self.requires[id as usize]);
        let by_name = entry.requires.is_empty() || requires.iter().any(|required| reached.contains_key(required));
        let in_category = |other: &u32| {
            let other = &self.entries[*other as usize];
            other.categories.iter().any(|category| entry.requires_category.contains(category))
        };
        by_name && (entry.requires_category.is_empty() || reached.keys().any(in_category))
    }

    /// Draws implications until nothing new comes. What is implied needs no requirement of its own.
    fn imply(&self, reached: &mut Found, own: &Found, excluded: &BTreeSet<u32>) {
        let mut queue: Vec<u32> = reached.keys().rev().copied().collect();
        while let Some(id) = queue.pop() {
            let (name, sure) = (reached[&id].name.clone(), reached[&id].confidence);
            for (implied, confidence, version) in &self.implies[id as usize] {
                if *implied == id || excluded.contains(implied) {
                    continue;
                }
                let technology = reached.entry(*implied).or_insert_with(|| {
                    queue.push(*implied);
                    own.get(implied).cloned().unwrap_or_else(|| Technology {
                        confidence: sure.min(*confidence),
                        version: version.clone().map(|number| Version { number, by: VersionSource::Name }),
                        ..self.describe(*implied)
                    })
                });
                if technology.evidence.is_empty()
                    && let Err(at) = technology.implied_by.binary_search(&name)
                {
                    technology.implied_by.insert(at, name.clone());
                }
            }
        }
    }

    fn describe(&self, id: u32) -> Technology {
        let entry = &self.entries[id as usize];
        let categories = entry.categories.iter().filter_map(|category| self.categories.get(category).cloned()).collect();
        let (name, vendor, cpe) = (entry.name.clone(), entry.vendor.clone(), entry.cpe.clone());
        Technology { name, vendor, categories, cpe, ..Technology::default() }
    }
}

/// How sure a place is of a version.
fn source(place: Place) -> VersionSource {
    match place {
        Place::ScriptSrc | Place::Url | Place::Request | Place::Cookie | Place::Dns => VersionSource::Name,
        Place::Header | Place::HeaderText => VersionSource::Banner,
        _ => VersionSource::Page,
    }
}

/// The surer of two versions, then the more exact, then the greater.
fn surer(one: Option<Version>, other: Version) -> Version {
    let rank = |version: &Version| (version.by, version.number.len(), version.number.clone());
    match one {
        Some(one) if rank(&one) >= rank(&other) => one,
        _ => other,
    }
}
