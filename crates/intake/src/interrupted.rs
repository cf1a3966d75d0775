//! Deliveries that a crash cut off between taking claims and settling what they speak of.
//!
//! Invariant: a source's next delivery finds everything settled, so that what it says as before need not be looked at.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Delivery, DeliveryState, Source};
use model::text::Text;

use crate::settle::{Settler, is_settled};
use crate::{Intake, IntakeError};

/// Deliveries of a source that are looked through for interrupted ones.
const DELIVERIES: usize = 20;
/// Claims read at a time.
const PAGE: usize = 20_000;

impl Intake {
    /// Settles what interrupted deliveries of a source left, and writes down how they ended.
    pub(crate) async fn take_up(&self, source: &Source, at: Timestamp) -> Result<(), IntakeError> {
        let deliveries = self.store.deliveries(Some(source.id), DELIVERIES).await?;
        for delivery in deliveries.into_iter().filter(|delivery| delivery.state == DeliveryState::Open) {
            self.settle_again(&delivery, at).await?;
            let reason = Text::new("中断，已采用读到的部分", "interrupted; what was read by then is taken");
            self.store.put_delivery(&Delivery { state: DeliveryState::Refused, reason: Some(reason), ..delivery }).await?;
        }
        Ok(())
    }

    /// Interruptions are rare, so that no index is kept for this: all claims of the kinds that are settled are gone through.
    async fn settle_again(&self, delivery: &Delivery, at: Timestamp) -> Result<(), IntakeError> {
        let mut settler = Settler::new(self, delivery).await?;
        for kind in EntityKind::ALL.iter().copied().filter(|kind| is_settled(*kind)) {
            let mut after: Option<EntityId> = None;
            loop {
                let page = self.store.page_of_claims(kind, after.as_ref(), PAGE).await?;
                let Some(last) = page.last() else { break };
                after = Some(last.claim.entity.clone());
                let own = page.into_iter().filter(|held| held.delivery == delivery.id);
                settler.settle(own.map(|held| held.claim.entity).collect::<BTreeSet<_>>()).await?;
            }
        }
        settler.resolve(at).await
    }
}
