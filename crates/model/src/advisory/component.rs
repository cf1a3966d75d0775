//! Components: what an application consists of, with the version as far as it was told, and by whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::advisory::product::Product;
use crate::text::Label;

/// A component of a subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Component {
    /// Name, as a person would say it.
    pub name: String,
    /// All products that it is known as, ascending. Empty: no advisory can concern it.
    pub products: Vec<Product>,
    /// Its version.
    pub version: Reading,
    /// What told it.
    pub channel: Channel,
    /// 1 to 100: how sure it is that the component is there at all.
    pub confidence: u8,
    /// Where: the address of a page or script, `host:port`, the name of a bill of materials.
    pub place: String,
    /// The text that told it, bounded.
    pub evidence: String,
}

/// A version as read.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Reading {
    /// As told, without a leading `v`; empty when it is not known.
    pub number: String,
    /// What the number means.
    pub told: Told,
}

/// What a version number means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Nothing was told.
    #[default]
    Unknown,
    /// This version.
    Exact,
    /// This or a later one: a sign that came with it.
    AtLeast,
    /// Some version of this line: `2.x`, `5.4`.
    Line,
    /// A distribution's package, which carries mends without changing the number: `2.4.57-2+deb12u1`, `(Debian)`, `el7`.
    Backported,
}

impl Told {
    /// In words.
    pub fn label(self) -> Label {
        match self {
            Self::Unknown => Label { zh: "未知", en: "unknown" },
            Self::Exact => Label { zh: "确切版本", en: "exact" },
            Self::AtLeast => Label { zh: "不低于", en: "at least" },
            Self::Line => Label { zh: "版本系列", en: "release line" },
            Self::Backported => Label { zh: "发行版打包", en: "distribution package" },
        }
    }
}

/// What told of a component; later ones are surer of the version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Another scanner's export.
    #[default]
    Import,
    /// A file name or query string.
    FileName,
    /// A page's text or `generator`.
    Page,
    /// A banner or header field.
    Banner,
    /// The text of the file itself: an inline banner, a version constant.
    Content,
    /// A declared bill of materials.
    Sbom,
    /// A field of the protocol.
    Protocol,
    /// The file's digest is that of a published version.
    Digest,
}

impl Channel {
    /// In words.
    pub fn label(self) -> Label {
        match self {
            Self::Import => Label { zh: "其他扫描结果", en: "another scanner" },
            Self::FileName => Label { zh: "文件名", en: "file name" },
            Self::Page => Label { zh: "页面内容", en: "page" },
            Self::Banner => Label { zh: "服务标识", en: "banner" },
            Self::Content => Label { zh: "文件内容", en: "content of the file" },
            Self::Sbom => Label { zh: "软件物料清单", en: "bill of materials" },
            Self::Protocol => Label { zh: "协议字段", en: "protocol field" },
            Self::Digest => Label { zh: "文件摘要", en: "digest of the file" },
        }
    }
}
