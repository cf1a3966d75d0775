//! Collects what the formats hold: technologies, rules and patterns, and the account of what was left out.

use std::collections::BTreeMap;

use crate::banner::Database;
use crate::input::Place;
use crate::matcher::{Flags, Matcher};
use crate::selector::Selector;
use crate::source::{Count, Set, Skipped};
use crate::version::Template;

/// A technology as its set describes it.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) vendor: Option<String>,
    pub(crate) categories: Vec<u32>,
    pub(crate) cpe: Option<String>,
    pub(crate) implies: Vec<Implied>,
    /// Names of which at least one must be found as well.
    pub(crate) requires: Vec<String>,
    /// Categories of which at least one must be found as well.
    pub(crate) requires_category: Vec<u32>,
    pub(crate) excludes: Vec<String>,
    /// A protection device rather than a technology of the site.
    pub(crate) protection: bool,
}

/// What a technology implies.
#[derive(Debug)]
pub(crate) struct Implied {
    pub(crate) name: String,
    pub(crate) confidence: u8,
    pub(crate) version: Option<String>,
}

/// Some patterns that together tell a technology.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) technology: u32,
    pub(crate) set: Set,
    pub(crate) confidence: u8,
    /// How many of its patterns must match.
    pub(crate) at_least: u32,
    /// Valid on refusals and block pages only.
    pub(crate) blocked_only: bool,
}

/// One look at one place.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) rule: u32,
    pub(crate) place: Place,
    /// The name within the place, in lower case where names there have no case: `server`.
    pub(crate) key: Box<str>,
    pub(crate) matcher: Matcher,
    pub(crate) selector: Option<Box<Subject>>,
    pub(crate) version: Option<Template>,
}

/// Which element, and what of it.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) selector: Selector,
    pub(crate) part: Part,
}

/// What of an element is looked at.
#[derive(Debug)]
pub(crate) enum Part {
    /// That it is there.
    Exists,
    /// Its text.
    Text,
    /// An attribute.
    Attribute(String),
}

/// A pattern that was read but has no rule yet.
#[derive(Debug)]
pub(crate) struct Draft {
    place: Place,
    key: String,
    matcher: Matcher,
    literals: Option<Vec<Vec<u8>>>,
    selector: Option<Box<Subject>>,
    version: Option<Template>,
}

impl Draft {
    /// A regular expression at a place.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub(crate) fn regex(place: Place, key: &str, pattern: &str, flags: Flags) -> Result<Draft, String> {
        let (matcher, literals) = Matcher::regex(pattern, flags, place.least())?;
        Ok(Draft { place, key: key.to_owned(), matcher, literals, selector: None, version: None })
    }

    /// A word at a place.
    pub(crate) fn word(place: Place, text: &str, fold: bool) -> Draft {
        let (matcher, literals) = Matcher::word(text, fold);
        Draft { place, key: String::new(), matcher, literals, selector: None, version: None }
    }

    /// A key that must be there with exactly this name: a favicon's digest, a status.
    pub(crate) fn exact(place: Place, key: &str) -> Draft {
        Draft { place, key: key.to_owned(), matcher: Matcher::Exists, literals: None, selector: None, version: None }
    }

    /// An element.
    pub(crate) fn element(selector: Selector, part: Part, matcher: Matcher) -> Draft {
        let literals = selector.literal().map(|literal| vec![literal]);
        let selector = Some(Box::new(Subject { selector, part }));
        Draft { place: Place::Dom, key: String::new(), matcher, literals, selector, version: None }
    }

    /// The same, telling a version.
    pub(crate) fn version(self, template: Option<Template>) -> Draft {
        Draft { version: template, ..self }
    }
}

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Builder {
    pub(crate) entries: Vec<Entry>,
    names: BTreeMap<(bool, String), u32>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) patterns: Vec<Pattern>,
    /// Literals by channel (as its number), each with the patterns that need it.
    pub(crate) literals: BTreeMap<(u8, Vec<u8>), Vec<u32>>,
    /// Patterns without literals.
    pub(crate) plain: Vec<u32>,
    /// Names of categories.
    pub(crate) categories: BTreeMap<u32, String>,
    /// Recog's databases by their key.
    pub(crate) databases: BTreeMap<String, Database>,
    pub(crate) counts: BTreeMap<Set, Count>,
    pub(crate) skipped: Vec<Skipped>,
}

impl Builder {
    /// The technology of this name, one for all sets and spellings of case.
    pub(crate) fn technology(&mut self, name: &str, protection: bool) -> u32 {
        let next = self.entries.len() as u32;
        let id = *self.names.entry((protection, name.to_lowercase())).or_insert(next);
        if id == next {
            self.entries.push(Entry { name: name.to_owned(), protection, ..Entry::default() });
        }
        id
    }

    /// The technology of this name, if any set has it.
    pub(crate) fn named(&self, name: &str) -> Option<u32> {
        self.names.get(&(false, name.to_lowercase())).copied()
    }

    /// Adds a rule with its patterns, which tells its technology when `at_least` of them match.
    pub(crate) fn rule(&mut self, rule: Rule, drafts: Vec<Draft>) {
        let number = self.rules.len() as u32;
        let count = self.counts.entry(rule.set).or_default();
        for Draft { place, key, matcher, literals, selector, version } in drafts {
            let id = self.patterns.len() as u32;
            count.patterns += 1;
            match literals {
                Some(literals) => {
                    for literal in literals {
                        self.literals.entry((place.channel() as u8, literal)).or_default().push(id);
                    }
                }
                None => {
                    // A look-up by key needs no literal.
                    count.without_literal += usize::from(key.is_empty());
                    self.plain.push(id);
                }
            }
            self.patterns.push(Pattern { rule: number, place, key: key.into_boxed_str(), matcher, selector, version });
        }
        self.rules.push(rule);
    }

    /// How much of a set is in use.
    pub(crate) fn count(&mut self, set: Set) -> &mut Count {
        self.counts.entry(set).or_default()
    }

    /// Notes what could not be used.
    pub(crate) fn skip(&mut self, set: Set, file: &str, entry: &str, reason: impl Into<String>) {
        self.count(set).skipped += 1;
        self.skipped.push(Skipped { file: file.to_owned(), entry: entry.to_owned(), reason: reason.into() });
    }
}
