//! Facts out of fingerprints: which technologies stand behind a page, with what told them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The technologies behind a site's pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Technologies {
    /// The address of the page that was read.
    pub url: String,
    /// What was recognised, in the order of names.
    pub found: Vec<Technology>,
    /// Protection devices (WAF) by passive signs, in the order of names.
    pub protection: Vec<Technology>,
    /// The fingerprint sets that were asked, with edition: `wappalyzer 7586`. Empty: no set is loaded, and nothing found says nothing.
    pub catalogues: Vec<String>,
}

/// One technology.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Technology {
    /// Name as the fingerprint set writes it.
    pub name: String,
    /// Vendor, where the set tells it.
    pub vendor: Option<String>,
    /// Categories in words.
    pub categories: Vec<String>,
    /// Version, if told.
    pub version: Option<Version>,
    /// 1 to 100: how sure the set is, summed over its patterns.
    pub confidence: u8,
    /// CPE as the set gives it, without a version of ours.
    pub cpe: Option<String>,
    /// Technologies that imply it, when no pattern of its own matched.
    pub implied_by: Vec<String>,
    /// What matched, bounded; the first of each place.
    pub evidence: Vec<Sign>,
}

/// A version with where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Version {
    /// As told.
    pub number: String,
    /// How it was told.
    pub by: VersionSource,
}

/// How a version was told; later ones are surer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionSource {
    /// A file name or a query string: `jquery.min.js?v=1.2.3`.
    #[default]
    Name,
    /// A page's text, a comment or a `generator`.
    Page,
    /// A banner or a header field.
    Banner,
    /// The protocol itself carries it in a field made for it.
    Protocol,
}

/// One match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sign {
    /// The set and the place: `wappalyzer:headers:server`, `ehole:favicon`, `wafw00f:cookie`.
    pub place: String,
    /// The text that matched, bounded, controls escaped; cookie values are never kept.
    pub matched: String,
}
