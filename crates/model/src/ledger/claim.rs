//! Claims: what one source says of one entity; and sightings: what was seen to exist.
//!
//! Invariant: a claim is never rewritten. A source that says something else closes its old claim and opens a new one, so that "as of a
//! day" is a question about intervals.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::attribute::Attribute;
use crate::ledger::entity::EntityId;
use crate::ledger::source::Source;
use crate::text::{Label, Text};

/// What is said, by attribute.
pub type Says = BTreeMap<Attribute, String>;

/// What a source says of an entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The entity.
    pub entity: EntityId,
    /// Tells apart several things that one source says of one entity, such as the numbers of a domain's filings; mostly empty.
    pub part: String,
    /// What is said. Never empty; no value is empty unless its attribute says what that means.
    pub says: Says,
    /// The line or record in the delivery that said so.
    pub line: u64,
}

/// A claim as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// Its number.
    pub id: i64,
    /// Who says so.
    pub source: Source,
    /// What.
    pub claim: Claim,
    /// The delivery that brought it.
    pub delivery: i64,
    /// Since when the source says so: the time of that delivery.
    pub since: Timestamp,
    /// Until when; `None` while it does.
    pub until: Option<Timestamp>,
}

impl Held {
    /// Whether the source said so at `at`.
    pub fn held_at(&self, at: Timestamp) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Something was seen to exist, by resolution, certificate, connection or listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sighting {
    /// What: a host, a domain, an address.
    pub asset: EntityId,
    /// What was seen of it, in a form by which the same is recognised again: `A 192.0.2.1`, `443/tcp https`, `certificate 5f…`.
    pub what: String,
    /// First seen.
    pub first: Timestamp,
    /// Last seen.
    pub last: Timestamp,
}

/// What is held of two names for perhaps one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sameness {
    /// One thing.
    Same,
    /// A person has to decide.
    Doubtful,
    /// Two things.
    Different,
}

/// Two names for perhaps one thing, with the reasons. Claims keep the name that their source used; ending the link splits them again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// The name that is replaced.
    pub alias: EntityId,
    /// The name that stands for both.
    pub entity: EntityId,
    /// What is held of them.
    pub sameness: Sameness,
    /// Why.
    pub reasons: Vec<Text>,
    /// Who says so: a person's name; `None` for the program. A person outranks the program.
    pub person: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// The life of an institution or application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LifeState {
    /// Institution: exists.
    Active,
    /// Institution: became part of its successor.
    Merged,
    /// Institution: exists no more.
    Abolished,
    /// Application: seen, not confirmed by anyone.
    Candidate,
    /// Application: a register or a person confirms it.
    Confirmed,
    /// Application: not the institution's own.
    ThirdParty,
    /// Application: no longer used.
    Retired,
}

impl LifeState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Active, Self::Merged, Self::Abolished, Self::Candidate, Self::Confirmed, Self::ThirdParty, Self::Retired];

    /// The state's machine name, as in claims.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Merged => "merged",
            Self::Abolished => "abolished",
            Self::Candidate => "candidate",
            Self::Confirmed => "confirmed",
            Self::ThirdParty => "third_party",
            Self::Retired => "retired",
        }
    }

    /// The state with this machine name.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The state in words.
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Active => ("存续", "active"),
            Self::Merged => ("已合并", "merged"),
            Self::Abolished => ("已撤销", "abolished"),
            Self::Candidate => ("待确认", "candidate"),
            Self::Confirmed => ("已确认", "confirmed"),
            Self::ThirdParty => ("第三方", "third party"),
            Self::Retired => ("已停用", "retired"),
        };
        Label { zh, en }
    }
}
