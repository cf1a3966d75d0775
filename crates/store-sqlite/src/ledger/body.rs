//! A truth's attributes as they are written: sources by number, times in milliseconds, no names of fields, since a million truths with
//! a dozen attributes each are written and read.

use std::collections::BTreeMap;

use model::ledger::attribute::Attribute;
use model::ledger::entity::EntityId;
use model::ledger::truth::Truth;
use model::ledger::truth::{Confidence, InForce, Other};
use serde::{Deserialize, Serialize, Serializer};

use super::registry::Sources;
use super::time_of;
use crate::fault::Fault;

/// What is not in columns of its own.
pub struct Body {
    /// How sure.
    pub confidence: Confidence,
    /// Other names.
    pub aliases: Vec<EntityId>,
    /// Attributes in force.
    pub attributes: BTreeMap<Attribute, InForce>,
}

#[derive(Serialize)]
struct Written<'t> {
    confidence: Confidence,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'t [EntityId],
    #[serde(serialize_with = "attributes")]
    attributes: &'t BTreeMap<Attribute, InForce>,
}

#[derive(Deserialize)]
struct Read {
    confidence: Confidence,
    #[serde(default)]
    aliases: Vec<EntityId>,
    attributes: BTreeMap<Attribute, (String, i64, i64, Vec<(String, i64, i64)>)>,
}

fn attributes<S: Serializer>(attributes: &&BTreeMap<Attribute, InForce>, to: S) -> Result<S::Ok, S::Error> {
    let other = |other: &Other| (other.value.clone(), other.source.id, other.since.as_millisecond());
    to.collect_map(attributes.iter().map(|(attribute, held)| {
        let others: Vec<_> = held.others.iter().map(other).collect();
        (attribute, (&held.value, held.source.id, held.since.as_millisecond(), others))
    }))
}

/// The body of a truth as JSON.
pub fn write(truth: &Truth) -> Result<String, Fault> {
    let written = Written { confidence: truth.confidence, aliases: &truth.aliases, attributes: &truth.attributes };
    Ok(serde_json::to_string(&written)?)
}

/// The body of an entity's truth.
pub fn read(entity: &str, json: &str, sources: &mut Sources) -> Result<Body, Fault> {
    let read: Read =
        serde_json::from_str(json).map_err(|error| Fault::damaged(format!("what is in force of {entity}"), error))?;
    let mut attributes = BTreeMap::new();
    for (attribute, (value, source, since, others)) in read.attributes {
        let other = |(value, source, since)| Ok(Other { value, source: sources.get(source)?, since: time_of(since)? });
        let others = others.into_iter().map(other).collect::<Result<_, Fault>>()?;
        attributes.insert(attribute, InForce { value, source: sources.get(source)?, since: time_of(since)?, others });
    }
    Ok(Body { confidence: read.confidence, aliases: read.aliases, attributes })
}
