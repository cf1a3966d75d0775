//! Bills of materials: what institutions declare is matched at once, before the next look at the application.

use jiff::Timestamp;
use model::ledger::entity::{EntityId, EntityKind};
use model::subject::SubjectId;
use ports::store::StoreError;

use crate::Watch;

impl Watch {
    /// Puts what the bills of materials of all applications declare now beside what was seen of these. [`settle`](Self::settle) works off
    /// what follows. Bills of what is no application are passed over.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn declare(&self, at: Timestamp) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let next = self.ledger.page_of_claims(EntityKind::Component, after.as_ref(), 1).await?;
            let Some(application) = next.first().and_then(|held| held.claim.entity.bill()) else { return Ok(()) };
            if let Ok(subject) = application.parse() {
                self.declare_of(&subject, at).await?;
            }
            // Nothing that a component is named by comes after this.
            after = Some(EntityId::new(EntityKind::Component, format!("{application}#{}", char::MAX)));
        }
    }

    async fn declare_of(&self, subject: &SubjectId, at: Timestamp) -> Result<(), StoreError> {
        let declared = self.ledger.bill_of(&subject.to_string()).await?;
        let known = self.advisories.components_of(std::slice::from_ref(subject)).await?;
        let known = known.iter().flat_map(|holder| &holder.components);
        let components = vulns::components::with_declared(known, &declared.iter().collect::<Vec<_>>());
        self.advisories.put_components(subject, at, &components).await?;
        Ok(())
    }
}
