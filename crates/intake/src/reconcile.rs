//! What registers say beside what was seen.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ledger::reconcile::Reconciler;
use ledger::truth;
use model::ledger::claim::Held;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::reconciliation::{Glimpse, Reconciliation};
use model::ledger::truth::Truth;
use ports::ledger::{Region, Seen};

use crate::{Intake, IntakeError};

/// Truths or seen assets read at a time.
const PAGE: usize = 2_000;

impl Intake {
    /// Compares what registers say with what was seen, as of `at` for the age of sources.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn reconcile(&self, region: &Region, at: Timestamp) -> Result<Reconciliation, IntakeError> {
        let tree = self.divisions().await?;
        let division = if let Region::Subtree(code) = region { Some(code.clone()) } else { None };
        let mut report = Reconciler::new(at, division, &tree);
        for source in self.store.sources().await? {
            report.source(&source, self.store.deliveries(Some(source.id), 1).await?.first());
        }
        for kind in
            EntityKind::ALL.iter().copied().filter(|kind| *kind == EntityKind::Institution || kind.application().is_some())
        {
            self.truths_of(kind, region, &mut report).await?;
        }
        for kind in [EntityKind::Host, EntityKind::Domain] {
            self.seen_of(kind, &mut report).await?;
        }
        Ok(report.finish())
    }

    async fn truths_of(&self, kind: EntityKind, region: &Region, report: &mut Reconciler<'_>) -> Result<(), IntakeError> {
        let mut after: Option<EntityId> = None;
        loop {
            let mut page = self.store.page_of_truths(kind, region, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.entity.clone());
            // A site that goes by its IP address too was seen when that was.
            let about = |truth: &Truth| -> Vec<EntityId> {
                std::iter::once(&truth.entity).chain(&truth.aliases).flat_map(truth::bearing).collect()
            };
            let mut bearing: Vec<EntityId> = page.iter().flat_map(about).collect();
            bearing.sort();
            bearing.dedup();
            let mut claims: BTreeMap<EntityId, Vec<Held>> = BTreeMap::new();
            for held in self.store.claims(&bearing, None).await? {
                claims.entry(held.claim.entity.clone()).or_default().push(held);
            }
            let seen = self.store.seen_of(&bearing).await?;
            for truth in &mut page {
                let about = about(truth);
                let said: Vec<Held> = about.iter().filter_map(|entity| claims.get(entity)).flatten().cloned().collect();
                truth::contest_owner(truth, &said);
                // A domain that was seen says nothing of the hosts on it.
                let host = |seen: &&Seen| seen.asset.kind != EntityKind::Domain && about.contains(&seen.asset);
                let glimpses: Vec<Glimpse> = seen.iter().filter(host).map(glimpse).collect();
                report.truth(truth, &glimpses);
            }
        }
    }

    async fn seen_of(&self, kind: EntityKind, report: &mut Reconciler<'_>) -> Result<(), IntakeError> {
        let mut after: Option<EntityId> = None;
        loop {
            let page = self.store.seen(kind, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.asset.clone());
            for seen in page.chunk_by(|one, other| one.asset == other.asset) {
                let glimpses: Vec<Glimpse> = seen.iter().map(glimpse).collect();
                report.unregistered(&seen[0].asset, &glimpses);
            }
        }
    }
}

fn glimpse(seen: &Seen) -> Glimpse {
    Glimpse { source: seen.source.clone(), first: seen.first, last: seen.last }
}
