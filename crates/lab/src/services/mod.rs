//! Services that are no web sites: peers that answer as the protocols' documents say, and traps.
//!
//! Invariant: a peer is a function of what it was told; it keeps nothing and reaches nothing.

mod binary;
mod interfaces;
mod traps;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::error::LabError;

pub(crate) const WORLD: &str = include_str!("../../world/services.toml");
const TRUTH: &str = include_str!("../../world/services.csv");

/// Most bytes that are collected of one question.
const LONGEST: usize = 64 * 1024;
/// How often a number is tried that turns out to be taken on one of the addresses.
const ATTEMPTS: usize = 20;

/// What a peer does about what it was told so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Waits for more.
    More,
    /// Says this and waits for the next question.
    Say(Vec<u8>),
    /// Says this and closes.
    Close(Vec<u8>),
    /// Says this again and again, until the other side has gone.
    Repeat(Vec<u8>),
}

/// A server's side of a protocol.
#[derive(Clone, Copy)]
pub struct Peer {
    /// Its name in the world's file.
    pub name: &'static str,
    /// What it does when a connection comes, before anything is said.
    pub greeting: fn() -> Reaction,
    /// What it does about a question.
    pub answer: fn(&[u8]) -> Reaction,
}

/// The peer of this name.
pub fn peer(name: &str) -> Option<Peer> {
    binary::PEERS.iter().chain(interfaces::PEERS).chain(traps::PEERS).find(|peer| peer.name == name).copied()
}

/// A service of the world.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The host, A-label form.
    pub host: String,
    /// The port under which a product meets it.
    pub port: u16,
    /// The peer's name.
    pub peer: String,
}

/// What a right product says of a service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Expected {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The protocol in small letters with underscores; empty when nobody can tell.
    pub protocol: String,
    /// The product's name; empty when the service does not tell.
    pub product: String,
    /// Its version; empty when the service does not tell.
    pub version: String,
    /// `required`, `not_required`, `unknown`.
    pub login: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    service: Vec<Service>,
}

/// The services of the built-in world.
///
/// # Errors
/// When the file is none.
pub fn world() -> Result<Vec<Service>, toml::de::Error> {
    toml::from_str::<File>(WORLD).map(|file| file.service)
}

/// What is true of them.
///
/// # Errors
/// When the table is none.
pub fn truth() -> Result<Vec<Expected>, csv::Error> {
    csv::Reader::from_reader(TRUTH.as_bytes()).deserialize().collect()
}

/// Services that run.
pub struct Running {
    /// The address of each host, in 127.3.0.0/16.
    pub addresses: BTreeMap<String, Ipv4Addr>,
    /// The port that stands for each of the world's, on every address.
    pub ports: BTreeMap<u16, u16>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Opens the services.
    ///
    /// # Errors
    /// When a peer is unknown, or no port is free.
    pub async fn open(services: &[Service]) -> Result<Self, LabError> {
        let mut addresses = BTreeMap::new();
        for service in services {
            let number = addresses.len() + 1;
            let octet = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
            addresses
                .entry(service.host.clone())
                .or_insert_with(|| Ipv4Addr::new(127, 3, octet(number / 250), octet(number % 250 + 1)));
        }
        let mut by_port: BTreeMap<u16, Vec<(Ipv4Addr, Peer)>> = BTreeMap::new();
        for service in services {
            let known = peer(&service.peer).zip(addresses.get(&service.host));
            let (peer, address) = known.ok_or_else(|| LabError::World(format!("no peer is called {}", service.peer)))?;
            by_port.entry(service.port).or_default().push((*address, peer));
        }
        let mut running = Self { addresses, ports: BTreeMap::new(), tasks: Vec::new() };
        for (port, peers) in by_port {
            let (real, listeners) = listen(&peers).await?;
            running.ports.insert(port, real);
            let kept = listeners.into_iter().map(|(listener, peer)| tokio::spawn(keep(listener, peer)));
            running.tasks.extend(kept);
        }
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// One number that is free on all these addresses.
async fn listen(peers: &[(Ipv4Addr, Peer)]) -> Result<(u16, Vec<(TcpListener, Peer)>), LabError> {
    let mut attempt = 0;
    loop {
        match listen_once(peers).await {
            Err(LabError::Listen { .. }) if attempt < ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

async fn listen_once(peers: &[(Ipv4Addr, Peer)]) -> Result<(u16, Vec<(TcpListener, Peer)>), LabError> {
    let (mut port, mut listeners) = (0, Vec::new());
    for (address, peer) in peers {
        let failed = |source| LabError::Listen { address: (*address).into(), source };
        let listener = TcpListener::bind((*address, port)).await.map_err(failed)?;
        port = listener.local_addr().map_err(failed)?.port();
        listeners.push((listener, *peer));
    }
    Ok((port, listeners))
}

async fn keep(listener: TcpListener, peer: Peer) {
    while let Ok((stream, _)) = listener.accept().await {
        // A connection that breaks is the other side's affair.
        tokio::spawn(async move { drop(serve(stream, peer).await) });
    }
}

/// Plays a peer on one connection until either side closes it.
pub(crate) async fn serve(mut stream: TcpStream, peer: Peer) -> std::io::Result<()> {
    let mut reaction = (peer.greeting)();
    let mut told = Vec::new();
    loop {
        match reaction {
            Reaction::More => {}
            Reaction::Say(bytes) => {
                told.clear();
                stream.write_all(&bytes).await?;
            }
            Reaction::Close(bytes) => return stream.write_all(&bytes).await,
            Reaction::Repeat(bytes) => loop {
                stream.write_all(&bytes).await?;
            },
        }
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await?;
        if count == 0 || told.len() > LONGEST {
            return Ok(());
        }
        told.extend_from_slice(&buffer[..count]);
        reaction = (peer.answer)(&told);
    }
}

/// No greeting.
fn silent() -> Reaction {
    Reaction::More
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn world_and_truth_speak_of_the_same_services() {
        let services = world().expect("the world");
        assert!(services.iter().all(|service| peer(&service.peer).is_some()));
        let place = |host: &str, port| (host.to_owned(), port);
        let here: BTreeSet<_> = services.iter().map(|service| place(&service.host, service.port)).collect();
        let truth: BTreeSet<_> = truth().expect("the truth").iter().map(|row| place(&row.host, row.port)).collect();
        assert_eq!(here, truth);
        assert_eq!(here.len(), services.len());
    }
}
