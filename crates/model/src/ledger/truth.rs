//! What is in force: one value per attribute out of all that is said, with who says it and who says otherwise.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::institution::DivisionCode;
use crate::ledger::attribute::Attribute;
use crate::ledger::claim::{Held, LifeState};
use crate::ledger::entity::EntityId;
use crate::ledger::source::Source;

/// The value in force of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InForce {
    /// The value.
    pub value: String,
    /// Who says so.
    pub source: Source,
    /// Since when.
    pub since: Timestamp,
    /// Who says otherwise, and what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
}

/// A value that is not in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Other {
    /// The value.
    pub value: String,
    /// Who says so.
    pub source: Source,
    /// Since when.
    pub since: Timestamp,
}

/// How sure it is that the entity is what the view says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Only seen, or sources contradict each other on whose it is.
    #[default]
    Low,
    /// One register says so.
    Medium,
    /// Several sources say so independently, or a person does.
    High,
}

/// An institution or application as the ledger has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Truth {
    /// The name that stands for it.
    pub entity: EntityId,
    /// Other names for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<EntityId>,
    /// Attributes in force.
    pub attributes: BTreeMap<Attribute, InForce>,
    /// State.
    pub state: LifeState,
    /// The institution that runs an application.
    pub owner: Option<EntityId>,
    /// Division: an institution's own; an application's is its owner's.
    pub division: Option<DivisionCode>,
    /// How sure.
    pub confidence: Confidence,
}

impl Truth {
    /// The value in force.
    pub fn get(&self, attribute: Attribute) -> Option<&str> {
        self.attributes.get(&attribute).map(|held| held.value.as_str())
    }
}

/// What is in force of an entity of which one claim alone speaks, when all that the claim says counts: of most entities. The attributes are
/// not said again, they are the claim's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sole {
    /// The entity.
    pub entity: EntityId,
    /// The number of the claim.
    pub claim: i64,
    /// The name that the claim tells; empty when it tells none.
    pub name: String,
    /// As of a [`Truth`].
    pub state: LifeState,
    /// As of a [`Truth`].
    pub owner: Option<EntityId>,
    /// As of a [`Truth`].
    pub division: Option<DivisionCode>,
    /// As of a [`Truth`].
    pub confidence: Confidence,
}

impl Sole {
    /// The same in full, with what its claim says.
    pub fn spelled_out(&self, claim: &Held) -> Truth {
        let value = |(attribute, value): (&Attribute, &String)| {
            let others = Vec::new();
            (*attribute, InForce { value: value.clone(), source: claim.source.clone(), since: claim.since, others })
        };
        Truth {
            entity: self.entity.clone(),
            aliases: Vec::new(),
            attributes: claim.claim.says.iter().map(value).collect(),
            state: self.state,
            owner: self.owner.clone(),
            division: self.division.clone(),
            confidence: self.confidence,
        }
    }
}

/// An application in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationLine {
    /// The application.
    pub entity: EntityId,
    /// Its name; empty when unknown.
    pub name: String,
    /// State.
    pub state: LifeState,
    /// Who runs it.
    pub owner: Option<EntityId>,
    /// That institution's name; empty when unknown.
    pub owner_name: String,
    /// That institution's division.
    pub division: Option<DivisionCode>,
}
