//! Text with a record on a line: commas, semicolons or tabs between the cells (RFC 4180, and what programs make of it).
//!
//! Invariant: a quote that is never closed costs its own line, not the rows that follow.

use std::io::{self, BufRead, Cursor, Read};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use model::text::Text;

use crate::source::input::{self, Input};
use crate::source::table::{Columns, HEADER_WITHIN, MOST_COLUMNS, Table, clip};
use crate::source::{SourceError, encoding};

/// The longest record in bytes, its line breaks counted.
const LONGEST_RECORD: usize = 1 << 20;

/// How many quotes that are never closed are got over; each costs reading up to the longest record again.
const MOST_OPEN_QUOTES: usize = 256;

/// How much of the beginning tells the delimiter: lines, and bytes of each.
const HEAD_LINES: usize = 3 * HEADER_WITHIN;

/// The most cells of a record.
const MOST_CELLS: usize = 4 * MOST_COLUMNS;

/// Reads all rows.
pub fn read(input: &mut Input<'_>, table: &mut Table<'_>) -> Result<(), SourceError> {
    let mut head = Vec::new();
    for _ in 0..HEAD_LINES {
        let read = input.stream().take(LONGEST_RECORD as u64).read_until(b'\n', &mut head);
        if read.map_err(|source| input.io(source))? == 0 {
            break;
        }
    }
    let delimiter = delimiter(&head, table.columns);
    let name = input.name;
    let mut records = Records::new(delimiter, Cursor::new(head).chain(input.stream()));
    loop {
        match records.next().map_err(|source| input::failed(name, source))? {
            Found::End => return Ok(()),
            Found::Record(line) => {
                if !take(line, &records, table)? {
                    return Ok(());
                }
            }
            // Above the header anything may stand.
            Found::Broken(..) if !table.is_known() => {}
            Found::Broken(line, reason) => table.reject(line, &String::from_utf8_lossy(records.beginning()), reason)?,
        }
    }
}

fn take<R: BufRead>(line: u64, records: &Records<R>, table: &mut Table<'_>) -> Result<bool, SourceError> {
    table.cells.clear();
    match std::str::from_utf8(records.bytes()) {
        Ok(text) => {
            for (number, (start, end)) in records.cells().enumerate() {
                table.cells.push(number, text.get(start..end).unwrap_or_default());
            }
        }
        Err(_) => {
            // Decoded as one, so that one charset holds for the record: no delimiter is part of a character of GB18030.
            if encoding::decode(records.bytes()).is_none() {
                if table.is_known() {
                    table.reject(line, &String::from_utf8_lossy(records.beginning()), encoding::undecodable())?;
                }
                return Ok(true);
            }
            for (number, (start, end)) in records.cells().enumerate() {
                let cell = records.bytes().get(start..end).unwrap_or_default();
                let (cell, _) = encoding_rs::GB18030.decode_without_bom_handling(cell);
                table.cells.push(number, &cell);
            }
        }
    }
    table.take(line)
}

