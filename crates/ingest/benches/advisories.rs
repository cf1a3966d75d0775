//! NVD's feeds: CPU seconds from gzip to statements, and memory.
//!
//! `cargo bench -p ingest --bench advisories` reads the sample feeds below `MINGCHA_SAMPLE_DATA`; `scripts/bench/nvd_sqlite.py`, given the
//! same files, is what the plain way costs, and is run beside it where Python is there.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, reason = "a bench measures and prints")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use ingest::source::input::Input;
use ingest::source::{Record, Sink, Stopped, advisories};
use model::advisory::Statement;
use model::ledger::source::Rejected;

fn main() {
    let Some(data) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        println!("no sample data: set MINGCHA_SAMPLE_DATA");
        return;
    };
    let feeds: Vec<PathBuf> =
        ["2018", "2023"].map(|year| Path::new(&data).join(format!("04-cve/nvd-2.0-converted/nvdcve-2.0-{year}.json.gz"))).into();
    let started = cpu();
    let mut kept = Kept::default();
    for feed in &feeds {
        let name = feed.to_string_lossy();
        let mut input = Input::new(&name, "2026-11-01T00:00:00Z".parse().unwrap(), File::open(feed).unwrap()).unwrap();
        (advisories::nvd::FORMAT.read)(&mut input, &mut kept).unwrap();
    }
    let spent = cpu() - started;
    let (count, affects) =
        (kept.statements.len(), kept.statements.iter().map(|statement| statement.affects.len()).sum::<usize>());
    println!("NVD: {count} statements, {affects} conditions, {spent:.2} CPU seconds, peak resident {} MiB", peak());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/bench/nvd_sqlite.py");
    if let Ok(plain) = Command::new("python3").arg(script).args(&feeds).output() {
        print!("{}", String::from_utf8_lossy(&plain.stdout));
    }
}

#[derive(Default)]
struct Kept {
    statements: Vec<Statement>,
}

impl Sink for Kept {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        if let Record::Statement(statement) = record {
            self.statements.push(*statement);
        }
        Ok(())
    }

    fn reject(&mut self, _: Rejected) -> Result<(), Stopped> {
        Ok(())
    }

    fn row(&mut self) {}
}

/// CPU seconds of this process, user and system (proc(5), fields 14 and 15, in hundredths).
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// The most memory that was resident, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}
