//! JavaScript libraries in scripts, told by the extractors of a repository of retire.js: by address, by digest, by the text itself.
//!
//! Invariant: the work on a script is bounded whatever it holds, and what is kept of it is short and without control characters.

mod dialect;
mod found;
mod pattern;
mod repository;
mod shape;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use model::advisory::Channel;
use model::digest::Digest;
use model::facts::scripts::Library;
use sha1::{Digest as _, Sha1};

use crate::scripts::found::Found;
use crate::scripts::pattern::Pattern;
use crate::scripts::repository::Entry;

/// How much of a script is looked at, in bytes.
pub const LARGEST_BODY: usize = 5 << 20;
/// The longest address, in bytes.
const LONGEST_ADDRESS: usize = 4096;
/// The most entries and patterns of a repository.
const MOST: usize = 20_000;
/// Steps that the patterns may take on one script, at worst.
const MOST_WORK: u64 = 4_000_000_000;
/// The repository's entry for addresses that are never to be looked at.
const NEVER: &str = "dont check";

/// Why a repository cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NotARepository {
    /// It is not the JSON of a repository.
    #[error("this is no repository of retire.js: {0}")]
    Json(#[from] serde_json::Error),
    /// It has more entries or patterns than any repository.
    #[error("this is no repository of retire.js: it has more than {MOST} entries or patterns")]
    TooMany,
    /// Nothing in it detects anything.
    #[error("this is no repository of retire.js: it has no extractors")]
    Empty,
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The library that it tells of.
    pub library: String,
    /// The pattern as written.
    pub pattern: String,
    /// Why.
    pub why: String,
}

/// What a set of detectors consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Libraries.
    pub libraries: usize,
    /// Patterns in use.
    pub patterns: usize,
    /// Digests in use.
    pub hashes: usize,
    /// Extractors that need a browser (`func`) or a syntax tree (`ast`).
    pub left_out: usize,
    /// Patterns and entries that cannot be used.
    pub skipped: Vec<Skipped>,
}

/// A library's name, and its package on npm.
struct Named {
    name: String,
    npm: Option<String>,
}

/// Detectors out of a repository.
pub struct Detectors {
    edition: String,
    counts: Counts,
    libraries: Vec<Named>,
    addresses: Vec<Pattern>,
    file_names: Vec<Pattern>,
    never: Vec<Pattern>,
    contents: Vec<Pattern>,
    hashes: BTreeMap<[u8; 20], (usize, String)>,
    literals: AhoCorasick,
    /// For each literal the contents patterns that need it.
    owners: Vec<Vec<usize>>,
}

impl Detectors {
    /// Compiles the extractors of a repository: version 4 or 6, the master file, or the list of backdoored addresses.
    ///
    /// # Errors
    /// When it is none, or far larger than any.
    pub fn from_repository(bytes: &[u8]) -> Result<Self, NotARepository> {
        let entries: BTreeMap<String, serde_json::Value> = serde_json::from_slice(bytes)?;
        if entries.len() > MOST {
            return Err(NotARepository::TooMany);
        }
        let mut building = Building::default();
        for (name, entry) in entries {
            match serde_json::from_value(entry) {
                Ok(entry) => building.take(&name, entry)?,
                Err(error) => building.skip(&name, "", error.to_string()),
            }
        }
        building.finish(Digest::of(bytes))
    }

    /// The set and its edition, as shown beside what was found: `retire.js 0a1b2c3d4e5f, 76 libraries`.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// What the set consists of.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The libraries that a script is or holds, by its address and, where it was fetched, its body; in the order of names and versions.
    /// What the body tells outranks the address. Of a body the first [`LARGEST_BODY`] bytes are looked at.
    pub fn read(&self, url: &str, body: Option<&[u8]>) -> Vec<Library> {
        let url = url.get(..url.floor_char_boundary(LONGEST_ADDRESS)).unwrap_or(url);
        let mut found = Found::default();
        let find = |patterns: &[Pattern], text: &str, found: &mut Found| {
            for pattern in patterns {
                pattern.find(text, 0..text.len(), &mut |version, matched| {
                    found.add(pattern.library, version, Channel::FileName, matched);
                });
            }
        };
        let mut never = Found::default();
        find(&self.never, url, &mut never);
        if !never.is_empty() {
            return Vec::new();
        }
        find(&self.addresses, url, &mut found);
        find(&self.file_names, file_name(url), &mut found);
        if let Some(body) = body {
            self.contents(body, &mut found);
        }
        found.libraries(&self.libraries)
    }

    /// The libraries in a script that stands in a page.
    pub fn inline(&self, text: &str) -> Vec<Library> {
        let mut found = Found::default();
        self.contents(text.as_bytes(), &mut found);
        found.libraries(&self.libraries)
    }

    fn contents(&self, body: &[u8], found: &mut Found) {
        let text = String::from_utf8_lossy(body.get(..LARGEST_BODY).unwrap_or(body));
        let text = with_plain_lines(&text);
        if let Some((library, version)) = self.hashes.get(Sha1::digest(text.as_bytes()).as_slice()) {
            found.add(*library, version.clone(), Channel::Digest, "SHA-1");
        }
        let mut work = MOST_WORK;
        for (pattern, stretches) in self.contents.iter().zip(self.stretches(&text)) {
            for stretch in stretches {
                let cost = pattern.shape.cost.saturating_mul(stretch.len() as u64);
                let Some(left) = work.checked_sub(cost) else { return };
                work = left;
                pattern.find(&text, stretch, &mut |version, matched| {
                    found.add(pattern.library, version, Channel::Content, matched);
                });
            }
        }
    }

