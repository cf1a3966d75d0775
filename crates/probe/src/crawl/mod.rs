//! The crawl (L2): a bounded, polite walk over a site's own pages, breadth first.
//!
//! Invariant: nothing outside the site is asked for, redirects included; robots.txt is asked first, and a host whose robots.txt names this
//! product and closes the whole site is asked for nothing else, whatever the settings.

mod frontier;
mod gather;

use std::collections::BTreeSet;
use std::time::Duration;

use dialer::permit::Permit;
use model::digest::Digest;
use model::facts::crawl::{Crawl, CrawlBound, CrawledPage, Favicon, NotFound, Robots};
use model::facts::page::HomePage;
use model::facts::web::{Body, Redirect, Visit};
use model::observation::{Failure, FailureClass};
use readers::robots::Rules;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::body::{self, Bounded};
use crate::crawl::frontier::{Frontier, Next, Site};
use crate::crawl::gather::Gathered;
pub(crate) use crate::crawl::gather::clean;
use crate::probes::Probes;
use crate::walk::{Carried, Depth, Walk, Walked};

/// How many site maps of one site are read, and how many addresses of each.
const SITEMAPS: usize = 5;
const LISTED: usize = 10_000;
/// How many other hosts that they name are kept.
const SITEMAP_HOSTS: usize = 200;
/// The most bytes of a site map after decompression.
const SITEMAP_BYTES: usize = 10 << 20;

/// The bounds of a crawl of one site.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CrawlBounds {
    /// Most pages asked for.
    pub pages: u32,
    /// Most clicks from the start.
    pub depth: u32,
    /// Most bytes of pages, after decompression. The page that passes it is the last.
    pub bytes: u64,
    /// Longest time, in seconds, pauses included.
    pub time_s: f64,
    /// Most pages whose addresses differ in numbers and values alone: a calendar has no end.
    pub pages_per_pattern: u32,
    /// Whether closed paths and the asked-for pace of robots.txt are honoured. A robots.txt that names this product and closes the whole
    /// site is honoured always.
    pub honour_robots: bool,
    /// Longest pause between requests that robots.txt may ask for, in seconds.
    pub longest_delay_s: u32,
}

impl Default for CrawlBounds {
    fn default() -> Self {
        Self {
            pages: 50,
            depth: 3,
            bytes: 20 << 20,
            time_s: 120.0,
            pages_per_pattern: 20,
            honour_robots: true,
            longest_delay_s: 10,
        }
    }
}

/// A crawl with the bodies it brought.
#[derive(Clone, Debug, Default)]
pub struct Crawled {
    /// The facts.
    pub crawl: Crawl,
    /// The bodies of its pages and its icon, each once, for the blob store.
    pub bodies: Vec<(Digest, Vec<u8>)>,
}

impl Probes {
    /// Walks over the site at `start`, an http or https address, from robots.txt on. The site is the host of `start` with and without
    /// `www.`; a start that redirects elsewhere is a crawl of one page.
    pub async fn crawl(&self, permit: &Permit, start: &str, bounds: &CrawlBounds) -> Crawled {
        let Ok(url) = Url::parse(start).map(frontier::without_session) else {
            let failure = Failure::new(FailureClass::ProtocolError, "the start is no http or https address");
            let page = CrawledPage { url: clean(start), failure: Some(failure), ..CrawledPage::default() };
            return Crawled { crawl: Crawl { start: clean(start), pages: vec![page], ..Crawl::default() }, bodies: Vec::new() };
        };
        Crawler::new(self, permit, &url, bounds).run(url).await
    }

    /// What the robots.txt at `origin` (`https://www.example.gov.cn`) says to us, so that a host's wish can be known before anything else is
    /// asked.
    pub async fn robots(&self, permit: &Permit, origin: &str) -> Robots {
        let Ok(url) = Url::parse(origin) else { return Robots::default() };
        let mut crawler = Crawler::new(self, permit, &url, &CrawlBounds::default());
        crawler.robots(&url).await;
        crawler.crawl.robots
    }
}

/// A crawl under way.
struct Crawler<'a> {
    probes: &'a Probes,
    permit: &'a Permit,
    bounds: CrawlBounds,
    site: Site,
    rules: Rules,
    carried: Carried,
    frontier: Frontier,
    gathered: Gathered,
    crawl: Crawl,
    bodies: Vec<(Digest, Vec<u8>)>,
    bytes: u64,
    until: Instant,
    baseline: Option<Baseline>,
    home: Option<Digest>,
}

