//! Advisories: what is vulnerable, in the formats of those who say so.
//!
//! Invariant: every text that leaves here is bounded and without control characters; what a source leaves out is left out, never guessed.

pub mod cnnvd;
pub mod cnvd;
pub mod csaf;
pub mod cve_list;
mod cve_versions;
pub mod epss;
pub mod ghsa;
pub mod kev;
pub mod nvd;
mod nvd_old;
pub mod osv;
#[cfg(test)]
mod pages;
mod ranges;
pub mod retirejs;
#[cfg(test)]
mod samples;
pub mod sniff;
#[cfg(test)]
mod tests;
mod wording;

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::advisory::{Affected, Bound, Condition, Ordering, Product, Score, Span, System, Versions};
use model::text::Text;
use vulns::product;

use crate::source::rows::clean;
use crate::source::times::{self, Clock};

/// The longest name of a vulnerability, version, vector and target, in characters.
const LONGEST_NAME: usize = 100;
/// The longest title and remedy, in characters, and the longest address.
const LONGEST_TITLE: usize = 300;
const LONGEST_REMEDY: usize = 500;
const LONGEST_ADDRESS: usize = 500;
/// The most addresses, and the most other names and weaknesses of one statement.
const MOST_REFERENCES: usize = 5;
const MOST_NAMES: usize = 50;
/// A first sentence shorter than this is an abbreviation that ends in a point.
const SHORTEST_SENTENCE: usize = 25;

/// The name of a vulnerability in the case that its scheme writes, so that one name is spelled one way; `None` when it is empty, too long
/// or has blanks within.
pub(crate) fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let is_name = !text.is_empty() && text.len() <= LONGEST_NAME && text.bytes().all(|byte| byte.is_ascii_graphic());
    let scheme = text.split('-').next().unwrap_or_default();
    is_name.then(|| match scheme.to_ascii_uppercase().as_str() {
        scheme @ ("CVE" | "CNVD" | "CNNVD") => format!("{scheme}{}", text[scheme.len()..].to_ascii_uppercase()),
        scheme @ "GHSA" => format!("{scheme}{}", text[scheme.len()..].to_ascii_lowercase()),
        _ => text.to_owned(),
    })
}

/// A CVE name: `CVE-2021-44228`.
pub(crate) fn cve(text: &str) -> Option<String> {
    let name = name(text)?;
    let (year, number) = name.strip_prefix("CVE-")?.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (year.len() == 4 && number.len() >= 4 && digits(year) && digits(number)).then_some(name)
}

/// Why a name that is none is not taken.
pub(crate) fn no_name() -> Text {
    Text::new("不是漏洞编号，应如 CVE-2021-44228", "this is no name of a vulnerability; one is written like CVE-2021-44228")
}

/// Other names of the vulnerability `own`, ascending, each once; what is no name is left out.
pub(crate) fn aliases<'a>(own: &str, others: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let names: BTreeSet<String> = others.into_iter().filter_map(name).filter(|name| name != own).take(MOST_NAMES).collect();
    names.into_iter().collect()
}

