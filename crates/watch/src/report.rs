//! What rules are told: the vulnerabilities of a subject's components, and how far its suppliers reach.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::advisory::{Certainty, Component, Statement};
use model::facts::components::{Feed, Supplier, SupplierReach, SupplierSign, Vulnerabilities};
use model::ledger::source::{DeliveryState, SourceClass, SourceKind};
use ports::advisories::day_of;
use ports::store::StoreError;
use vulns::matching::{Hit, Key};
use vulns::report;

use crate::Watch;
use crate::books::look_up;

/// Deliveries looked through for the last that was taken.
const DELIVERIES: usize = 20;
/// Vulnerabilities listed that the subjects of a supplier share.
const MOST_SHARED: usize = 10;
/// From this certainty on a subject counts as affected when the reach of a supplier is told.
const SURE_ENOUGH: Certainty = Certainty::Possible;

impl Watch {
    /// What the statements say of these components. `feeds` are those of [`feeds`](Self::feeds), which a run asks for once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn vulnerabilities_of(&self, components: &[Component], feeds: Vec<Feed>) -> Result<Vulnerabilities, StoreError> {
        let books = self.books(components).await?;
        let found = look_up(&books, components);
        let mut around: BTreeMap<Key, &Statement> = BTreeMap::new();
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for found in &found {
            for chief in found.chiefs.iter().filter(|chief| told.insert(chief)) {
                around.extend(found.world.members(chief).into_iter().map(|statement| (Key::of(statement), statement)));
            }
            around.extend(found.world.statements().get_key_value(&found.hit.statement).map(|(key, said)| (key.clone(), said)));
        }
        let hits: Vec<Hit> = found.iter().map(|found| found.hit.clone()).collect();
        let statements: Vec<Statement> = around.into_values().cloned().collect();
        Ok(report::vulnerabilities(components, &hits, &statements, feeds))
    }

    /// The feeds of advisories with the day of the last delivery that was taken, in the order of kinds.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn feeds(&self) -> Result<Vec<Feed>, StoreError> {
        let mut newest: BTreeMap<SourceKind, Timestamp> = BTreeMap::new();
        for source in self.ledger.sources().await?.into_iter().filter(|source| source.kind.class() == SourceClass::Advisory) {
            let deliveries = self.ledger.deliveries(Some(source.id), DELIVERIES).await?;
            if let Some(last) = deliveries.iter().find(|delivery| delivery.state == DeliveryState::Applied) {
                let held = newest.entry(source.kind).or_insert(last.at);
                *held = (*held).max(last.at);
            }
        }
        Ok(newest.into_iter().map(|(source, at)| Feed { source, as_of: Some(day_of(at)) }).collect())
    }

    /// How far the suppliers with these signs reach: over all subjects with a sign of theirs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn supplier_reach_of(&self, signs: &[SupplierSign]) -> Result<SupplierReach, StoreError> {
        let names: BTreeSet<&String> = signs.iter().map(|sign| &sign.name).collect();
        let mut suppliers = Vec::new();
        for name in names {
            let supplied = self.advisories.supplied(name, SURE_ENOUGH).await?;
            let open: Vec<String> = supplied.open.iter().map(|shared| shared.vulnerability.clone()).collect();
            let grades = self.grades(&open).await?;
            let high: Vec<String> = grades.into_iter().filter(|(_, grade)| grade.is_high()).map(|(chief, _)| chief).collect();
            suppliers.push(Supplier {
                name: name.clone(),
                signs: signs.iter().filter(|sign| sign.name == *name).cloned().collect(),
                subjects: supplied.subjects,
                affected: self.advisories.supplied_with(name, SURE_ENOUGH, &high).await?,
                shared: supplied.open.into_iter().take(MOST_SHARED).collect(),
            });
        }
        Ok(SupplierReach { suppliers })
    }
}
