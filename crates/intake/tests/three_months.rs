//! Three months of deliveries from a dozen sources, with errors, mergers and contradictions, against a written truth.
//!
//! `three_months/story.toml` tells what happens on which day and what must follow: how each delivery ends, what the ledger holds on a day,
//! what was said before, and what the reconciliation report names. The same story is told to the in-memory store and to SQLite.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use intake::{Decision, Intake, Offer, Settings};
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp};
use model::ledger::attribute::Attribute;
use model::ledger::claim::Sameness;
use model::ledger::entity::EntityId;
use model::ledger::reconciliation::Standing;
use model::ledger::source::{Delivery, DeliveryState, SourceKind};
use ports::advisories::AdvisoryStore;
use ports::ledger::{LedgerStore, Region};
use ports::memory_advisories::MemoryAdvisories;
use ports::memory_ledger::MemoryLedger;
use serde::Deserialize;
use store_sqlite::SqliteStore;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    step: Vec<Step>,
    truth: Vec<Expected>,
    history: Vec<Past>,
    doubtful: Vec<Pair>,
    report: Report,
}

/// Something that happens at ten in the morning, China Standard Time; later steps of a day a minute later each.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    day: Date,
    deliver: Option<Deliver>,
    pin: Option<Pin>,
    unpin: Option<Pin>,
    link: Option<Decided>,
    discard: Option<Settle>,
    release: Option<Settle>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deliver {
    kind: SourceKind,
    name: String,
    file: String,
    state: DeliveryState,
    #[serde(default)]
    rows: Option<u64>,
    #[serde(default)]
    added: u64,
    #[serde(default)]
    changed: u64,
    #[serde(default)]
    unchanged: u64,
    #[serde(default)]
    withdrawn: u64,
    /// The lines of the bad rows.
    #[serde(default)]
    rejected: Vec<u64>,
    /// Words of the reason.
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    entity: EntityId,
    attribute: Attribute,
    #[serde(default)]
    value: String,
    by: String,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    alias: EntityId,
    entity: EntityId,
    sameness: Sameness,
    by: String,
    because: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    file: String,
    #[serde(default)]
    added: u64,
    #[serde(default)]
    unchanged: u64,
    #[serde(default)]
    withdrawn: u64,
}

/// What the ledger holds at the end of a day; without a day, at the end of the story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    day: Option<Date>,
    entity: EntityId,
    /// Absent: the ledger must not know it then.
    state: Option<String>,
    owner: Option<EntityId>,
    division: Option<String>,
    #[serde(default)]
    aliases: Vec<EntityId>,
    #[serde(default)]
    values: BTreeMap<Attribute, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    value: String,
    source: SourceKind,
    /// Who says otherwise.
    #[serde(default)]
    others: Vec<SourceKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Past {
    entity: EntityId,
    /// Since, until (empty while it holds), kind of source: each claim that was ever made.
    claims: Vec<(Date, String, SourceKind)>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    alias: EntityId,
    entity: EntityId,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    day: Date,
    unseen: Vec<EntityId>,
    unregistered: Vec<EntityId>,
    contradictions: Vec<(EntityId, Attribute)>,
    troubled: Vec<(SourceKind, Standing)>,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/three_months"))
}

fn china() -> TimeZone {
    TimeZone::fixed(offset(8))
}

fn ten_o_clock(day: Date) -> Timestamp {
    day.at(10, 0, 0, 0).to_zoned(china()).expect("a time").timestamp()
}

fn end_of(day: Date) -> Timestamp {
    day.at(23, 59, 59, 0).to_zoned(china()).expect("a time").timestamp()
}

#[tokio::test]
async fn the_story_in_memory() {
    tell(Arc::new(MemoryLedger::default()), Arc::new(MemoryAdvisories::default())).await;
}

#[tokio::test]
async fn the_story_in_sqlite() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let store = Arc::new(SqliteStore::open(folder.path().join("store.db")).expect("open"));
    tell(store.clone(), store).await;
}

async fn tell(store: Arc<dyn LedgerStore>, advisories: Arc<dyn AdvisoryStore>) {
    let text = std::fs::read_to_string(folder().join("story.toml")).expect("a story");
    let story: Story = toml::from_str(&text).unwrap_or_else(|error| panic!("{}", error.message()));
    let held = tempfile::tempdir().expect("temporary folder");
    let settings = Settings { hold_above_percent: 50, hold_from: 5, held: held.path().to_owned() };
    let intake = Intake::new(store, advisories, settings);
    let mut told = Told { intake, held: BTreeMap::new(), faults: Vec::new(), at: Timestamp::UNIX_EPOCH };
    for step in &story.step {
        told.step(step).await;
    }
    for expected in &story.truth {
        told.truth(expected).await;
    }
    for past in &story.history {
        told.history(past).await;
    }
    told.doubtful(&story.doubtful).await;
    told.report(&story.report).await;
    assert!(told.faults.is_empty(), "{} faults:\n{}", told.faults.len(), told.faults.join("\n"));
}

struct Told {
    intake: Intake,
    /// Held deliveries by file.
    held: BTreeMap<String, i64>,
    faults: Vec<String>,
    at: Timestamp,
}

