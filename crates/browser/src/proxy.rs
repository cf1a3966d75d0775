//! The HTTP proxy through which all of Chromium's traffic goes: it dials by the product's dialer and nothing else.
//!
//! Invariant: a request is served only with the random credential of a page that is being visited, so that no other program on the
//! machine can use the port, and each connection falls under that page's permit, guard, limits and log. What the dialer refuses gets
//! no made-up answer that could be taken for the site's: a tunnel is denied (RFC 9110, 9.3.6), a plain request's connection is closed, and the
//! reason is kept in the page's [`Ticket`].

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use dialer::connection::Connection;
use dialer::dialer::Dialer;
use model::observation::{Failure, FailureClass};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::tcp::ReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::error::BrowserError;
use crate::ticket::Ticket;

/// The user name that pages give; the password is the credential.
pub const USER: &str = "page";
/// Longest head of a request, in bytes.
const HEAD_LIMIT: usize = 64 * 1024;
/// Header fields in a request.
const FIELDS_LIMIT: usize = 128;
/// Longest wait for the head of a connection's first request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const CHUNK: usize = 16 * 1024;

/// The proxy. It stops when it is dropped.
pub struct Proxy {
    /// Its port on 127.0.0.1.
    pub port: u16,
    tickets: Arc<Tickets>,
    accepting: JoinHandle<()>,
}

type Tickets = Mutex<BTreeMap<String, Arc<Ticket>>>;

/// A page's admission; the credential is void once this is dropped.
pub struct Admission {
    /// The password.
    pub credential: String,
    /// The ticket behind it.
    pub ticket: Arc<Ticket>,
    tickets: Arc<Tickets>,
}

impl Proxy {
    /// Opens the proxy on a free loopback port.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn open(dialer: Dialer) -> Result<Self, BrowserError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(BrowserError::Proxy)?;
        let port = listener.local_addr().map_err(BrowserError::Proxy)?.port();
        let tickets = Arc::new(Tickets::default());
        let accepting = tokio::spawn(accept(listener, dialer, tickets.clone()));
        Ok(Self { port, tickets, accepting })
    }

    /// Admits a page.
    ///
    /// # Errors
    /// When the system gives no random bytes for its credential.
    pub fn admit(&self, ticket: Ticket) -> Result<Admission, BrowserError> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|error| BrowserError::Random(error.to_string()))?;
        let credential = random.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let ticket = Arc::new(ticket);
        lock(&self.tickets).insert(credential.clone(), ticket.clone());
        Ok(Admission { credential, ticket, tickets: self.tickets.clone() })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        lock(&self.tickets).remove(&self.credential);
        self.ticket.end();
    }
}

fn lock(tickets: &Tickets) -> MutexGuard<'_, BTreeMap<String, Arc<Ticket>>> {
    tickets.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, dialer: Dialer, tickets: Arc<Tickets>) {
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                let (dialer, tickets) = (dialer.clone(), tickets.clone());
                tokio::spawn(async move {
                    // A connection that breaks off is everyday life on the web; the page's own records tell of it.
                    if let Err(error) = serve(client, &dialer, &tickets).await {
                        tracing::trace!(%error, "proxy connection ended");
                    }
                });
            }
            // Out of file descriptors, most likely: wait for some to come back.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn serve(mut client: TcpStream, dialer: &Dialer, tickets: &Tickets) -> io::Result<()> {
    let mut waiting = Vec::new();
    let first = tokio::time::timeout(HEAD_TIMEOUT, read_head(&mut client, &mut waiting)).await;
    let Some(head) = first.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?? else { return Ok(()) };
    let ticket = head.credential.as_ref().and_then(|credential| lock(tickets).get(credential).cloned());
    let Some(ticket) = ticket else {
        let denied = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"page\"\r\n\
            Content-Length: 0\r\nConnection: close\r\n\r\n";
        return client.write_all(denied).await;
    };
    let connecting = async {
        ticket.admit(&head.host)?;
        dialer.connect(&ticket.permit, &head.host, head.port).await
    };
    // A connection that still waits for its place when the visit ends is not made any more.
    let connected = tokio::select! {
        () = ticket.ended() => return Ok(()),
        connected = connecting => connected,
    };
    let server = match connected {
        Ok(server) => server,
        Err(failure) => return refuse(&mut client, &head, &ticket, failure).await,
    };
    tokio::select! {
        () = ticket.ended() => Ok(()),
        done = exchange(client, server, head, waiting, &ticket) => done,
    }
}

