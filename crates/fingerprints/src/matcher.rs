//! What a pattern asks of a text: that it is there, holds a word, or matches a regular expression.
//!
//! Invariant: a regular expression is checked when it is read and compiled when a literal of it is first met; matching is linear.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use crate::dialect;
use crate::literals::{self, Literals};
use crate::version::Template;

/// Longest pattern, in bytes.
const LONGEST_PATTERN: usize = 8 << 10;
/// Greatest estimated number of instructions of a compiled pattern.
const MOST_INSTRUCTIONS: usize = 60_000;
/// Memory of a compiled pattern, in bytes.
const SIZE_LIMIT: usize = 8 << 20;
/// Memory of the automaton that is built while matching, in bytes.
const DFA_LIMIT: usize = 2 << 20;

/// What is asked of a text.
#[derive(Debug)]
pub(crate) enum Matcher {
    /// That it exists.
    Exists,
    /// That it holds this word; `fold`: whatever the ASCII case. Only a text that holds its literal is shown to it.
    Word { text: String, fold: bool },
    /// That it matches.
    Regex(Lazy),
}

/// A regular expression, compiled when first needed.
#[derive(Debug)]
pub(crate) struct Lazy {
    pattern: Box<str>,
    flags: Flags,
    compiled: OnceLock<Option<Regex>>,
}

/// How a regular expression is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    /// Case does not count.
    pub(crate) fold: bool,
    /// `^` and `$` match at lines.
    pub(crate) lines: bool,
    /// `.` matches line feeds.
    pub(crate) dot_all: bool,
    /// Whether classes know characters beyond ASCII.
    pub(crate) unicode: bool,
}

impl Flags {
    /// As Wappalyzer and its kin read patterns: case does not count.
    pub(crate) const FOLD: Flags = Flags { fold: true, lines: false, dot_all: false, unicode: false };
}

/// A match.
pub(crate) struct Hit {
    /// What matched.
    pub(crate) text: String,
    /// The version that it tells.
    pub(crate) version: Option<String>,
}

impl Matcher {
    /// Reads a regular expression of another dialect; an empty one asks only that the text exists. Also gives its literals, each at least
    /// `least` bytes long.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub(crate) fn regex(pattern: &str, flags: Flags, least: usize) -> Result<(Matcher, Option<Literals>), String> {
        if pattern.is_empty() {
            return Ok((Matcher::Exists, None));
        }
        if pattern.len() > LONGEST_PATTERN {
            return Err(format!("longer than {LONGEST_PATTERN} bytes"));
        }
        let pattern = dialect::translate(pattern)?;
        let (hir, unicode) = match parse(&pattern, Flags { unicode: false, ..flags }) {
            Ok(hir) => (hir, false),
            Err(_) => (parse(&pattern, Flags { unicode: true, ..flags })?, true),
        };
        if instructions(&hir) > MOST_INSTRUCTIONS {
            return Err("counts too far".to_owned());
        }
        let literals = literals::required(&hir, least);
        let lazy = Lazy { pattern: pattern.into_boxed_str(), flags: Flags { unicode, ..flags }, compiled: OnceLock::new() };
        Ok((Matcher::Regex(lazy), literals))
    }

    /// A word and its literal.
    pub(crate) fn word(text: &str, fold: bool) -> (Matcher, Option<Literals>) {
        if text.is_empty() {
            return (Matcher::Exists, None);
        }
        let literals = vec![text.to_ascii_lowercase().into_bytes()];
        (Matcher::Word { text: text.to_owned(), fold }, Some(literals))
    }

    /// Looks at a text.
    pub(crate) fn find(&self, text: &str, version: Option<&Template>) -> Option<Hit> {
        match self {
            Matcher::Exists => {
                Some(Hit { text: head(text.as_bytes()), version: version.and_then(|template| template.fill(&|_| None)) })
            }
            Matcher::Word { text: word, fold } => {
                // The prefilter compares without ASCII case, so that having come here is proof enough for a word without case.
                let found = *fold || text.contains(word.as_str());
                found.then(|| Hit { text: head(word.as_bytes()), version: None })
            }
            Matcher::Regex(lazy) => lazy.find(text, version),
        }
    }

    /// The groups of the match, the whole first; empty where a group took no part.
    pub(crate) fn groups<'t>(&self, text: &'t [u8]) -> Option<Vec<Cow<'t, str>>> {
        let Matcher::Regex(lazy) = self else { return Some(vec![String::from_utf8_lossy(text)]) };
        let captures = lazy.regex()?.captures(text)?;
        let text_of =
            |group: Option<regex::bytes::Match<'t>>| group.map_or("".into(), |group| String::from_utf8_lossy(group.as_bytes()));
        Some(captures.iter().map(text_of).collect())
    }
}

impl Lazy {
    fn regex(&self) -> Option<&Regex> {
        let Flags { fold, lines, dot_all, unicode } = self.flags;
        let compile = || {
            RegexBuilder::new(&self.pattern)
                .case_insensitive(fold)
                .multi_line(lines)
                .dot_matches_new_line(dot_all)
                .unicode(unicode)
                .size_limit(SIZE_LIMIT)
                .dfa_size_limit(DFA_LIMIT)
                .build()
                // The estimate when it was read keeps this from happening; then the pattern matches nothing.
                .ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }

    fn find(&self, text: &str, version: Option<&Template>) -> Option<Hit> {
        let regex = self.regex()?;
        let bytes = text.as_bytes();
        let Some(template) = version else {
            return regex.find(bytes).map(|found| Hit { text: head(found.as_bytes()), version: None });
        };
        let captures = regex.captures(bytes)?;
        let group = |number| captures.get(number).and_then(|group| std::str::from_utf8(group.as_bytes()).ok());
        let text = captures.get(0).map_or(String::new(), |whole| head(whole.as_bytes()));
        Some(Hit { text, version: template.fill(&group) })
    }
}

fn parse(pattern: &str, flags: Flags) -> Result<Hir, String> {
    // Literals are compared without case by the prefilter, so that case is left out here.
    let parser = ParserBuilder::new()
        .multi_line(flags.lines)
        .dot_matches_new_line(flags.dot_all)
        .unicode(flags.unicode)
        .utf8(false)
        .nest_limit(100)
        .build()
        .parse(pattern);
    parser.map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "not a regular expression".to_owned(),
    })
}

/// About how many instructions the compiled pattern has.
fn instructions(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => class.ranges().len().saturating_mul(4),
        HirKind::Class(_) => 2,
        HirKind::Capture(capture) => instructions(&capture.sub).saturating_add(2),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1) as usize;
            instructions(&repetition.sub).saturating_add(1).saturating_mul(times)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(instructions).fold(0, |sum: usize, one| sum.saturating_add(one))
        }
    }
}

/// The first of what matched: bounded, control characters escaped.
pub(crate) fn head(bytes: &[u8]) -> String {
    const LONGEST: usize = 120;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LONGEST)]);
    let mut head = String::new();
    for char in text.chars().take(LONGEST) {
        if char.is_control() { head.extend(char.escape_default()) } else { head.push(char) }
    }
    head
}
