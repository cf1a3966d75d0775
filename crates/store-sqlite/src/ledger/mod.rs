//! The ledger: sources, deliveries, claims, sightings, links, and what is in force.
//!
//! Invariant: what is the same as before writes no page, so that taking unchanged data again leaves the file as it is.

pub mod batch;
mod body;
mod claims;
mod links;
pub mod registry;
mod sightings;
mod truths;
mod views;

use async_trait::async_trait;
use jiff::Timestamp;
use model::digest::Digest;
use model::ledger::claim::{Claim, Held, Link, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Delivery, Source, SourceKind};
use model::ledger::truth::{ApplicationLine, Sole, Truth};
use ports::ledger::{DivisionCount, LedgerStore, Placed, Region, Seen};
use ports::store::{Imported, StoreError};
use rusqlite::Row;

use crate::SqliteStore;
use crate::fault::Fault;

#[async_trait]
impl LedgerStore for SqliteStore {
    async fn source(&self, kind: SourceKind, name: &str) -> Result<Source, StoreError> {
        let name = name.to_owned();
        self.write("find a source", move |connection| registry::source(connection, kind, &name)).await
    }

    async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        self.read("list sources", registry::sources).await
    }

    async fn put_mark(&self, source: &Source, at: Timestamp, mark: &str) -> Result<(), StoreError> {
        let (source, mark) = (source.id, mark.to_owned());
        self.write("put mark", move |connection| registry::put_mark(connection, source, at, &mark)).await
    }

    async fn mark(&self, source: &Source) -> Result<Option<(Timestamp, String)>, StoreError> {
        let source = source.id;
        self.read("read a mark", move |connection| registry::mark(connection, source)).await
    }

    async fn open_delivery(&self, source: &Source, origin: &str, digest: Digest, at: Timestamp) -> Result<i64, StoreError> {
        let delivery = registry::opened(source, origin, digest, at);
        self.write("open delivery", move |connection| registry::open_delivery(connection, &delivery)).await
    }

    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let delivery = delivery.clone();
        self.write("put delivery", move |connection| registry::put_delivery(connection, &delivery)).await
    }

    async fn delivery(&self, id: i64) -> Result<Option<Delivery>, StoreError> {
        self.read("read a delivery", move |connection| registry::delivery(connection, id)).await
    }

    async fn deliveries(&self, source: Option<i64>, most: usize) -> Result<Vec<Delivery>, StoreError> {
        self.read("list deliveries", move |connection| registry::deliveries(connection, source, most)).await
    }

    async fn compare(&self, source: &Source, claims: &[Claim]) -> Result<Vec<Placed>, StoreError> {
        let (source, batch) = (source.id, claims::Batch::of(claims).map_err(self.fail("compare claims"))?);
        self.read("compare claims", move |connection| claims::compare(connection, source, &batch)).await
    }

    async fn apply(&self, source: &Source, delivery: i64, at: Timestamp, claims: &[Claim]) -> Result<Vec<Placed>, StoreError> {
        let (source, at) = (source.id, at.as_millisecond());
        let batch = claims::Batch::of(claims).map_err(self.fail("apply claims"))?;
        self.write("apply claims", move |connection| claims::apply(connection, source, delivery, at, &batch)).await
    }

    async fn live(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, StoreError> {
        let source = source.id;
        self.read("list live claims", move |connection| claims::live(connection, source, after, most)).await
    }

    async fn withdraw(&self, at: Timestamp, claims: &[i64]) -> Result<Vec<EntityId>, StoreError> {
        let (at, claims) = (at.as_millisecond(), claims.to_vec());
        self.write("withdraw claims", move |connection| claims::withdraw(connection, at, &claims)).await
    }

    async fn claims(&self, about: &[EntityId], at: Option<Timestamp>) -> Result<Vec<Held>, StoreError> {
        let (about, at) = (about.to_vec(), at.map(Timestamp::as_millisecond));
        self.read("read claims", move |connection| claims::about(connection, &about, at)).await
    }

    async fn history(&self, about: &EntityId) -> Result<Vec<Held>, StoreError> {
        let about = about.clone();
        self.read("read a history", move |connection| claims::history(connection, &about)).await
    }

    async fn page_of_claims(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Held>, StoreError> {
        let after = after.cloned();
        self.read("page claims", move |connection| claims::page(connection, kind, after.as_ref(), most)).await
    }

    async fn sight(&self, source: &Source, sightings: &[Sighting]) -> Result<Imported, StoreError> {
        let (source, batch) = (source.id, sightings::Batch::of(sightings));
        self.write("take sightings", move |connection| sightings::sight(connection, source, &batch)).await
    }

    async fn sightings(&self, asset: &EntityId) -> Result<Vec<(Source, Sighting)>, StoreError> {
        let asset = asset.clone();
        self.read("read sightings", move |connection| sightings::of_asset(connection, &asset)).await
    }

    async fn sighted(&self, kind: EntityKind, whats: &[String], most: usize) -> Result<Vec<(EntityId, String)>, StoreError> {
        let whats = whats.to_vec();
        self.read("look for sightings", move |connection| sightings::sighted(connection, kind, &whats, most)).await
    }

    async fn seen(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Seen>, StoreError> {
        let after = after.cloned();
        self.read("page sightings", move |connection| sightings::page(connection, kind, after.as_ref(), most)).await
    }

    async fn seen_of(&self, assets: &[EntityId]) -> Result<Vec<Seen>, StoreError> {
        let assets = assets.to_vec();
        self.read("read sightings", move |connection| sightings::seen_of(connection, &assets)).await
    }

    async fn put_links(&self, links: &[Link]) -> Result<Imported, StoreError> {
        let links = links.to_vec();
        self.write("put links", move |connection| links::put(connection, &links)).await
    }

    async fn links(&self, of: &[EntityId]) -> Result<Vec<Link>, StoreError> {
        let of = of.to_vec();
        self.read("read links", move |connection| links::of(connection, &of)).await
    }

    async fn all_links(&self) -> Result<Vec<Link>, StoreError> {
        self.read("read links", links::all).await
    }

    async fn put_truths(&self, truths: &[Truth], gone: &[EntityId]) -> Result<Imported, StoreError> {
        let batch = truths::Batch::of(truths, gone).map_err(self.fail("put truths"))?;
        self.write("put truths", move |connection| truths::put(connection, &batch)).await
    }

    async fn put_soles(&self, soles: &[Sole]) -> Result<Imported, StoreError> {
        let batch = truths::Batch::of_soles(soles).map_err(self.fail("put truths"))?;
        self.write("put truths", move |connection| truths::put(connection, &batch)).await
    }

    async fn truths(&self, of: &[EntityId]) -> Result<Vec<Truth>, StoreError> {
        let of = of.to_vec();
        self.read("read truths", move |connection| views::of(connection, &of)).await
    }

    async fn names(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<EntityId>, StoreError> {
        let after = after.cloned();
        self.read("list what is in force", move |connection| views::names_of(connection, kind, after.as_ref(), most)).await
    }

    async fn page_of_truths(
        &self,
        kind: EntityKind,
        region: &Region,
        after: Option<&EntityId>,
        most: usize,
    ) -> Result<Vec<Truth>, StoreError> {
        let (region, after) = (region.clone(), after.cloned());
        self.read("page truths", move |connection| views::page(connection, kind, &region, after.as_ref(), most)).await
    }

    async fn applications(&self, region: &Region, most: usize) -> Result<Vec<ApplicationLine>, StoreError> {
        let region = region.clone();
        self.read("list applications", move |connection| views::applications(connection, &region, most)).await
    }

    async fn applications_of(&self, owner: &EntityId) -> Result<Vec<EntityId>, StoreError> {
        let owner = owner.clone();
        self.read("list applications", move |connection| views::applications_of(connection, &owner)).await
    }

    async fn count(&self, region: &Region) -> Result<Vec<DivisionCount>, StoreError> {
        let region = region.clone();
        self.read("count entities", move |connection| views::count(connection, &region)).await
    }
}

/// Entities in their written form, in order, each once.
fn names(entities: &[EntityId]) -> Vec<String> {
    let mut names: Vec<String> = entities.iter().map(written).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// An entity in its written form, in one piece of memory.
fn written(entity: &EntityId) -> String {
    [entity.kind.prefix(), ":", &entity.key].concat()
}

/// The written forms between which the entities of a kind are, or those of them after one, both ends left out.
fn range(kind: EntityKind, after: Option<&EntityId>) -> [String; 2] {
    let prefix = kind.prefix();
    // `;` is the byte after `:`. An entity of another kind is before all of this one or after all of it, as its bytes are.
    [after.map(ToString::to_string).unwrap_or_default().max(format!("{prefix}:")), format!("{prefix};")]
}

fn entity_of(name: &str) -> Result<EntityId, Fault> {
    name.parse().map_err(|error| Fault::damaged(format!("the entity {name}"), error))
}

/// A time as it is stored.
pub fn time_of(millisecond: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_millisecond(millisecond).map_err(|error| Fault::damaged("a time", error))
}

/// A column of text, without a copy of it.
pub fn text<'r>(row: &'r Row, column: usize) -> Result<&'r str, Fault> {
    Ok(row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?)
}

fn optional_text<'r>(row: &'r Row, column: usize) -> Result<Option<&'r str>, Fault> {
    Ok(row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?)
}

/// A limit as SQL counts.
pub fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
