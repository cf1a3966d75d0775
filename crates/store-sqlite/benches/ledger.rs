//! The ledger's store per second of processor time: a million claims with what follows from them, the same again unchanged, five
//! million sightings, and the applications of a province; and the most memory that it took.
//!
//! `cargo bench -p store-sqlite --bench ledger` prints one line for each. `MINGCHA_BENCH_ROWS` makes it smaller: the claims; there are
//! five times as many sightings. Rows come once in the order of a register, by division, and once shuffled, which is the worst order.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench measures and prints, and has nobody to report errors to")]

use std::path::Path;

use jiff::Timestamp;
use model::digest::Digest;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, LifeState, Says, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Source, SourceKind};
use model::ledger::truth::{Confidence, InForce, Truth};
use ports::ledger::{LedgerStore, Region};
use store_sqlite::SqliteStore;

/// What the application allocates with, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Claims, and sightings, in one call.
const BATCH: usize = 20_000;
const SIGHTINGS: usize = 200_000;
/// Applications of one institution.
const APPLICATIONS: usize = 5;
/// Provinces, and divisions in each.
const PROVINCES: usize = 31;
const DIVISIONS: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let rows = std::env::var("MINGCHA_BENCH_ROWS").ok().map_or(1_000_000, |rows| rows.parse().unwrap());
    for shuffled in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bench.db");
        let store = SqliteStore::open(&path).unwrap();
        println!("--- {}", if shuffled { "shuffled" } else { "in the order of divisions" });
        let bench = Bench { store: &store, path: &path, rows, shuffled };
        bench.claims("added").await;
        bench.claims("again").await;
        bench.province().await;
        bench.sightings("added").await;
        bench.sightings("again").await;
    }
}

struct Bench<'s> {
    store: &'s SqliteStore,
    path: &'s Path,
    rows: usize,
    shuffled: bool,
}

impl Bench<'_> {
    /// The number of the row that comes at this place.
    fn number(&self, place: usize, of: usize) -> usize {
        // Steps that have no divisor in common with the length meet every number once.
        let step = (0..).map(|more| of * 5 / 8 + more).find(|step| greatest_divisor(*step, of) == 1).unwrap();
        if self.shuffled { place * step % of } else { place }
    }

    async fn claims(&self, what: &str) {
        let source = self.store.source(SourceKind::Ledger, "bench").await.unwrap();
        let delivery = self.store.open_delivery(&source, "bench.csv", Digest::of(b"bench"), moment()).await.unwrap();
        let (mut making, mut applying, mut putting) = (0.0, 0.0, 0.0);
        let mut changed = 0;
        for start in (0..self.rows).step_by(BATCH) {
            let before = processor_seconds();
            let numbers = (start..self.rows.min(start + BATCH)).map(|place| self.number(place, self.rows));
            let claims: Vec<Claim> = numbers.flat_map(|number| [institution(number), application(number)]).collect();
            let truths: Vec<Truth> = claims.iter().skip(1).step_by(2).map(|claim| truth(claim, &source)).collect();
            let made = processor_seconds();
            let placed = self.store.apply(&source, delivery, moment(), &claims).await.unwrap();
            assert_eq!(placed.len(), claims.len());
            let applied = processor_seconds();
            let counted = self.store.put_truths(&truths, &[]).await.unwrap();
            changed += counted.added + counted.changed;
            (making, applying, putting) =
                (making + made - before, applying + applied - made, putting + processor_seconds() - applied);
        }
        let institutions: Vec<usize> = (0..self.rows).step_by(APPLICATIONS).collect();
        for chunk in institutions.chunks(BATCH) {
            let truths: Vec<Truth> = chunk.iter().map(|number| truth(&institution(*number), &source)).collect();
            self.store.put_truths(&truths, &[]).await.unwrap();
        }
        let (each, rows) = (1e6 / self.rows as f64, self.rows);
        println!(
            "{rows} ledger rows {what}: {:.0} per processor second; claims {:.2} µs, truths {:.2} µs a row (making them, not counted, \
             {:.2} µs); {changed} truths written; {}",
            rows as f64 / (applying + putting),
            applying * each,
            putting * each,
            making * each,
            self.state()
        );
    }

    async fn province(&self) {
        let region = Region::Subtree("510000".parse().unwrap());
        self.store.applications(&region, usize::MAX).await.unwrap();
        let before = processor_seconds();
        const TIMES: usize = 20;
        let mut found = 0;
        for _ in 0..TIMES {
            let lines = self.store.applications(&region, usize::MAX).await.unwrap();
            assert!(lines.iter().all(|line| !line.owner_name.is_empty()));
            found = lines.len();
        }
        let each = (processor_seconds() - before) * 1e3 / TIMES as f64;
        println!("{found} applications of a province with their owners: {each:.1} ms of processor time");
    }

    async fn sightings(&self, what: &str) {
        let source = self.store.source(SourceKind::PassiveDns, "bench").await.unwrap();
        let of = self.rows * 5;
        let (mut taking, mut added) = (0.0, 0);
        for start in (0..of).step_by(SIGHTINGS) {
            let numbers = (start..of.min(start + SIGHTINGS)).map(|place| self.number(place, of));
            let sightings: Vec<Sighting> = numbers.map(sighting).collect();
            let before = processor_seconds();
            added += self.store.sight(&source, &sightings).await.unwrap().added;
            taking += processor_seconds() - before;
        }
        let (rate, each) = (of as f64 / taking, taking * 1e6 / of as f64);
        println!("{of} sightings {what}: {rate:.0} per processor second, {each:.2} µs each; {added} new; {}", self.state());
    }

    fn state(&self) -> String {
        let size = |suffix: &str| std::fs::metadata(format!("{}{suffix}", self.path.display())).map_or(0, |file| file.len());
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().to_owned();
        format!("file {} MiB, log {} MiB, most memory {peak}", size("") >> 20, size("-wal") >> 20)
    }
}

