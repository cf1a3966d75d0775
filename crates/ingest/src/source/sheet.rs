//! Excel workbooks (`.xlsx`).
//!
//! Cells are taken as a stream, since the reader's tables are as large as the farthest cell says, and one at the lower right corner of
//! an empty sheet would ask for gigabytes. Workbooks of Excel 97-2003 can only be had as such tables and are therefore not read. Nothing
//! of the archive is written to disk, so the names of its parts mean nothing.

use model::text;
use std::io::{self, Cursor};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError, open_workbook_from_rs};
use zip::ZipArchive;

use crate::source::SourceError;
use crate::source::input::Input;
use crate::source::table::{MOST_COLUMNS, Table, unlike};

/// The largest file, in bytes.
const LARGEST_FILE: u64 = 256 << 20;

/// The most bytes of all parts of the workbook together, unpacked. A sheet of 200,000 rows has about 100 MiB.
const LARGEST_UNPACKED: u64 = 400 << 20;

/// The first number at which neighbours are one number to Excel, 10^15: the last digits are lost.
const FIRST_INEXACT: f64 = 1e15;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// Reads the first sheet that has a known header.
pub fn read(input: &mut Input<'_>, table: &mut Table<'_>) -> Result<(), SourceError> {
    let bytes = input.whole(LARGEST_FILE)?;
    check_size(&bytes, LARGEST_UNPACKED, input, table)?;
    let opened: Result<Book, XlsxError> = open_workbook_from_rs(Cursor::new(bytes.as_slice()));
    let mut book = opened.map_err(|error| unreadable(input, table, error))?;
    for sheet in book.sheet_names() {
        read_sheet(&mut book, &sheet, input, table)?;
        if table.is_known() {
            break;
        }
        table.restart();
    }
    Ok(())
}

/// Unpacks everything once to see how much it is: what the archive itself says of its sizes may be a lie.
fn check_size(bytes: &[u8], limit: u64, input: &Input<'_>, table: &Table<'_>) -> Result<(), SourceError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(input, table, error))?;
    let mut room = limit + 1;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| unreadable(input, table, error))?;
        let unpacked = io::copy(&mut io::Read::take(part, room), &mut io::sink());
        room -= unpacked.map_err(|error| unreadable(input, table, error))?;
        if room == 0 {
            return Err(SourceError::TooLarge {
                name: input.name.into(),
                what: "the workbook's size in bytes, unpacked,",
                limit,
            });
        }
    }
    Ok(())
}

fn read_sheet(book: &mut Book, sheet: &str, input: &Input<'_>, table: &mut Table<'_>) -> Result<(), SourceError> {
    // A sheet that holds a chart has no cells.
    let Ok(mut cells) = book.worksheet_cells_reader(sheet) else { return Ok(()) };
    let mut row = 0;
    table.cells.clear();
    loop {
        let cell = cells.next_cell().map_err(|error| unreadable(input, table, error))?;
        let place = cell.as_ref().map(calamine::Cell::get_position);
        if place.is_none_or(|(number, _)| number != row) {
            // Excel counts rows from 1, the reader from 0.
            if !table.take(u64::from(row) + 1)? {
                return Ok(());
            }
            table.cells.clear();
        }
        let (Some(cell), Some((number, column))) = (cell, place) else { return Ok(()) };
        row = number;
        if let Some(column) = usize::try_from(column).ok().filter(|column| *column < MOST_COLUMNS) {
            table.cells.push(column, &text(cell.get_value()));
        }
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

fn unreadable(input: &Input<'_>, table: &Table<'_>, error: impl std::error::Error) -> SourceError {
    let problem = text!(
        zh: "开头像 Excel 工作簿，但无法按工作簿读取（{error}），请重新另存为 .xlsx 或 .csv",
        en: "it begins like an Excel workbook but cannot be read as one ({error}); save it anew as .xlsx or .csv",
    );
    unlike(input, table.columns, problem)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::source::table::Columns;
    use crate::source::testing::Kept;

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet().write_string(0, 0, "0".repeat(30_000)).expect("cell");
        let bytes = book.save_to_buffer().expect("workbook");
        assert!(bytes.len() < 20_000, "it is packed");
        let input = Input::new("bomb.xlsx", Timestamp::UNIX_EPOCH, &bytes[..]).expect("a delivery");
        let columns = Columns { what: "a table", all: &[], needed: &[] };
        let (mut kept, mut each) = (Kept::default(), |_: &crate::source::table::Row<'_>, _: &mut dyn crate::source::Sink| Ok(()));
        let table = Table::new(&columns, &mut kept, &mut each);
        assert!(check_size(&bytes, 1_000_000, &input, &table).is_ok());
        assert!(matches!(check_size(&bytes, 30_000, &input, &table), Err(SourceError::TooLarge { limit: 30_000, .. })));
    }
}
