//! Tables: rows of CSV, JSON or a workbook, behind one door.
//!
//! Invariant: every row that is not blank is handed on or rejected, with its line; a file of any length costs the memory of one row, save
//! workbooks, which have to be whole and are bounded.

use std::collections::BTreeMap;

use model::ledger::source::Rejected;
use model::plain_name::half_width;
use model::text;
use model::text::Text;
use serde_json::{Map, Value};

use crate::source::input::Input;
use crate::source::{Sink, SourceError, Stopped, delimited, json, sheet};

/// In how many rows the header is looked for. Above it stand titles and instructions.
pub(super) const HEADER_WITHIN: usize = 10;

/// The most columns that are read; what stands to the right of them is not looked at.
pub(super) const MOST_COLUMNS: usize = 256;

/// The longest cell, in bytes. Longer ones are damage: an open quote swallows the rows that follow it.
pub(super) const LONGEST_CELL: usize = 64 << 10;

/// The longest header, the longest note and the longest value that is shown, in characters; what is longer is cut.
const LONGEST_HEADER: usize = 100;
const LONGEST_NOTE: usize = 1_000;
const LONGEST_SHOWN: usize = 200;

/// A column that a format knows.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in English: lower case, underscores.
    pub word: &'static str,
    /// Its other names, the usual Chinese one first.
    pub names: &'static [&'static str],
}

/// The columns of a format.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// What the format is, for errors: "an ICP filing extract".
    pub what: &'static str,
    /// The columns.
    pub all: &'static [Column],
    /// A row is the header when of each of these groups one column is in it.
    pub needed: &'static [&'static [usize]],
}

/// Defines the columns of a format: an enum `C` of them, which converts to their places, and the static `COLUMNS`.
///
/// `columns! { "a list of x", needs [Name] [Code Number]; Name "name" = "名称" | "单位名称"; Code "code" = "代码"; Number "number" = "编号"; }`
macro_rules! columns {
    ($what:literal, needs $([$($needed:ident)+])+; $($name:ident $word:literal = $first:literal $(| $other:literal)*;)+) => {
        /// The columns.
        #[derive(Clone, Copy)]
        enum C { $($name),+ }

        impl From<C> for usize {
            fn from(column: C) -> Self {
                column as Self
            }
        }

        /// The columns with the headers by which they go.
        pub(crate) static COLUMNS: $crate::source::table::Columns = $crate::source::table::Columns {
            what: $what,
            all: &[$($crate::source::table::Column { word: $word, names: &[$first $(, $other)*] }),+],
            needed: &[$(&[$(C::$needed as usize),+]),+],
        };
    };
}
pub(crate) use columns;

impl Columns {
    /// The column that a header names, whatever its case, width, blanks, required-marks (`*`) and explanations in brackets.
    pub fn recognise(&self, header: &str) -> Option<usize> {
        let plain: String = simplified(header).collect();
        self.named(&plain).or_else(|| self.named(plain.split(['(', '[', '【']).next().unwrap_or_default()))
    }

    fn named(&self, plain: &str) -> Option<usize> {
        let same = |name: &str| simplified(name).eq(plain.chars());
        self.all.iter().position(|column| same(column.word) || column.names.iter().any(|name| same(name)))
    }

    /// The names of the columns of which one is needed, where `has` lacks them all.
    fn lacking(&self, has: impl Fn(usize) -> bool) -> Option<Vec<String>> {
        let group = self.needed.iter().find(|group| !group.iter().any(|column| has(*column)))?;
        let columns = group.iter().filter_map(|column| self.all.get(*column));
        let names: Vec<String> =
            columns.map(|column| format!("{} ({})", column.word, column.names.first().unwrap_or(&column.word))).collect();
        Some(names)
    }
}

/// The characters of a header that tell it from others.
fn simplified(header: &str) -> impl Iterator<Item = char> {
    header.chars().map(half_width).filter(|character| !is_decoration(*character)).flat_map(char::to_lowercase)
}

fn is_decoration(character: char) -> bool {
    matches!(character, '*' | '_' | '-' | ':' | '"' | '\u{feff}') || character.is_whitespace() || character.is_control()
}

/// Why a row goes no further.
#[derive(Debug)]
pub enum Bad {
    /// It is not taken; the rows that follow are.
    Row(Rejected),
    /// The sink wants no more.
    Stopped(Stopped),
}

impl From<Rejected> for Bad {
    fn from(rejected: Rejected) -> Self {
        Self::Row(rejected)
    }
}

impl From<Stopped> for Bad {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(stopped)
    }
}

