//! Components out of observations: fingerprints, greetings, scripts, entrances, and the sightings of other scanners.

use model::advisory::{Channel, Product, Reading, Told};
use model::facts::clients::Entrances;
use model::facts::scripts::{Library, Scripts};
use model::facts::services::Services;
use model::facts::technology::{Technologies, VersionSource};
use model::ledger::claim::Sighting;

use super::addresses;
use super::headers::worded;
use super::identity::{Found, Sign};
use crate::naming::known;
use crate::product::{from_cpe, package};
use crate::version::{is_distribution, reading};

/// How sure a greeting is, and what another scanner says it saw.
const GREETING: u8 = 95;
const IMPORT: u8 = 70;
/// How sure the address of a script is: who exchanges the file leaves its name.
const ADDRESS: u8 = 80;
/// How sure a log-in page is of what it belongs to.
const ENTRANCE: u8 = 90;

/// Technologies of the page. One that is only implied by others was not seen: WordPress implies MySQL, and may run on MariaDB.
/// What the address of one of `scripts` told is of that script, and stands behind what its content tells.
pub(super) fn technologies(technologies: &Technologies, scripts: Option<&Scripts>, found: &mut Vec<Found>) {
    for technology in technologies.found.iter().filter(|technology| technology.implied_by.is_empty()) {
        let channel = technology.version.as_ref().map_or(Channel::Page, |version| channel(version.by));
        let number = technology.version.as_ref().map_or("", |version| version.number.as_str());
        let evidence = technology.evidence.iter().find(|sign| sign.matched.contains(number)).or(technology.evidence.first());
        let evidence = evidence.map_or("", |sign| sign.matched.as_str());
        let script = scripts.and_then(|scripts| Some((scripts, addresses::holder(scripts, evidence)?)));
        let number = match script {
            Some((scripts, script)) if !number.is_empty() && addresses::is_of_all(scripts, script, number) => "",
            _ => number,
        };
        let vendor_and_name = vendor_and_name(technology.vendor.as_deref(), &technology.name);
        let sign = Sign {
            names: vec![&vendor_and_name, &technology.name],
            products: product(technology.cpe.as_deref()),
            version: packaged(reading(number, channel), evidence),
            channel,
            confidence: technology.confidence,
            place: script.map_or(&technologies.url, |(_, script)| &script.url),
            evidence,
        };
        found.extend(sign.found());
    }
}

/// Products behind services.
pub(super) fn services(services: &Services, found: &mut Vec<Found>) {
    for service in services.addresses.iter().flat_map(|address| &address.open) {
        let place = format!("{}:{}", services.host, service.port);
        for told in &service.products {
            let channel = told.version.as_ref().map_or(Channel::Banner, |version| channel(version.by));
            let number = told.version.as_ref().map_or("", |version| version.number.as_str());
            let evidence = if told.matched.is_empty() { &service.greeting } else { &told.matched };
            let vendor_and_name = vendor_and_name(told.vendor.as_deref(), &told.name);
            let sign = Sign {
                names: vec![&vendor_and_name, &told.name],
                products: product(told.cpe.as_deref()),
                version: packaged(packaged(reading(number, channel), evidence), &service.greeting),
                channel,
                confidence: GREETING,
                place: &place,
                evidence,
            };
            found.extend(sign.found());
        }
    }
}

/// Libraries in scripts.
pub(super) fn scripts(scripts: &Scripts, found: &mut Vec<Found>) {
    let inline = scripts.inline.iter().map(|library| (scripts.page.as_str(), library));
    let loaded = scripts.scripts.iter().flat_map(|script| script.libraries.iter().map(|library| (script.url.as_str(), library)));
    found.extend(inline.chain(loaded).filter_map(|(place, library)| self::library(place, library)));
    found.extend(scripts.scripts.iter().filter_map(|script| addressed(&script.url)));
}

