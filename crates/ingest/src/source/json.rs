//! A JSON array of objects, objects one after the other (JSON lines), or lists within an object, value by value, so that no tree of the file
//! is ever in memory.
//!
//! Invariant: of a malformed value only its line is lost, as long as its end can be seen.

use model::text;
use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

use model::text::Text;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::source::input::{self, Input};
use crate::source::table::{Table, clip};
use crate::source::{SourceError, encoding};

/// The longest value, in bytes.
const LONGEST_VALUE: usize = 16 << 20;

/// A value of a JSON file.
pub enum Element<'a> {
    /// Its text, closed and in one piece; whether it is JSON inside is for the reader to see.
    Text(&'a str),
    /// Its beginning, and why it is none.
    Broken(Cow<'a, str>, Text),
}

/// Hands on the values of an array, or those that stand one after the other, each with its line. In an array the file has one charset; a
/// value is decoded by itself, as UTF-8 or GB18030.
///
/// # Errors
/// When the array breaks off or is malformed between its values, a value is too large, or `each` fails.
pub fn elements(
    input: &mut Input<'_>,
    expected: &'static str,
    each: &mut dyn FnMut(u64, Element<'_>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let name = input.name;
    let failed = |source| input::failed(name, source);
    let malformed = |line: u64, problem: &str| SourceError::Unlike {
        name: name.into(),
        expected,
        problem: text!(
            zh: "第 {line} 行的 JSON 有语法错误（{problem}）",
            en: "the JSON array is malformed at line {line}: {problem}",
        ),
    };
    let mut source = Bytes { stream: input.stream(), line: 1, array: false };
    source.array = source.skip(b'[').map_err(failed)?;
    let mut text = Vec::new();
    let mut first = true;
    loop {
        match source.next(first).map_err(failed)? {
            Place::Value => first = false,
            Place::End if source.peek().map_err(failed)?.is_none() => return Ok(()),
            Place::End => return Err(malformed(source.line, "something follows the array")),
            Place::Malformed(problem) => return Err(malformed(source.line, problem)),
        }
        let line = source.line;
        match source.value(&mut text).map_err(failed)? {
            End::Whole => match encoding::decode(&text) {
                Some(text) => each(line, Element::Text(&text))?,
                None => each(line, Element::Broken(beginning(&text), encoding::undecodable()))?,
            },
            End::Cut if source.array => return Err(malformed(line, "it breaks off in a value")),
            End::Cut => each(line, Element::Broken(beginning(&text), no_object()))?,
            End::TooLong => {
                let what = "the size of a value in bytes";
                return Err(SourceError::TooLarge { name: name.into(), what, limit: LONGEST_VALUE as u64 });
            }
        }
    }
}

/// Hands on the values of the lists at `paths` of keys in the object that begins here, and in those that follow it; false when there are
/// none of the lists, and then the stream may break off anywhere.
///
/// # Errors
/// When a list was found and the object breaks off or is malformed between its values, a value is too large, or `each` fails.
pub(super) fn in_lists(
    name: &str,
    expected: &'static str,
    paths: &[&[&str]],
    stream: &mut dyn BufRead,
    each: &mut dyn FnMut(Element<'_>) -> Result<(), SourceError>,
) -> Result<bool, SourceError> {
    let source = Bytes { stream, line: 1, array: true };
    let mut walk = Walk { source, text: Vec::new(), found: false, each };
    let walked = walk.objects(paths);
    match walked {
        Ok(()) => Ok(walk.found),
        Err(Fault::Taker(error)) => Err(error),
        // Lines of which the first is damaged are for another reader.
        Err(_) if !walk.found => Ok(false),
        Err(Fault::Io(source)) => Err(input::failed(name, source)),
        Err(Fault::TooLong) => {
            let what = "the size of a record in bytes";
            Err(SourceError::TooLarge { name: name.into(), what, limit: LONGEST_VALUE as u64 })
        }
        Err(Fault::Malformed(problem)) => {
            let line = walk.source.line;
            let problem = text!(
                zh: "第 {line} 行的 JSON 有语法错误（{problem}）",
                en: "the JSON is malformed at line {line}: {problem}",
            );
            Err(SourceError::Unlike { name: name.into(), expected, problem })
        }
    }
}

/// A walk to the lists in an object.
struct Walk<'a, 'f> {
    source: Bytes<'a>,
    text: Vec<u8>,
    found: bool,
    each: &'f mut dyn FnMut(Element<'_>) -> Result<(), SourceError>,
}

/// What ends a walk early.
enum Fault {
    Io(io::Error),
    TooLong,
    Malformed(&'static str),
    Taker(SourceError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Walk<'_, '_> {
    fn objects(&mut self, paths: &[&[&str]]) -> Result<(), Fault> {
        while self.source.skip(b'{')? {
            self.object(paths)?;
            if !self.found {
                break;
            }
        }
        Ok(())
    }

    /// The rest of an object, behind its brace. Its depth is that of the paths.
    fn object(&mut self, paths: &[&[&str]]) -> Result<(), Fault> {
        if self.source.skip(b'}')? {
            return Ok(());
        }
        loop {
            let key = self.key()?;
            let below: Vec<&[&str]> = paths
                .iter()
                .filter_map(|path| path.split_first())
                .filter(|(head, _)| **head == key)
                .map(|(_, rest)| rest)
                .collect();
            let is_list = below.iter().any(|path| path.is_empty());
            match self.source.peek()? {
                Some(b'[') if is_list => self.list()?,
                Some(b'{') if !below.is_empty() => {
                    self.source.skip(b'{')?;
                    self.object(&below)?;
                }
                _ => self.value()?,
            }
            if self.source.skip(b'}')? {
                return Ok(());
            }
            self.expect(b',', "a comma or the closing brace is missing")?;
        }
    }

    fn key(&mut self) -> Result<String, Fault> {
        if self.source.peek()? != Some(b'"') {
            self.expect(b'"', "a key is missing")?;
        }
        self.value()?;
        let key = serde_json::from_slice(&self.text).map_err(|_| Fault::Malformed("a key is no text"))?;
        self.expect(b':', "the colon behind a key is missing")?;
        Ok(key)
    }

    fn list(&mut self) -> Result<(), Fault> {
        self.source.skip(b'[')?;
        self.found = true;
        let mut first = true;
        loop {
            match self.source.next(first)? {
                Place::Value => first = false,
                Place::End => return Ok(()),
                Place::Malformed(_) if self.source.peek()?.is_none() => return Err(cut()),
                Place::Malformed(problem) => return Err(Fault::Malformed(problem)),
            }
            self.value()?;
            let element = match encoding::decode(&self.text) {
                Some(text) => (self.each)(Element::Text(&text)),
                None => (self.each)(Element::Broken(beginning(&self.text), encoding::undecodable())),
            };
            element.map_err(Fault::Taker)?;
        }
    }

    /// Takes a value into `text`.
    fn value(&mut self) -> Result<(), Fault> {
        match self.source.value(&mut self.text)? {
            End::Whole if self.text.is_empty() => Err(Fault::Malformed("a value is missing")),
            End::Whole => Ok(()),
            End::Cut => Err(cut()),
            End::TooLong => Err(Fault::TooLong),
        }
    }

    fn expect(&mut self, byte: u8, problem: &'static str) -> Result<(), Fault> {
        match self.source.skip(byte)? {
            true => Ok(()),
            false if self.source.peek()?.is_none() => Err(cut()),
            false => Err(Fault::Malformed(problem)),
        }
    }
}

fn cut() -> Fault {
    Fault::Io(io::ErrorKind::UnexpectedEof.into())
}

fn beginning(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes.get(..bytes.len().min(800)).unwrap_or_default())
}

/// Reads all rows.
pub(super) fn read(input: &mut Input<'_>, table: &mut Table<'_>) -> Result<(), SourceError> {
    let expected = table.columns.what;
    elements(input, expected, &mut |line, element| match element {
        Element::Text(text) => {
            table.cells.clear();
            let mut values = serde_json::Deserializer::from_str(text);
            match Cells(table).deserialize(&mut values).and_then(|()| values.end()) {
                Ok(()) => table.take_object(line),
                Err(_) => table.reject(line, &clip(text, 200), no_object()),
            }
        }
        Element::Broken(text, reason) => table.reject(line, &text, reason),
    })
}

fn no_object() -> Text {
    Text::new("不是 JSON 对象", "this is no JSON object")
}

/// Puts the values of an object into the row of a table.
struct Cells<'t, 'a>(&'t mut Table<'a>);

impl<'de> DeserializeSeed<'de> for Cells<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, values: D) -> Result<(), D::Error> {
        values.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Cells<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        #[derive(Deserialize)]
        struct Key<'k>(#[serde(borrow)] Cow<'k, str>);

        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, Value>()? {
            if let Some(title) = self.0.key(&key) {
                self.0.cells.push(title, &plain(&value));
            }
        }
        Ok(())
    }
}

/// A value as a cell would have it: lists with semicolons, nothing for null.
pub fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(values) => Cow::Owned(values.iter().map(plain).collect::<Vec<_>>().join(";")),
        other => Cow::Owned(other.to_string()),
    }
}

