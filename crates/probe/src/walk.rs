//! A visit: from the first address along redirects to the last, as an ordinary visitor's browser goes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dialer::dialer::Dialer;
use dialer::permit::Permit;
use hyper::HeaderMap;
use hyper::header::{self, HeaderValue};
use model::digest::Digest;
use model::facts::web::{Body, Cookie, Header, Hop, Redirect, Visit};
use model::name::HostName;
use model::observation::{Failure, FailureClass};
use tokio::time::{Instant, sleep_until};
use url::Url;

use crate::body::{self, Bounded};
use crate::exchange::{Answer, Credentials, Deadline, HEADERS, Origin, Session, failure};
use crate::tls::{Tls, TlsCapture};

/// How many redirects are followed.
const REDIRECTS: usize = 10;
/// Longest header value that is kept, in bytes.
const VALUE: usize = 4096;
/// Longest address to which a redirect is followed, in bytes.
const ADDRESS: usize = 16 * 1024;
/// Schemes that lead neither to a page nor to another program.
const INERT: [&str; 8] = ["about", "blob", "data", "file", "filesystem", "ftp", "javascript", "view-source"];
/// Most cookies that are carried along.
const COOKIES: usize = 50;

/// How far a visit goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// To the head of the last answer.
    Status,
    /// To its body, following what it says.
    Page,
    /// As [`Self::Page`], but a body that is declared to be no HTML is not read.
    Html,
}

/// What a visit found.
pub(crate) struct Walked {
    /// At least one.
    pub(crate) hops: Vec<Hop>,
    pub(crate) broken: Option<Failure>,
    pub(crate) handshake: Option<TlsCapture>,
    /// The last answer's body, unless the chain broke or was not to be read.
    pub(crate) page: Option<Page>,
    /// What the next visit of the same visitor takes along.
    pub(crate) carried: Carried,
}

/// What goes from one visit to the next of one visitor: the connection at hand, the cookies, and when the next request may be made.
#[derive(Default)]
pub(crate) struct Carried {
    session: Option<Session>,
    pub(crate) jar: Jar,
    /// The least time between two requests.
    pub(crate) gap: Duration,
    free_at: Option<Instant>,
}

/// Which addresses redirects may lead to.
pub(crate) type Within<'a> = &'a (dyn Fn(&Url) -> bool + Send + Sync);

/// A body with what is needed to read it.
pub(crate) struct Page {
    pub(crate) content: Bounded,
    pub(crate) media_type: String,
    pub(crate) charset: &'static str,
    /// Its text, when it is HTML.
    pub(crate) html: Option<String>,
}

impl Walked {
    /// The visit's facts, and the body that came last.
    pub(crate) fn seen(self, start: &str) -> (Visit, Option<Page>) {
        let facts = |page: &Page| Body {
            digest: Digest::of(&page.content.bytes),
            length: page.content.bytes.len() as u64,
            truncated: page.content.truncated,
            media_type: page.media_type.clone(),
            charset: page.charset.into(),
        };
        let body = self.page.as_ref().map(facts);
        (Visit { start: start.to_owned(), hops: self.hops, broken: self.broken, body }, self.page)
    }
}

impl Page {
    /// Its text, when it is HTML; else nothing.
    pub(crate) fn html(page: Option<&Self>) -> &str {
        page.and_then(|page| page.html.as_deref()).unwrap_or_default()
    }
}

/// One visit under way.
pub(crate) struct Walk<'a> {
    dialer: &'a Dialer,
    tls: &'a Tls,
    permit: &'a Permit,
    depth: Depth,
    hops: Vec<Hop>,
    handshake: Option<TlsCapture>,
    carried: Carried,
    within: Option<Within<'a>>,
    user_agent: String,
    body_limit: usize,
    redirects: usize,
    /// With what the first request signs in. It is sent once: neither a redirect nor a lost connection repeats it.
    credentials: Option<Credentials>,
}

/// Cookies by host and name. A browser carries them, and some sites redirect in a circle when it does not.
pub(crate) type Jar = BTreeMap<(String, String), String>;

enum Step {
    To(Url),
    End(Option<Page>),
}

impl<'a> Walk<'a> {
    pub(crate) fn new(dialer: &'a Dialer, tls: &'a Tls, permit: &'a Permit, depth: Depth) -> Self {
        Self {
            dialer,
            tls,
            permit,
            depth,
            hops: Vec::new(),
            handshake: None,
            carried: Carried::default(),
            within: None,
            user_agent: dialer.settings().user_agent.clone(),
            body_limit: dialer.settings().body_limit_bytes,
            redirects: REDIRECTS,
            credentials: None,
        }
    }

