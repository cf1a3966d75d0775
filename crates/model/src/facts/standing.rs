//! What the ledger holds of the life of an application and of the institution that runs it.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::claim::LifeState;

/// The standing of an application in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Standing {
    /// State of the application; `None` when no source speaks of it.
    pub state: Option<LifeState>,
    /// The day since which the state holds.
    pub since: Option<Date>,
    /// Who says so.
    pub by: String,
    /// The first day on which any source spoke of the application.
    pub known_since: Option<Date>,
    /// Who saw the application's host or domain, in the order of names.
    pub seen: Vec<SeenBy>,
    /// The institution that runs it, as the ledger has it.
    pub owner: Option<OwnerStanding>,
}

/// Someone saw it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SeenBy {
    /// The source.
    pub source: String,
    /// The last day.
    pub last: Date,
}

/// An institution's standing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OwnerStanding {
    /// Who it is.
    pub party: Party,
    /// The day since which the ledger names it as the owner.
    pub since: Option<Date>,
    /// Whether it exists; `None` when no source tells.
    pub state: Option<LifeState>,
    /// The day since which that holds.
    pub state_since: Option<Date>,
    /// Who took over.
    pub successor: Option<Party>,
}

/// An institution by all its names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Party {
    /// Name.
    pub name: String,
    /// Unified social credit code; empty when unknown.
    pub uscc: String,
    /// Standard short names.
    pub short_names: Vec<String>,
    /// Names it had before.
    pub former_names: Vec<String>,
}
