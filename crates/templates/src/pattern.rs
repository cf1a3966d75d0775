//! Regular expressions and words, as templates hold them: checked when read, compiled when first needed, matched in linear time.

use std::sync::OnceLock;

use memchr::memmem;
use regex::bytes::{Captures, Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use crate::dsl::{Failed, Scope};

/// Longest pattern, in bytes.
const LONGEST: usize = 8 << 10;
/// Deepest nesting of groups.
const DEEPEST: u32 = 40;
/// Greatest estimated number of instructions of a compiled pattern.
const MOST_INSTRUCTIONS: usize = 40_000;
/// Memory of a compiled pattern, in bytes.
const SIZE_LIMIT: usize = 8 << 20;
/// Memory of the automaton that is built while matching, in bytes.
const DFA_LIMIT: usize = 2 << 20;

/// A regular expression.
#[derive(Debug)]
pub(crate) struct Pattern {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Nothing but these bytes: most patterns of real templates are so.
    Word(Vec<u8>),
    Regex {
        pattern: String,
        unicode: bool,
        compiled: OnceLock<Option<Regex>>,
    },
}

impl Pattern {
    /// Reads a pattern in Go's syntax; `fold`: whatever the case.
    ///
    /// # Errors
    /// Says why it is refused: look-around, a back reference, too long, too large.
    pub(crate) fn new(pattern: &str, fold: bool) -> Result<Self, String> {
        if pattern.len() > LONGEST {
            return Err(format!("a pattern longer than {LONGEST} bytes"));
        }
        let mut pattern = if fold { format!("(?i){pattern}") } else { pattern.to_owned() };
        let mut parsed = parse(&pattern, false).map(|hir| (hir, false));
        if parsed.is_err() {
            parsed = parse(&pattern, true).map(|hir| (hir, true));
        }
        if parsed.is_err() {
            pattern = with_plain_braces(&pattern);
            parsed = parse(&pattern, true).map(|hir| (hir, true));
        }
        let (hir, unicode) = parsed?;
        if instructions(&hir) > MOST_INSTRUCTIONS {
            return Err("a pattern that counts too far".to_owned());
        }
        let kind = match hir.kind() {
            HirKind::Literal(literal) => Kind::Word(literal.0.to_vec()),
            _ => Kind::Regex { pattern, unicode, compiled: OnceLock::new() },
        };
        Ok(Self { kind })
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &[u8], scope: &Scope<'_>) -> Result<bool, Failed> {
        match &self.kind {
            Kind::Word(word) => {
                scope.search(text.len())?;
                Ok(memmem::find(text, word).is_some())
            }
            Kind::Regex { .. } => {
                scope.spend(text.len() as u64)?;
                Ok(self.compiled()?.is_match(text))
            }
        }
    }

    /// What group `group` took in the first matches, at most `most` of them.
    pub(crate) fn found(&self, text: &[u8], group: usize, most: usize, scope: &Scope<'_>) -> Result<Vec<Vec<u8>>, Failed> {
        scope.spend(text.len() as u64)?;
        let Kind::Regex { .. } = &self.kind else {
            let Kind::Word(word) = &self.kind else { return Ok(Vec::new()) };
            return Ok(memmem::find(text, word).map(|_| word.clone()).into_iter().collect());
        };
        let taken = |captures: Captures<'_>| captures.get(group).map(|taken| taken.as_bytes().to_vec());
        Ok(self.compiled()?.captures_iter(text).take(most).filter_map(taken).collect())
    }

    fn compiled(&self) -> Result<&Regex, Failed> {
        let Kind::Regex { pattern, unicode, compiled } = &self.kind else { return Err(Failed::Kind) };
        let build = || {
            let mut builder = RegexBuilder::new(pattern);
            builder.unicode(*unicode).size_limit(SIZE_LIMIT).dfa_size_limit(DFA_LIMIT).nest_limit(DEEPEST).build().ok()
        };
        // The estimate keeps patterns far below the limit; should one pass it all the same, it matches nothing.
        compiled.get_or_init(build).as_ref().ok_or(Failed::Kind)
    }
}

fn parse(pattern: &str, unicode: bool) -> Result<Hir, String> {
    let parsed = ParserBuilder::new().unicode(unicode).utf8(false).nest_limit(DEEPEST).build().parse(pattern);
    parsed.map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "not a regular expression".to_owned(),
    })
}

