//! The ledger in memory: for tests, and for a check that leaves nothing behind.
//!
//! Invariant: it answers as the durable adapters do, and is the plainest thing that does, so that they can be tested against it. A
//! clone is a second handle on the same content.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use model::digest::Digest;
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Held, Link, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Counts, Delivery, DeliveryState, Source, SourceKind};
use model::ledger::truth::{ApplicationLine, Sole, Truth};

use crate::ledger::{Change, DivisionCount, LedgerStore, NoSuchClaim, NoSuchDelivery, NoSuchSource, Placed, Region, Seen};
use crate::store::{Imported, StoreError};

/// A [`LedgerStore`] in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    state: Arc<Mutex<State>>,
}

/// Entities are held in their written form, whose order is that of the port's lists.
#[derive(Debug, Default)]
struct State {
    /// A source's number is its place here plus one; so are the numbers of deliveries and claims.
    sources: Vec<Source>,
    /// How far sources have been fetched, by number.
    marks: BTreeMap<i64, (Timestamp, String)>,
    deliveries: Vec<Delivery>,
    claims: Vec<Held>,
    /// The numbers of live claims, by entity, source and part.
    live: BTreeMap<(String, i64, String), i64>,
    /// First and last, by asset, source and what.
    sightings: BTreeMap<(String, i64, String), (Timestamp, Timestamp)>,
    /// By both names, the lesser first.
    links: BTreeMap<(String, String), Link>,
    truths: BTreeMap<String, Truth>,
}

impl MemoryLedger {
    /// Nothing that can panic runs under the lock, so a poisoned one still guards whole content.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn claim(&self, id: i64) -> Option<&Held> {
        self.claims.get(place(id)?)
    }

    fn known_source(&self, id: i64) -> Option<&Source> {
        self.sources.get(place(id)?)
    }

    fn is_source(&self, source: &Source, operation: &'static str) -> Result<(), StoreError> {
        self.known_source(source.id).map(|_| ()).ok_or_else(|| refused(operation, NoSuchSource(source.id)))
    }

    /// The numbers of the live claims about an entity, by source and part.
    fn about(&self, entity: &str) -> impl Iterator<Item = (i64, &str, i64)> {
        let from = (entity.to_owned(), i64::MIN, String::new());
        let about = self.live.range(from..).take_while(move |((name, ..), _)| name == entity);
        about.map(|((_, source, part), id)| (*source, part.as_str(), *id))
    }

    fn compare(&self, source: i64, claims: &[Claim]) -> Vec<Placed> {
        let key = |claim: &Claim| (claim.entity.to_string(), claim.part.clone());
        let last: BTreeMap<_, _> = claims.iter().enumerate().map(|(index, claim)| (key(claim), index)).collect();
        let compare = |(index, claim): (usize, &Claim)| {
            let (entity, part) = key(claim);
            let given = last.range((entity.clone(), String::new())..).take_while(|((name, _), _)| *name == entity);
            let alone = given.count() == 1 && self.about(&entity).all(|(by, of, _)| by == source && of == part);
            let known = self.live.get(&(entity.clone(), source, part.clone())).and_then(|id| self.claim(*id));
            let change = match known {
                _ if last.get(&(entity, part)) != Some(&index) => Change::Same,
                None => Change::Added,
                Some(known) if known.claim.says == claim.says => Change::Same,
                Some(_) => Change::Changed,
            };
            Placed { id: known.map_or(0, |known| known.id), change, alone }
        };
        claims.iter().enumerate().map(compare).collect()
    }

    /// Closes a live claim.
    fn close(&mut self, id: i64, at: Timestamp) -> Option<EntityId> {
        let held = self.claims.get_mut(place(id)?).filter(|held| held.until.is_none())?;
        held.until = Some(at);
        let entity = held.claim.entity.clone();
        self.live.remove(&(entity.to_string(), held.source.id, held.claim.part.clone()));
        Some(entity)
    }

    fn seen<'a>(&'a self, asset: &'a str) -> impl Iterator<Item = Seen> + 'a {
        let from = (asset.to_owned(), i64::MIN, String::new());
        let of_asset = self.sightings.range(from..).take_while(move |((name, ..), _)| name == asset);
        let mut by_source: BTreeMap<i64, (Timestamp, Timestamp)> = BTreeMap::new();
        for ((_, source, _), (first, last)) in of_asset {
            by_source
                .entry(*source)
                .and_modify(|seen| *seen = (seen.0.min(*first), seen.1.max(*last)))
                .or_insert((*first, *last));
        }
        by_source.into_iter().filter_map(|(source, (first, last))| {
            Some(Seen { asset: asset.parse().ok()?, source: self.known_source(source)?.clone(), first, last })
        })
    }

    fn put_truth(&mut self, truth: &Truth) -> Change {
        match self.truths.insert(truth.entity.to_string(), truth.clone()) {
            None => Change::Added,
            Some(known) if known == *truth => Change::Same,
            Some(_) => Change::Changed,
        }
    }

    /// A link as it is to be held, with how it stands to what was held.
    fn put_link(&mut self, link: &Link) -> Change {
        let (alias, entity) = (link.alias.to_string(), link.entity.to_string());
        let pair = if alias < entity { (alias, entity) } else { (entity, alias) };
        match self.links.get(&pair) {
            Some(held) if held.person.is_some() && link.person.is_none() => return Change::Same,
            Some(held) if (Link { at: held.at, ..link.clone() }) == *held => return Change::Same,
            _ => {}
        }
        self.links.insert(pair, link.clone()).map_or(Change::Added, |_| Change::Changed)
    }
}

