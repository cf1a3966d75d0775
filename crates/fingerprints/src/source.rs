//! What is loaded: the bytes of one published file, the set it belongs to, and the account of what could not be used.

use serde::{Deserialize, Serialize};

/// The published formats that can be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Set {
    /// Wappalyzer-format technologies: JSON, one folder of files or the compiled `{"apps": …}` file.
    Wappalyzer,
    /// Rapid7 Recog: XML.
    Recog,
    /// FingerprintHub: YAML templates, and its v3 and v4 JSON.
    FingerprintHub,
    /// EHole: `finger.json`.
    Ehole,
    /// Signs of protection devices, as recorded from wafw00f.
    Wafw00f,
}

impl Set {
    /// All sets.
    pub const ALL: [Set; 5] = [Set::Wappalyzer, Set::Recog, Set::FingerprintHub, Set::Ehole, Set::Wafw00f];

    /// The name used in places and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Set::Wappalyzer => "wappalyzer",
            Set::Recog => "recog",
            Set::FingerprintHub => "fingerprinthub",
            Set::Ehole => "ehole",
            Set::Wafw00f => "wafw00f",
        }
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct Source {
    /// The set it belongs to.
    pub set: Set,
    /// Its name for reports, the path below the folder that was given.
    pub name: String,
    /// Its content, unpacked.
    pub bytes: Vec<u8>,
}

/// One thing that could not be used. The rest of its file is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The file.
    pub file: String,
    /// The technology or fingerprint, empty when the file as a whole is meant.
    pub entry: String,
    /// Why, with the pattern where there is one.
    pub reason: String,
}

/// How much of a set is in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Technologies or fingerprints.
    pub entries: usize,
    /// Patterns in use.
    pub patterns: usize,
    /// Patterns in use for which no literal could be derived, so that they are tried on every text of their place.
    pub without_literal: usize,
    /// Patterns or entries that could not be used.
    pub skipped: usize,
    /// Entries that ask for more than the home page, and therefore are not asked.
    pub aside: usize,
}
