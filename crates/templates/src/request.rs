//! What is asked: requests as they are sent, and the plans from which a template makes them.
//!
//! Invariant: a [`Request`] is on its target and harmless; nothing else is made here.

use crate::document::{Dns, Http, Ssl, Tcp};
use crate::dsl::{Failed, Scope, Text, unhex};
use crate::harmless::{self, Field};
use crate::matcher::unread;
use crate::refusal::{Class, Reason};
use crate::target::Target;

/// Most requests of one template.
pub(crate) const MOST: usize = 20;

/// A request. Equal requests have equal answers: they are sent once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// Over HTTP.
    Http(HttpRequest),
    /// To the resolver.
    Dns {
        /// The name, A-label form.
        name: String,
        /// The type.
        record: Record,
    },
    /// A TLS handshake with the target's host.
    Tls {
        /// The port.
        port: u16,
    },
    /// A connection to the target's host over which nothing is said.
    Banner {
        /// The port.
        port: u16,
    },
}

/// A request over HTTP, without a body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HttpRequest {
    /// The address, on the target.
    pub url: String,
    /// The method.
    pub method: Method,
    /// Whether redirects on the same host are followed.
    pub follows: bool,
    /// Header fields beside those of every request, names in lower case, in order.
    pub headers: Vec<(String, String)>,
}

/// A method that reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD.
    Head,
}

/// A record type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Alias.
    Cname,
    /// Text.
    Txt,
    /// Mail exchanger.
    Mx,
    /// Name server.
    Ns,
    /// Start of authority.
    Soa,
    /// Certification authority authorisation.
    Caa,
}

impl Record {
    const ALL: [Self; 8] = [Self::A, Self::Aaaa, Self::Cname, Self::Txt, Self::Mx, Self::Ns, Self::Soa, Self::Caa];

    /// As written in zones.
    pub fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Txt => "TXT",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Caa => "CAA",
        }
    }
}

impl Method {
    /// As sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
        }
    }

    fn of(word: &str) -> Result<Self, Reason> {
        match word {
            "GET" => Ok(Self::Get),
            "HEAD" => Ok(Self::Head),
            other => Err(Class::Method.because(other)),
        }
    }
}

impl Request {
    /// The request in a line: `GET https://…`, `DNS A …`, `TLS host:443`, `TCP host:22`.
    pub fn line(&self, host: &str) -> String {
        match self {
            Self::Http(request) => format!("{} {}", request.method.word(), request.url),
            Self::Dns { name, record } => format!("DNS {} {name}", record.word()),
            Self::Tls { port } => format!("TLS {host}:{port}"),
            Self::Banner { port } => format!("TCP {host}:{port}"),
        }
    }
}

/// How a request is made once the variables are known.
#[derive(Debug)]
pub(crate) enum Plan {
    Http { method: Method, url: Text, headers: Vec<(String, Text)>, follows: bool },
    Dns { name: Text, record: Record },
    Tls { address: Text },
    Banner { host: Text, port: Option<u16> },
}

impl Plan {
    /// The plans of an HTTP block.
    pub(crate) fn http(from: &Http) -> Result<Vec<Self>, Reason> {
        if from.body.as_deref().is_some_and(|body| !body.trim().is_empty()) {
            return Err(Class::Body.because("body"));
        }
        let follows = (from.redirects || from.host_redirects) && from.max_redirects != Some(0);
        if let Some(name) = from.headers.keys().find(|name| !is_name(name)) {
            return Err(Class::Header.because(name));
        }
        let method = Method::of(&from.method.as_deref().unwrap_or("GET").to_ascii_uppercase())?;
        let mut plans = Vec::new();
        for path in &from.path {
            let headers = from.headers.iter().map(|(name, value)| Ok((name.to_ascii_lowercase(), text(value)?)));
            plans.push(Self::Http { method, url: text(path)?, headers: headers.collect::<Result<_, Reason>>()?, follows });
        }
        for raw in &from.raw {
            plans.push(Self::raw(raw, follows)?);
        }
        Ok(plans)
    }

