//! What a page shows. What is not said is healthy and follows from the institution.

use serde::Deserialize;

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    /// `<title>` and heading; the site's name unless said.
    pub title: Option<String>,
    /// Whether the footer names the institution ("主办单位：…").
    pub unsigned: bool,
    /// Charset of the bytes: `utf-8`, `gbk`, `gb18030`; UTF-8 unless said.
    pub charset: Option<String>,
    /// ICP filing number as shown; made up unless said, left out when empty.
    pub icp: Option<String>,
    /// Where the ICP number links to.
    pub icp_link: Option<String>,
    /// Public-security filing number as shown; made up unless said, left out when empty.
    pub police: Option<String>,
    /// Number in the link of the public-security number, when it is not the one shown.
    pub police_linked: Option<String>,
    /// Who writes the footer.
    pub footer: Footer,
    /// The official mark.
    pub mark: Mark,
    /// `red` or `blue`; by the institution's type unless said.
    pub mark_class: Option<String>,
    /// Where the mark stands.
    pub mark_place: MarkPlace,
    /// External links.
    pub links: Vec<Link>,
    /// Further links to the site's own articles.
    pub articles: u32,
    /// What happens when an external link is clicked.
    pub exit: Exit,
    /// Further HTML in `<head>`.
    pub head: String,
    /// Further HTML in the main part.
    pub main: String,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Where to.
    pub url: String,
    /// Its words.
    pub text: String,
}

/// Who writes the footer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Footer {
    /// The server, in the HTML.
    #[default]
    Html,
    /// A script of the same site.
    Script,
    /// A frame of the same site.
    Frame,
}

/// The official mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// The registry's loader, which draws the picture and its link. Without one for a body that may have none.
    #[default]
    Usual,
    /// The registry's loader, whoever the owner is.
    Loader,
    /// A picture of the site's own inside a link to the verification page.
    LinkedPicture,
    /// The registry's picture without a link.
    Picture,
    /// A link of words.
    TextLink,
    /// No mark.
    None,
    /// A linked picture inside an HTML comment.
    Commented,
    /// A linked picture with `display: none`.
    Hidden,
    /// The loader answers and draws nothing.
    IdleLoader,
    /// The connection for the loader breaks.
    BrokenLoader,
    /// Another site's loader, left over from a copied template: it draws the error picture.
    Foreign,
    /// A linked picture whose link carries a damaged id.
    DamagedId,
    /// A linked blue picture whose alternative text says 党政机关.
    MisleadingText,
}

/// Where the mark stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkPlace {
    /// At the bottom, in the middle.
    #[default]
    Centre,
    /// At the bottom left.
    Left,
    /// At the bottom right.
    Right,
    /// In the middle, above the content.
    Top,
}

/// What happens when an external link is clicked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// The browser goes there.
    #[default]
    Direct,
    /// The browser goes there in a new tab.
    NewTab,
    /// A `confirm()` asks first.
    Confirm,
    /// A box on the page asks first.
    Overlay,
    /// A page of the same site asks first.
    Interstitial,
    /// A box about cookies appears, and the browser goes there.
    CookieNote,
    /// A box with "加载中" appears, and the browser goes there.
    Loading,
    /// The prompt appears, and the browser goes there at once.
    Hasty,
}
