//! Rows of passive DNS per CPU second, and memory.
//!
//! `cargo bench -p ingest --bench passive_dns` reads 5,000,000 rows that are made while they are read; `MINGCHA_BENCH_ROWS` sets another number.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, reason = "a bench measures and prints")]

use std::hint::black_box;
use std::io::{self, Read, Write};

use ingest::source::input::Input;
use ingest::source::{Record, Sink, Stopped, names};
use model::ledger::source::Rejected;

fn main() {
    let rows = std::env::var("MINGCHA_BENCH_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(5_000_000);
    let (started, mut made) = (cpu(), Rows { next: 0, rows, buffer: Vec::new(), read: 0 });
    io::copy(&mut made, &mut io::sink()).unwrap();
    let making = cpu() - started;
    for (name, header) in [("JSON lines", false), ("table", true)] {
        let (mut counted, started) = (Counted::default(), cpu());
        let made = Rows { next: 0, rows, buffer: Vec::new(), read: 0 };
        let bytes: Box<dyn Read> =
            if header { Box::new(&b"rrname,rrtype,rdata,time_first,time_last\n"[..]) } else { Box::new(io::empty()) };
        let made: Box<dyn Read> = if header { Box::new(Table(made)) } else { Box::new(made) };
        let mut input = Input::new("bench", "2026-11-01T00:00:00Z".parse().unwrap(), bytes.chain(made)).unwrap();
        (names::passive_dns::FORMAT.read)(&mut input, &mut counted).unwrap();
        let spent = cpu() - started - making;
        assert_eq!((counted.rows, counted.rejected), (rows, 0));
        println!(
            "{name}: {rows} rows, {} records, {:.0} rows per CPU second, peak resident {} MiB",
            counted.records,
            rows as f64 / spent,
            peak()
        );
    }
}

/// Rows as they are made.
struct Rows {
    next: u64,
    rows: u64,
    buffer: Vec<u8>,
    read: usize,
}

impl Rows {
    fn fill(&mut self, form: impl Fn(&mut Vec<u8>, u64)) {
        self.buffer.clear();
        self.read = 0;
        while self.buffer.len() < 1 << 16 && self.next < self.rows {
            form(&mut self.buffer, self.next);
            self.next += 1;
        }
    }

    fn give(&mut self, into: &mut [u8]) -> usize {
        let taken = (&self.buffer[self.read..]).read(into).unwrap();
        self.read += taken;
        taken
    }
}

impl Read for Rows {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.buffer.len() {
            self.fill(|buffer, n| {
                let (name, day) = (n % 900_000, 1_700_000_000 + n);
                writeln!(
                    buffer,
                    r#"{{"count":{},"time_first":{day},"time_last":{},"rrname":"www{name}.example{}.gov.cn.","rrtype":"A","rdata":["192.0.2.{}"],"sensor_id":"s1","bailiwick":"gov.cn"}}"#,
                    n % 97 + 1,
                    day + 86_400,
                    n % 5000,
                    n % 254 + 1
                )
                .unwrap();
            });
        }
        Ok(self.give(into))
    }
}

struct Table(Rows);

impl Read for Table {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.read == self.0.buffer.len() {
            self.0.fill(|buffer, n| {
                let day = 1_700_000_000 + n;
                let (name, zone) = (n % 900_000, n % 5000);
                writeln!(buffer, "www{name}.example{zone}.gov.cn.,A,192.0.2.{},{day},{}", n % 254 + 1, day + 86_400).unwrap();
            });
        }
        Ok(self.0.give(into))
    }
}

#[derive(Default)]
struct Counted {
    rows: u64,
    records: u64,
    rejected: u64,
}

impl Sink for Counted {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        black_box(record);
        self.records += 1;
        Ok(())
    }

    fn reject(&mut self, _: Rejected) -> Result<(), Stopped> {
        self.rejected += 1;
        Ok(())
    }

    fn row(&mut self) {
        self.rows += 1;
    }
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
