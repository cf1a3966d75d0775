//! The probes that the engine runs.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use dialer::dialer::Dialer;
use dialer::permit::Permit;
use model::facts::dns::{Answer, HostDns, ZoneDns};
use model::facts::mail::MailDns;
use model::facts::web::Visit;
use model::name::HostName;
use model::observation::{Failure, FailureClass, Outcome};

use crate::mail;
use crate::tls::{Tls, TlsCapture};
use crate::walk::{Depth, Walk};

/// What the probes share.
pub struct Probes {
    pub(crate) dialer: Dialer,
    pub(crate) tls: Tls,
}

/// Why probes cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// A file with root certificates cannot be read.
    #[error("net.extra_root_certificates: cannot read {} as PEM certificates", path.display())]
    RootFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// A root certificate is none.
    #[error("net.extra_root_certificates: a certificate in {} cannot be a root", path.display())]
    RootCertificate {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: webpki::Error,
    },
    /// The TLS library refuses its own defaults.
    #[error("set up TLS")]
    Tls(#[source] rustls::Error),
}

/// A visit with what it brought.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The facts.
    pub visit: Visit,
    /// The first TLS handshake of the visit.
    pub handshake: Option<TlsCapture>,
    /// The last answer's body after content decoding, up to the limit; `None` when the chain broke.
    pub body: Option<Vec<u8>>,
    /// Its text, when it is HTML.
    pub html: Option<String>,
}

impl Fetched {
    /// The same visit as if it had started at `start`, when its redirects lead there from http: the handshake is then that of `start`.
    /// So a site that redirects to https is visited once for both of its addresses.
    pub fn from_redirect(&self, start: &str) -> Option<Self> {
        let first_secure = self.visit.hops.iter().position(|hop| hop.url.starts_with("https:"))?;
        let tail = self.visit.hops.get(first_secure..).filter(|tail| tail.first().is_some_and(|hop| hop.url == start))?;
        let visit = Visit { start: start.to_owned(), hops: tail.to_vec(), ..self.visit.clone() };
        Some(Self { visit, ..self.clone() })
    }
}

impl Probes {
    /// The least time between two requests of one visitor: those over one connection do not pass the limiter of connections.
    pub(crate) fn pace(&self) -> Duration {
        Duration::from_secs(1) / self.dialer.settings().per_ip_rate.max(1)
    }

    /// Probes over `dialer`.
    ///
    /// # Errors
    /// When the extra root certificates cannot be used.
    pub fn new(dialer: Dialer) -> Result<Self, ProbeError> {
        let tls = Tls::new(dialer.settings())?;
        Ok(Self { dialer, tls })
    }

    /// Addresses and aliases of a host. An address literal stands for itself, without a question.
    pub async fn host_dns(&self, permit: &Permit, host: &HostName) -> HostDns {
        let literal = |a, aaaa| HostDns { name: host.ascii.clone(), aliases: Vec::new(), a, aaaa };
        match host.ascii.parse() {
            Ok(IpAddr::V4(ip)) => literal(Answer::Records(vec![ip]), Answer::Empty),
            Ok(IpAddr::V6(ip)) => literal(Answer::Empty, Answer::Records(vec![ip])),
            Err(_) => self.dialer.dns().host(permit, &host.ascii).await,
        }
    }

    /// Records of the zone at `domain`, which is a registrable domain. The answers are kept for all subjects below it.
    pub async fn zone_dns(&self, permit: &Permit, domain: &HostName) -> ZoneDns {
        self.dialer.dns().zone(permit, &domain.ascii).await
    }

    /// Mail records of a domain.
    pub async fn mail_dns(&self, permit: &Permit, domain: &HostName) -> MailDns {
        mail::records(self.dialer.dns(), permit, domain).await
    }

    /// Visits an http or https address and follows redirects, as a browser without scripts.
    ///
    /// # Errors
    /// Only when not one answer came; with the failure of the first address. A chain that breaks later is a visit that says so.
    pub async fn visit(&self, permit: &Permit, start: &str) -> Result<Fetched, Failure> {
        let mut walked = Walk::new(&self.dialer, &self.tls, permit, Depth::Page).run(start).await?;
        let handshake = walked.handshake.take();
        let (visit, page) = walked.seen(start);
        let (body, html) = page.map_or((None, None), |page| (Some(page.content.bytes), page.html));
        Ok(Fetched { visit, handshake, body, html })
    }

    /// Looks whether a link leads anywhere: the status at the end of its redirects, by GET, because many servers answer HEAD wrongly. The
    /// body is not read.
    pub async fn link_look(&self, permit: &Permit, url: &str) -> Outcome<u16> {
        let walked = match Walk::new(&self.dialer, &self.tls, permit, Depth::Status).run(url).await {
            Ok(walked) => walked,
            Err(failure) => return Outcome::Failed(failure),
        };
        match (walked.broken, walked.hops.last()) {
            (Some(failure), _) => Outcome::Failed(failure),
            (None, Some(hop)) => Outcome::Seen(hop.status),
            (None, None) => Outcome::Failed(Failure::new(FailureClass::ToolFailed, format!("{url}: no answer was recorded"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::facts::web::Hop;

    fn fetched(urls: &[&str]) -> Fetched {
        let hop = |url: &&str| Hop {
            url: (*url).into(),
            host: HostName::default(),
            ip: IpAddr::from([192, 0, 2, 1]),
            version: "HTTP/1.1".into(),
            status: 200,
            headers: Vec::new(),
            cookies: Vec::new(),
            hsts: None,
            redirect: None,
        };
        let visit = Visit { start: urls[0].into(), hops: urls.iter().map(hop).collect(), broken: None, body: None };
        Fetched { visit, handshake: None, body: None, html: None }
    }

    #[test]
    fn a_redirect_to_https_is_both_visits() {
        let secure = "https://www.x.gov.cn/";
        let tail = fetched(&["http://www.x.gov.cn/", secure, "https://www.x.gov.cn/a"]).from_redirect(secure).expect("the tail");
        assert_eq!((tail.visit.start.as_str(), tail.visit.hops.len()), (secure, 2));
        // The first handshake is another host's.
        assert!(fetched(&["http://www.x.gov.cn/", "https://sso.gov.cn/", secure]).from_redirect(secure).is_none());
        assert!(fetched(&["http://www.x.gov.cn/"]).from_redirect(secure).is_none());
    }
}