/// The library that an address names. Whether the script could be read or not, the page loads it.
fn addressed(url: &str) -> Option<Found> {
    let (product, version) = addresses::library(url)?;
    let sign = Sign {
        products: vec![product],
        version: reading(version, Channel::FileName),
        channel: Channel::FileName,
        confidence: ADDRESS,
        place: url,
        evidence: url,
        ..Sign::default()
    };
    sign.found()
}

/// Products behind the entrances of the page's own host; what stands on others is of their subjects.
pub(super) fn entrances(entrances: &Entrances, found: &mut Vec<Found>) {
    let host = |url: &str| url.split('/').nth(2).map(str::to_owned);
    for page in entrances.entrances.iter().filter_map(|entrance| entrance.page.seen()) {
        let Some(product) = page.product.as_deref().filter(|_| host(&page.url) == host(&entrances.page)) else { continue };
        let sign = Sign {
            names: vec![product],
            channel: Channel::Page,
            confidence: ENTRANCE,
            place: &page.url,
            evidence: page.signs.first().map_or("", String::as_str),
            ..Sign::default()
        };
        // What the table does not know goes by a name of our own, by which no advisory knows it.
        if sign.is_known() {
            found.extend(sign.found());
        }
    }
}

fn library(place: &str, library: &Library) -> Option<Found> {
    let npm = library.npm.as_deref().and_then(|name| {
        let (scope, name) = name.rsplit_once('/').map_or((None, name), |(scope, name)| (Some(scope), name));
        package("npm", scope, name).ok()
    });
    let confidence = match library.by {
        Channel::Digest => 100,
        Channel::Content => 95,
        _ => ADDRESS,
    };
    let sign = Sign {
        names: vec![&library.name],
        products: npm.into_iter().collect(),
        version: reading(&library.version, library.by),
        channel: library.by,
        confidence,
        place,
        evidence: &library.matched,
    };
    sign.found()
}

/// What another scanner saw of a service: `443/tcp https nginx 1.24`, as imports write it. Which of the words are the protocol and which the
/// product is told by the table of products; where it knows neither, the first word is the protocol.
pub(super) fn sighting(sighting: &Sighting, found: &mut Vec<Found>) {
    let Some((port, rest)) = sighting.what.split_once(' ') else { return };
    let Some((port, "tcp" | "udp")) = port.split_once('/') else { return };
    let (words, version) = worded(rest);
    let behind = words.split_once(' ').map(|(_, product)| product);
    let name = match behind {
        Some(behind) if known().of_name(words).is_none() => behind,
        _ => words,
    };
    let place = format!("{}:{port}", sighting.asset.key);
    let sign = Sign {
        names: vec![name],
        version: packaged(reading(version, Channel::Import), version),
        channel: Channel::Import,
        confidence: IMPORT,
        place: &place,
        evidence: &sighting.what,
        ..Sign::default()
    };
    // A lone word is a protocol unless it is known for a product.
    if sign.is_known() || behind.is_some() {
        found.extend(sign.found());
    }
}

fn channel(by: VersionSource) -> Channel {
    match by {
        VersionSource::Name => Channel::FileName,
        VersionSource::Page => Channel::Page,
        VersionSource::Banner => Channel::Banner,
        VersionSource::Protocol => Channel::Protocol,
    }
}

/// The spelling that a fingerprint gives, where it is one.
fn product(cpe: Option<&str>) -> Vec<Product> {
    cpe.and_then(|cpe| from_cpe(cpe).ok()).map(|cpe| cpe.product).into_iter().collect()
}

fn vendor_and_name(vendor: Option<&str>, name: &str) -> String {
    vendor.map_or_else(|| name.to_owned(), |vendor| format!("{vendor} {name}"))
}

/// The version, as that of a distribution's package where the text that told it bears a distribution's mark.
fn packaged(version: Reading, evidence: &str) -> Reading {
    match version.told {
        Told::Exact if evidence.contains(&version.number) && is_distribution(evidence) => {
            Reading { told: Told::Backported, ..version }
        }
        _ => version,
    }
}
