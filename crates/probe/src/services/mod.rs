//! The survey of services (L2): which ports are open, and what listens there.
//!
//! Invariant: at most [`CONNECTIONS`] connections and one port's time are spent on an open port, at most [`wire::TURN`] bytes are kept of
//! what a server says at a time, and nothing is said but the questions of [`readers::services`].

mod look;
mod wire;

use std::net::IpAddr;
use std::time::Duration;

use dialer::permit::Permit;
use dialer::survey::PortState;
use futures::StreamExt as _;
use model::facts::services::{AddressServices, Service, Services, Transport};
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;
use readers::services::{datagram, ports};

use self::look::Look;
use crate::probes::Probes;

/// Most connections to one open port, the survey's own apart.
const CONNECTIONS: usize = 16;
/// Open ports of one address that are looked at at a time. The limiter may let fewer through.
const AT_ONCE: usize = 8;
/// Most open ports of one address that are looked at: a host on which everything is open is a trap, or a protection device.
const OPEN: usize = 256;

/// How long is waited. Each is cut to the read time-out of the settings.
#[derive(Clone, Copy)]
struct Patience {
    /// For a greeting where the server usually waits for a question.
    greeting: Duration,
    /// For a greeting where the server usually speaks first: some look up our name before.
    usual_greeting: Duration,
    /// For the first bytes of an answer.
    answer: Duration,
    /// For more bytes of it.
    more: Duration,
    /// For everything at one port, waiting for the limiter included.
    port: Duration,
}

impl Patience {
    fn within(limit: Duration) -> Self {
        let at_most = |seconds: f64| Duration::from_secs_f64(seconds).min(limit);
        Self {
            greeting: at_most(1.0),
            usual_greeting: at_most(8.0),
            answer: at_most(4.0),
            more: at_most(1.5),
            port: Duration::from_secs(120).min(limit * 10),
        }
    }
}

impl Probes {
    /// Surveys the addresses of a host: the TCP ports among `ports` that are open, and the UDP ports that answer a harmless question, each
    /// with what it speaks. Ports are as addressed, before any port map. Needs a permit of L2.
    pub async fn services(
        &self,
        permit: &Permit,
        host: &str,
        addresses: &[IpAddr],
        ports: &[u16],
        udp_ports: &[u16],
    ) -> Services {
        let mut found =
            Services { host: host.into(), ports: ports.to_vec(), udp_ports: udp_ports.to_vec(), addresses: Vec::new() };
        for ip in addresses {
            found.addresses.push(self.services_of(permit, host, *ip, ports, udp_ports).await);
        }
        found
    }

    async fn services_of(&self, permit: &Permit, host: &str, ip: IpAddr, ports: &[u16], udp_ports: &[u16]) -> AddressServices {
        let mut found = AddressServices { ip, open: Vec::new(), closed: 0, silent: 0, unfinished: None };
        if permit.level() < AccessLevel::L2 {
            let detail = format!("{host}: a survey of services needs L2, the permit is for {:?}", permit.level());
            return AddressServices { unfinished: Some(Failure::new(FailureClass::NotPermitted, detail)), ..found };
        }
        let mut open = Vec::new();
        for (port, state) in self.dialer.survey(permit, host, ip, ports).await {
            match state {
                PortState::Open => open.push(port),
                PortState::Closed => found.closed += 1,
                PortState::Silent => found.silent += 1,
                PortState::Failed(failure) => _ = found.unfinished.get_or_insert(failure),
            }
        }
        if open.len() > OPEN {
            let detail = format!("{ip}: {} ports are open, {OPEN} of them were looked at", open.len());
            found.unfinished.get_or_insert(Failure::new(FailureClass::TooLarge, detail));
            open.truncate(OPEN);
        }
        let patience = Patience::within(self.dialer.settings().read_timeout());
        let looks = open.into_iter().map(|port| Look::new(self, permit, host, ip, port, patience).run());
        found.open = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
        for port in udp_ports {
            found.open.extend(self.datagram_service(permit, host, ip, *port, patience).await);
        }
        found.open.sort_by_key(|service| (service.port, service.transport));
        found
    }

    /// A UDP port that does not answer is not known to be open: it is left out.
    async fn datagram_service(&self, permit: &Permit, host: &str, ip: IpAddr, port: u16, patience: Patience) -> Option<Service> {
        for protocol in ports::hints(Transport::Udp, port) {
            let Some((question, read)) = datagram(*protocol) else { continue };
            let Ok(answer) = self.dialer.datagram(permit, host, ip, port, &question, patience.answer).await else { continue };
            // An answer that is the question is an echo.
            let service = read(&answer).filter(|_| answer != question).unwrap_or_else(|| readers::services::unknown(&answer));
            return Some(Service { port, transport: Transport::Udp, ..service });
        }
        None
    }
}