/// In Go's syntax a brace that begins no count stands for itself.
fn with_plain_braces(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(at) = rest.find(['\\', '{']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let escaped = from.starts_with('\\');
        if !escaped && !begins_count(from) {
            plain.push('\\');
        }
        let taken = from.chars().take(if escaped { 2 } else { 1 }).map(char::len_utf8).sum();
        plain.push_str(&from[..taken]);
        rest = &from[taken..];
    }
    plain + rest
}

/// Whether `{2}`, `{2,}` or `{2,3}` begins here.
fn begins_count(text: &str) -> bool {
    let Some((inner, _)) = text.get(1..).and_then(|rest| rest.split_once('}')) else { return false };
    let (low, high) = inner.split_once(',').unwrap_or((inner, ""));
    !low.is_empty() && low.bytes().chain(high.bytes()).all(|byte| byte.is_ascii_digit())
}

/// About how many instructions a pattern compiles to: nested counts multiply. The parser bounds the depth.
fn instructions(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(class) => match class {
            regex_syntax::hir::Class::Unicode(class) => 1 + class.ranges().len() * 4,
            regex_syntax::hir::Class::Bytes(class) => 1 + class.ranges().len(),
        },
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min + 1).max(1) as usize;
            instructions(&repetition.sub).saturating_mul(times).saturating_add(1)
        }
        HirKind::Capture(capture) => instructions(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(instructions).fold(1, usize::saturating_add),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        let none = BTreeMap::new();
        Pattern::new(pattern, false).expect("a pattern").is_match(text.as_bytes(), &Scope::new(vec![&none])).expect("enough work")
    }

    #[test]
    fn patterns_of_templates_are_taken() {
        assert!(matches("(?i)Stable.tag:\\s?([\\w.]+)", "stable tag: 1.2"));
        assert!(matches("{\"version\":\"([0-9.]+)\"}", "{\"version\":\"1.2\"}"));
        assert!(matches("a{2}", "aa") && !matches("a{2}", "a"));
        assert!(matches("政务[一二]", "政务二"));
        assert!(matches("^SSH-2\\.0", "SSH-2.0-x"));
        assert!(matches("/themes/x/", "a/themes/x/b"));
    }

    #[test]
    fn what_is_not_linear_or_too_large_is_refused() {
        for pattern in ["a(?=b)", "(?<!a)b", "(a)\\1", "(", "x{4000000000}", "(?:(?:(?:a{900}){900}){900}){900}"] {
            assert!(Pattern::new(pattern, false).is_err(), "{pattern}");
        }
        assert!(Pattern::new(&"a".repeat(LONGEST + 1), false).is_err());
        assert!(Pattern::new(&"(".repeat(5000), false).is_err());
    }

    #[test]
    fn groups_are_taken_and_words_found_whole() {
        let none = BTreeMap::new();
        let scope = Scope::new(vec![&none]);
        let version = Pattern::new("v=(\\d+)", false).expect("a pattern");
        assert_eq!(version.found(b"v=1 v=2 v=3", 1, 2, &scope), Ok(vec![b"1".to_vec(), b"2".to_vec()]));
        assert_eq!(version.found(b"v=1", 7, 2, &scope), Ok(vec![]));
        assert_eq!(Pattern::new("nginx", false).expect("a word").found(b"x nginx", 0, 2, &scope), Ok(vec![b"nginx".to_vec()]));
    }
}