/// How a value ended.
enum End {
    Whole,
    Cut,
    TooLong,
}

/// What stands between values.
enum Place {
    /// The next one begins.
    Value,
    /// There is none any more.
    End,
    /// Neither; why.
    Malformed(&'static str),
}

/// The bytes of the file, and the line at which they stand.
struct Bytes<'a> {
    stream: &'a mut dyn BufRead,
    line: u64,
    array: bool,
}

impl Bytes<'_> {
    /// Goes on to the next value.
    fn next(&mut self, first: bool) -> io::Result<Place> {
        if !self.array {
            return Ok(if self.peek()?.is_some() { Place::Value } else { Place::End });
        }
        if self.skip(b']')? {
            return Ok(Place::End);
        }
        if !first && !self.skip(b',')? {
            return Ok(Place::Malformed("a comma or the closing bracket is missing"));
        }
        Ok(match self.peek()? {
            None => Place::Malformed("it breaks off"),
            Some(b',' | b']') => Place::Malformed("a value is missing"),
            Some(_) => Place::Value,
        })
    }

    /// The next byte that is not blank, which stays.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let chunk = self.stream.fill_buf()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let blank = chunk.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let found = chunk.get(blank).copied();
            self.line += lines(&chunk[..blank]);
            self.stream.consume(blank);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Goes over the next byte that is not blank, if it is this one.
    fn skip(&mut self, expected: u8) -> io::Result<bool> {
        let found = self.peek()? == Some(expected);
        if found {
            self.stream.consume(1);
        }
        Ok(found)
    }

    /// Takes the value that begins here. Outside an array a value is an object, and one that is open where the next line begins with a
    /// brace ends there, cut.
    fn value(&mut self, text: &mut Vec<u8>) -> io::Result<End> {
        text.clear();
        if !self.array && self.peek()? != Some(b'{') {
            return self.rest_of_line(text);
        }
        let mut scan = Scan::default();
        loop {
            let chunk = self.stream.fill_buf()?;
            if chunk.is_empty() {
                return Ok(if scan.depth == 0 && !scan.in_string && !text.is_empty() { End::Whole } else { End::Cut });
            }
            let mut length = chunk.len();
            let mut end = None;
            let mut place = 0;
            while let Some(byte) = chunk.get(place) {
                match scan.step(*byte, self.array) {
                    Step::On => {}
                    Step::Last => (length, end) = (place + 1, Some(End::Whole)),
                    Step::Before => (length, end) = (place, Some(End::Whole)),
                    Step::Cut => (length, end) = (place, Some(End::Cut)),
                }
                if end.is_some() {
                    break;
                }
                place += 1;
                if scan.in_plain_text() {
                    place += chunk[place..].iter().take_while(|byte| is_plain(**byte)).count();
                }
            }
            text.extend_from_slice(&chunk[..length]);
            self.line += lines(&chunk[..length]);
            self.stream.consume(length);
            if let Some(end) = end {
                return Ok(end);
            }
            if text.len() > LONGEST_VALUE {
                return Ok(End::TooLong);
            }
        }
    }

    /// Takes what stands on the line, where no object begins.
    fn rest_of_line(&mut self, text: &mut Vec<u8>) -> io::Result<End> {
        io::Read::take(&mut *self.stream, LONGEST_VALUE as u64).read_until(b'\n', text)?;
        self.line += lines(text);
        Ok(End::Cut)
    }
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// What a byte is to the value.
enum Step {
    /// Part of it.
    On,
    /// Its last.
    Last,
    /// No part of it any more.
    Before,
    /// The beginning of the next, although this one is open.
    Cut,
}

