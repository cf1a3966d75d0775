//! The addresses still to be asked for: the site's own, each once, without the traps that generated sites are full of.
//!
//! Invariant: what is kept is bounded, and one page has one key, whatever scheme, session or fragment its address carries.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::facts::crawl::CrawlBound;
use url::Url;

use crate::crawl::CrawlBounds;

/// The longest address that is asked for, in bytes.
const ADDRESS: usize = 2048;
/// The most folders in a path, and how often one name may stand among them: relative links that are wrong pile up.
const FOLDERS: usize = 16;
const REPEATS: usize = 2;
/// Addresses that are remembered, for each page that may be asked for.
const REMEMBERED: usize = 20;
/// Names of parameters that carry a session or a trace of the visitor, without which the page is the same.
const SESSIONS: [&str; 9] =
    ["jsessionid", "phpsessid", "aspsessionid", "sessionid", "session_id", "sid", "cfid", "cftoken", "spm"];
/// Endings of documents and archives.
const ATTACHMENTS: [&str; 26] = [
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "dps", "ofd", "rtf", "csv", "zip", "rar", "7z", "gz", "tar",
    "tgz", "apk", "ipa", "exe", "msi", "mp3", "mp4", "iso",
];
/// Endings of what is part of a page and no page.
const PARTS: [&str; 12] = ["css", "js", "png", "jpg", "jpeg", "gif", "bmp", "svg", "webp", "ico", "woff", "woff2"];

/// What stands behind an address, told by its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Page,
    Attachment,
    Part,
}

/// A site: a host with and without `www.`, by http and https, on the usual ports and the one it was named with.
pub(crate) struct Site {
    host: String,
    port: Option<u16>,
}

impl Site {
    pub(crate) fn of(start: &Url) -> Self {
        Self { host: bare(start).to_owned(), port: start.port() }
    }

    pub(crate) fn holds(&self, url: &Url) -> bool {
        matches!(url.scheme(), "http" | "https")
            && bare(url) == self.host
            && (url.port() == self.port || matches!(url.port(), None | Some(80 | 443)))
    }
}

fn bare(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    host.strip_prefix("www.").unwrap_or(host)
}

/// An address to be asked for, and its clicks from the start.
pub(crate) struct Next {
    pub(crate) url: Url,
    pub(crate) depth: u32,
}

pub(crate) struct Frontier {
    queue: VecDeque<Next>,
    met: BTreeSet<String>,
    patterns: BTreeMap<String, u32>,
    bounds: CrawlBounds,
    /// The first bound that kept an address out.
    pub(crate) left_out: Option<CrawlBound>,
}

impl Frontier {
    pub(crate) fn new(bounds: CrawlBounds) -> Self {
        Self { queue: VecDeque::new(), met: BTreeSet::new(), patterns: BTreeMap::new(), bounds, left_out: None }
    }

    pub(crate) fn next(&mut self) -> Option<Next> {
        self.queue.pop_front()
    }

    /// Remembers an address that was reached, so that it is not asked for again.
    pub(crate) fn mark(&mut self, url: &Url) {
        self.met.insert(key(url));
    }

    /// Takes an address of the site in, unless it was met, is a trap or lies too deep.
    pub(crate) fn push(&mut self, url: Url, depth: u32) {
        let (url, key) = (without_session(url.clone()), key(&url));
        if url.as_str().len() > ADDRESS || self.met.contains(&key) || is_piled_up(&url) {
            return;
        }
        if depth > self.bounds.depth {
            self.left_out.get_or_insert(CrawlBound::Depth);
            return;
        }
        if self.met.len() >= (self.bounds.pages as usize).saturating_mul(REMEMBERED) {
            self.left_out.get_or_insert(CrawlBound::Pages);
            return;
        }
        let count = self.patterns.entry(pattern(&url)).or_default();
        if *count >= self.bounds.pages_per_pattern {
            self.left_out.get_or_insert(CrawlBound::Pages);
            return;
        }
        *count += 1;
        self.met.insert(key);
        self.queue.push_back(Next { url, depth });
    }
}

/// The kind by the ending of the path.
pub(crate) fn kind(url: &Url) -> Kind {
    let file = url.path().rsplit('/').next().unwrap_or_default();
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        ending if ATTACHMENTS.contains(&ending) => Kind::Attachment,
        ending if PARTS.contains(&ending) => Kind::Part,
        _ => Kind::Page,
    }
}

