//! Loaders that an inline script writes: `document.write(unescape("%3Cscript src='…'%3E"))` and its kin.
//!
//! A loader counts when its address stands whole in one string of the script. Where quotes end the string too early the browser gets a syntax
//! error and draws nothing, so nothing is reported. In a comment of the script it is reported as commented out.

use std::borrow::Cow;
use std::sync::LazyLock;

use model::facts::page::Mark;
use regex::Regex;

/// The most marks that one script is read for.
const MARK_LIMIT: usize = 8;

/// The loaders in an inline script.
pub(crate) fn in_script(script: &str) -> Vec<Mark> {
    #[expect(clippy::unwrap_used, reason = "the patterns are constants that every test compiles")]
    static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)(?:^\s*|\bsrc\s*=\s*["']?\s*)(?:https?:)?//dcs\.conac\.cn/js/[0-9/]*(CA[0-9]+)\.js"#).unwrap()
    });
    #[expect(clippy::unwrap_used, reason = "as above")]
    static MENTIONED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)//dcs\.conac\.cn/js/[0-9/]*(CA[0-9]+)\.js").unwrap());
    if !super::mentions_registry(script) {
        return Vec::new();
    }
    let mut marks = Vec::new();
    for piece in Pieces::of(script).filter(|piece| super::mentions_registry(piece.text)).take(MARK_LIMIT) {
        let text = unescaped(piece.text);
        let pattern = if piece.is_comment { &MENTIONED } else { &WRITTEN };
        let codes = pattern.captures_iter(&text).filter_map(|found| found.get(1)).take(MARK_LIMIT);
        marks.extend(codes.map(|code| Mark { commented_out: piece.is_comment, ..super::loader(code.as_str()) }));
    }
    marks.truncate(MARK_LIMIT);
    marks
}

/// A string or a comment of a script, without its delimiters.
struct Piece<'a> {
    text: &'a str,
    is_comment: bool,
}

/// Strings and comments, one after the other.
///
/// No crate: whole parsers of the language are heavy, stop at the first syntax error, and old pages are full of those. Regular expressions and
/// templates with code inside are not told apart from the rest; a string that is not closed ends with its line, which sets things right again.
struct Pieces<'a> {
    script: &'a str,
    at: usize,
}

impl<'a> Pieces<'a> {
    fn of(script: &'a str) -> Self {
        Self { script, at: 0 }
    }

    /// The piece from `from` up to the first of `ends`, going on behind it; up to the end when there is none.
    fn upto(&mut self, from: usize, ends: &str, is_comment: bool) -> Piece<'a> {
        let rest = self.script.get(from..).unwrap_or_default();
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at = from + length + ends.len();
        Piece { text: rest.get(..length).unwrap_or_default(), is_comment }
    }

    fn string(&mut self, from: usize, quote: u8) -> Piece<'a> {
        let bytes = self.script.as_bytes();
        let mut end = from;
        while let Some(&byte) = bytes.get(end) {
            match byte {
                b'\\' => end += 1,
                b'\n' if quote != b'`' => break,
                _ if byte == quote => break,
                _ => {}
            }
            end += 1;
        }
        self.at = end + 1;
        Piece { text: self.script.get(from..end).unwrap_or_default(), is_comment: false }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let bytes = self.script.as_bytes();
        while let Some(rest) = bytes.get(self.at..).filter(|rest| !rest.is_empty()) {
            match rest {
                [b'/', b'/', ..] => return Some(self.upto(self.at + 2, "\n", true)),
                [b'/', b'*', ..] => return Some(self.upto(self.at + 2, "*/", true)),
                // The old way of hiding scripts from browsers without any: the language takes it as `//` (ECMA-262, B.1.1).
                [b'<', b'!', b'-', b'-', ..] => return Some(self.upto(self.at + 4, "\n", true)),
                [quote @ (b'"' | b'\'' | b'`'), ..] => return Some(self.string(self.at + 1, *quote)),
                _ => self.at += 1,
            }
        }
        None
    }
}

/// `%3C` and `%u4E00` of `unescape`, then `\/`, `\"`, `\x3C` and `\u003C` of the language, as far as addresses need them.
fn unescaped(text: &str) -> Cow<'_, str> {
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant that every test compiles")]
    static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"%u([0-9a-fA-F]{4})|%([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)").unwrap()
    });
    ESCAPE.replace_all(text, |found: &regex::Captures<'_>| {
        let hexadecimal =
            (1..=4).find_map(|group| found.get(group)).and_then(|digits| u32::from_str_radix(digits.as_str(), 16).ok());
        match (hexadecimal, found.get(5)) {
            (Some(code), _) => char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
            (None, Some(plain)) => plain.as_str().to_owned(),
            (None, None) => String::new(),
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ADDRESS: &str = "http://dcs.conac.cn/js/05/107/0000/00000001/CA051070000000000010001.js";

    fn read(script: &str) -> Vec<(Option<String>, bool)> {
        in_script(script).into_iter().map(|mark| (mark.code, mark.commented_out)).collect()
    }

    fn one(commented_out: bool) -> Vec<(Option<String>, bool)> {
        vec![(Some("CA051070000000000010001".into()), commented_out)]
    }

    #[test]
    fn written_loaders() {
        let scripts = [
            format!(
                r#"document.write(unescape("%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript src='{ADDRESS}' type='text/javascript'%3E%3C/script%3E"));"#
            ),
            format!(r#"document.write('<scr'+'ipt src="{ADDRESS}"></scr'+'ipt>')"#),
            format!(r#"var s = document.createElement("script"); s.src = "{ADDRESS}";"#),
            format!(r#"document.write("<script src=\"{}\"><\/script>")"#, ADDRESS.replace('/', "\\/")),
            format!("<!--\ndocument.write(\"<script src='{ADDRESS}'>\");\n//-->"),
            format!("var home = 'http://www.x.gov.cn/'; /* footer */ document.write(`<script src={ADDRESS}>`)"),
        ];
        for script in scripts {
            assert_eq!(read(&script), one(false), "{script}");
        }
    }

    #[test]
    fn commented_loaders() {
        let line = format!(r#"document.write(unescape("%3Cscript src='{ADDRESS}'%3E"))"#);
        for script in
            [format!("// {line}"), format!("a();/* {line} */ b();"), format!("//{line}\nb()"), format!("<!-- {line}\nb()")]
        {
            assert_eq!(read(&script), one(true), "{script}");
        }
    }

    #[test]
    fn broken_loaders_are_none() {
        let scripts = [
            format!(r#"document.write(unescape("%3Cspan id="_ideConac"%3E%3Cscript src="{ADDRESS}" %3E"));"#),
            format!(r#"document.write(unescape("%3Cscript src=&quot;{ADDRESS}&quot; %3E"));"#),
            "document.write('conac')".into(),
            r#"document.write("<script src='http://dcs.conac.cn.evil.com/js/CA1.js'>")"#.into(),
        ];
        for script in scripts {
            assert_eq!(read(&script), vec![], "{script}");
        }
    }

    proptest! {
        #[test]
        fn any_script_is_read_without_panic(parts in proptest::collection::vec("(\"|'|`|//|/\\*|\\*/|\n|\\\\|conac|%3C|%u12|src=|//dcs\\.conac\\.cn/js/CA1\\.js|é|<!--)", 0..30)) {
            prop_assert!(in_script(&parts.concat()).len() <= MARK_LIMIT);
        }
    }
}