/// Finds the end of a value without reading it.
#[derive(Default)]
struct Scan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    after_line: bool,
    wide: Wide,
}

/// Whether a byte within a string is nothing but itself. Most of a file is such, and is passed over at once.
fn is_plain(byte: u8) -> bool {
    !matches!(byte, b'"' | b'\\' | b'\n' | 0x80..)
}

impl Scan {
    /// Within a string, and not within an escape or a character of several bytes.
    fn in_plain_text(&self) -> bool {
        self.in_string && !self.escaped && !self.after_line && self.wide.is_idle()
    }

    fn step(&mut self, byte: u8, array: bool) -> Step {
        let after_line = std::mem::replace(&mut self.after_line, byte == b'\n');
        if !array && after_line && byte == b'{' {
            return Step::Cut;
        }
        if self.in_string {
            if self.wide.holds(byte) {
                return Step::On;
            }
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    return if self.depth == 0 { Step::Last } else { Step::On };
                }
                _ => {}
            }
            return Step::On;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' if self.depth == 0 => return Step::Before,
            b'}' | b']' => {
                self.depth -= 1;
                return if self.depth == 0 { Step::Last } else { Step::On };
            }
            b',' if self.depth == 0 => return Step::Before,
            blank if blank.is_ascii_whitespace() && self.depth == 0 => return Step::Before,
            _ => {}
        }
        Step::On
    }
}

