//! The escaping of every template: HTML's own, after acting characters were made visible.

use std::fmt::{Result, Write};

use askama::filters::{Escaper, Html};

use crate::clean::visible;

/// Escapes for HTML text and attributes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, dest: W, string: &str) -> Result {
        // A line break between lines of a cell is ours; it is kept, and style makes it one.
        let mut dest = dest;
        for (index, line) in string.split('\n').enumerate() {
            if index > 0 {
                dest.write_char('\n')?;
            }
            Html.write_escaped_str(&mut dest, &visible(line))?;
        }
        Ok(())
    }

    fn write_escaped_char<W: Write>(&self, dest: W, char: char) -> Result {
        self.write_escaped_str(dest, char.encode_utf8(&mut [0; 4]))
    }
}
