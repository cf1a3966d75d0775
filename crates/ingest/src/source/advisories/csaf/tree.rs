//! The product tree of a document: which products with which versions its identifiers stand for.
//!
//! Invariant: depth and number are bounded, and references that go round in a circle lead nowhere.

use std::collections::BTreeMap;

use model::advisory::{Affected, Condition, Ordering, Product, Versions};
use model::text::Text;
use serde::Deserialize;
use vulns::product::{from_cpe, from_purl, named, ordering_of_type};

use crate::source::advisories::wording::{self, Wording};
use crate::source::advisories::{self, ranges};
use crate::source::documents::nullable;

/// The most products of a tree.
const MOST: usize = 200_000;
/// How far relationships refer to one another.
const DEEPEST: usize = 5;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ProductTree {
    #[serde(deserialize_with = "nullable")]
    branches: Vec<Branch>,
    #[serde(deserialize_with = "nullable")]
    full_product_names: Vec<Named>,
    #[serde(deserialize_with = "nullable")]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    category: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    product: Option<Named>,
    #[serde(default, deserialize_with = "nullable")]
    branches: Vec<Branch>,
}

#[derive(Deserialize)]
struct Named {
    product_id: String,
    #[serde(default)]
    name: String,
    #[serde(default, deserialize_with = "nullable")]
    product_identification_helper: Helper,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Helper {
    cpe: Option<String>,
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Relationship {
    product_reference: String,
    relates_to_product_reference: String,
    full_product_name: Named,
}

/// What the branches on the way to a product say.
#[derive(Clone, Copy, Default)]
struct Way<'t> {
    vendor: &'t str,
    product: &'t str,
    version: Option<&'t str>,
    range: Option<&'t str>,
}

/// A product of the tree.
enum Entry<'t> {
    Product(&'t Named, Way<'t>),
    /// A product as a part of another, or on it.
    Related(&'t Relationship),
}

/// A product tree by identifiers.
pub(super) struct Tree<'t>(BTreeMap<&'t str, Entry<'t>>);

impl<'t> Tree<'t> {
    /// Reads a tree.
    ///
    /// # Errors
    /// Says that it is too large.
    pub fn of(tree: &'t ProductTree) -> Result<Self, Text> {
        let mut entries = BTreeMap::new();
        for named in &tree.full_product_names {
            entries.insert(named.product_id.as_str(), Entry::Product(named, Way::default()));
        }
        // The parser bounds the depth of JSON, and with it that of branches.
        let mut open: Vec<(&Branch, Way<'t>)> = tree.branches.iter().map(|branch| (branch, Way::default())).collect();
        while let Some((branch, mut way)) = open.pop() {
            match branch.category.as_str() {
                "vendor" => way.vendor = &branch.name,
                "product_name" => way.product = &branch.name,
                "product_version" => way.version = Some(&branch.name),
                "product_version_range" => way.range = Some(&branch.name),
                _ => {}
            }
            if let Some(named) = &branch.product {
                entries.insert(&named.product_id, Entry::Product(named, way));
            }
            open.extend(branch.branches.iter().map(|branch| (branch, way)));
            if entries.len() > MOST {
                break;
            }
        }
        for related in &tree.relationships {
            entries.insert(&related.full_product_name.product_id, Entry::Related(related));
        }
        if entries.len() > MOST {
            return Err(Text::new("产品树过大", "the product tree is too large"));
        }
        Ok(Self(entries))
    }

    /// What must be there for a product to be; `None` when it is not in the tree, or its versions are not understood.
    pub fn condition(&self, product: &str) -> Option<Condition> {
        self.condition_within(product, DEEPEST)
    }

    fn condition_within(&self, product: &str, depth: usize) -> Option<Condition> {
        match self.0.get(product)? {
            Entry::Product(named, way) => advisories::any(leaves(named, way)?.into_iter().map(Condition::Is).collect()),
            Entry::Related(related) => {
                // The relationship may have a name of its own that tells all.
                let own = leaves(&related.full_product_name, &Way::default());
                if let Some(own) = own.filter(|leaves| leaves.iter().all(|leaf| leaf.product.package_type().is_some())) {
                    return advisories::any(own.into_iter().map(Condition::Is).collect());
                }
                let depth = depth.checked_sub(1)?;
                let component = self.condition_within(&related.product_reference, depth)?;
                if is_of_distribution(&component) {
                    return Some(component);
                }
                let beside = self.condition_within(&related.relates_to_product_reference, depth)?;
                advisories::all(vec![component, only_beside(beside)])
            }
        }
    }

    /// The products that an identifier stands for, without those beside it.
    pub fn leaves(&self, product: &str) -> Vec<Affected> {
        let mut product = product;
        for _ in 0..DEEPEST {
            match self.0.get(product) {
                Some(Entry::Product(named, way)) => return leaves(named, way).unwrap_or_default(),
                Some(Entry::Related(related)) => product = &related.product_reference,
                None => return Vec::new(),
            }
        }
        Vec::new()
    }
}

/// A package of a distribution names that distribution, and its versions are of it alone; what it is installed on need not be seen.
fn is_of_distribution(condition: &Condition) -> bool {
    match condition {
        Condition::Is(leaf) => matches!(leaf.product.package_type(), Some("rpm" | "deb" | "apk")),
        Condition::Any(conditions) => conditions.iter().any(is_of_distribution),
        Condition::All(_) | Condition::Not(_) => false,
    }
}

/// The condition as one of what must be there but is not itself vulnerable.
fn only_beside(condition: Condition) -> Condition {
    match condition {
        Condition::Is(leaf) => Condition::Is(Affected { vulnerable: false, ..leaf }),
        Condition::Any(conditions) => Condition::Any(conditions.into_iter().map(only_beside).collect()),
        Condition::All(conditions) => Condition::All(conditions.into_iter().map(only_beside).collect()),
        other => other,
    }
}

/// A product in every spelling that it has, with its versions.
fn leaves(named_as: &Named, way: &Way<'_>) -> Option<Vec<Affected>> {
    let helper = &named_as.product_identification_helper;
    let package = helper.purl.as_deref().and_then(|purl| from_purl(purl).ok());
    let cpe = helper.cpe.as_deref().and_then(|cpe| from_cpe(cpe).ok());
    let of_cpe = cpe.as_ref().and_then(|cpe| cpe.full_version());
    let ordering = package.as_ref().map_or(Ordering::Generic, |package| package.ordering);
    let versions = match (&package, way.range, way.version) {
        (Some(package), None, _) if package.version.is_some() => one(package.version.as_deref()?, ordering),
        (_, Some(range), _) => in_range(range, ordering)?,
        (_, None, Some(version)) => one(&ranges::number(version)?, ordering),
        (_, None, None) => match of_cpe {
            Some(version) => one(&version, ordering),
            // A product of the tree without any version is the product whichever version it has.
            None => all(ordering),
        },
    };
    let products: Vec<Product> = package.map(|package| package.product).into_iter().chain(cpe.map(|cpe| cpe.product)).collect();
    if products.is_empty() && way.product.is_empty() {
        return by_full_name(&named_as.name);
    }
    let products = if products.is_empty() { vec![by_branches(way)] } else { products };
    let leaf = |product| Affected { product, versions: versions.clone(), vulnerable: true, target: String::new() };
    Some(products.into_iter().map(leaf).collect())
}

/// The product by the names of its branches.
fn by_branches(way: &Way<'_>) -> Product {
    let has_vendor = way.vendor.is_empty() || way.product.starts_with(way.vendor);
    named(&if has_vendor { way.product.to_owned() } else { format!("{} {}", way.vendor, way.product) })
}

/// A full name alone has the version within, if there is one.
fn by_full_name(name: &str) -> Option<Vec<Affected>> {
    match wording::read(name) {
        Wording::Affected(leaf) => Some(vec![leaf]),
        _ if name.trim().is_empty() || name.contains(|character: char| character.is_ascii_digit()) => None,
        _ => {
            let versions = all(Ordering::Generic);
            Some(vec![Affected { product: named(name), versions, vulnerable: true, target: String::new() }])
        }
    }
}

fn one(version: &str, ordering: Ordering) -> Versions {
    Versions { ordering, listed: vec![advisories::version(version)], ..Versions::default() }
}

/// A range: `vers:npm/>=1.0|<2.0`, `vers:all/*`, or comparisons as vendors write them, `>=1.0|<2.0`, `All versions < V1.2`.
fn in_range(text: &str, ordering: Ordering) -> Option<Versions> {
    if let Some((scheme, list)) = text.trim().strip_prefix("vers:").and_then(|vers| vers.split_once('/')) {
        let ordering = if matches!(scheme, "all" | "generic" | "intdot") { ordering } else { ordering_of_type(scheme) };
        return if list == "*" { Some(all(ordering)) } else { ranges::stretches(list.split('|'), ordering) };
    }
    let lower = text.trim().to_lowercase();
    let list = lower.strip_prefix("all versions").unwrap_or(&lower).trim();
    match list {
        "*" | "" if !lower.is_empty() => Some(all(ordering)),
        _ if list.contains('|') => ranges::stretches(list.split('|'), ordering),
        _ => {
            let parted = list.replace(" <", ",<").replace(" >", ",>").replace(" and ", ",");
            ranges::all_of(parted.split([',', '，']).filter(|part| !part.trim().is_empty()), ordering)
        }
    }
}

fn all(ordering: Ordering) -> Versions {
    Versions { all: true, ordering, ..Versions::default() }
}
