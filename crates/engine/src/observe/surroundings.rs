//! Mapping what stands around a site's home page: where its addresses are and what it is made of.
//!
//! Invariant: nothing here is sent above the level that the subject's grant allows; what is not allowed is written down as not permitted.

use dialer::permit::Permit;
use fingerprints::PageInput;
use geo::Signs;
use model::facts::crawl::{Crawl, Favicon};
use model::facts::discovery::FoundBy;
use model::facts::dns::HostDns;
use model::facts::hosting::Hosting;
use model::facts::page::HomePage;
use model::facts::technology::Technologies;
use model::facts::web::{Hop, PlainVisit, SecureVisit};
use model::institution::Application;
use model::name::HostName;
use model::observation::{Failure, FailureClass, Outcome};
use model::permission::AccessLevel;
use probe::discover::Hints;
use probe::probes::Fetched;
use tokio::sync::OnceCell;

use super::Notebook;
use super::site::{DNS, HTTP, address};
use crate::plan::Assignment;
use crate::{Engine, EngineError};

const HOSTING: &str = "hosting/1";
const DISCOVERY: &str = "discovery/1";
const TECHNOLOGIES: &str = "fingerprints/1";

/// What the ordinary look at a site brought.
pub(super) struct Sight<'a> {
    pub(super) site: &'a Application,
    pub(super) host: &'a HostName,
    pub(super) dns: &'a HostDns,
    /// The visit that reached the home page, or came closest to it.
    pub(super) fetched: Option<&'a Fetched>,
    pub(super) home: &'a Result<HomePage, Failure>,
    /// Whether robots.txt asks this product to stay away; asked when it is needed, and once.
    pub(super) asks_to_stay_away: OnceCell<bool>,
}

impl Sight<'_> {
    /// The port at which the site speaks https.
    pub(super) fn secure_port(&self) -> u16 {
        let registered = self.site.address.starts_with("https:").then_some(self.site.port).flatten();
        registered.unwrap_or(443)
    }

    /// Where the site begins: the address at which its page was reached, else where a visit starts.
    pub(super) fn start(&self) -> String {
        self.fetched.map_or_else(|| address("https", self.site), |fetched| fetched.visit.start.clone())
    }

    /// The domain whose names belong to the site.
    fn domain(&self) -> Option<HostName> {
        let registrable = self.host.registrable.as_deref()?;
        let is_portal = self.host.ascii == registrable || self.host.ascii.strip_prefix("www.") == Some(registrable);
        if is_portal { readers::names::host(registrable) } else { Some(self.host.clone()) }
    }
}

impl Engine {
    /// The picture alone: one visit, https first, and what stands around it.
    pub(super) async fn observe_map(
        &self,
        work: &Assignment,
        permit: &Permit,
        site: &Application,
        host: &HostName,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        let dns = self.observe_host(permit, host, notebook).await;
        let started = notebook.begin();
        let secure = self.probes.visit(permit, &address("https", site)).await;
        self.keep_body(&secure).await?;
        self.write_secure(&secure, started, notebook).await?;
        let plain = match &secure {
            // Nobody asks for it then: the page is the secure visit's.
            Ok(_) => Err(Failure::new(FailureClass::NotPermitted, "not visited")),
            Err(_) => {
                let started = notebook.begin();
                let plain = self.probes.visit(permit, &address("http", site)).await;
                self.keep_body(&plain).await?;
                let visit = plain.as_ref().map(|fetched| PlainVisit(fetched.visit.clone())).map_err(Failure::clone);
                notebook.write(HTTP, started, visit.into());
                plain
            }
        };
        let (home, _) = self.observe_home(&secure, &plain, notebook);
        let fetched = secure.as_ref().or(plain.as_ref()).ok();
        let sight = Sight { site, host, dns: &dns, fetched, home: &home, asks_to_stay_away: OnceCell::new() };
        self.observe_surroundings(work, permit, &sight, notebook).await
    }

    /// The site's wish to be left alone, whatever was granted.
    pub(super) async fn wish(&self, permit: &Permit, sight: &Sight<'_>) -> Option<Failure> {
        let start = sight.start();
        let ask = async || self.probes.robots(permit, &start).await.names_us;
        let stays_away = *sight.asks_to_stay_away.get_or_init(ask).await;
        let detail = || format!("{start}: robots.txt asks this product to stay away");
        stays_away.then(|| Failure::new(FailureClass::NotPermitted, detail()))
    }

    /// Where the addresses are, what the page is made of, and, as far as the grant allows, what listens beside it.
    pub(super) async fn observe_surroundings(
        &self,
        work: &Assignment,
        permit: &Permit,
        sight: &Sight<'_>,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        let maps = self.scope.maps();
        if maps {
            self.observe_elsewhere(permit, sight, notebook).await?;
        }
        let started = notebook.begin();
        let hosting = self.hosting(sight);
        // A map says that there is no database; to a rule, nothing was looked up.
        if maps || !hosting.sources.is_empty() {
            notebook.write(HOSTING, started, Outcome::Seen(hosting.clone()));
        }
        let crawl = self.observe_detectable(work, sight, &hosting, notebook).await?;
        let started = notebook.begin();
        let icon = crawl.as_ref().and_then(|crawl| crawl.favicon.as_ref());
        notebook.write(TECHNOLOGIES, started, self.technologies(sight, icon).into());
        if maps {
            self.observe_discovery(work, permit, sight, crawl.as_ref(), notebook).await;
        }
        Ok(())
    }