    /// A raw request: one that says no more than a plain GET or HEAD does.
    fn raw(raw: &str, follows: bool) -> Result<Self, Reason> {
        let refused = |what: &str| Class::Raw.because(what);
        let (head, body) = raw.split_once("\n\n").or_else(|| raw.split_once("\r\n\r\n")).unwrap_or((raw, ""));
        if !body.trim().is_empty() {
            return Err(Class::Body.because(body));
        }
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default().trim();
        let (method, rest) = first.split_once(' ').ok_or_else(|| refused(first))?;
        let method = Method::of(method).map_err(|reason| if method.starts_with('@') { refused(first) } else { reason })?;
        let path =
            rest.trim().rsplit_once(' ').filter(|(_, version)| version.starts_with("HTTP/1.")).map(|(path, _)| path.trim());
        let path = path.ok_or_else(|| refused(first))?;
        let url = match path {
            path if path.starts_with('/') => format!("{{{{BaseURL}}}}{path}"),
            path if path.starts_with("{{BaseURL}}") || path.starts_with("{{RootURL}}") => path.to_owned(),
            path => return Err(Class::PathEscape.because(path)),
        };
        let mut headers = Vec::new();
        for line in lines.filter(|line| !line.trim().is_empty()) {
            // A line that begins with white space would continue the one before it.
            let (name, value) = line.split_once(':').filter(|(name, _)| is_name(name)).ok_or_else(|| refused(line))?;
            headers.push((name.to_ascii_lowercase(), text(value.trim())?));
        }
        Ok(Self::Http { method, url: text(&url)?, headers, follows })
    }

