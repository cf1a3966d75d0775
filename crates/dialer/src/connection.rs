//! An attempt at a connection, and the connection: counts what passes and holds its places in the limiter until it is dropped.
//!
//! Invariant: whatever is begun reaches the account when it ends, also when whoever asked for it has gone meanwhile.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use jiff::Timestamp;
use model::observation::{Failure, FailureClass};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

use crate::account::{Account, Contact};
use crate::limiter::Place;

/// An attempt, from the wish to the end of the connection.
pub(crate) struct Attempt {
    contact: Contact,
    started: Instant,
    account: Arc<Account>,
    stage: Stage,
}

#[derive(PartialEq, Eq)]
enum Stage {
    UnderWay,
    Connected,
    Told,
}

impl Attempt {
    /// Begins with a contact as [`Dialer::contact`](crate::dialer::Dialer) makes it.
    pub(crate) fn begin(contact: Contact, account: Arc<Account>) -> Self {
        Self { contact, started: Instant::now(), account, stage: Stage::UnderWay }
    }

    /// Says which address is dialled now.
    pub(crate) fn dial(&mut self, ip: IpAddr) {
        self.contact.ip = Some(ip);
    }

    /// Counts a datagram that was sent.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.contact.datagrams += 1;
        self.contact.bytes_out += bytes as u64;
    }

    /// Tells the account that an exchange of datagrams has ended with an answer.
    pub(crate) fn answered(mut self, bytes: usize) {
        self.contact.bytes_in += bytes as u64;
        self.tell();
    }

    /// Tells the account that the attempt has failed.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        self.contact.failure = Some(failure.clone());
        self.tell();
    }

    /// Begins again after a failure, with another address.
    pub(crate) fn again(&mut self, at: Timestamp) {
        self.contact = Contact { at, ip: None, failure: None, ..self.contact.clone() };
        (self.started, self.stage) = (Instant::now(), Stage::UnderWay);
    }

    fn tell(&mut self) {
        self.stage = Stage::Told;
        self.contact.duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.account.contact(&self.contact);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        match self.stage {
            Stage::UnderWay => self.fail(&Failure::new(FailureClass::ToolFailed, "given up before there was a connection")),
            Stage::Connected => self.tell(),
            Stage::Told => {}
        }
    }
}

/// An open TCP connection. When it is dropped, its places are free again and the account learns of it.
pub struct Connection {
    stream: TcpStream,
    peer: IpAddr,
    attempt: Attempt,
    _host_place: Place,
    _place: Place,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, peer: IpAddr, mut attempt: Attempt, places: (Place, Place)) -> Self {
        attempt.stage = Stage::Connected;
        Self { stream, peer, attempt, _host_place: places.0, _place: places.1 }
    }

    /// The address at the other end: the site's, even behind an upstream proxy.
    pub fn peer(&self) -> IpAddr {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.attempt.contact.bytes_in += (buffer.filled().len() - before) as u64;
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = polled {
            self.attempt.contact.bytes_out += written as u64;
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Opens a TCP connection from `source`.
pub(crate) async fn open(target: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if target.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(source) = source.filter(|source| source.is_ipv4() == target.is_ipv4()) {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    let stream = socket.connect(target).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Asks an upstream proxy for a tunnel to `target` (RFC 9110, 9.3.6). Its troubles are our own network's: a proxy that refuses us says
/// nothing of the target.
pub(crate) async fn tunnel(proxy: &str, target: SocketAddr) -> io::Result<TcpStream> {
    through(proxy, target).await.map_err(|error| io::Error::other(format!("proxy {proxy}: {error}")))
}

async fn through(proxy: &str, target: SocketAddr) -> io::Result<TcpStream> {
    const LONGEST_ANSWER: usize = 4096;
    let mut stream = TcpStream::connect(proxy).await?;
    stream.set_nodelay(true)?;
    stream.write_all(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    // Byte by byte, so that nothing of the tunnel's own content is swallowed.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() == LONGEST_ANSWER {
            return Err(io::Error::other("the answer is too long"));
        }
        answer.push(stream.read_u8().await?);
    }
    let status = String::from_utf8_lossy(&answer).split_whitespace().nth(1).map(str::to_owned);
    match status.as_deref() {
        Some(status) if status.len() == 3 && status.starts_with('2') => Ok(stream),
        _ => Err(io::Error::other("the tunnel is refused")),
    }
}

/// The failure behind an error of connecting.
pub(crate) fn connect_failure(target: &str, error: &io::Error) -> Failure {
    use io::ErrorKind as K;
    let (class, words) = match error.kind() {
        K::ConnectionRefused => (FailureClass::ConnectionRefused, "refused".to_owned()),
        K::HostUnreachable => (FailureClass::Unreachable, "host unreachable".into()),
        K::NetworkUnreachable => (FailureClass::Unreachable, "network unreachable".into()),
        K::ConnectionReset | K::ConnectionAborted | K::UnexpectedEof => (FailureClass::ConnectionReset, "broken off".into()),
        K::TimedOut => (FailureClass::ConnectTimeout, "timed out".into()),
        // What is left are troubles of our own: no free port, no free descriptor, a firewall of ours, a source address that is not ours.
        _ => (FailureClass::OwnNetwork, error.to_string()),
    };
    Failure::new(class, format!("connect {target}: {words}"))
}