impl Told {
    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, got: T, wanted: T) {
        if got != wanted {
            self.faults.push(format!("{what}: got {got:?}, wanted {wanted:?}"));
        }
    }

    async fn step(&mut self, step: &Step) {
        let at = ten_o_clock(step.day);
        self.at = if at > self.at { at } else { self.at + SignedDuration::from_mins(1) };
        let at = self.at;
        if let Some(deliver) = &step.deliver {
            self.deliver(deliver, step.day).await;
        }
        if let Some(pin) = &step.pin {
            let by = Decision { person: &pin.by, because: &pin.because, at };
            self.intake.pin(&pin.entity, pin.attribute, &pin.value, by).await.expect("pinned");
        }
        if let Some(pin) = &step.unpin {
            let by = Decision { person: &pin.by, because: &pin.because, at };
            assert!(self.intake.unpin(&pin.entity, pin.attribute, by).await.expect("unpinned"));
        }
        if let Some(link) = &step.link {
            let by = Decision { person: &link.by, because: &link.because, at };
            self.intake.link(&link.alias, &link.entity, link.sameness, by).await.expect("linked");
        }
        if let Some(settle) = &step.discard {
            let delivery = self.intake.discard(self.held[&settle.file]).await.expect("discarded");
            self.expect(&settle.file, delivery.state, DeliveryState::Discarded);
        }
        if let Some(settle) = &step.release {
            let delivery = self.intake.release(self.held[&settle.file], at).await.expect("released");
            let counts = delivery.counts;
            let got = (delivery.state, counts.added, counts.unchanged, counts.withdrawn);
            self.expect(&settle.file, got, (DeliveryState::Applied, settle.added, settle.unchanged, settle.withdrawn));
        }
    }

    async fn deliver(&mut self, deliver: &Deliver, day: Date) {
        let file = folder().join(&deliver.file);
        let offer =
            Offer { kind: deliver.kind, name: &deliver.name, origin: &deliver.file, file: &file, at: self.at, about: None };
        let delivery: Delivery = self.intake.deliver(offer).await.expect("a delivery");
        let what = format!("{day} {}", deliver.file);
        if delivery.state == DeliveryState::Held {
            self.held.insert(deliver.file.clone(), delivery.id);
        }
        let reason = delivery.reason.as_ref().map_or_else(String::new, |reason| format!("{} {}", reason.zh, reason.en));
        self.expect(&format!("{what} ended ({reason})"), delivery.state, deliver.state);
        if !reason.contains(&deliver.reason) {
            self.faults.push(format!("{what}: the reason {reason:?} does not say {:?}", deliver.reason));
        }
        let counts = delivery.counts;
        let got = (counts.added, counts.changed, counts.unchanged, counts.withdrawn);
        self.expect(&format!("{what} counts"), got, (deliver.added, deliver.changed, deliver.unchanged, deliver.withdrawn));
        if let Some(rows) = deliver.rows {
            self.expect(&format!("{what} rows"), counts.rows, rows);
        }
        let lines: Vec<u64> = delivery.rejected.iter().map(|row| row.line).collect();
        let why: Vec<&str> = delivery.rejected.iter().map(|row| row.reason.zh.as_str()).collect();
        self.expect(&format!("{what} rejected ({why:?})"), lines, deliver.rejected.clone());
    }

    async fn truth(&mut self, expected: &Expected) {
        let truth = self.intake.truth(&expected.entity, expected.day.map(end_of)).await.expect("an answer");
        let day = expected.day.map_or_else(String::new, |day| day.to_string());
        let what = format!("{day} {}", expected.entity);
        let (Some(truth), Some(state)) = (&truth, &expected.state) else {
            let got = truth.map(|truth| truth.state.word().to_owned());
            return self.expect(&format!("{what} is known"), got, expected.state.clone());
        };
        self.expect(&format!("{what} state"), truth.state.word(), state.as_str());
        self.expect(&format!("{what} owner"), truth.owner.as_ref(), expected.owner.as_ref());
        let division = truth.division.as_ref().map(ToString::to_string);
        self.expect(&format!("{what} division"), division, expected.division.clone());
        self.expect(&format!("{what} aliases"), &truth.aliases, &expected.aliases);
        for (attribute, wanted) in &expected.values {
            let held = truth.attributes.get(attribute);
            let got = held.map(|held| (held.value.as_str(), held.source.kind));
            self.expect(&format!("{what} {}", attribute.word()), got, Some((wanted.value.as_str(), wanted.source)));
            let others: Vec<SourceKind> =
                held.map(|held| held.others.iter().map(|other| other.source.kind).collect()).unwrap_or_default();
            self.expect(&format!("{what} {} said otherwise", attribute.word()), &others, &wanted.others);
        }
    }

    async fn history(&mut self, past: &Past) {
        let day = |at: Timestamp| china().to_datetime(at).date();
        let claims = self.intake.store().history(&past.entity).await.expect("history");
        let got: Vec<(Date, String, SourceKind)> = claims
            .iter()
            .map(|held| (day(held.since), held.until.map(|until| day(until).to_string()).unwrap_or_default(), held.source.kind))
            .collect();
        self.expect(&format!("history of {}", past.entity), &got, &past.claims);
    }

    async fn doubtful(&mut self, expected: &[Pair]) {
        let links = self.intake.store().all_links().await.expect("links");
        let doubtful = links.into_iter().filter(|link| link.sameness == Sameness::Doubtful);
        let mut got: Vec<Pair> = doubtful.map(|link| Pair { alias: link.alias, entity: link.entity }).collect();
        got.sort();
        self.expect("doubtful pairs", got.as_slice(), expected);
    }

    async fn report(&mut self, expected: &Report) {
        let report = self.intake.reconcile(&Region::All, end_of(expected.day)).await.expect("a report");
        let got = Report {
            day: expected.day,
            unseen: report.unseen.first.iter().map(|item| item.entity.clone()).collect(),
            unregistered: report.unregistered.first.iter().map(|item| item.asset.clone()).collect(),
            contradictions: report.contradictions.first.iter().map(|item| (item.entity.clone(), item.attribute)).collect(),
            troubled: report
                .sources
                .iter()
                .filter(|line| line.standing != Standing::Fresh)
                .map(|line| (line.source.kind, line.standing))
                .collect(),
        };
        self.expect("reconciliation", &got, expected);
    }
}
