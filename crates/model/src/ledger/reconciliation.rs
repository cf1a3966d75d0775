//! What comparing the sources with each other shows: where registers and what is seen fall apart, and which sources cannot be relied on.
//!
//! Invariant: totals are exact; only the lists are cut, and each tells how many it has in all.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::institution::DivisionCode;
use crate::ledger::attribute::Attribute;
use crate::ledger::entity::EntityId;
use crate::ledger::source::{DeliveryState, Source};
use crate::ledger::truth::Other;
use crate::text::Label;

/// The first of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Listed<T> {
    /// How many there are.
    pub total: u64,
    /// The first of them, in the order in which they were met.
    pub first: Vec<T>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { total: 0, first: Vec::new() }
    }
}

/// That a source saw something, over all that it saw of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Glimpse {
    /// Who saw it.
    pub source: Source,
    /// First seen.
    pub first: Timestamp,
    /// Last seen.
    pub last: Timestamp,
}

/// An application that is in a register and was seen by nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unseen {
    /// The application.
    pub entity: EntityId,
    /// Its name; empty when unknown.
    pub name: String,
    /// Who runs it, as the sources name it; empty when unknown.
    pub owner: String,
    /// That institution's division.
    pub division: Option<DivisionCode>,
    /// The registers that have it, as far as what they say is in force or contradicts it.
    pub registers: Vec<Source>,
}

/// Something that was seen and is in no register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unregistered {
    /// A host, a domain or an application that is only a candidate.
    pub asset: EntityId,
    /// Why it should be in a register.
    pub because: Belongs,
    /// Who saw it.
    pub seen: Vec<Glimpse>,
}

/// Why something that was seen is expected in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Belongs {
    /// It is below a domain of which a register has an application.
    RegisteredDomain,
    /// It is below `.gov.cn` or `.政务`, which are for 党政机关 only (Art. 5 ¶1).
    GovernmentSuffix,
    /// A source names it as an application of an institution.
    Candidate,
}

impl Belongs {
    /// The reason in words.
    pub fn label(self) -> Label {
        match self {
            Self::RegisteredDomain => {
                Label { zh: "在已登记单位的域名之下", en: "below a registered institution's domain" }
            }
            Self::GovernmentSuffix => Label { zh: "使用 .gov.cn 或 .政务 后缀", en: "uses the suffix .gov.cn or .政务" },
            Self::Candidate => Label { zh: "待确认的应用", en: "a candidate that nobody confirmed" },
        }
    }
}

/// Sources that say different things of one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contradiction {
    /// The entity.
    pub entity: EntityId,
    /// Its name; empty when unknown.
    pub name: String,
    /// On what they differ.
    pub attribute: Attribute,
    /// What is in force.
    pub in_force: Other,
    /// Who says otherwise.
    pub others: Vec<Other>,
}

/// Whether a source can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its newest delivery is taken and young enough, or none is expected.
    Fresh,
    /// Its newest delivery is older than expected.
    Stale,
    /// It never delivered.
    Never,
    /// Its newest delivery waits for a person.
    Held,
    /// Its newest delivery could not be read, or was discarded.
    Refused,
    /// Its newest delivery was begun and not completed.
    Unfinished,
}

impl Standing {
    /// The standing in words.
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Fresh => ("正常", "fresh"),
            Self::Stale => ("超期未更新", "stale"),
            Self::Never => ("从未送达", "never delivered"),
            Self::Held => ("待人工放行", "held"),
            Self::Refused => ("未采用", "refused"),
            Self::Unfinished => ("导入未完成", "unfinished"),
        };
        Label { zh, en }
    }
}

/// A source and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceLine {
    /// The source.
    pub source: Source,
    /// How it stands.
    pub standing: Standing,
    /// Its newest delivery.
    pub delivered: Option<Timestamp>,
    /// How that delivery ended.
    pub state: Option<DeliveryState>,
    /// Whole days since then.
    pub age_days: Option<i64>,
    /// A delivery is expected every so many days; 0: none is.
    pub expected_days: u16,
    /// Applications of which a value in force, or one that contradicts it, is this source's.
    pub tells: u64,
    /// Assets and applications that it saw.
    pub saw: u64,
    /// Those of them that are in no register.
    pub saw_unregistered: u64,
}

/// Numbers of a division with all below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Numbers {
    /// Web sites and mail systems that are in use by a register's word.
    pub registered: u64,
    /// Those of them that were seen.
    pub seen: u64,
    /// Candidates that are in no register.
    pub candidates: u64,
    /// Values on which sources contradict each other.
    pub contradictions: u64,
}

impl Numbers {
    /// Adds others to these.
    pub fn add(&mut self, others: &Self) {
        self.registered += others.registered;
        self.seen += others.seen;
        self.candidates += others.candidates;
        self.contradictions += others.contradictions;
    }
}

/// The numbers of a division.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DivisionLine {
    /// The division; `None` for what has none.
    pub division: Option<DivisionCode>,
    /// Its name; empty when the names of divisions are not loaded.
    pub name: String,
    /// Its numbers, those of all below it included.
    pub numbers: Numbers,
}

/// The reconciliation report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciliation {
    /// The time for which it holds.
    pub at: Timestamp,
    /// The region; `None` for everything.
    pub region: Option<DivisionCode>,
    /// The region's name; empty when unknown.
    pub region_name: String,
    /// Numbers of the whole region.
    pub numbers: Numbers,
    /// Hosts, domains and applications that were seen and should be in a register.
    pub seen: u64,
    /// How many of these are in one: the register covers `covered` of `seen`.
    pub covered: u64,
    /// The divisions right below the region, the region's own first, and last what has no division.
    pub divisions: Vec<DivisionLine>,
    /// In a register, nowhere seen.
    pub unseen: Listed<Unseen>,
    /// Seen, in no register.
    pub unregistered: Listed<Unregistered>,
    /// Values on which sources contradict each other.
    pub contradictions: Listed<Contradiction>,
    /// Sources that are not fresh.
    pub troubled: u64,
    /// All sources.
    pub sources: Vec<SourceLine>,
}

impl Reconciliation {
    /// The share of what was seen that registers have, in tenths of a percent; `None` when nothing was seen.
    pub fn coverage(&self) -> Option<u64> {
        (self.covered * 1000).checked_div(self.seen)
    }
}
