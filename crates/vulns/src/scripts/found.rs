//! What was found in one script, each library and version once.

use std::collections::{BTreeMap, BTreeSet};

use model::advisory::Channel;
use model::facts::scripts::Library;

use crate::scripts::Named;

/// The most libraries and versions of one script.
const MOST: usize = 200;
/// The longest version, in bytes; the patterns of the repository let none but ASCII in.
const LONGEST_VERSION: usize = 60;
/// The longest text that is kept, in characters.
const LONGEST_TEXT: usize = 120;

/// What was found: by library and version the surest channel with its text.
#[derive(Default)]
pub(super) struct Found(BTreeMap<(usize, String), (Channel, String)>);

impl Found {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes note of a library; the surest channel stays.
    pub fn add(&mut self, library: usize, version: String, by: Channel, matched: &str) {
        let version = tidy(&version);
        if version.len() > LONGEST_VERSION || version.chars().any(char::is_control) {
            return;
        }
        let key = (library, version.to_owned());
        let is_surest = self.0.get(&key).map_or(self.0.len() < MOST, |known| known.0 < by);
        if is_surest {
            self.0.insert(key, (by, kept(matched)));
        }
    }

    /// What was found, in the order of names and versions. A version out of an address is left out where the text tells one: who exchanges
    /// the file leaves its name.
    pub fn libraries(self, named: &[Named]) -> Vec<Library> {
        let surely: BTreeSet<usize> =
            self.0.iter().filter(|(_, (by, _))| *by > Channel::FileName).map(|((library, _), _)| *library).collect();
        let stays = |library: &usize, by: &Channel| *by > Channel::FileName || !surely.contains(library);
        let mut libraries: Vec<Library> = self
            .0
            .into_iter()
            .filter(|((library, _), (by, _))| stays(library, by))
            .map(|((library, version), (by, matched))| {
                let Named { name, npm } = &named[library];
                Library { name: name.clone(), npm: npm.clone(), version, by, matched }
            })
            .collect();
        libraries.sort();
        libraries
    }
}

/// A version without what belongs to the file's name or the sentence around it.
fn tidy(version: &str) -> &str {
    let version = version.strip_suffix(".min").or_else(|| version.strip_suffix("-min")).unwrap_or(version);
    version.trim_end_matches(['.', '-', '_'])
}

/// The beginning of a text in one line, without control characters.
pub(super) fn kept(text: &str) -> String {
    let words = text.split(|char: char| char.is_whitespace() || char.is_control()).filter(|word| !word.is_empty());
    let mut kept = String::new();
    for word in words {
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.extend(word.chars().take(LONGEST_TEXT));
        if kept.len() > 4 * LONGEST_TEXT {
            break;
        }
    }
    kept.chars().take(LONGEST_TEXT).collect()
}
