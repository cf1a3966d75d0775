//! How the servers of a site behave. The first variant of each is the healthy one.

use serde::Deserialize;

use crate::tls_peers::PeerKind;

/// Port 80.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Http {
    /// Redirects to https at the same host.
    #[default]
    Upgrade,
    /// Serves the site itself.
    Serve,
    /// Sends a page that moves on to https by `<meta http-equiv="refresh">`.
    MetaRefresh,
    /// Redirects to this address.
    Redirect(String),
    /// Nobody listens.
    Refuse,
    /// Accepts connections and never answers.
    Tarpit,
}

/// Port 443.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Https {
    /// TLS, and the site behind it.
    #[default]
    Serve,
    /// TLS, and a redirect back to plain http.
    Downgrade,
    /// TLS, and nothing but the status 404 behind it: the site was never set up there.
    Missing,
    /// Nobody listens.
    Refuse,
    /// Accepts connections and never answers.
    Tarpit,
    /// Speaks plain HTTP.
    Plain,
    /// Answers the hello with an alert, as a server does that speaks only the national protocol TLCP (GB/T 38636).
    Alert,
    /// A TLS peer that agrees on no key, so that no page is ever seen behind it.
    Peer(PeerKind),
}

/// The certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateKind {
    /// For the host, by the lab's authority, valid from a month ago for a year.
    #[default]
    Good,
    /// Ended ten days ago.
    Expired,
    /// Begins in ten days.
    NotYetValid,
    /// Ends in ten days.
    EndsSoon,
    /// Its own issuer.
    SelfSigned,
    /// By another authority, which nobody trusts.
    Untrusted,
    /// For another host.
    OtherName,
    /// Good, but the server does not send the intermediate certificate.
    Incomplete,
}

/// What is answered to a request for the site's path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The page.
    #[default]
    Page,
    /// A short page with this status code.
    Status(u16),
    /// A firewall's block page with this status code.
    Block(u16),
    /// A redirect to this address.
    Redirect(String),
    /// 200 and no byte.
    Empty,
    /// The page and ten million bytes after it.
    Huge,
    /// 200 and bytes without end.
    Endless,
    /// 200 and one byte each second without end.
    Drip,
    /// The page and fifty million bytes after it, packed small by gzip.
    GzipBomb,
    /// The page and two hundred thousand nested elements after it.
    Nested,
    /// The page by HTTP/1.0 without a length, in plain bytes.
    OldProtocol,
    /// The page with header lines that end in a bare line feed.
    BareLineFeeds,
    /// The page; to all but Internet Explorer with a sentence that sends them away.
    InternetExplorer,
    /// The registry's loader scripts and pictures.
    MarkFiles,
    /// The registry's verification pages.
    MarkRegistry,
}

/// A console behind a log-in by HTTP Basic (RFC 7617).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Its path.
    pub path: String,
    /// What it calls itself.
    pub realm: String,
    /// The account that it lets in.
    pub account: String,
    /// With this password.
    pub password: String,
    /// After so many wrong attempts it asks to slow down; never unless said.
    pub patience: Option<u32>,
}

/// Header fields of the site's answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Headers {
    /// HSTS, content-type options, frame protection, a content security policy, a cookie with all guards.
    #[default]
    Strict,
    /// As strict, without HSTS.
    NoHsts,
    /// HSTS only.
    Bare,
    /// As strict, with a session cookie that any script may read and that plain http carries.
    LooseCookie,
}
