//! What discovery starts from: names in facts that were observed or imported.

use std::collections::{BTreeMap, BTreeSet};

use model::facts::crawl::Crawl;
use model::facts::discovery::{Found, FoundBy};
use model::facts::dns::{Mx, ZoneDns};
use model::facts::mail::MailDns;
use model::facts::page::HomePage;
use model::name::HostName;
use url::Url;

/// Most names that are kept.
const NAMES: usize = 50_000;
/// Most sources of one name that are kept.
const SOURCES: usize = 10;

/// Names with what named them. Names of any domain may be put in; discovery takes those below its own.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    names: BTreeMap<String, BTreeSet<Found>>,
    kinds: BTreeSet<FoundBy>,
    cut: bool,
}

impl Hints {
    /// A name out of a source; `place` is the file, page, record or certificate where it stands. So certificates and imports come in.
    pub fn name(&mut self, name: &str, by: FoundBy, place: &str) {
        self.kinds.insert(by);
        if self.names.len() >= NAMES && !self.names.contains_key(name) {
            self.cut = true;
            return;
        }
        let sources = self.names.entry(name.to_owned()).or_default();
        if sources.len() < SOURCES {
            sources.insert(Found { by, place: place.to_owned() });
        }
    }

    /// The links of a page.
    pub fn page(&mut self, page: &HomePage) {
        self.kinds.insert(FoundBy::Link);
        for host in page.links.iter().filter_map(|link| link.host.as_ref()) {
            self.name(&host.ascii, FoundBy::Link, &page.url);
        }
    }

    /// The links outward, robots.txt and site maps of a crawl.
    pub fn crawl(&mut self, crawl: &Crawl) {
        self.kinds.extend([FoundBy::Link, FoundBy::Robots]);
        for link in &crawl.external {
            if let Some(host) = &link.host {
                self.name(&host.ascii, FoundBy::Link, &link.page);
            }
        }
        for host in crawl.robots.sitemaps.iter().filter_map(|map| Url::parse(map).ok()?.host_str().map(str::to_owned)) {
            self.name(&host, FoundBy::Robots, &crawl.start);
        }
        for host in &crawl.sitemap_hosts {
            self.name(host, FoundBy::Sitemap, &crawl.start);
        }
    }

    /// The name servers, mail exchangers and policy records of a zone.
    pub fn zone(&mut self, zone: &ZoneDns) {
        self.answers(&zone.zone, zone.ns.records(), zone.mx.records(), zone.txt.records());
    }

    /// The same out of single answers.
    pub(crate) fn answers(&mut self, zone: &str, ns: &[String], mx: &[Mx], txt: &[String]) {
        self.kinds.extend([FoundBy::Ns, FoundBy::Mx, FoundBy::Spf]);
        ns.iter().for_each(|name| self.name(name, FoundBy::Ns, zone));
        mx.iter().for_each(|mx| self.name(&mx.host, FoundBy::Mx, zone));
        txt.iter().for_each(|record| self.policy(record, zone));
    }

    /// The mail records of a domain.
    pub fn mail(&mut self, mail: &MailDns) {
        self.kinds.extend([FoundBy::Mx, FoundBy::Spf]);
        mail.mx.records().iter().for_each(|mx| self.name(&mx.host, FoundBy::Mx, &mail.domain));
        mail.spf.records.iter().for_each(|record| self.policy(record, &mail.domain));
    }

    fn policy(&mut self, record: &str, place: &str) {
        readers::found_names::in_spf(record).iter().for_each(|name| self.name(name, FoundBy::Spf, place));
    }

    /// The hosts below `domain`, several spellings of one joined.
    pub(crate) fn below(&self, domain: &str) -> BTreeMap<HostName, BTreeSet<Found>> {
        let mut hosts = BTreeMap::<HostName, BTreeSet<Found>>::new();
        for (name, sources) in &self.names {
            if let Some(host) = readers::found_names::below(domain, name) {
                hosts.entry(host).or_default().extend(sources.iter().cloned());
            }
        }
        hosts
    }

    pub(crate) fn kinds(&self) -> BTreeSet<FoundBy> {
        self.kinds.clone()
    }

    pub(crate) fn cut(&self) -> bool {
        self.cut
    }
}
