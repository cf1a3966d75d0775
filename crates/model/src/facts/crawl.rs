//! Facts out of a bounded crawl (L2): pages, attachments, links outward, forms, scripts, the favicon.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::facts::page::Form;
use crate::name::HostName;
use crate::observation::Failure;

/// What a bounded walk over a site's own pages found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Crawl {
    /// Where it began.
    pub start: String,
    /// Pages asked for, in the order asked.
    pub pages: Vec<CrawledPage>,
    /// Attachments that pages link to (documents, archives), not fetched.
    pub attachments: Vec<Place>,
    /// Addresses outside the site, with the page that links there first and how many do.
    pub external: Vec<ExternalLink>,
    /// Forms with the page they stand on.
    pub forms: Vec<FormPlace>,
    /// Scripts with the page that names them first.
    pub scripts: Vec<Place>,
    /// The site's icon.
    pub favicon: Option<Favicon>,
    /// What robots.txt says to us (RFC 9309).
    pub robots: Robots,
    /// Other hosts whose pages its site maps list, in the order of names, bounded.
    pub sitemap_hosts: Vec<String>,
    /// How the site answers for what does not exist.
    pub not_found: Option<NotFound>,
    /// True when pages hold next to no text but scripts: a single-page application, whose links only a browser sees.
    pub script_built: bool,
    /// Which bound ended the walk; `None` when it came to its end.
    pub stopped: Option<CrawlBound>,
}

/// A page that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CrawledPage {
    /// Address asked for.
    pub url: String,
    /// Clicks from the start.
    pub depth: u32,
    /// Status at the end of its redirects.
    pub status: Option<u16>,
    /// `<title>`.
    pub title: String,
    /// Media type as declared.
    pub media_type: String,
    /// Digest of the body, which is kept as a blob.
    pub body: Option<Digest>,
    /// Length of the body in bytes.
    pub length: u64,
    /// True when it is the site's "not found" page under the status 200.
    pub soft_not_found: bool,
    /// Why it was not read.
    pub failure: Option<Failure>,
}

/// An address with the page that names it first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Address.
    pub url: String,
    /// The page it stands on.
    pub page: String,
    /// Its words, where it is a link.
    pub text: String,
}

/// A link outward.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalLink {
    /// Address.
    pub url: String,
    /// Its host, for http and https.
    pub host: Option<HostName>,
    /// Its words where it stands first.
    pub text: String,
    /// The page where it stands first.
    pub page: String,
    /// On how many of the pages it stands.
    pub pages: u32,
}

/// A form with its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FormPlace {
    /// The page it stands on.
    pub page: String,
    /// The form.
    pub form: Form,
}

/// A site's icon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Favicon {
    /// Address.
    pub url: String,
    /// MurmurHash3 (32 bit, seed 0, signed) over its MIME base64 form, as fingerprint sets and search engines write it.
    pub mmh3: i32,
    /// MD5 of its bytes, lower-case hexadecimal, as Recog writes it.
    pub md5: String,
    /// Digest of its bytes, which are kept as a blob.
    pub body: Option<Digest>,
}

/// What robots.txt says to us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Robots {
    /// Status of its answer; `None` when there was none.
    pub status: Option<u16>,
    /// True when a group that names this product disallows the whole site: the host asks us to stay away.
    pub names_us: bool,
    /// True when some of the site is closed to us.
    pub restricts: bool,
    /// Seconds between requests that it asks for.
    pub delay_s: Option<u32>,
    /// Addresses of site maps.
    pub sitemaps: Vec<String>,
    /// Whether it was honoured.
    pub honoured: bool,
}

/// How a site answers for an address that cannot exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotFound {
    /// Status.
    pub status: u16,
    /// True when the status says that all is well: a soft 404.
    pub soft: bool,
    /// Title of the page in its place.
    pub title: String,
    /// Where it redirected to, if it did.
    pub redirected: Option<String>,
}

/// The bounds of a crawl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrawlBound {
    /// Number of pages.
    Pages,
    /// Clicks from the start.
    Depth,
    /// Bytes read.
    Bytes,
    /// Time.
    Time,
    /// The site asked to slow down or shut us out.
    Refused,
}
