//! Rows of cells under a header, as CSV files and sheets have them.

use crate::ledger::columns::{self, Column};
use crate::ledger::row::Row;
use crate::ledger::{Collector, LedgerError, clip};

/// In how many rows the header is looked for. Above it stand titles and instructions.
pub const HEADER_WITHIN: usize = 10;

/// The most columns that are read.
pub const MOST_COLUMNS: usize = 256;

/// The longest header, in characters.
const LONGEST_HEADER: usize = 100;

/// A table that is being read.
#[derive(Default)]
pub struct Table {
    header: Option<Vec<Title>>,
    searched: usize,
    /// Of the rows searched, the one that looks most like a header: its titles and how many of them are known.
    nearest: (Vec<String>, usize),
}

struct Title {
    text: String,
    column: Option<Column>,
}

impl Table {
    /// Takes the next row that is not blank. `None` when the header should have come by now.
    pub fn take<'c>(
        &mut self,
        line: u64,
        cells: impl Iterator<Item = &'c str>,
        collector: &mut Collector,
    ) -> Option<Result<(), LedgerError>> {
        let cells = cells.take(MOST_COLUMNS);
        if let Some(titles) = &self.header {
            return Some(collector.take(row(line, titles, cells)));
        }
        self.search(cells);
        (self.header.is_some() || self.searched < HEADER_WITHIN).then_some(Ok(()))
    }

    /// True when the header was found.
    pub fn is_known(&self) -> bool {
        self.header.is_some()
    }

    /// What was found in place of a header.
    pub fn nearest(self) -> Vec<String> {
        self.nearest.0
    }

    fn search<'c>(&mut self, cells: impl Iterator<Item = &'c str>) {
        let titles: Vec<Title> = cells.map(title).collect();
        let known = titles.iter().filter(|title| title.column.is_some()).count();
        self.searched += 1;
        if titles.iter().any(|title| title.column == Some(Column::Address)) {
            self.header = Some(titles);
        } else if known > self.nearest.1 || self.nearest.0.is_empty() {
            let texts = titles.into_iter().map(|title| title.text).filter(|text| !text.is_empty());
            self.nearest = (texts.collect(), known);
        }
    }
}

fn title(text: &str) -> Title {
    Title { column: columns::recognise(text), text: clip(text, LONGEST_HEADER) }
}

fn row<'c>(line: u64, titles: &[Title], cells: impl Iterator<Item = &'c str>) -> Row {
    let mut row = Row::new(line);
    for (index, cell) in cells.enumerate() {
        match titles.get(index).filter(|title| !title.text.is_empty()) {
            Some(title) => row.put(&title.text, title.column, cell),
            None => row.put(&format!("column {}", index + 1), None, cell),
        }
    }
    row
}
