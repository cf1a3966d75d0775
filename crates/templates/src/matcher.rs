//! Matchers: what an answer must show.

use memchr::memmem;

use crate::document;
use crate::dsl::{Expression, Failed, Scope, Text, Unread, Value, unhex};
use crate::pattern::Pattern;
use crate::refusal::{Class, Reason, plain};

/// Most matchers of one block.
pub(crate) const MOST: usize = 20_000;

/// A matcher.
#[derive(Debug)]
pub(crate) struct Matcher {
    kind: Kind,
    /// The part that is looked at.
    part: String,
    name: String,
    /// Whether all must be found, not any.
    all: bool,
    negative: bool,
    /// Decides, but is not told.
    pub(crate) internal: bool,
}

#[derive(Debug)]
enum Kind {
    Words { words: Vec<Text>, fold: bool },
    Binary(Vec<Vec<u8>>),
    Regex(Vec<Pattern>),
    Status(Vec<u16>),
    Size(Vec<usize>),
    Expressions(Vec<Expression>),
}

impl Matcher {
    /// Compiles a matcher; `part` is the part that is looked at where none is named.
    pub(crate) fn read(from: document::Matcher, part: &str) -> Result<Self, Reason> {
        let document::Matcher { r#type, name, condition, encoding, case_insensitive: fold, .. } = from;
        if from.xpath.is_some() || from.match_all.is_some() {
            return Err(Class::Unsupported.because(format!("{type} matcher: xpath and match-all", r#type = r#type)));
        }
        let words_of = |word: &String| {
            let word = if fold { word.to_ascii_lowercase() } else { word.clone() };
            Text::lenient(&word).map_err(unread)
        };
        let kind = match (r#type.as_str(), encoding.as_deref()) {
            ("word", Some("hex")) => Kind::Binary(from.words.iter().map(|word| bytes_of(word)).collect::<Result<_, _>>()?),
            ("word", None) => Kind::Words { words: from.words.iter().map(words_of).collect::<Result<_, _>>()?, fold },
            ("binary", None | Some("hex")) => {
                Kind::Binary(from.binary.iter().map(|word| bytes_of(word)).collect::<Result<_, _>>()?)
            }
            ("regex", None) => Kind::Regex(from.regex.iter().map(|pattern| pattern_of(pattern, fold)).collect::<Result<_, _>>()?),
            ("status", None) => Kind::Status(from.status.iter().map(|status| number_of(status)).collect::<Result<_, _>>()?),
            ("size", None) => Kind::Size(from.size.iter().map(|size| number_of(size)).collect::<Result<_, _>>()?),
            ("dsl", None) => Kind::Expressions(from.dsl.iter().map(|source| expression(source)).collect::<Result<_, _>>()?),
            (kind, encoding) => {
                return Err(Class::Unsupported.because(format!("matcher {kind} {}", encoding.unwrap_or_default())));
            }
        };
        let empty = match &kind {
            Kind::Words { words, .. } => {
                words.is_empty() || words.iter().any(|word| word.constant().is_some_and(|word| word.is_empty()))
            }
            Kind::Binary(words) => words.is_empty() || words.iter().any(Vec::is_empty),
            Kind::Regex(patterns) => patterns.is_empty(),
            Kind::Status(statuses) => statuses.is_empty(),
            Kind::Size(sizes) => sizes.is_empty(),
            Kind::Expressions(expressions) => expressions.is_empty(),
        };
        if empty {
            return Err(Class::Unsupported.because(format!("a matcher {} that looks for nothing", r#type)));
        }
        let all = all_of(condition.as_deref())?;
        let name = plain(&name.filter(|name| !name.is_empty()).unwrap_or(r#type), 100);
        let part = from.part.filter(|part| !part.is_empty()).unwrap_or_else(|| part.to_owned());
        Ok(Self { kind, part, name, all, negative: from.negative, internal: from.internal })
    }

    /// Its name, or its kind where it has none.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether an answer shows it. What cannot be told is not shown, whether the matcher is negative or not.
    pub(crate) fn matches(&self, scope: &Scope<'_>) -> bool {
        let shown = match &self.kind {
            Kind::Expressions(expressions) => self.many(expressions, |expression| match expression.value(scope) {
                Ok(Value::Truth(truth)) => Ok(truth),
                Ok(_) => Err(Failed::Kind),
                Err(failed) => Err(failed),
            }),
            Kind::Status(statuses) => match scope.get("status_code") {
                Some(Value::Number(seen)) => self.many(statuses, |status| Ok(f64::from(*status) == seen)),
                _ => Err(Failed::Unknown),
            },
            _ => self.in_part(scope),
        };
        shown.is_ok_and(|shown| shown != self.negative)
    }

    fn in_part(&self, scope: &Scope<'_>) -> Result<bool, Failed> {
        let part = scope.get(&self.part).ok_or(Failed::Unknown)?.bytes();
        match &self.kind {
            Kind::Words { words, fold } => {
                let text = if *fold { scope.folded(&self.part, &part)? } else { part };
                self.many(words, |word| {
                    scope.search(text.len())?;
                    let word = word.fill(scope)?;
                    let word = if *fold { word.to_ascii_lowercase() } else { word };
                    Ok(!word.is_empty() && memmem::find(&text, &word).is_some())
                })
            }
            Kind::Binary(words) => self.many(words, |word| {
                scope.search(part.len())?;
                Ok(memmem::find(&part, word).is_some())
            }),
            Kind::Regex(patterns) => self.many(patterns, |pattern| pattern.is_match(&part, scope)),
            Kind::Size(sizes) => self.many(sizes, |size| Ok(*size == part.len())),
            Kind::Status(_) | Kind::Expressions(_) => Err(Failed::Kind),
        }
    }

    /// Whether all or any hold, as the matcher asks. One that cannot be told does not hold, but leaves the others their say.
    fn many<T>(&self, list: &[T], mut holds: impl FnMut(&T) -> Result<bool, Failed>) -> Result<bool, Failed> {
        let mut untold = None;
        for item in list {
            match holds(item) {
                Ok(held) if held != self.all => return Ok(held),
                Ok(_) => {}
                Err(failed) if self.all => return Err(failed),
                Err(failed) => untold = Some(failed),
            }
        }
        untold.map_or(Ok(self.all), Err)
    }

    /// Whether nothing of the answer but its status has a say.
    pub(crate) fn only_status(&self) -> bool {
        match &self.kind {
            Kind::Status(_) => true,
            Kind::Expressions(expressions) => {
                expressions.iter().flat_map(|expression| expression.names()).all(|name| name.starts_with("status_code"))
            }
            _ => false,
        }
    }

    /// Whether it shows something only by its absence.
    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// The names that it uses.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = vec![self.part.as_str()];
        match &self.kind {
            Kind::Expressions(expressions) => names.extend(expressions.iter().flat_map(|expression| expression.names())),
            Kind::Words { words, .. } => names.extend(words.iter().flat_map(|word| word.names())),
            _ => {}
        }
        names
    }
}

/// Whether `and` or `or` stands there; `or` where nothing does.
pub(crate) fn all_of(condition: Option<&str>) -> Result<bool, Reason> {
    match condition.map(|condition| condition.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "or") => Ok(false),
        Some("and") => Ok(true),
        Some(other) => Err(Class::Unsupported.because(format!("condition {other}"))),
    }
}

/// Reads an expression.
pub(crate) fn expression(source: &str) -> Result<Expression, Reason> {
    Expression::read(source).map_err(unread)
}

/// Reads a pattern.
pub(crate) fn pattern_of(pattern: &str, fold: bool) -> Result<Pattern, Reason> {
    Pattern::new(pattern, fold).map_err(|why| Class::Regex.because(format!("{why}: {pattern}")))
}

/// The class of what could not be read.
pub(crate) fn unread(unread: Unread) -> Reason {
    match unread {
        Unread::Words(words) => Class::Expression.because(words),
        Unread::Unrepeatable(name) => Class::Unrepeatable.because(name),
        Unread::Regex(words) => Class::Regex.because(words),
    }
}

fn bytes_of(word: &str) -> Result<Vec<u8>, Reason> {
    unhex(word.as_bytes()).ok_or_else(|| Class::Unsupported.because(format!("{word}: not hexadecimal")))
}

fn number_of<T: std::str::FromStr>(text: &str) -> Result<T, Reason> {
    text.trim().parse().map_err(|_| Class::Unsupported.because(format!("{text}: not a number")))
}
