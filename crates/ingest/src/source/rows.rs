//! What formats hand to a sink: records of one row after the other, with everything that a row needs to be reported.
//!
//! Invariant: no text leaves here longer than a bound or with control characters.

use jiff::Timestamp;
use model::advisory::Statement;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Says, Sighting};
use model::ledger::entity::EntityId;
use model::ledger::source::Rejected;
use model::text::Text;

use crate::source::input::Input;
use crate::source::table::{self, Columns, Row};
use crate::source::{Record, Sink, SourceError, Stopped};

/// The longest bad value that is reported, in characters.
const SHOWN: usize = 200;
/// The longest value of an attribute, in characters.
const LONGEST: usize = 2000;
/// A sighting this much later than the delivery is an error of its source's clock, in seconds.
const CLOCKS_DIFFER: i64 = 86_400;

/// The rows of a delivery on their way to a sink.
pub(crate) struct Rows<'s> {
    sink: &'s mut dyn Sink,
    /// The line or record that is read.
    pub line: u64,
    /// When the delivery came: the time of what carries none.
    pub at: Timestamp,
}

impl<'s> Rows<'s> {
    /// Rows of a delivery of that time.
    pub fn new(sink: &'s mut dyn Sink, at: Timestamp) -> Self {
        Self { sink, line: 0, at }
    }

    /// Counts a row; called once for each that says or should say something.
    pub fn count(&mut self) {
        self.sink.row();
    }

    /// Says something of an entity; nothing when `says` is empty.
    pub fn claim(&mut self, entity: EntityId, part: &str, says: Says) -> Result<(), Stopped> {
        if says.is_empty() {
            return Ok(());
        }
        self.sink.take(Record::Claim(Claim { entity, part: part.into(), says, line: self.line }))
    }

    /// Something was seen, at the time of the delivery where the source tells none.
    pub fn seen(&mut self, asset: EntityId, what: String, times: Option<(Timestamp, Timestamp)>) -> Result<(), Stopped> {
        let (first, last) = times.unwrap_or((self.at, self.at));
        if first > last {
            let reason = Text::new("首次发现时间晚于最近发现时间", "first seen after last seen");
            return self.reject(None, &format!("{first} {last}"), reason);
        }
        if last.as_second() - self.at.as_second() > CLOCKS_DIFFER {
            let reason = Text::new("发现时间在本次导入之后", "seen later than it was delivered");
            return self.reject(None, &last.to_string(), reason);
        }
        self.sink.take(Record::Sighting(Sighting { asset, what, first, last }))
    }

    /// Says that something is vulnerable.
    pub fn state(&mut self, statement: Statement) -> Result<(), Stopped> {
        self.sink.take(Record::Statement(Box::new(statement)))
    }

    /// Reports a bad value.
    pub fn reject(&mut self, column: Option<&str>, value: &str, reason: Text) -> Result<(), Stopped> {
        let column = column.map(Into::into);
        self.sink.reject(Rejected { line: self.line, column, value: clean(value, SHOWN), reason })
    }

    /// Reports a name that is none.
    pub fn no_host(&mut self, column: &str, value: &str) -> Result<(), Stopped> {
        self.reject(Some(column), value, Text::new("不是主机名或 IP 地址", "neither a host name nor an IP address"))
    }
}

/// Reads the rows of a table, each counted.
///
/// # Errors
/// As [`table::rows`].
pub(crate) fn of_table(
    input: &mut Input<'_>,
    columns: &Columns,
    sink: &mut dyn Sink,
    mut each: impl FnMut(&mut Rows<'_>, &Row<'_>) -> Result<(), Stopped>,
) -> Result<(), SourceError> {
    let at = input.at;
    table::rows(input, columns, sink, &mut |row, sink| Ok(each(&mut Rows { sink, line: row.line, at }, row)?))
}

/// Puts in what is said, unless it is empty.
pub(crate) fn put(says: &mut Says, attribute: Attribute, value: &str) {
    let value = clean(value, LONGEST);
    if !value.is_empty() {
        says.insert(attribute, value);
    }
}

/// A text as it is kept: without control characters, blanks drawn together, at most `most` characters.
pub(crate) fn clean(text: &str, most: usize) -> String {
    let mut kept = String::with_capacity(text.len().min(most));
    let (mut blank, mut count) = (false, 0);
    for character in text.chars() {
        if character.is_whitespace() {
            blank = count > 0;
        } else if !character.is_control() {
            if count + usize::from(blank) >= most {
                break;
            }
            if blank {
                kept.push(' ');
                count += 1;
            }
            kept.push(character);
            (blank, count) = (false, count + 1);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_clean_and_short() {
        assert_eq!(clean("  a\u{0}\u{1b}[2J \r\n\t b  ", 20), "a[2J b");
        assert_eq!(clean("一二三四", 3), "一二三");
        assert_eq!(clean("ab cd", 3), "ab");
    }
}