    /// The next visit of a visitor, wherever redirects lead.
    pub(crate) fn carrying(mut self, carried: Carried) -> Self {
        self.carried = carried;
        self
    }

    /// A visit under another name than the product's own.
    pub(crate) fn calling_itself(mut self, user_agent: String) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// A visit that takes a body of at most so many bytes after so many redirects.
    pub(crate) fn at_most(mut self, bytes: usize, redirects: usize) -> Self {
        (self.body_limit, self.redirects) = (bytes, redirects);
        self
    }

    /// A visit that signs in. It begins on a connection of its own, since a request on one at hand may have to be repeated.
    pub(crate) fn signing_in(mut self, credentials: Credentials) -> Self {
        self.carried.session = None;
        self.credentials = Some(credentials);
        self
    }

    /// The next visit of a visitor, who asks for nothing outside `within`: a redirect that leaves it ends the visit.
    pub(crate) fn next(mut self, carried: Carried, within: Within<'a>) -> Self {
        (self.carried, self.within) = (carried, Some(within));
        self
    }

    /// Goes from `start` to the end. Fails only when not one answer came.
    pub(crate) async fn run(mut self, start: &str) -> Result<Walked, Failure> {
        let mut url = address(start)?;
        // A page met again with other cookies is no circle: it may have been waiting for them.
        let mut met = BTreeSet::new();
        let ended = loop {
            url.set_fragment(None);
            if self.hops.len() > self.redirects || !met.insert((url.to_string(), self.carried.jar.clone())) {
                let detail = format!("{url}: met again, or more than {} redirects", self.redirects);
                break Err(Failure::new(FailureClass::TooManyRedirects, detail));
            }
            if !self.hops.is_empty() && self.within.is_some_and(|within| !within(&url)) {
                break Ok(None);
            }
            match self.step(&url).await {
                Ok(Step::To(next)) => url = next,
                Ok(Step::End(page)) => break Ok(page),
                Err(failure) => break Err(failure),
            }
        };
        match ended {
            Ok(page) => Ok(Walked { hops: self.hops, broken: None, handshake: self.handshake, page, carried: self.carried }),
            Err(failure) if self.hops.is_empty() => Err(failure),
            Err(failure) => Ok(Walked {
                hops: self.hops,
                broken: Some(failure),
                handshake: self.handshake,
                page: None,
                carried: self.carried,
            }),
        }
    }

    /// Asks for one address and finds out where it leads.
    async fn step(&mut self, url: &Url) -> Result<Step, Failure> {
        let (answer, deadline, ip) = self.ask(url).await?;
        let (head, body) = answer.into_parts();
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        self.keep_cookies(host, &head.headers);
        let mut hop = Hop {
            url: url.to_string(),
            host: host_name(host),
            ip,
            version: format!("{:?}", head.version),
            status: head.status.as_u16(),
            headers: headers(&head.headers, url),
            cookies: cookies(&head.headers),
            hsts: text_of(&head.headers, header::STRICT_TRANSPORT_SECURITY).and_then(|value| readers::headers::hsts(&value)),
            redirect: None,
        };
        if matches!(hop.status, 301 | 302 | 303 | 307 | 308)
            && let Some(location) = head.headers.get(header::LOCATION)
        {
            let told = address_in(location);
            let next = url.join(&told).map(without_login);
            hop.redirect = Some(Redirect::Status(next.as_ref().map_or_else(|_| text(location), Url::to_string)));
            self.hops.push(hop);
            return match next {
                // An address that was cut off would be another address.
                _ if told.len() > ADDRESS => {
                    let detail = format!("{url}: redirects to an address of more than {ADDRESS} bytes");
                    Err(Failure::new(FailureClass::TooLarge, detail))
                }
                Ok(next) if Origin::of(&next).is_some() => {
                    self.leave(body, &next, deadline).await;
                    Ok(Step::To(next))
                }
                // It opens another program (`weixin:`, `tel:`), which is a sound answer but no page. As a link it leads somewhere.
                Ok(next) if !INERT.contains(&next.scheme()) => match self.depth {
                    Depth::Status => Ok(Step::End(None)),
                    Depth::Page | Depth::Html => {
                        let detail = format!("{url}: redirects to another program ({}:), not to a page", plain(next.scheme()));
                        Err(Failure::new(FailureClass::NotAPage, detail))
                    }
                },
                _ => {
                    let detail = format!("{url}: redirects to what is no web address: {}", plain(&told));
                    Err(Failure::new(FailureClass::ProtocolError, detail))
                }
            };
        }
        self.hops.push(hop);
        if self.depth == Depth::Status || self.depth == Depth::Html && !may_be_html(&media_type_of(&head.headers)) {
            return Ok(Step::End(None));
        }
        let raw = deadline.meet(url.as_str(), "body", body::read(body, self.body_limit)).await?;
        let page = self.page(&head.headers, raw.map_err(|error| failure(url.as_str(), &error))?);
        let refresh = page.html.as_deref().filter(|_| head.status.is_success()).and_then(|html| self.refresh(html, url));
        let Some(next) = refresh else { return Ok(Step::End(Some(page))) };
        if let Some(hop) = self.hops.last_mut() {
            hop.redirect = Some(Redirect::MetaRefresh(next.to_string()));
        }
        Ok(Step::To(next))
    }

