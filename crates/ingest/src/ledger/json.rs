//! A JSON array of objects, or objects one after the other (JSON lines).

use model::text::Text;
use serde_json::{Deserializer, Map, Value};

use crate::ledger::columns::{self, Column};
use crate::ledger::row::Row;
use crate::ledger::table::MOST_COLUMNS;
use crate::ledger::{Collector, LedgerError, Rejected, clip};

/// The longest excerpt of the file that is shown, in characters.
const LONGEST_SHOWN: usize = 200;

/// Reads all objects. They are read one by one, so that no tree of the whole file is ever in memory and each has its line.
pub fn read(text: &str, collector: &mut Collector) -> Result<(), LedgerError> {
    let mut cursor = Cursor { text: text.trim_end(), offset: 0, line: 1 };
    let mut keys = Keys::default();
    cursor.skip_blanks();
    if cursor.skip('[') {
        read_array(&mut cursor, &mut keys, collector)?
    } else {
        read_lines(&mut cursor, &mut keys, collector)?
    }
    if keys.address { Ok(()) } else { Err(collector.missing_columns(keys.first)) }
}

fn read_array(cursor: &mut Cursor, keys: &mut Keys, collector: &mut Collector) -> Result<(), LedgerError> {
    cursor.skip_blanks();
    let mut open = !cursor.skip(']');
    while open {
        cursor.skip_blanks();
        let line = cursor.line;
        let value = cursor.value().map_err(|error| malformed(collector, line, error))?;
        take(line, &value, keys, collector)?;
        cursor.skip_blanks();
        open = !cursor.skip(']');
        if open && !cursor.skip(',') {
            return Err(malformed(collector, cursor.line, "a comma or the closing bracket is missing"));
        }
    }
    cursor.skip_blanks();
    if cursor.rest().is_empty() { Ok(()) } else { Err(malformed(collector, cursor.line, "something follows the array")) }
}

/// Of a malformed object only its line is lost.
fn read_lines(cursor: &mut Cursor, keys: &mut Keys, collector: &mut Collector) -> Result<(), LedgerError> {
    cursor.skip_blanks();
    while !cursor.rest().is_empty() {
        let line = cursor.line;
        match cursor.value() {
            Ok(value) => take(line, &value, keys, collector)?,
            Err(_) => {
                let shown = cursor.skip_line();
                reject(line, shown, collector)?;
            }
        }
        cursor.skip_blanks();
    }
    Ok(())
}

fn take(line: u64, value: &Value, keys: &mut Keys, collector: &mut Collector) -> Result<(), LedgerError> {
    let Value::Object(object) = value else { return reject(line, &value.to_string(), collector) };
    keys.look_at(object);
    let mut row = Row::new(line);
    for (key, value) in object.iter().take(MOST_COLUMNS) {
        row.put(key, columns::recognise(key), &plain(value));
    }
    collector.take(row)
}

fn reject(line: u64, value: &str, collector: &mut Collector) -> Result<(), LedgerError> {
    let reason = Text::new("不是 JSON 对象", "this is no JSON object");
    collector.reject(Rejected { line, column: None, value: clip(value, LONGEST_SHOWN), reason })
}

fn malformed(collector: &Collector, line: u64, reason: impl ToString) -> LedgerError {
    LedgerError::Json { name: collector.name.into(), line, reason: reason.to_string() }
}

/// A value as a cell would have it: lists with semicolons, nothing for null.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}

/// Which keys there are: whether any object had an address, and otherwise what the first had.
#[derive(Default)]
struct Keys {
    address: bool,
    first: Vec<String>,
}

impl Keys {
    fn look_at(&mut self, object: &Map<String, Value>) {
        self.address = self.address || object.keys().any(|key| columns::recognise(key) == Some(Column::Address));
        if !self.address && self.first.is_empty() {
            self.first = object.keys().take(MOST_COLUMNS).map(|key| clip(key, LONGEST_SHOWN)).collect();
        }
    }
}

/// A place in the text, and its line.
struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    /// The next value; after an error the place is as before. Depth is bounded by the deserializer.
    fn value(&mut self) -> Result<Value, serde_json::Error> {
        let mut values = Deserializer::from_str(self.rest()).into_iter::<Value>();
        let value = values.next().unwrap_or(Ok(Value::Null))?;
        self.advance(values.byte_offset());
        Ok(value)
    }

    fn skip(&mut self, expected: char) -> bool {
        let found = self.rest().starts_with(expected);
        self.advance(if found { expected.len_utf8() } else { 0 });
        found
    }

    fn skip_blanks(&mut self) {
        self.advance(self.rest().len() - self.rest().trim_start().len());
    }

    fn skip_line(&mut self) -> &'a str {
        self.advance(self.rest().find('\n').unwrap_or(self.rest().len()))
    }

    fn advance(&mut self, length: usize) -> &'a str {
        let passed = self.rest().get(..length).unwrap_or_default();
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count() as u64;
        self.offset += passed.len();
        passed
    }
}
