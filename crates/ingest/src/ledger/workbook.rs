//! Excel workbooks (`.xlsx`).
//!
//! Cells are taken as a stream, since the reader's tables are as large as the farthest cell says, and one at the lower right corner of
//! an empty sheet would ask for gigabytes. Workbooks of Excel 97-2003 can only be had as such tables and are therefore not read.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError, open_workbook_from_rs};
use zip::ZipArchive;

use crate::ledger::table::{MOST_COLUMNS, Table};
use crate::ledger::{Collector, LedgerError};

/// The most bytes of all parts of the workbook together, unpacked. A sheet of 200,000 rows has about 100 MiB.
const LARGEST_UNPACKED: u64 = 400 << 20;

/// The first number at which neighbours are one number to Excel, 10^15: the last digits are lost.
const FIRST_INEXACT: f64 = 1e15;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads the first sheet that has a header with an address.
pub fn read(bytes: &[u8], collector: &mut Collector) -> Result<(), LedgerError> {
    check_size(bytes, LARGEST_UNPACKED, collector)?;
    let mut book: Book = open_workbook_from_rs(Cursor::new(bytes)).map_err(|error: XlsxError| unreadable(collector, error))?;
    let mut found = Vec::new();
    for sheet in book.sheet_names() {
        let table = read_sheet(&mut book, &sheet, collector)?;
        if table.is_known() {
            return Ok(());
        }
        if found.is_empty() {
            found = table.nearest();
        }
    }
    Err(collector.missing_columns(found))
}

/// Unpacks everything once to see how much it is: what the archive itself says of its sizes may be a lie.
fn check_size(bytes: &[u8], limit: u64, collector: &Collector) -> Result<(), LedgerError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(collector, error))?;
    let mut room = limit + 1;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| unreadable(collector, error))?;
        let unpacked = io::copy(&mut part.take(room), &mut io::sink());
        room -= unpacked.map_err(|error| unreadable(collector, error))?;
        if room == 0 {
            return Err(LedgerError::TooLarge { name: collector.name.into(), limit });
        }
    }
    Ok(())
}

fn read_sheet(book: &mut Book, sheet: &str, collector: &mut Collector) -> Result<Table, LedgerError> {
    let mut table = Table::default();
    // A sheet that holds a chart has no cells.
    let Ok(mut cells) = book.worksheet_cells_reader(sheet) else { return Ok(table) };
    let mut row: (u32, Vec<String>) = (0, Vec::new());
    loop {
        let cell = cells.next_cell().map_err(|error| unreadable(collector, error))?;
        let place = cell.as_ref().map(calamine::Cell::get_position);
        if place.is_none_or(|(number, _)| number != row.0) {
            let blank = row.1.iter().all(|cell| cell.trim().is_empty());
            // Excel counts rows from 1, the reader from 0.
            let line = u64::from(row.0) + 1;
            let taken = if blank { Some(Ok(())) } else { table.take(line, row.1.iter().map(String::as_str), collector) };
            let Some(taken) = taken else { return Ok(table) };
            taken?;
        }
        let (Some(cell), Some((number, column))) = (cell, place) else { return Ok(table) };
        if number != row.0 {
            row = (number, Vec::new());
        }
        put(&mut row.1, column, text(cell.get_value()));
    }
}

fn put(row: &mut Vec<String>, column: u32, text: String) {
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    if column >= MOST_COLUMNS {
        return;
    }
    if row.len() <= column {
        row.resize(column + 1, String::new());
    }
    if let Some(cell) = row.get_mut(column) {
        *cell = text;
    }
}

/// The content of a cell as a person reads it. Of a formula the reader gives the value that Excel stored with it; a text that begins
/// with an equals sign is a text.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).into(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(moment) => moment_text(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

fn number_text(number: f64) -> String {
    if number.abs() < FIRST_INEXACT {
        number.to_string()
    } else {
        // A code of 18 digits that was typed as a number has lost its last digits. Written so it passes for no code.
        format!("{number:E}")
    }
}

fn moment_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

fn unreadable(collector: &Collector, error: impl std::error::Error + Send + Sync + 'static) -> LedgerError {
    LedgerError::Workbook { name: collector.name.into(), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Reading;

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write_string(0, 0, "0".repeat(30_000)).expect("cell");
        let bytes = book.save_to_buffer().expect("workbook");
        assert!(bytes.len() < 20_000, "it is packed");
        let collector = Collector { name: "bomb.xlsx", reading: Reading::default() };
        assert!(check_size(&bytes, 1_000_000, &collector).is_ok());
        assert!(matches!(check_size(&bytes, 30_000, &collector), Err(LedgerError::TooLarge { limit: 30_000, .. })));
    }
}
