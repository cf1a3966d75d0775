//! Which links lead to an entrance, by their words and addresses.

use std::collections::BTreeSet;

use model::facts::crawl::Place;
use model::facts::page::HomePage;
use model::facts::services::{Protocol, Services, Transport};
use model::name::HostName;
use serde::Deserialize;
use url::Url;

use super::{WORDS, clean, holds_any, plain};

/// The longest words of a link to an entrance, in characters; in longer ones the words are part of a title.
const LINK_WORDS: usize = 14;

/// The words and addresses; `data/entrances.toml` says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    strong: Vec<String>,
    weak: Vec<String>,
    never: Vec<String>,
    paths: Vec<String>,
    hosts: Vec<String>,
    platforms: Vec<String>,
    files: Vec<String>,
}

/// A place that may be an entrance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Address, without fragment.
    pub url: String,
    /// The words of the link.
    pub words: String,
    /// `link`, `form`, `crawl` or `service`.
    pub found_by: &'static str,
}

/// The places that were chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// In the order met.
    pub chosen: Vec<Candidate>,
    /// How many more there are.
    pub beyond: u32,
}

/// Chooses at most `limit` entrances among the links and forms of a page and, where the site was crawled, the links of its other pages.
/// Only what is linked is chosen, within the site or with words that name a service of its own. Links that say clearly what they are go
/// before those that may lead to an entrance.
pub fn among(page: &HomePage, crawled: &[Place], limit: usize) -> Candidates {
    let home = Url::parse(&page.url).ok();
    let own = home.as_ref().and_then(host_of);
    let form = page.forms.iter().any(|form| form.fields.iter().any(|field| field == "password"));
    let form = form.then_some((page.url.as_str(), "", "form"));
    let links = page.links.iter().map(|link| (link.url.as_str(), link.text.as_str(), "link"));
    let crawled = crawled.iter().map(|place| (place.url.as_str(), place.text.as_str(), "crawl"));

    let mut met = BTreeSet::new();
    let mut ranked: Vec<(usize, Rank, Candidate)> = Vec::new();
    for (order, (url, words, found_by)) in form.into_iter().chain(links).chain(crawled).enumerate() {
        let Ok(mut url) = Url::parse(url) else { continue };
        let rank = if found_by == "form" { Some(Rank::Strong) } else { rank(&url, words, own.as_ref()) };
        let Some(rank) = rank else { continue };
        url.set_fragment(None);
        if met.insert(url.to_string()) {
            ranked.push((order, rank, Candidate { url: url.into(), words: clean(words), found_by }));
        }
    }
    let beyond = u32::try_from(ranked.len().saturating_sub(limit)).unwrap_or(u32::MAX);
    ranked.sort_by_key(|(order, rank, _)| (*rank, *order));
    ranked.truncate(limit);
    ranked.sort_by_key(|(order, _, _)| *order);
    Candidates { chosen: ranked.into_iter().map(|(_, _, candidate)| candidate).collect(), beyond }
}

/// The web servers that a survey found on ports where no visitor would look, each a place to look at.
pub fn of_services(services: &Services) -> Vec<Candidate> {
    let mut found = BTreeSet::new();
    for service in services.addresses.iter().flat_map(|address| &address.open) {
        let usual = matches!((service.port, service.inside_tls), (80, false) | (443, true));
        if service.transport == Transport::Tcp && service.protocol == Some(Protocol::Http) && !usual {
            found.insert((service.port, service.inside_tls));
        }
    }
    let host = if services.host.contains(':') { format!("[{}]", services.host) } else { services.host.clone() };
    let url = |(port, secure)| format!("{}://{host}:{port}/", if secure { "https" } else { "http" });
    found.into_iter().map(|place| Candidate { url: url(place), words: String::new(), found_by: "service" }).collect()
}

/// How clearly a link leads to an entrance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Strong,
    Weak,
}

fn rank(url: &Url, words: &str, own: Option<&HostName>) -> Option<Rank> {
    let known = &WORDS.links;
    let words = plain(words);
    let host = host_of(url)?;
    let is_platform = known.platforms.iter().any(|platform| host.ascii == *platform || host.under(platform));
    let path = url.path().to_ascii_lowercase();
    let ending = path.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(_, ending)| ending);
    if is_platform || known.files.iter().any(|file| file == ending) || known.never.iter().any(|word| words.contains(word)) {
        return None;
    }
    let short = words.chars().nth(LINK_WORDS).is_none();
    let within = own.is_some_and(|own| own.same_site(&host));
    if short && holds_any(&words, &known.strong) {
        return Some(Rank::Strong);
    }
    if !within {
        return None;
    }
    let part = |part: &str| known.paths.iter().any(|known| part.split('.').next() == Some(known));
    let first_label = host.ascii.split('.').next().unwrap_or_default();
    // A host of its own is an entrance at its start; below it stand its pages.
    let named_host = known.hosts.iter().any(|label| label == first_label) && path == "/";
    if short && path.split('/').any(part) || named_host {
        return Some(Rank::Strong);
    }
    (short && holds_any(&words, &known.weak)).then_some(Rank::Weak)
}

fn host_of(url: &Url) -> Option<HostName> {
    crate::names::host(url.host_str()?.trim_matches(['[', ']']))
}
