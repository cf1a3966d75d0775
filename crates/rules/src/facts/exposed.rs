//! Services that are open to the Internet on the site's own addresses, and which of them are of high risk (`data/high_risk_services.toml`).

use std::collections::BTreeSet;
use std::net::IpAddr;

use model::facts::Kind;
use model::facts::hosting::{Hosting, ProviderBy, ProviderRole, ProviderSign};
use model::facts::services::{Protocol, Service, Services, Transport};
use model::observation::Failure;
use model::text;
use model::verdict::{Grade, Judgement, Undetermined};
use model::view::View;

include!(concat!(env!("OUT_DIR"), "/high_risk.rs"));

/// What was found open on the site's own addresses.
#[derive(Debug)]
pub struct Open<'a> {
    /// The services, an address after another.
    pub services: Vec<&'a Service>,
    /// Ports that were tried.
    tried: usize,
    /// Addresses that were surveyed.
    addresses: usize,
    /// Addresses of a delivery network or protection service, which were left out: what is open there is the provider's.
    fronts: usize,
    /// Why an address was not surveyed to its end.
    unfinished: Option<&'a Failure>,
}

impl<'a> Open<'a> {
    /// Out of the survey.
    ///
    /// # Errors
    /// When there is none, or all addresses are those of a provider that stands in front.
    pub fn of(view: &View<'a>) -> Result<Self, Undetermined> {
        let survey = view.need::<Services>()?;
        let hosting = view.need::<Hosting>().ok();
        let (fronts, own): (Vec<_>, Vec<_>) =
            survey.addresses.iter().partition(|at| hosting.is_some_and(|of| is_front(of, at.ip)));
        if own.is_empty() {
            return Err(Undetermined::ambiguous(if fronts.is_empty() {
                text!(zh: "没有可探测的地址", en: "there was no address to survey")
            } else {
                text!(
                    zh: "地址均属于内容分发或防护服务，源站的端口不可见",
                    en: "all addresses are those of a delivery or protection service; the ports behind it are not seen"
                )
            }));
        }
        Ok(Self {
            services: own.iter().flat_map(|at| &at.open).collect(),
            tried: survey.ports.len() + survey.udp_ports.len(),
            addresses: own.len(),
            fronts: fronts.len(),
            unfinished: own.iter().find_map(|at| at.unfinished.as_ref()),
        })
    }

    /// Lets it count that something was not found open.
    ///
    /// # Errors
    /// When an address was not surveyed to its end, or no port was tried.
    pub fn absence(&self) -> Result<(), Undetermined> {
        if let Some(failure) = self.unfinished {
            return Err(Undetermined::failed(Kind::Services, failure));
        }
        if self.tried == 0 {
            return Err(Undetermined::ambiguous(text!(zh: "没有探测任何端口", en: "no port was tried")));
        }
        Ok(())
    }

    /// The judgement with the extent of the survey.
    pub fn described(&self, judgement: Judgement) -> Judgement {
        judgement
            .fact("addresses", self.addresses)
            .fact("addresses_in_front", self.fronts)
            .fact("ports_tried", self.tried)
            .fact("open", names(self.services.iter().copied()))
    }
}

/// True when what is open at an address is a provider's, who stands in front of the site.
fn is_front(hosting: &Hosting, ip: IpAddr) -> bool {
    let front = |sign: &ProviderSign| matches!(sign.role, ProviderRole::Cdn | ProviderRole::Waf);
    let at = hosting.addresses.iter().find(|address| address.ip == ip);
    // A header field or certificate may be that of a device in the institution's own rooms; an alias leads to the provider's addresses.
    let aliased = |sign: &ProviderSign| front(sign) && sign.by == ProviderBy::Alias;
    at.is_some_and(|at| at.providers.iter().any(front)) || hosting.providers.iter().any(aliased)
}

/// Port with transport, as baselines write it: `tcp/443`.
pub fn port(service: &Service) -> String {
    let transport = match service.transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    };
    format!("{transport}/{}", service.port)
}

/// Port and protocol: `tcp/2222 SSH`.
fn name(service: &Service) -> String {
    let protocol = service.protocol.map_or("?", |protocol| protocol.label().en);
    format!("{} {protocol}", port(service))
}

/// The services, each named once, ascending.
pub fn names<'a>(services: impl Iterator<Item = &'a Service>) -> String {
    let named: BTreeSet<(u16, String)> = services.map(|service| (service.port, name(service))).collect();
    named.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}

/// How grave it is that the service is open to everyone: by what it speaks, and by its port's number when nobody recognised that.
pub fn risk(service: &Service) -> Option<Grade> {
    match service.protocol {
        Some(spoken) => BY_PROTOCOL.iter().find(|(protocol, _)| *protocol == spoken).map(|(_, grade)| *grade),
        None => {
            let is_listed = service.transport == Transport::Tcp && usual_service(service.port).is_some();
            is_listed.then_some(Grade::Review)
        }
    }
}

/// What is usually behind a port of high risk.
pub fn usual_service(port: u16) -> Option<&'static str> {
    BY_PORT.iter().find(|(listed, _)| *listed == port).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rule on exposed stores reports them; files shared by SMB are no database.
    #[test]
    fn stores_are_left_to_their_own_rule() {
        let stores: Vec<Protocol> = BY_PROTOCOL.iter().map(|(spoken, _)| *spoken).filter(|spoken| spoken.is_store()).collect();
        assert_eq!(stores, [Protocol::Smb]);
    }

    #[test]
    fn what_is_spoken_comes_before_the_number() {
        let service = |protocol| Service { port: 23, protocol, ..Service::default() };
        assert_eq!(risk(&service(Some(Protocol::Telnet))), Some(Grade::Violation));
        assert_eq!(risk(&service(Some(Protocol::Http))), None);
        assert_eq!(risk(&service(None)), Some(Grade::Review));
        assert_eq!(risk(&Service { transport: Transport::Udp, ..service(None) }), None);
    }
}
