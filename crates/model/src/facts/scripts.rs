//! Facts out of the scripts that a page loads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::advisory::Channel;
use crate::digest::Digest;
use crate::observation::Failure;

/// The scripts of the home page, fetched as any visitor's browser does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Scripts {
    /// The page.
    pub page: String,
    /// Its scripts with an address, in the order met.
    pub scripts: Vec<Script>,
    /// Libraries inside the page's own inline scripts.
    pub inline: Vec<Library>,
    /// Scripts beyond the limit that were not fetched.
    pub beyond: u32,
    /// The set of detectors that was asked, with edition; empty: none is loaded, and no library found says nothing.
    pub detectors: String,
}

/// A script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Script {
    /// Address.
    pub url: String,
    /// Host, A-label form.
    pub host: String,
    /// Whether its host belongs to another registrable domain than the page's.
    pub third_party: bool,
    /// Whether the page pins its content (Subresource Integrity).
    pub pinned: bool,
    /// Digest of its bytes, which are kept as a blob.
    pub body: Option<Digest>,
    /// Length in bytes.
    pub length: u64,
    /// Libraries that it is or holds, in the order of names.
    pub libraries: Vec<Library>,
    /// Why it was not read.
    pub failure: Option<Failure>,
}

/// A library in a script.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Library {
    /// Name as the set writes it.
    pub name: String,
    /// Package on npm, where the set names it.
    pub npm: Option<String>,
    /// Version.
    pub version: String,
    /// What told it: file name, content or digest.
    pub by: Channel,
    /// The text that told it, bounded.
    pub matched: String,
}