    /// The plan of a DNS block.
    pub(crate) fn dns(from: &Dns) -> Result<Self, Reason> {
        let class = from.class.as_deref().unwrap_or("inet").to_ascii_lowercase();
        if !matches!(class.as_str(), "inet" | "in") || from.trace.is_some() || from.resolvers.is_some() {
            return Err(Class::Unsupported.because("class, trace or resolvers of a DNS question"));
        }
        let record = Record::ALL.into_iter().find(|record| record.word().eq_ignore_ascii_case(&from.r#type));
        let record = record.ok_or_else(|| Class::Unsupported.because(format!("DNS type {}", from.r#type)))?;
        Ok(Self::Dns { name: text(&from.name)?, record })
    }

    /// The plan of an SSL block.
    pub(crate) fn ssl(from: &Ssl) -> Result<Self, Reason> {
        let asks = [
            &from.min_version,
            &from.max_version,
            &from.cipher_suites,
            &from.scan_mode,
            &from.tls_version_enum,
            &from.tls_cipher_enum,
        ];
        if asks.iter().any(|asked| asked.is_some()) {
            return Err(Class::Unsupported.because("a handshake of certain versions or ciphers"));
        }
        Ok(Self::Tls { address: text(&from.address)? })
    }

    /// The plans of a TCP block: to listen, never to speak. A line break alone says nothing and is not sent.
    pub(crate) fn tcp(from: &Tcp) -> Result<Vec<Self>, Reason> {
        if !from.payloads.is_empty() || from.attack.is_some() {
            return Err(Class::Payloads.because("payloads"));
        }
        if from.threads.is_some() {
            return Err(Class::Loop.because("threads"));
        }
        for input in &from.inputs {
            let data = match input.r#type.as_deref() {
                Some("hex") => unhex(input.data.as_bytes()).unwrap_or_else(|| vec![0]),
                _ => input.data.as_bytes().to_vec(),
            };
            if !data.iter().all(u8::is_ascii_whitespace) {
                return Err(Class::Raw.because(format!("says {}", input.data)));
            }
        }
        let mut ports = Vec::new();
        for port in from.port.iter().flat_map(|ports| ports.split(',')).map(str::trim).filter(|port| !port.is_empty()) {
            ports.push(Some(port.parse().map_err(|_| Class::Unsupported.because(format!("port {port}")))?));
        }
        if ports.is_empty() {
            ports.push(None);
        }
        let mut plans = Vec::new();
        for host in &from.host.0 {
            // One host in several spellings, with the port and without: those with a port of their own are asked there.
            for port in &ports {
                plans.push(Self::Banner { host: text(host)?, port: *port });
            }
        }
        Ok(plans)
    }

    /// The names that it uses.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Http { url, headers, .. } => {
                url.names().into_iter().chain(headers.iter().flat_map(|(_, value)| value.names())).collect()
            }
            Self::Dns { name: text, .. } | Self::Tls { address: text } | Self::Banner { host: text, .. } => text.names(),
        }
    }

    /// The request, with what the scope knows. `Ok(None)`: something that it needs is not known.
    pub(crate) fn request(&self, target: &Target, scope: &Scope<'_>) -> Result<Option<Request>, Reason> {
        match self.filled(target, scope) {
            Ok(request) => Ok(Some(request)),
            Err(Unmade::Missing) => Ok(None),
            Err(Unmade::Refused(reason)) => Err(reason),
        }
    }

    fn filled(&self, target: &Target, scope: &Scope<'_>) -> Result<Request, Unmade> {
        let words = |text: &Text| -> Result<String, Unmade> {
            String::from_utf8(text.fill(scope)?).map_err(|_| Unmade::Refused(Class::LineBreak.because("bytes that are no text")))
        };
        match self {
            Self::Http { method, url, headers, follows } => {
                let url = harmless::address(target, &url.fill(scope)?)?.to_string();
                let mut sent = Vec::new();
                for (name, value) in headers {
                    let value = words(value)?;
                    if harmless::field(target, name, &value)? == Field::Sent {
                        sent.push((name.clone(), value));
                    }
                }
                sent.sort();
                sent.dedup();
                Ok(Request::Http(HttpRequest { url, method: *method, follows: *follows, headers: sent }))
            }
            Self::Dns { name, record } => {
                let name = words(name)?.trim_end_matches('.').to_ascii_lowercase();
                let zones = [Some(target.host()), target.registrable()];
                let within = |zone: &String| {
                    name.strip_suffix(zone.as_str()).is_some_and(|below| below.is_empty() || below.ends_with('.'))
                };
                let sound = name.len() <= 253 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
                if !sound || !zones.iter().flatten().any(within) {
                    return Err(Class::PathEscape.because(name).into());
                }
                Ok(Request::Dns { name, record: *record })
            }
            Self::Tls { address } => Ok(Request::Tls { port: port_of(target, &words(address)?)? }),
            Self::Banner { host, port } => {
                let host = words(host)?;
                if host.contains("://") {
                    return Err(Class::Unsupported.because(host).into());
                }
                let own = port_of(target, &host)?;
                let written = host.len() > bracketed(target).len();
                // `{{Hostname}}` holds the site's own port, which the block's stands in for.
                Ok(Request::Banner { port: port.unwrap_or(if written { own } else { target.port() }) })
            }
        }
    }
}

/// Why a request is not made.
enum Unmade {
    /// A name stands for nothing.
    Missing,
    Refused(Reason),
}

impl From<Failed> for Unmade {
    fn from(_: Failed) -> Self {
        Self::Missing
    }
}

impl From<Reason> for Unmade {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

fn bracketed(target: &Target) -> String {
    let host = target.host();
    if host.contains(':') { format!("[{host}]") } else { host }
}

/// The port of `host:port`, where the host is the target's.
fn port_of(target: &Target, address: &str) -> Result<u16, Reason> {
    let escapes = || Class::PathEscape.because(address);
    let host = bracketed(target);
    let after = [host.as_str(), &target.host()]
        .into_iter()
        .find_map(|host| address.strip_prefix(host).filter(|after| after.is_empty() || after.starts_with(':')));
    match after.ok_or_else(escapes)?.strip_prefix(':') {
        None => Ok(target.port()),
        Some(port) => port.parse().map_err(|_| escapes()),
    }
}

fn text(source: &str) -> Result<Text, Reason> {
    Text::strict(source).map_err(unread)
}

/// Whether a field's name is one (RFC 9110, 5.6.2).
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