/// The page in place of one that cannot exist.
struct Baseline {
    digest: Digest,
    text: String,
    title: String,
}

impl<'a> Crawler<'a> {
    fn new(probes: &'a Probes, permit: &'a Permit, start: &Url, bounds: &CrawlBounds) -> Self {
        let carried = Carried::paced(probes.pace());
        let time = Duration::try_from_secs_f64(bounds.time_s).unwrap_or(Duration::ZERO).min(Duration::from_hours(24));
        Self {
            probes,
            permit,
            site: Site::of(start),
            rules: Rules::default(),
            carried,
            frontier: Frontier::new(bounds.clone()),
            gathered: Gathered::default(),
            crawl: Crawl { start: start.to_string(), ..Crawl::default() },
            bodies: Vec::new(),
            bytes: 0,
            until: Instant::now() + time,
            baseline: None,
            home: None,
            bounds: bounds.clone(),
        }
    }

    async fn run(mut self, start: Url) -> Crawled {
        self.robots(&start).await;
        if !self.crawl.robots.names_us {
            self.frontier.push(start.clone(), 0);
            self.pages(&start).await;
        } else {
            self.crawl.stopped = Some(CrawlBound::Refused);
        }
        self.gathered.finish(&mut self.crawl);
        self.crawl.stopped = self.crawl.stopped.or(self.frontier.left_out);
        Crawled { crawl: self.crawl, bodies: self.bodies }
    }

    /// Asks for robots.txt and sets the pace. One that cannot be had because the server fails closes the site (RFC 9309, 2.3.1.4).
    async fn robots(&mut self, start: &Url) {
        let Ok(url) = start.join("/robots.txt") else { return };
        let walked = self.fetch(&url, Depth::Page, false).await;
        let status = walked.as_ref().ok().and_then(|walked| walked.hops.last()).map(|hop| hop.status);
        if let Ok(Walked { page: Some(page), .. }) = &walked
            && status.is_some_and(|status| (200..300).contains(&status))
            && page.html.is_none()
        {
            self.rules = readers::robots::read(&page.content.bytes);
        }
        let rules = &self.rules;
        self.crawl.robots = Robots {
            status,
            names_us: rules.names_us,
            restricts: rules.restricts,
            delay_s: rules.delay_s,
            sitemaps: rules.sitemaps.clone(),
            honoured: rules.names_us || self.bounds.honour_robots,
        };
        if self.bounds.honour_robots {
            let asked = rules.delay_s.unwrap_or_default().min(self.bounds.longest_delay_s);
            self.carried.gap = self.carried.gap.max(Duration::from_secs(asked.into()));
            if status.is_some_and(|status| status >= 500 || status == 429) {
                self.crawl.stopped = Some(CrawlBound::Refused);
            }
        }
    }

    /// The start, then what surrounds it, then page after page until a bound is met.
    async fn pages(&mut self, start: &Url) {
        while self.crawl.stopped.is_none() {
            let Some(next) = self.frontier.next() else { break };
            if !self.allowed(&next.url) {
                continue;
            }
            if self.crawl.pages.len() >= self.bounds.pages as usize {
                self.crawl.stopped = Some(CrawlBound::Pages);
                break;
            }
            let is_start = self.crawl.pages.is_empty();
            let html = self.page(next).await;
            if is_start && self.crawl.stopped.is_none() {
                if html.is_some() {
                    self.not_found(start).await;
                    self.icon(html.as_deref().unwrap_or_default(), start).await;
                }
                self.sitemaps(start).await;
            }
        }
    }

    fn allowed(&self, url: &Url) -> bool {
        !self.bounds.honour_robots || self.rules.allows(url.as_str())
    }

    /// Asks for one address, inside the time that is left. Redirects are followed within the site, and where robots.txt allows.
    async fn fetch(&mut self, url: &Url, depth: Depth, heed_rules: bool) -> Result<Walked, Failure> {
        let carried = std::mem::take(&mut self.carried);
        let gap = carried.gap;
        let heeded = heed_rules && self.bounds.honour_robots;
        let (site, rules) = (&self.site, &self.rules);
        let within = move |url: &Url| site.holds(url) && (!heeded || rules.allows(url.as_str()));
        let walk = Walk::new(&self.probes.dialer, &self.probes.tls, self.permit, depth).next(carried, &within);
        let ended = timeout_at(self.until, walk.run(url.as_str())).await;
        let walked = match ended {
            Ok(walked) => walked,
            Err(_) => {
                self.crawl.stopped = Some(CrawlBound::Time);
                Err(Failure::new(FailureClass::ReadTimeout, format!("{url}: the crawl's time was over")))
            }
        };
        walked
            .map(|mut walked| {
                self.carried = std::mem::take(&mut walked.carried);
                walked
            })
            .inspect_err(|_| self.carried.pause(gap))
    }

