//! Doors: listeners on the sites' addresses. What a door does before HTTP begins is decided here.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::authority::Authority;
use crate::error::LabError;
use crate::services::{self, Peer};
use crate::tls_peers::{self, PeerKind, Shown};
use crate::web::answers::Answers;
use crate::web::tls::{self, Configs};
use crate::world::behaviour::{Http, Https};
use crate::world::{Site, World};

/// How often a port is tried that turns out to be taken on one of the addresses.
const ATTEMPTS: usize = 20;
/// A fatal alert, handshake_failure (RFC 8446, 6).
const ALERT: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28];

/// All open doors.
pub struct Doors {
    /// The port that stands for each that a product means, on every address.
    pub ports: BTreeMap<u16, u16>,
    visitors: BTreeMap<Ipv4Addr, Arc<AtomicU64>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Doors {
    /// Opens all doors of the world: two web ports on each address, and the services' beside or instead of them.
    pub async fn open(world: &World, addresses: &BTreeMap<String, Ipv4Addr>, authority: &Authority) -> Result<Self, LabError> {
        let answers = Arc::new(Answers::new(world));
        let mut open = Self { ports: BTreeMap::new(), visitors: BTreeMap::new(), tasks: Vec::new() };
        for (port, doors) in doors(world, addresses, authority, &answers)? {
            let (real, listeners) = listen(doors, &open.ports).await?;
            open.ports.insert(port, real);
            for (address, listener, door) in listeners {
                let visitors = Arc::clone(open.visitors.entry(address).or_default());
                open.tasks.push(tokio::spawn(keep(listener, door, answers.clone(), visitors)));
            }
        }
        Ok(open)
    }

    /// How many connections an address has accepted, on all its ports.
    pub fn visitors(&self, address: Ipv4Addr) -> u64 {
        self.visitors.get(&address).map_or(0, |visitors| visitors.load(Ordering::SeqCst))
    }

    /// Closes them, and all connections with them.
    pub async fn close(self) {
        for task in self.tasks {
            task.abort();
            // The task ends by being aborted, which is what the error would say.
            let _ = task.await;
        }
    }
}

/// What happens at a door.
#[derive(Clone)]
enum Door {
    Closed,
    Tarpit,
    Alert,
    Http {
        secure: bool,
    },
    Tls(Arc<ServerConfig>),
    /// Plays a TLS peer with these certificates.
    Hello(PeerKind, Arc<Shown>),
    /// Plays a service.
    Service(Peer),
    /// These bytes for any request, with or without TLS around them.
    Raw(Bytes, Option<Arc<ServerConfig>>),
}

/// What happens at each port, as a product means it, of each address.
fn doors(
    world: &World,
    addresses: &BTreeMap<String, Ipv4Addr>,
    authority: &Authority,
    answers: &Answers,
) -> Result<BTreeMap<u16, BTreeMap<Ipv4Addr, Door>>, LabError> {
    let configs = tls::configs(world, authority)?;
    let (mut plain, mut secure) = (BTreeMap::new(), BTreeMap::new());
    for (_, site) in world.sites().filter(|(_, site)| site.path.is_empty()) {
        let Some(address) = addresses.get(&site.host) else { continue };
        let raw = answers.home(&site.host).and_then(|home| Answers::raw(site, &home));
        plain.entry(*address).or_insert_with(|| plain_door(site, raw.clone()));
        if !secure.contains_key(address) {
            secure.insert(*address, secure_door(site, &configs, raw)?);
        }
    }
    let mut doors = BTreeMap::from([(80, plain), (443, secure)]);
    for service in &world.services {
        if let (Some(address), Some(peer)) = (addresses.get(&service.host), services::peer(&service.peer)) {
            doors.entry(service.port).or_default().insert(*address, Door::Service(peer));
        }
    }
    Ok(doors)
}

fn plain_door(site: &Site, raw: Option<Bytes>) -> Door {
    match (&site.http, raw) {
        (Http::Refuse, _) => Door::Closed,
        (Http::Tarpit, _) => Door::Tarpit,
        (Http::Serve, Some(raw)) => Door::Raw(raw, None),
        _ => Door::Http { secure: false },
    }
}

fn secure_door(site: &Site, configs: &Configs, raw: Option<Bytes>) -> Result<Door, LabError> {
    let config = if site.http2 { &configs.http2 } else { &configs.http1 };
    Ok(match (site.https, raw) {
        (Https::Peer(kind), _) => Door::Hello(kind, Arc::new(Shown::new(&site.host)?)),
        (Https::Refuse, _) => Door::Closed,
        (Https::Tarpit, _) => Door::Tarpit,
        (Https::Alert, _) => Door::Alert,
        (Https::Plain, _) => Door::Http { secure: true },
        (Https::Serve | Https::Downgrade | Https::Missing, Some(raw)) => Door::Raw(raw, Some(config.clone())),
        (Https::Serve | Https::Downgrade | Https::Missing, None) => Door::Tls(config.clone()),
    })
}

/// Binds the same port on all addresses whose door is not closed: one that stands for no other port yet.
async fn listen(
    doors: BTreeMap<Ipv4Addr, Door>,
    taken: &BTreeMap<u16, u16>,
) -> Result<(u16, Vec<(Ipv4Addr, TcpListener, Door)>), LabError> {
    let doors: Vec<(Ipv4Addr, Door)> = doors.into_iter().filter(|(_, door)| !matches!(door, Door::Closed)).collect();
    let mut attempts = 0;
    'port: loop {
        attempts += 1;
        let (mut port, mut open) = (0, Vec::new());
        for (address, door) in &doors {
            match TcpListener::bind((*address, port)).await.and_then(|listener| Ok((listener.local_addr()?.port(), listener))) {
                Ok((bound, _)) if taken.values().any(|known| *known == bound) => continue 'port,
                Ok((bound, listener)) => {
                    port = bound;
                    open.push((*address, listener, door.clone()));
                }
                Err(_) if attempts < ATTEMPTS => continue 'port,
                Err(source) => return Err(LabError::Listen { address: (*address).into(), source }),
            }
        }
        return Ok((port, open));
    }
}

