//! The watch: statements, components, findings, and marks of what is still to be worked off.
//!
//! Invariant: a change and its mark are one transaction, and so are what followed from it and the mark's end. What is the same as before
//! writes no page.

mod components;
mod findings;
mod marks;
mod notices;
mod numbers;
mod settle;
mod statements;
mod suppliers;

use async_trait::async_trait;
use jiff::Timestamp;
use model::advisory::{Certainty, Component, Finding, FindingId, Notice, Product, Statement};
use model::facts::components::SupplierSign;
use model::ledger::source::Source;
use model::subject::SubjectId;
use ports::advisories::{AdvisoryStore, Hold, Holder, Mark, Moved, Noted, Settlement, Stated, Supplied, Turn};
use ports::ledger::Change;
use ports::store::StoreError;

use crate::SqliteStore;

#[async_trait]
impl AdvisoryStore for SqliteStore {
    async fn compare_statements(&self, source: &Source, statements: &[Statement]) -> Result<Vec<Noted>, StoreError> {
        let (source, batch) = (source.id, statements::Batch::of(statements).map_err(self.fail("compare statements"))?);
        self.read("compare statements", move |connection| statements::compare(connection, source, &batch)).await
    }

    async fn put_statements(
        &self,
        source: &Source,
        delivery: i64,
        at: Timestamp,
        statements: &[Statement],
    ) -> Result<Vec<Noted>, StoreError> {
        let (source, at) = (source.id, at.as_millisecond());
        let batch = statements::Batch::of(statements).map_err(self.fail("put statements"))?;
        self.write("put statements", move |connection| statements::put(connection, source, delivery, at, &batch)).await
    }

    async fn live_statements(&self, source: &Source, after: i64, most: usize) -> Result<Vec<i64>, StoreError> {
        let source = source.id;
        self.read("list statements", move |connection| statements::live(connection, source, after, most)).await
    }

    async fn withdraw_statements(&self, numbers: &[i64]) -> Result<u64, StoreError> {
        let numbers = numbers.to_vec();
        self.write("withdraw statements", move |connection| statements::withdraw(connection, &numbers)).await
    }

    async fn statements_named(&self, names: &[String], most: usize) -> Result<Vec<Stated>, StoreError> {
        let names = names.to_vec();
        self.read("read statements", move |connection| statements::named(connection, &names, most)).await
    }

    async fn names_about(&self, products: &[Product]) -> Result<Vec<String>, StoreError> {
        let products = products.to_vec();
        self.read("list statements", move |connection| statements::names_about(connection, &products)).await
    }

    async fn page_of_statements(&self, after: i64, most: usize) -> Result<Vec<Stated>, StoreError> {
        self.read("page statements", move |connection| statements::page(connection, after, most)).await
    }

    async fn statement_counts(&self) -> Result<Vec<(Source, u64)>, StoreError> {
        self.read("count statements", statements::counts).await
    }

    async fn edition(&self) -> Result<i64, StoreError> {
        self.read("read the edition", statements::edition).await
    }

    async fn put_components(&self, subject: &SubjectId, at: Timestamp, components: &[Component]) -> Result<Change, StoreError> {
        let look = components::Look::of(subject, at, components).map_err(self.fail("put components"))?;
        self.write("put components", move |connection| components::put(connection, &look)).await
    }

    async fn components_of(&self, subjects: &[SubjectId]) -> Result<Vec<Holder>, StoreError> {
        let subjects = subjects.to_vec();
        self.read("read components", move |connection| components::of(connection, &subjects)).await
    }

    async fn held(&self, products: &[Product]) -> Result<Vec<Hold>, StoreError> {
        let products = products.to_vec();
        self.read("list versions", move |connection| components::held(connection, &products)).await
    }

