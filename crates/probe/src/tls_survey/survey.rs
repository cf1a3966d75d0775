//! The survey of one port: version after version, what each accepts by elimination, and what the flights show on the way.

use std::net::IpAddr;

use dialer::connection::Connection;
use dialer::permit::Permit;
use model::facts::tls::{TlsChain, TlsSurvey, TlsVersionSupport, Trust};
use model::observation::{Failure, FailureClass};
use readers::certificate;
use readers::tls::Version;
use readers::tls::hello::ClientHello;
use readers::tls::names::{self, Agreement};
use readers::tls::server::KeyExchange;
use rustls_pki_types::CertificateDer;
use tokio::time::timeout;

use super::ask::{self, OldReply, Reply, Shown};
use super::opening::Opening;
use super::{CONNECTIONS, TlsSurveyCapture};
use crate::probes::Probes;

/// Versions in the order in which they are asked for: those that most servers speak first, so that a port without TLS is known soon.
const ORDER: [Version; 7] =
    [Version::Tls12, Version::Tls13, Version::Tlcp, Version::Tls11, Version::Tls10, Version::Ssl3, Version::Ssl2];
/// Versions that may fail one after the other before the rest is not asked for.
const PATIENCE: usize = 3;
/// Application protocols that are asked for.
const PROTOCOLS: [&str; 3] = ["h2", "http/1.1", "http/1.0"];
/// The alert "protocol version".
const PROTOCOL_VERSION: u8 = 70;
const X25519: u16 = 29;

/// A survey under way.
pub(super) struct Survey<'a> {
    probes: &'a Probes,
    permit: &'a Permit,
    host: &'a str,
    port: u16,
    opening: Opening,
    facts: TlsSurvey,
    chains_der: Vec<Vec<u8>>,
    /// Whether a connection was ever made.
    reached: bool,
    /// Whether groups and application protocols of a version before 1.3 are known already.
    curves_known: bool,
    protocols_known: bool,
}

/// What hellos of one version offer.
#[derive(Clone)]
struct Offer {
    version: Version,
    suites: Vec<u16>,
    groups: Vec<u16>,
    alpn: Vec<&'static str>,
    /// Whether a key share comes with it.
    share: bool,
    extensions: bool,
}

impl Offer {
    fn all(version: Version) -> Self {
        let (suites, groups) = (names::suites(version).to_vec(), names::groups(version));
        Self { version, suites, groups, alpn: Vec::new(), share: false, extensions: true }
    }

    /// A second form, for servers that choke on the first: shorter, with a key share, and without extensions where the standard has none.
    fn plain(version: Version) -> Self {
        let suites = names::common_suites(version);
        Self { suites, share: true, extensions: version != Version::Tlcp, ..Self::all(version) }
    }
}

/// A server's answer to an offer.
enum Pick {
    Chosen(Box<Shown>),
    /// Not this; and whether it is the version that it will not have.
    Refused {
        version: bool,
    },
    Closed(Failure),
}

impl<'a> Survey<'a> {
    pub(super) fn new(
        probes: &'a Probes,
        permit: &'a Permit,
        host: &'a str,
        ip: Option<IpAddr>,
        port: u16,
        opening: Opening,
    ) -> Self {
        let facts = TlsSurvey { host: host.to_owned(), ip, port, ..TlsSurvey::default() };
        Self {
            probes,
            permit,
            host,
            port,
            opening,
            facts,
            chains_der: Vec::new(),
            reached: false,
            curves_known: false,
            protocols_known: false,
        }
    }

