//! Facts out of discovery: names below a granted domain that no register holds yet. Each is a candidate until someone claims it.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::name::HostName;
use crate::text::Label;

/// Names found below one registrable domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Discovery {
    /// The domain, A-label form.
    pub domain: String,
    /// What was found, in the order of names; names that the ledger holds are left out.
    pub candidates: Vec<Candidate>,
    /// Zones below it that answer for any label, with their answers.
    pub wildcards: Vec<Wildcard>,
    /// The sources that were asked.
    pub asked: Vec<FoundBy>,
    /// How many words of the word list were asked; the list is an L2 source.
    pub words_asked: u32,
    /// True when more was found than is kept.
    pub cut: bool,
}

/// A found name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The name.
    pub host: HostName,
    /// What named it, in the order of the kinds.
    pub sources: Vec<Found>,
    /// Its addresses; empty when it does not resolve.
    pub addresses: Vec<IpAddr>,
    /// True when it resolves, but only as the zone's wildcard does.
    pub only_wildcard: bool,
}

/// What named it, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Kind of source.
    pub by: FoundBy,
    /// File, page, record or certificate that names it.
    pub place: String,
}

/// Kinds of sources of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// Names in the certificate that a server shows.
    Certificate,
    /// An extract of certificate transparency logs (RFC 6962).
    CtLog,
    /// An export of passive DNS.
    PassiveDns,
    /// A link on a page.
    Link,
    /// robots.txt.
    Robots,
    /// A site map.
    Sitemap,
    /// A policy record (SPF).
    Spf,
    /// A mail exchanger.
    Mx,
    /// A name server.
    Ns,
    /// The word list.
    WordList,
}

impl FoundBy {
    /// The kind in words.
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Certificate => ("证书", "certificate"),
            Self::CtLog => ("证书透明度日志", "CT log"),
            Self::PassiveDns => ("被动 DNS", "passive DNS"),
            Self::Link => ("页面链接", "link"),
            Self::Robots => ("robots.txt", "robots.txt"),
            Self::Sitemap => ("站点地图", "site map"),
            Self::Spf => ("SPF 记录", "SPF record"),
            Self::Mx => ("MX 记录", "MX record"),
            Self::Ns => ("NS 记录", "NS record"),
            Self::WordList => ("字典", "word list"),
        };
        Label { zh, en }
    }
}

/// A zone that answers for any label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wildcard {
    /// The zone, A-label form.
    pub zone: String,
    /// The addresses it gives.
    pub addresses: Vec<IpAddr>,
}