/// Where in a character of several bytes a byte stands, in UTF-8 or GB18030: the second byte of the latter may be a backslash.
#[derive(Default)]
struct Wide {
    /// How many bytes of UTF-8 may follow, and how many have.
    expected: u8,
    seen: u8,
    /// The byte before began a character of two bytes that is not UTF-8.
    pair: bool,
}

impl Wide {
    fn is_idle(&self) -> bool {
        !self.pair && self.expected == self.seen
    }

    /// Whether the byte is part of a character of several.
    fn holds(&mut self, byte: u8) -> bool {
        if std::mem::take(&mut self.pair) {
            return true;
        }
        if self.expected > self.seen {
            if (0x80..0xc0).contains(&byte) {
                self.seen += 1;
                return true;
            }
            // It was no UTF-8. What came before was pairs: with an odd number of bytes this one ends the last.
            let odd = (self.seen + 1) % 2 == 1;
            *self = Self::default();
            if odd {
                return true;
            }
        }
        (self.expected, self.seen) = match byte {
            0xc2..=0xdf => (1, 0),
            0xe0..=0xef => (2, 0),
            0xf0..=0xf4 => (3, 0),
            _ => (0, 0),
        };
        self.pair = self.expected == 0 && (0x81..0xff).contains(&byte);
        byte >= 0x80
    }
}
