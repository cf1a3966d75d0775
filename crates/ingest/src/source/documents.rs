//! JSON of any length as a stream of records: lines, an array, objects one after the other, or a list inside an object.
//!
//! Invariant: at most one record and [`LONGEST_RECORD`] bytes are held at a time, but for one short document without a list.

use std::cell::Cell;
use std::io::{self, BufRead, Cursor, Read};

use model::text::Text;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::source::input::Input;
use crate::source::lines::{self, Lines};
use crate::source::rows::Rows;
use crate::source::{Sink, SourceError, Stopped};

/// The longest record, in bytes.
pub(crate) const LONGEST_RECORD: u64 = 64 << 20;

/// Where the records of a format are.
pub(crate) struct Shape {
    /// What the format is called in errors.
    pub expected: &'static str,
    /// Paths of keys to lists of records in an object around them. A document without any of them is itself a record.
    pub lists: &'static [&'static [&'static str]],
}

/// Takes the bytes of one record.
type Each<'f> = &'f mut dyn FnMut(&mut Rows<'_>, &[u8]) -> Result<(), Stopped>;

/// Reads each record as a `T`; what is none is reported.
///
/// # Errors
/// As [`records`].
pub(crate) fn typed<T: DeserializeOwned>(
    input: &mut Input<'_>,
    shape: &Shape,
    sink: &mut dyn Sink,
    mut each: impl FnMut(&mut Rows<'_>, T) -> Result<(), Stopped>,
) -> Result<(), SourceError> {
    records(input, shape, sink, &mut |rows, bytes| match serde_json::from_slice(bytes) {
        Ok(record) => each(rows, record),
        Err(error) => reject(rows, bytes, &error),
    })
}

/// Reports a record that is not what it should be.
pub(crate) fn reject(rows: &mut Rows<'_>, bytes: &[u8], error: &serde_json::Error) -> Result<(), Stopped> {
    let start = String::from_utf8_lossy(bytes.get(..800).unwrap_or(bytes));
    rows.reject(None, &start, Text::new(format!("不是本格式的 JSON 记录：{error}"), format!("no JSON record of this format: {error}")))
}

/// Reads a delivery record by record, each counted as a row.
///
/// # Errors
/// When it is no JSON, ends too early, or has a record that is too long.
pub(crate) fn records(input: &mut Input<'_>, shape: &Shape, sink: &mut dyn Sink, each: Each<'_>) -> Result<(), SourceError> {
    let name = input.name;
    let mut rows = Rows::new(sink, input.at);
    match lines::first_byte(input, shape.expected)? {
        None => Ok(()),
        Some(b'[') => {
            list(name, shape, &mut Metered::new(input.stream()), &mut rows, each).map(|_| ())
        }
        Some(b'{') => objects(input, shape, &mut rows, each),
        Some(_) => Err(unlike(name, shape, "it begins with neither { nor [")),
    }
}

/// Lines of objects, or a document that begins with one.
fn objects(input: &mut Input<'_>, shape: &Shape, rows: &mut Rows<'_>, each: Each<'_>) -> Result<(), SourceError> {
    let name = input.name;
    let at = |source| SourceError::Io { name: name.into(), source };
    let mut lines = Lines::new(input.stream(), LONGEST_RECORD as usize);
    let Some(first) = lines.next_line().map_err(at)? else { return Ok(()) };
    let (number, is_whole, first) = (first.number, first.is_whole, first.bytes.to_vec());
    let complete = is_whole && serde_json::from_slice::<IgnoredAny>(&first).is_ok();
    let next_begins_object = lines.stream().fill_buf().map_err(at)?.starts_with(b"{");
    if !complete && !(is_whole && next_begins_object) {
        return document(name, shape, &mut Cursor::new(first).chain(lines.stream()), rows, each);
    }
    // A document on one line may hold its records in a list.
    let listed = complete
        && !shape.lists.is_empty()
        && list(name, shape, &mut Metered::new(&mut Cursor::new(&first)), rows, each)?;
    if !listed {
        rows.line = number;
        rows.count();
        each(rows, &first)?;
    }
    while let Some(line) = lines.next_line().map_err(at)? {
        if line.bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        rows.line = line.number;
        rows.count();
        if line.is_whole { each(rows, line.bytes)? } else { lines::reject_long(rows, line.bytes)? }
    }
    Ok(())
}

/// A document over several lines: with a list of records inside, or one record, or several one after the other.
fn document(name: &str, shape: &Shape, stream: &mut dyn BufRead, rows: &mut Rows<'_>, each: Each<'_>) -> Result<(), SourceError> {
    let mut start = Vec::new();
    let read = stream.take(LONGEST_RECORD).read_to_end(&mut start);
    read.map_err(|source| SourceError::Io { name: name.into(), source })?;
    let is_all = (start.len() as u64) < LONGEST_RECORD;
    let found = !shape.lists.is_empty()
        && list(name, shape, &mut Metered::new(&mut Cursor::new(&start).chain(&mut *stream)), rows, each)?;
    if found {
        return Ok(());
    }
    if !is_all {
        return Err(too_long(name));
    }
    for record in serde_json::Deserializer::from_slice(&start).into_iter::<&RawValue>() {
        let record = record.map_err(|error| broken(name, shape, error))?;
        rows.line += 1;
        rows.count();
        each(rows, record.get().as_bytes())?;
    }
    Ok(())
}

/// The records of the lists in a document; false when it has none of the lists.
fn list<R: BufRead>(
    name: &str,
    shape: &Shape,
    stream: &mut Metered<'_, R>,
    rows: &mut Rows<'_>,
    each: Each<'_>,
) -> Result<bool, SourceError>
where
    R: ?Sized,
{
    let left = &stream.left.clone();
    let mut search = Search { rows, each, left, found: false, stopped: None };
    let mut reader = serde_json::Deserializer::from_reader(&mut *stream);
    let is_list = Level { search: &mut search, lists: shape.lists.to_vec(), top: true }.deserialize(&mut reader);
    match (search.stopped, is_list) {
        (Some(stopped), _) => Err(stopped.into()),
        (None, Ok(())) => Ok(search.found),
        (None, Err(_)) if left.get() == 0 => Err(too_long(name)),
        (None, Err(error)) => Err(broken(name, shape, error)),
    }
}

fn too_long(name: &str) -> SourceError {
    SourceError::TooLarge { name: name.into(), what: "the size of a record in bytes", limit: LONGEST_RECORD }
}

fn unlike(name: &str, shape: &Shape, problem: impl Into<String>) -> SourceError {
    SourceError::Unlike { name: name.into(), expected: shape.expected, problem: problem.into() }
}

fn broken(name: &str, shape: &Shape, error: serde_json::Error) -> SourceError {
    match error.classify() {
        Category::Io | Category::Eof => SourceError::Io { name: name.into(), source: error.into() },
        Category::Syntax | Category::Data => unlike(name, shape, error.to_string()),
    }
}

/// The search for lists of records.
struct Search<'a, 'r, 's> {
    rows: &'a mut Rows<'s>,
    each: Each<'r>,
    left: &'a Cell<u64>,
    found: bool,
    stopped: Option<Stopped>,
}

/// One level of a document: the lists that may lie below it.
struct Level<'x, 'a, 'r, 's> {
    search: &'x mut Search<'a, 'r, 's>,
    lists: Vec<&'static [&'static str]>,
    top: bool,
}

impl<'de> DeserializeSeed<'de> for Level<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.top && !self.lists.iter().any(|path| path.is_empty()) {
            while list.next_element::<IgnoredAny>()?.is_some() {
                self.search.left.set(LONGEST_RECORD);
            }
            return Ok(());
        }
        self.search.found = true;
        self.search.left.set(LONGEST_RECORD);
        while let Some(record) = list.next_element::<Box<RawValue>>()? {
            let Search { rows, each, left, stopped, .. } = &mut *self.search;
            left.set(LONGEST_RECORD);
            rows.line += 1;
            rows.count();
            if let Err(error) = each(rows, record.get().as_bytes()) {
                *stopped = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Key>()? {
            let below: Vec<_> =
                self.lists.iter().filter_map(|path| path.split_first()).filter(|(head, _)| **head == key.0).map(|(_, rest)| rest).collect();
            if below.is_empty() {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Level { search: &mut *self.search, lists: below, top: false })?;
            }
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

#[derive(Deserialize)]
struct Key(String);

/// A stream that ends in an error when too much is read at a time.
pub(crate) struct Metered<'r, R: ?Sized> {
    stream: &'r mut R,
    /// What may still be read; set anew by whoever has finished with what was read.
    pub left: std::rc::Rc<Cell<u64>>,
}

impl<'r, R: BufRead + ?Sized> Metered<'r, R> {
    /// Meters `stream`.
    pub fn new(stream: &'r mut R) -> Self {
        Self { stream, left: std::rc::Rc::new(Cell::new(LONGEST_RECORD)) }
    }

    fn spend(&self, count: usize) {
        self.left.set(self.left.get().saturating_sub(count as u64));
    }
}

impl<R: BufRead + ?Sized> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::Error::other("a record is too long"));
        }
        let count = self.stream.read(buffer)?;
        self.spend(count);
        Ok(count)
    }
}

impl<R: BufRead + ?Sized> BufRead for Metered<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left.get() == 0 {
            return Err(io::Error::other("a record is too long"));
        }
        self.stream.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.spend(count);
        self.stream.consume(count);
    }
}
