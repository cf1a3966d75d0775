//! A truth's attributes as they are written: by who says them since when, with sources by number and times in milliseconds, since most
//! attributes of an entity come from one claim, and there are millions of them. Where all come from one, its number stands for them.

use std::collections::BTreeMap;

use model::ledger::attribute::Attribute;
use model::ledger::entity::EntityId;
use model::ledger::truth::{Confidence, InForce, Other, Sole, Truth};
use serde::{Deserialize, Serialize, Serializer};

use super::registry::Sources;
use super::{claims, time_of};
use crate::fault::Fault;

/// What is not in columns of its own.
#[derive(PartialEq)]
pub struct Body {
    /// How sure.
    pub confidence: Confidence,
    /// Other names.
    pub aliases: Vec<EntityId>,
    /// Attributes in force.
    pub attributes: BTreeMap<Attribute, InForce>,
}

/// Values, the source's number, and since when in milliseconds.
type Said<V> = (V, i64, i64);

#[derive(Serialize)]
struct Written<'t> {
    confidence: Confidence,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'t [EntityId],
    in_force: Vec<Said<Values<'t>>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    others: BTreeMap<Attribute, Vec<Said<&'t str>>>,
}

/// How the body of a truth begins that is a claim's.
const REFERS: &str = r#"{"claim":"#;

#[derive(Deserialize)]
struct Read {
    claim: Option<i64>,
    confidence: Confidence,
    #[serde(default)]
    aliases: Vec<EntityId>,
    #[serde(default)]
    in_force: Vec<Said<BTreeMap<Attribute, String>>>,
    #[serde(default)]
    others: BTreeMap<Attribute, Vec<Said<String>>>,
}

/// Written as a map.
struct Values<'t>(Vec<(Attribute, &'t str)>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(attribute, value)| (attribute, value)))
    }
}

/// The body of a truth as JSON.
pub fn write(truth: &Truth) -> Result<String, Fault> {
    let mut in_force: Vec<Said<Values>> = Vec::new();
    let mut others = BTreeMap::new();
    for (attribute, held) in &truth.attributes {
        let (source, since) = (held.source.id, held.since.as_millisecond());
        match in_force.iter_mut().find(|said| (said.1, said.2) == (source, since)) {
            Some((values, ..)) => values.0.push((*attribute, &held.value)),
            None => in_force.push((Values(vec![(*attribute, &held.value)]), source, since)),
        }
        if !held.others.is_empty() {
            let said = held.others.iter().map(|other| (other.value.as_str(), other.source.id, other.since.as_millisecond()));
            others.insert(*attribute, said.collect());
        }
    }
    let written = Written { confidence: truth.confidence, aliases: &truth.aliases, in_force, others };
    Ok(serde_json::to_string(&written)?)
}

/// The body of what a claim alone tells.
pub fn refer(sole: &Sole) -> Result<String, Fault> {
    Ok(format!("{REFERS}{},\"confidence\":{}}}", sole.claim, serde_json::to_string(&sole.confidence)?))
}

/// Whether two different texts are one body: only when a claim's number stands in one of them.
pub fn same(entity: &str, one: &str, other: &str, sources: &mut Sources) -> Result<bool, Fault> {
    let refers = one.starts_with(REFERS) || other.starts_with(REFERS);
    Ok(refers && read(entity, one, sources)? == read(entity, other, sources)?)
}

/// The body of an entity's truth.
pub fn read(entity: &str, json: &str, sources: &mut Sources) -> Result<Body, Fault> {
    let mut read: Read =
        serde_json::from_str(json).map_err(|error| Fault::damaged(format!("what is in force of {entity}"), error))?;
    if let Some(claim) = read.claim {
        let (says, source, since) = claims::said(sources.connection(), claim)?;
        read.in_force.push((says, source, since));
    }
    let mut attributes = BTreeMap::new();
    for (values, source, since) in read.in_force {
        let (source, since) = (sources.get(source)?, time_of(since)?);
        for (attribute, value) in values {
            let others = read.others.remove(&attribute).unwrap_or_default().into_iter();
            let other = |(value, source, since)| Ok(Other { value, source: sources.get(source)?, since: time_of(since)? });
            let others = others.map(other).collect::<Result<_, Fault>>()?;
            attributes.insert(attribute, InForce { value, source: source.clone(), since, others });
        }
    }
    Ok(Body { confidence: read.confidence, aliases: read.aliases, attributes })
}