fn greatest_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

fn moment() -> Timestamp {
    Timestamp::from_second(1_772_323_200).unwrap()
}

fn place(institution: usize, institutions: usize) -> String {
    let division = institution * PROVINCES * DIVISIONS / institutions.max(1);
    // Provinces 51 to 21: the first is the one that is asked for.
    format!("{}{:02}{:02}", 51 - division / DIVISIONS % PROVINCES, 1 + division % DIVISIONS / 10, 1 + division % 10)
}

fn division(number: usize) -> String {
    place(number / APPLICATIONS, 1_000_000 / APPLICATIONS)
}

fn institution(number: usize) -> Claim {
    let index = number / APPLICATIONS;
    let uscc = format!("11{}MB{index:08}X", division(number));
    let says = [
        (Attribute::Name, format!("某某省某某市第{index}人民政府办公室")),
        (Attribute::Uscc, uscc.clone()),
        (Attribute::Type, "party_government".into()),
        (Attribute::Level, "county".into()),
        (Attribute::Division, division(number)),
        (Attribute::ParentUscc, format!("11{}000000000X", division(number))),
    ];
    let entity = EntityId::new(EntityKind::Institution, uscc);
    Claim { entity, part: String::new(), says: Says::from(says), line: number as u64 }
}

fn application(number: usize) -> Claim {
    let host = format!("www.site{}.{:x}.gov.cn", number, number.wrapping_mul(0x9e37_79b9) & 0xffff);
    let says = [
        (Attribute::Name, format!("某某市政务服务网第{number}站")),
        (Attribute::Owner, format!("某某省某某市第{}人民政府办公室", number / APPLICATIONS)),
        (Attribute::OwnerUscc, institution(number).entity.key),
        (Attribute::Address, format!("https://{host}/")),
        (Attribute::State, "confirmed".into()),
        (Attribute::GrantLevel, "L1".into()),
        (Attribute::GrantDocument, "川网信〔2026〕12号".into()),
        (Attribute::GrantUntil, "2026-12-31".into()),
    ];
    let entity = EntityId::new(EntityKind::Site, host);
    Claim { entity, part: String::new(), says: Says::from(says), line: number as u64 }
}

fn truth(claim: &Claim, source: &Source) -> Truth {
    let in_force = |value: &String| InForce { value: value.clone(), source: source.clone(), since: moment(), others: Vec::new() };
    let owner = claim.says.get(&Attribute::OwnerUscc).map(|uscc| EntityId::new(EntityKind::Institution, uscc.as_str()));
    let division = claim.says.get(&Attribute::OwnerUscc).or(claim.says.get(&Attribute::Uscc)).map(|uscc| uscc[2..8].to_owned());
    Truth {
        entity: claim.entity.clone(),
        aliases: Vec::new(),
        attributes: claim.says.iter().map(|(attribute, value)| (*attribute, in_force(value))).collect(),
        state: if owner.is_some() { LifeState::Confirmed } else { LifeState::Active },
        owner,
        division: division.map(|code| code.parse().unwrap()),
        confidence: Confidence::Medium,
    }
}

fn sighting(number: usize) -> Sighting {
    let host = format!("www.site{}.{:x}.gov.cn", number / 2, (number / 2).wrapping_mul(0x9e37_79b9) & 0xffff);
    let what = format!("A 192.{}.{}.{}", number & 1, number >> 8 & 255, number & 255);
    Sighting { asset: EntityId::new(EntityKind::Host, host), what, first: moment(), last: moment() }
}

/// Processor seconds of this process (proc_pid_stat(5), fields 14 and 15).
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap() / 100.0;
    ticks(14) + ticks(15)
}
