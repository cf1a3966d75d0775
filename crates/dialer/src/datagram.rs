//! One datagram and its answer, for protocols that speak UDP.
//!
//! Invariant: as for connections: guard, limiter and account, for the repetition too.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use model::observation::{Failure, FailureClass};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::connection::{Attempt, connect_failure};
use crate::dialer::{Dialer, seconds};
use crate::guard::Guard;
use crate::permit::Permit;

/// Longest answer that is read: the longest there is (RFC 768).
const LONGEST: usize = 65_536;
/// How often the question is sent.
const ATTEMPTS: u32 = 2;

impl Dialer {
    /// Sends `payload` to a UDP port and gives the first datagram that comes back from there; one from elsewhere does not count. The
    /// question is sent again after half of `limit`. Waiting for the limiter does not count.
    ///
    /// # Errors
    /// [`FailureClass::ConnectionRefused`] when the host says that nothing listens (ICMP), [`FailureClass::ReadTimeout`] when it is
    /// silent, and what the guard says.
    pub async fn datagram(
        &self,
        permit: &Permit,
        host: &str,
        ip: IpAddr,
        port: u16,
        payload: &[u8],
        limit: Duration,
    ) -> Result<Vec<u8>, Failure> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut attempt = Attempt::begin(self.contact(permit, &host, port), Arc::clone(&self.shared.account));
        let exchanging = async {
            Guard::check_port(permit.level(), port)?;
            self.check(&host, ip)?;
            self.exchange(&mut attempt, &host, SocketAddr::new(ip, port), payload, limit / ATTEMPTS).await
        };
        match exchanging.await {
            Ok(answer) => {
                attempt.answered(answer.len());
                Ok(answer)
            }
            Err(failure) => {
                attempt.fail(&failure);
                Err(failure)
            }
        }
    }

    async fn exchange(
        &self,
        attempt: &mut Attempt,
        host: &str,
        named: SocketAddr,
        payload: &[u8],
        patience: Duration,
    ) -> Result<Vec<u8>, Failure> {
        let own = |error| failure(named, &error);
        let _host_place = self.shared.limiter.host(host).await;
        let socket = self.udp(named.ip()).await.map_err(own)?;
        socket.connect(self.target(named.ip(), named.port())).await.map_err(own)?;
        let mut answer = vec![0; LONGEST];
        for _ in 0..ATTEMPTS {
            let _place = self.shared.limiter.address(named.ip()).await;
            // Waiting may have led past the end of the hours.
            self.shared.guard.check_time(self.now())?;
            attempt.dial(named.ip());
            let bytes = socket.send(payload).await.map_err(own)?;
            attempt.sent(bytes);
            if let Ok(received) = timeout(patience, socket.recv(&mut answer)).await {
                answer.truncate(received.map_err(own)?);
                return Ok(answer);
            }
        }
        let detail = format!("udp {named}: no answer within {} s", seconds(patience * ATTEMPTS));
        Err(Failure::new(FailureClass::ReadTimeout, detail))
    }

    async fn udp(&self, peer: IpAddr) -> io::Result<UdpSocket> {
        let any = if peer.is_ipv4() { IpAddr::from(Ipv4Addr::UNSPECIFIED) } else { Ipv6Addr::UNSPECIFIED.into() };
        let own = self.settings().source_address.filter(|own| own.is_ipv4() == peer.is_ipv4());
        UdpSocket::bind((own.unwrap_or(any), 0)).await
    }
}

fn failure(named: SocketAddr, error: &io::Error) -> Failure {
    let failure = connect_failure(&named.to_string(), error);
    Failure { detail: failure.detail.replacen("connect", "udp", 1), ..failure }
}