async fn refuse(client: &mut TcpStream, head: &Head, ticket: &Ticket, failure: Failure) -> io::Result<()> {
    let status = match failure.class {
        FailureClass::AddressRefused | FailureClass::NotPermitted => "403 Forbidden",
        _ => "502 Bad Gateway",
    };
    tracing::debug!(host = head.host, port = head.port, detail = failure.detail, "the browser's connection was not made");
    ticket.refuse(&head.host, head.port, failure);
    if head.tunnel {
        client.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// Passes bytes until both sides have ended. Answers pass as they are, whatever they are: reading them is the browser's affair.
async fn exchange(mut client: TcpStream, server: Connection, head: Head, waiting: Vec<u8>, ticket: &Ticket) -> io::Result<()> {
    if head.tunnel {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    }
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = tokio::io::split(server);
    // An exchange without an answer to come is over; without this, a server that closes would leave the browser's side hanging.
    tokio::select! {
        done = pass(from_server, to_client, ticket) => done,
        failed = send(from_client, to_server, head, waiting, ticket) => failed,
    }
}

/// The client's direction. Ends only with an error: a client that has sent all may still be reading.
async fn send<W: AsyncWrite + Unpin>(
    mut client: ReadHalf<'_>,
    mut server: W,
    head: Head,
    mut waiting: Vec<u8>,
    ticket: &Ticket,
) -> io::Result<()> {
    if head.tunnel {
        forward(&mut server, &waiting, ticket).await?;
        pass(client, server, ticket).await?;
    } else {
        let (host, port) = (head.host.clone(), head.port);
        let mut next = Some(head);
        while let Some(head) = next {
            // The browser may use an idle connection for another host; it takes the closing for an idle one's end and dials anew.
            if head.tunnel || head.host != host || head.port != port {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            forward(&mut server, &head.bytes, ticket).await?;
            let mut body = head.body;
            while body > 0 {
                if waiting.is_empty() && client.read_buf(&mut waiting).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let count = waiting.len().min(usize::try_from(body).unwrap_or(usize::MAX));
                let part = waiting.drain(..count).collect::<Vec<_>>();
                forward(&mut server, &part, ticket).await?;
                body -= count as u64;
            }
            next = read_head(&mut client, &mut waiting).await?;
        }
        server.shutdown().await?;
    }
    std::future::pending().await
}

async fn pass<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(mut from: R, mut to: W, ticket: &Ticket) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        forward(&mut to, buffer.get(..count).unwrap_or_default(), ticket).await?;
    }
}

async fn forward<W: AsyncWrite + Unpin>(to: &mut W, bytes: &[u8], ticket: &Ticket) -> io::Result<()> {
    if !ticket.spend(bytes.len()) {
        return Err(io::Error::other("the page has used up its bytes"));
    }
    to.write_all(bytes).await?;
    to.flush().await
}

/// The head of a request, ready to be passed on.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    tunnel: bool,
    host: String,
    port: u16,
    credential: Option<String>,
    /// What the server gets; empty for a tunnel.
    bytes: Vec<u8>,
    /// Length of the body that follows.
    body: u64,
}

/// The next head, or `None` when the client has nothing more to ask. What was read beyond it stays in `waiting`.
async fn read_head<R: AsyncRead + Unpin>(client: &mut R, waiting: &mut Vec<u8>) -> io::Result<Option<Head>> {
    loop {
        if let Some((head, length)) = parse(waiting).map_err(|what| io::Error::new(io::ErrorKind::InvalidData, what))? {
            waiting.drain(..length);
            return Ok(Some(head));
        }
        if waiting.len() > HEAD_LIMIT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the head is too long"));
        }
        if client.read_buf(waiting).await? == 0 {
            return if waiting.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    }
}

