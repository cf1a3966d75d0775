//! What is looked at only where the grant reaches L2: ports and services, TLS in depth, the site's own pages.
//!
//! Invariant: a shared address (of a CDN, an anycast range) is not the institution's, so no grant of the institution's reaches it: it is not
//! surveyed.

use std::net::IpAddr;

use dialer::permit::Permit;
use model::facts::Kind;
use model::facts::crawl::Crawl;
use model::facts::hosting::Hosting;
use model::facts::services::{AddressServices, Product, Service, Services};
use model::facts::tls::TlsSurvey;
use model::observation::{Failure, FailureClass, Outcome};
use model::permission::AccessLevel;

use super::Notebook;
use super::surroundings::Sight;
use crate::plan::Assignment;
use crate::{Engine, EngineError};

const SERVICES: &str = "services/1";
const SURVEY: &str = "tls-survey/1";
const CRAWL: &str = "crawl/1";
/// What takes L2.
const DETECTABLE: [Kind; 3] = [Kind::Services, Kind::TlsSurvey, Kind::Crawl];

impl Engine {
    /// Surveys what the grant allows, unless the host itself asks this product to stay away: its robots.txt is asked first.
    pub(super) async fn observe_detectable(
        &self,
        work: &Assignment,
        sight: &Sight<'_>,
        hosting: &Hosting,
        notebook: &mut Notebook<'_>,
    ) -> Result<Option<Crawl>, EngineError> {
        let wanted: Vec<Kind> = DETECTABLE.into_iter().filter(|kind| self.wants(*kind)).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let started = notebook.begin();
        let permit = match self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L2, "survey") {
            Ok(permit) => permit,
            Err(failure) => {
                notebook.write_failure(&wanted, SERVICES, started, &failure);
                return Ok(None);
            }
        };
        let start = sight.start();
        if let Some(failure) = self.wish(&permit, sight).await {
            notebook.write_failure(&wanted, SERVICES, started, &failure);
            return Ok(None);
        }
        if wanted.contains(&Kind::Services) {
            let services = self.services(&permit, sight, hosting).await;
            notebook.write(SERVICES, started, Outcome::Seen(services));
        }
        if wanted.contains(&Kind::TlsSurvey) {
            let started = notebook.begin();
            let survey = self.tls_survey(&permit, sight).await?;
            notebook.write(SURVEY, started, survey);
        }
        if !wanted.contains(&Kind::Crawl) {
            return Ok(None);
        }
        let started = notebook.begin();
        let crawled = self.probes.crawl(&permit, &start, &self.mapping.crawl).await;
        for (_, body) in &crawled.bodies {
            self.blobs.put(body).await?;
        }
        notebook.write(CRAWL, started, Outcome::Seen(crawled.crawl.clone()));
        Ok(Some(crawled.crawl))
    }

    async fn services(&self, permit: &Permit, sight: &Sight<'_>, hosting: &Hosting) -> Services {
        let shared = |ip: &IpAddr| hosting.addresses.iter().any(|place| place.ip == *ip && place.anycast);
        let (others, own): (Vec<IpAddr>, Vec<IpAddr>) = sight.dns.addresses().partition(shared);
        let mapping = &self.mapping;
        let mut services = self.probes.services(permit, &sight.host.ascii, &own, &mapping.ports, &mapping.udp_ports).await;
        services.addresses.iter_mut().flat_map(|address| &mut address.open).for_each(|open| self.recognise(open));
        services.addresses.extend(others.into_iter().map(not_ours));
        services.addresses.sort_by_key(|address| address.ip);
        services
    }

    /// Adds what the banner fingerprints know of a service.
    fn recognise(&self, open: &mut Service) {
        let banners = open.details.iter().filter_map(|(key, banner)| Some((key.strip_prefix("recog:")?, banner)));
        let known: Vec<_> = banners.flat_map(|(key, banner)| self.mapping.catalogue.banner(key, banner)).collect();
        for product in known {
            let same = |told: &&mut Product| told.name.eq_ignore_ascii_case(&product.name);
            match open.products.iter_mut().find(same) {
                // The protocol's own word stays; the fingerprint adds vendor and CPE.
                Some(told) => {
                    told.vendor = told.vendor.take().or(product.vendor);
                    told.cpe = told.cpe.take().or(product.cpe);
                    told.version = told.version.take().or(product.version);
                }
                None => open.products.push(product),
            }
        }
    }

    async fn tls_survey(&self, permit: &Permit, sight: &Sight<'_>) -> Result<Outcome<TlsSurvey>, EngineError> {
        let port = sight.secure_port();
        let captured = match self.probes.tls_survey(permit, &sight.host.ascii, None, port).await {
            Ok(captured) => captured,
            Err(failure) => return Ok(Outcome::Failed(failure)),
        };
        for der in &captured.chains_der {
            self.blobs.put(der).await?;
        }
        Ok(Outcome::Seen(captured.survey))
    }
}

/// An address that serves many.
fn not_ours(ip: IpAddr) -> AddressServices {
    let detail = format!("{ip} is a shared address of a CDN or an anycast range, which no grant of the institution's reaches");
    let unfinished = Some(Failure::new(FailureClass::NotPermitted, detail));
    AddressServices { ip, open: Vec::new(), closed: 0, silent: 0, unfinished }
}