    pub(super) async fn run(mut self) -> Result<TlsSurveyCapture, Failure> {
        let mut found: Vec<(Version, TlsVersionSupport)> = Vec::new();
        let (mut closed, mut failures) = (Vec::new(), Vec::new());
        for version in ORDER {
            let mut support = TlsVersionSupport { version: version.name().into(), ..TlsVersionSupport::default() };
            let asked = match failures.get(PATIENCE - 1) {
                Some(failure) => Err(Failure::clone(failure)),
                None => self.version(version, &mut support).await,
            };
            match asked {
                Ok(None) => failures.clear(),
                Ok(Some(failure)) => {
                    support.failure = Some(failure);
                    closed.push(version);
                    failures.clear();
                }
                Err(failure) if !self.reached => return Err(failure),
                Err(failure) => {
                    support.failure = Some(failure.clone());
                    failures.push(failure);
                }
            }
            found.push((version, support));
        }
        let spoken = found.iter().any(|(_, support)| support.spoken == Some(true));
        if !spoken && found.iter().all(|(_, support)| support.spoken.is_none()) {
            let first = found.into_iter().find_map(|(_, support)| support.failure);
            return Err(first.unwrap_or_else(|| Failure::new(FailureClass::ToolFailed, "no version was asked for")));
        }
        for (_, support) in found.iter_mut().filter(|(version, _)| spoken && closed.contains(version)) {
            // A server that speaks another version is there and closes on this one, twice: that is a refusal.
            (support.spoken, support.failure) = (Some(false), None);
        }
        if self.facts.chains.is_empty() && self.facts.chain_failure.is_none() && spoken {
            self.handshake(&found).await;
        }
        found.sort_by_key(|(version, _)| *version);
        self.facts.versions = found.into_iter().map(|(_, support)| support).collect();
        Ok(TlsSurveyCapture { survey: self.facts, chains_der: self.chains_der })
    }

    /// Finds out about one version. The failure in `Ok` says that the server closed the connection on every hello.
    async fn version(&mut self, version: Version, support: &mut TlsVersionSupport) -> Result<Option<Failure>, Failure> {
        if version == Version::Ssl2 {
            return self.ssl2(support).await;
        }
        let mut offer = Offer::all(version);
        let mut first = self.pick(&offer).await?;
        if matches!(first, Pick::Refused { version: false } | Pick::Closed(_)) {
            offer = Offer::plain(version);
            first = self.pick(&offer).await?;
        }
        let shown = match first {
            Pick::Chosen(shown) => shown,
            Pick::Refused { .. } => {
                support.spoken = Some(false);
                return Ok(None);
            }
            Pick::Closed(failure) => return Ok(Some(failure)),
        };
        support.spoken = Some(true);
        // From here on a failure leaves the lists short, and says so.
        support.failure = self.details(offer, *shown, support).await.err();
        Ok(None)
    }

    /// Everything about a version that is spoken.
    async fn details(&mut self, mut offer: Offer, first: Shown, support: &mut TlsVersionSupport) -> Result<(), Failure> {
        let offered = offer.suites.clone();
        let (mut taken, mut next) = (Vec::new(), Some(first));
        while let Some(shown) = next {
            taken.push(shown.hello.suite);
            support.suites.push(names::suite(shown.hello.suite));
            if let Some(KeyExchange::FiniteField(bits)) = shown.exchange {
                support.dh_bits = Some(support.dh_bits.map_or(bits, |least| least.min(bits)));
            }
            offer.suites.retain(|suite| *suite != shown.hello.suite);
            next = self.next(&offer).await?;
        }
        support.server_order = self.server_order(&offer, &offered, &taken).await?;
        self.groups(&mut offer, &taken, support).await?;
        self.protocols(&mut offer, &taken).await
    }

    /// Whether the server's order decides: offered the other way round, its first choice is the same.
    async fn server_order(&mut self, offer: &Offer, offered: &[u16], taken: &[u16]) -> Result<Option<bool>, Failure> {
        let [first, _, ..] = taken else { return Ok(None) };
        if offered.iter().find(|suite| taken.contains(suite)) != Some(first) {
            return Ok(Some(true));
        }
        let suites: Vec<u16> = taken.iter().rev().copied().collect();
        let Some(shown) = self.next(&Offer { suites: suites.clone(), ..offer.clone() }).await? else {
            return Ok(None);
        };
        Ok(match shown.hello.suite {
            suite if suite == *first => Some(true),
            suite if Some(&suite) == suites.first() => Some(false),
            _ => None,
        })
    }

    /// Groups by elimination: of TLS 1.3, and of one older version. An ECDSA certificate needs its own curve offered before TLS 1.3, so
    /// where a server has no other kind, those that it likes less than that curve are not found.
    async fn groups(&mut self, offer: &mut Offer, taken: &[u16], support: &mut TlsVersionSupport) -> Result<(), Failure> {
        let thirteen = offer.version == Version::Tls13;
        let fits = |suite: &&u16| thirteen || names::agreement(**suite) == Agreement::Curve;
        offer.suites = taken.iter().filter(fits).copied().collect();
        if offer.suites.is_empty() || !thirteen && self.curves_known {
            return Ok(());
        }
        self.curves_known |= !thirteen;
        let all = offer.groups.clone();
        while let Some(shown) = self.next(offer).await? {
            let group = match (shown.hello.group, shown.exchange) {
                (Some(group), _) | (None, Some(KeyExchange::Group(group))) => group,
                _ => break,
            };
            if !offer.groups.contains(&group) {
                break;
            }
            support.groups.push(names::group(group));
            offer.groups.retain(|other| *other != group);
            if offer.groups.is_empty() {
                break;
            }
        }
        offer.groups = all;
        Ok(())
    }

