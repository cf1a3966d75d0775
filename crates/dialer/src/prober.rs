//! The thread that makes a survey's connects: sockets without a task each, told ready by epoll.
//!
//! Written for the processor's time: a task, a timer and a registration with the runtime per connect cost several times the connect.
//! Invariant: whatever becomes of a probe, its places are free again, its survey hears of it and the account has counted it.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use model::observation::{Failure, FailureClass};
use rustix::buffer::spare_capacity;
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, ipproto, socket_with, sockopt};
use tokio::sync::mpsc::UnboundedSender;

use crate::connection::connect_failure;
use crate::limiter::Place;
use crate::survey::{PortState, Record};

/// How long an answer is waited for. Shorter than the system's own first repetition (1 s, RFC 6298), so that one attempt is one packet.
const PATIENCE: Duration = Duration::from_millis(900);
/// The mark of the bell among the sockets' numbers, which count from 0.
const BELL: u64 = u64::MAX;
/// How many events are taken at a time.
const EVENTS: usize = 256;

/// One attempt at a connection.
pub(crate) struct Probe {
    /// Port as addressed.
    pub(crate) port: u16,
    /// Where it is dialled.
    pub(crate) target: SocketAddr,
    /// Host's and whole's place.
    pub(crate) _places: (Place, Place),
    /// The survey's record; gone once it has counted this attempt.
    pub(crate) record: Option<Arc<Record>>,
    /// Takes the outcome.
    pub(crate) answer: UnboundedSender<(u16, PortState)>,
    /// The outcome.
    pub(crate) state: Option<PortState>,
}

impl Drop for Probe {
    fn drop(&mut self) {
        let given_up = || PortState::Failed(Failure::new(FailureClass::ToolFailed, "given up before there was an answer"));
        let state = self.state.take().unwrap_or_else(given_up);
        if let Some(record) = self.record.take() {
            record.count(self.port, &state);
        }
        // The survey may have gone meanwhile; the record holds.
        let _ = self.answer.send((self.port, state));
    }
}

/// The way to the thread, which ends with it.
pub(crate) struct Prober {
    probes: Option<Sender<Vec<Probe>>>,
    bell: Arc<OwnedFd>,
}

impl Prober {
    /// Starts the thread. `source`: own address to send from.
    pub(crate) fn start(source: Option<IpAddr>, connect_timeout: Duration) -> io::Result<Self> {
        let bell = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &bell, epoll::EventData::new_u64(BELL), epoll::EventFlags::IN)?;
        let (probes, orders) = channel();
        let work = Work {
            source,
            patience: connect_timeout.min(PATIENCE),
            epoll,
            bell: Arc::clone(&bell),
            orders,
            under_way: HashMap::new(),
            expiry: VecDeque::new(),
            next: 0,
        };
        std::thread::Builder::new().name("survey".into()).spawn(move || work.run())?;
        Ok(Self { probes: Some(probes), bell })
    }

    /// Makes these attempts. Each tells its survey what came of it.
    pub(crate) fn launch(&self, probes: Vec<Probe>) {
        // If the thread has ended, the probes are dropped and say so.
        let _ = self.probes.as_ref().map(|sender| sender.send(probes));
        self.ring();
    }

    fn ring(&self) {
        // Fails only when it has been rung so often that it is heard anyway.
        let _ = rustix::io::write(&self.bell, &1_u64.to_ne_bytes());
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.probes = None;
        self.ring();
    }
}

struct Work {
    source: Option<IpAddr>,
    patience: Duration,
    epoll: OwnedFd,
    bell: Arc<OwnedFd>,
    orders: Receiver<Vec<Probe>>,
    under_way: HashMap<u64, (OwnedFd, Probe)>,
    /// Oldest first, as all wait equally long. Those that have ended stay until they come to the front.
    expiry: VecDeque<(Instant, u64)>,
    next: u64,
}

impl Work {
    fn run(mut self) {
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            match epoll::wait(&self.epoll, spare_capacity(&mut events), self.pause().as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                // The epoll descriptor itself is broken: nothing more can be learnt, and all probes say that they were given up.
                Err(_) => return,
            }
            for event in events.drain(..) {
                match event.data.u64() {
                    BELL => drop(rustix::io::read(&self.bell, &mut [0_u8; 8])),
                    number => self.ready(number),
                }
            }
            self.expire(Instant::now());
            loop {
                match self.orders.try_recv() {
                    Ok(probes) => probes.into_iter().for_each(|probe| self.begin(probe)),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) if self.under_way.is_empty() => return,
                    Err(TryRecvError::Disconnected) => break,
                }
            }
        }
    }

    /// How long nothing needs to be done unless something happens.
    fn pause(&self) -> Option<Timespec> {
        let (at, _) = self.expiry.front()?;
        at.saturating_duration_since(Instant::now()).try_into().ok()
    }

    fn begin(&mut self, mut probe: Probe) {
        match self.dial(probe.target) {
            Ok(socket) => {
                self.expiry.push_back((Instant::now() + self.patience, self.next));
                self.under_way.insert(self.next, (socket, probe));
                self.next += 1;
            }
            Err(error) => probe.state = Some(state(&probe, error)),
        }
    }

    fn dial(&self, target: SocketAddr) -> Result<OwnedFd, Errno> {
        let family = if target.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
        if let Some(source) = self.source.filter(|source| source.is_ipv4() == target.is_ipv4()) {
            bind(&socket, &SocketAddr::new(source, 0))?;
        }
        match connect(&socket, &target) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error),
        }
        epoll::add(&self.epoll, &socket, epoll::EventData::new_u64(self.next), epoll::EventFlags::OUT)?;
        Ok(socket)
    }

    fn ready(&mut self, number: u64) {
        let Some((socket, mut probe)) = self.under_way.remove(&number) else { return };
        probe.state = Some(match sockopt::socket_error(&socket) {
            Ok(Ok(())) => PortState::Open,
            Ok(Err(error)) | Err(error) => state(&probe, error),
        });
    }

    fn expire(&mut self, now: Instant) {
        while let Some((at, number)) = self.expiry.front().copied() {
            match self.under_way.get_mut(&number) {
                Some(_) if at > now => break,
                Some((_, probe)) => probe.state = Some(PortState::Silent),
                None => {}
            }
            self.under_way.remove(&number);
            self.expiry.pop_front();
        }
    }
}

fn state(probe: &Probe, error: Errno) -> PortState {
    let named = SocketAddr::new(probe.target.ip(), probe.port);
    let failure = connect_failure(&named.to_string(), &error.into());
    match failure.class {
        FailureClass::ConnectionRefused | FailureClass::ConnectionReset => PortState::Closed,
        FailureClass::ConnectTimeout => PortState::Silent,
        _ => PortState::Failed(failure),
    }
}
