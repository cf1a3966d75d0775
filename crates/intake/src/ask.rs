//! Questions to the ledger: what is in force now or was on a day, and what follows from it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::{entries, truth};
use model::ledger::Entry;
use model::ledger::claim::{Held, Link, Sameness};
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
        let holds = |link: &Link| link.sameness == Sameness::Same && at.is_none_or(|at| link.at <= at);
        let links = self.store.links(std::slice::from_ref(entity)).await?;
        let canonical = links.into_iter().find(|link| holds(link) && &link.alias == entity).map(|link| link.entity);
        let canonical = canonical.unwrap_or_else(|| entity.clone());
        let links = self.store.links(std::slice::from_ref(&canonical)).await?;
        let aliases = links.into_iter().filter(|link| holds(link) && link.entity == canonical).map(|link| link.alias);
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

    /// The row of one application, if the ledger knows it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn entry(&self, application: &EntityId) -> Result<Option<Entry>, IntakeError> {
        let Some(truth) = self.truth(application, None).await? else { return Ok(None) };
        let owner = match &truth.owner {
            Some(owner) => self.truth(owner, None).await?,
            None => None,
        };
        Ok(entries::entry_of(&truth, owner.as_ref()))
    }
}