    /// Application protocols by elimination, in one version before 1.3, where they can be seen.
    async fn protocols(&mut self, offer: &mut Offer, taken: &[u16]) -> Result<(), Failure> {
        let visible = matches!(offer.version, Version::Tls10 | Version::Tls11 | Version::Tls12);
        if !visible || self.protocols_known || self.opening != Opening::Direct {
            return Ok(());
        }
        self.protocols_known = true;
        (offer.suites, offer.alpn) = (taken.to_vec(), PROTOCOLS.to_vec());
        while let Some(protocol) = self.next(offer).await?.and_then(|shown| shown.hello.alpn) {
            let before = offer.alpn.len();
            offer.alpn.retain(|other| *other != protocol);
            if offer.alpn.len() < before {
                self.facts.alpn.push(protocol);
            }
            if offer.alpn.is_empty() || offer.alpn.len() == before {
                break;
            }
        }
        Ok(())
    }

    /// The choice out of what is left; `None` when there is none.
    async fn next(&mut self, offer: &Offer) -> Result<Option<Shown>, Failure> {
        if offer.suites.is_empty() {
            return Ok(None);
        }
        match self.pick(offer).await? {
            Pick::Chosen(shown) => Ok(Some(*shown)),
            // A server that has chosen before and now closes refuses what is left.
            Pick::Refused { .. } | Pick::Closed(_) => Ok(None),
        }
    }

    /// Makes an offer on a connection of its own.
    async fn pick(&mut self, offer: &Offer) -> Result<Pick, Failure> {
        let version = offer.version.name();
        let host = self.host;
        let named = |failure: Failure| Failure::new(failure.class, format!("{version} with {host}: {}", failure.detail));
        let hello = ClientHello {
            version: offer.version,
            random: rand::random(),
            suites: &offer.suites,
            groups: &offer.groups,
            share: None,
            server_name: Some(self.host).filter(|host| host.parse::<IpAddr>().is_err()),
            alpn: &offer.alpn,
            extensions: offer.extensions,
        };
        // Every 32 bytes are a point of x25519 (RFC 7748, 5), so a share needs no key.
        let key: [u8; 32] = rand::random();
        let share = Some((X25519, &key[..])).filter(|_| offer.share && offer.groups.contains(&X25519));
        let record = ClientHello { share, ..hello }.record();
        let limit = self.probes.dialer.settings().read_timeout();
        let reply = match self.connect().await {
            Ok(mut stream) => ask::ask(&mut stream, &record, limit).await,
            Err(failure) => Err(failure),
        };
        let shown = match reply.map_err(named)? {
            Reply::Chosen(shown) => shown,
            Reply::Refused(alert) => return Ok(Pick::Refused { version: alert == PROTOCOL_VERSION }),
            Reply::Closed(failure) => return Ok(Pick::Closed(named(failure))),
        };
        if shown.hello.version != offer.version.number() {
            return Ok(Pick::Refused { version: true });
        }
        if !offer.suites.contains(&shown.hello.suite) {
            let detail = format!("the server chose {}, which was not offered", names::suite(shown.hello.suite));
            return Err(named(Failure::new(FailureClass::ProtocolError, detail)));
        }
        self.keep(&shown, offer.version);
        Ok(Pick::Chosen(shown))
    }

    /// Keeps what a flight shows beside the choice.
    fn keep(&mut self, shown: &Shown, version: Version) {
        let seen = |known: &mut Option<bool>, now: bool| *known = Some(known.unwrap_or(false) || now);
        if version != Version::Tls13 && version != Version::Tlcp {
            seen(&mut self.facts.compression, shown.hello.compression);
            seen(&mut self.facts.secure_renegotiation, shown.hello.secure_renegotiation);
        }
        if shown.complete && matches!(version, Version::Tls10 | Version::Tls11 | Version::Tls12) {
            seen(&mut self.facts.ocsp_stapled, shown.stapled);
        }
        if let Some(failure) = &shown.failure {
            self.facts.chain_failure.get_or_insert_with(|| failure.clone());
        }
        self.keep_chain(&shown.certificates, version);
    }

