//! The ledger's store: sources, deliveries, claims, sightings, links, and what is in force.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use model::digest::Digest;
use model::institution::DivisionCode;
use model::ledger::claim::{Claim, Held, Link, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Delivery, Source, SourceKind};
use model::ledger::truth::{ApplicationLine, Sole, Truth};

use crate::store::{Imported, StoreError};

/// The most components of an application's bills of materials.
pub const MOST_DECLARED: usize = 20_000;
const PAGE_OF_BILL: usize = 500;

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
    /// True when no other live claim speaks of its entity once the call's claims are taken, so that what is in force follows from it alone.
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

impl Region {
    /// This division and those below it; everything without one.
    pub fn of(division: Option<DivisionCode>) -> Self {
        division.map_or(Self::All, Self::Subtree)
    }

    /// Whether what has this division is in the region.
    pub fn holds(&self, division: Option<&DivisionCode>) -> bool {
        match self {
            Self::All => true,
            Self::Nowhere => division.is_none(),
            Self::Subtree(top) => {
                let digits = subtree(top);
                digits.is_empty() || division.is_some_and(|division| division.as_str().starts_with(digits))
            }
        }
    }
}

/// The digits with which the codes of a division and of all below it begin (GB/T 2260: two digits for the province, two for the
/// prefecture, two for the county; GB/T 10114: three for the township). Empty for the nation, `100000`, which holds everything.
pub fn subtree(top: &DivisionCode) -> &str {
    let code = top.as_str();
    match code.strip_suffix("000").filter(|_| code.len() == 9).unwrap_or(code) {
        "100000" => "",
        code if code.len() == 6 => code.strip_suffix("0000").or_else(|| code.strip_suffix("00")).unwrap_or(code),
        code => code,
    }
}

/// A source was named that the store does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no source {0}: ask for it by kind and name first")]
pub struct NoSuchSource(pub i64);

/// A delivery was named that the store does not have, or that is another source's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source has no delivery {0}: open a delivery first")]
pub struct NoSuchDelivery(pub i64);

/// A claim was named that the store never had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no claim {0}: take it before what is in force")]
pub struct NoSuchClaim(pub i64);

/// Numbers of a division.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DivisionCount {
    /// The division; `None` for what has none.
    pub division: Option<DivisionCode>,
    /// How many of each kind are in force there; kinds without any are left out.
    pub entities: BTreeMap<EntityKind, u64>,
}

/// The store of the ledger. What a method has returned from survives a crash. Lists come in the order of the bytes of entities' written
/// form unless said otherwise; pages go on after the last entity of the page before, and end with the entity at which `most` is
/// reached, of which they hold everything. Times of deliveries, claims and sightings are kept to the millisecond.
#[async_trait]
pub trait LedgerStore: Send + Sync {
    /// The source with this kind and name, made if it is new.
    async fn source(&self, kind: SourceKind, name: &str) -> Result<Source, StoreError>;

    /// All sources, in the order of their numbers.
    async fn sources(&self) -> Result<Vec<Source>, StoreError>;

    /// Writes down how far a source has been fetched, and when it was looked at: the next look goes on from there. The mark is for the one
    /// who fetches alone.
    async fn put_mark(&self, source: &Source, at: Timestamp, mark: &str) -> Result<(), StoreError>;

    /// The mark of a source and when it was looked at; `None` before the first look.
    async fn mark(&self, source: &Source) -> Result<Option<(Timestamp, String)>, StoreError>;

    /// Opens a delivery; its number. A source that does not exist is an error.
    async fn open_delivery(&self, source: &Source, origin: &str, digest: Digest, at: Timestamp) -> Result<i64, StoreError>;

