//! A survey of an address's TCP ports: which are open, at the limiter's pace or slower.
//!
//! Invariant: every attempt has its places and tokens from the limiter, and one record tells the account of all of them when the last
//! has ended, also when whoever asked has gone meanwhile.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep_until};

use crate::account::{Account, Contact, Surveyed};
use crate::dialer::Dialer;
use crate::guard::Guard;
use crate::limiter::Place;
use crate::permit::Permit;
use crate::prober::{Probe, Prober};

/// Most attempts that are begun at a time.
const BATCH: usize = 128;

/// What a port said to an attempt at a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortState {
    /// It was accepted.
    Open,
    /// It was refused: nothing listens.
    Closed,
    /// Nothing, twice: filtered, or lost on the way.
    Silent,
    /// It was not or could not be tried.
    Failed(Failure),
}

impl Dialer {
    /// Tries TCP ports of an address that the caller has resolved from `host`; needs [`AccessLevel::L2`]. A connection that comes about is
    /// closed at once. A silent port is tried once more. The pace is the limiter's, and down to an eighth of it when silence rises; so the
    /// time is bounded, waiting for the limiter apart. Ports come ascending, each once.
    ///
    /// What the guard refuses, and all that would have to pass an upstream proxy, is [`PortState::Failed`] without being tried.
    pub async fn survey(&self, permit: &Permit, host: &str, ip: IpAddr, ports: &[u16]) -> Vec<(u16, PortState)> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let ports: BTreeSet<u16> = ports.iter().copied().collect();
        let contact = Contact { ip: Some(ip), ..self.contact(permit, &host, 0) };
        match self.prober(permit, &host, ip, &ports).await {
            Ok(prober) => {
                let (answer, mut answers) = unbounded_channel();
                let record = Arc::new(Record::begin(contact, Arc::clone(&self.shared.account)));
                let interval = Duration::from_secs(1) / self.settings().per_ip_rate;
                let mut survey = Survey {
                    dialer: self,
                    prober,
                    host,
                    ip,
                    record,
                    answer,
                    waiting: ports.into_iter().collect(),
                    under_way: 0,
                    states: BTreeMap::new(),
                    pace: Pace::new(interval),
                };
                survey.run(&mut answers).await;
                survey.states.into_iter().collect()
            }
            Err(failure) => {
                let refused = Contact { ip: None, failure: Some(failure.clone()), ..contact };
                self.shared.account.contact(&refused);
                ports.into_iter().map(|port| (port, PortState::Failed(failure.clone()))).collect()
            }
        }
    }

    /// The prober, if the survey may be made.
    async fn prober(&self, permit: &Permit, host: &str, ip: IpAddr, ports: &BTreeSet<u16>) -> Result<&Prober, Failure> {
        if permit.level() < AccessLevel::L2 {
            let detail = format!("{host}: a survey of ports needs L2, the permit is for {:?}", permit.level());
            return Err(Failure::new(FailureClass::NotPermitted, detail));
        }
        ports.iter().try_for_each(|port| Guard::check_port(permit.level(), *port))?;
        self.check(host, ip)?;
        let settings = self.settings();
        let start = || async { Prober::start(settings.source_address, settings.connect_timeout()) };
        let started = self.shared.prober.get_or_try_init(start).await;
        started.map_err(|error| Failure::new(FailureClass::OwnNetwork, format!("survey of {host}: {error}")))
    }
}

/// A survey under way.
struct Survey<'a> {
    dialer: &'a Dialer,
    prober: &'a Prober,
    host: String,
    ip: IpAddr,
    record: Arc<Record>,
    answer: UnboundedSender<(u16, PortState)>,
    waiting: VecDeque<u16>,
    under_way: usize,
    states: BTreeMap<u16, PortState>,
    pace: Pace,
}

impl Survey<'_> {
    async fn run(&mut self, answers: &mut tokio::sync::mpsc::UnboundedReceiver<(u16, PortState)>) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                _ = answers.recv_many(&mut batch, BATCH), if self.under_way > 0 => {
                    batch.drain(..).for_each(|(port, state)| self.take(port, state));
                }
                places = self.places(), if !self.waiting.is_empty() => self.launch(places),
                else => return,
            }
        }
    }

    /// Places for some of the ports that wait: of the host, of the whole.
    async fn places(&self) -> (Place, Place) {
        let wanted = u32::try_from(self.waiting.len().min(BATCH)).unwrap_or(1);
        if let Some(moment) = self.pace.next {
            sleep_until(moment).await;
        }
        let limiter = &self.dialer.shared.limiter;
        let host = limiter.host_places(&self.host, wanted).await;
        let granted = host.as_ref().map_or(1, |place| u32::try_from(place.num_permits()).unwrap_or(1));
        (host, limiter.address_places(self.ip, granted).await)
    }

    fn launch(&mut self, (mut host, mut all): (Place, Place)) {
        // Waiting may have led past the end of the hours.
        if let Err(failure) = self.dialer.shared.guard.check_time(self.dialer.now()) {
            let refused = self.waiting.drain(..).map(|port| (port, PortState::Failed(failure.clone())));
            return self.states.extend(refused);
        }
        let mut probes = Vec::with_capacity(BATCH);
        while let (Some(host), Some(all)) = (one_of(&mut host), one_of(&mut all))
            && let Some(port) = self.waiting.pop_front()
        {
            probes.push(Probe {
                port,
                target: self.dialer.target(self.ip, port),
                _places: (Some(host), Some(all)),
                record: Some(Arc::clone(&self.record)),
                answer: self.answer.clone(),
                state: None,
            });
        }
        self.under_way += probes.len();
        self.pace.begun(probes.len());
        self.prober.launch(probes);
    }

    fn take(&mut self, port: u16, state: PortState) {
        self.under_way -= 1;
        self.pace.heard(match &state {
            PortState::Open | PortState::Closed => Heard::Answer,
            PortState::Silent | PortState::Failed(_) => Heard::Trouble,
        });
        // A port has a state before its last attempt only if it was silent.
        let first = self.states.insert(port, state.clone()).is_none();
        if first && state == PortState::Silent {
            self.waiting.push_back(port);
        }
    }
}