    /// For each pattern the stretches of the text in which it can match: around its literals, as far as a match reaches.
    fn stretches(&self, text: &str) -> Vec<Vec<Range<usize>>> {
        let all = |pattern: &Pattern| pattern.shape.literals.is_empty().then_some(0..text.len()).into_iter().collect();
        let mut stretches: Vec<Vec<Range<usize>>> = self.contents.iter().map(all).collect();
        for hit in self.literals.find_overlapping_iter(text) {
            for &owner in &self.owners[hit.pattern().as_usize()] {
                let reach = self.contents[owner].shape.reach.unwrap_or(text.len());
                let start = text.floor_char_boundary(hit.end().saturating_sub(reach));
                let end = text.ceil_char_boundary(hit.start().saturating_add(reach).min(text.len()));
                match stretches[owner].last_mut() {
                    Some(last) if start <= last.end => last.end = last.end.max(end),
                    _ => stretches[owner].push(start..end),
                }
            }
        }
        stretches
    }
}

/// The last part of an address's path.
fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The text with every line ended by a line feed alone, as the repository's patterns and digests expect it.
fn with_plain_lines(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Detectors while a repository is read.
#[derive(Default)]
struct Building {
    counts: Counts,
    libraries: Vec<Named>,
    addresses: Vec<Pattern>,
    file_names: Vec<Pattern>,
    never: Vec<Pattern>,
    contents: Vec<Pattern>,
    hashes: BTreeMap<[u8; 20], (usize, String)>,
}

impl Building {
    fn take(&mut self, name: &str, entry: Entry) -> Result<(), NotARepository> {
        let library = self.libraries.len();
        match entry {
            Entry::Library(entry) => {
                self.libraries.push(Named { name: found::kept(name), npm: entry.npmname.as_deref().map(found::kept) });
                self.counts.left_out += entry.extractors.left_out();
                self.extractors(library, name, entry.extractors);
            }
            Entry::Backdoored(entries) => {
                self.libraries.push(Named { name: found::kept(name), npm: None });
                let patterns = entries.into_iter().flat_map(|entry| entry.extractors).collect::<Vec<_>>();
                self.addresses.extend(compile(&mut self.counts, name, &patterns, |pattern| Pattern::new(library, pattern)));
            }
        }
        let patterns = [&self.addresses, &self.file_names, &self.never, &self.contents];
        self.counts.patterns = patterns.iter().map(|patterns| patterns.len()).sum();
        if self.counts.patterns > MOST || self.hashes.len() > MOST { Err(NotARepository::TooMany) } else { Ok(()) }
    }

    fn extractors(&mut self, library: usize, name: &str, written: repository::Extractors) {
        let counts = &mut self.counts;
        let addresses = if name == NEVER { &mut self.never } else { &mut self.addresses };
        addresses.extend(compile(counts, name, &written.uri, |pattern| Pattern::new(library, pattern)));
        let whole = |pattern: &str| Pattern::new(library, &format!("^{pattern}$"));
        self.file_names.extend(compile(counts, name, &written.filename, whole));
        self.contents.extend(compile(counts, name, &written.filecontent, |pattern| Pattern::new(library, pattern)));
        let replacement = |pattern: &str| Pattern::replacement(library, pattern);
        self.contents.extend(compile(counts, name, &written.filecontentreplace, replacement));
        for (digits, version) in written.hashes {
            match sha1(&digits) {
                Some(digest) => drop(self.hashes.insert(digest, (library, version))),
                None => self.skip(name, &digits, "not a SHA-1 in hexadecimal digits".into()),
            }
        }
    }

    fn skip(&mut self, library: &str, pattern: &str, why: String) {
        self.counts.skipped.push(Skipped {
            library: found::kept(library),
            pattern: found::kept(pattern),
            why: found::kept(&why),
        });
    }

    fn finish(mut self, digest: Digest) -> Result<Detectors, NotARepository> {
        if self.counts.patterns + self.hashes.len() == 0 {
            return Err(NotARepository::Empty);
        }
        let mut needed: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (number, pattern) in self.contents.iter().enumerate() {
            for literal in &pattern.shape.literals {
                needed.entry(literal).or_default().push(number);
            }
        }
        // The automaton fails to build beyond 2^31 states; the bounds on patterns keep it far below.
        let literals = AhoCorasick::new(needed.keys()).map_err(|_| NotARepository::TooMany)?;
        let owners = needed.into_values().collect();
        (self.counts.libraries, self.counts.hashes) = (self.libraries.len(), self.hashes.len());
        let hex = digest.to_string();
        let edition = format!("retire.js {}, {} libraries", hex.get(..12).unwrap_or(&hex), self.counts.libraries);
        let Self { counts, libraries, addresses, file_names, never, contents, hashes } = self;
        Ok(Detectors { edition, counts, libraries, addresses, file_names, never, contents, hashes, literals, owners })
    }
}

/// Compiles patterns; those that cannot be used are counted.
fn compile(
    counts: &mut Counts,
    library: &str,
    written: &[String],
    make: impl Fn(&str) -> Result<Pattern, String>,
) -> Vec<Pattern> {
    let mut compiled = Vec::new();
    for pattern in written {
        match make(pattern) {
            Ok(pattern) => compiled.push(pattern),
            Err(why) => {
                let (library, pattern) = (found::kept(library), found::kept(pattern));
                counts.skipped.push(Skipped { library, pattern, why: found::kept(&why) });
            }
        }
    }
    compiled
}

fn sha1(digits: &str) -> Option<[u8; 20]> {
    let mut digest = [0; 20];
    if digits.len() != 40 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, place) in digest.iter_mut().zip((0..40).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(place..place + 2)?, 16).ok()?;
    }
    Some(digest)
}