    /// Asks over the connection at hand if it leads to the right place and still stands, else over a new one.
    async fn ask(&mut self, url: &Url) -> Result<(Answer, Deadline, std::net::IpAddr), Failure> {
        let Some(origin) = Origin::of(url) else {
            return Err(Failure::new(FailureClass::ProtocolError, format!("{url}: not an http or https address")));
        };
        self.carried.wait().await;
        let cookies = self.cookies_for(&origin.host);
        let credentials = self.credentials.take();
        let limit = self.dialer.settings().read_timeout();
        if let Some(mut session) = self.carried.session.take().filter(|session| session.origin == origin) {
            let deadline = Deadline::after(limit);
            match session.get(url, &self.user_agent, &cookies, deadline).await {
                Ok(answer) => {
                    let ip = session.ip;
                    self.carried.session = Some(session);
                    return Ok((answer, deadline, ip));
                }
                // Servers close a connection after an answer whenever they like; that says nothing about this address.
                Err(failure) if failure.class == FailureClass::ConnectionReset => {}
                Err(failure) => return Err(failure),
            }
        }
        let mut session = Session::open(self.dialer, self.tls, self.permit, &origin, &mut self.handshake).await?;
        let deadline = Deadline::after(limit);
        let answer = match &credentials {
            Some(credentials) => session.sign_in(url, &self.user_agent, &cookies, credentials, deadline).await?,
            None => session.get(url, &self.user_agent, &cookies, deadline).await?,
        };
        let ip = session.ip;
        self.carried.session = Some(session);
        Ok((answer, deadline, ip))
    }

    /// Leaves an answer behind: reads its rest if the connection is wanted again, else drops both.
    async fn leave(&mut self, body: hyper::body::Incoming, next: &Url, deadline: Deadline) {
        const SHORT: usize = 64 * 1024;
        let again = self.carried.session.as_ref().is_some_and(|session| Some(&session.origin) == Origin::of(next).as_ref());
        let drained = again && matches!(deadline.meet("", "", body::read(body, SHORT)).await, Ok(Ok(rest)) if !rest.truncated);
        if !drained {
            self.carried.session = None;
        }
    }

    fn page(&self, headers: &HeaderMap, raw: Bounded) -> Page {
        let coding = text_of(headers, header::CONTENT_ENCODING).unwrap_or_default();
        let content = body::decode(raw, &coding, self.body_limit);
        let declared = text_of(headers, header::CONTENT_TYPE);
        let media_type = media_type_of(headers);
        let (charset, html) = if is_html(&media_type, &content.bytes) {
            let decoded = readers::charset::decode(&content.bytes, declared.as_deref());
            (decoded.charset, Some(decoded.text))
        } else {
            ("", None)
        };
        Page { content, media_type, charset, html }
    }

    fn refresh(&self, html: &str, url: &Url) -> Option<Url> {
        let next = Url::parse(&readers::page::meta_refresh(html, url.as_str())?).ok().map(without_login)?;
        // A page that reloads itself leads nowhere else.
        (Origin::of(&next).is_some() && next != *url).then_some(next)
    }

