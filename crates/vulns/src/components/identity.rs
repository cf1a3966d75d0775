//! What a component is, from the names and spellings that told of it.

use std::collections::BTreeSet;

use model::advisory::{Channel, Component, Product, Reading, Told};

use crate::naming::{Named, known};
use crate::product::named;

/// The longest name, place and evidence, in characters.
const NAME: usize = 200;
const PLACE: usize = 500;
const EVIDENCE: usize = 300;

/// A component that was found, with what tells whether another is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Two components of one identity are one product.
    pub identity: String,
    /// The component.
    pub component: Component,
}

/// A sign of a component, before it is known which product it means.
#[derive(Clone, Debug, Default)]
pub(super) struct Sign<'a> {
    /// Names, the most telling first.
    pub names: Vec<&'a str>,
    /// Spellings that the sign itself gives.
    pub products: Vec<Product>,
    /// Its version.
    pub version: Reading,
    /// What told it.
    pub channel: Channel,
    /// 1 to 100: how sure it is that it is there.
    pub confidence: u8,
    /// Where.
    pub place: &'a str,
    /// The text that told it.
    pub evidence: &'a str,
}

impl Sign<'_> {
    /// Whether the table of products knows it.
    pub fn is_known(&self) -> bool {
        self.named().is_some()
    }

    /// A spelling that the sign gives outranks its names; and a library's package is that package alone, whatever else goes by its name:
    /// npm's `redis` is a client.
    fn named(&self) -> Option<&'static Named> {
        let given = self.products.iter().find_map(|product| known().of_product(product));
        if given.is_some() || self.is_library() { given } else { self.names.iter().find_map(|name| known().of_name(name)) }
    }

    fn is_library(&self) -> bool {
        let mut types = self.products.iter().filter_map(Product::package_type);
        types.any(|package_type| !matches!(package_type, "deb" | "rpm" | "apk" | "generic" | "docker" | "oci" | "bitnami"))
    }

    /// The component that it means; `None` when it gives no name.
    pub fn found(self) -> Option<Found> {
        let entry = self.named();
        let name = entry.map(|entry| entry.name.as_str()).or(self.names.last().copied()).unwrap_or_default();
        let name = bounded(name, NAME);
        let mut products: BTreeSet<Product> = self.products.iter().cloned().collect();
        match entry {
            Some(entry) => products.extend(entry.products.iter().chain(&entry.modules).cloned()),
            None if self.is_library() => {}
            None => products.extend(self.names.iter().map(|name| named(name)).filter(|product| product.as_str() != "name:")),
        }
        let identity = match (entry, self.products.first(), products.first()) {
            (Some(entry), ..) => entry.name.clone(),
            (None, Some(product), _) | (None, None, Some(product)) => product.0.clone(),
            (None, None, None) => return None,
        };
        let is_of_another = |entry: &Named| self.names.iter().any(|name| entry.unversioned.contains(&named(name)));
        let version = match entry {
            Some(entry) if is_of_another(entry) => Reading::default(),
            Some(entry) => cut_short(self.version, entry.numbers, self.channel),
            None => self.version,
        };
        Some(Found {
            identity,
            component: Component {
                name,
                products: products.into_iter().collect(),
                version,
                channel: self.channel,
                confidence: self.confidence.clamp(1, entry.map_or(100, |entry| entry.sure)),
                place: bounded(self.place, PLACE),
                evidence: bounded(self.evidence, EVIDENCE),
            },
        })
    }
}

/// A version with fewer numbers than the product's versions have, told where versions are cut short (`Apache/2.4`), is a line.
fn cut_short(version: Reading, numbers: usize, channel: Channel) -> Reading {
    let is_bare = version.number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_cut = is_bare && version.number.split('.').count() < numbers;
    let may_be_cut = matches!(channel, Channel::Import | Channel::FileName | Channel::Page | Channel::Banner);
    match version.told {
        Told::Exact if is_cut && may_be_cut => Reading { told: Told::Line, ..version },
        _ => version,
    }
}

/// A text as it is kept: controls dropped, bounded in characters.
fn bounded(text: &str, most: usize) -> String {
    text.trim().chars().filter(|letter| !letter.is_control()).take(most).collect()
}
