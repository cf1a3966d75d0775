//! One pattern of the repository, ready to be searched for.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use crate::scripts::dialect::{self, Rewritten};
use crate::scripts::shape::Shape;

/// The longest pattern, in bytes.
const LONGEST: usize = 4000;
/// What a pattern may cost for each byte of text: `.{0,8000}` and a little.
const DEAREST: u64 = 20_000;
/// Memory of one compiled pattern, in bytes.
const SIZE_LIMIT: usize = 8 << 20;
/// Steps back of a pattern with look-around or back references, for each match.
const MOST_STEPS: usize = 200_000;
/// The most matches of one pattern in one stretch of text.
const MOST_MATCHES: usize = 50;

/// A pattern.
pub(super) struct Pattern {
    /// Number of the library that it tells of.
    pub library: usize,
    pub shape: Shape,
    told: Told,
    engine: Engine,
}

/// Where the version stands.
enum Told {
    /// In the first group.
    First,
    /// In several groups, put together: `$1.$2`.
    Template(String),
    /// Nowhere.
    Not,
}

enum Engine {
    /// Linear in the text; compiled when it is first needed, for most never are.
    Linear(String, bool, OnceLock<Option<Regex>>),
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    /// A pattern whose first group is the version; a pattern without groups tells only of the library.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub fn new(library: usize, pattern: &str) -> Result<Self, String> {
        if pattern.len() > LONGEST {
            return Err(format!("longer than {LONGEST} bytes"));
        }
        let Rewritten { exact, wider } = dialect::rewrite(pattern)?;
        let plain = wider.as_ref().unwrap_or(&exact);
        let (hir, unicode) = match parse(plain, false) {
            Ok(hir) => (hir, false),
            Err(_) => (parse(plain, true)?, true),
        };
        let shape = Shape::of(&hir);
        if shape.cost > DEAREST {
            return Err("counts too far".into());
        }
        let told = if hir.properties().explicit_captures_len() == 0 { Told::Not } else { Told::First };
        let engine = match wider {
            None => Engine::Linear(exact, unicode, OnceLock::new()),
            Some(_) => Engine::Backtracking(Box::new(backtracking(&exact)?)),
        };
        Ok(Self { library, shape, told, engine })
    }

    /// A replacement as the repository writes it: `/pattern/$1.$2/`.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub fn replacement(library: usize, written: &str) -> Result<Self, String> {
        let inner = written.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).and_then(|rest| rest.rsplit_once('/'));
        let Some((pattern, template)) = inner else { return Err("not written as /pattern/replacement/".into()) };
        Ok(Self { told: Told::Template(template.into()), ..Self::new(library, pattern)? })
    }

    /// Hands on version and text of each match that lies within the stretch.
    pub fn find(&self, text: &str, stretch: Range<usize>, each: &mut dyn FnMut(String, &str)) {
        let Some(text) = text.get(..stretch.end) else { return };
        match &self.engine {
            Engine::Linear(pattern, unicode, compiled) => {
                let Some(regex) = compiled.get_or_init(|| linear(pattern, *unicode)) else { return };
                let (mut at, mut matches) = (stretch.start, 0);
                while let Some(groups) = regex.captures_at(text.as_bytes(), at).filter(|_| matches < MOST_MATCHES) {
                    let of = |number: usize| groups.get(number).and_then(|group| text.get(group.range())).unwrap_or_default();
                    each(self.version(&of), of(0));
                    (at, matches) = (groups.get_match().end().max(at + 1), matches + 1);
                    if at > text.len() {
                        return;
                    }
                }
            }
            Engine::Backtracking(regex) => {
                let (mut at, mut matches) = (stretch.start, 0);
                // An error is that of too many steps.
                while let Ok(Some(groups)) = regex.captures_from_pos(text, at) {
                    let of = |number: usize| groups.get(number).map_or("", |group| group.as_str());
                    each(self.version(&of), of(0));
                    let end = groups.get(0).map_or(text.len(), |whole| whole.end());
                    (at, matches) = (text.ceil_char_boundary(end.max(at + 1)), matches + 1);
                    if at >= text.len() || matches >= MOST_MATCHES {
                        return;
                    }
                }
            }
        }
    }

    /// The version that a match tells; empty when it tells none.
    fn version<'t>(&self, of: &dyn Fn(usize) -> &'t str) -> String {
        match &self.told {
            Told::Not => String::new(),
            Told::First => of(1).to_owned(),
            Told::Template(template) => {
                let mut version = String::new();
                let mut rest = template.chars().peekable();
                while let Some(char) = rest.next() {
                    match rest.peek().and_then(|digit| digit.to_digit(10)).filter(|_| char == '$') {
                        Some(number) => {
                            rest.next();
                            version.push_str(of(number as usize));
                        }
                        None => version.push(char),
                    }
                }
                version
            }
        }
    }
}

fn parse(pattern: &str, unicode: bool) -> Result<Hir, String> {
    let parsed = ParserBuilder::new().unicode(unicode).utf8(false).nest_limit(100).build().parse(pattern);
    parsed.map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "not a regular expression".to_owned(),
    })
}

/// `None` is kept from happening by what a pattern may cost; it would then match nothing.
fn linear(pattern: &str, unicode: bool) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(unicode).size_limit(SIZE_LIMIT).build().ok()
}

fn backtracking(pattern: &str) -> Result<fancy_regex::Regex, String> {
    fancy_regex::RegexBuilder::new(pattern)
        .backtrack_limit(MOST_STEPS)
        .delegate_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| error.to_string())
}