    fn keep_cookies(&mut self, host: &str, headers: &HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE) {
            let text = String::from_utf8_lossy(value.as_bytes());
            let Some((name, value)) = text.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            // A browser would send odd bytes back as well; our library would refuse the whole request.
            let fit = name.len() + value.len() <= VALUE && HeaderValue::from_str(&format!("{name}={value}")).is_ok();
            if self.carried.jar.len() < COOKIES && fit {
                self.carried.jar.insert((host.to_owned(), name.trim().to_owned()), value.trim().to_owned());
            }
        }
    }

    fn cookies_for(&self, host: &str) -> String {
        let own = self.carried.jar.iter().filter(|((owner, _), _)| owner == host);
        own.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// Reads the address to start from.
fn address(start: &str) -> Result<Url, Failure> {
    let url = Url::parse(start).ok().filter(|url| Origin::of(url).is_some()).map(without_login);
    url.ok_or_else(|| Failure::new(FailureClass::ProtocolError, format!("{}: not an http or https address", plain(start))))
}

/// Names and passwords in an address are neither sent nor recorded. Both calls fail only for addresses that can have none.
fn without_login(mut url: Url) -> Url {
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn host_name(host: &str) -> HostName {
    readers::names::host(host).unwrap_or_else(|| HostName { ascii: host.into(), unicode: host.into(), ..HostName::default() })
}

impl Carried {
    /// A visitor's first visit, with the least time between two requests.
    pub(crate) fn paced(gap: Duration) -> Self {
        Self { gap, ..Self::default() }
    }

    /// Another visitor who comes next over the same connection, at the same pace: without the cookies of the one before.
    pub(crate) fn another_visitor(self) -> Self {
        Self { jar: Jar::default(), ..self }
    }

    /// Starts anew after a visit that was lost, at the same pace.
    pub(crate) fn pause(&mut self, gap: Duration) {
        (self.gap, self.free_at) = (gap, Some(Instant::now() + gap));
    }

    /// Waits until the next request may be made.
    async fn wait(&mut self) {
        if let Some(free_at) = self.free_at {
            sleep_until(free_at).await;
        }
        self.free_at = Some(Instant::now() + self.gap);
    }
}

fn media_type_of(headers: &HeaderMap) -> String {
    let declared = text_of(headers, header::CONTENT_TYPE).unwrap_or_default();
    declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn may_be_html(media_type: &str) -> bool {
    matches!(media_type, "text/html" | "application/xhtml+xml" | "" | "*/*" | "unknown/unknown" | "application/unknown")
}

/// HTML by declaration, or, where nothing is declared, by its beginning (WHATWG MIME sniffing, 7.1).
fn is_html(media_type: &str, bytes: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 9] =
        [b"<!doctype html", b"<html", b"<head", b"<script", b"<title", b"<body", b"<!--", b"<meta", b"<iframe"];
    match media_type {
        "text/html" | "application/xhtml+xml" => true,
        "" | "*/*" | "unknown/unknown" | "application/unknown" => {
            let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes).trim_ascii_start();
            let begins = |start: &[u8]| bytes.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
            BEGINNINGS.iter().any(|start| begins(start))
        }
        _ => false,
    }
}

/// The fields as sent, but a redirect's without the log-in that its address may hold.
fn headers(fields: &HeaderMap, url: &Url) -> Vec<Header> {
    let kept = fields.iter().filter(|(name, _)| *name != header::SET_COOKIE).take(HEADERS);
    let value_of = |name: &header::HeaderName, value: &HeaderValue| match url.join(&text(value)) {
        Ok(next) if *name == header::LOCATION && (!next.username().is_empty() || next.password().is_some()) => {
            without_login(next).to_string()
        }
        _ => text(value),
    };
    kept.map(|(name, value)| Header { name: name.as_str().to_owned(), value: value_of(name, value) }).collect()
}

fn cookies(fields: &HeaderMap) -> Vec<Cookie> {
    let values = fields.get_all(header::SET_COOKIE).iter().take(HEADERS);
    values.filter_map(|value| readers::headers::cookie(&text(value))).collect()
}

fn text_of(fields: &HeaderMap, name: header::HeaderName) -> Option<String> {
    fields.get(name).map(text)
}

fn text(value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    String::from_utf8_lossy(&bytes[..bytes.len().min(VALUE)]).into_owned()
}

/// The address in a field. Bytes that are no UTF-8 are sent back as they came, percent-encoded, as browsers do: they may be GBK.
fn address_in(value: &HeaderValue) -> String {
    let byte = |byte: &u8| if byte.is_ascii() { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(byte).collect(),
    }
}

/// Foreign text fit for a message: short and without control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(200).collect()
}
