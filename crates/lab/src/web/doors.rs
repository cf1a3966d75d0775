//! Doors: listeners on the sites' addresses. What a door does before HTTP begins is decided here.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

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
use crate::web::answers::Answers;
use crate::web::tls::{self, Configs};
use crate::world::behaviour::{Http, Https};
use crate::world::{Site, World};

/// How many addresses a replicated world shares.
const SHARED: usize = 250;
/// How often a port is tried that turns out to be taken on one of the addresses.
const ATTEMPTS: usize = 20;
/// A fatal alert, handshake_failure (RFC 8446, 6).
const ALERT: [u8; 7] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28];

/// All open doors.
pub struct Doors {
    /// The port that stands for 80.
    pub http_port: u16,
    /// The port that stands for 443.
    pub https_port: u16,
    tasks: Vec<JoinHandle<()>>,
}

/// The address of each host of the world: its own in 127.1.0.0/16, or one of those shared in 127.2.0.0/24.
pub fn addresses(world: &World) -> BTreeMap<String, Ipv4Addr> {
    let mut addresses = BTreeMap::new();
    let (mut own, mut shared) = (0_usize, 0_usize);
    for (_, site) in world.sites() {
        let octet = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
        addresses.entry(site.host.clone()).or_insert_with(|| {
            if site.shared_address {
                shared += 1;
                Ipv4Addr::new(127, 2, 0, octet(shared % SHARED + 1))
            } else {
                own += 1;
                Ipv4Addr::new(127, 1, octet(own / 250), octet(own % 250 + 1))
            }
        });
    }
    addresses
}

impl Doors {
    /// Opens all doors of the world on two ports that are free on every address.
    pub async fn open(world: &World, addresses: &BTreeMap<String, Ipv4Addr>, authority: &Authority) -> Result<Self, LabError> {
        let answers = Arc::new(Answers::new(world));
        let configs = tls::configs(world, authority)?;
        let (mut plain, mut secure) = (BTreeMap::new(), BTreeMap::new());
        for (_, site) in world.sites().filter(|(_, site)| site.path.is_empty()) {
            let Some(address) = addresses.get(&site.host) else { continue };
            let raw = answers.home(&site.host).and_then(|home| Answers::raw(site, &home));
            plain.entry(*address).or_insert_with(|| plain_door(site, raw.clone()));
            secure.entry(*address).or_insert_with(|| secure_door(site, &configs, raw));
        }
        let (http_port, plain) = listen(plain).await?;
        let (https_port, secure) = listen(secure).await?;
        let tasks = plain.into_iter().chain(secure).map(|(listener, door)| tokio::spawn(keep(listener, door, answers.clone())));
        Ok(Self { http_port, https_port, tasks: tasks.collect() })
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
    /// These bytes for any request, with or without TLS around them.
    Raw(Bytes, Option<Arc<ServerConfig>>),
}

fn plain_door(site: &Site, raw: Option<Bytes>) -> Door {
    match (&site.http, raw) {
        (Http::Refuse, _) => Door::Closed,
        (Http::Tarpit, _) => Door::Tarpit,
        (Http::Serve, Some(raw)) => Door::Raw(raw, None),
        _ => Door::Http { secure: false },
    }
}

fn secure_door(site: &Site, configs: &Configs, raw: Option<Bytes>) -> Door {
    let config = if site.http2 { &configs.http2 } else { &configs.http1 };
    match (site.https, raw) {
        (Https::Refuse, _) => Door::Closed,
        (Https::Tarpit, _) => Door::Tarpit,
        (Https::Alert, _) => Door::Alert,
        (Https::Plain, _) => Door::Http { secure: true },
        (Https::Serve | Https::Downgrade | Https::Missing, Some(raw)) => Door::Raw(raw, Some(config.clone())),
        (Https::Serve | Https::Downgrade | Https::Missing, None) => Door::Tls(config.clone()),
    }
}

/// Binds the same port on all addresses whose door is not closed.
async fn listen(doors: BTreeMap<Ipv4Addr, Door>) -> Result<(u16, Vec<(TcpListener, Door)>), LabError> {
    let doors: Vec<(Ipv4Addr, Door)> = doors.into_iter().filter(|(_, door)| !matches!(door, Door::Closed)).collect();
    let mut attempts = 0;
    'port: loop {
        attempts += 1;
        let (mut port, mut open) = (0, Vec::new());
        for (address, door) in &doors {
            match TcpListener::bind((*address, port)).await.and_then(|listener| Ok((listener.local_addr()?.port(), listener))) {
                Ok((bound, listener)) => {
                    port = bound;
                    open.push((listener, door.clone()));
                }
                Err(_) if attempts < ATTEMPTS => continue 'port,
                Err(source) => return Err(LabError::Listen { address: (*address).into(), source }),
            }
        }
        return Ok((port, open));
    }
}

/// Lets visitors in until the task is aborted; their connections end with it.
async fn keep(listener: TcpListener, door: Door, answers: Arc<Answers>) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
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