/// The address without fragment, session and log-in.
pub(crate) fn without_session(mut url: Url) -> Url {
    url.set_fragment(None);
    // Both fail only for addresses that can have none.
    let _ = (url.set_username(""), url.set_password(None));
    let path: Vec<&str> = url.path().split('/').filter(|part| !is_cookieless(part)).map(without_parameter).collect();
    let path = path.join("/");
    url.set_path(&path);
    let kept: Vec<&str> =
        url.query().into_iter().flat_map(|query| query.split('&')).filter(|pair| !names_session(pair)).collect();
    let query = kept.join("&");
    url.set_query((!query.is_empty()).then_some(&query));
    url
}

/// `page.jsp;jsessionid=…` without its parameter.
fn without_parameter(part: &str) -> &str {
    match part.split_once(';') {
        Some((file, parameter)) if names_session(parameter) => file,
        _ => part,
    }
}

/// `(S(…))`: the session of ASP.NET in the path.
fn is_cookieless(part: &str) -> bool {
    part.starts_with("(S(") && part.ends_with("))")
}

fn names_session(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    SESSIONS.contains(&name.as_str()) || name.starts_with("aspsessionid") || name.starts_with("utm_")
}

fn key(url: &Url) -> String {
    let url = without_session(url.clone());
    format!("{}{}?{}", bare(&url), url.path(), url.query().unwrap_or_default())
}

/// The shape of an address: numbers and values of parameters do not count. A calendar has one shape.
fn pattern(url: &Url) -> String {
    let mut shape = String::new();
    for character in url.path().chars() {
        match character {
            '0'..='9' if shape.ends_with('0') => {}
            '0'..='9' => shape.push('0'),
            other => shape.push(other),
        }
    }
    let names: BTreeSet<&str> =
        url.query().into_iter().flat_map(|query| query.split('&')).filter_map(|pair| pair.split('=').next()).collect();
    for name in names {
        shape.push('&');
        shape.push_str(name);
    }
    shape
}

fn is_piled_up(url: &Url) -> bool {
    let folders: Vec<&str> = url.path().split('/').filter(|folder| !folder.is_empty()).collect();
    let mut counts = BTreeMap::<&str, usize>::new();
    folders.iter().for_each(|folder| *counts.entry(folder).or_default() += 1);
    folders.len() > FOLDERS || counts.values().any(|count| *count > REPEATS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    #[test]
    fn one_page_has_one_key() {
        let expected = key(&url("http://www.a.cn/x/p.jsp?id=1"));
        for text in [
            "https://a.cn:443/x/p.jsp;jsessionid=AB12?id=1#top",
            "http://a.cn/x/p.jsp?PHPSESSID=x&id=1&utm_source=y",
            "http://u:p@www.a.cn:80/x/(S(abc123))/p.jsp?id=1",
        ] {
            assert_eq!(key(&url(text)), expected, "{text}");
        }
        assert_ne!(key(&url("http://a.cn/x/p.jsp?id=2")), expected);
    }

    #[test]
    fn a_site_is_its_host_with_and_without_www() {
        let site = Site::of(&url("http://www.a.cn/"));
        assert!(site.holds(&url("https://a.cn/x")) && site.holds(&url("http://www.a.cn:443/")));
        for other in ["http://b.a.cn/", "http://a.cn:8080/", "ftp://a.cn/", "http://a.cn.evil.cn/", "http://nota.cn/"] {
            assert!(!site.holds(&url(other)), "{other}");
        }
    }

    #[test]
    fn traps_are_bounded() {
        let bounds = CrawlBounds { pages: 100, pages_per_pattern: 5, ..CrawlBounds::default() };
        let mut frontier = Frontier::new(bounds);
        for day in 0..1000 {
            frontier.push(url(&format!("http://a.cn/calendar/{}/{}?view={day}", day / 30, day % 30)), 1);
            frontier.push(url(&format!("http://a.cn/{}", "x/".repeat(day + 3))), 1);
        }
        assert_eq!((frontier.queue.len(), frontier.left_out), (5, Some(CrawlBound::Pages)));
    }

    #[test]
    fn endings_tell_the_kind() {
        assert_eq!(kind(&url("http://a.cn/a/公告.PDF?x=1")), Kind::Attachment);
        assert_eq!((kind(&url("http://a.cn/a.js")), kind(&url("http://a.cn/a.jsp"))), (Kind::Part, Kind::Page));
    }

    proptest! {
        #[test]
        fn cleaning_is_final(path in "[a-z0-9;=()S./%?&#]{0,40}") {
            let once = without_session(url(&format!("http://a.cn/{path}")));
            prop_assert_eq!(key(&once), key(&without_session(once.clone())));
        }
    }
}
