//! What scripts ask for: controls that they make, movies that they put in, and sentences that they show after looking at the browser's name.

use std::ops::Range;
use std::sync::LazyLock;

use model::facts::clients::Client;
use regex::Regex;

use super::{Asked, LIMIT, WORDS, sentence};
use crate::words::{head, tail};

/// The longest string in a script that is read as words, in bytes.
const STRING: usize = 4000;
/// How far before a sentence the test of the browser and the showing may stand, in bytes.
const GATE: usize = 1500;
const SHOWING: usize = 200;
/// How far before a control the test whether it can be had may stand, in bytes.
const TESTING: usize = 200;
/// The longest regular expression in a script, in bytes.
const PATTERN: usize = 200;

fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constant and every test compiles them")]
    Regex::new(text).expect("a pattern")
}

static CONTROL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\bnew\s+ActiveXObject\s*\(\s*["']([^"'\r\n]{1,100})["']"#));
static TESTED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\btry\b|\bcatch\b|window\.ActiveXObject|typeof\s+ActiveXObject|in\s+window"));
static MOVIE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:swfobject\.embedSWF|AC_FL_RunContent)\s*\([^;\r\n]{0,300}|new\s+SWFObject\s*\(\s*["'][^"'\r\n]{1,200}|["'][^"'\r\n\s]{1,200}\.swf\b"#,
    )
});
static SILVERLIGHT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bSilverlight\.createObject(?:Ex)?\s*\("));
static APPLET: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bdeployJava\.runApplet\s*\("));
static LOOKS_AT_BROWSER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)userAgent|\bappName\b|\bappVersion\b|documentMode|ActiveXObject|\bis_?ie\d*\b|\bmsie\b|\btrident\b|\$\.browser|\bnot_?ie\b",
    )
});
static SHOWS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\balert\s*\(|\bconfirm\s*\(|\.write(?:ln)?\s*\(|innerHTML|innerText|\blocation\b|\.html\s*\(|\.append\s*\(|\.msg\s*\(",
    )
});

/// What a script asks for.
pub(super) fn demands(script: &str) -> Vec<Asked> {
    let Read { code, strings } = read(script);
    let mut asked: Vec<Asked> = controls(&code).chain(movies(&code)).take(LIMIT).collect();
    let others = [(Client::Silverlight, &*SILVERLIGHT), (Client::Applet, &*APPLET)];
    asked.extend(others.iter().filter_map(|(client, call)| Some(Asked::new(*client, call.find(&code)?.as_str(), true))));
    for place in strings {
        if asked.len() >= LIMIT {
            break;
        }
        let words = code.get(place.clone()).unwrap_or_default();
        // Sentences in Chinese, written out or with escapes.
        if place.len() > STRING || words.is_ascii() && !words.contains("\\u") {
            continue;
        }
        let said = sentence::demands(&unescaped(words));
        if said.is_empty() {
            continue;
        }
        let before = code.get(..place.start).unwrap_or_default();
        let is_gate = LOOKS_AT_BROWSER.is_match(tail(before, GATE)) && SHOWS.is_match(tail(before, SHOWING));
        asked.extend(said.into_iter().map(|said| Asked { compelling: said.compelling && is_gate, ..said }));
    }
    asked
}

fn controls(code: &str) -> impl Iterator<Item = Asked> {
    CONTROL.captures_iter(code).filter_map(move |made| {
        let (whole, name) = (made.get(0)?, made.get(1)?.as_str().to_ascii_lowercase());
        let begins = |beginnings: &[String]| beginnings.iter().any(|beginning| name.starts_with(beginning.as_str()));
        if begins(&WORDS.objects.harmless) {
            return None;
        }
        let client = if begins(&WORDS.objects.office) { Client::OfficeSuite } else { Client::ActiveX };
        let tested = TESTED.is_match(tail(code.get(..whole.start())?, TESTING));
        Some(Asked::new(client, whole.as_str(), !tested))
    })
}

/// A movie that is put in compels; the mere name of one may be a library's way for old browsers.
fn movies(code: &str) -> impl Iterator<Item = Asked> {
    MOVIE.find_iter(code).filter(|found| found.as_str().to_ascii_lowercase().contains("swf")).map(|found| {
        let named = found.as_str().starts_with(['"', '\'']);
        Asked::new(Client::Flash, head(found.as_str(), 200), !named && found.as_str().to_ascii_lowercase().contains(".swf"))
    })
}

/// A script without its comments, each byte where it was, and the places of its strings.
struct Read {
    code: String,
    strings: Vec<Range<usize>>,
}

/// Tells comments, strings and regular expressions apart, in one pass. An open string ends with its line, an open comment with the script.
fn read(script: &str) -> Read {
    let bytes = script.as_bytes();
    let mut code = bytes.to_vec();
    let (mut strings, mut at, mut last) = (Vec::new(), 0, b'(');
    while let Some(&byte) = bytes.get(at) {
        let end = match (byte, bytes.get(at + 1)) {
            (b'/', Some(b'/')) => blank(&mut code, at, find(bytes, at + 2, b"\n")),
            (b'/', Some(b'*')) => blank(&mut code, at, find(bytes, at + 2, b"*/") + 2),
            (b'/', _) if begins_pattern(last) => end_of_pattern(bytes, at),
            (b'"' | b'\'' | b'`', _) => {
                let end = end_of_string(bytes, at);
                strings.push(at + 1..end.saturating_sub(1).max(at + 1));
                end
            }
            _ => at + 1,
        };
        let is_comment = byte == b'/' && code.get(at) == Some(&b' ');
        if !byte.is_ascii_whitespace() && !is_comment {
            last = bytes.get(end - 1).copied().unwrap_or(byte);
        }
        at = end;
    }
    Read { code: String::from_utf8(code).unwrap_or_default(), strings }
}

/// Writes blanks over `from..to` and returns where that ends.
fn blank(code: &mut [u8], from: usize, to: usize) -> usize {
    let to = to.min(code.len());
    code[from..to].fill(b' ');
    to
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(what.len()).position(|window| window == what).map_or(bytes.len(), |place| from + place)
}

/// Whether a slash after this byte begins a regular expression; elsewhere it divides.
fn begins_pattern(last: u8) -> bool {
    b"(,=:[!&|?{};+".contains(&last)
}

fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let quote = bytes[from];
    let mut at = from + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn end_of_pattern(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut in_class) = (from + 1, false);
    while let Some(&byte) = bytes.get(at).filter(|byte| **byte != b'\n' && at - from < PATTERN) {
        match byte {
            b'\\' => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'/' if !in_class => return at + 1,
            _ => {}
        }
        at += 1;
    }
    // It was none.
    from + 1
}

/// A string's words: `\uXXXX` and `\n` undone, which is all that sentences need.
fn unescaped(words: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(words.len()), words);
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let escaped = after.strip_prefix('u').and_then(|digits| Some((digits.get(..4)?, digits.get(4..)?)));
        let character = escaped.and_then(|(digits, _)| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
        rest = match (character, escaped) {
            (Some(character), Some((_, after))) => {
                text.push(character);
                after
            }
            _ => {
                let mut after = after.chars();
                text.extend(after.next().map(|letter| if matches!(letter, 'n' | 'r' | 't') { '\n' } else { letter }));
                after.as_str()
            }
        };
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_blanked_and_strings_are_found() {
        let script = r#"var a="//no"; /* "b" */ c=/["'/]/; d=1/2; // "e"
            f='\'g';`h
i`"#;
        let read = read(script);
        let strings: Vec<&str> = read.strings.iter().map(|place| &read.code[place.clone()]).collect();
        assert_eq!(strings, ["//no", "\\'g", "h\ni"]);
        assert_eq!(read.code.len(), script.len());
        assert!(!read.code.contains('b') && !read.code.contains('e'));
    }

    #[test]
    fn open_ends_are_got_over() {
        for script in ["'", "a='b\nc", "/*", "//", "x=/[/", "`\\", "\\", "'\\'\\'\\'", "/", "=/"] {
            let read = read(script);
            assert_eq!(read.code.len(), script.len(), "{script}");
        }
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescaped(r"\u8bf7\u4f7f\u7528IE\n\'\uzz"), "请使用IE\n'uzz");
    }
}
