//! Facts out of a page's HTML.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::name::HostName;

/// The home page as the server sends it, or, inside a rendered page, as the scripts left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HomePage {
    /// Its address, against which links were resolved.
    pub url: String,
    /// Digest of the HTML, which is kept as a blob.
    pub html: Option<Digest>,
    /// `<title>`.
    pub title: String,
    /// Names the page gives itself: `SiteName`, `og:site_name`, `application-name`, `ColumnName`-like metas.
    pub site_names: Vec<String>,
    /// Visible text, white space folded, bounded.
    pub text: String,
    /// Links with an address, bounded in number.
    pub links: Vec<Link>,
    /// Forms.
    pub forms: Vec<Form>,
    /// Addresses of scripts.
    pub scripts: Vec<String>,
    /// Those of them whose content the page pins (Subresource Integrity).
    pub pinned_scripts: Vec<String>,
    /// Who built or maintains the site, as the page says ("技术支持：…"), bounded in number.
    pub suppliers: Vec<String>,
    /// Addresses of frames.
    pub frames: Vec<String>,
    /// Official marks and traces of them, in the order met.
    pub marks: Vec<Mark>,
    /// ICP filing numbers.
    pub icp: Vec<IcpNumber>,
    /// Public-security filing numbers.
    pub police: Vec<PoliceNumber>,
    /// Government-site codes.
    pub site_codes: Vec<SiteCode>,
    /// Institution names that stand in title, metas or footer ("主办单位：…").
    pub institutions: Vec<String>,
    /// True when the HTML holds next to no text but scripts: its content is built in the browser.
    pub script_built: bool,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Absolute address.
    pub url: String,
    /// Its host, for http and https.
    pub host: Option<HostName>,
    /// Its words, or the alternative text of its picture.
    pub text: String,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Form {
    /// Absolute address it posts to.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Types of its fields (`text`, `password`, …).
    pub fields: Vec<String>,
}

/// What a mark is made of (`regulation-facts`, 2.2 and 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkForm {
    /// The registry's loader script stands in the page; whether it draws the mark only a browser tells.
    Loader,
    /// A picture inside a link to the registry's verification page.
    LinkedPicture,
    /// A link to the verification page with words only.
    TextLink,
    /// The registry's picture without a link to the verification page.
    Picture,
}

/// The class of institution that a mark states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkClass {
    /// Red: 党政机关.
    PartyGovernment,
    /// Blue: 事业单位.
    PublicInstitution,
}

/// An official mark (网上标识, Art. 9) or what is left of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// What it is made of.
    pub form: MarkForm,
    /// Its class by the picture's colour; the alternative text never decides.
    pub class: Option<MarkClass>,
    /// `red_error.png`, `blue_error.png`: the registry's loader says that the page's host is not the registered one.
    pub error: bool,
    /// Certificate id in the verification link: 32 hexadecimal digits when well formed, else as found.
    pub id: Option<String>,
    /// Registration code in the loader's address: `CA` and 21 digits.
    pub code: Option<String>,
    /// Address of the verification link.
    pub link: Option<String>,
    /// Address of the picture.
    pub picture: Option<String>,
    /// True when it stands inside an HTML comment or a commented-out script line, so that no visitor sees it.
    pub commented_out: bool,
}

/// An ICP filing number (ICP 备案号).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IcpNumber {
    /// As written on the page.
    pub text: String,
    /// Normal form `京ICP备04000001号-2`; `None` when it is no ICP number.
    pub number: Option<String>,
    /// Subject part `京ICP备04000001号`.
    pub subject: Option<String>,
    /// Where it links to.
    pub link: Option<String>,
    /// What is wrong with it.
    pub problem: Option<IcpProblem>,
}

/// What is wrong with an ICP number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IcpProblem {
    /// A joke registry's (`萌ICP备…`): the first character is no province.
    NotAProvince,
    /// Neither 8 nor 10 digits.
    Digits,
}

/// A public-security filing number (公安联网备案号).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PoliceNumber {
    /// As written on the page.
    pub text: String,
    /// The digits: 14 when well formed.
    pub digits: String,
    /// Code in the link, if it has one.
    pub linked: Option<String>,
    /// What is wrong with it.
    pub problem: Option<PoliceProblem>,
}

/// What is wrong with a public-security number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoliceProblem {
    /// Not 14 digits.
    Digits,
    /// The first two digits are not those of the province character.
    Province,
    /// The link carries another number.
    LinkDiffers,
}

/// A government-site code (政府网站标识码).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SiteCode {
    /// As written.
    pub code: String,
    /// True for ten digits or `bm` and eight.
    pub well_formed: bool,
    /// True when it comes from the "找错" link or script and not from the printed text.
    pub from_link: bool,
}
