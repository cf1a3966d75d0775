//! What is judged.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of subject. A rule's scope is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A web site: host, port if unusual, path.
    Site,
    /// A mail domain.
    Mail,
    /// An institution with all that it runs.
    Institution,
    /// A mobile app.
    App,
    /// A mini program.
    MiniProgram,
    /// A public account.
    Account,
}

impl SubjectKind {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Site, Self::Mail, Self::Institution, Self::App, Self::MiniProgram, Self::Account];

    fn prefix(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Mail => "mail",
            Self::Institution => "institution",
            Self::App => "app",
            Self::MiniProgram => "mini",
            Self::Account => "account",
        }
    }
}

/// Names one subject: `site:www.example.gov.cn`, `mail:example.gov.cn`, `institution:11100000000013127D`, `app:cn.gov.example`,
/// `mini:微信/wx0123456789abcdef`, `account:微信/gh_0123456789ab`. It is written as the ledger's entity of the same thing
/// ([`EntityId`](crate::ledger::entity::EntityId)).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectId {
    /// Kind.
    pub kind: SubjectKind,
    /// The name within the kind.
    pub key: String,
}

/// The text names no subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a subject is written site:…, mail:…, institution:…, app:…, mini:… or account:…")]
pub struct NotASubject;

impl SubjectId {
    /// A web site, by host, port if unusual, and path: `www.example.gov.cn`, `www.example.gov.cn:8443/oa`.
    pub fn site(key: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Site, key: key.into() }
    }

    /// A mail domain.
    pub fn mail(domain: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Mail, key: domain.into() }
    }

    /// An institution, by [`Institution::key`](crate::institution::Institution::key).
    pub fn institution(key: impl Into<String>) -> Self {
        Self { kind: SubjectKind::Institution, key: key.into() }
    }
}

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.key)
    }
}

impl FromStr for SubjectId {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        let (prefix, key) = text.split_once(':').ok_or(NotASubject)?;
        let kind = SubjectKind::ALL.into_iter().find(|kind| kind.prefix() == prefix).ok_or(NotASubject)?;
        if key.is_empty() {
            return Err(NotASubject);
        }
        Ok(Self { kind, key: key.into() })
    }
}

impl TryFrom<String> for SubjectId {
    type Error = NotASubject;

    fn try_from(text: String) -> Result<Self, NotASubject> {
        text.parse()
    }
}

impl From<SubjectId> for String {
    fn from(subject: SubjectId) -> Self {
        subject.to_string()
    }
}

impl JsonSchema for SubjectId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SubjectId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(site|mail|institution|app|mini|account):.+" })
    }
}
