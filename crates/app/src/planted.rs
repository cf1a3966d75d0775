//! What a map found, in the words of the lab's truth: observations as pairs of a fact and its value.
//!
//! Invariant: every word comes from an observation alone, so that what is missing in one is missing here.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::crawl::Crawl;
use model::facts::discovery::Discovery;
use model::facts::hosting::Hosting;
use model::facts::services::{Service, Services};
use model::facts::technology::{Technologies, Technology};
use model::facts::{Kind, Payload};
use model::observation::{FailureClass, Observation, Outcome};
use serde::Serialize;

/// A fact by its kind and its value: `region`, `mainland`.
pub type Fact = (String, String);

/// Kinds of which the truth says where they are not permitted; the name's addresses come first and stand for everything.
const MAPPED: [Kind; 4] = [Kind::HostDns, Kind::Services, Kind::TlsSurvey, Kind::Crawl];

/// What the observations of one subject say.
pub fn facts<'a>(observations: impl IntoIterator<Item = &'a Observation>) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    let mut add = |fact: &str, value: String| _ = facts.insert((fact.to_owned(), value));
    for seen in observations {
        match &seen.outcome {
            Outcome::Failed(failure) if failure.class == FailureClass::NotPermitted && MAPPED.contains(&seen.kind) => {
                add("not_permitted", word(&seen.kind));
            }
            Outcome::Failed(_) => {}
            Outcome::Seen(Payload::Hosting(hosting)) => hosted(hosting, &mut add),
            Outcome::Seen(Payload::Services(services)) => serving(services, &mut add),
            Outcome::Seen(Payload::Technologies(technologies)) => made_of(technologies, &mut add),
            Outcome::Seen(Payload::TlsSurvey(survey)) => {
                survey
                    .versions
                    .iter()
                    .filter(|version| version.spoken == Some(true))
                    .for_each(|version| add("tls", version.version.clone()));
            }
            Outcome::Seen(Payload::Crawl(crawl)) => walked(crawl, &mut add),
            Outcome::Seen(Payload::Discovery(discovery)) => named(discovery, &mut add),
            Outcome::Seen(_) => {}
        }
    }
    facts
}

/// What differs, both ways: what was planted and not found, what was found and not planted.
pub fn differences(planted: &BTreeMap<String, BTreeSet<Fact>>, found: &BTreeMap<String, BTreeSet<Fact>>) -> Vec<String> {
    let none = BTreeSet::new();
    let of = |subject: &String, (fact, value): &Fact, word: &str| format!("{subject} {fact} {value}: {word}");
    let one = |(subject, planted): (&String, &BTreeSet<Fact>)| {
        let found = found.get(subject).unwrap_or(&none);
        let missing = planted.difference(found).map(|fact| of(subject, fact, "planted, not found"));
        let unexpected = found.difference(planted).map(|fact| of(subject, fact, "found, not planted"));
        missing.chain(unexpected).collect::<Vec<_>>()
    };
    planted.iter().flat_map(one).collect()
}

fn hosted(hosting: &Hosting, add: &mut impl FnMut(&str, String)) {
    for address in &hosting.addresses {
        add("region", word(&address.region));
    }
    for sign in hosting.addresses.iter().flat_map(|address| &address.providers).chain(&hosting.providers) {
        let overseas = if sign.overseas { " overseas" } else { "" };
        add("provider", format!("{} {} {}{overseas}", sign.name, word(&sign.role), word(&sign.by)));
    }
}

fn serving(services: &Services, add: &mut impl FnMut(&str, String)) {
    for address in &services.addresses {
        if address.unfinished.as_ref().is_some_and(|failure| failure.class == FailureClass::NotPermitted) {
            add("not_permitted", "shared address".into());
        }
        for service in &address.open {
            add("service", served(service));
            let known = service.products.iter().filter_map(|product| product.cpe.as_ref());
            known.for_each(|cpe| add("cpe", format!("{}/{} {cpe}", service.port, word(&service.transport))));
        }
    }
}

/// `6379/tcp redis Redis 7.0.15 not_required`, `443/tcp tls/http unknown`.
fn served(service: &Service) -> String {
    let protocol = service.protocol.as_ref().map_or_else(|| "unrecognised".into(), word);
    let protocol = if service.inside_tls { format!("tls/{protocol}") } else { protocol };
    let product = service.products.first();
    let name = product.map(|product| product.name.clone());
    let version = product.and_then(|product| product.version.as_ref()).map(|version| version.number.clone());
    let port = format!("{}/{}", service.port, word(&service.transport));
    [Some(port), Some(protocol), name, version, Some(word(&service.login))].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn made_of(technologies: &Technologies, add: &mut impl FnMut(&str, String)) {
    let words = |technology: &Technology| match &technology.version {
        Some(version) => format!("{} {}", technology.name, version.number),
        None => technology.name.clone(),
    };
    technologies.found.iter().for_each(|found| add("technology", words(found)));
    technologies.protection.iter().for_each(|found| add("protection", words(found)));
}

/// The pages that were read, as path and status; what they link to is theirs.
fn walked(crawl: &Crawl, add: &mut impl FnMut(&str, String)) {
    let path = |url: &str| url.split('/').skip(3).fold(String::new(), |path, part| path + "/" + part);
    for page in crawl.pages.iter().filter(|page| page.failure.is_none()) {
        let status = page.status.map(|status| format!(" {status}")).unwrap_or_default();
        add("page", path(&page.url) + &status);
    }
    crawl.attachments.iter().for_each(|attachment| add("attachment", path(&attachment.url)));
    if crawl.not_found.as_ref().is_some_and(|answer| answer.soft) {
        add("soft_not_found", "yes".into());
    }
}

/// Candidates by all that names them, and zones that answer for any name.
fn named(discovery: &Discovery, add: &mut impl FnMut(&str, String)) {
    for candidate in &discovery.candidates {
        let sources: BTreeSet<String> = candidate.sources.iter().map(|found| word(&found.by)).collect();
        let sources = sources.into_iter().collect::<Vec<_>>().join("+");
        let kind = if candidate.only_wildcard { "only_wildcard" } else { "candidate" };
        add(kind, format!("{} {sources}", candidate.host.ascii));
    }
    discovery.wildcards.iter().for_each(|wildcard| add("wildcard", wildcard.zone.clone()));
}

/// A word as the JSON contract writes it.
pub fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
