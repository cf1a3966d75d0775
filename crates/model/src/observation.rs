//! Observations: what was seen, by whom, when, and every failure to see.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::facts::{Kind, Payload};
use crate::subject::SubjectId;
use crate::text::{Label, Text};

/// Where an observation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// One of our probes looked.
    Probe,
    /// An imported register or list says so.
    Register,
    /// The institution declared it.
    Declaration,
}

/// How looking failed. The list is closed: a rule or a report can treat every class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The name does not exist (NXDOMAIN, RFC 8020).
    NameNotFound,
    /// The name exists but has no address.
    NoAddress,
    /// The resolver answered SERVFAIL or REFUSED.
    ResolverFailed,
    /// No answer from the resolver in time.
    ResolverTimeout,
    /// The port answered with a reset: nothing listens.
    ConnectionRefused,
    /// No route, or the network said unreachable.
    Unreachable,
    /// No answer to the connection attempt in time.
    ConnectTimeout,
    /// The connection broke off.
    ConnectionReset,
    /// The port is open but the TLS handshake failed: not TLS, a version we do not speak, or TLCP.
    TlsFailed,
    /// Connected, but no complete answer in time.
    ReadTimeout,
    /// The answer breaks the protocol.
    ProtocolError,
    /// Longer than the limit.
    TooLarge,
    /// The redirects go in a circle or on for too long.
    TooManyRedirects,
    /// 401, 403, 405, 451 and the like: we are not let in.
    AccessDenied,
    /// 429 or an equivalent: we are asked to slow down.
    RateLimited,
    /// A protection device's block or challenge page stands in for the site.
    BlockPage,
    /// The server reports an error of its own (5xx).
    ServerError,
    /// An answer that is no page of the site: 404, an empty body, a file.
    NotAPage,
    /// The address lies in a range that the configuration refuses (loopback, private, link-local, metadata).
    AddressRefused,
    /// Excluded, or the asset's granted level is below what the probe needs.
    NotPermitted,
    /// A tool that the observation needs is not installed.
    ToolMissing,
    /// Our own tool crashed or was stopped.
    ToolFailed,
    /// Our own network does not work.
    OwnNetwork,
}

impl FailureClass {
    /// The class in words.
    pub fn label(self) -> Label {
        use FailureClass as F;
        let (zh, en) = match self {
            F::NameNotFound => ("域名不存在", "the name does not exist"),
            F::NoAddress => ("域名没有地址记录", "the name has no address"),
            F::ResolverFailed => ("解析服务器返回失败", "the resolver reported a failure"),
            F::ResolverTimeout => ("解析超时", "the resolver did not answer in time"),
            F::ConnectionRefused => ("连接被拒绝", "the connection was refused"),
            F::Unreachable => ("网络不可达", "the network is unreachable"),
            F::ConnectTimeout => ("连接超时", "the connection timed out"),
            F::ConnectionReset => ("连接被中断", "the connection was broken off"),
            F::TlsFailed => ("TLS 握手失败", "the TLS handshake failed"),
            F::ReadTimeout => ("读取超时", "no complete answer in time"),
            F::ProtocolError => ("应答不符合协议", "the answer breaks the protocol"),
            F::TooLarge => ("应答超过大小上限", "the answer is larger than the limit"),
            F::TooManyRedirects => ("重定向次数过多或成环", "too many redirects"),
            F::AccessDenied => ("服务器拒绝访问", "access was denied"),
            F::RateLimited => ("服务器要求降低访问频率", "the server asks to slow down"),
            F::BlockPage => ("返回的是防护设备的拦截页面", "a protection device answered in place of the site"),
            F::ServerError => ("服务器内部错误", "the server reported an error of its own"),
            F::NotAPage => ("返回的不是网站页面", "the answer is no page of the site"),
            F::AddressRefused => ("地址属于禁止访问的网段", "the address is in a refused range"),
            F::NotPermitted => ("未获授权", "not permitted"),
            F::ToolMissing => ("缺少所需工具", "a tool is not installed"),
            F::ToolFailed => ("检测工具异常", "our own tool failed"),
            F::OwnNetwork => ("本方网络异常", "our own network does not work"),
        };
        Label { zh, en }
    }
}

/// A failure to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Class.
    pub class: FailureClass,
    /// Particulars, free of secrets and of untrusted control characters: `connect 192.0.2.7:443: timed out after 10 s`.
    pub detail: String,
}

impl Failure {
    /// A failure of `class`.
    pub fn new(class: FailureClass, detail: impl Into<String>) -> Self {
        Self { class, detail: detail.into() }
    }

    /// The failure in words.
    pub fn text(&self) -> Text {
        let label = self.class.label();
        if self.detail.is_empty() {
            return label.to_text();
        }
        Text::new(format!("{}（{}）", label.zh, self.detail), format!("{} ({})", label.en, self.detail))
    }
}

/// Seen, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// Seen.
    Seen(T),
    /// Not seen, and why.
    Failed(Failure),
}

impl<T> Outcome<T> {
    /// The value, if seen.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(value) => Some(value),
            Self::Failed(_) => None,
        }
    }

    /// The failure, if not seen.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Seen(_) => None,
            Self::Failed(failure) => Some(failure),
        }
    }

    /// The same outcome with the value changed by `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Seen(value) => Outcome::Seen(f(value)),
            Self::Failed(failure) => Outcome::Failed(failure),
        }
    }
}

impl<T> From<Result<T, Failure>> for Outcome<T> {
    fn from(result: Result<T, Failure>) -> Self {
        match result {
            Ok(value) => Self::Seen(value),
            Err(failure) => Self::Failed(failure),
        }
    }
}

/// One look at one subject. Append-only; named by the digest of its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// What was looked at.
    pub subject: SubjectId,
    /// What was looked for.
    pub kind: Kind,
    /// By whom.
    pub source: Source,
    /// Instrument and revision of its reader: `http/1`.
    pub instrument: String,
    /// From where: the name of the vantage point.
    pub vantage: String,
    /// Start, to the millisecond.
    pub started: Timestamp,
    /// End, to the millisecond.
    pub finished: Timestamp,
    /// What was seen.
    pub outcome: Outcome<Payload>,
}

impl Observation {
    /// The name of the observation: the digest of its JSON.
    ///
    /// # Errors
    /// Never for observations made by this product: their JSON form always exists.
    pub fn id(&self) -> Result<Digest, serde_json::Error> {
        Digest::of_json(self)
    }
}
