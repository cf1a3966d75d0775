//! Which products and versions a record of the CVE list means.
//!
//! The list leaves the writing of versions to whoever gives a name; what is no version ("n/a", "all versions before the May release") tells
//! nothing and is left out.

use std::collections::BTreeSet;

use model::advisory::{Affected, Bound, Ordering, Product, Span, Versions};
use vulns::product;
use vulns::version::{self, Key};

use crate::source::advisories::cve_list::{Concerned, Version};
use crate::source::advisories::nvd::Word;
use crate::source::advisories::{self, CpeMatch, Requirement, requirement};

/// Collections of packages by a word of their address, and the ecosystem that each is.
const COLLECTIONS: [(&str, &str); 9] = [
    ("npmjs", "npm"),
    ("pypi", "PyPI"),
    ("maven", "Maven"),
    ("packagist", "Packagist"),
    ("rubygems", "RubyGems"),
    ("crates", "crates.io"),
    ("go.dev", "Go"),
    ("nuget", "NuGet"),
    ("hex.pm", "Hex"),
];

/// The most versions of one product, those of each of its names counted.
const MOST: usize = 100_000;

/// A name of a product, with what it runs in and the order of its versions where the name tells.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    product: Product,
    target: String,
    ordering: Option<Ordering>,
}

/// How a product is named.
pub(super) struct Names<'c> {
    names: BTreeSet<Name>,
    /// What each CPE name says by itself, for records that list no versions.
    alone: Vec<Affected>,
    /// Texts that are no CPE names.
    pub bad: Vec<&'c str>,
}

/// All names of a product.
pub(super) fn names<'c>(concerned: &'c Concerned<'_>) -> Names<'c> {
    let mut found = Names { names: BTreeSet::new(), alone: Vec::new(), bad: Vec::new() };
    for Word(cpe) in &concerned.cpes {
        match (CpeMatch { criteria: cpe, vulnerable: true, ..CpeMatch::default() }).affected() {
            Ok(leaf) => {
                found.names.insert(Name { product: leaf.product.clone(), target: leaf.target.clone(), ordering: None });
                found.alone.push(leaf);
            }
            Err(_) => found.bad.push(cpe),
        }
    }
    let mut add = |product, ordering| found.names.insert(Name { product, target: String::new(), ordering });
    let package = COLLECTIONS.iter().find(|(word, _)| concerned.collection.contains(word));
    if let Some(package) = package.and_then(|(_, ecosystem)| product::from_ecosystem(ecosystem, &concerned.package_name)) {
        add(package.product, Some(package.ordering));
    } else if found.alone.is_empty() && !is_nothing(&concerned.product) {
        // A package of a distribution is another product than the distribution.
        let parts = [&concerned.vendor, &concerned.product, &concerned.package_name];
        let told: Vec<&str> = parts.into_iter().map(|part| part.trim()).filter(|part| !is_nothing(part)).collect();
        add(product::named(&told.join(" ")), None);
    }
    found
}

/// The leaves of a product under all its names; `None` when they are more than can be meant.
pub(super) fn affected(concerned: &Concerned<'_>, names: Names<'_>) -> Option<Vec<Affected>> {
    if concerned.versions.is_empty() && concerned.default_status != "affected" {
        return Some(names.alone);
    }
    if names.names.len() * concerned.versions.len() > MOST {
        return None;
    }
    let of_type = concerned.versions.iter().find_map(|version| ordering(&version.version_type));
    let mut leaves = Vec::with_capacity(names.names.len());
    for name in names.names {
        let versions = versions(concerned, name.ordering.or(of_type).unwrap_or_default());
        if versions.all || !versions.spans.is_empty() || !versions.listed.is_empty() {
            leaves.push(Affected { product: name.product, versions, vulnerable: true, target: name.target });
        }
    }
    Some(leaves)
}

/// The affected versions: those said to be, and where all are unless something else is said, those between what is not.
fn versions(concerned: &Concerned<'_>, ordering: Ordering) -> Versions {
    let mut told = Versions { ordering, ..Versions::default() };
    let mut free = Vec::new();
    for version in concerned.versions.iter().filter(|version| version.version_type != "git") {
        let is_affected = version.status == "affected";
        for (span, status) in spans(version) {
            match status {
                "affected" => told.spans.push(span),
                _ => free.push(span),
            }
        }
        if !version.has_end() {
            single(&mut told, &version.version, is_affected, &mut free);
        }
    }
    if concerned.default_status == "affected" {
        // All, but for single versions that are not.
        match free.is_empty() {
            true => told.all = true,
            false => told.spans.extend(between(free, ordering)),
        }
    }
    told
}

