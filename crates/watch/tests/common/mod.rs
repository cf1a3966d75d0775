//! Stores with a watch over them, in memory and in a file.
#![allow(dead_code, clippy::expect_used, reason = "each test uses its part, and a failed expectation is a failed test")]

use std::sync::Arc;

use jiff::Timestamp;
use model::advisory::{Component, Finding, Statement};
use model::ledger::source::{Delivery, DeliveryState, Source, SourceKind};
use model::subject::SubjectId;
use ports::advisories::AdvisoryStore;
use ports::conformance::advisories::feed;
use ports::ledger::LedgerStore;
use ports::memory_advisories::MemoryAdvisories;
use ports::memory_ledger::MemoryLedger;
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use watch::{Settled, Watch};

pub struct World {
    pub ledger: Arc<dyn LedgerStore>,
    pub advisories: Arc<dyn AdvisoryStore>,
    pub watch: Watch,
    /// Where the file is, if it is one.
    folder: Option<TempDir>,
}

impl World {
    pub fn in_memory() -> Self {
        let (ledger, advisories) = (MemoryLedger::default(), MemoryAdvisories::default());
        Self::over(Arc::new(ledger), Arc::new(advisories), None)
    }

    pub fn in_file() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = Arc::new(SqliteStore::open(folder.path().join("store.db")).expect("open"));
        Self::over(store.clone(), store, Some(folder))
    }

    fn over(ledger: Arc<dyn LedgerStore>, advisories: Arc<dyn AdvisoryStore>, folder: Option<TempDir>) -> Self {
        let watch = Watch::new(advisories.clone(), ledger.clone());
        Self { ledger, advisories, watch, folder }
    }

    /// The same after the program has ended, whatever it was about, and begun anew.
    pub fn again(self) -> Self {
        let Self { ledger, advisories, watch, folder } = self;
        drop(watch);
        let Some(folder) = folder else { return Self::over(ledger, advisories, None) };
        drop((ledger, advisories));
        let store = Arc::new(SqliteStore::open(folder.path().join("store.db")).expect("open"));
        Self::over(store.clone(), store, Some(folder))
    }

    /// The source of a kind with an applied delivery.
    pub async fn source(&self, kind: SourceKind, at: Timestamp) -> (Source, i64) {
        let (source, id) = feed(&*self.ledger, kind, kind.word()).await;
        let delivery = self.ledger.delivery(id).await.expect("delivery").expect("it is there");
        self.ledger.put_delivery(&Delivery { at, state: DeliveryState::Applied, ..delivery }).await.expect("applied");
        (source, id)
    }

    /// A source says this.
    pub async fn say(&self, at: Timestamp, statement: Statement) {
        let (source, delivery) = self.source(statement.source, at).await;
        self.advisories.put_statements(&source, delivery, at, &[statement]).await.expect("put");
    }

    /// A source says this no more.
    pub async fn unsay(&self, name: &str) {
        let said = self.advisories.statements_named(&[name.to_owned()], 99).await.expect("named");
        let own = said.iter().filter(|said| said.statement.id == name).map(|said| said.id);
        self.advisories.withdraw_statements(&own.collect::<Vec<_>>()).await.expect("withdraw");
    }

    pub async fn look(&self, at: Timestamp, subject: &SubjectId, components: &[Component]) {
        self.advisories.put_components(subject, at, components).await.expect("look");
    }

    pub async fn settle(&self, at: Timestamp) -> Settled {
        self.watch.settle(at).await.expect("settle")
    }

    pub async fn findings(&self, subject: &SubjectId) -> Vec<Finding> {
        self.advisories.findings_on(subject).await.expect("findings")
    }
}
