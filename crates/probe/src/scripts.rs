//! The scripts of a page, fetched as any visitor's browser does (L1).
//!
//! Invariant: only addresses that the page itself names are asked for, from whatever host; number, size and time are bounded, and what was
//! not read says why.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dialer::permit::Permit;
use futures::StreamExt as _;
use model::digest::Digest;
use model::facts::page::HomePage;
use model::facts::scripts::{Script, Scripts};
use model::observation::{Failure, FailureClass};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::probes::Probes;
use crate::walk::{Carried, Depth, Walk, Walked};

/// Hosts that are asked at a time.
const AT_ONCE: usize = 4;

/// The bounds of fetching one page's scripts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScriptBounds {
    /// Most scripts.
    pub scripts: usize,
    /// Most bytes of one, after decompression.
    pub bytes: usize,
    /// Most bytes of all. The script that passes it is the last.
    pub total_bytes: usize,
    /// Most redirects of one.
    pub redirects: usize,
    /// Longest time for all, in seconds.
    pub time_s: f64,
}

impl Default for ScriptBounds {
    fn default() -> Self {
        Self { scripts: 40, bytes: 2 << 20, total_bytes: 10 << 20, redirects: 3, time_s: 120.0 }
    }
}

/// Scripts with the bodies that were read.
#[derive(Clone, Debug, Default)]
pub struct FetchedScripts {
    /// The facts, with no library recognised yet.
    pub scripts: Scripts,
    /// The whole bodies, each with the place of its script in the facts, in that order.
    pub bodies: Vec<(usize, Vec<u8>)>,
}

impl Probes {
    /// Fetches the scripts that the page names. `page_url` is the page's address, from which one's own hosts are told from others'.
    pub async fn scripts(&self, permit: &Permit, page_url: &str, page: &HomePage, bounds: &ScriptBounds) -> FetchedScripts {
        let mut named: Vec<&str> = Vec::new();
        for url in &page.scripts {
            if !named.contains(&url.as_str()) {
                named.push(url);
            }
        }
        let room = named.len().min(bounds.scripts);
        let mut by_origin: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
        for (index, url) in named.iter().take(room).enumerate() {
            let origin = Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
            by_origin.entry(origin).or_default().push((index, (*url).to_owned()));
        }
        let spent = AtomicUsize::new(0);
        let time = Duration::try_from_secs_f64(bounds.time_s).unwrap_or(Duration::ZERO).min(Duration::from_hours(1));
        let fetching = Fetching { probes: self, permit, bounds, spent: &spent, until: Instant::now() + time };
        let fetched = futures::stream::iter(by_origin.into_values().map(|urls| fetching.of_one_host(urls)));
        let mut fetched: Vec<One> = fetched.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect();
        fetched.sort_by_key(|one| one.index);

        let own_host = host_of(page_url);
        let beyond = u32::try_from(named.len() - fetched.len()).unwrap_or(u32::MAX);
        let mut found = FetchedScripts {
            scripts: Scripts { page: page_url.to_owned(), beyond, ..Scripts::default() },
            ..FetchedScripts::default()
        };
        for One { url, body, .. } in fetched {
            let host = host_of(&url);
            let third_party = own_host.as_ref().zip(host.as_ref()).is_some_and(|(own, host)| !own.same_site(host));
            let pinned = page.pinned_scripts.contains(&url);
            let host = host.map(|host| host.ascii).unwrap_or_default();
            let mut script = Script { url, host, third_party, pinned, ..Script::default() };
            match body {
                Ok(body) => {
                    (script.body, script.length) = (Some(Digest::of(&body)), body.len() as u64);
                    found.bodies.push((found.scripts.scripts.len(), body));
                }
                Err(failure) => script.failure = Some(failure),
            }
            found.scripts.scripts.push(script);
        }
        found
    }
}

/// What the fetching of all scripts shares.
#[derive(Clone, Copy)]
struct Fetching<'a> {
    probes: &'a Probes,
    permit: &'a Permit,
    bounds: &'a ScriptBounds,
    spent: &'a AtomicUsize,
    until: Instant,
}

/// One script, by its place on the page.
struct One {
    index: usize,
    url: String,
    body: Result<Vec<u8>, Failure>,
}

impl Fetching<'_> {
    /// Fetches the scripts of one origin one after the other, over one connection where the server keeps it. Those that a bound leaves out
    /// are not told.
    async fn of_one_host(self, urls: Vec<(usize, String)>) -> Vec<One> {
        let mut fetched = Vec::new();
        let mut carried = Carried::default();
        for (index, url) in urls {
            if self.spent.load(Ordering::Relaxed) >= self.bounds.total_bytes || Instant::now() >= self.until {
                break;
            }
            let Probes { dialer, tls, .. } = self.probes;
            let walk = Walk::new(dialer, tls, self.permit, Depth::Page).at_most(self.bounds.bytes, self.bounds.redirects);
            let walking = walk.carrying(std::mem::take(&mut carried)).run(&url);
            let body = match timeout_at(self.until, walking).await {
                Ok(Ok(walked)) => self.body(&url, walked, &mut carried),
                Ok(Err(failure)) => Err(failure),
                Err(_) => {
                    Err(Failure::new(FailureClass::ReadTimeout, format!("{url}: the time for the page's scripts is spent")))
                }
            };
            fetched.push(One { index, url, body });
        }
        fetched
    }

    /// The body, if it is a script's.
    fn body(self, url: &str, mut walked: Walked, carried: &mut Carried) -> Result<Vec<u8>, Failure> {
        *carried = std::mem::take(&mut walked.carried);
        let (visit, page) = walked.seen(url);
        if let Some(failure) = visit.broken {
            return Err(failure);
        }
        let status = visit.last().map_or(0, |hop| hop.status);
        let Some(page) = page else {
            return Err(Failure::new(FailureClass::NotAPage, format!("{url}: no body")));
        };
        self.spent.fetch_add(page.content.bytes.len(), Ordering::Relaxed);
        // Browsers run a script whatever its media type; what begins as markup is a page in its place.
        let text = readers::charset::decode(&page.content.bytes, None).text;
        let is_markup = text.trim_start().starts_with('<');
        if !(200..300).contains(&status) || is_markup {
            let stands_in = readers::access::failure(&visit, &text);
            return Err(
                stands_in.unwrap_or_else(|| Failure::new(FailureClass::NotAPage, format!("{url}: a page in place of a script")))
            );
        }
        if page.content.truncated {
            let detail = format!("{url}: longer than {} bytes, or cut off", self.bounds.bytes);
            return Err(Failure::new(FailureClass::TooLarge, detail));
        }
        Ok(page.content.bytes)
    }
}

fn host_of(url: &str) -> Option<model::name::HostName> {
    let url = Url::parse(url).ok()?;
    readers::names::host(url.host_str()?.trim_matches(['[', ']']))
}
