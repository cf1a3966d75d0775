//! Facts out of HTTP.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::name::HostName;
use crate::observation::{Failure, Outcome};

/// A visit: the chain of answers from the first address to the last, as an ordinary visitor's browser follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Visit {
    /// The address it started with.
    pub start: String,
    /// The answers, in order; at least one.
    pub hops: Vec<Hop>,
    /// What broke the chain after the last hop, if anything did.
    pub broken: Option<Failure>,
    /// The last answer's body; `None` when the chain broke.
    pub body: Option<Body>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hop {
    /// The address asked for.
    pub url: String,
    /// The host in it.
    pub host: HostName,
    /// The server's address.
    pub ip: IpAddr,
    /// `HTTP/1.0`, `HTTP/1.1`, `HTTP/2.0`.
    pub version: String,
    /// Status code.
    pub status: u16,
    /// Header fields in the order received, names in lower case, values lossily decoded and bounded; cookies left out.
    pub headers: Vec<Header>,
    /// Cookies set, without their values.
    pub cookies: Vec<Cookie>,
    /// Strict transport security, when the field is there and well formed (RFC 6797).
    pub hsts: Option<Hsts>,
    /// How the next address was told; `None` for the last hop.
    pub redirect: Option<Redirect>,
}

/// A header field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Name, lower case.
    pub name: String,
    /// Value.
    pub value: String,
}

/// A cookie's attributes (RFC 6265). The value is never kept: it may be a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cookie {
    /// Name.
    pub name: String,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite`, lower case.
    pub same_site: Option<String>,
    /// `Max-Age` in seconds.
    pub max_age_s: Option<i64>,
}

/// A `Strict-Transport-Security` field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hsts {
    /// `max-age` in seconds.
    pub max_age_s: u64,
    /// `includeSubDomains`.
    pub include_subdomains: bool,
}

/// How one address led to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Redirect {
    /// A 3xx answer with a `Location`.
    Status(String),
    /// `<meta http-equiv="refresh">` with at most five seconds.
    MetaRefresh(String),
}

/// A body as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Body {
    /// Digest of the bytes after content decoding, which are kept as a blob.
    pub digest: Digest,
    /// Length in bytes after content decoding.
    pub length: u64,
    /// Whether the limit cut it off.
    pub truncated: bool,
    /// Media type as declared, without parameters, lower case; empty when not declared.
    pub media_type: String,
    /// Charset that decoded it, as the WHATWG encoding standard names it.
    pub charset: String,
}

impl Visit {
    /// The last answer.
    pub fn last(&self) -> Option<&Hop> {
        self.hops.last()
    }

    /// The address where the visit ended.
    pub fn end(&self) -> &str {
        self.last().map_or(&self.start, |hop| &hop.url)
    }
}

impl Hop {
    /// The values of a header field; `name` in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |header| header.name == name).map(|header| header.value.as_str())
    }
}

/// A visit that starts with `http://`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PlainVisit(pub Visit);

/// A visit that starts with `https://`. A certificate that does not hold does not stop it: that is for a rule to judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecureVisit(pub Visit);

/// Whether external links lead anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkChecks {
    /// The links looked at, one per address.
    pub links: Vec<LinkCheck>,
    /// Links beyond the limit that were not looked at.
    pub not_checked: u32,
}

/// One external link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkCheck {
    /// Where it leads.
    pub url: String,
    /// Its words on the page.
    pub text: String,
    /// First look.
    pub first: LinkLook,
    /// Second look at another time, taken when the first found nothing.
    pub second: Option<LinkLook>,
}

/// One look at a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkLook {
    /// When.
    pub at: Timestamp,
    /// The final status code.
    pub status: Outcome<u16>,
}
