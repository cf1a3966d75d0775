//! What the ledger speaks of: institutions, applications, assets, and the entries of registers and lists.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::institution::ApplicationKind;
use crate::text::Label;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $zh:literal, $en:literal;)*) => {
        /// Kinds of entity.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum EntityKind { $($(#[$doc])* $name,)* }

        impl EntityKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What stands before the colon.
            pub fn prefix(self) -> &'static str {
                match self { $(Self::$name => $prefix,)* }
            }

            /// The kind in words.
            pub fn label(self) -> Label {
                match self { $(Self::$name => Label { zh: $zh, en: $en },)* }
            }
        }
    };
}

kinds! {
    /// An institution: by unified social credit code, or by `~` and its plain name where no code is known.
    Institution, "institution", "单位", "institution";
    /// A web site: host, port if unusual, path.
    Site, "site", "网站", "web site";
    /// A mail domain.
    Mail, "mail", "电子邮件系统", "mail system";
    /// A mobile app: its package name.
    App, "app", "移动应用程序", "mobile app";
    /// A mini program: `platform/id`.
    MiniProgram, "mini", "小程序", "mini program";
    /// A public account: `platform/id`.
    Account, "account", "公众账号", "public account";
    /// A registrable domain, A-label form.
    Domain, "domain", "域名", "domain";
    /// A host name, A-label form.
    Host, "host", "主机", "host";
    /// An IP address.
    Address, "address", "IP 地址", "IP address";
    /// A filing or registration: ICP number, public-security number, mark id or site code, as its register writes it.
    Filing, "filing", "备案登记", "filing";
    /// An administrative division, by code.
    Division, "division", "行政区划", "administrative division";
    /// An app distribution platform, by registrable domain or name.
    Platform, "platform", "应用分发平台", "app distribution platform";
    /// A cloud platform, by name.
    Cloud, "cloud", "云平台", "cloud platform";
    /// A licensed certification authority, by name.
    Authority, "authority", "电子认证机构", "certification authority";
    /// A range of addresses (CIDR) of a provider.
    Network, "network", "网段", "network";
    /// A host, address or URL on a threat list.
    Threat, "threat", "威胁指标", "threat indicator";
    /// A release cycle of a product: `product/cycle`.
    Cycle, "cycle", "产品版本周期", "release cycle";
    /// A supplier, by plain name.
    Supplier, "supplier", "供应商", "supplier";
    /// A component of an application's bill of materials: the application's entity, `#` and the component's purl or name.
    Component, "component", "软件组件", "component";
    /// A report from the public, by number.
    Complaint, "complaint", "投诉举报", "report from the public";
}

impl EntityKind {
    /// The kind of application that this is.
    pub fn application(self) -> Option<ApplicationKind> {
        Some(match self {
            Self::Site => ApplicationKind::WebSite,
            Self::Mail => ApplicationKind::MailSystem,
            Self::App => ApplicationKind::MobileApp,
            Self::MiniProgram => ApplicationKind::MiniProgram,
            Self::Account => ApplicationKind::PublicAccount,
            _ => return None,
        })
    }

    /// The entity kind of applications of this kind.
    pub fn of_application(kind: ApplicationKind) -> Self {
        match kind {
            ApplicationKind::WebSite => Self::Site,
            ApplicationKind::MailSystem => Self::Mail,
            ApplicationKind::MobileApp => Self::App,
            ApplicationKind::MiniProgram => Self::MiniProgram,
            ApplicationKind::PublicAccount => Self::Account,
        }
    }

    /// True of domains, hosts and addresses.
    pub fn is_asset(self) -> bool {
        matches!(self, Self::Domain | Self::Host | Self::Address)
    }
}

/// Names one entity: `institution:11340000002986022P`, `site:www.example.gov.cn`, `filing:京ICP备05000001号-1`. Ordered by kind, then by the bytes of the key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntityId {
    /// Kind.
    pub kind: EntityKind,
    /// The name within the kind.
    pub key: String,
}

/// The text names no entity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entity is written kind:key, for example site:www.example.gov.cn")]
pub struct NotAnEntity;

impl EntityId {
    /// The entity of this kind with this key.
    pub fn new(kind: EntityKind, key: impl Into<String>) -> Self {
        Self { kind, key: key.into() }
    }

    /// The application in whose bill of materials a component stands; `None` for whatever is no component.
    pub fn bill(&self) -> Option<&str> {
        let (application, _) = self.key.split_once('#').filter(|_| self.kind == EntityKind::Component)?;
        Some(application)
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.prefix(), self.key)
    }
}

impl FromStr for EntityId {
    type Err = NotAnEntity;

    fn from_str(text: &str) -> Result<Self, NotAnEntity> {
        let (prefix, key) = text.split_once(':').ok_or(NotAnEntity)?;
        let kind = EntityKind::ALL.iter().copied().find(|kind| kind.prefix() == prefix).ok_or(NotAnEntity)?;
        if key.is_empty() { Err(NotAnEntity) } else { Ok(Self::new(kind, key)) }
    }
}

impl TryFrom<String> for EntityId {
    type Error = NotAnEntity;

    fn try_from(text: String) -> Result<Self, NotAnEntity> {
        text.parse()
    }
}

impl From<EntityId> for String {
    fn from(entity: EntityId) -> Self {
        entity.to_string()
    }
}

impl JsonSchema for EntityId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EntityId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[a-z]+:.+" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_written_and_read() {
        for kind in EntityKind::ALL {
            let entity = EntityId::new(*kind, "某:某");
            assert_eq!(entity.to_string().parse(), Ok(entity));
        }
        assert_eq!("planet:earth".parse::<EntityId>(), Err(NotAnEntity));
        assert_eq!("site:".parse::<EntityId>(), Err(NotAnEntity));
    }
}