/// What a format does with a row.
pub type Each<'a> = &'a mut dyn FnMut(&Row<'_>, &mut dyn Sink) -> Result<(), Bad>;

/// Reads the rows of a table and hands each to `each`; the row is counted before. The form is told from the bytes, not from the name.
///
/// Understood are CSV with commas, semicolons or tabs in UTF-8, UTF-16, GBK or GB18030, each record decoded by itself; a JSON array of
/// objects or objects one after the other; and Excel workbooks (`.xlsx`), of which the first sheet with a known header is read. Rows above
/// the header, such as a title, are passed over.
///
/// # Errors
/// When the delivery as a whole cannot be read, or the sink stops. A bad row is no error but goes to the sink.
pub fn rows(input: &mut Input<'_>, columns: &Columns, sink: &mut dyn Sink, each: Each<'_>) -> Result<(), SourceError> {
    let mut table = Table::new(columns, sink, each);
    let start = input.start().trim_ascii_start();
    if start.is_empty() {
        return Err(unlike(input, columns, Text::new("文件为空", "it is empty")));
    }
    if start.starts_with(b"PK\x03\x04") {
        sheet::read(input, &mut table)?;
    } else if start.starts_with(b"\xd0\xcf\x11\xe0") {
        // Its layout lets a file of a few bytes ask for gigabytes, and the reader at hand takes them at once; see `sheet`.
        return Err(unlike(
            input,
            columns,
            Text::new(
                "是 Excel 97-2003 工作簿，请另存为 .xlsx 或 .csv",
                "it is a workbook of Excel 97-2003; save it as .xlsx or .csv",
            ),
        ));
    } else if start.starts_with(b"[") || start.starts_with(b"{") {
        json::read(input, &mut table)?;
    } else {
        delimited::read(input, &mut table)?;
    }
    match table.missing() {
        None => Ok(()),
        Some(problem) => Err(unlike(input, columns, problem)),
    }
}

pub(super) fn unlike(input: &Input<'_>, columns: &Columns, problem: Text) -> SourceError {
    SourceError::Unlike { name: input.name.into(), expected: columns.what, problem }
}

/// The cells of one row, in one piece of memory that the next row uses again.
#[derive(Default)]
pub(super) struct Cells {
    text: String,
    parts: Vec<Part>,
    too_long: Option<usize>,
}

/// Where a cell stands: its title, and its place in the text.
#[derive(Clone, Copy)]
struct Part {
    title: usize,
    start: usize,
    end: usize,
}

impl Cells {
    /// Empties the row.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.parts.clear();
        self.too_long = None;
    }

    /// Puts a cell in, if it has content; without control characters, and without the `="…"` by which exports keep Excel from guessing.
    pub(super) fn push(&mut self, title: usize, cell: &str) {
        let cell = trim(cell);
        let cell = cell.strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"')).unwrap_or(cell);
        let start = self.text.len();
        if cell.bytes().any(|byte| byte < b' ' || byte == 0x7f || byte == 0xc2) {
            let spaced = cell.chars().map(|character| if matches!(character, '\n' | '\r' | '\t') { ' ' } else { character });
            let clean: String = spaced.filter(|character| !character.is_control()).collect();
            self.text.push_str(trim(&clean));
        } else {
            self.text.push_str(trim(cell));
        }
        let end = self.text.len();
        if end > start {
            self.parts.push(Part { title, start, end });
        }
        if end - start > LONGEST_CELL {
            self.too_long = Some(title);
        }
    }

    fn get(&self, part: Part) -> &str {
        self.text.get(part.start..part.end).unwrap_or_default()
    }
}

fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

struct Title {
    text: String,
    column: Option<usize>,
}

/// A table that is being read: takes the rows as the forms find them.
pub(super) struct Table<'a> {
    pub(super) columns: &'a Columns,
    sink: &'a mut dyn Sink,
    each: Each<'a>,
    /// The row that is being put together.
    pub(super) cells: Cells,
    titles: Vec<Title>,
    /// Titles of objects, which need not all have the same, by name.
    keys: BTreeMap<String, usize>,
    /// For each column the number of its cell in the row, from 1; 0 for none.
    places: Vec<usize>,
    known: bool,
    searched: usize,
    /// Of the rows searched, the one that looks most like a header: how many of its titles are known, and all of them.
    nearest: Option<(usize, Vec<Title>)>,
}

impl<'a> Table<'a> {
    pub(super) fn new(columns: &'a Columns, sink: &'a mut dyn Sink, each: Each<'a>) -> Self {
        Self {
            columns,
            sink,
            each,
            cells: Cells::default(),
            titles: Vec::new(),
            keys: BTreeMap::new(),
            places: vec![0; columns.all.len()],
            known: false,
            searched: 0,
            nearest: None,
        }
    }