/// A title, or the first sentence of a description.
pub(crate) fn title(text: &str) -> String {
    let text = clean(text, LONGEST_TITLE);
    let ends = text.match_indices(". ").map(|(at, _)| at + 1).chain(text.match_indices('。').map(|(at, end)| at + end.len()));
    match ends.filter(|end| *end >= SHORTEST_SENTENCE).min() {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// How to mend it.
pub(crate) fn remedy(text: &str) -> String {
    clean(text, LONGEST_REMEDY)
}

/// Addresses of the web, in the source's order, each once.
pub(crate) fn references<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for address in addresses {
        let address = address.trim();
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        if is_web && address.len() <= LONGEST_ADDRESS && !address.contains(|c: char| c.is_control() || c.is_whitespace()) {
            if !kept.iter().any(|known| known == address) {
                kept.push(address.to_owned());
            }
            if kept.len() == MOST_REFERENCES {
                break;
            }
        }
    }
    kept
}

/// Weaknesses, ascending, each once: `CWE-79`. NVD's `NVD-CWE-noinfo` and other words are none.
pub(crate) fn weaknesses<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let is_weakness = |name: &&str| {
        name.strip_prefix("CWE-")
            .is_some_and(|number| (1..=6).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let names: BTreeSet<&str> = names.into_iter().map(str::trim).filter(is_weakness).take(MOST_NAMES).collect();
    names.into_iter().map(str::to_owned).collect()
}

/// A grade: a vector, or a word for [`System::Word`], with the base score where it is told. `None` without either.
pub(crate) fn score(system: System, value: &str, base: Option<f64>, by: &str) -> Option<Score> {
    let value = clean(value, LONGEST_NAME * 2);
    let tenths =
        base.map(|base| (base * 10.0).round()).filter(|tenths| (0.0..=100.0).contains(tenths)).map(|tenths| tenths as u16);
    let by = clean(by, LONGEST_NAME);
    (!value.is_empty() || tenths.is_some()).then_some(Score { system, value, tenths, by })
}

/// The system that a CVSS vector is written in: `CVSS:3.1/…` says so, one without a prefix is of version 2.
pub(crate) fn system(vector: &str) -> Option<System> {
    match vector.split_once('/')?.0 {
        "CVSS:4.0" => Some(System::Cvss4),
        "CVSS:3.0" | "CVSS:3.1" => Some(System::Cvss3),
        first if first.starts_with("AV:") => Some(System::Cvss2),
        _ => None,
    }
}

/// A time, universal where the source tells no offset.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    times::moment(text, Clock::Utc)
}

/// A version as it is kept.
pub(crate) fn version(text: &str) -> String {
    clean(text, LONGEST_NAME)
}

/// The end of a span out of the two fields that sources have for it; both empty: no end.
pub(crate) fn bound(including: &str, excluding: &str) -> Bound {
    match (version(including), version(excluding)) {
        (none, no) if none.is_empty() && no.is_empty() => Bound::Open,
        (none, version) if none.is_empty() => Bound::Excluding(version),
        (version, _) => Bound::Including(version),
    }
}

/// Versions as some write them in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// `>= 1.0, < 2.0`.
    Span(Span),
    /// `1.0`, `= 1.0`.
    One(String),
}

/// Reads a version, or what compares with versions; `None` of what is neither, such as a sentence.
pub(crate) fn requirement(text: &str) -> Option<Requirement> {
    let mut span = Span::default();
    let mut one = None;
    for part in text.split(',') {
        let part = part.trim();
        let told = |operator: &str| part.strip_prefix(operator).map(version).filter(|text| is_version(text));
        if let Some(version) = told(">=") {
            span.from = Bound::Including(version);
        } else if let Some(version) = told("<=") {
            span.to = Bound::Including(version);
        } else if let Some(version) = told(">") {
            span.from = Bound::Excluding(version);
        } else if let Some(version) = told("<") {
            span.to = Bound::Excluding(version);
        } else if one.is_none() {
            one = Some(told("==").or_else(|| told("=")).or_else(|| told(""))?);
        } else {
            return None;
        }
    }
    match one {
        Some(_) if span != Span::default() => None,
        Some(one) => Some(Requirement::One(one)),
        None => Some(Requirement::Span(span)),
    }
}

/// Whether a text can be a version: a word with a digit, perhaps with an update behind it (`12.2 SE1`), and no sentence.
fn is_version(text: &str) -> bool {
    let starts_with_digit = text.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit());
    let words = text.split(' ').count();
    !text.starts_with(['<', '>', '='])
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && (words == 1 || words == 2 && starts_with_digit)
}

/// One row of a list of CPE names with versions, as NVD and the CVE list write it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CpeMatch<'a> {
    /// The CPE 2.3 name.
    pub criteria: &'a str,
    /// False of what the vulnerable product must run on.
    pub vulnerable: bool,
    /// Ends of the span.
    pub from: Bound,
    pub to: Bound,
}

