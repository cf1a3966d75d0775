//! Facts out of a browser.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::facts::page::{HomePage, Mark};
use crate::observation::Failure;

/// A box on the page, in CSS pixels from the page's upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
}

impl Rect {
    /// True when it covers no area.
    pub fn is_empty(&self) -> bool {
        self.width <= 0 || self.height <= 0
    }
}

/// The home page after its scripts have run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RenderedPage {
    /// What the reader found in the HTML of the document, frames of the same owner appended; `page.html` is its digest.
    pub page: HomePage,
    /// Window width, CSS pixels.
    pub viewport_width: i32,
    /// Window height, CSS pixels.
    pub viewport_height: i32,
    /// Width of the whole page, CSS pixels.
    pub width: i32,
    /// Height of the whole page, CSS pixels.
    pub height: i32,
    /// Picture of the whole page (JPEG, possibly cut at the limit), kept as a blob.
    pub screenshot: Option<Screenshot>,
    /// Marks with their boxes.
    pub marks: Vec<SeenMark>,
    /// Requests that the page made, one per address, bounded.
    pub requests: Vec<Request>,
}

/// A picture of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Screenshot {
    /// Digest of the picture.
    pub digest: Digest,
    /// Width in CSS pixels; the picture's own pixels may be fewer.
    pub width: i32,
    /// Height in CSS pixels that the picture shows.
    pub height: i32,
}

/// A mark as a visitor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeenMark {
    /// The mark.
    pub mark: Mark,
    /// Where it is.
    pub rect: Rect,
    /// Shown: has a box, is not hidden or transparent, and its picture has loaded.
    pub visible: bool,
    /// Address of the frame that holds it; `None` for the page itself.
    pub frame: Option<String>,
}

/// A request of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// Address.
    pub url: String,
    /// `document`, `script`, `image`, …
    pub resource: String,
    /// Status code, if answered.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// What happened when external links were clicked. The leaving itself is never carried out: the request is held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClickTest {
    /// External links on the page that lead to no government host.
    pub candidates: u32,
    /// The clicks made, bounded.
    pub clicks: Vec<Click>,
}

/// One click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Click {
    /// Where the link leads by its `href`.
    pub url: String,
    /// Its words.
    pub text: String,
    /// Where it was.
    pub rect: Rect,
    /// The link could not be clicked: not visible, covered, gone.
    pub failure: Option<Failure>,
    /// Words of the dialog (`alert`, `confirm`) that opened.
    pub dialog: Option<String>,
    /// Words that became visible on the page by the click, bounded.
    pub appeared: Option<String>,
    /// An address of the same owner to which the page or a new tab went.
    pub interstitial: Option<Interstitial>,
    /// The external address for which a request was about to leave, in this tab or a new one, without the visitor's doing anything more.
    pub left_for: Option<String>,
    /// Picture after the click, kept as a blob.
    pub screenshot: Option<Digest>,
}

/// A page of the same owner between here and there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interstitial {
    /// Its address.
    pub url: String,
    /// Its words, bounded.
    pub text: String,
}