    /// Asks for a page and takes in what it holds. Returns its HTML.
    async fn page(&mut self, next: Next) -> Option<String> {
        let Next { url, depth } = next;
        let mut told = CrawledPage { url: url.to_string(), depth, ..CrawledPage::default() };
        let walked = match self.fetch(&url, Depth::Html, true).await {
            Ok(walked) => walked,
            Err(failure) => {
                told.failure = Some(failure);
                self.crawl.pages.push(told);
                return None;
            }
        };
        told.status = walked.hops.last().map(|hop| hop.status);
        let end = walked.hops.last().and_then(|hop| Url::parse(&hop.url).ok()).unwrap_or(url);
        self.frontier.mark(&end);
        let declared =
            walked.hops.last().and_then(|hop| hop.header("content-type").next().map(str::to_owned)).unwrap_or_default();
        told.media_type = clean(declared.split(';').next().unwrap_or_default().trim()).to_ascii_lowercase();
        let html = walked.page.as_ref().and_then(|page| page.html.clone());
        let (visit, bytes) = visit(&told.url, walked);
        if visit.broken.is_none() && html.is_none() && told.status == Some(200) {
            // By its media type, of which its address said nothing.
            self.gathered.attachment(&told.url, &told.url, "");
        }
        if let Some(Bounded { bytes, .. }) = bytes {
            told.length = bytes.len() as u64;
            told.body = Some(self.keep(bytes));
        }
        told.failure = readers::access::failure(&visit, html.as_deref().unwrap_or_default());
        if told
            .failure
            .as_ref()
            .is_some_and(|failure| matches!(failure.class, FailureClass::BlockPage | FailureClass::RateLimited))
        {
            self.crawl.stopped = Some(CrawlBound::Refused);
        } else if self.bytes >= self.bounds.bytes {
            self.crawl.stopped = Some(CrawlBound::Bytes);
        }
        if let Some(html) = &html {
            self.read(&mut told, html, &end);
        }
        self.crawl.pages.push(told);
        html
    }

    fn read(&mut self, told: &mut CrawledPage, html: &str, end: &Url) {
        let page = readers::page::read(html, end.as_str());
        told.title = clean(&page.title);
        if told.failure.is_some() {
            return;
        }
        if told.depth == 0 {
            self.home.clone_from(&told.body);
            self.crawl.script_built = page.script_built;
        }
        told.soft_not_found = told.depth > 0 && self.is_not_found(told, &page, end);
        for url in self.gathered.page(&self.site, &page) {
            self.frontier.push(url, told.depth + 1);
        }
    }

    /// Whether a page is the one in place of a missing one. A shell that scripts fill is the same for all addresses and is none.
    fn is_not_found(&self, told: &CrawledPage, page: &HomePage, end: &Url) -> bool {
        let Some(baseline) = &self.baseline else { return false };
        let is_shell = self.home.as_ref() == Some(&baseline.digest);
        let same_text = !baseline.text.is_empty() && without_address(page, end) == baseline.text && page.title == baseline.title;
        !is_shell && (told.body.as_ref() == Some(&baseline.digest) || same_text)
    }

    /// Asks for an address that cannot exist.
    async fn not_found(&mut self, start: &Url) {
        let Ok(url) = start.join(&format!("/{:016x}.html", rand::random::<u64>())) else { return };
        if !self.allowed(&url) {
            return;
        }
        let Ok(walked) = self.fetch(&url, Depth::Html, true).await else { return };
        let Some(last) = walked.hops.last() else { return };
        let redirect = |redirect: &Redirect| match redirect {
            Redirect::Status(to) | Redirect::MetaRefresh(to) => clean(to),
        };
        let redirected = walked.hops.iter().filter_map(|hop| hop.redirect.as_ref()).next_back().map(redirect);
        let end = Url::parse(&last.url).unwrap_or(url);
        let mut told = NotFound { status: last.status, soft: last.status == 200, title: String::new(), redirected };
        if let Some(page) = &walked.page
            && let Some(html) = &page.html
        {
            let read = readers::page::read(html, end.as_str());
            let digest = Digest::of(&page.content.bytes);
            told.title = clean(&read.title);
            if told.soft {
                // One body for all addresses, and scripts: the pages are made in the browser.
                self.crawl.script_built |= self.home.as_ref() == Some(&digest) && !read.scripts.is_empty();
                self.baseline = Some(Baseline { digest, text: without_address(&read, &end), title: read.title });
            }
        }
        self.crawl.not_found = Some(told);
    }