#[async_trait]
impl LedgerStore for MemoryLedger {
    async fn source(&self, kind: SourceKind, name: &str) -> Result<Source, StoreError> {
        let mut state = self.state();
        if let Some(known) = state.sources.iter().find(|source| source.kind == kind && source.name == name) {
            return Ok(known.clone());
        }
        let source = Source { id: number(state.sources.len()), kind, name: name.to_owned() };
        state.sources.push(source.clone());
        Ok(source)
    }

    async fn sources(&self) -> Result<Vec<Source>, StoreError> {
        Ok(self.state().sources.clone())
    }

    async fn put_mark(&self, source: &Source, at: Timestamp, mark: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        state.is_source(source, "put mark")?;
        state.marks.insert(source.id, (at, mark.to_owned()));
        Ok(())
    }

    async fn mark(&self, source: &Source) -> Result<Option<(Timestamp, String)>, StoreError> {
        Ok(self.state().marks.get(&source.id).cloned())
    }

    async fn open_delivery(&self, source: &Source, origin: &str, digest: Digest, at: Timestamp) -> Result<i64, StoreError> {
        let mut state = self.state();
        state.is_source(source, "open delivery")?;
        let id = number(state.deliveries.len());
        state.deliveries.push(Delivery {
            id,
            source: source.clone(),
            origin: origin.to_owned(),
            digest,
            at: cut(at),
            state: DeliveryState::Open,
            reason: None,
            counts: Counts::default(),
            rejected: Vec::new(),
        });
        Ok(id)
    }

