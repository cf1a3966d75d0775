//! Sending questions and matching answers: a few shared UDP sockets, one receiving task each, TCP where an answer was cut short.
//!
//! Written here because the codec's own resolver costs six times the processor time per question and hides which failure was which.
//! Invariant: an answer counts only when source address, port, id and question are those of a question under way.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::Name;
use model::observation::{Failure, FailureClass};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::sync::{OnceCell, Semaphore, oneshot};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::account::Account;
use crate::connection;
use crate::dns::message::Question;
use crate::permit::Permit;
use crate::settings::Settings;

/// Sockets per address family. Each adds to what a forger has to guess.
const SOCKETS: usize = 4;
/// Questions under way at a time. More only overflows receive buffers.
const WINDOW: usize = 256;
/// How often a question is sent at most, over all servers.
const ATTEMPTS: usize = 4;
/// Largest datagram that we say we take (DNS flag day 2020), and that we take.
const PAYLOAD: u16 = 1232;
const LARGEST_DATAGRAM: usize = 4096;

/// Whether a server that validates by itself is to keep back what it finds broken (RFC 4035, 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checking {
    /// It is, as servers do by default.
    Enabled,
    /// It is not: it hands out what there is.
    Disabled,
}

/// What is sent.
struct Request {
    query: Query,
    checking: Checking,
}

/// Asks the configured servers.
pub(crate) struct Engine {
    servers: Vec<SocketAddr>,
    source: Option<IpAddr>,
    limit: Duration,
    window: Semaphore,
    v4: OnceCell<Vec<Socket>>,
    v6: OnceCell<Vec<Socket>>,
    account: Arc<Account>,
}

/// Why one attempt brought no message.
#[derive(Debug)]
enum Trouble {
    /// The answer does not fit a datagram, and none came over TCP.
    CutShort,
    /// It cannot be read.
    Malformed,
    /// Our own socket failed.
    Own(std::io::Error),
}

impl Trouble {
    fn failure(self, about: &str) -> Failure {
        match self {
            Self::CutShort => {
                Failure::new(FailureClass::ResolverFailed, format!("{about}: an answer cut short, and none over TCP"))
            }
            Self::Malformed => Failure::new(FailureClass::ResolverFailed, format!("{about}: an answer that cannot be read")),
            Self::Own(error) => Failure::new(FailureClass::OwnNetwork, format!("{about}: {error}")),
        }
    }
}

impl Engine {
    pub(crate) fn new(settings: &Settings, servers: Vec<SocketAddr>, account: Arc<Account>) -> Self {
        Self {
            servers,
            source: settings.source_address,
            limit: settings.dns_timeout(),
            window: Semaphore::new(WINDOW),
            v4: OnceCell::new(),
            v6: OnceCell::new(),
            account,
        }
    }

    /// Asks server after server until one answers NOERROR or NXDOMAIN, all within the time-out. Waiting for a place among the questions
    /// under way does not count: silence is the server's only when it was asked.
    pub(crate) async fn ask(&self, permit: &Permit, question: &Question, checking: Checking) -> Result<Message, Failure> {
        let about = format!("{} of {}", question.record.code(), question.name);
        let Ok(mut name) = Name::from_ascii(&question.name) else {
            return Err(Failure::new(FailureClass::ProtocolError, format!("{about}: not a domain name")));
        };
        name.set_fqdn(true);
        let request = Request { query: Query::query(name, question.record.code()), checking };
        let attempts = (self.servers.len() * 2).clamp(2, ATTEMPTS);
        let share = self.limit / u32::try_from(attempts).unwrap_or(1);
        let mut failed: Option<(SocketAddr, Failure)> = None;
        for server in self.servers.iter().cycle().take(attempts) {
            // A server that has said that it fails is not asked again; one that was silent is.
            if failed.as_ref().is_some_and(|(earlier, _)| earlier == server) {
                continue;
            }
            let _place = self.window.acquire().await;
            let failure = match timeout(share, self.exchange(permit, *server, &request)).await {
                Err(_) => continue,
                Ok(Ok(message)) => match message.metadata.response_code {
                    ResponseCode::NoError | ResponseCode::NXDomain => return Ok(message),
                    code => {
                        Failure::new(FailureClass::ResolverFailed, format!("{about}: {server} answered {}", code_words(code)))
                    }
                },
                Ok(Err(trouble)) => trouble.failure(&format!("{about}: {server}")),
            };
            failed = Some((*server, failure));
        }
        Err(failed.map(|(_, failure)| failure).unwrap_or_else(|| {
            let limit = self.limit.as_secs_f64();
            Failure::new(FailureClass::ResolverTimeout, format!("{about}: no answer within {limit} s"))
        }))
    }