    /// Writes down how a delivery stands, by its number. One that does not exist is an error.
    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), StoreError>;

    /// A delivery by its number.
    async fn delivery(&self, id: i64) -> Result<Option<Delivery>, StoreError>;

    /// The newest deliveries, of one source or of all, newest first: in the reverse order of their opening.
    async fn deliveries(&self, source: Option<i64>, most: usize) -> Result<Vec<Delivery>, StoreError>;

    /// How these claims of a source stand to what it said before. Nothing is written.
    async fn compare(&self, source: &Source, claims: &[Claim]) -> Result<Vec<Placed>, StoreError>;

    /// Takes claims of a delivery, all or nothing: new ones are added, changed ones close what the source said before, same ones are left
    /// alone and cost no write. The line is not compared: a row that moves in its file says the same. Of claims with one entity and
    /// part the last counts; those before it are told as the same. A delivery that the source does not have is an error.
    async fn apply(&self, source: &Source, delivery: i64, at: Timestamp, claims: &[Claim]) -> Result<Vec<Placed>, StoreError>;

    /// The numbers of a source's live claims above `after`, rising, at most `most`. A number is never used again, and a later claim of
    /// a source has a higher one.
    async fn live(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, StoreError>;

    /// Closes these live claims, all or nothing; the entities of which they spoke, each once. Numbers that are not live are passed over.
    async fn withdraw(&self, at: Timestamp, claims: &[i64]) -> Result<Vec<EntityId>, StoreError>;

    /// All live claims about these entities, or those that held at a time, ordered by entity, source and part.
    async fn claims(&self, about: &[EntityId], at: Option<Timestamp>) -> Result<Vec<Held>, StoreError>;

    /// All claims ever made about an entity, oldest first; those of one time by source, then in the order in which they were made.
    async fn history(&self, about: &EntityId) -> Result<Vec<Held>, StoreError>;

    /// Live claims about entities of a kind, by entity, source and part: a page of about `most`.
    async fn page_of_claims(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Held>, StoreError>;

    /// Live claims about the components of an application's bills of materials, in the order of entities; `application` as
    /// [`EntityId::bill`] has it. Those beyond [`MOST_DECLARED`] are left out.
    async fn bill_of(&self, application: &str) -> Result<Vec<Held>, StoreError> {
        let mut after = EntityId::new(EntityKind::Component, format!("{application}#"));
        let mut all: Vec<Held> = Vec::new();
        while all.len() < MOST_DECLARED {
            let page = self.page_of_claims(EntityKind::Component, Some(&after), PAGE_OF_BILL).await?;
            let Some(last) = page.last() else { break };
            let is_last = last.claim.entity.bill() != Some(application);
            after = last.claim.entity.clone();
            all.extend(page.into_iter().filter(|held| held.claim.entity.bill() == Some(application)));
            if is_last {
                break;
            }
        }
        all.truncate(MOST_DECLARED);
        Ok(all)
    }

    /// Takes sightings of a source, all or nothing: new ones are added, known ones widen their interval; those that do not are left
    /// alone and cost no write. Several of one asset and what are taken as one, and the others counted as unchanged.
    async fn sight(&self, source: &Source, sightings: &[Sighting]) -> Result<Imported, StoreError>;

    /// What was seen of an asset, by source and what.
    async fn sightings(&self, asset: &EntityId) -> Result<Vec<(Source, Sighting)>, StoreError>;

    /// The assets of a kind of which one of these was seen, each with which; of each at most `most`, the first. Looks at all sightings of
    /// the kind.
    async fn sighted(&self, kind: EntityKind, whats: &[String], most: usize) -> Result<Vec<(EntityId, String)>, StoreError>;

    /// Assets of a kind that were seen, by asset and source: a page of about `most`.
    async fn seen(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Seen>, StoreError>;

    /// The same for these assets alone.
    async fn seen_of(&self, assets: &[EntityId]) -> Result<Vec<Seen>, StoreError>;

    /// Writes down links, each in place of what was held of its two names, whichever of them was the alias. A person's is not replaced
    /// by the program's: that counts as unchanged, as does a link that differs in its time alone, and so keeps its "since when".
    async fn put_links(&self, links: &[Link]) -> Result<Imported, StoreError>;

    /// The links that name one of these entities on either side, each once, ordered by alias and entity.
    async fn links(&self, of: &[EntityId]) -> Result<Vec<Link>, StoreError>;

    /// All links, ordered by alias and entity.
    async fn all_links(&self) -> Result<Vec<Link>, StoreError>;

    /// Adds or replaces what is in force, by entity, all or nothing; what is the same costs no write. Of several of one entity the last
    /// counts, the others as unchanged. Those of `gone` are taken out and not counted.
    async fn put_truths(&self, truths: &[Truth], gone: &[EntityId]) -> Result<Imported, StoreError>;

    /// Adds or replaces what is in force of entities of which one claim alone speaks, as [`put_truths`](Self::put_truths) does with the
    /// same in full. It stays when its claim ends, until it is replaced or taken out. The claim is one that the
    /// store has taken.
    async fn put_soles(&self, soles: &[Sole]) -> Result<Imported, StoreError>;

    /// What is in force of these entities, as far as there is something.
    async fn truths(&self, of: &[EntityId]) -> Result<Vec<Truth>, StoreError>;

    /// The entities of a kind that are in force, a page of at most `most`: a page of [`truths`](Self::truths) without reading them.
    async fn names(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<EntityId>, StoreError>;

    /// What is in force of a region's entities of a kind, a page of at most `most`.
    async fn page_of_truths(
        &self,
        kind: EntityKind,
        region: &Region,
        after: Option<&EntityId>,
        most: usize,
    ) -> Result<Vec<Truth>, StoreError>;

    /// The applications of a region with their owners, ordered by division and entity, at most `most`; those without a division first.
    async fn applications(&self, region: &Region, most: usize) -> Result<Vec<ApplicationLine>, StoreError>;

    /// The applications that an institution runs.
    async fn applications_of(&self, owner: &EntityId) -> Result<Vec<EntityId>, StoreError>;

    /// Numbers of entities in force by division in a region, in the order of codes, those without a division first.
    async fn count(&self, region: &Region) -> Result<Vec<DivisionCount>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_is_told_by_its_digits() {
        let of = |code: &str| subtree(&code.parse().expect("a code")).to_owned();
        let codes = ["100000", "510000", "510900", "510903", "510903101", "510903000", "510000000", "429004"];
        assert_eq!(codes.map(of), ["", "51", "5109", "510903", "510903101", "510903", "51", "429004"]);
    }

    #[test]
    fn a_region_holds_what_is_below_it() {
        let code = |code: &str| code.parse::<DivisionCode>().expect("a code");
        let province = Region::Subtree(code("510000"));
        assert!(province.holds(Some(&code("510903101"))) && !province.holds(Some(&code("520000"))) && !province.holds(None));
        let nation = Region::Subtree(code("100000"));
        assert!(nation.holds(Some(&code("510903"))) && nation.holds(None));
        assert!(Region::Nowhere.holds(None) && !Region::Nowhere.holds(Some(&code("510903"))));
    }
}
