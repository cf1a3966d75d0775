//! What one source says of one vulnerability.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::advisory::product::Product;
use crate::ledger::source::SourceKind;

/// One source's word on one vulnerability. A source says a thing once: the next statement with the same `source` and `id` replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// Whose word.
    pub source: SourceKind,
    /// The name that the source gives it: `CVE-2021-44228`, `GHSA-…`, `CNVD-2021-95914`. Retire.js names none: see its format's page.
    pub id: String,
    /// Other names of the same vulnerability, as the source lists them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Title, or the first sentence of the description; bounded to 300 characters, controls dropped.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Whether it stands.
    #[serde(default, skip_serializing_if = "Standing::is_live")]
    pub standing: Standing,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<Timestamp>,
    /// How grave it is, in every system that the source speaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<Score>,
    /// Weaknesses: `CWE-79`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weaknesses: Vec<String>,
    /// What is vulnerable: any of these. Empty: the source does not tell (a list of exploited ones, a score).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affects: Vec<Condition>,
    /// How to mend it, in the source's words, bounded to 500 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remedy: String,
    /// Where to read more: at most 5 addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// It is known to be exploited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exploited: Option<Exploited>,
    /// How likely it is exploited within 30 days (EPSS).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<Likelihood>,
}

impl Statement {
    /// A statement that says nothing but its name.
    pub fn new(source: SourceKind, id: impl Into<String>) -> Self {
        Self {
            source,
            id: id.into(),
            aliases: Vec::new(),
            title: String::new(),
            standing: Standing::Live,
            published: None,
            modified: None,
            scores: Vec::new(),
            weaknesses: Vec::new(),
            affects: Vec::new(),
            remedy: String::new(),
            references: Vec::new(),
            exploited: None,
            likelihood: None,
        }
    }

    /// All names that it gives to the vulnerability: its own, then the others.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).map(String::as_str)
    }

    /// What it calls vulnerable, wherever that stands in its conditions; not what that must run on or with.
    pub fn vulnerable(&self) -> Vec<&Affected> {
        let (mut vulnerable, mut open): (Vec<&Affected>, Vec<&Condition>) = (Vec::new(), self.affects.iter().collect());
        while let Some(condition) = open.pop() {
            match condition {
                Condition::All(of) | Condition::Any(of) => open.extend(of),
                Condition::Not(of) => open.push(of),
                Condition::Is(affected) if affected.vulnerable => vulnerable.push(affected),
                Condition::Is(_) => {}
            }
        }
        vulnerable
    }

    /// The products that it calls vulnerable, each once.
    pub fn products(&self) -> BTreeSet<&Product> {
        self.vulnerable().into_iter().map(|affected| &affected.product).collect()
    }

    /// Whether another statement would be matched as this one is: what differs is words, scores and times.
    pub fn matches_like(&self, other: &Self) -> bool {
        (&self.id, &self.aliases, self.standing, &self.affects) == (&other.id, &other.aliases, other.standing, &other.affects)
    }
}

/// Whether a statement stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It does.
    #[default]
    Live,
    /// It was no vulnerability or a double, says who gave the name.
    Rejected,
    /// Its author took it back.
    Withdrawn,
    /// The facts are disputed; it stands until that is settled.
    Disputed,
}

impl Standing {
    /// True of what stands without a reservation.
    pub fn is_live(&self) -> bool {
        *self == Self::Live
    }

    /// Whether it is matched.
    pub fn is_matched(self) -> bool {
        matches!(self, Self::Live | Self::Disputed)
    }
}

/// A grade of gravity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// The system.
    pub system: System,
    /// CVSS vector as published; in other systems the word (`高`, `high`).
    pub value: String,
    /// Base score in tenths, 0 to 100, as published; `None` when only the vector or word is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenths: Option<u16>,
    /// Who scored: `nvd@nist.gov`, `CNVD`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// Systems of scoring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// A word of the source's own: low, medium, high, critical; 低, 中, 高, 超危.
    Word,
    /// CVSS 2.
    Cvss2,
    /// CVSS 3.0 and 3.1.
    Cvss3,
    /// CVSS 4.0.
    Cvss4,
}

/// It is known to be exploited (CISA KEV).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Exploited {
    /// Since when it is on the list.
    pub since: Option<Date>,
    /// The day until which the list's publisher binds its own to mend it.
    pub due: Option<Date>,
    /// Whether it was used for ransom.
    pub ransomware: bool,
}

/// The exploit prediction score (FIRST EPSS).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Likelihood {
    /// Probability within 30 days, in millionths.
    pub probability_ppm: u32,
    /// Share of vulnerabilities with at most this score, in millionths.
    pub percentile_ppm: u32,
    /// Day of the score.
    pub day: Option<Date>,
}

/// A tree over what a subject consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// All of these on one subject.
    All(Vec<Condition>),
    /// One of these.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// This component.
    Is(Affected),
}

/// A product with versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Affected {
    /// The product.
    pub product: Product,
    /// Which versions.
    pub versions: Versions,
    /// True of what is vulnerable; false of what it must run on or with.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub vulnerable: bool,
    /// CPE's `target_sw`, where it limits: `wordpress`, `node.js`, `windows`; empty for any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
}

fn yes() -> bool {
    true
}

/// A set of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Versions {
    /// Every version, also when it is not known which.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// The order in which `spans` are compared.
    #[serde(default)]
    pub ordering: Ordering,
    /// Spans; a version within one is in the set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spans: Vec<Span>,
    /// Single versions, compared as equal in that order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<String>,
    /// Single versions that are outside, whatever the spans say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
}

/// A span of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// Lower end.
    #[serde(default, skip_serializing_if = "Bound::is_open")]
    pub from: Bound,
    /// Upper end.
    #[serde(default, skip_serializing_if = "Bound::is_open")]
    pub to: Bound,
}

/// An end of a span.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// None.
    #[default]
    Open,
    /// This version is inside.
    Including(String),
    /// This version is outside.
    Excluding(String),
}

impl Bound {
    /// True of no bound.
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

/// Orders of versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ordering {
    /// Numbers and letters as products write them: `1.0.2k`, `7.4p1`, `5.7.44-log`, `10.1.0-M5`, `2023-05`; CPE's.
    #[default]
    Generic,
    /// Semantic versioning 2.0.0; npm, Cargo, Go.
    Semver,
    /// Debian policy 5.6.12.
    Debian,
    /// RPM.
    Rpm,
    /// Maven's ComparableVersion.
    Maven,
    /// PHP's version_compare, Composer.
    Php,
    /// PEP 440.
    Python,
    /// RubyGems.
    Ruby,
    /// Dates and times.
    Date,
}
