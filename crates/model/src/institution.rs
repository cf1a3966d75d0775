//! Who runs an application: institutions, their type, level and place.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::claim::LifeState;
use crate::name::HostName;
use crate::text::Label;
use crate::uscc::Uscc;

/// What kind of body an institution is; the duties of the Provisions depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstitutionType {
    /// 党政机关.
    PartyGovernment,
    /// 事业单位.
    PublicInstitution,
    /// 群团机关: a mass organisation on the staffing office's list; counts as 机关.
    MassOrganisation,
    /// Anything else: companies, associations, private persons.
    Other,
}

impl InstitutionType {
    /// True of 党政机关 and of the listed mass organisations, which count as 机关.
    pub fn is_organ(self) -> bool {
        matches!(self, Self::PartyGovernment | Self::MassOrganisation)
    }

    /// True of 机关事业单位, whom the Provisions bind (Art. 2).
    pub fn is_bound(self) -> bool {
        self != Self::Other
    }

    /// The name of the type.
    pub fn label(self) -> Label {
        match self {
            Self::PartyGovernment => Label { zh: "党政机关", en: "party or government organ" },
            Self::PublicInstitution => Label { zh: "事业单位", en: "public institution" },
            Self::MassOrganisation => Label { zh: "群团机关", en: "mass organisation" },
            Self::Other => Label { zh: "其他单位", en: "other body" },
        }
    }
}

/// The administrative level of an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdminLevel {
    /// 中央.
    Central,
    /// 省级.
    Province,
    /// 地市级.
    Prefecture,
    /// 县级.
    County,
    /// 乡镇级.
    Township,
}

impl AdminLevel {
    /// The name of the level.
    pub fn label(self) -> Label {
        match self {
            Self::Central => Label { zh: "中央", en: "central" },
            Self::Province => Label { zh: "省级", en: "province" },
            Self::Prefecture => Label { zh: "地市级", en: "prefecture" },
            Self::County => Label { zh: "县级", en: "county" },
            Self::Township => Label { zh: "乡镇级", en: "township" },
        }
    }
}

/// An administrative division: six digits (GB/T 2260) or nine with the township (GB/T 10114).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct DivisionCode(String);

/// The text is no division code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a division code has 6 or 9 digits and starts with 1 to 8")]
pub struct NotADivision;

impl DivisionCode {
    /// The level of the division itself: `100000` the nation, `XX0000` a province, `XXYY00` a prefecture, `XXYYZZ` a county.
    pub fn level(&self) -> AdminLevel {
        let code = &self.0;
        if code.len() == 9 && &code[6..] != "000" {
            AdminLevel::Township
        } else if code.starts_with("100000") {
            AdminLevel::Central
        } else if &code[2..6] == "0000" {
            AdminLevel::Province
        } else if &code[4..6] == "00" {
            AdminLevel::Prefecture
        } else {
            AdminLevel::County
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DivisionCode {
    type Err = NotADivision;

    fn from_str(text: &str) -> Result<Self, NotADivision> {
        let code = text.trim();
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        let placed = matches!(code.bytes().next(), Some(b'1'..=b'8'));
        if digits && placed && matches!(code.len(), 6 | 9) { Ok(Self(code.into())) } else { Err(NotADivision) }
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = NotADivision;

    fn try_from(text: String) -> Result<Self, NotADivision> {
        text.parse()
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.0
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An institution as the register describes it. What is not known is `None`, never a guess.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Institution {
    /// Full name.
    pub name: String,
    /// Standard short names (规范简称).
    pub short_names: Vec<String>,
    /// Unified social credit code.
    pub uscc: Option<Uscc>,
    /// Type.
    pub kind: Option<InstitutionType>,
    /// Administrative level.
    pub level: Option<AdminLevel>,
    /// Administrative division.
    pub division: Option<DivisionCode>,
    /// The superior institution's unified social credit code.
    pub parent: Option<Uscc>,
    /// For a 事业单位: whether it has administrative duties (承担行政职能, 国办函〔2018〕55号).
    pub administrative_duties: Option<bool>,
    /// Whether it exists, was merged or abolished; `None` when nobody tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<LifeState>,
    /// Code or name of the institution that took over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
}

impl Institution {
    /// A stable key: the unified social credit code, else the name.
    pub fn key(&self) -> &str {
        self.uscc.as_ref().map_or(&self.name, Uscc::as_str)
    }
}

/// What kind of application it is (Art. 2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// 网站.
    #[default]
    WebSite,
    /// 移动应用程序.
    MobileApp,
    /// 小程序.
    MiniProgram,
    /// 公众账号.
    PublicAccount,
    /// 互联网电子邮件系统.
    MailSystem,
}

/// What a web site is to its institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SiteRole {
    /// 门户网站: the institution's main site.
    Portal,
    /// A column, channel, topic or business system beside the portal.
    Part,
}

/// Whether the application is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnerStatus {
    /// In use by its owner.
    #[default]
    Active,
    /// 停用 or 关停: no longer used.
    Retired,
    /// Not confirmed by anyone yet.
    Candidate,
    /// Not the institution's own: a service of someone else that it uses or is named in.
    ThirdParty,
}

/// One Internet-facing application in the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Application {
    /// Kind.
    pub kind: ApplicationKind,
    /// Name as registered.
    pub name: String,
    /// Address as registered: URL, domain, package, account id.
    pub address: String,
    /// The host in the address, for web sites and mail systems.
    pub host: Option<HostName>,
    /// Port, when the address names one that is not the scheme's own.
    pub port: Option<u16>,
    /// Path below the host without a final slash, empty for a site of its own (`/nyj` for a column on someone else's platform).
    pub path: String,
    /// Role of a web site, when the register tells.
    pub role: Option<SiteRole>,
    /// Use.
    pub status: OwnerStatus,
}

impl Application {
    /// Host and unusual port, A-label form: `www.example.gov.cn`, `www.example.gov.cn:8443`.
    pub fn authority(&self) -> Option<String> {
        let host = self.host.as_ref()?;
        Some(self.port.map_or_else(|| host.ascii.clone(), |port| format!("{}:{port}", host.ascii)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_levels() {
        let level = |code: &str| code.parse::<DivisionCode>().map(|code| code.level());
        assert_eq!(level("100000"), Ok(AdminLevel::Central));
        assert_eq!(level("510000"), Ok(AdminLevel::Province));
        assert_eq!(level("510900"), Ok(AdminLevel::Prefecture));
        assert_eq!(level("510903"), Ok(AdminLevel::County));
        assert_eq!(level("510903102"), Ok(AdminLevel::Township));
        assert_eq!(level("910000"), Err(NotADivision));
        assert_eq!(level("51"), Err(NotADivision));
    }
}
