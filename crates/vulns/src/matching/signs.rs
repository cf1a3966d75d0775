//! What a component's channel and names are worth in matching.

use std::collections::BTreeSet;

use model::advisory::{Certainty, Channel, Component};

use crate::matching::FAIR_CONFIDENCE;

/// Vendors of operating systems that share no kernel with others.
const KERNELS_OF_THEIR_OWN: [&str; 2] = ["microsoft", "apple"];

/// What CPE's `target_sw` calls those who load packages of a type of package URL.
const LOADERS: [(&str, &str); 7] = [
    ("npm", "node.js"),
    ("pypi", "python"),
    ("gem", "ruby"),
    ("cargo", "rust"),
    ("golang", "go"),
    ("composer", "php"),
    ("maven", "java"),
];

/// How much the place where a version was read is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Told by another scanner, or the component itself is doubtful.
    Weak,
    /// Said by a page, a banner or a file name, which may be old or made up.
    Plain,
    /// The thing itself, or whoever runs it.
    Sure,
}

impl Strength {
    /// That of a component.
    pub fn of(component: &Component) -> Self {
        match component.channel {
            _ if component.confidence < FAIR_CONFIDENCE => Self::Weak,
            Channel::Import => Self::Weak,
            Channel::FileName | Channel::Page | Channel::Banner => Self::Plain,
            Channel::Content | Channel::Sbom | Channel::Protocol | Channel::Digest => Self::Sure,
        }
    }

    /// How sure it is that a version read there is affected, when it is inside.
    pub fn certainty(self) -> Certainty {
        match self {
            Self::Weak => Certainty::Possible,
            Self::Plain => Certainty::Likely,
            Self::Sure => Certainty::Certain,
        }
    }
}

/// The words that a CPE `target_sw` may mean the component by: its name, those of its products, and who loads them; folded.
pub fn words(component: &Component) -> BTreeSet<String> {
    let mut words = BTreeSet::from([fold(&component.name)]);
    for product in &component.products {
        let name = product.as_str().rsplit([':', '/']).next().unwrap_or_default();
        words.insert(fold(name));
        if product.part() == Some('o') {
            words.extend(name.split('_').map(fold));
        }
        let loader = LOADERS.iter().find(|(kind, _)| product.package_type() == Some(*kind));
        words.extend(loader.map(|(_, loader)| (*loader).to_owned()));
    }
    words
}

/// A word as CPE writes it: lower case, with `_` for white space.
pub fn fold(word: &str) -> String {
    word.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

/// The vendors of the operating system that the component is; empty when it is none.
pub fn systems(component: &Component) -> Vec<&str> {
    component.products.iter().filter_map(|product| system(product.as_str())).collect()
}

/// The vendor of the operating system that the product is.
pub fn system(product: &str) -> Option<&str> {
    product.strip_prefix("cpe:o:")?.split(':').next()
}

/// Whether an operating system, whose vendors are these by all its names, speaks against the product's being there. Those of one vendor
/// do not, and neither does Linux against what is built on it.
pub fn contradicts(seen: &[impl AsRef<str>], product: &str) -> bool {
    let Some(wanted) = system(product) else { return false };
    let apart = |seen: &str| {
        let of_its_own = |vendor: &str| KERNELS_OF_THEIR_OWN.contains(&vendor);
        let linux = [seen, wanted].contains(&"linux");
        seen != wanted && (!linux || of_its_own(seen) || of_its_own(wanted))
    };
    !seen.is_empty() && seen.iter().all(|vendor| apart(vendor.as_ref()))
}
