//! Questions to the ledger: what is in force now or was on a day, and what follows from it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::resolve::Canon;
use ledger::{entries, truth};
use model::ledger::Entry;
use model::ledger::claim::Held;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::truth::Truth;
use ports::ledger::Region;

use crate::{Intake, IntakeError};

/// Truths read at a time.
const PAGE: usize = 5_000;

impl Intake {
    /// What is in force of an entity, by any of its names; with `at`, what was then, out of the claims and links of that time.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn truth(&self, entity: &EntityId, at: Option<Timestamp>) -> Result<Option<Truth>, IntakeError> {
        let (canonical, aliases) = self.names(entity, at).await?;
        let Some(at) = at else {
            return Ok(self.store.truths(&[canonical]).await?.into_iter().next());
        };
        let names: Vec<EntityId> = std::iter::once(&canonical).chain(&aliases).cloned().collect();
        let claims = self.store.claims(&names, Some(at)).await?;
        let bearing = self.store.claims(&truth::bearing(&canonical), Some(at)).await?;
        let Some(mut truth) = truth::in_force(&canonical, &aliases, &claims, &bearing) else { return Ok(None) };
        if let Some(owner) = truth.owner.take() {
            // An owner is an institution, which has no owner of its own: this ends after one step.
            let of_then = Box::pin(self.truth(&owner, Some(at))).await?;
            truth::settle(&mut truth, of_then.as_ref().and_then(|owner| owner.division.as_ref()));
            truth.owner = Some(of_then.map_or(owner, |owner| owner.entity));
        }
        Ok(Some(truth))
    }

    /// What was said of an entity, under all its names, and is said no more; oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn past(&self, truth: &Truth) -> Result<Vec<Held>, IntakeError> {
        let mut past = Vec::new();
        for name in std::iter::once(&truth.entity).chain(&truth.aliases) {
            past.extend(self.store.history(name).await?.into_iter().filter(|held| held.until.is_some()));
        }
        past.sort_by_key(|held| (held.since, held.id));
        Ok(past)
    }

    /// The name that stands for an entity, and the other names that do not.
    async fn names(&self, entity: &EntityId, at: Option<Timestamp>) -> Result<(EntityId, Vec<EntityId>), IntakeError> {
        let mut links = self.store.all_links().await?;
        links.retain(|link| at.is_none_or(|at| link.at <= at));
        let canon = Canon::new(&links);
        let canonical = canon.entity(entity).clone();
        let aliases = canon.aliases().filter(|(_, entity)| **entity == canonical).map(|(alias, _)| alias.clone());
        let aliases = aliases.collect();
        Ok((canonical, aliases))
    }

    /// The applications of a region as rows of a ledger, with their owners and grants: what a sweep works on.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn entries(&self, region: &Region) -> Result<Vec<Entry>, IntakeError> {
        let mut entries = Vec::new();
        let mut owners: BTreeMap<EntityId, Truth> = BTreeMap::new();
        for kind in EntityKind::ALL.iter().copied().filter(|kind| kind.application().is_some()) {
            let mut after: Option<EntityId> = None;
            loop {
                let page = self.store.page_of_truths(kind, region, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.entity.clone());
                let unknown = |owner: &&EntityId| !owners.contains_key(*owner);
                let wanted: Vec<EntityId> =
                    page.iter().filter_map(|truth| truth.owner.as_ref()).filter(unknown).cloned().collect();
                owners.extend(self.store.truths(&wanted).await?.into_iter().map(|truth| (truth.entity.clone(), truth)));
                let entry = |truth: &Truth| entries::entry_of(truth, truth.owner.as_ref().and_then(|owner| owners.get(owner)));
                entries.extend(page.iter().filter_map(entry));
            }
        }
        Ok(entries)
    }
}