    /// Names below the site's own domain: the registrable one where the site is its portal, else the site's host. So nobody's grant for a
    /// part looks around in the whole.
    async fn observe_discovery(
        &self,
        work: &Assignment,
        visit: &Permit,
        sight: &Sight<'_>,
        crawl: Option<&Crawl>,
        notebook: &mut Notebook<'_>,
    ) {
        let Some(domain) = sight.domain() else { return };
        let started = notebook.begin();
        let mut hints = Hints::default();
        let handshake = sight.fetched.and_then(|fetched| fetched.handshake.as_ref());
        for name in handshake.iter().flat_map(|capture| &capture.handshake.chain).take(1).flat_map(|leaf| &leaf.names) {
            hints.name(name, FoundBy::Certificate, &sight.host.ascii);
        }
        self.mapping.names.iter().for_each(|(name, by, place)| hints.name(name, *by, place));
        sight.home.iter().for_each(|page| hints.page(page));
        crawl.into_iter().for_each(|crawl| hints.crawl(crawl));
        self.probes.zone_hints(visit, &domain, &mut hints).await;
        // The word list takes L2; everything else was seen on the way.
        let detectable = self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L2, "discovery").ok();
        let permit = detectable.as_ref().filter(|_| crawl.is_some()).unwrap_or(visit);
        let found = self.probes.discover(permit, &domain, &self.mapping.known, &hints).await;
        notebook.write(DISCOVERY, started, Outcome::Seen(found));
    }

    /// What the page is made of; of an answer that is no page of the site, what stands in front of it.
    fn technologies(&self, sight: &Sight<'_>, icon: Option<&Favicon>) -> Result<Technologies, Failure> {
        let Some((fetched, last)) = sight.fetched.and_then(|fetched| Some((fetched, fetched.visit.last()?))) else {
            return Err(sight.home.as_ref().err().cloned().unwrap_or_else(|| Failure::new(FailureClass::NotAPage, "no answer")));
        };
        let headers: Vec<(&str, &str)> =
            last.headers.iter().map(|header| (header.name.as_str(), header.value.as_str())).collect();
        // The values of cookies are not kept, so that only their names tell.
        let cookies: Vec<(&str, &str)> = last.cookies.iter().map(|cookie| (cookie.name.as_str(), "")).collect();
        let issuer = fetched.handshake.as_ref().and_then(|capture| capture.handshake.chain.first());
        let blocked = sight.home.is_err();
        let icons: Vec<fingerprints::Favicon> =
            icon.into_iter().map(|icon| fingerprints::Favicon { mmh3: icon.mmh3, md5: icon.md5.clone() }).collect();
        let page = PageInput {
            url: &last.url,
            status: last.status,
            headers: &headers,
            cookies: &cookies,
            html: fetched.html.as_deref().unwrap_or_default(),
            certificate_issuer: issuer.map_or("", |leaf| leaf.issuer.as_str()),
            favicons: &icons,
            blocked,
            ..PageInput::default()
        };
        let mut told = self.mapping.catalogue.page(&page);
        if blocked {
            // A device's page is not the site's: what it is made of says nothing of the site.
            told.found.clear();
        }
        Ok(told)
    }

    /// The host's addresses and its site from the other vantage points.
    async fn observe_elsewhere(
        &self,
        permit: &Permit,
        sight: &Sight<'_>,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        for vantage in &self.vantages {
            let started = notebook.begin();
            let dns = vantage.probes.host_dns(permit, sight.host).await;
            notebook.write_from(&vantage.name, DNS, started, Outcome::Seen(dns));
            let started = notebook.begin();
            let visit = vantage.probes.visit(permit, &address("https", sight.site)).await;
            self.keep_body(&visit).await?;
            let visit = visit.map(|fetched| SecureVisit(fetched.visit));
            notebook.write_from(&vantage.name, HTTP, started, visit.into());
        }
        Ok(())
    }

    fn hosting(&self, sight: &Sight<'_>) -> Hosting {
        let mut signs = Signs::default();
        let own = |hop: &&Hop| hop.host.ascii == sight.host.ascii;
        sight.fetched.iter().flat_map(|fetched| &fetched.visit.hops).filter(own).for_each(|hop| signs.add_hop(hop));
        let handshake = sight.fetched.and_then(|fetched| fetched.handshake.as_ref());
        let leaf = handshake.filter(|capture| capture.handshake.host == sight.host.ascii);
        let leaf = leaf.and_then(|capture| capture.handshake.chain.first());
        signs.certificate_names = leaf.map(|leaf| leaf.names.iter().map(String::as_str).collect()).unwrap_or_default();
        self.mapping.atlas.hosting(sight.dns, &signs)
    }
}
