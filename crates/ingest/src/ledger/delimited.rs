//! Text with a row on a line: commas, semicolons or tabs between the cells.

use csv::{ReaderBuilder, StringRecord};

use crate::ledger::table::{HEADER_WITHIN, Table};
use crate::ledger::{Collector, LedgerError, columns};

/// Reads all rows.
pub fn read(text: &str, collector: &mut Collector) -> Result<(), LedgerError> {
    let mut lines = Lines { text, offset: 0, line: 1 };
    let mut table = Table::default();
    for record in records(text, delimiter(text)) {
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let line = lines.of(&record);
        match table.take(line, record.iter(), collector) {
            Some(taken) => taken?,
            None => break,
        }
    }
    if table.is_known() { Ok(()) } else { Err(collector.missing_columns(table.nearest())) }
}

/// The delimiter under which most headers are known.
fn delimiter(text: &str) -> u8 {
    let known = |delimiter: u8| {
        let first = records(text, delimiter).take(HEADER_WITHIN);
        first.map(|record| record.iter().filter(|cell| columns::recognise(cell).is_some()).count()).max().unwrap_or(0)
    };
    let mut best = (b',', known(b','));
    for delimiter in [b';', b'\t'] {
        let found = known(delimiter);
        if found > best.1 {
            best = (delimiter, found);
        }
    }
    best.0
}

/// Text in memory that is UTF-8 already gives no errors in reading, and rows of any length are taken.
fn records(text: &str, delimiter: u8) -> impl Iterator<Item = StringRecord> {
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    reader.into_records().map_while(Result::ok)
}

/// Counts lines. The reader's own count stands at the end of the row before, so blank lines between would be counted wrongly.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, record: &StringRecord) -> u64 {
        let before = record.position().map_or(self.offset as u64, csv::Position::byte);
        let bytes = self.text.as_bytes();
        let before = usize::try_from(before).unwrap_or(usize::MAX).min(bytes.len()).max(self.offset);
        let blank = bytes[before..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = before + blank;
        self.line += bytes[self.offset..start].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.offset = start;
        self.line
    }
}
