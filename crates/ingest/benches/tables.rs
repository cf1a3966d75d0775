//! Rows per CPU second of the table reader and of whole formats, and the memory that they take: `cargo bench -p ingest`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench reads files, measures and prints"
)]

use std::hint::black_box;
use std::io::{BufReader, Read};

use ingest::source::input::Input;
use ingest::source::table::{Column, Columns};
use ingest::source::{Format, Record, Sink, Stopped, icp, ledger, table};
use jiff::Timestamp;
use model::ledger::source::Rejected;

const ROWS: usize = 1_000_000;

/// Makes the row of a number.
type Make = fn(usize) -> String;

/// Counts, and keeps nothing.
#[derive(Default)]
struct Counted {
    rows: usize,
    records: usize,
    rejected: usize,
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

/// A file that is made as it is read: a header, and rows of their numbers.
struct Made {
    header: &'static str,
    row: Make,
    gbk: bool,
    made: Vec<u8>,
    read: usize,
    next: usize,
}

impl Read for Made {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.read == self.made.len() {
            let text = match self.next {
                0 => self.header.to_owned(),
                first if first <= ROWS => (first..(first + 1_000).min(ROWS + 1)).map(self.row).collect(),
                _ => return Ok(0),
            };
            self.next += if self.next == 0 { 1 } else { 1_000 };
            self.made = if self.gbk { encoding_rs::GB18030.encode(&text).0.into_owned() } else { text.into_bytes() };
            self.read = 0;
        }
        let length = into.len().min(self.made.len() - self.read);
        into[..length].copy_from_slice(&self.made[self.read..self.read + length]);
        self.read += length;
        Ok(length)
    }
}

const LEDGER: &str =
    "单位名称,规范简称,统一社会信用代码,机构类型,行政层级,行政区划代码,应用类型,网站名称,网址,状态,授权级别,备注\n";

fn ledger_row(number: usize) -> String {
    let institution = number / 5;
    format!(
        "某某县第{institution}局,第{institution}局,,党政机关,县级,510903,网站,第{number}网站,www.s{number}.example.gov.cn,在用,,\"第{number}行, 备注\"\n"
    )
}

fn ledger_object(number: usize) -> String {
    let institution = number / 5;
    format!(
        "{{\"单位名称\":\"某某县第{institution}局\",\"规范简称\":\"第{institution}局\",\"统一社会信用代码\":null,\"机构类型\":\"党政机关\",\"行政层级\":\"县级\",\"行政区划代码\":510903,\"应用类型\":\"网站\",\"网站名称\":\"第{number}网站\",\"网址\":\"www.s{number}.example.gov.cn\",\"状态\":\"在用\",\"授权级别\":\"\",\"备注\":\"第{number}行, 备注\"}}\n"
    )
}

fn icp_row(number: usize) -> String {
    format!("某某县第{number}局,政府机关,蜀ICP备{:08}号-1,第{number}网站,s{number}.gov.cn,2024-03-01\n", number % 100_000_000)
}

fn main() {
    let columns = [Column { word: "address", names: &["网址"] }, Column { word: "institution_name", names: &["单位名称"] }];
    let columns = Columns { what: "a table", all: columns.to_vec().leak(), needed: &[&[0]] };
    for (name, header, row, gbk) in [
        ("CSV of 12 columns", LEDGER, ledger_row as Make, false),
        ("the same in GBK", LEDGER, ledger_row, true),
        ("the same as JSON lines", "\n", ledger_object, false),
    ] {
        let measured = |read: &mut dyn FnMut(&mut Input<'_>, &mut Counted)| measure(header, row, gbk, read);
        let (cost, counted) = measured(&mut |input, sink| {
            table::rows(input, &columns, sink, &mut |row, _| {
                black_box((row.get(0_usize), row.get(1_usize)));
                Ok(())
            })
            .expect("readable");
        });
        println!("{name}: {cost:.2} µs of CPU a row, {} rows, {} MiB resident", counted.rows, resident());
    }
    let formats: [(&str, &Format, &str, Make); 2] = [
        ("ledger", &ledger::FORMAT, LEDGER, ledger_row),
        ("icp", &icp::FORMAT, "主办单位,主办单位性质,备案号,网站名称,域名,审核日期\n", icp_row),
    ];
    for (name, format, header, row) in formats {
        let (cost, counted) = measure(header, row, false, &mut |input, sink| (format.read)(input, sink).expect("readable"));
        let Counted { rows, records, rejected } = counted;
        println!(
            "{name}: {cost:.2} µs of CPU a row, {rows} rows, {records} claims, {rejected} rejected, {} MiB resident",
            resident()
        );
    }
}

/// CPU microseconds a row, without those of making the file.
fn measure(header: &'static str, row: Make, gbk: bool, read: &mut dyn FnMut(&mut Input<'_>, &mut Counted)) -> (f64, Counted) {
    let made = || Made { header, row, gbk, made: Vec::new(), read: 0, next: 0 };
    let started = cpu();
    std::io::copy(&mut BufReader::with_capacity(1 << 16, made()), &mut std::io::sink()).expect("made");
    let making = cpu() - started;
    let mut counted = Counted::default();
    let started = cpu();
    read(&mut Input::new("made", Timestamp::UNIX_EPOCH, made()).expect("a delivery"), &mut counted);
    ((cpu() - started - making) * 1e6 / ROWS as f64, counted)
}

/// CPU seconds of this process.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Resident memory in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}