/// Splits one place off; the last is taken whole.
fn one_of(places: &mut Place) -> Place {
    places.as_mut().and_then(|places| places.split(1))
}

/// What the account will be told.
pub(crate) struct Record {
    contact: Mutex<Contact>,
    started: Instant,
    account: Arc<Account>,
}

impl Record {
    fn begin(contact: Contact, account: Arc<Account>) -> Self {
        let contact = Contact { survey: Some(Surveyed::default()), ..contact };
        Self { contact: Mutex::new(contact), started: Instant::now(), account }
    }

    /// Counts an attempt that has ended.
    pub(crate) fn count(&self, port: u16, state: &PortState) {
        let mut contact = self.contact.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(survey) = &mut contact.survey else { return };
        survey.ports.push(port);
        *match state {
            PortState::Open => &mut survey.open,
            PortState::Closed => &mut survey.closed,
            PortState::Silent => &mut survey.silent,
            PortState::Failed(_) => &mut survey.failed,
        } += 1;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let contact = self.contact.get_mut().unwrap_or_else(PoisonError::into_inner);
        contact.duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(survey) = &mut contact.survey {
            survey.ports.sort_unstable();
            survey.ports.dedup();
        }
        self.account.contact(contact);
    }
}

/// How much of the limiter's pace a survey uses: halved when silence or errors rise, more again by small steps when they do not, as
/// senders do on a crowded path (RFC 5681). It is the rise that counts: a host that is silent on most ports all along is not in distress.
struct Pace {
    interval: Duration,
    share: f64,
    usual: f64,
    heard: u32,
    trouble: u32,
    next: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    Answer,
    Trouble,
}

impl Pace {
    /// After how many outcomes the pace is thought over.
    const ROUND: u32 = 16;
    /// Which rise of the share of trouble is one.
    const RISE: f64 = 0.25;
    /// The smallest share, and the step by which it grows.
    const STEP: f64 = 0.125;

    fn new(interval: Duration) -> Self {
        Self { interval, share: 1.0, usual: 0.0, heard: 0, trouble: 0, next: None }
    }

    fn heard(&mut self, heard: Heard) {
        self.heard += 1;
        self.trouble += u32::from(heard == Heard::Trouble);
        if self.heard < Self::ROUND {
            return;
        }
        let trouble = f64::from(self.trouble) / f64::from(self.heard);
        let rises = trouble > self.usual + Self::RISE;
        self.share = if rises { (self.share / 2.0).max(Self::STEP) } else { (self.share + Self::STEP).min(1.0) };
        self.usual = f64::midpoint(self.usual, trouble);
        (self.heard, self.trouble) = (0, 0);
    }

    /// Puts the next attempts off by what the limiter's interval falls short of this pace's.
    fn begun(&mut self, attempts: usize) {
        let longer = self.interval.mul_f64(attempts as f64 * (1.0 / self.share - 1.0));
        self.next = (!longer.is_zero()).then(|| Instant::now() + longer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(pace: &mut Pace, answers: u32, troubles: u32) {
        (0..answers).for_each(|_| pace.heard(Heard::Answer));
        (0..troubles).for_each(|_| pace.heard(Heard::Trouble));
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_falls_when_silence_rises_and_recovers() {
        let mut pace = Pace::new(Duration::from_millis(100));
        hear(&mut pace, 32, 0);
        pace.begun(10);
        assert_eq!((pace.share, pace.next), (1.0, None));
        hear(&mut pace, 4, 12);
        pace.begun(10);
        assert_eq!((pace.share, pace.next), (0.5, Some(Instant::now() + Duration::from_secs(1))));
        hear(&mut pace, 64, 0);
        assert_eq!(pace.share, 1.0);
    }

    #[test]
    fn a_host_that_is_always_silent_is_surveyed_at_the_full_pace() {
        let mut pace = Pace::new(Duration::from_millis(100));
        hear(&mut pace, 0, 16 * 10);
        assert_eq!(pace.share, 1.0);
        let mut falling = Pace::new(Duration::from_millis(100));
        for round in 0..8 {
            hear(&mut falling, if round % 2 == 0 { 16 } else { 0 }, if round % 2 == 0 { 0 } else { 16 });
            assert!(falling.share >= Pace::STEP);
        }
    }
}
