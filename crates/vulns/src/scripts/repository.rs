//! The repository of retire.js as it is written, as far as detectors go.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;

/// An entry of the repository: a library, or addresses from which nothing good comes.
#[derive(Debug)]
pub(super) enum Entry {
    Library(Library),
    Backdoored(Vec<Backdoored>),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            list @ Value::Array(_) => serde_json::from_value(list).map(Self::Backdoored),
            other => serde_json::from_value(other).map(Self::Library),
        }
        .map_err(D::Error::custom)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Library {
    pub npmname: Option<String>,
    pub extractors: Extractors,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Extractors {
    pub filename: Vec<String>,
    pub uri: Vec<String>,
    pub filecontent: Vec<String>,
    pub filecontentreplace: Vec<String>,
    /// SHA-1 of a file, and the version that it is.
    pub hashes: BTreeMap<String, String>,
    /// Expressions for a browser's JavaScript.
    func: Vec<Value>,
    /// Queries over a syntax tree.
    ast: Vec<Value>,
}

impl Extractors {
    /// How many need more than text.
    pub fn left_out(&self) -> usize {
        self.func.len() + self.ast.len()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Backdoored {
    pub extractors: Vec<String>,
}
