//! What sources say: statements of vulnerabilities from advisories, claims from all others. Both have numbers by which a delivery tells
//! what it repeats, so that whole deliveries of both are rehearsed, held and withdrawn alike.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::ledger::entity::EntityId;
use model::ledger::source::{Delivery, Source, SourceClass};
use ports::ledger::Change;

use crate::settle::Settler;
use crate::stream::Batch;
use crate::{Intake, IntakeError};

/// How a record stands to what its source said before, by number.
pub type Stand = (i64, Change);

impl Intake {
    /// The numbers of what a source says above `after`, rising, at most `most`.
    pub(crate) async fn live(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, IntakeError> {
        Ok(match source.kind.class() {
            SourceClass::Advisory => self.advisories.live_statements(source, after, most).await?,
            _ => self.store.live(source, after, most).await?,
        })
    }

    /// How a batch stands to what its source said before. Nothing is written.
    pub(crate) async fn compare(&self, source: &Source, batch: &Batch) -> Result<Vec<Stand>, IntakeError> {
        let placed = self.store.compare(source, &batch.claims).await?;
        let noted = self.advisories.compare_statements(source, &batch.statements).await?;
        let placed = placed.iter().map(|placed| (placed.id, placed.change));
        Ok(placed.chain(noted.iter().map(|noted| (noted.id, noted.change))).collect())
    }

    /// Takes a batch's claims and statements, and settles what the claims speak of.
    pub(crate) async fn take(
        &self,
        delivery: &Delivery,
        batch: Batch,
        settler: &mut Settler<'_>,
    ) -> Result<Vec<Stand>, IntakeError> {
        let Delivery { id, source, at, .. } = delivery;
        let mut stands = Vec::new();
        if !batch.claims.is_empty() {
            let placed = self.store.apply(source, *id, *at, &batch.claims).await?;
            settler.settle_claims(batch.claims, &placed).await?;
            stands.extend(placed.iter().map(|placed| (placed.id, placed.change)));
        }
        if !batch.statements.is_empty() {
            let noted = self.advisories.put_statements(source, *id, *at, &batch.statements).await?;
            stands.extend(noted.iter().map(|noted| (noted.id, noted.change)));
        }
        Ok(stands)
    }

    /// Withdraws what a source says no more.
    pub(crate) async fn retract(
        &self,
        source: &Source,
        at: Timestamp,
        numbers: &[i64],
        settler: &mut Settler<'_>,
    ) -> Result<(), IntakeError> {
        if source.kind.class() == SourceClass::Advisory {
            self.advisories.withdraw_statements(numbers).await?;
            return Ok(());
        }
        let entities: BTreeSet<EntityId> = self.store.withdraw(at, numbers).await?.into_iter().collect();
        settler.settle(entities).await
    }
}
