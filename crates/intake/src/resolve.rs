//! Finding the names that mean one institution or application, after claims about institutions changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ledger::resolve::Index;
use model::ledger::claim::{Held, Link, Sameness};
use model::ledger::entity::{EntityId, EntityKind};

use crate::settle::Settler;
use crate::{Intake, IntakeError};

/// Claims read at a time.
const PAGE: usize = 20_000;

impl Intake {
    /// Links the names that mean one thing, and settles what the links change. Links of the program that its reasons no longer carry end;
    /// those of persons stay.
    pub(crate) async fn resolve(&self, settler: &mut Settler<'_>, at: Timestamp) -> Result<(), IntakeError> {
        let before: BTreeMap<_, _> = self.store.all_links().await?.into_iter().map(|link| (pair(&link), link)).collect();
        let persons = before.values().filter(|link| link.person.is_some()).cloned();
        let mut index = Index::new(persons.collect());
        for kind in [EntityKind::Institution, EntityKind::Site] {
            self.feed(kind, &mut index).await?;
        }
        let found: BTreeMap<_, _> = index.links(at).into_iter().map(|link| (pair(&link), link)).collect();
        let ended = before.iter().filter(|(names, link)| link.person.is_none() && !found.contains_key(*names));
        let ended = ended.filter(|(_, link)| link.sameness != Sameness::Different);
        let ended = ended.map(|(_, link)| Link { sameness: Sameness::Different, reasons: Vec::new(), at, ..link.clone() });
        let is_new = |link: &Link| {
            before.get(&pair(link)).is_none_or(|old| (old.sameness, &old.reasons) != (link.sameness, &link.reasons))
        };
        let changed: Vec<Link> = found.values().filter(|link| is_new(link)).cloned().chain(ended).collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.store.put_links(&changed).await?;
        settler.learn_links().await?;
        let touched: BTreeSet<EntityId> = changed.into_iter().flat_map(|link| [link.alias, link.entity]).collect();
        settler.settle(touched).await
    }

    async fn feed(&self, kind: EntityKind, index: &mut Index) -> Result<(), IntakeError> {
        let mut after: Option<EntityId> = None;
        loop {
            let page = self.store.page_of_claims(kind, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.claim.entity.clone());
            for said in page.chunk_by(|one: &Held, other| one.claim.entity == other.claim.entity) {
                index.add(said);
            }
        }
    }
}

fn pair(link: &Link) -> (EntityId, EntityId) {
    (link.alias.clone(), link.entity.clone())
}
