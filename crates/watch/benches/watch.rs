//! From an advisory to visible findings over a store of a million components, and back from a new component; in wall and processor time.
//!
//! `cargo bench -p watch` prints one line for each step. `MINGCHA_BENCH_ROWS` makes it smaller: the number of components. A tenth as many
//! subjects hold them, of which one in five has the product that the new advisory speaks of, a quarter of them in the range.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench measures and prints, and has nobody to report errors to")]

use std::sync::Arc;
use std::time::Instant;

use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;
use model::advisory::{Component, Product, Score, Statement, System};
use model::ledger::source::SourceKind;
use model::subject::SubjectId;
use ports::advisories::AdvisoryStore;
use ports::conformance::advisories::{component, feed, statement};
use ports::ledger::Region;
use store_sqlite::SqliteStore;
use watch::Watch;

/// What the application allocates with, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Components of a subject.
const HELD: usize = 10;
/// Products that are held, and those that advisories speak of.
const PRODUCTS: usize = 1_000;
const SPOKEN_OF: usize = 20_000;
/// Advisories beside the new one, and statements put at a time.
const ADVISORIES: usize = 30_350;
const BATCH: usize = 5_000;
/// Looks under way at once: the store writes them down together.
const AT_ONCE: usize = 256;

#[tokio::main]
async fn main() {
    let rows = std::env::var("MINGCHA_BENCH_ROWS").ok().map_or(1_000_000, |rows| rows.parse().unwrap());
    let subjects = rows / HELD;
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("bench.db")).unwrap());
    let watch = Watch::new(store.clone(), store.clone());
    let (source, delivery) = feed(&*store, SourceKind::Nvd, "bench").await;

    let clock = Clock::start();
    let all: Vec<Statement> = (0..ADVISORIES).map(advisory).collect();
    clock.tell(&format!("{ADVISORIES} advisories made"));
    for again in ["", ", again unchanged"] {
        let clock = Clock::start();
        for batch in all.chunks(BATCH) {
            store.put_statements(&source, delivery, moment(), batch).await.unwrap();
        }
        clock.tell(&format!("{ADVISORIES} advisories put{again}"));
    }
    let clock = Clock::start();
    watch.settle(moment()).await.unwrap();
    clock.tell("settled, nobody being affected");

    for again in ["", ", again unchanged"] {
        let clock = Clock::start();
        let look = |number| {
            let store = store.clone();
            async move { store.put_components(&subject(number), moment(), &components(number)).await.unwrap() }
        };
        stream::iter(0..subjects).map(look).buffer_unordered(AT_ONCE).for_each(|_| async {}).await;
        clock.tell(&format!("{} components of {subjects} subjects put{again}", subjects * HELD));
    }
    let clock = Clock::start();
    let settled = watch.settle(moment()).await.unwrap();
    clock.tell(&format!("{} subjects settled, {} findings", settled.subjects, settled.opened));

    let numbers = store.live_statements(&source, 0, ADVISORIES).await.unwrap();
    store.withdraw_statements(&numbers).await.unwrap();
    watch.settle(moment()).await.unwrap();
    for batch in all.chunks(BATCH) {
        store.put_statements(&source, delivery, moment(), batch).await.unwrap();
    }
    let clock = Clock::start();
    let settled = watch.settle(moment()).await.unwrap();
    clock.tell(&format!("all advisories anew on a full ledger, {} findings", settled.opened));

    for (name, fixed) in [("CVE-2026-0001", "25.0"), ("CVE-2026-0001", "10.0")] {
        let clock = Clock::start();
        let new = statement(SourceKind::Nvd, name, &[], "pkg:npm/common", fixed);
        store.put_statements(&source, delivery, moment(), &[new]).await.unwrap();
        let settled = watch.settle(moment()).await.unwrap();
        clock.tell(&format!(
            "one advisory: {} findings opened, {} confirmed, {} closed",
            settled.opened, settled.confirmed, settled.closed
        ));
    }
    let clock = Clock::start();
    let affected = watch.affected("CVE-2026-0001", &Region::All, 100).await.unwrap();
    clock.tell(&format!("the view of it: {} lines", affected.lines.len() as u64 + affected.beyond));

    let clock = Clock::start();
    let upgraded: Vec<Component> =
        components(5).into_iter().map(|old| component(&old.name, old.products[0].as_str(), "99.0")).collect();
    store.put_components(&subject(5), moment(), &upgraded).await.unwrap();
    let settled = watch.settle(moment()).await.unwrap();
    clock.tell(&format!("one subject upgraded: {} findings closed", settled.closed));
    let clock = Clock::start();
    let told = watch.vulnerabilities_of(&components(7), watch.feeds().await.unwrap()).await.unwrap();
    clock.tell(&format!("what rules are told of a subject: {} matches", told.matches.len()));
}

fn subject(number: usize) -> SubjectId {
    SubjectId::site(format!("s{number}.example.gov.cn"))
}

/// Nine components of many products and, one time in five, the one of the new advisory.
fn components(number: usize) -> Vec<Component> {
    let mut components: Vec<Component> = (0..HELD)
        .map(|place| {
            // Some products are far more common than others.
            let product = (number * 7 + place * 131) % PRODUCTS * (number * 13 + place * 17) % PRODUCTS;
            component(&format!("p{product}"), &format!("pkg:npm/p{product}"), &format!("{}.{}", number % 50, place))
        })
        .collect();
    if number.is_multiple_of(5) {
        components[0] = component("common", "pkg:npm/common", &format!("{}.1", number / 5 % 100));
    }
    components.sort();
    components
}

/// As large as one of NVD's: the products of most are not held.
fn advisory(number: usize) -> Statement {
    let product = Product::new(format!("pkg:npm/p{}", number * 31 % SPOKEN_OF));
    let mut said = statement(SourceKind::Nvd, &format!("CVE-2025-{number:05}"), &[], product.as_str(), "1.5");
    let other =
        statement(SourceKind::Nvd, "", &[], &format!("cpe:a:vendor{}:product{}", number % 3_000, number % SPOKEN_OF), "3.1.4");
    said.affects.extend(other.affects);
    said.title =
        "An issue was discovered in the component of the product, which allows remote attackers to do things. ".repeat(3);
    let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned();
    said.scores = vec![Score { system: System::Cvss3, value: vector, tenths: Some(98), by: "nvd@nist.gov".into() }; 2];
    said.weaknesses = vec!["CWE-79".into()];
    said.references = (0..3).map(|place| format!("https://vendor.example/advisories/{number}/{place}")).collect();
    said
}

struct Clock {
    wall: Instant,
    processor: f64,
}

impl Clock {
    fn start() -> Self {
        Self { wall: Instant::now(), processor: processor_seconds() }
    }

    fn tell(&self, what: &str) {
        let (wall, processor) = (self.wall.elapsed().as_secs_f64(), processor_seconds() - self.processor);
        println!("{what}: {wall:.3} s, {processor:.3} s of CPU");
    }
}

/// Processor time of the process, user and system, in seconds (proc(5): fields 14 and 15 of stat, in hundredths).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

fn moment() -> Timestamp {
    ports::conformance::sample::moment(0)
}
