//! The ledger's store: sources, deliveries, claims, sightings, links, and what is in force.

use async_trait::async_trait;
use jiff::Timestamp;
use model::digest::Digest;
use model::institution::DivisionCode;
use model::ledger::claim::{Claim, Held, Link, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Delivery, Source, SourceKind};
use model::ledger::truth::{ApplicationLine, Truth};

use crate::store::{Imported, StoreError};

/// How a claim stands to what its source said before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The source said nothing of it.
    Added,
    /// The source said something else.
    Changed,
    /// The source said the same.
    Same,
}

/// A claim's place in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The number of the live claim: that which is there, or which was made; 0 for one that is not there and was not to be made.
    pub id: i64,
    /// How it stands to what was said before.
    pub change: Change,
    /// True when no other live claim speaks of its entity, so that what is in force follows from it alone.
    pub alone: bool,
}

/// An asset that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The asset.
    pub asset: EntityId,
    /// Who saw it.
    pub source: Source,
    /// First and last seen, over all that this source saw of it.
    pub first: Timestamp,
    /// Last seen.
    pub last: Timestamp,
}

/// Which part of the country: a division with all below it, or everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Region {
    /// Everything, also what has no division.
    #[default]
    All,
    /// This division and those below it, by the digits of GB/T 2260: `510000` holds `5109…`, `510900` holds `510903`.
    Subtree(DivisionCode),
    /// What has no division.
    Nowhere,
}

/// Numbers of a division.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DivisionCount {
    /// The division; `None` for what has none.
    pub division: Option<DivisionCode>,
    /// Kind of entity.
    pub entities: std::collections::BTreeMap<EntityKind, u64>,
}

/// The store of the ledger. What a method has returned from survives a crash. Lists come in the order of the bytes of entities' written
/// form unless said otherwise; pages go on after the last entity of the page before.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// The source with this kind and name, made if it is new.
    async fn source(&self, kind: SourceKind, name: &str) -> Result<Source, StoreError>;

    /// All sources, in the order of their numbers.
    async fn sources(&self) -> Result<Vec<Source>, StoreError>;

    /// Opens a delivery; its number.
    async fn open_delivery(&self, source: &Source, origin: &str, digest: Digest, at: Timestamp) -> Result<i64, StoreError>;

    /// Writes down how a delivery stands, by its number.
    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), StoreError>;

    /// A delivery by its number.
    async fn delivery(&self, id: i64) -> Result<Option<Delivery>, StoreError>;

    /// The newest deliveries, of one source or of all, newest first.
    async fn deliveries(&self, source: Option<i64>, most: usize) -> Result<Vec<Delivery>, StoreError>;

    /// How these claims of a source stand to what it said before. Nothing is written.
    async fn compare(&self, source: &Source, claims: &[Claim]) -> Result<Vec<Placed>, StoreError>;

    /// Takes claims of a delivery, all or nothing: new ones are added, changed ones close what the source said before, same ones are left
    /// alone and cost no write. Of two claims with one entity and part the later stays. `at` is kept to the millisecond.
    async fn apply(&self, source: &Source, delivery: i64, at: Timestamp, claims: &[Claim]) -> Result<Vec<Placed>, StoreError>;

    /// The numbers of a source's live claims above `after`, rising, at most `most`.
    async fn live(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, StoreError>;

    /// Closes these live claims, all or nothing; the entities of which they spoke. Numbers that are not live are passed over.
    async fn withdraw(&self, at: Timestamp, claims: &[i64]) -> Result<Vec<EntityId>, StoreError>;

    /// All live claims about these entities, or those that held at a time, ordered by entity, source and part.
    async fn claims(&self, about: &[EntityId], at: Option<Timestamp>) -> Result<Vec<Held>, StoreError>;

    /// All claims ever made about an entity, oldest first.
    async fn history(&self, about: &EntityId) -> Result<Vec<Held>, StoreError>;

    /// Live claims about entities of a kind, a page of at most `most`; all claims of the page's last entity are in it.
    async fn page_of_claims(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Held>, StoreError>;

    /// Takes sightings of a source: new ones are added, known ones widen their interval; those that do not are left alone and cost no write.
    async fn sight(&self, source: &Source, sightings: &[Sighting]) -> Result<Imported, StoreError>;

    /// What was seen of an asset, by source and what.
    async fn sightings(&self, asset: &EntityId) -> Result<Vec<(Source, Sighting)>, StoreError>;

    /// Assets of a kind that were seen, by asset and source, a page of at most `most`; all sources of the page's last asset are in it.
    async fn seen(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Seen>, StoreError>;

    /// The same for these assets alone.
    async fn seen_of(&self, assets: &[EntityId]) -> Result<Vec<Seen>, StoreError>;

    /// Writes down links, each in place of what was held of its pair. A person's is not replaced by the program's.
    async fn put_links(&self, links: &[Link]) -> Result<Imported, StoreError>;

    /// The links that name one of these entities on either side.
    async fn links(&self, of: &[EntityId]) -> Result<Vec<Link>, StoreError>;

    /// All links, ordered by alias and entity.
    async fn all_links(&self) -> Result<Vec<Link>, StoreError>;

    /// Adds or replaces what is in force, by entity; what is the same costs no write. Those of `gone` are taken out.
    async fn put_truths(&self, truths: &[Truth], gone: &[EntityId]) -> Result<Imported, StoreError>;

    /// What is in force of these entities, as far as there is something.
    async fn truths(&self, of: &[EntityId]) -> Result<Vec<Truth>, StoreError>;

    /// What is in force of a region's entities of a kind, a page of at most `most`.
    async fn page_of_truths(
        &self,
        kind: EntityKind,
        region: &Region,
        after: Option<&EntityId>,
        most: usize,
    ) -> Result<Vec<Truth>, StoreError>;

    /// The applications of a region with their owners, ordered by division and entity, at most `most`.
    async fn applications(&self, region: &Region, most: usize) -> Result<Vec<ApplicationLine>, StoreError>;

    /// The applications that an institution runs.
    async fn applications_of(&self, owner: &EntityId) -> Result<Vec<EntityId>, StoreError>;

    /// Numbers of entities by division in a region, in the order of codes, those without a division first.
    async fn count(&self, region: &Region) -> Result<Vec<DivisionCount>, StoreError>;
}