/// A head and its length, or `None` when it is not complete yet.
fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, &'static str> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_LIMIT];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(bytes).map_err(|_| "not a request")? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(length) => length,
    };
    let (method, target) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let tunnel = method == "CONNECT";
    // The authority of a tunnel has no scheme; with one, the same parser reads both and unusual ports stay as they are.
    let address = if tunnel { format!("none://{target}") } else { target.to_owned() };
    let address = url::Url::parse(&address).map_err(|_| "no address of the form a proxy is asked for")?;
    if !tunnel && address.scheme() != "http" {
        return Err("only http is asked for without a tunnel");
    }
    let host = address.host_str().ok_or("no host")?.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = address.port_or_known_default().ok_or("no port")?;

    let mut head = Head { tunnel, host, port, credential: None, bytes: Vec::new(), body: 0 };
    if !tunnel {
        let path = &address[url::Position::BeforePath..url::Position::AfterQuery];
        head.bytes.extend_from_slice(format!("{method} {path} HTTP/1.1\r\n").as_bytes());
    }
    for field in request.headers.iter() {
        match field.name.to_ascii_lowercase().as_str() {
            "proxy-authorization" => head.credential = credential(field.value),
            "proxy-connection" => {}
            "transfer-encoding" => return Err("a body without a length"),
            name => {
                if name == "content-length" {
                    head.body =
                        std::str::from_utf8(field.value).ok().and_then(|text| text.parse().ok()).ok_or("a strange length")?;
                }
                if !tunnel {
                    head.bytes.extend_from_slice(&[field.name.as_bytes(), b": ", field.value, b"\r\n"].concat());
                }
            }
        }
    }
    if !tunnel {
        head.bytes.extend_from_slice(b"\r\n");
    }
    Ok(Some((head, length)))
}

fn credential(value: &[u8]) -> Option<String> {
    let (scheme, encoded) = std::str::from_utf8(value).ok()?.split_once(' ')?;
    let plain = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = plain.split_once(':')?;
    (scheme.eq_ignore_ascii_case("basic") && user == USER).then(|| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<(Head, usize)>, &'static str> {
        parse(text.as_bytes())
    }

    #[test]
    fn a_tunnel_keeps_host_port_and_credential() {
        let credential = BASE64.encode("page:secret");
        let text =
            format!("CONNECT www.example.gov.cn:8443 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic {credential}\r\n\r\nrest");
        let (head, length) = parsed(&text).unwrap().unwrap();
        assert_eq!((head.tunnel, head.host.as_str(), head.port), (true, "www.example.gov.cn", 8443));
        assert_eq!(head.credential.as_deref(), Some("secret"));
        assert_eq!(&text[length..], "rest");
        let (head, _) = parsed("CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.host.as_str(), head.port, head.credential), ("2001:db8::1", 443, None));
    }

    #[test]
    fn a_plain_request_is_passed_on_without_what_is_the_proxys() {
        let text = "POST http://www.example.gov.cn/a?b=c HTTP/1.1\r\nHost: www.example.gov.cn\r\nProxy-Connection: keep-alive\r\n\
            Proxy-Authorization: Basic x\r\nContent-Length: 3\r\n\r\nabc";
        let (head, length) = parsed(text).unwrap().unwrap();
        assert_eq!((head.host.as_str(), head.port, head.body), ("www.example.gov.cn", 80, 3));
        let sent = String::from_utf8(head.bytes).unwrap();
        assert_eq!(sent, "POST /a?b=c HTTP/1.1\r\nHost: www.example.gov.cn\r\nContent-Length: 3\r\n\r\n");
        assert_eq!(&text[length..], "abc");
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        assert!(parsed("GET / HTTP/1.1\r\n\r\n").is_err());
        assert!(parsed("GET file:///etc/passwd HTTP/1.1\r\n\r\n").is_err());
        assert!(parsed("CONNECT www.example.gov.cn HTTP/1.1\r\n\r\n").is_err());
        assert!(parsed("POST http://a/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert_eq!(parsed("GET http://a/ HTTP/1.1\r\nHost:"), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), host in ".{0,40}") {
            let _ = parse(&bytes);
            let _ = parse(format!("CONNECT {host} HTTP/1.1\r\n\r\n").as_bytes());
            let _ = parse(format!("GET http://{host} HTTP/1.1\r\nContent-Length: {host}\r\n\r\n").as_bytes());
            let _ = credential(&bytes);
        }
    }
}
