//! Payloads of observations: the closed list of what can be known about a subject.
//!
//! An *observed absence* (a name that does not exist, an empty answer, a page without a mark) is a payload and decides; a
//! *missing observation* is none and does not.

pub mod attestation;
pub mod clients;
pub mod components;
pub mod crawl;
pub mod discovery;
pub mod dns;
pub mod extracts;
pub mod hosting;
pub mod mail;
pub mod page;
pub mod proofs;
pub mod register;
pub mod rendered;
pub mod scripts;
pub mod services;
pub mod standing;
pub mod technology;
pub mod tls;
pub mod web;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Label;

/// A payload type that a rule can ask a view for.
pub trait Fact: Sized {
    /// Its kind.
    const KIND: Kind;

    /// The payload, if it is of this type.
    fn of(payload: &Payload) -> Option<&Self>;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($module:ident), $zh:literal, $en:literal;)*) => {
        /// The kinds of observation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $name,)* }

        /// The content of a successful observation.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case", tag = "kind", content = "value")]
        #[allow(clippy::large_enum_variant, reason = "few are alive at a time, and each is moved once")]
        pub enum Payload { $($(#[$doc])* $name($module::$name),)* }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Kind] = &[$(Kind::$name,)*];

            /// The kind in words.
            pub fn label(self) -> Label {
                match self { $(Kind::$name => Label { zh: $zh, en: $en },)* }
            }
        }

        impl Payload {
            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Payload::$name(_) => Kind::$name,)* }
            }
        }

        $(
            impl Fact for $module::$name {
                const KIND: Kind = Kind::$name;

                fn of(payload: &Payload) -> Option<&Self> {
                    match payload { Payload::$name(fact) => Some(fact), _ => None }
                }
            }

            impl From<$module::$name> for Payload {
                fn from(fact: $module::$name) -> Self { Payload::$name(fact) }
            }
        )*
    };
}

impl Kind {
    /// True of what imported registers and lists say: missing, the list is not loaded; and it stays good for the policy's
    /// `list_max_age_days`, because registers are delivered less often than pages are looked at.
    pub fn is_list(self) -> bool {
        use Kind as K;
        matches!(
            self,
            K::IcpFilings
                | K::PoliceFilings
                | K::MarkRegister
                | K::SiteCodes
                | K::DomainRegistration
                | K::Listings
                | K::FiledPlatforms
                | K::CloudAssessments
                | K::Vulnerabilities
                | K::Lifecycles
                | K::ThreatListings
                | K::SupplierReach
        )
    }

    /// True of what is looked up for what was seen, in registers, lists, declarations and advisories: it can be looked up again.
    pub fn is_looked_up(self) -> bool {
        self.is_list() || matches!(self, Self::Standing | Self::Attestation | Self::Components)
    }

    /// True of what no probe looks for: the ledger's word, registers, lists, declarations.
    pub fn is_told(self) -> bool {
        self.is_looked_up() || matches!(self, Self::Register | Self::Estate)
    }
}

kinds! {
    /// The ledger's entry of a site or mail domain, with its institution.
    Register(register), "台账登记信息", "ledger entry";
    /// All that an institution runs, from the ledger.
    Estate(register), "单位名下应用清单", "institution's applications";
    /// Addresses and aliases of a host.
    HostDns(dns), "主机域名解析", "host resolution";
    /// Records of a registrable domain.
    ZoneDns(dns), "域名区记录", "zone records";
    /// Mail policy records of a domain.
    MailDns(mail), "邮件域名记录", "mail records";
    /// A visit that starts with http://.
    PlainVisit(web), "HTTP 访问", "visit over http";
    /// A visit that starts with https://.
    SecureVisit(web), "HTTPS 访问", "visit over https";
    /// The TLS handshake of the https visit's first connection.
    TlsHandshake(tls), "TLS 握手与证书链", "TLS handshake";
    /// The home page as the server sends it.
    HomePage(page), "首页源代码", "home page source";
    /// The home page as a browser shows it.
    RenderedPage(rendered), "浏览器渲染的首页", "rendered home page";
    /// What happens when external links are clicked.
    ClickTest(rendered), "外部链接点击测试", "click test of external links";
    /// Whether external links lead anywhere.
    LinkChecks(web), "外部链接可用性检查", "check of external links";
    /// Country, network and provider of a host's addresses.
    Hosting(hosting), "地址归属", "where the addresses are";
    /// Technologies and protection devices behind the home page.
    Technologies(technology), "技术组件", "technologies";
    /// What listens on a host's addresses.
    Services(services), "端口与服务", "ports and services";
    /// What a server's TLS can do.
    TlsSurvey(tls), "TLS 能力", "TLS in depth";
    /// A bounded walk over the site's own pages.
    Crawl(crawl), "站内页面", "pages of the site";
    /// Names below the domain that no register holds.
    Discovery(discovery), "发现的候选资产", "discovered names";
    /// What the ledger holds of an application's and its owner's life.
    Standing(standing), "台账中的状态", "standing in the ledger";
    /// ICP filings of the domain and of the numbers on the page.
    IcpFilings(extracts), "ICP 备案数据", "ICP filing extract";
    /// Public-security filings of the domain and of the numbers on the page.
    PoliceFilings(extracts), "公安联网备案数据", "public-security filing extract";
    /// Entries of the register of official marks for the domain and for the marks on the page.
    MarkRegister(extracts), "网上标识登记数据", "mark register extract";
    /// Entries of the list of government-site codes for the domain and for the codes on the page.
    SiteCodes(extracts), "政府网站标识码名录", "government-site code list";
    /// The registration of the registrable domain.
    DomainRegistration(extracts), "域名注册数据", "domain registration data";
    /// Platforms that offer an app or on which an account lives.
    Listings(extracts), "应用商店与公众账号数据", "listings of apps and accounts";
    /// App distribution platforms that are filed.
    FiledPlatforms(extracts), "已备案应用分发平台名单", "list of filed app platforms";
    /// Cloud platforms that passed the assessment, as far as they bear the names of the subject's providers.
    CloudAssessments(extracts), "通过评估的云平台名单", "list of assessed cloud platforms";
    /// The scripts of the home page.
    Scripts(scripts), "页面脚本", "scripts of the page";
    /// The home page as several browsers get it.
    ClientVisits(clients), "多种浏览器访问", "visits as several browsers";
    /// Pages where one signs in or begins a service.
    Entrances(clients), "登录与办事入口", "entrances";
    /// What harmless templates proved.
    Proofs(proofs), "无害验证", "harmless proofs";
    /// One request that a protection device should stop.
    Provocation(proofs), "防护试探", "provocation of a protection device";
    /// Trials of default passwords.
    PasswordTrials(proofs), "默认口令测试", "trials of default passwords";
    /// What the subject consists of.
    Components(components), "软件组件清单", "components";
    /// What advisories say of the components.
    Vulnerabilities(components), "漏洞公告数据", "advisories";
    /// What life-cycle data say of the components.
    Lifecycles(components), "产品停止维护数据", "end-of-life data";
    /// What threat lists say of hosts that the pages draw on.
    ThreatListings(extracts), "威胁情报名单", "threat lists";
    /// Who builds and runs the subject, and what else stands on them.
    SupplierReach(components), "供应商关联", "supplier's reach";
    /// What the institution declared of the application.
    Attestation(attestation), "单位填报", "institution's answers";
}
