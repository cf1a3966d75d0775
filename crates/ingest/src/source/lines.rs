//! Lines of bounded length, and what a delivery begins with.

use std::io::{self, BufRead, Read};

use model::text::Text;

use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::{Sink, SourceError, Stopped};

/// The longest line of a list, in bytes.
const LONGEST: usize = 1 << 20;

/// One line.
pub(crate) struct Line<'b> {
    /// From 1.
    pub number: u64,
    /// The line with its end, or its beginning when it is longer than the limit.
    pub bytes: &'b [u8],
    /// False when it is longer than the limit; the rest of it is passed over.
    pub is_whole: bool,
}

/// The lines of a stream.
pub(crate) struct Lines<'r, 'i> {
    stream: &'r mut (dyn BufRead + 'i),
    buffer: Vec<u8>,
    number: u64,
    limit: usize,
}

impl<'r, 'i> Lines<'r, 'i> {
    /// Lines of at most `limit` bytes.
    pub fn new(stream: &'r mut (dyn BufRead + 'i), limit: usize) -> Self {
        Self { stream, buffer: Vec::new(), number: 0, limit }
    }

    /// What follows the lines that were read.
    pub fn stream(&mut self) -> &mut (dyn BufRead + 'i) {
        &mut *self.stream
    }

    /// The next line.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let read = (&mut *self.stream).take(self.limit as u64).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        let is_whole = self.buffer.ends_with(b"\n") || read < self.limit || self.stream.fill_buf()?.is_empty();
        if !is_whole {
            self.stream.skip_until(b'\n')?;
        }
        Ok(Some(Line { number: self.number, bytes: &self.buffer, is_whole }))
    }
}

/// Reads a delivery line by line, without ends of lines and blanks at both ends; empty ones are left out.
///
/// # Errors
/// When it cannot be read, is an HTML page, or the sink wants no more.
pub(crate) fn each(
    input: &mut Input<'_>,
    expected: &'static str,
    sink: &mut dyn Sink,
    mut each: impl FnMut(&mut Rows<'_>, &str) -> Result<(), Stopped>,
) -> Result<(), SourceError> {
    first_byte(input, expected)?;
    let (name, mut rows) = (input.name, Rows::new(sink, input.at));
    let mut lines = Lines::new(input.stream(), LONGEST);
    while let Some(line) = lines.next_line().map_err(|source| SourceError::Io { name: name.into(), source })? {
        rows.line = line.number;
        if !line.is_whole {
            rows.count();
            reject_long(&mut rows, line.bytes)?;
            continue;
        }
        let text = String::from_utf8_lossy(line.bytes);
        let text = text.trim();
        if !text.is_empty() {
            each(&mut rows, text)?;
        }
    }
    Ok(())
}

/// Reports a line that is too long.
pub(crate) fn reject_long(rows: &mut Rows<'_>, bytes: &[u8]) -> Result<(), Stopped> {
    let start = String::from_utf8_lossy(bytes.get(..800).unwrap_or(bytes));
    rows.reject(None, &start, Text::new("行过长", "the line is too long"))
}

/// The first byte that is no blank; byte order mark and blanks before it are passed over. `None` for nothing but blanks.
///
/// # Errors
/// When the delivery is an HTML page or cannot be read.
pub(crate) fn first_byte(input: &mut Input<'_>, expected: &'static str) -> Result<Option<u8>, SourceError> {
    let name = input.name;
    let at = |source| SourceError::Io { name: name.into(), source };
    if input.stream().fill_buf().map_err(at)?.starts_with("\u{feff}".as_bytes()) {
        input.stream().consume(3);
    }
    loop {
        let start = input.stream().fill_buf().map_err(at)?;
        let blanks = start.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        match start.get(blanks) {
            None if blanks == 0 => return Ok(None),
            // Blanks are consumed only up to the first other byte's line, so that lines keep their numbers.
            None => input.stream().consume(blanks),
            Some(_) if is_html(&start[blanks..]) => return Err(SourceError::HtmlPage { name: name.into(), expected }),
            Some(byte) => return Ok(Some(*byte)),
        }
    }
}

fn is_html(start: &[u8]) -> bool {
    [&b"<!doctype html"[..], b"<html", b"<head"]
        .iter()
        .any(|sign| start.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign)))
}
