//! Looking at a web site: names, then both visits, then the page, then the browser, then the links.

use dialer::permit::Permit;
use jiff::Timestamp;
use model::facts::dns::{HostDns, ZoneDns};
use model::facts::register::Register;
use model::facts::tls::TlsHandshake;
use model::facts::web::{PlainVisit, SecureVisit};
use model::facts::{Fact, Kind};
use model::institution::Application;
use model::name::HostName;
use model::observation::{Failure, FailureClass, Outcome};
use model::permission::AccessLevel;
use probe::probes::Fetched;
use tokio::sync::OnceCell;

use super::Notebook;
use super::surroundings::Sight;
use crate::plan::Assignment;
use crate::{Engine, EngineError, Scope};

pub(super) const DNS: &str = "dns/1";
pub(super) const HTTP: &str = "http/1";
const TLS: &str = "tls/1";
/// Everything that a site's probes can observe.
const ALL: [Kind; 9] = [
    Kind::HostDns,
    Kind::ZoneDns,
    Kind::PlainVisit,
    Kind::SecureVisit,
    Kind::TlsHandshake,
    Kind::HomePage,
    Kind::RenderedPage,
    Kind::ClickTest,
    Kind::LinkChecks,
];

impl Engine {
    pub(super) async fn observe_site(&self, work: &Assignment, notebook: &mut Notebook<'_>) -> Result<(), EngineError> {
        let started = notebook.begin();
        let application = Register::of(&work.ledger).map(|register| &register.application);
        let Some((site, host)) = application.and_then(|site| Some((site, site.host.as_ref()?))) else {
            let failure = Failure::new(FailureClass::NameNotFound, "the ledger holds no host");
            notebook.write_failure(&ALL, DNS, started, &failure);
            return Ok(());
        };
        let permit = match self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L1, "site visit") {
            Ok(permit) => permit,
            Err(failure) => {
                notebook.write_failure(&ALL, DNS, started, &failure);
                return Ok(());
            }
        };
        if self.scope == Scope::Map {
            return self.observe_map(work, &permit, site, host, notebook).await;
        }
        let dns = self.observe_host(&permit, host, notebook).await;
        self.observe_zone(&permit, host, notebook).await;
        let started = notebook.begin();
        let plain = self.probes.visit(&permit, &address("http", site)).await;
        self.keep_body(&plain).await?;
        let visit = plain.as_ref().map(|fetched| PlainVisit(fetched.visit.clone())).map_err(Failure::clone);
        notebook.write(HTTP, started, visit.into());
        let secure_start = address("https", site);
        let secure = match plain.as_ref().ok().and_then(|fetched| fetched.from_redirect(&secure_start)) {
            Some(fetched) => Ok(fetched),
            None => self.probes.visit(&permit, &secure_start).await,
        };
        self.keep_body(&secure).await?;
        self.write_secure(&secure, started, notebook).await?;
        let home = self.observe_pages(&permit, &secure, &plain, notebook).await?;
        let fetched = secure.as_ref().or(plain.as_ref()).ok();
        let sight = Sight { site, host, dns: &dns, fetched, home: &home, asks_to_stay_away: OnceCell::new() };
        self.observe_client_side(&permit, &sight, notebook).await?;
        self.observe_surroundings(work, &permit, &sight, notebook).await?;
        self.observe_entrances(work, &permit, &sight, notebook).await?;
        self.observe_active(work, &sight, notebook).await;
        Ok(())
    }

    pub(super) async fn observe_host(&self, permit: &Permit, host: &HostName, notebook: &mut Notebook<'_>) -> HostDns {
        let started = notebook.begin();
        let seen = self.probes.host_dns(permit, host).await;
        notebook.write(DNS, started, Outcome::Seen(seen.clone()));
        seen
    }

    async fn observe_zone(&self, permit: &Permit, host: &HostName, notebook: &mut Notebook<'_>) {
        if let Some(domain) = host.registrable.as_deref().and_then(readers::names::host) {
            let started = notebook.begin();
            let seen: Outcome<ZoneDns> = Outcome::Seen(self.probes.zone_dns(permit, &domain).await);
            notebook.write(DNS, started, seen);
        }
    }

    pub(super) async fn keep_body(&self, visit: &Result<Fetched, Failure>) -> Result<(), EngineError> {
        if let Some(body) = visit.as_ref().ok().and_then(|fetched| fetched.body.as_ref()) {
            self.blobs.put(body).await?;
        }
        Ok(())
    }

    /// The https visit and its first handshake are two observations of one connection.
    pub(super) async fn write_secure(
        &self,
        secure: &Result<Fetched, Failure>,
        started: Timestamp,
        notebook: &mut Notebook<'_>,
    ) -> Result<(), EngineError> {
        let (visit, handshake) = match secure {
            Ok(fetched) => {
                for der in fetched.handshake.iter().flat_map(|capture| &capture.chain_der) {
                    self.blobs.put(der).await?;
                }
                let none = || Failure::new(FailureClass::TlsFailed, "no handshake was recorded");
                let handshake = fetched.handshake.as_ref().map(|capture| capture.handshake.clone()).ok_or_else(none);
                (Outcome::Seen(SecureVisit(fetched.visit.clone())), Outcome::<TlsHandshake>::from(handshake))
            }
            Err(failure) => (Outcome::Failed(failure.clone()), Outcome::Failed(failure.clone())),
        };
        notebook.write(HTTP, started, visit);
        notebook.write(TLS, started, handshake);
        Ok(())
    }
}

/// Where a visit by `scheme` starts. A registered port belongs to the registered scheme; the other scheme is tried at its own port.
pub(super) fn address(scheme: &str, site: &Application) -> String {
    let registered = site.address.split_once("://").map_or("http", |(scheme, _)| scheme);
    let host = site.host.as_ref().map_or("", |host| host.ascii.as_str());
    let port = site.port.filter(|_| registered.eq_ignore_ascii_case(scheme)).map_or_else(String::new, |port| format!(":{port}"));
    let path = &site.path;
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let slash = if is_file { "" } else { "/" };
    format!("{scheme}://{host}{port}{path}{slash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(address: &str, port: Option<u16>, path: &str) -> Application {
        let host = HostName { ascii: "www.x.gov.cn".into(), ..HostName::default() };
        Application { address: address.into(), host: Some(host), port, path: path.into(), ..Application::default() }
    }

    #[test]
    fn a_registered_port_belongs_to_its_scheme() {
        let portal = site("www.x.gov.cn", None, "");
        assert_eq!(address("https", &portal), "https://www.x.gov.cn/");
        let office = site("https://www.x.gov.cn:8443/oa/", Some(8443), "/oa");
        assert_eq!(address("https", &office), "https://www.x.gov.cn:8443/oa/");
        assert_eq!(address("http", &office), "http://www.x.gov.cn/oa/");
        assert_eq!(
            address("http", &site("http://www.x.gov.cn/a/index.html", None, "/a/index.html")),
            "http://www.x.gov.cn/a/index.html"
        );
    }
}