/// The delimiter under which most headers are known.
fn delimiter(head: &[u8], columns: &Columns) -> u8 {
    let known = |delimiter: u8| {
        let mut records = Records::new(delimiter, head);
        let mut most = 0;
        for _ in 0..HEADER_WITHIN {
            match records.next() {
                Ok(Found::Record(_)) => most = most.max(records.known(columns)),
                Ok(Found::Broken(..)) => {}
                Ok(Found::End) | Err(_) => break,
            }
        }
        most
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

/// What comes next.
enum Found {
    /// A record that begins at this line.
    Record(u64),
    /// Something at this line that is no record, and why.
    Broken(u64, Text),
    /// Nothing.
    End,
}

/// The records of a stream, one at a time, in memory that the next uses again.
struct Records<R> {
    stream: R,
    reader: Reader,
    /// Lines behind a quote that was not closed, to be read again.
    again: Cursor<Vec<u8>>,
    open_quotes: usize,
    /// The number of the last line that was read, and whether it was too long to be read to its end.
    line: u64,
    cut: bool,
    /// The record as it stands in the file, and where its second line begins.
    raw: Vec<u8>,
    first: usize,
    /// Its cells without quotes, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    cells: usize,
}

impl<R: BufRead> Records<R> {
    fn new(delimiter: u8, stream: R) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        let (again, raw, bytes) = (Cursor::new(Vec::new()), Vec::new(), Vec::new());
        Self {
            stream,
            reader,
            again,
            open_quotes: 0,
            line: 0,
            cut: false,
            raw,
            first: 0,
            bytes,
            ends: vec![0; MOST_CELLS],
            cells: 0,
        }
    }

    fn next(&mut self) -> io::Result<Found> {
        loop {
            self.raw.clear();
            if self.read_line()? == 0 {
                return Ok(Found::End);
            }
            self.first = self.raw.len();
            if !self.raw.trim_ascii().is_empty() {
                return self.record();
            }
        }
    }

    /// Takes lines until the record that begins with the line at hand is whole.
    fn record(&mut self) -> io::Result<Found> {
        let line = self.line;
        self.reader.reset();
        let (mut done, mut read, mut cells) = (0, 0, 0);
        loop {
            if self.cut {
                return self.give_up(line);
            }
            self.bytes.resize(self.raw.len(), 0);
            let unread = self.raw.get(read..).unwrap_or_default();
            let (bytes, ends) = (self.bytes.get_mut(done..).unwrap_or_default(), self.ends.get_mut(cells..).unwrap_or_default());
            let (result, more_read, more_done, more_cells) = self.reader.read_record(unread, bytes, ends);
            (read, done, cells) = (read + more_read, done + more_done, cells + more_cells);
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => {
                    self.bytes.truncate(done);
                    self.cells = cells;
                    return Ok(Found::Record(line));
                }
                // There is always room for the bytes: the cells are no longer than the record.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Ok(Found::Broken(line, Text::new("此行的列太多", "the row has too many cells")));
                }
                ReadRecordResult::InputEmpty => {
                    if self.raw.len() > LONGEST_RECORD || self.read_line()? == 0 {
                        return self.give_up(line);
                    }
                }
            }
        }
    }

    /// The quote at `line` is not closed, or the line is too long: the lines after it are read again as if it were not there.
    fn give_up(&mut self, line: u64) -> io::Result<Found> {
        self.open_quotes += 1;
        if self.open_quotes > MOST_OPEN_QUOTES {
            return Ok(Found::Broken(
                line,
                Text::new("引号未配对，其后的行已跳过", "a quote is not closed; the rows behind it were passed over"),
            ));
        }
        let mut again = self.raw.split_off(self.first);
        self.again.read_to_end(&mut again)?;
        self.again = Cursor::new(again);
        self.line = line;
        Ok(Found::Broken(line, Text::new("引号未配对或内容过长", "a quote is not closed, or the row is too long")))
    }

    /// Adds a line to the record, with a line feed at its end and no other. Of one that is too long the rest is dropped. 0 at the end.
    fn read_line(&mut self) -> io::Result<usize> {
        let before = self.raw.len();
        let limit = LONGEST_RECORD as u64 + 1;
        let mut read = (&mut self.again).take(limit).read_until(b'\n', &mut self.raw)?;
        if read == 0 {
            read = (&mut self.stream).take(limit).read_until(b'\n', &mut self.raw)?;
        }
        if read == 0 {
            return Ok(0);
        }
        self.line += 1;
        self.cut = false;
        if self.raw.ends_with(b"\r\n") {
            self.raw.truncate(self.raw.len() - 2);
            self.raw.push(b'\n');
        } else if !self.raw.ends_with(b"\n") {
            if read as u64 == limit {
                self.stream.skip_until(b'\n')?;
                self.cut = true;
            }
            self.raw.push(b'\n');
        }
        Ok(self.raw.len() - before)
    }

    /// The bytes of all cells, one after the other.
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each cell begins and ends in the bytes.
    fn cells(&self) -> impl Iterator<Item = (usize, usize)> {
        let ends = self.ends.get(..self.cells.min(MOST_COLUMNS)).unwrap_or_default();
        let mut start = 0;
        ends.iter().map(move |end| (std::mem::replace(&mut start, *end), *end))
    }

    /// The beginning of the record as it stands in the file, for people.
    fn beginning(&self) -> &[u8] {
        self.raw.get(..self.raw.len().min(800)).unwrap_or_default()
    }

    /// How many of the cells are known headers.
    fn known(&self, columns: &Columns) -> usize {
        let cell = |(start, end)| encoding::decode(self.bytes.get(start..end).unwrap_or_default());
        let known = |cell: &str| columns.recognise(&clip(cell, 200)).is_some();
        self.cells().filter(|place| cell(*place).is_some_and(|cell| known(&cell))).count()
    }
}