    async fn holders(&self, hold: &Hold, after: Option<&SubjectId>, most: usize) -> Result<Vec<SubjectId>, StoreError> {
        let (hold, after) = (hold.clone(), after.map(ToString::to_string));
        self.read("page holders", move |connection| components::holders(connection, &hold, after.as_deref(), most)).await
    }

    async fn put_suppliers(&self, subject: &SubjectId, signs: &[SupplierSign]) -> Result<(), StoreError> {
        let (subject, signs) = (subject.to_string(), suppliers::by_name(signs).map_err(self.fail("put suppliers"))?);
        self.write("put suppliers", move |connection| suppliers::put(connection, &subject, &signs)).await
    }

    async fn suppliers(&self, most: usize) -> Result<Vec<(String, u32)>, StoreError> {
        self.read("list suppliers", move |connection| suppliers::all(connection, most)).await
    }

    async fn supplied(&self, supplier: &str, least: Certainty) -> Result<Supplied, StoreError> {
        let supplier = supplier.to_owned();
        self.read("read a supplier", move |connection| suppliers::supplied(connection, &supplier, least)).await
    }

    async fn supplied_with(&self, supplier: &str, least: Certainty, vulnerabilities: &[String]) -> Result<u32, StoreError> {
        let (supplier, of) = (supplier.to_owned(), vulnerabilities.to_vec());
        self.read("read a supplier", move |connection| suppliers::supplied_with(connection, &supplier, least, &of)).await
    }

    async fn pending_names(&self, most: usize) -> Result<Vec<Mark<String>>, StoreError> {
        self.read("list marks", move |connection| marks::names(connection, most)).await
    }

    async fn pending_subjects(&self, most: usize) -> Result<Vec<Mark<SubjectId>>, StoreError> {
        self.read("list marks", move |connection| marks::subjects(connection, most)).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<Moved, StoreError> {
        let rows = settlement.found.iter().map(settle::Row::of).collect::<Result<Vec<_>, _>>().map_err(self.fail("settle"))?;
        self.write("settle", move |connection| settle::settle(connection, &settlement, &rows)).await
    }

    async fn findings(
        &self,
        names: &[String],
        open: bool,
        after: Option<&SubjectId>,
        most: usize,
    ) -> Result<Vec<Finding>, StoreError> {
        let (names, after) = (names.to_vec(), after.map(ToString::to_string));
        self.read("page findings", move |connection| findings::page(connection, &names, open, after.as_deref(), most)).await
    }

    async fn findings_on(&self, subject: &SubjectId) -> Result<Vec<Finding>, StoreError> {
        let subject = subject.to_string();
        self.read("read findings", move |connection| findings::on(connection, &subject)).await
    }

    async fn finding(&self, id: FindingId) -> Result<Option<Finding>, StoreError> {
        self.read("read a finding", move |connection| findings::one(connection, id)).await
    }

    async fn with_open(&self, names: &[String]) -> Result<Vec<String>, StoreError> {
        let names = names.to_vec();
        self.read("look for findings", move |connection| findings::with_open(connection, names)).await
    }

    async fn open_vulnerabilities(&self, most: usize) -> Result<Vec<(String, u64)>, StoreError> {
        self.read("list vulnerabilities", move |connection| findings::open_vulnerabilities(connection, most)).await
    }

    async fn turns(&self, names: &[String]) -> Result<Vec<Turn>, StoreError> {
        let names = names.to_vec();
        self.read("read a curve", move |connection| findings::turns(connection, &names)).await
    }

    async fn put_notices(&self, notices: &[Notice]) -> Result<(), StoreError> {
        let rows = notices::rows(notices).map_err(self.fail("put notices"))?;
        self.write("put notices", move |connection| notices::put(connection, &rows)).await
    }

    async fn notices(&self, names: &[String]) -> Result<Vec<Notice>, StoreError> {
        let names = names.to_vec();
        self.read("read notices", move |connection| notices::of(connection, &names)).await
    }
}

#[cfg(test)]
mod tests;
