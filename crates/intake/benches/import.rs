//! Rows per CPU second from file to truth: ledger rows and passive-DNS rows into SQLite, the same again, one more row beside them, and the
//! list of a province.
//!
//! `cargo bench -p intake`; `MINGCHA_BENCH_ROWS=N` sets the ledger rows (1,000,000), passive DNS takes five times as many.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, reason = "a bench measures and prints")]

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;

use intake::{Intake, Offer, Settings};
use jiff::Timestamp;
use model::ledger::source::{Delivery, DeliveryState, SourceKind};
use ports::ledger::{LedgerStore as _, Region};
use store_sqlite::SqliteStore;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Applications of one institution.
const APPLICATIONS: usize = 4;
/// Division codes begin with one of these: the provinces of GB/T 2260.
const PROVINCES: [u32; 31] =
    [11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65];

#[tokio::main]
async fn main() {
    let rows = std::env::var("MINGCHA_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("temporary folder");
    let at = |name: &str| folder.path().join(name);
    ledger_file(&at("ledger.csv"), rows);
    fs::write(at("roster.csv"), "单位名称,统一社会信用代码,规范简称\n清河县水利局,11130534MB00000006,清河水利\n").expect("write");
    passive_dns_file(&at("pdns.jsonl"), rows * 5);
    let path = at("store.db");
    let store = Arc::new(SqliteStore::open(&path).expect("open"));
    let settings = Settings { hold_above_percent: 50, hold_from: 20, held: at("held") };
    let intake = Intake::new(store.clone(), store.clone(), settings);
    for (what, kind, file) in [
        ("ledger", SourceKind::Ledger, "ledger.csv"),
        ("ledger again", SourceKind::Ledger, "ledger.csv"),
        ("one more row", SourceKind::Roster, "roster.csv"),
        ("passive DNS", SourceKind::PassiveDns, "pdns.jsonl"),
        ("passive DNS again", SourceKind::PassiveDns, "pdns.jsonl"),
    ] {
        measure(what, &intake, kind, &at(file), &path).await;
    }
    let province: Region = Region::Subtree("440000".parse().expect("a code"));
    let started = cpu();
    let listed = store.applications(&province, usize::MAX).await.expect("a list");
    println!("applications of a province: {} in {:.0} ms of CPU, the first time", listed.len(), (cpu() - started) * 1000.0);
    let started = cpu();
    for _ in 0..10 {
        store.applications(&province, usize::MAX).await.expect("a list");
    }
    println!("applications of a province: {} in {:.0} ms of CPU", listed.len(), (cpu() - started) * 100.0);
}

async fn measure(what: &str, intake: &Intake, kind: SourceKind, file: &Path, store: &Path) {
    let size = || fs::metadata(store).map_or(0, |file| file.len()) >> 20;
    let (before, started) = (size(), cpu());
    let offer = Offer { kind, name: "bench", origin: "bench", file, at: Timestamp::now(), about: None };
    let Delivery { state, counts, reason, .. } = intake.deliver(offer).await.expect("a delivery");
    assert_eq!(state, DeliveryState::Applied, "{reason:?}");
    let seconds = cpu() - started;
    println!(
        "{what}: {:.0} rows per CPU second ({} rows, {} added, {} changed, {} unchanged, {} rejected, {seconds:.1} s); store {before} to {} MiB, most memory {} MiB",
        counts.rows as f64 / seconds,
        counts.rows,
        counts.added,
        counts.changed,
        counts.unchanged,
        counts.rejected,
        size(),
        peak(),
    );
}

/// Institutions with their sites, as a register writes them.
fn ledger_file(path: &Path, rows: usize) {
    let mut file = BufWriter::new(File::create(path).expect("create"));
    writeln!(file, "单位名称,单位简称,机构类型,行政层级,行政区划代码,应用类型,应用名称,网址,状态,授权级别,授权文件,备注")
        .expect("write");
    for row in 0..rows {
        let owner = row / APPLICATIONS;
        let province = PROVINCES[owner % PROVINCES.len()];
        let county = 100 + owner / PROVINCES.len() % 9000;
        let code = format!("{province}{:02}{:02}", 1 + county / 100 % 20, 21 + county % 60);
        writeln!(
            file,
            "第{owner}号县农业农村局,{owner}农业局,党政机关,县级,{code},网站,第{row}号网站,https://w{row}.nyj{owner}.gov.cn/,在用,L1,,{row}"
        )
        .expect("write");
    }
}

/// Answers as sensors see them, common output format.
fn passive_dns_file(path: &Path, rows: usize) {
    let mut file = BufWriter::new(File::create(path).expect("create"));
    for row in 0..rows {
        // A fixed scramble, so that names do not come in their order.
        let name = row.wrapping_mul(2_654_435_761) % rows;
        let (a, b, c) = (name >> 16 & 255, name >> 8 & 255, name & 255);
        let first = 1_700_000_000 + name as u64;
        writeln!(
            file,
            r#"{{"rrname":"w{name}.nyj{}.gov.cn","rrtype":"A","rdata":"10.{a}.{b}.{c}","time_first":{first},"time_last":{},"count":3}}"#,
            name / 4, first + 86_400
        )
        .expect("write");
    }
}

/// CPU seconds of this process, user and system.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("proc");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("fields").split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().expect("user") + fields[12].parse::<f64>().expect("system");
    ticks / 100.0
}

/// Most memory so far, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("proc");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a peak");
    line.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("kB") >> 10
}