    /// One question to one server; again without EDNS where the server does not know it, and over TCP where the answer was cut short.
    async fn exchange(&self, permit: &Permit, server: SocketAddr, request: &Request) -> Result<Message, Trouble> {
        let answer = match self.datagram(permit, server, request, true).await {
            Ok(message) if matches!(message.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp) => {
                self.datagram(permit, server, request, false).await
            }
            answer => answer,
        };
        match answer {
            Err(Trouble::CutShort) => self.stream(permit, server, request).await,
            answer => answer,
        }
    }

    async fn datagram(&self, permit: &Permit, server: SocketAddr, request: &Request, edns: bool) -> Result<Message, Trouble> {
        let sockets = self.sockets(server).await.map_err(Trouble::Own)?;
        // `sockets` never gives an empty list.
        let socket = &sockets[rand::random_range(0..sockets.len())];
        let (answer, waiting) = socket.wait(server, &request.query);
        let bytes = encode(waiting.id, request, edns)?;
        socket.udp.send_to(&bytes, server).await.map_err(Trouble::Own)?;
        // Counted before the answer, which may never come.
        self.account.question(permit, server.to_string(), bytes.len() as u64);
        // The sender is dropped without a word only when the receiving task ended.
        let received = answer.await.map_err(|_| Trouble::Own(std::io::Error::other("the receiver has stopped")))?;
        self.account.answer(permit, server.to_string(), received.size as u64);
        received.content
    }

    async fn stream(&self, permit: &Permit, server: SocketAddr, request: &Request) -> Result<Message, Trouble> {
        let id = rand::random();
        let bytes = encode(id, request, true)?;
        let length = u16::try_from(bytes.len()).map_err(|_| Trouble::Malformed)?;
        let mut tcp = connection::open(server, self.source).await.map_err(|_| Trouble::CutShort)?;
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend(&bytes);
        self.account.question(permit, server.to_string(), framed.len() as u64);
        let mut answer = Vec::new();
        let received = async {
            tcp.write_all(&framed).await?;
            answer.resize(tcp.read_u16().await?.into(), 0);
            tcp.read_exact(&mut answer).await
        };
        let received = received.await;
        received.map_err(|_| Trouble::CutShort)?;
        self.account.answer(permit, server.to_string(), answer.len() as u64);
        let message = Message::from_vec(&answer).map_err(|_| Trouble::Malformed)?;
        if message.metadata.id == id && answers(&message, &request.query) { Ok(message) } else { Err(Trouble::Malformed) }
    }

    async fn sockets(&self, server: SocketAddr) -> std::io::Result<&Vec<Socket>> {
        let (cell, any) = match server {
            SocketAddr::V4(_) => (&self.v4, IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            SocketAddr::V6(_) => (&self.v6, IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        };
        let own = self.source.filter(|source| source.is_ipv4() == server.is_ipv4()).unwrap_or(any);
        cell.get_or_try_init(|| async {
            let mut sockets = Vec::with_capacity(SOCKETS);
            for _ in 0..SOCKETS {
                sockets.push(Socket::open(own).await?);
            }
            Ok(sockets)
        })
        .await
    }
}

/// A socket with its receiving task, which ends with it.
struct Socket {
    udp: Arc<UdpSocket>,
    waiting: Arc<Mutex<Waiting>>,
    receiver: AbortHandle,
}

type Waiting = HashMap<u16, Asker>;

struct Asker {
    server: SocketAddr,
    query: Query,
    answer: oneshot::Sender<Received>,
}

#[derive(Debug)]
struct Received {
    size: usize,
    content: Result<Message, Trouble>,
}

/// A place among those waiting, given up when dropped.
struct Registered<'a> {
    id: u16,
    waiting: &'a Mutex<Waiting>,
}

impl Socket {
    async fn open(own: IpAddr) -> std::io::Result<Self> {
        let udp = Arc::new(UdpSocket::bind((own, 0)).await?);
        let waiting = Arc::new(Mutex::new(Waiting::new()));
        let receiver = tokio::spawn(receive(Arc::clone(&udp), Arc::clone(&waiting))).abort_handle();
        Ok(Self { udp, waiting, receiver })
    }

