//! Lists with an entry on a line.
//!
//! Invariant: a line of any length costs a bounded share of memory.

use std::io::{self, BufRead, Read};

use model::text::Text;

use crate::source::input::{self, Input};
use crate::source::rows::Rows;
use crate::source::{Sink, SourceError, Stopped, encoding};

/// The longest line, in bytes.
const LONGEST: usize = 64 << 10;

/// Reads a delivery line by line, each decoded by itself and without blanks at its end; empty ones are left out.
///
/// # Errors
/// When it cannot be read, or the sink wants no more.
pub(crate) fn each(
    input: &mut Input<'_>,
    sink: &mut dyn Sink,
    each: impl for<'s> FnMut(&mut Rows<'s>, &str) -> Result<(), Stopped>,
) -> Result<(), SourceError> {
    each_with(input, &mut Rows::new(sink, input.at), each)
}

/// As [`each`], with rows that are needed after the last line.
///
/// # Errors
/// As [`each`].
pub(crate) fn each_with<'s>(
    input: &mut Input<'_>,
    rows: &mut Rows<'s>,
    mut each: impl FnMut(&mut Rows<'s>, &str) -> Result<(), Stopped>,
) -> Result<(), SourceError> {
    let name = input.name;
    let mut line = Vec::new();
    loop {
        line.clear();
        let is_whole = match next(input.stream(), &mut line).map_err(|source| input::failed(name, source))? {
            None => return Ok(()),
            Some(is_whole) => is_whole,
        };
        rows.line += 1;
        let shown = || String::from_utf8_lossy(line.get(..800).unwrap_or(&line)).into_owned();
        match encoding::decode(&line) {
            _ if !is_whole => {
                rows.count();
                rows.reject(None, &shown(), Text::new("行过长", "the line is too long"))?;
            }
            Some(text) if text.trim().is_empty() => {}
            Some(text) => each(rows, text.trim_end())?,
            None => {
                rows.count();
                rows.reject(None, &shown(), encoding::undecodable())?;
            }
        }
    }
}

/// Reads a line; whether it was short enough, or `None` at the end. The rest of a line that is too long is passed over.
fn next(stream: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    let read = (&mut *stream).take(LONGEST as u64).read_until(b'\n', line)?;
    if read < LONGEST || line.ends_with(b"\n") {
        return Ok((read > 0).then_some(true));
    }
    Ok(Some(stream.skip_until(b'\n')? == 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::Kept;

    #[test]
    fn lines_keep_their_numbers() {
        let mut kept = Kept::default();
        let long = "x".repeat(LONGEST + 1);
        let file =
            [b"a \r\n\n  b\n".as_slice(), long.as_bytes(), b"\n\xb5\xd8\xc3\xfb\n\xe5\x8d\n", "x".repeat(LONGEST).as_bytes()]
                .concat();
        let mut input = Input::new("x.txt", jiff::Timestamp::UNIX_EPOCH, &file[..]).expect("an input");
        let mut found = Vec::new();
        each(&mut input, &mut kept, |rows, line| {
            found.push((rows.line, line.chars().take(3).collect::<String>()));
            Ok(())
        })
        .expect("lines");
        assert_eq!(found[..3], [(1, "a".into()), (3, "  b".into()), (5, "地名".into())]);
        assert_eq!(found.last(), Some(&(7, "xxx".into())));
        assert_eq!((kept.rejected[0].line, kept.rows >= 1), (4, true));
    }
}
