//! What a run reads of lists once, so that all of its subjects are judged by one state of them.

use jiff::Timestamp;
use ledger::extracts::Delivered;
use model::facts::components::Feed;
use model::ledger::claim::Held;
use model::ledger::entity::EntityKind;
use model::ledger::source::SourceKind;
use ports::ledger::LedgerStore;
use vulns::cycles::Cycles;

use crate::{Engine, EngineError};

/// Deliveries of a source that are looked through for the last one that was taken.
const DELIVERIES: usize = 100;
/// Claims about the entries of a list that are read at a time.
const PAGE: usize = 500;
/// Claims about the entries of a list that are read at most: platforms are some hundreds, release cycles some ten thousand.
const LONGEST: usize = 50_000;

/// The state of the lists.
#[derive(Default)]
pub(crate) struct Lists {
    /// When each source last delivered.
    pub delivered: Delivered,
    /// Release cycles of products, with the time of the delivery that they rest on; `None` when none was delivered.
    pub cycles: Option<(Cycles, Timestamp)>,
    /// The feeds of advisories.
    pub feeds: Vec<Feed>,
}

impl Engine {
    /// The lists as they are now.
    pub(crate) async fn lists(&self) -> Result<Lists, EngineError> {
        let Some(ledger) = &self.ledger else { return Ok(Lists::default()) };
        let mut deliveries = Vec::new();
        for source in ledger.sources().await? {
            deliveries.extend(ledger.deliveries(Some(source.id), DELIVERIES).await?);
        }
        let delivered = Delivered::of(&deliveries);
        let kinds = [SourceKind::EndOfLife];
        let said = if delivered.has(&kinds) { whole_list(ledger.as_ref(), EntityKind::Cycle).await? } else { Vec::new() };
        let cycles = delivered.rests_on(&kinds, &said).map(|at| (Cycles::read(&said), at));
        let feeds = match &self.watch {
            Some(watch) => watch.feeds().await?,
            None => Vec::new(),
        };
        Ok(Lists { delivered, cycles, feeds })
    }
}

/// All live claims about the entities of a kind.
pub(crate) async fn whole_list(ledger: &dyn LedgerStore, kind: EntityKind) -> Result<Vec<Held>, EngineError> {
    let mut list: Vec<Held> = Vec::new();
    while list.len() < LONGEST {
        let last = list.last().map(|held| held.claim.entity.clone());
        let page = ledger.page_of_claims(kind, last.as_ref(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        list.extend(page);
    }
    Ok(list)
}
