//! Facts about which clients a site lets in, and through which doors its services are entered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::observation::Outcome;
use crate::text::Label;

/// The home page as several browsers get it, and what in it asks for a given client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClientVisits {
    /// The address asked for.
    pub url: String,
    /// One visit a browser, in the order tried.
    pub visits: Vec<ClientVisit>,
    /// What in page and scripts asks for a given client.
    pub demands: Vec<Demand>,
}

/// A visit as one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientVisit {
    /// Who was pretended: `chrome-windows`, `firefox-linux`, `safari-iphone`, `wechat-android`, `edge-ie-mode`.
    pub browser: String,
    /// What came.
    pub answer: Outcome<ClientAnswer>,
}

/// What came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ClientAnswer {
    /// Final status.
    pub status: u16,
    /// Final address.
    pub url: String,
    /// `<title>`.
    pub title: String,
    /// Characters of visible text.
    pub text_length: u32,
    /// Digest of the body.
    pub body: Option<Digest>,
    /// The sentence that turns the visitor away or asks for another browser, bounded.
    pub turned_away: Option<String>,
}

/// Something asks for a given client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Demand {
    /// What for.
    pub client: Client,
    /// Where: address of page or script.
    pub place: String,
    /// The text that tells it, bounded.
    pub matched: String,
    /// False when it is offered beside another way: a fallback, a hint that another browser shows better.
    pub compelling: bool,
}

/// Clients that a visitor may be made to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// Internet Explorer or its mode.
    InternetExplorer,
    /// Another given browser.
    GivenBrowser,
    /// ActiveX controls.
    ActiveX,
    /// Flash.
    Flash,
    /// Silverlight.
    Silverlight,
    /// Java applets.
    Applet,
    /// A given office suite.
    OfficeSuite,
    /// Another plug-in or local program.
    PlugIn,
}

impl Client {
    /// The client in words.
    pub fn label(self) -> Label {
        match self {
            Self::InternetExplorer => Label { zh: "IE 浏览器", en: "Internet Explorer" },
            Self::GivenBrowser => Label { zh: "特定浏览器", en: "a given browser" },
            Self::ActiveX => Label { zh: "ActiveX 控件", en: "ActiveX controls" },
            Self::Flash => Label { zh: "Flash 插件", en: "Flash" },
            Self::Silverlight => Label { zh: "Silverlight 插件", en: "Silverlight" },
            Self::Applet => Label { zh: "Java 小程序（Applet）", en: "Java applets" },
            Self::OfficeSuite => Label { zh: "特定办公软件", en: "a given office suite" },
            Self::PlugIn => Label { zh: "特定插件或本地程序", en: "a plug-in or local program" },
        }
    }
}

/// Entrances: pages where one signs in or begins a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Entrances {
    /// The page from which they were followed.
    pub page: String,
    /// Whether that page was read as a browser shows it, after its scripts.
    pub rendered: bool,
    /// The entrances, in the order met.
    pub entrances: Vec<Entrance>,
    /// Entrances beyond the limit.
    pub beyond: u32,
}

/// An entrance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entrance {
    /// Address asked for.
    pub url: String,
    /// The words of the link that leads there.
    pub words: String,
    /// Where it was found: `link`, `form`, `service` (a surveyed port), `crawl`.
    pub found_by: String,
    /// What is there.
    pub page: Outcome<EntrancePage>,
}

/// The page behind an entrance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct EntrancePage {
    /// Final address.
    pub url: String,
    /// Status.
    pub status: u16,
    /// `<title>`.
    pub title: String,
    /// For whom it is.
    pub audience: Audience,
    /// What it is an entrance to.
    pub system: Option<SystemKind>,
    /// The product, where it is recognised.
    pub product: Option<String>,
    /// Ways to sign in that it offers.
    pub ways: Vec<Way>,
    /// The texts that tell audience, system and ways, bounded.
    pub signs: Vec<String>,
}

/// For whom an entrance is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// It does not tell.
    #[default]
    Unknown,
    /// The public.
    Public,
    /// Staff or administrators.
    Staff,
}

impl Audience {
    /// The audience in words.
    pub fn label(self) -> Label {
        match self {
            Self::Unknown => Label { zh: "未知", en: "unknown" },
            Self::Public => Label { zh: "公众", en: "public" },
            Self::Staff => Label { zh: "工作人员", en: "staff" },
        }
    }
}

/// Systems with entrances of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SystemKind {
    /// Office automation.
    Office,
    /// VPN and remote access.
    Vpn,
    /// The back end of a content management system.
    ContentManagement,
    /// An administration console: server, middleware, database, device.
    Console,
    /// Web mail.
    Mail,
    /// Another business system.
    Business,
}

impl SystemKind {
    /// The system in words.
    pub fn label(self) -> Label {
        match self {
            Self::Office => Label { zh: "办公系统", en: "office automation" },
            Self::Vpn => Label { zh: "VPN 与远程接入", en: "VPN" },
            Self::ContentManagement => Label { zh: "内容管理后台", en: "content management" },
            Self::Console => Label { zh: "管理控制台", en: "administration console" },
            Self::Mail => Label { zh: "网页邮箱", en: "web mail" },
            Self::Business => Label { zh: "业务系统", en: "business system" },
        }
    }
}

/// Ways to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Name and password.
    Password,
    /// A code by text message or mail.
    Code,
    /// A certificate or token.
    Certificate,
    /// The national or a provincial government sign-on.
    GovernmentAccount,
    /// The digital identity of the state (网号, 网证).
    NationalIdentity,
    /// WeChat.
    WeChat,
    /// Alipay.
    Alipay,
    /// DingTalk.
    DingTalk,
    /// Another commercial platform.
    OtherPlatform,
    /// The institution's own app scans a code.
    OwnApp,
    /// No sign-in is asked.
    Open,
}

impl Way {
    /// The way in words.
    pub fn label(self) -> Label {
        match self {
            Self::Password => Label { zh: "账号密码", en: "name and password" },
            Self::Code => Label { zh: "验证码", en: "a code by message" },
            Self::Certificate => Label { zh: "数字证书", en: "a certificate" },
            Self::GovernmentAccount => Label { zh: "政务服务平台账号", en: "a government account" },
            Self::NationalIdentity => Label { zh: "国家网络身份认证", en: "the national network identity" },
            Self::WeChat => Label { zh: "微信", en: "WeChat" },
            Self::Alipay => Label { zh: "支付宝", en: "Alipay" },
            Self::DingTalk => Label { zh: "钉钉", en: "DingTalk" },
            Self::OtherPlatform => Label { zh: "其他商业平台", en: "another commercial platform" },
            Self::OwnApp => Label { zh: "本单位应用扫码", en: "the institution's own app" },
            Self::Open => Label { zh: "无需登录", en: "no sign-in" },
        }
    }
}