/// Lets visitors in until the task is aborted; their connections end with it.
async fn keep(listener: TcpListener, door: Door, answers: Arc<Answers>, visitors: Arc<AtomicU64>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    visitors.fetch_add(1, Ordering::SeqCst);
                    open.spawn(enter(stream, door.clone(), answers.clone()));
                } else {
                    // Out of file descriptors: let some connections end first.
                    tokio::task::yield_now().await;
                }
            }
            Some(_) = open.join_next(), if !open.is_empty() => {}
        }
    }
}

/// One connection. Whatever breaks it, the visitor sees; nobody here needs to know.
async fn enter(stream: TcpStream, door: Door, answers: Arc<Answers>) {
    let _ = stream.set_nodelay(true);
    match door {
        Door::Closed => {}
        Door::Tarpit => wait(stream).await,
        Door::Alert => alert(stream).await,
        Door::Http { secure } => serve(stream, answers, secure, false).await,
        Door::Tls(config) => {
            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                serve(stream, answers, true, http2).await;
            }
        }
        // A connection that breaks is the other side's affair.
        Door::Hello(kind, shown) => drop(tls_peers::answer(stream, kind, &shown).await),
        Door::Service(peer) => drop(services::serve(stream, peer).await),
        Door::Raw(bytes, None) => say(stream, &bytes).await,
        Door::Raw(bytes, Some(config)) => {
            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                say(stream, &bytes).await;
            }
        }
    }
}

async fn serve<S>(stream: S, answers: Arc<Answers>, secure: bool, http2: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let answer = answers.answer(&request, secure);
        async move { answer }
    });
    let io = TokioIo::new(stream);
    let _ = if http2 {
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await
    } else {
        hyper::server::conn::http1::Builder::new().serve_connection(io, service).await
    };
}

/// Reads until the visitor leaves.
async fn wait(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    while matches!(stream.read(&mut bytes).await, Ok(count) if count > 0) {}
}

async fn alert(mut stream: TcpStream) {
    let mut hello = [0; 4096];
    if stream.read(&mut hello).await.is_ok() {
        let _ = stream.write_all(&ALERT).await;
        let _ = stream.shutdown().await;
        wait(stream).await;
    }
}

/// Reads one request head, at most eight thousand bytes of it, and says the bytes.
async fn say<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, bytes: &[u8]) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < 8192 {
        match stream.read_buf(&mut head).await {
            Ok(count) if count > 0 => {}
            _ => return,
        }
    }
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
}