impl CpeMatch<'_> {
    /// The product with its versions: the span where ends are told, the version and update that the name has (`8.0-update1`), or all
    /// where it has none (`*`) or the product knows none (`-`).
    ///
    /// # Errors
    /// When the name is no CPE 2.3 name of a product.
    pub fn affected(self) -> Result<Affected, Text> {
        let cpe = product::from_cpe(self.criteria).map_err(|_| no_cpe())?;
        let mut versions = Versions { ordering: Ordering::Generic, ..Versions::default() };
        match (self.from, self.to) {
            (Bound::Open, Bound::Open) => match cpe.full_version() {
                Some(told) => versions.listed.push(version(&told)),
                None => versions.all = true,
            },
            (from, to) => versions.spans.push(Span { from, to }),
        }
        let target = cpe.target_sw.value().map(|target| clean(target, LONGEST_NAME)).unwrap_or_default();
        Ok(Affected { product: cpe.product, versions, vulnerable: self.vulnerable, target })
    }
}

/// Whether a span of it begins behind its end, so that nothing is within.
pub(crate) fn is_impossible(leaf: &Affected) -> bool {
    leaf.versions.spans.iter().any(|span| match (&span.from, &span.to) {
        (Bound::Including(from) | Bound::Excluding(from), Bound::Including(to) | Bound::Excluding(to)) => {
            vulns::version::compare(leaf.versions.ordering, from, to).is_gt()
        }
        _ => false,
    })
}

/// Why such a span is reported.
pub(crate) fn impossible() -> Text {
    Text::new("版本区间的起点在终点之后，不含任何版本", "the span of versions begins behind its end; no version is in it")
}

/// Why a CPE name that is none is not taken.
pub(crate) fn no_cpe() -> Text {
    Text::new(
        "不是 CPE 2.3 名称，应如 cpe:2.3:a:vendor:product:1.0:*:*:*:*:*:*:*",
        "this is no CPE 2.3 name; one is written like cpe:2.3:a:vendor:product:1.0:*:*:*:*:*:*:*",
    )
}

/// The same products and versions in as few as say it: what differs in versions alone is put together. Ascending by product.
pub(crate) fn union(mut leaves: Vec<Affected>) -> Vec<Affected> {
    leaves.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut merged: Vec<Affected> = Vec::new();
    for leaf in leaves {
        match merged.last_mut().filter(|last| key(last) == key(&leaf)) {
            // An exception is one of its own spans only.
            Some(last) if last.versions.except == leaf.versions.except => {
                last.versions.all |= leaf.versions.all;
                last.versions.spans.extend(leaf.versions.spans);
                last.versions.listed.extend(leaf.versions.listed);
            }
            _ => merged.push(leaf),
        }
    }
    for Affected { versions, .. } in &mut merged {
        if versions.all {
            (versions.spans, versions.listed) = (Vec::new(), Vec::new());
        }
        versions.spans.sort();
        versions.spans.dedup();
        versions.listed.sort();
        versions.listed.dedup();
    }
    merged
}

fn key(leaf: &Affected) -> (&Product, bool, &str, Ordering) {
    (&leaf.product, leaf.vulnerable, &leaf.target, leaf.versions.ordering)
}

/// Any of these conditions, without layers that say nothing; `None` of none.
pub(crate) fn any(conditions: Vec<Condition>) -> Option<Condition> {
    of(flat(conditions), Condition::Any)
}

/// All of these conditions, without layers that say nothing; `None` of none.
pub(crate) fn all(conditions: Vec<Condition>) -> Option<Condition> {
    of(conditions, Condition::All)
}

fn of(mut conditions: Vec<Condition>, of: fn(Vec<Condition>) -> Condition) -> Option<Condition> {
    if conditions.len() > 1 { Some(of(conditions)) } else { conditions.pop() }
}

/// The members of a list of which any is enough: those of lists within it too, and leaves put together.
pub(crate) fn flat(conditions: Vec<Condition>) -> Vec<Condition> {
    let (mut leaves, mut others) = (Vec::new(), Vec::new());
    let mut open = conditions;
    while let Some(condition) = open.pop() {
        match condition {
            Condition::Any(within) => open.extend(within),
            Condition::Is(leaf) => leaves.push(leaf),
            other if others.last() == Some(&other) => {}
            other => others.push(other),
        }
    }
    others.reverse();
    union(leaves).into_iter().map(Condition::Is).chain(others).collect()
}