    /// Registers a question under a random free id.
    fn wait(&self, server: SocketAddr, query: &Query) -> (oneshot::Receiver<Received>, Registered<'_>) {
        let (answer, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The window is far smaller than the number of ids, so a free one is found at once.
        let mut id = rand::random();
        while waiting.contains_key(&id) {
            id = rand::random();
        }
        waiting.insert(id, Asker { server, query: query.clone(), answer });
        (receiver, Registered { id, waiting: &self.waiting })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.receiver.abort();
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

async fn receive(udp: Arc<UdpSocket>, waiting: Arc<Mutex<Waiting>>) {
    let mut buffer = [0; LARGEST_DATAGRAM];
    loop {
        match udp.recv_from(&mut buffer).await {
            Ok((size, from)) => deliver(&buffer[..size], from, &waiting),
            // An error on a datagram socket belongs to one datagram; a pause keeps a lasting one from taking the processor.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Hands a datagram to whom it answers; whatever answers nobody is dropped.
fn deliver(datagram: &[u8], from: SocketAddr, waiting: &Mutex<Waiting>) {
    let [high, low, flags, ..] = *datagram else { return };
    let id = u16::from_be_bytes([high, low]);
    let expected = |waiting: &Waiting| waiting.get(&id).is_some_and(|asker| asker.server == from);
    if !expected(&waiting.lock().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    // The flag TC is read by hand: records behind it may be cut in the middle, so that the whole cannot be decoded.
    let content =
        if flags & 0x02 != 0 { Err(Trouble::CutShort) } else { Message::from_vec(datagram).map_err(|_| Trouble::Malformed) };
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Ok(message), Some(asker)) = (&content, waiting.get(&id))
        && !answers(message, &asker.query)
    {
        return;
    }
    if let Some(asker) = waiting.remove(&id) {
        // The asker may have gone in the meantime.
        let _ = asker.answer.send(Received { size: datagram.len(), content });
    }
}

fn answers(message: &Message, query: &Query) -> bool {
    let echoed = match message.queries.as_slice() {
        [echo] => echo.name == query.name && echo.query_type == query.query_type,
        // Servers that fail early may leave the question out (RFC 9619 allows none).
        [] => message.metadata.response_code != ResponseCode::NoError,
        _ => false,
    };
    message.metadata.message_type == MessageType::Response && echoed
}

fn encode(id: u16, request: &Request, edns: bool) -> Result<Vec<u8>, Trouble> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.metadata.checking_disabled = request.checking == Checking::Disabled;
    message.add_query(request.query.clone());
    if edns {
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        message.set_edns(edns);
    }
    message.to_vec().map_err(|_| Trouble::Malformed)
}

fn code_words(code: ResponseCode) -> String {
    match code {
        ResponseCode::ServFail => "SERVFAIL".into(),
        ResponseCode::Refused => "REFUSED".into(),
        ResponseCode::FormErr => "FORMERR".into(),
        ResponseCode::NotImp => "NOTIMP".into(),
        other => format!("response code {}", u16::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dns::RecordType;
    use crate::dns::message::read;

    proptest! {
        #[test]
        fn no_datagram_makes_the_reader_panic(mut datagram in prop::collection::vec(any::<u8>(), 0..600), behind in any::<bool>()) {
            let name = Name::from_ascii("www.example.cn.").expect("a name");
            let request = Request { query: Query::query(name, RecordType::A.code()), checking: Checking::Enabled };
            if behind {
                // A sound head and question, with anything behind them.
                let mut head = encode(7, &request, false).expect("a question");
                head[2] |= 0x80;
                head[7] = 3;
                head.append(&mut datagram);
                datagram = head;
            }
            let server: SocketAddr = "192.0.2.53:53".parse().expect("an address");
            let (answer, mut receiver) = oneshot::channel();
            let waiting = Mutex::new(Waiting::from([(7, Asker { server, query: request.query, answer })]));
            deliver(&datagram, server, &waiting);
            if let Ok(Received { content: Ok(message), .. }) = receiver.try_recv() {
                let question = Question { name: "www.example.cn".into(), record: RecordType::A };
                prop_assert!(read(&message, &question).aliases.len() <= message.answers.len());
            }
        }
    }
}
