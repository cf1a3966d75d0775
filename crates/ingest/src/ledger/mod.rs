//! Ledger files: CSV, JSON and Excel workbooks, with English or Chinese headers.
//!
//! Invariant: every row that is not blank is either an entry or rejected. A bad value makes a bad row, since a row that lost a value could
//! be judged by other rules than those that bind it.

pub(crate) mod row;

use jiff::Timestamp;
use model::ledger::Entry;
use model::ledger::source::Rejected;
use model::text::Text;

pub(crate) use crate::ledger::row::COLUMNS;
use crate::source::input::Input;
use crate::source::{Record, Sink, SourceError, Stopped, table};

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

/// A remark on a row that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its line, as in [`Rejected::line`].
    pub line: u64,
    /// The remark.
    pub text: Text,
}

/// Reads a ledger file that is in memory. `name` is how the file is called in entries and errors; the form is told from `bytes`, not from
/// the name: see [`table::rows`].
///
/// # Errors
/// When the file as a whole cannot be read. A bad row is no error but is listed in [`Reading::rejected`].
pub fn read(name: &str, bytes: &[u8]) -> Result<Reading, SourceError> {
    let too_large = |what, limit: usize| SourceError::TooLarge { name: name.into(), what, limit: limit as u64 };
    if bytes.len() > LARGEST_FILE {
        return Err(too_large("its size in bytes", LARGEST_FILE));
    }
    // A ledger in memory has no time: nothing in it depends on one.
    let mut input = Input::new(name, Timestamp::UNIX_EPOCH, bytes)?;
    let (mut reading, mut bad) = (Reading::default(), Bad::default());
    let read = table::rows(&mut input, &COLUMNS, &mut bad, &mut |row, _| {
        if reading.entries.len() >= MOST_ROWS {
            return Err(Stopped.into());
        }
        let (entry, remarks) = row::entry(row, name)?;
        reading.entries.push(entry);
        reading.notes.extend(remarks.into_iter().map(|text| Note { line: row.line, text }));
        Ok(())
    });
    match read {
        Err(SourceError::Stopped(_)) => Err(too_large("its number of rows", MOST_ROWS)),
        read => read.map(|()| Reading { rejected: bad.rejected, ..reading }),
    }
}

/// Keeps the bad rows; the good ones go straight into the reading. Stops at the most rows.
#[derive(Default)]
struct Bad {
    rejected: Vec<Rejected>,
    rows: usize,
}

impl Sink for Bad {
    fn take(&mut self, _: Record) -> Result<(), Stopped> {
        Ok(())
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), Stopped> {
        self.rejected.push(rejected);
        if self.rows > MOST_ROWS { Err(Stopped) } else { Ok(()) }
    }

    fn row(&mut self) {
        self.rows += 1;
    }
}

#[cfg(test)]
mod tests;
