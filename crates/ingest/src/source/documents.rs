//! JSON records: lines, an array, objects one after the other, or a list inside an object of any length.
//!
//! Invariant: at most [`LONGEST_RECORD`] bytes are held at a time.

use std::io::{BufRead, Cursor, Read};

use model::text::Text;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::source::input::{self, Input};
use crate::source::json::{self, Element};
use crate::source::rows::Rows;
use crate::source::{Sink, SourceError, Stopped};

/// The longest record, in bytes.
const LONGEST_RECORD: u64 = 16 << 20;

/// Where the records of a format are.
pub(crate) struct Shape {
    /// What the format is called in errors.
    pub expected: &'static str,
    /// Paths of keys to lists of records in an object around them. An object without any of them is itself a record.
    pub lists: &'static [&'static [&'static str]],
}

/// Takes the text of one record.
type Each<'f> = &'f mut dyn FnMut(&mut Rows<'_>, &str) -> Result<(), Stopped>;

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
    records(input, shape, sink, &mut |rows, text| match serde_json::from_str(text) {
        Ok(record) => each(rows, record),
        Err(error) => reject(rows, text, &error),
    })
}

/// A list or object for which some tools write `null`.
///
/// # Errors
/// As the deserializer.
pub(crate) fn nullable<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reports a record that is not what it should be.
pub(crate) fn reject(rows: &mut Rows<'_>, text: &str, error: &serde_json::Error) -> Result<(), Stopped> {
    let reason = Text::new(format!("不是本格式的 JSON 记录：{error}"), format!("no JSON record of this format: {error}"));
    rows.reject(None, text, reason)
}

/// Reads a delivery record by record, each counted as a row.
///
/// # Errors
/// When it is no JSON, ends too early, or has a record that is too long.
pub(crate) fn records(input: &mut Input<'_>, shape: &Shape, sink: &mut dyn Sink, each: Each<'_>) -> Result<(), SourceError> {
    let (name, at) = (input.name, input.at);
    let mut rows = Rows::new(sink, at);
    match input.start().trim_ascii_start().first() {
        None => Ok(()),
        Some(b'{') if !shape.lists.is_empty() => {
            let mut start = Vec::new();
            input.stream().take(LONGEST_RECORD).read_to_end(&mut start).map_err(|source| input::failed(name, source))?;
            if in_lists(name, shape, &mut Cursor::new(&start).chain(input.stream()), &mut rows, each)? {
                return Ok(());
            }
            let mut whole = Input::new(name, at, Cursor::new(&start).chain(input.stream()))?;
            one_by_one(&mut whole, shape, &mut rows, each)
        }
        Some(b'{' | b'[') => one_by_one(input, shape, &mut rows, each),
        Some(_) => Err(unlike(name, shape, Text::new("开头既不是 { 也不是 [", "it begins with neither { nor ["))),
    }
}

fn one_by_one(input: &mut Input<'_>, shape: &Shape, rows: &mut Rows<'_>, each: Each<'_>) -> Result<(), SourceError> {
    json::elements(input, shape.expected, &mut |line, element| {
        rows.line = line;
        hand_on(rows, element, each)
    })
}

/// The records of the lists in the objects of the stream; false when it has none of the lists.
fn in_lists(
    name: &str,
    shape: &Shape,
    stream: &mut dyn BufRead,
    rows: &mut Rows<'_>,
    each: Each<'_>,
) -> Result<bool, SourceError> {
    json::in_lists(name, shape.expected, shape.lists, stream, &mut |element| {
        rows.line += 1;
        hand_on(rows, element, each)
    })
}

fn hand_on(rows: &mut Rows<'_>, element: Element<'_>, each: Each<'_>) -> Result<(), SourceError> {
    rows.count();
    match element {
        Element::Text(text) => each(rows, text)?,
        Element::Broken(text, reason) => rows.reject(None, &text, reason)?,
    }
    Ok(())
}

fn unlike(name: &str, shape: &Shape, problem: Text) -> SourceError {
    SourceError::Unlike { name: name.into(), expected: shape.expected, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::Kept;
    use proptest::prelude::*;

    const SHAPE: Shape = Shape { expected: "numbers", lists: &[&["data"], &["result", "hits"]] };

    #[derive(Deserialize)]
    struct Record {
        n: u64,
    }

    /// The numbers, and how many rows there were and how many were bad.
    fn numbers(text: &str) -> Result<(Vec<u64>, u64, usize), SourceError> {
        let mut kept = Kept::default();
        let mut input = Input::new("x.json", jiff::Timestamp::UNIX_EPOCH, text.as_bytes())?;
        let mut found = Vec::new();
        typed(&mut input, &SHAPE, &mut kept, |_, record: Record| {
            found.push(record.n);
            Ok(())
        })?;
        Ok((found, kept.rows, kept.rejected.len()))
    }

    #[test]
    fn records_are_found_wherever_they_are() {
        for text in [
            r#"[{"n":1},{"n":2}]"#,
            "{\"n\":1}\n{\"n\":2}\n",
            "{\n \"n\": 1\n}\n{\n \"n\": 2\n}",
            r#"{"code":0,"data":[{"n":1},{"n":2}],"meta":{"data":[7]}}"#,
            "{\"result\":{\"total\":2,\n\"hits\":[{\"n\":1},\n{\"n\":2}]}}",
        ] {
            assert_eq!(numbers(text).expect(text), (vec![1, 2], 2, 0), "{text}");
        }
        assert_eq!(numbers("").expect("nothing"), (vec![], 0, 0));
        assert_eq!(numbers(r#"{"data":null,"n":3}"#).expect("a record"), (vec![3], 1, 0));
    }

    #[test]
    fn bad_records_stop_no_others() {
        assert_eq!(numbers(r#"{"data":[{"n":1},{"n":"x"},7,{"n":2}]}"#).expect("a list"), (vec![1, 2], 4, 2));
        assert_eq!(numbers("{broken\n{\"n\":2}\n").expect("lines"), (vec![2], 2, 1));
        let deep = format!(r#"{{"data":[{}{},{{"n":2}}]}}"#, "[".repeat(5000), "]".repeat(5000));
        assert_eq!(numbers(&deep).expect("a list"), (vec![2], 2, 1));
    }

    #[test]
    fn damage_is_told() {
        assert!(matches!(numbers(r#"{"data":[{"n":1},{"n"#), Err(SourceError::Io { .. })));
        assert!(matches!(numbers(r#"{"data":[{"n":1} {"n":2}]}"#), Err(SourceError::Unlike { .. })));
        assert!(matches!(numbers("n,1"), Err(SourceError::Unlike { .. })));
        let long = format!(r#"{{"data":[{{"n":1,"x":"{}"}}]}}"#, "x".repeat(17 << 20));
        assert!(matches!(numbers(&long), Err(SourceError::TooLarge { .. })));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(\\{|\\}|\\[|\\]|\"data\":|\"n\":|1|,|\n|\\PC){0,30}") {
            let _ = numbers(&text);
        }
    }
}
