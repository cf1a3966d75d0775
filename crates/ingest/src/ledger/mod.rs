//! Ledger files: CSV, JSON and Excel workbooks, with English or Chinese headers.
//!
//! Invariant: every row that is not blank is either an entry or rejected. A bad value makes a bad row, since a row that lost a value could
//! be judged by other rules than those that bind it.

mod columns;
mod delimited;
pub(crate) mod encoding;
mod json;
mod row;
mod table;

mod workbook;

use model::ledger::Entry;
use model::text::Text;

use crate::ledger::row::Row;

/// The largest file, in bytes.
const LARGEST_FILE: usize = 256 << 20;

/// The most rows, about as many as a sheet of Excel has.
const MOST_ROWS: usize = 1_000_000;

/// What a ledger file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The good rows, in the order of the file.
    pub entries: Vec<Entry>,
    /// The bad rows, in the order of the file.
    pub rejected: Vec<Rejected>,
    /// What someone should look at although the row is good.
    pub notes: Vec<Note>,
}

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its line in the file, from 1; in a workbook the number of its row.
    pub line: u64,
    /// The header of the column with the bad value; `None` when the row as a whole cannot be read.
    pub column: Option<String>,
    /// The bad value, cut to 200 characters, without control characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: Text,
}

/// A remark on a row that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its line, as in [`Rejected::line`].
    pub line: u64,
    /// The remark.
    pub text: Text,
}

/// Why a file as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// More bytes than we are ready to read.
    #[error("ledger {name} is larger than {limit} bytes, unpacked: split it")]
    TooLarge {
        /// The file.
        name: String,
        /// The most we read.
        limit: u64,
    },
    /// More rows than we are ready to read.
    #[error("ledger {name} has more than {limit} rows: split it")]
    TooManyRows {
        /// The file.
        name: String,
        /// The most we read.
        limit: usize,
    },
    /// A workbook of Excel 97 to 2003.
    #[error("ledger {name} is a workbook of Excel 97-2003: save it as .xlsx or .csv")]
    OldWorkbook {
        /// The file.
        name: String,
    },
    /// A workbook that cannot be opened.
    #[error("ledger {name} begins like an Excel workbook but cannot be read as one: save it anew as .xlsx or .csv")]
    Workbook {
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A JSON array that breaks off or is malformed.
    #[error("ledger {name}: the JSON array is malformed at line {line}: {reason}")]
    Json {
        /// The file.
        name: String,
        /// The line where the bad element begins.
        line: u64,
        /// Why.
        reason: String,
    },
    /// No row that names the columns.
    #[error("ledger {name} has no column for the address: found {found}; needed {needed}", found = found.join(", "))]
    MissingColumns {
        /// The file.
        name: String,
        /// The headers that are there, as far as any were recognised; otherwise the first row.
        found: Vec<String>,
        /// The headers of which one is needed.
        needed: &'static str,
    },
}

/// Reads a ledger file. `name` is how the file is called in entries and errors; the format is told from `bytes`, not from the name.
///
/// Understood are CSV with commas, semicolons or tabs in UTF-8, UTF-16, GBK or GB18030; a JSON array of objects or JSON lines; and Excel
/// workbooks (`.xlsx`), of which the first sheet with a known header is read. Rows above the header, such as a title, are passed over.
///
/// # Errors
/// When the file as a whole cannot be read. A bad row is no error but is listed in [`Reading::rejected`].
pub fn read(name: &str, bytes: &[u8]) -> Result<Reading, LedgerError> {
    if bytes.len() > LARGEST_FILE {
        return Err(LedgerError::TooLarge { name: name.into(), limit: LARGEST_FILE as u64 });
    }
    let mut collector = Collector { name, reading: Reading::default() };
    if bytes.starts_with(b"PK\x03\x04") {
        workbook::read(bytes, &mut collector)?;
    } else if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        // Its layout lets a file of a few bytes ask for gigabytes, and the reader at hand takes them at once; see `workbook`.
        return Err(LedgerError::OldWorkbook { name: name.into() });
    } else {
        let text = encoding::decode(bytes);
        if text.trim_start().starts_with(['[', '{']) {
            json::read(&text, &mut collector)?;
        } else {
            delimited::read(&text, &mut collector)?;
        }
    }
    Ok(collector.reading)
}

/// Takes rows as the formats find them.
struct Collector<'a> {
    name: &'a str,
    reading: Reading,
}

impl Collector<'_> {
    fn take(&mut self, row: Row) -> Result<(), LedgerError> {
        if row.is_blank() {
            return Ok(());
        }
        let line = row.line;
        match row.entry(self.name) {
            Ok((entry, remarks)) => {
                self.reading.entries.push(entry);
                self.reading.notes.extend(remarks.into_iter().map(|text| Note { line, text }));
            }
            Err(rejected) => self.reading.rejected.push(rejected),
        }
        self.check_length()
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), LedgerError> {
        self.reading.rejected.push(rejected);
        self.check_length()
    }

    fn check_length(&self) -> Result<(), LedgerError> {
        let rows = self.reading.entries.len() + self.reading.rejected.len();
        if rows > MOST_ROWS { Err(LedgerError::TooManyRows { name: self.name.into(), limit: MOST_ROWS }) } else { Ok(()) }
    }

    fn missing_columns(&self, found: Vec<String>) -> LedgerError {
        LedgerError::MissingColumns { name: self.name.into(), found, needed: columns::ADDRESS_HEADERS }
    }
}

/// Text of a file as it may be shown: at most `most` characters, control characters as blanks.
fn clip(text: &str, most: usize) -> String {
    text.trim().chars().take(most).map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests;
