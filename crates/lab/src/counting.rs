//! A target that counts: every connection, every HTTP request and every datagram that reaches it, with its time.
//!
//! Invariant: what is not in its list did not arrive. It takes from its sockets in threads of its own, so that a busy test does not
//! delay its clock.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use socket2::{Domain, Socket, Type};

use crate::error::LabError;

/// Where the target's own connections come from, and no others.
const SETTLER: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 253);
/// How often a set of ports is drawn until all are free on all addresses.
const DRAWS: usize = 100;
/// Longest request line or field that is read.
const LONGEST_LINE: u64 = 8192;

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A TCP connection.
    Connection,
    /// An HTTP request, by its first line.
    Request(String),
    /// A UDP datagram of so many bytes.
    Datagram(usize),
}

/// One arrival.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When, by the monotonic clock.
    pub at: Instant,
    /// Who sent it.
    pub from: SocketAddr,
    /// The address and port that it was sent to.
    pub to: SocketAddr,
    /// What it was.
    pub what: What,
}

/// Makes the answer to a datagram; `None` for silence.
pub type Answer = fn(&[u8]) -> Option<Vec<u8>>;

/// A counting target on some addresses, the same ports on each. Its threads end with the process.
pub struct Counting {
    /// The TCP ports, which accept; the first takes UDP too.
    pub ports: Vec<u16>,
    addresses: Vec<Ipv4Addr>,
    book: Arc<Book>,
}

/// What has arrived.
#[derive(Default)]
struct Book {
    arrivals: Mutex<Vec<Arrival>>,
    noted: Condvar,
}

impl Counting {
    /// Opens `ports` ports on each of these addresses.
    ///
    /// # Errors
    /// When an address is not of `127.0.0.0/8`, or no ports are free.
    pub fn open(addresses: &[Ipv4Addr], ports: usize, answer: Answer) -> Result<Self, LabError> {
        let refused = |address: Ipv4Addr, source| LabError::Listen { address: address.into(), source };
        if let Some(foreign) = addresses.iter().find(|address| !address.is_loopback()) {
            return Err(refused(*foreign, io::Error::other("not an address of loopback")));
        }
        let mut last = io::Error::other("no port was drawn");
        for _ in 0..DRAWS {
            match sockets(addresses, ports) {
                Ok((listeners, datagrams)) => return Ok(Self::start(addresses.to_vec(), listeners, datagrams, answer)),
                Err(error) => last = error,
            }
        }
        Err(refused(addresses.first().copied().unwrap_or(Ipv4Addr::LOCALHOST), last))
    }

    fn start(addresses: Vec<Ipv4Addr>, listeners: Vec<TcpListener>, datagrams: Vec<UdpSocket>, answer: Answer) -> Self {
        let book = Arc::new(Book::default());
        let mut ports: Vec<u16> =
            listeners.iter().filter_map(|listener| listener.local_addr().ok()).map(|to| to.port()).collect();
        let first = ports.first().copied();
        ports.sort_unstable_by_key(|port| (Some(*port) != first, *port));
        ports.dedup();
        for listener in listeners {
            let book = Arc::clone(&book);
            thread::spawn(move || accept(&listener, &book));
        }
        for socket in datagrams {
            let book = Arc::clone(&book);
            thread::spawn(move || take(&socket, answer, &book));
        }
        Self { ports, addresses, book }
    }

    /// Waits until every connection is counted that was made before: the system takes one for made before the target has seen it.
    ///
    /// # Errors
    /// When no connection can be made.
    pub fn settle(&self) -> io::Result<()> {
        for address in &self.addresses {
            for port in &self.ports {
                // Connections are accepted in the order in which they were made, so those before this one are counted when it is. It comes
                // from an address of its own: the system gives one source port to connections that go to different places.
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
                socket.bind(&SocketAddr::from((SETTLER, 0)).into())?;
                socket.connect(&SocketAddr::from((*address, *port)).into())?;
                let own = TcpStream::from(socket).local_addr()?;
                let arrivals = self.book.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
                let missing = |arrivals: &mut Vec<Arrival>| !arrivals.iter().any(|arrival| arrival.from == own);
                let settled = self.book.noted.wait_while(arrivals, missing);
                settled.unwrap_or_else(PoisonError::into_inner).retain(|arrival| arrival.from != own);
            }
        }
        Ok(())
    }