    /// Takes the row that was put together: as the header, or as a row of it. False when the header should have come by now.
    pub(super) fn take(&mut self, line: u64) -> Result<bool, SourceError> {
        if self.cells.parts.is_empty() {
            return Ok(true);
        }
        if self.known {
            self.hand_on(line)?;
            return Ok(true);
        }
        self.search();
        Ok(self.known || self.searched < HEADER_WITHIN)
    }

    /// True when the header was found.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// Looks for the header anew, on another sheet.
    pub(super) fn restart(&mut self) {
        self.searched = 0;
    }

    fn search(&mut self) {
        let mut titles: Vec<Title> = Vec::new();
        for part in &self.cells.parts {
            let text = self.cells.get(*part);
            titles.resize_with(part.title + 1, || Title { text: String::new(), column: None });
            titles[part.title] = Title { text: clip(text, LONGEST_HEADER), column: self.columns.recognise(text) };
        }
        self.searched += 1;
        let known = titles.iter().filter(|title| title.column.is_some()).count();
        if self.columns.lacking(|column| titles.iter().any(|title| title.column == Some(column))).is_none() {
            self.titles = titles;
            self.known = true;
        } else if self.nearest.as_ref().is_none_or(|(most, _)| known > *most) {
            self.nearest = Some((known, titles));
        }
    }

    /// The number of the title that an object's key is; `None` beyond the most columns.
    pub(super) fn key(&mut self, key: &str) -> Option<usize> {
        if let Some(known) = self.keys.get(key) {
            return Some(*known);
        }
        let next = self.titles.len();
        if next >= MOST_COLUMNS {
            return None;
        }
        self.titles.push(Title { text: clip(key, LONGEST_HEADER), column: self.columns.recognise(key) });
        self.keys.insert(key.into(), next);
        Some(next)
    }

    /// Takes the row that was put together by the keys of an object.
    pub(super) fn take_object(&mut self, line: u64) -> Result<(), SourceError> {
        self.known = true;
        if self.cells.parts.is_empty() { Ok(()) } else { self.hand_on(line) }
    }

    fn hand_on(&mut self, line: u64) -> Result<(), SourceError> {
        self.places.fill(0);
        for (number, part) in (1..).zip(&self.cells.parts) {
            let column = self.titles.get(part.title).and_then(|title| title.column);
            if let Some(place) = column.and_then(|column| self.places.get_mut(column)).filter(|place| **place == 0) {
                *place = number;
            }
        }
        self.sink.row();
        let row = Row { line, cells: &self.cells, titles: &self.titles, places: &self.places, columns: self.columns };
        let taken = match self.cells.too_long {
            Some(title) => Err(Bad::Row(row.too_long(title))),
            None => (self.each)(&row, self.sink),
        };
        match taken {
            Ok(()) => Ok(()),
            Err(Bad::Row(rejected)) => Ok(self.sink.reject(rejected)?),
            Err(Bad::Stopped(stopped)) => Err(stopped.into()),
        }
    }

    /// Rejects a row of which there are no cells.
    pub(super) fn reject(&mut self, line: u64, value: &str, reason: Text) -> Result<(), SourceError> {
        self.sink.row();
        Ok(self.sink.reject(Rejected { line, column: None, value: clip(value, LONGEST_SHOWN), reason })?)
    }

    /// What is missing for a table with a header; `None` when nothing is.
    fn missing(&self) -> Option<Text> {
        let titles = if self.known { &self.titles } else { self.nearest.as_ref().map_or(&self.titles, |(_, titles)| titles) };
        let lacking = self.columns.lacking(|column| titles.iter().any(|title| title.column == Some(column)))?;
        let met: Vec<&str> = titles.iter().map(|title| title.text.as_str()).filter(|text| !text.is_empty()).take(20).collect();
        let (lacking_zh, lacking_en) = (lacking.join("或"), lacking.join(" or "));
        Some(match met.join(", ") {
            none if none.is_empty() => text!(
                zh: "缺少 {lacking_zh} 列，未找到表头",
                en: "a column {lacking_en} is needed; found nothing",
            ),
            found => text!(
                zh: "缺少 {lacking_zh} 列，表头为：{found}",
                en: "a column {lacking_en} is needed; found {found}",
            ),
        })
    }
}

/// A row under its header.
pub struct Row<'a> {
    /// Its line in the file, from 1; in a workbook the number of the row.
    pub line: u64,
    cells: &'a Cells,
    titles: &'a [Title],
    places: &'a [usize],
    columns: &'a Columns,
}