    /// Keeps a chain unless one of the same kind of key is known.
    fn keep_chain(&mut self, sent: &[Vec<u8>], version: Version) {
        if sent.is_empty() || sent.iter().all(|der| self.chains_der.contains(der)) {
            return;
        }
        let ders: Vec<CertificateDer<'_>> = sent.iter().map(|der| CertificateDer::from_slice(der)).collect();
        let chain = match self.probes.tls.chain(&ders, self.host) {
            Ok(chain) => chain,
            Err(failure) => {
                self.facts.chain_failure.get_or_insert(failure);
                return;
            }
        };
        self.insert_chain(
            TlsChain {
                version: version.name().into(),
                key_kind: chain.certificates.first().map(|leaf| leaf.key_algorithm.clone()).unwrap_or_default(),
                certificates: chain.certificates.clone(),
                trust: Trust::clone(&chain.trust),
                covers_host: sent.first().is_some_and(|der| certificate::covers(der, self.host)),
            },
            sent,
        );
    }

    fn insert_chain(&mut self, chain: TlsChain, sent: &[Vec<u8>]) {
        if self.facts.chains.iter().all(|known| known.key_kind != chain.key_kind) {
            self.facts.chains.push(chain);
            self.chains_der.extend_from_slice(sent);
        }
    }

    async fn ssl2(&mut self, support: &mut TlsVersionSupport) -> Result<Option<Failure>, Failure> {
        let limit = self.probes.dialer.settings().read_timeout();
        let mut stream = self.connect().await?;
        match ask::ask_old(&mut stream, rand::random(), limit).await? {
            OldReply::Hello { kinds, certificate } => {
                (support.spoken, support.suites) = (Some(true), kinds);
                if !certificate.is_empty() {
                    self.keep_chain(&[certificate], Version::Ssl2);
                }
            }
            OldReply::Refused => support.spoken = Some(false),
            OldReply::Closed(failure) => return Ok(Some(failure)),
        }
        Ok(None)
    }

    /// A connection that has passed the opening. The first one decides the address of all.
    async fn connect(&mut self) -> Result<Connection, Failure> {
        if self.facts.connections == CONNECTIONS {
            let detail = format!("the survey has used its {CONNECTIONS} connections");
            return Err(Failure::new(FailureClass::TooLarge, detail));
        }
        self.facts.connections += 1;
        let dialer = &self.probes.dialer;
        let target = self.facts.ip.map_or_else(|| self.host.to_owned(), |ip| ip.to_string());
        let mut stream = dialer.connect(self.permit, &target, self.port).await?;
        self.facts.ip = Some(stream.peer());
        self.reached = true;
        self.opening.pass(&mut stream, dialer.settings().read_timeout()).await?;
        Ok(stream)
    }

    /// A handshake to its end, for the chain of a server that speaks TLS 1.3 alone.
    async fn handshake(&mut self, found: &[(Version, TlsVersionSupport)]) {
        if !found.iter().any(|(version, support)| *version == Version::Tls13 && support.spoken == Some(true)) {
            return;
        }
        let (host, limit) = (self.host, self.probes.dialer.settings().read_timeout());
        let shaking = async {
            let connection = self.connect().await?;
            let stream = self.probes.tls.shake(connection, self.host).await?;
            let protocol = stream.get_ref().1.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
            Ok((self.probes.tls.capture(&stream, self.host, self.port)?, protocol))
        };
        let silence = |_| Err(Failure::new(FailureClass::ReadTimeout, format!("TLS with {host}: no complete handshake")));
        match timeout(limit, shaking).await.unwrap_or_else(silence) {
            Ok((capture, protocol)) => {
                let facts = capture.handshake;
                let key_kind = facts.chain.first().map(|leaf| leaf.key_algorithm.clone()).unwrap_or_default();
                let chain = TlsChain {
                    version: facts.version,
                    key_kind,
                    certificates: facts.chain,
                    trust: facts.trust,
                    covers_host: facts.covers_host,
                };
                self.insert_chain(chain, &capture.chain_der);
                self.facts.alpn.extend(protocol);
            }
            Err(failure) => self.facts.chain_failure = Some(failure),
        }
    }
}
