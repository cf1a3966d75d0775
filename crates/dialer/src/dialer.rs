//! The dialer: permission, resolution, scope guard, limiter, connection, in this order.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use model::facts::dns::Answer;
use model::observation::{Failure, FailureClass};
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::account::{Account, Contact};
use crate::connection::{Attempt, Connection, connect_failure, open, tunnel};
use crate::dns::resolver::Resolver;
use crate::dns::{Data, RecordType};
use crate::guard::{CHINA, Guard, LONGEST_HOST};
use crate::limiter::{Limiter, Place};
use crate::permit::Permit;
use crate::prober::Prober;
use crate::settings::{Settings, SettingsError, Vantage};

/// The time, as the application tells it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How many of a host's addresses are tried.
const ADDRESSES: usize = 3;

/// The way out. Clones share everything.
#[derive(Clone)]
pub struct Dialer {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    ports: BTreeMap<u16, u16>,
    pub(crate) proxy: Option<String>,
    clock: Clock,
    pub(crate) guard: Arc<Guard>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) account: Arc<Account>,
    resolver: Resolver,
    pub(crate) prober: OnceCell<Prober>,
}

impl Dialer {
    /// A dialer with these settings. Sockets are opened when first needed, inside a tokio runtime.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, SettingsError> {
        settings.check()?;
        let guard = Arc::new(Guard::new(&settings)?);
        let limiter = Arc::new(Limiter::new(&settings));
        Self::build(settings, clock, guard, limiter, Arc::default())
    }

    /// Another way out, as polite as one together with the first: guard, limiter and account are the same.
    ///
    /// # Errors
    /// When a part of the vantage cannot be used.
    pub fn seen_from(&self, vantage: Vantage) -> Result<Self, SettingsError> {
        let Shared { clock, guard, limiter, account, .. } = &*self.shared;
        let mut settings = self.settings().clone();
        settings.vantage = vantage.name;
        settings.source_address = vantage.source_address;
        settings.proxy = vantage.proxy;
        if !vantage.resolvers.is_empty() {
            settings.resolvers = vantage.resolvers;
        }
        Self::build(settings, Arc::clone(clock), Arc::clone(guard), Arc::clone(limiter), Arc::clone(account))
    }

    fn build(
        settings: Settings,
        clock: Clock,
        guard: Arc<Guard>,
        limiter: Arc<Limiter>,
        account: Arc<Account>,
    ) -> Result<Self, SettingsError> {
        let resolver = Resolver::new(&settings, Arc::clone(&clock), Arc::clone(&guard), Arc::clone(&account))?;
        let shared = Shared {
            ports: settings.ports()?,
            proxy: settings.proxy_address()?,
            clock,
            guard,
            limiter,
            account,
            resolver,
            prober: OnceCell::new(),
            settings,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Leave to send for `subject`, if its grant (`None`: the default, L1) reaches the level that is needed today, China time.
    ///
    /// # Errors
    /// [`FailureClass::NotPermitted`] when the granted level is too low or L0, when the subject is excluded, and outside the hours.
    pub fn permit(
        &self,
        subject: &SubjectId,
        grant: Option<&Grant>,
        needed: AccessLevel,
        purpose: &'static str,
    ) -> Result<Permit, Failure> {
        let now = self.now();
        self.shared.guard.check_host(host_of(subject))?;
        self.shared.guard.check_time(now)?;
        let granted = grant.map_or(AccessLevel::default(), |grant| grant.level_on(CHINA.to_datetime(now).date()));
        if granted == AccessLevel::L0 || granted < needed {
            let detail = format!("{subject}: {purpose} needs {needed:?}, granted is {granted:?}");
            return Err(Failure::new(FailureClass::NotPermitted, detail));
        }
        Ok(Permit::new(subject, needed, purpose))
    }

    /// A connection to `host` (A-label form or IP literal, without brackets), once the limiter has a place for it. Waiting for a place
    /// does not count as a time-out. IPv6 is used only where there is no IPv4.
    ///
    /// # Errors
    /// A [`Failure`] of the class that tells how it failed: resolution, refused address, refused connection, time-out and so on.
    pub async fn connect(&self, permit: &Permit, host: &str, port: u16) -> Result<Connection, Failure> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut attempt = Attempt::begin(self.contact(permit, &host, port), Arc::clone(&self.shared.account));
        let reaching = async {
            Guard::check_port(permit.level(), port)?;
            let addresses = self.addresses(permit, &host).await?;
            self.reach(&mut attempt, &host, port, &addresses).await
        };
        match reaching.await {
            Ok((stream, peer, places)) => Ok(Connection::new(stream, peer, attempt, places)),
            Err(failure) => {
                attempt.fail(&failure);
                Err(failure)
            }
        }
    }

    /// The resolver.
    pub fn dns(&self) -> &Resolver {
        &self.shared.resolver
    }

    /// What was sent.
    pub fn account(&self) -> &Account {
        &self.shared.account
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The time, by the clock that the dialer was given.
    pub fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// A contact that begins now.
    pub(crate) fn contact(&self, permit: &Permit, host: &str, port: u16) -> Contact {
        Contact {
            at: self.now(),
            subject: permit.subject().clone(),
            purpose: permit.purpose(),
            level: permit.level(),
            host: host.chars().take(LONGEST_HOST).collect(),
            ip: None,
            port,
            failure: None,
            bytes_out: 0,
            bytes_in: 0,
            duration_ms: 0,
            datagrams: 0,
            survey: None,
        }
    }

    /// Refuses an address that the caller has resolved, under the same rules as a host's own; also what cannot pass an upstream proxy.
    pub(crate) fn check(&self, host: &str, ip: IpAddr) -> Result<(), Failure> {
        let guard = &self.shared.guard;
        guard.check_time(self.now())?;
        guard.check_host(host)?;
        guard.check_address(ip)?;
        match &self.shared.proxy {
            None => Ok(()),
            Some(proxy) => {
                let detail = format!("only connections pass the upstream proxy {proxy}: no survey of ports, no datagrams");
                Err(Failure::new(FailureClass::OwnNetwork, detail))
            }
        }
    }

    /// Where a port is dialled: elsewhere if the port map says so.
    pub(crate) fn target(&self, ip: IpAddr, port: u16) -> SocketAddr {
        SocketAddr::new(ip, self.shared.ports.get(&port).copied().unwrap_or(port))
    }

    /// The addresses of `host` that may be dialled; at least one.
    async fn addresses(&self, permit: &Permit, host: &str) -> Result<Vec<IpAddr>, Failure> {
        let guard = &self.shared.guard;
        guard.check_time(self.now())?;
        guard.check_host(host)?;
        if let Ok(ip) = host.parse() {
            guard.check_address(ip)?;
            return Ok(vec![ip]);
        }
        let mut found = self.resolve(permit, host, RecordType::A).await?;
        if found.is_empty() {
            found = self.resolve(permit, host, RecordType::Aaaa).await?;
        }
        let mut refusal = Failure::new(FailureClass::NoAddress, format!("{host}: neither A nor AAAA records"));
        let mut allowed = Vec::new();
        for ip in found {
            match guard.check_address(ip) {
                Ok(()) => allowed.push(ip),
                Err(failure) => refusal = Failure::new(failure.class, format!("{host}: {}", failure.detail)),
            }
        }
        if allowed.is_empty() { Err(refusal) } else { Ok(allowed) }
    }

    async fn resolve(&self, permit: &Permit, host: &str, record: RecordType) -> Result<Vec<IpAddr>, Failure> {
        let reply = self.shared.resolver.ask(permit, host, record).await;
        // A resolver answers with the whole chain at once; an excluded host is not dialled under another name either.
        reply.aliases.iter().try_for_each(|alias| self.shared.guard.check_host(alias))?;
        match reply.answer {
            Answer::Records(records) => Ok(records.iter().filter_map(Data::address).collect()),
            Answer::Empty => Ok(Vec::new()),
            Answer::NameNotFound => Err(Failure::new(FailureClass::NameNotFound, format!("{host}: no such name"))),
            Answer::Failed(failure) => Err(failure),
        }
    }

    /// Tries some of the addresses in turn within one connect time-out.
    async fn reach(
        &self,
        attempt: &mut Attempt,
        host: &str,
        port: u16,
        addresses: &[IpAddr],
    ) -> Result<(tokio::net::TcpStream, IpAddr, (Place, Place)), Failure> {
        let host_place = self.shared.limiter.host(host).await;
        let mut budget = self.shared.settings.connect_timeout();
        let mut last = Failure::new(FailureClass::NoAddress, host);
        let tried = addresses.len().min(ADDRESSES);
        for (index, ip) in addresses.iter().take(tried).enumerate() {
            let place = self.shared.limiter.address(*ip).await;
            // Waiting may have led past the end of the hours.
            self.shared.guard.check_time(self.now())?;
            attempt.dial(*ip);
            let share = budget / u32::try_from(tried - index).unwrap_or(1);
            let started = Instant::now();
            match self.dial(*ip, port, share).await {
                Ok(stream) => return Ok((stream, *ip, (host_place, place))),
                Err(failure) => last = failure,
            }
            if index + 1 < tried {
                attempt.fail(&last);
                attempt.again(self.now());
            }
            budget = budget.saturating_sub(started.elapsed());
        }
        Err(last)
    }

    async fn dial(&self, ip: IpAddr, port: u16, limit: Duration) -> Result<tokio::net::TcpStream, Failure> {
        let shared = &self.shared;
        let named = SocketAddr::new(ip, port);
        let target = self.target(ip, port);
        let opening = async {
            match &shared.proxy {
                Some(proxy) => tunnel(proxy, target).await,
                None => open(target, shared.settings.source_address).await,
            }
        };
        match timeout(limit, opening).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(connect_failure(&named.to_string(), &error)),
            Err(_) => {
                let detail = format!("connect {named}: timed out after {} s", seconds(limit));
                Err(Failure::new(FailureClass::ConnectTimeout, detail))
            }
        }
    }
}

/// The host that a subject's key names: a site's key has a port and a path after it, an institution's is no host.
fn host_of(subject: &SubjectId) -> &str {
    let authority = subject.key.split('/').next().unwrap_or_default();
    match authority.strip_prefix('[') {
        Some(literal) => literal.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Seconds without superfluous digits: `10`, `0.3`.
pub(crate) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100.0).round() / 100.0
}
