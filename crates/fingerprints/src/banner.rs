//! Texts of one kind against one Recog database: the first fingerprint that matches speaks.

use std::collections::BTreeMap;

use model::facts::services::Product;
use model::facts::technology::{Version, VersionSource};

use crate::matcher::{Matcher, head};
use crate::prefilter::Prefilter;

/// A text is looked at up to here, in bytes.
const MOST_TEXT: usize = 64 << 10;

/// One fingerprint.
#[derive(Debug)]
pub(crate) struct Fingerprint {
    pub(crate) description: String,
    pub(crate) matcher: Matcher,
    /// Name, and the group or the fixed value.
    pub(crate) parameters: Vec<(String, Value)>,
}

/// Where a parameter's value comes from.
#[derive(Debug)]
pub(crate) enum Value {
    /// A group of the match.
    Group(usize),
    /// Fixed; `{other.parameter}` is replaced.
    Fixed(String),
}

/// Fingerprints for texts of one kind, in their order.
#[derive(Default)]
pub(crate) struct Database {
    fingerprints: Vec<Fingerprint>,
    literals: BTreeMap<Vec<u8>, Vec<u32>>,
    plain: Vec<u32>,
    prefilter: Option<Prefilter>,
}

/// What a fingerprint says of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognised {
    /// The fingerprint in words.
    pub description: String,
    /// Parameters by name (`service.product`, `os.version`, `host.name`), bounded, controls escaped.
    pub parameters: BTreeMap<String, String>,
    /// What matched, bounded, controls escaped.
    pub matched: String,
}

impl Database {
    pub(crate) fn add(&mut self, fingerprint: Fingerprint, literals: Option<Vec<Vec<u8>>>) {
        let id = self.fingerprints.len() as u32;
        self.fingerprints.push(fingerprint);
        match literals {
            Some(literals) => {
                for literal in literals {
                    self.literals.entry(literal).or_default().push(id);
                }
            }
            None => self.plain.push(id),
        }
    }

    /// Builds the automaton once all fingerprints are there.
    pub(crate) fn finish(&mut self) {
        self.prefilter = Some(Prefilter::new(&std::mem::take(&mut self.literals), false));
    }

    pub(crate) fn memory(&self) -> usize {
        self.prefilter.as_ref().map_or(0, Prefilter::memory)
    }

    /// What the first matching fingerprint says.
    pub(crate) fn recognise(&self, text: &[u8]) -> Option<Recognised> {
        let text = &text[..text.len().min(MOST_TEXT)];
        let hits = self.prefilter.iter().flat_map(|prefilter| prefilter.hits(text)).flat_map(|(_, _, owners)| owners);
        let candidates: std::collections::BTreeSet<u32> = hits.chain(&self.plain).copied().collect();
        candidates.into_iter().find_map(|id| self.fingerprints[id as usize].apply(text))
    }
}

impl Fingerprint {
    fn apply(&self, text: &[u8]) -> Option<Recognised> {
        let groups = self.matcher.groups(text)?;
        let mut parameters = BTreeMap::new();
        for (name, value) in &self.parameters {
            let value = match value {
                Value::Group(group) => groups.get(*group).map_or(String::new(), |group| head(group.as_bytes())),
                Value::Fixed(value) => value.clone(),
            };
            if !value.is_empty() {
                parameters.insert(name.clone(), value);
            }
        }
        let filled: Vec<(String, String)> = parameters
            .iter()
            .filter(|(_, value)| value.contains('{'))
            .map(|(name, value)| (name.clone(), interpolate(value, &parameters)))
            .collect();
        parameters.extend(filled);
        parameters.retain(|name, _| !name.starts_with("_tmp."));
        let matched = head(groups.first().map_or("", |whole| whole).as_bytes());
        Some(Recognised { description: self.description.clone(), parameters, matched })
    }
}

/// Replaces `{name}` by that parameter; what is not known becomes `-`, which says so in a CPE name.
fn interpolate(value: &str, parameters: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        filled.push_str(before);
        filled.push_str(parameters.get(name).map_or("-", String::as_str));
        rest = tail;
    }
    filled + rest
}

impl Recognised {
    /// The products: the service, its component, the operating system and the device, as far as named.
    pub fn products(&self, key: &str) -> Vec<Product> {
        ["service", "service.component", "os", "hw"].into_iter().filter_map(|what| self.product(what, key)).collect()
    }

    fn product(&self, what: &str, key: &str) -> Option<Product> {
        let get = |part: &str| self.parameters.get(&format!("{what}.{part}")).cloned();
        let vendor = get("vendor");
        let name = get("product").or_else(|| get("family"))?;
        let version = get("version").map(|number| Version { number, by: VersionSource::Banner });
        Some(Product { vendor, name, version, cpe: get("cpe23"), source: format!("recog:{key}"), matched: self.matched.clone() })
    }
}