    /// Asks for the site's icon: the one that the page names, else `/favicon.ico`.
    async fn icon(&mut self, html: &str, start: &Url) {
        let named = readers::favicon::address(html, start.as_str()).and_then(|address| Url::parse(&address).ok());
        let Some(url) = named.or_else(|| start.join("/favicon.ico").ok()) else { return };
        if !self.site.holds(&url) || !self.allowed(&url) {
            return;
        }
        let Ok(walked) = self.fetch(&url, Depth::Page, true).await else { return };
        let sound = walked.broken.is_none() && walked.hops.last().is_some_and(|hop| hop.status == 200);
        let Some(page) = walked.page.filter(|page| sound && page.html.is_none() && !page.content.truncated) else { return };
        let bytes = page.content.bytes;
        if !bytes.is_empty() {
            let (mmh3, md5) = (readers::favicon::mmh3(&bytes), readers::favicon::md5(&bytes));
            self.crawl.favicon = Some(Favicon { url: url.into(), mmh3, md5, body: Some(self.keep(bytes)) });
        }
    }

    /// Reads the site maps that robots.txt names, else `/sitemap.xml`. Their pages count as one click away.
    async fn sitemaps(&mut self, start: &Url) {
        let named = self.crawl.robots.sitemaps.iter().filter_map(|address| start.join(address).ok());
        let mut maps: Vec<Url> = named.take(SITEMAPS).collect();
        if maps.is_empty() {
            maps.extend(start.join("/sitemap.xml"));
        }
        let (mut at, mut elsewhere) = (0, BTreeSet::new());
        while let Some(url) = maps.get(at).cloned().filter(|_| at < SITEMAPS && self.crawl.stopped.is_none()) {
            at += 1;
            if !self.site.holds(&url) || !self.allowed(&url) {
                continue;
            }
            let Ok(Walked { page: Some(page), .. }) = self.fetch(&url, Depth::Page, true).await else { continue };
            if page.html.is_some() {
                continue;
            }
            // `sitemap.xml.gz` is sent as a file, not as a coding.
            let plain = body::decode(page.content, "gzip", SITEMAP_BYTES);
            let listed = readers::sitemap::read(&plain.bytes, LISTED);
            maps.extend(listed.maps.iter().take(SITEMAPS).filter_map(|address| Url::parse(address).ok()));
            for url in listed.pages.iter().filter_map(|address| Url::parse(address).ok()) {
                if !self.site.holds(&url) {
                    elsewhere.extend(url.host_str().filter(|_| elsewhere.len() < SITEMAP_HOSTS).map(str::to_owned));
                } else if frontier::kind(&url) == frontier::Kind::Page {
                    self.frontier.push(url, 1);
                }
            }
        }
        self.crawl.sitemap_hosts = elsewhere.into_iter().collect();
    }

    /// Counts a body and keeps it, once.
    fn keep(&mut self, bytes: Vec<u8>) -> Digest {
        self.bytes += bytes.len() as u64;
        let digest = Digest::of(&bytes);
        if self.bodies.iter().all(|(known, _)| *known != digest) {
            self.bodies.push((digest, bytes));
        }
        digest
    }
}

/// A page's text without its own address, which many "not found" pages repeat.
fn without_address(page: &HomePage, url: &Url) -> String {
    page.text.replace(url.as_str(), "").replace(url.path(), "")
}

fn visit(start: &str, walked: Walked) -> (Visit, Option<Bounded>) {
    let facts = walked.page.as_ref().map(|page| Body {
        digest: Digest::of(&page.content.bytes),
        length: page.content.bytes.len() as u64,
        truncated: page.content.truncated,
        media_type: page.media_type.clone(),
        charset: page.charset.into(),
    });
    let visit = Visit { start: start.to_owned(), hops: walked.hops, broken: walked.broken, body: facts };
    (visit, walked.page.map(|page| page.content))
}