/// Takes a version that stands alone: itself, `*` for all, or `>= 1.0, < 2.0`, which some write in its place.
fn single(told: &mut Versions, text: &str, is_affected: bool, free: &mut Vec<Span>) {
    let text = text.trim();
    let is_all = matches!(text, "*" | "-") || text.eq_ignore_ascii_case("all") || text.eq_ignore_ascii_case("all versions");
    match requirement(text) {
        _ if is_nothing(text) && text != "-" => {}
        _ if is_all => told.all |= is_affected,
        Some(Requirement::Span(span)) if is_affected => told.spans.push(span),
        Some(Requirement::Span(span)) => free.push(span),
        Some(Requirement::One(one)) if is_affected => told.listed.push(one),
        Some(Requirement::One(one)) => told.except.push(one),
        None => {}
    }
}

/// The spans that begin with a version, each with the status there.
fn spans<'v>(version: &'v Version<'_>) -> Vec<(Span, &'v str)> {
    let Some(end) = version.end() else { return Vec::new() };
    let mut from = match requirement(&version.version) {
        Some(Requirement::One(start)) if start != "0" => Bound::Including(start),
        _ => Bound::Open,
    };
    let mut status = &*version.status;
    let mut parts = Vec::with_capacity(version.changes.len() + 1);
    for change in &version.changes {
        let at = advisories::version(&change.at);
        parts.push((Span { from, to: Bound::Excluding(at.clone()) }, status));
        (from, status) = (Bound::Including(at), &*change.status);
    }
    parts.push((Span { from, to: end }, status));
    parts
}

impl Version<'_> {
    fn has_end(&self) -> bool {
        !self.less_than.is_empty() || !self.less_than_or_equal.is_empty()
    }

    /// The end of the span that begins with the version; `None` when it has none that is a version.
    fn end(&self) -> Option<Bound> {
        let is_open = |text: &str| text.trim() == "*";
        if is_open(&self.less_than) || is_open(&self.less_than_or_equal) {
            return Some(Bound::Open);
        }
        let (text, is_within) = match self.less_than.is_empty() {
            true => (&self.less_than_or_equal, true),
            false => (&self.less_than, false),
        };
        let line = text.trim().strip_suffix(".*").or_else(|| text.trim().strip_suffix(".x"));
        match (line.and_then(version::line_end), requirement(text)?) {
            // Up to the end of a line, `5.4.*`.
            (Some(next), _) if is_within => Some(Bound::Excluding(next)),
            (_, Requirement::One(end)) if is_within => Some(Bound::Including(end)),
            (_, Requirement::One(end)) => Some(Bound::Excluding(end)),
            (_, Requirement::Span(_)) => None,
        }
    }
}

/// What lies between spans, and before and behind them.
fn between(mut spans: Vec<Span>, ordering: Ordering) -> Vec<Span> {
    // Where a span begins that begins so: behind an excluded version.
    let start = |bound: &Bound| match bound {
        Bound::Open => None,
        Bound::Including(version) => Some((Key::of(ordering, version), false)),
        Bound::Excluding(version) => Some((Key::of(ordering, version), true)),
    };
    spans.sort_by_cached_key(|span| start(&span.from));
    let (mut gaps, mut from) = (Vec::new(), Bound::Open);
    for span in spans {
        if start(&span.from) > start(&from) {
            gaps.push(Span { from: from.clone(), to: turned(span.from) });
        }
        match turned(span.to) {
            Bound::Open => return gaps,
            next if start(&next) > start(&from) => from = next,
            _ => {}
        }
    }
    gaps.push(Span { from, to: Bound::Open });
    gaps
}

/// The end of what comes before a start, and the start of what comes behind an end.
fn turned(bound: Bound) -> Bound {
    match bound {
        Bound::Open => Bound::Open,
        Bound::Including(version) => Bound::Excluding(version),
        Bound::Excluding(version) => Bound::Including(version),
    }
}

/// The order that a type of version names; `None` of those who write as they like.
fn ordering(version_type: &str) -> Option<Ordering> {
    Some(match version_type.to_ascii_lowercase().as_str() {
        "semver" => Ordering::Semver,
        "maven" => Ordering::Maven,
        "python" => Ordering::Python,
        "rpm" => Ordering::Rpm,
        "deb" | "dpkg" | "debian" => Ordering::Debian,
        "gem" | "ruby" => Ordering::Ruby,
        "composer" | "php" => Ordering::Php,
        "date" => Ordering::Date,
        _ => return None,
    })
}

/// Words that stand where nobody knew.
fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    ["", "-", "n/a", "na", "none", "unknown", "unspecified", "not specified"].iter().any(|word| text.eq_ignore_ascii_case(word))
}