    /// What has arrived at an address so far, in order.
    pub fn at(&self, address: Ipv4Addr) -> Vec<Arrival> {
        let arrivals = self.book.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.iter().filter(|arrival| arrival.to.ip() == IpAddr::V4(address)).cloned().collect()
    }

    /// How many connections have arrived at an address.
    pub fn connections(&self, address: Ipv4Addr) -> u64 {
        self.at(address).iter().filter(|arrival| arrival.what == What::Connection).count() as u64
    }

    /// How many datagrams have arrived at an address.
    pub fn datagrams(&self, address: Ipv4Addr) -> u64 {
        self.at(address).iter().filter(|arrival| matches!(arrival.what, What::Datagram(_))).count() as u64
    }
}

/// Listeners on all addresses for each of so many ports, and a datagram socket on each address for the first.
fn sockets(addresses: &[Ipv4Addr], ports: usize) -> io::Result<(Vec<TcpListener>, Vec<UdpSocket>)> {
    let mut listeners = Vec::new();
    let mut datagrams = Vec::new();
    for number in 0..ports {
        let mut port = 0;
        for address in addresses {
            let listener = TcpListener::bind((*address, port))?;
            port = listener.local_addr()?.port();
            listeners.push(listener);
            if number == 0 {
                datagrams.push(UdpSocket::bind((*address, port))?);
            }
        }
    }
    Ok((listeners, datagrams))
}

impl Book {
    fn note(&self, from: SocketAddr, to: SocketAddr, what: What) {
        // Taken before the lock, which others may hold.
        let at = Instant::now();
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(Arrival { at, from, to, what });
        self.noted.notify_all();
    }
}

fn accept(listener: &TcpListener, book: &Arc<Book>) {
    let Ok(to) = listener.local_addr() else { return };
    // An error belongs to one connection, which then was none.
    loop {
        let Ok((stream, from)) = listener.accept() else { continue };
        book.note(from, to, What::Connection);
        let book = Arc::clone(book);
        // What a client does with its connection must not keep the next from being counted.
        thread::spawn(move || serve(stream, from, to, &book));
    }
}

/// Counts requests and answers each with 204 until the client goes.
fn serve(mut stream: TcpStream, from: SocketAddr, to: SocketAddr, book: &Book) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let first = line(&mut reader)?;
        while !line(&mut reader)?.is_empty() {}
        book.note(from, to, What::Request(first));
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok()?;
    }
}

/// A line without its end; `None` when the client has gone or the line is too long.
fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    reader.take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
    let line = line.strip_suffix(b"\n")?;
    Some(String::from_utf8_lossy(line).trim_end().to_owned())
}

fn take(socket: &UdpSocket, answer: Answer, book: &Book) {
    let Ok(to) = socket.local_addr() else { return };
    let mut buffer = [0; 65_536];
    while let Ok((size, from)) = socket.recv_from(&mut buffer) {
        book.note(from, to, What::Datagram(size));
        if let Some(answer) = answer(&buffer[..size]) {
            // Whoever asked may have gone.
            let _ = socket.send_to(&answer, from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_requests_and_datagrams_are_counted_by_address() {
        let (here, there) = (Ipv4Addr::new(127, 21, 0, 1), Ipv4Addr::new(127, 21, 0, 2));
        let target = Counting::open(&[here, there], 2, |datagram| Some(datagram.to_vec())).expect("sockets");
        assert_eq!(target.ports.len(), 2);
        let mut stream = TcpStream::connect((here, target.ports[1])).expect("connected");
        stream.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
        let mut answer = String::new();
        BufReader::new(&stream).read_line(&mut answer).expect("an answer");
        assert_eq!(answer, "HTTP/1.1 204 No Content\r\n");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        socket.send_to(b"hello", (there, target.ports[0])).expect("sent");
        socket.recv_from(&mut [0; 8]).expect("an answer");
        let what: Vec<What> = target.at(here).into_iter().map(|arrival| arrival.what).collect();
        assert_eq!(what, [What::Connection, What::Request("GET /a HTTP/1.1".into())]);
        drop(TcpStream::connect((here, target.ports[0])).expect("connected"));
        target.settle().expect("connected");
        assert_eq!(target.connections(here), 2);
        assert_eq!((target.connections(there), target.datagrams(there), target.datagrams(here)), (0, 1, 0));
        assert!(Counting::open(&[Ipv4Addr::new(192, 0, 2, 1)], 1, |_| None).is_err());
    }
}