impl<'a> Row<'a> {
    fn part(&self, column: usize) -> Option<Part> {
        let place = self.places.get(column).copied().filter(|place| *place > 0)?;
        self.cells.parts.get(place - 1).copied()
    }

    /// The cell of a column, without blanks around it; `None` when it is empty or there is no such column. Of two columns that mean the
    /// same the first that is filled counts, and the other is a note.
    pub fn get(&self, column: impl Into<usize>) -> Option<&'a str> {
        self.part(column.into()).map(|part| self.cells.get(part))
    }

    /// The cell of a column; empty when there is none.
    pub fn text(&self, column: impl Into<usize>) -> &'a str {
        self.get(column).unwrap_or_default()
    }

    /// The value of a column, where it is filled.
    ///
    /// # Errors
    /// When `value` finds the cell wrong: the row, rejected with its reason.
    pub fn read<T>(&self, column: impl Into<usize>, value: impl FnOnce(&'a str) -> Result<T, Text>) -> Result<Option<T>, Bad> {
        let column = column.into();
        let Some(written) = self.get(column) else { return Ok(None) };
        value(written).map(Some).map_err(|reason| self.reject(column, reason).into())
    }

    /// The value of a column that must be filled.
    ///
    /// # Errors
    /// When it is not, or `value` finds the cell wrong.
    pub fn need<T>(&self, column: impl Into<usize>, value: impl FnOnce(&'a str) -> Result<T, Text>) -> Result<T, Bad> {
        let column = column.into();
        self.read(column, value)?.ok_or_else(|| self.reject(column, Text::new("此栏必填", "this column must be filled")).into())
    }

    /// The row, rejected for what stands in a column.
    pub fn reject(&self, column: impl Into<usize>, reason: Text) -> Rejected {
        let column = column.into();
        let header = match self.part(column).and_then(|part| self.titles.get(part.title)) {
            Some(title) => title.text.clone(),
            // A cell that is not there: its header, where the file has one.
            None => match self.titles.iter().find(|title| title.column == Some(column)) {
                Some(title) => title.text.clone(),
                None => self.columns.all.get(column).map_or_else(String::new, |column| column.word.into()),
            },
        };
        Rejected { line: self.line, column: Some(header), value: clip(self.text(column), LONGEST_SHOWN), reason }
    }

    /// The row, rejected as a whole, with its cells as they stand.
    pub fn reject_all(&self, reason: Text) -> Rejected {
        Rejected { line: self.line, column: None, value: clip(&self.joined(), LONGEST_SHOWN), reason }
    }

    fn joined(&self) -> String {
        let most = self.cells.parts.iter().take(LONGEST_SHOWN).map(|part| self.cells.get(*part));
        most.flat_map(|cell| cell.chars().chain([' '])).take(LONGEST_SHOWN).collect()
    }

    fn too_long(&self, title: usize) -> Rejected {
        let cell = self.cells.parts.iter().find(|part| part.title == title).map_or("", |part| self.cells.get(*part));
        let reason = Text::new("内容过长，可能缺少引号", "the value is too long; a quote may be missing");
        let column = self.titles.get(title).map(|title| title.text.clone());
        Rejected { line: self.line, column, value: clip(cell, LONGEST_SHOWN), reason }
    }

    /// The cells that no known column takes, with their headers, cut to 1,000 characters.
    pub fn notes(&self) -> impl Iterator<Item = (String, String)> + use<'_> {
        let taken = |number: usize, part: &Part| {
            let column = self.titles.get(part.title).and_then(|title| title.column);
            column.is_some_and(|column| self.places.get(column) == Some(&number))
        };
        let others = (1..).zip(&self.cells.parts).filter(move |(number, part)| !taken(*number, part));
        others.map(|(_, part)| {
            let title = self.titles.get(part.title).map(|title| title.text.as_str()).filter(|title| !title.is_empty());
            let header = title.map_or_else(|| format!("column {}", part.title + 1), Into::into);
            (header, clip(self.cells.get(*part), LONGEST_NOTE))
        })
    }

    /// The notes as a JSON object by header, as [`Attribute::Notes`](model::ledger::attribute::Attribute::Notes) holds them; `None` without any.
    pub fn notes_json(&self) -> Option<String> {
        let notes: Map<String, Value> = self.notes().map(|(header, note)| (header, note.into())).collect();
        (!notes.is_empty()).then(|| Value::Object(notes).to_string())
    }
}

/// Text of a file as it may be shown: at most `most` characters, control characters as blanks.
pub(super) fn clip(text: &str, most: usize) -> String {
    text.trim().chars().take(most).map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests;