    async fn put_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let mut state = self.state();
        let held = place(delivery.id).and_then(|place| state.deliveries.get_mut(place));
        let held = held.ok_or_else(|| refused("put delivery", NoSuchDelivery(delivery.id)))?;
        *held = Delivery { at: cut(delivery.at), ..delivery.clone() };
        Ok(())
    }

    async fn delivery(&self, id: i64) -> Result<Option<Delivery>, StoreError> {
        Ok(place(id).and_then(|place| self.state().deliveries.get(place).cloned()))
    }

    async fn deliveries(&self, source: Option<i64>, most: usize) -> Result<Vec<Delivery>, StoreError> {
        let state = self.state();
        let of_source = state.deliveries.iter().rev().filter(|delivery| source.is_none_or(|source| delivery.source.id == source));
        Ok(of_source.take(most).cloned().collect())
    }

    async fn compare(&self, source: &Source, claims: &[Claim]) -> Result<Vec<Placed>, StoreError> {
        Ok(self.state().compare(source.id, claims))
    }

    async fn apply(&self, source: &Source, delivery: i64, at: Timestamp, claims: &[Claim]) -> Result<Vec<Placed>, StoreError> {
        let mut state = self.state();
        state.is_source(source, "apply")?;
        let given = place(delivery).and_then(|place| state.deliveries.get(place));
        if given.is_none_or(|given| given.source.id != source.id) {
            return Err(refused("apply", NoSuchDelivery(delivery)));
        }
        let mut placed = state.compare(source.id, claims);
        for (claim, placed) in claims.iter().zip(&placed).filter(|(_, placed)| placed.change != Change::Same) {
            state.close(placed.id, cut(at));
            let id = number(state.claims.len());
            state.live.insert((claim.entity.to_string(), source.id, claim.part.clone()), id);
            let (source, claim) = (source.clone(), claim.clone());
            state.claims.push(Held { id, source, claim, delivery, since: cut(at), until: None });
        }
        for (claim, placed) in claims.iter().zip(&mut placed) {
            let key = (claim.entity.to_string(), source.id, claim.part.clone());
            placed.id = state.live.get(&key).copied().unwrap_or_default();
        }
        Ok(placed)
    }

    async fn live(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, StoreError> {
        let state = self.state();
        let of_source = state.claims.iter().filter(|held| held.until.is_none() && held.source.id == source.id && held.id > after);
        Ok(of_source.map(|held| held.id).take(most).collect())
    }

    async fn withdraw(&self, at: Timestamp, claims: &[i64]) -> Result<Vec<EntityId>, StoreError> {
        let mut state = self.state();
        let closed = claims.iter().filter_map(|id| state.close(*id, cut(at)));
        let by_name: BTreeMap<String, EntityId> = closed.map(|entity| (entity.to_string(), entity)).collect();
        Ok(by_name.into_values().collect())
    }

    async fn claims(&self, about: &[EntityId], at: Option<Timestamp>) -> Result<Vec<Held>, StoreError> {
        let state = self.state();
        let holds = |held: &&Held| at.map_or(held.until.is_none(), |at| held.held_at(cut(at)));
        let asked = |held: &&Held| about.contains(&held.claim.entity);
        let mut found: Vec<Held> = state.claims.iter().filter(asked).filter(holds).cloned().collect();
        found.sort_by_cached_key(|held| (held.claim.entity.to_string(), held.source.id, held.claim.part.clone()));
        Ok(found)
    }

    async fn history(&self, about: &EntityId) -> Result<Vec<Held>, StoreError> {
        let state = self.state();
        let mut found: Vec<Held> = state.claims.iter().filter(|held| held.claim.entity == *about).cloned().collect();
        found.sort_by_key(|held| (held.since, held.source.id, held.id));
        Ok(found)
    }

    async fn page_of_claims(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Held>, StoreError> {
        let state = self.state();
        let names: BTreeSet<&String> = state.live.keys().map(|(entity, ..)| entity).collect();
        let mut page = Vec::new();
        for name in names.into_iter().filter(|name| is_after(name, kind, after)) {
            if page.len() >= most {
                break;
            }
            page.extend(state.about(name).filter_map(|(_, _, id)| state.claim(id)).cloned());
        }
        Ok(page)
    }

    async fn sight(&self, source: &Source, sightings: &[Sighting]) -> Result<Imported, StoreError> {
        let mut state = self.state();
        state.is_source(source, "sight")?;
        let mut given: BTreeMap<_, (Timestamp, Timestamp)> = BTreeMap::new();
        for Sighting { asset, what, first, last } in sightings {
            let (first, last) = (cut(*first), cut(*last));
            let widen = |seen: &mut (Timestamp, Timestamp)| *seen = (seen.0.min(first), seen.1.max(last));
            given.entry((asset.to_string(), source.id, what.clone())).and_modify(widen).or_insert((first, last));
        }
        let changes: Vec<Change> = given
            .into_iter()
            .map(|(key, (first, last))| match state.sightings.get_mut(&key) {
                Some(seen) if seen.0 <= first && last <= seen.1 => Change::Same,
                Some(seen) => {
                    *seen = (seen.0.min(first), seen.1.max(last));
                    Change::Changed
                }
                None => {
                    state.sightings.insert(key, (first, last));
                    Change::Added
                }
            })
            .collect();
        Ok(counted(changes, sightings.len()))
    }

    async fn sightings(&self, asset: &EntityId) -> Result<Vec<(Source, Sighting)>, StoreError> {
        let (state, name) = (self.state(), asset.to_string());
        let of_asset = state.sightings.range((name.clone(), i64::MIN, String::new())..).take_while(|((of, ..), _)| *of == name);
        let sighting = |((_, source, what), (first, last)): (&(String, i64, String), &(Timestamp, Timestamp))| {
            let sighting = Sighting { asset: asset.clone(), what: what.clone(), first: *first, last: *last };
            Some((state.known_source(*source)?.clone(), sighting))
        };
        Ok(of_asset.filter_map(sighting).collect())
    }

    async fn sighted(&self, kind: EntityKind, whats: &[String], most: usize) -> Result<Vec<(EntityId, String)>, StoreError> {
        let state = self.state();
        let of_kind = state.sightings.keys().filter(|(asset, ..)| is_after(asset, kind, None));
        let asked: BTreeSet<(&String, &String)> =
            of_kind.filter(|(_, _, what)| whats.contains(what)).map(|(asset, _, what)| (asset, what)).collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let few = |(asset, what): (&String, &String)| {
            let count = counts.entry(what.clone()).or_default();
            *count += 1;
            if *count <= most { Some((asset.parse().ok()?, what.clone())) } else { None }
        };
        Ok(asked.into_iter().filter_map(few).collect())
    }

    async fn seen(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Seen>, StoreError> {
        let state = self.state();
        let assets: BTreeSet<&String> = state.sightings.keys().map(|(asset, ..)| asset).collect();
        let mut page = Vec::new();
        for asset in assets.into_iter().filter(|asset| is_after(asset, kind, after)) {
            if page.len() >= most {
                break;
            }
            page.extend(state.seen(asset));
        }
        Ok(page)
    }

    async fn seen_of(&self, assets: &[EntityId]) -> Result<Vec<Seen>, StoreError> {
        let state = self.state();
        let names: BTreeSet<String> = assets.iter().map(ToString::to_string).collect();
        Ok(names.iter().flat_map(|name| state.seen(name)).collect())
    }

    async fn put_links(&self, links: &[Link]) -> Result<Imported, StoreError> {
        let mut state = self.state();
        let changes: Vec<Change> = links.iter().map(|link| state.put_link(link)).collect();
        Ok(counted(changes, links.len()))
    }

    async fn links(&self, of: &[EntityId]) -> Result<Vec<Link>, StoreError> {
        let all = self.all_links().await?;
        Ok(all.into_iter().filter(|link| of.contains(&link.alias) || of.contains(&link.entity)).collect())
    }

    async fn all_links(&self) -> Result<Vec<Link>, StoreError> {
        let mut all: Vec<Link> = self.state().links.values().cloned().collect();
        all.sort_by_cached_key(|link| (link.alias.to_string(), link.entity.to_string()));
        Ok(all)
    }

    async fn put_truths(&self, truths: &[Truth], gone: &[EntityId]) -> Result<Imported, StoreError> {
        let mut state = self.state();
        let last: BTreeMap<String, &Truth> = truths.iter().map(|truth| (truth.entity.to_string(), truth)).collect();
        let changes: Vec<Change> = last.into_values().map(|truth| state.put_truth(truth)).collect();
        for entity in gone {
            state.truths.remove(&entity.to_string());
        }
        Ok(counted(changes, truths.len()))
    }

    async fn put_soles(&self, soles: &[Sole]) -> Result<Imported, StoreError> {
        let spelled_out = |sole: &Sole| {
            let claim = self.state().claim(sole.claim).cloned();
            claim.map(|claim| sole.spelled_out(&claim)).ok_or_else(|| refused("put truths", NoSuchClaim(sole.claim)))
        };
        let truths: Vec<Truth> = soles.iter().map(spelled_out).collect::<Result<_, _>>()?;
        self.put_truths(&truths, &[]).await
    }

    async fn truths(&self, of: &[EntityId]) -> Result<Vec<Truth>, StoreError> {
        let state = self.state();
        let names: BTreeSet<String> = of.iter().map(ToString::to_string).collect();
        Ok(names.iter().filter_map(|name| state.truths.get(name)).cloned().collect())
    }

    async fn names(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<EntityId>, StoreError> {
        let state = self.state();
        let of_kind = state.truths.iter().filter(|(name, _)| is_after(name, kind, after));
        Ok(of_kind.take(most).map(|(_, truth)| truth.entity.clone()).collect())
    }

    async fn page_of_truths(
        &self,
        kind: EntityKind,
        region: &Region,
        after: Option<&EntityId>,
        most: usize,
    ) -> Result<Vec<Truth>, StoreError> {
        let state = self.state();
        let of_kind = state.truths.iter().filter(|(name, _)| is_after(name, kind, after)).map(|(_, truth)| truth);
        Ok(of_kind.filter(|truth| region.holds(truth.division.as_ref())).take(most).cloned().collect())
    }

    async fn applications(&self, region: &Region, most: usize) -> Result<Vec<ApplicationLine>, StoreError> {
        let state = self.state();
        let name = |truth: &Truth| truth.get(Attribute::Name).unwrap_or_default().to_owned();
        let mut found: Vec<_> = state.truths.iter().filter(|(_, truth)| region.holds(truth.division.as_ref())).collect();
        found.retain(|(_, truth)| truth.entity.kind.application().is_some());
        found.sort_by_key(|(entity, truth)| (&truth.division, *entity));
        let line = |(_, truth): (&String, &Truth)| ApplicationLine {
            entity: truth.entity.clone(),
            name: name(truth),
            state: truth.state,
            owner: truth.owner.clone(),
            owner_name: truth.owner.as_ref().and_then(|owner| state.truths.get(&owner.to_string())).map(name).unwrap_or_default(),
            division: truth.division.clone(),
        };
        Ok(found.into_iter().take(most).map(line).collect())
    }

    async fn applications_of(&self, owner: &EntityId) -> Result<Vec<EntityId>, StoreError> {
        let state = self.state();
        let applications = state.truths.values().filter(|truth| truth.entity.kind.application().is_some());
        Ok(applications.filter(|truth| truth.owner.as_ref() == Some(owner)).map(|truth| truth.entity.clone()).collect())
    }

    async fn count(&self, region: &Region) -> Result<Vec<DivisionCount>, StoreError> {
        let state = self.state();
        let mut counts: BTreeMap<Option<DivisionCode>, BTreeMap<EntityKind, u64>> = BTreeMap::new();
        for truth in state.truths.values().filter(|truth| region.holds(truth.division.as_ref())) {
            *counts.entry(truth.division.clone()).or_default().entry(truth.entity.kind).or_default() += 1;
        }
        Ok(counts.into_iter().map(|(division, entities)| DivisionCount { division, entities }).collect())
    }
}

/// Where the thing with this number is in its list.
fn place(id: i64) -> Option<usize> {
    usize::try_from(id).ok()?.checked_sub(1)
}

/// The number of the next thing of a list.
fn number(length: usize) -> i64 {
    i64::try_from(length).map_or(i64::MAX, |length| length + 1)
}

fn cut(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Whether an entity in its written form is of a kind and comes after another.
fn is_after(name: &str, kind: EntityKind, after: Option<&EntityId>) -> bool {
    let of_kind = name.strip_prefix(kind.prefix()).is_some_and(|rest| rest.starts_with(':'));
    of_kind && after.is_none_or(|after| *name > *after.to_string())
}

/// Changes in numbers; what was given beyond them is unchanged.
fn counted(changes: Vec<Change>, given: usize) -> Imported {
    let count = |wanted| changes.iter().filter(|change| **change == wanted).count() as u64;
    let (added, changed) = (count(Change::Added), count(Change::Changed));
    Imported { added, changed, unchanged: given as u64 - added - changed }
}

fn refused(operation: &'static str, source: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable { place: "memory".into(), operation, source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::ledger_suite!(|| {
        let ledger = MemoryLedger::default();
        move || Arc::new(ledger.clone()) as Arc<dyn LedgerStore>
    });
}
