//! Sending questions and matching answers: a few shared UDP sockets, one receiving task each, TCP where an answer was cut short.
//!
//! Written here because the codec's own resolver costs six times the processor time per question and hides which failure was which.
//! Invariant: an answer counts only when source address, port, id and question, by its letters' very case, are those of a question under
//! way.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::Name;
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsCode, EdnsOption};
use ipnet::IpNet;
use model::observation::{Failure, FailureClass};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::sync::{OnceCell, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use crate::account::Account;
use crate::connection;
use crate::dns::message::Question;
use crate::dns::servers::{Server, Servers, Window};
use crate::permit::Permit;
use crate::settings::Settings;

/// Sockets per address family. Each adds to what a forger has to guess.
const SOCKETS: usize = 4;
/// How many datagrams are taken from a socket before others get their turn.
const TAKEN_ALONG: usize = 64;
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

/// How a question is to be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Whether validation by the server is wanted.
    pub(crate) checking: Checking,
    /// The network on whose behalf (RFC 7871).
    pub(crate) subnet: Option<IpNet>,
}

impl Manner {
    /// As everybody asks.
    pub(crate) const PLAIN: Self = Self { checking: Checking::Enabled, subnet: None };
}

/// What is sent.
struct Request {
    query: Query,
    manner: Manner,
}

/// Asks the configured servers.
pub(crate) struct Engine {
    servers: Servers,
    source: Option<IpAddr>,
    limit: Duration,
    window: Window,
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
    /// It fits, except that the letters of the question came back in another case: forged, or from a server that does not keep the case.
    OtherCase,
    /// Our own socket failed.
    Own(std::io::Error),
}

impl Trouble {
    fn failure(self, about: &str) -> Failure {
        match self {
            Self::CutShort => {
                Failure::new(FailureClass::ResolverFailed, format!("{about}: an answer cut short, and none over TCP"))
            }
            Self::Malformed | Self::OtherCase => {
                Failure::new(FailureClass::ResolverFailed, format!("{about}: an answer that cannot be read"))
            }
            Self::Own(error) => Failure::new(FailureClass::OwnNetwork, format!("{about}: {error}")),
        }
    }
}

impl Engine {
    pub(crate) fn new(settings: &Settings, servers: Vec<SocketAddr>, account: Arc<Account>) -> Self {
        Self {
            servers: Servers::new(servers),
            source: settings.source_address,
            limit: settings.dns_timeout(),
            window: Window::new(settings.dns_timeout()),
            v4: OnceCell::new(),
            v6: OnceCell::new(),
            account,
        }
    }

    /// Asks server after server until one answers NOERROR or NXDOMAIN, all within the time-out. Waiting for a place among the questions
    /// under way does not count: silence is the server's only when it was asked.
    pub(crate) async fn ask(&self, permit: &Permit, question: &Question, manner: Manner) -> Result<Message, Failure> {
        let about = || format!("{} of {}", question.record.code(), question.name);
        let Ok(mut name) = Name::from_ascii(&question.name) else {
            return Err(Failure::new(FailureClass::ProtocolError, format!("{}: not a domain name", about())));
        };
        name.set_fqdn(true);
        let request = Request { query: Query::query(name, question.record.code()), manner };
        let servers = self.servers.order();
        let attempts = (servers.len() * 2).clamp(2, ATTEMPTS);
        let share = self.limit / u32::try_from(attempts).unwrap_or(1);
        let mut failed: Option<(SocketAddr, Failure)> = None;
        for server in servers.iter().copied().cycle().take(attempts) {
            // A server that has said that it fails is not asked again; one that was silent is.
            if failed.as_ref().is_some_and(|(earlier, _)| *earlier == server.address) {
                continue;
            }
            let place = self.window.place().await;
            let asked = Instant::now();
            let exchanged = timeout(share, self.exchange(permit, server, &request)).await;
            drop(place);
            let Ok(exchanged) = exchanged else {
                server.was_silent();
                self.window.lost();
                continue;
            };
            server.has_answered();
            self.window.answered(asked.elapsed());
            let failure = match exchanged {
                Ok(message) => match message.metadata.response_code {
                    ResponseCode::NoError | ResponseCode::NXDomain => return Ok(message),
                    code => {
                        let words = format!("{}: {} answered {}", about(), server.address, code_words(code));
                        Failure::new(FailureClass::ResolverFailed, words)
                    }
                },
                Err(trouble) => trouble.failure(&format!("{}: {}", about(), server.address)),
            };
            failed = Some((server.address, failure));
        }
        Err(failed.map(|(_, failure)| failure).unwrap_or_else(|| {
            let limit = self.limit.as_secs_f64();
            Failure::new(FailureClass::ResolverTimeout, format!("{}: no answer within {limit} s", about()))
        }))
    }

    /// One question to one server; again without EDNS where the server does not know it, and over TCP where the answer was cut short or
    /// may be forged.
    async fn exchange(&self, permit: &Permit, server: &Server, request: &Request) -> Result<Message, Trouble> {
        let query = if server.keeps_case() { in_mixed_case(&request.query) } else { request.query.clone() };
        let request = &Request { query, ..*request };
        let answer = match self.datagram(permit, server.address, request, true).await {
            Ok(message) if matches!(message.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp) => {
                self.datagram(permit, server.address, request, false).await
            }
            answer => answer,
        };
        match answer {
            Err(Trouble::CutShort) => Box::pin(self.stream(permit, server.address, request)).await,
            Err(Trouble::OtherCase) => {
                let message = Box::pin(self.stream(permit, server.address, request)).await?;
                // Nobody forges a stream without being on the path: this is how the server answers.
                if !same_case(&message, &request.query) {
                    server.keeps_no_case();
                }
                Ok(message)
            }
            answer => answer,
        }
    }

    async fn datagram(&self, permit: &Permit, server: SocketAddr, request: &Request, edns: bool) -> Result<Message, Trouble> {
        let sockets = self.sockets(server).await.map_err(Trouble::Own)?;
        // `sockets` never gives an empty list.
        let socket = &sockets[rand::random_range(0..sockets.len())];
        let (answer, waiting) = socket.wait(server, request);
        let bytes = encode(waiting.id, request, edns)?;
        socket.udp.send_to(&bytes, server).await.map_err(Trouble::Own)?;
        // On the account when dropped: the answer may never come, and the asker may go.
        let mut sent = Sent { account: &self.account, permit, server, bytes_out: bytes.len() as u64, bytes_in: 0 };
        // The sender is dropped without a word only when the receiving task ended.
        let received = answer.await.map_err(|_| Trouble::Own(std::io::Error::other("the receiver has stopped")))?;
        sent.bytes_in = received.size as u64;
        received.content
    }

    /// Boxed by its callers: it is rare, and its state would weigh on every question.
    async fn stream(&self, permit: &Permit, server: SocketAddr, request: &Request) -> Result<Message, Trouble> {
        let id = rand::random();
        let bytes = encode(id, request, true)?;
        let length = u16::try_from(bytes.len()).map_err(|_| Trouble::Malformed)?;
        let mut tcp = connection::open(server, self.source).await.map_err(|_| Trouble::CutShort)?;
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend(&bytes);
        let mut sent = Sent { account: &self.account, permit, server, bytes_out: framed.len() as u64, bytes_in: 0 };
        let mut answer = Vec::new();
        let received = async {
            tcp.write_all(&framed).await?;
            answer.resize(tcp.read_u16().await?.into(), 0);
            tcp.read_exact(&mut answer).await
        };
        let received = received.await;
        received.map_err(|_| Trouble::CutShort)?;
        sent.bytes_in = answer.len() as u64;
        let message = Message::from_vec(&answer).map_err(|_| Trouble::Malformed)?;
        if message.metadata.id == id && answers(&message, request) { Ok(message) } else { Err(Trouble::Malformed) }
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

/// A message to a server, on the account when dropped.
struct Sent<'a> {
    account: &'a Account,
    permit: &'a Permit,
    server: SocketAddr,
    bytes_out: u64,
    bytes_in: u64,
}

impl Drop for Sent<'_> {
    fn drop(&mut self) {
        self.account.question(self.permit, self.server, self.bytes_out, self.bytes_in);
    }
}

/// A socket with its receiving task, which ends with it.
struct Socket {
    udp: Arc<UdpSocket>,
    waiting: Arc<Mutex<Waiting>>,
    receiver: AbortHandle,
}

#[derive(Default)]
struct Waiting {
    by_id: HashMap<u16, Asker>,
    next: u64,
}

struct Asker {
    /// Tells it from a later one under the same id.
    number: u64,
    server: SocketAddr,
    request: Request,
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
    number: u64,
    waiting: &'a Mutex<Waiting>,
}

impl Socket {
    async fn open(own: IpAddr) -> std::io::Result<Self> {
        let udp = Arc::new(UdpSocket::bind((own, 0)).await?);
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let receiver = tokio::spawn(receive(Arc::clone(&udp), Arc::clone(&waiting))).abort_handle();
        Ok(Self { udp, waiting, receiver })
    }

    /// Registers a question under a random free id.
    fn wait(&self, server: SocketAddr, request: &Request) -> (oneshot::Receiver<Received>, Registered<'_>) {
        let (answer, receiver) = oneshot::channel();
        let request = Request { query: request.query.clone(), ..*request };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The window is far smaller than the number of ids, so a free one is found at once.
        let mut id = rand::random();
        while waiting.by_id.contains_key(&id) {
            id = rand::random();
        }
        let number = waiting.next;
        waiting.next += 1;
        waiting.by_id.insert(id, Asker { number, server, request, answer });
        (receiver, Registered { id, number, waiting: &self.waiting })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.receiver.abort();
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Once answered, the id may be another question's already.
        if waiting.by_id.get(&self.id).is_some_and(|asker| asker.number == self.number) {
            waiting.by_id.remove(&self.id);
        }
    }
}

async fn receive(udp: Arc<UdpSocket>, waiting: Arc<Mutex<Waiting>>) {
    let mut buffer = [0; LARGEST_DATAGRAM];
    loop {
        let mut received = udp.recv_from(&mut buffer).await;
        // What has come meanwhile is taken along without going back to the runtime, within reason.
        for _ in 0..TAKEN_ALONG {
            let Ok((size, from)) = received else { break };
            deliver(&buffer[..size], from, &waiting);
            received = udp.try_recv_from(&mut buffer);
        }
        match received {
            Ok((size, from)) => deliver(&buffer[..size], from, &waiting),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            // An error on a datagram socket belongs to one datagram; a pause keeps a lasting one from taking the processor.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Hands a datagram to whom it answers; whatever answers nobody is dropped.
fn deliver(datagram: &[u8], from: SocketAddr, waiting: &Mutex<Waiting>) {
    let [high, low, flags, ..] = *datagram else { return };
    let id = u16::from_be_bytes([high, low]);
    let expected = |waiting: &Waiting| waiting.by_id.get(&id).is_some_and(|asker| asker.server == from);
    if !expected(&waiting.lock().unwrap_or_else(PoisonError::into_inner)) {
        return;
    }
    // The flag TC is read by hand: records behind it may be cut in the middle, so that the whole cannot be decoded.
    let mut content =
        if flags & 0x02 != 0 { Err(Trouble::CutShort) } else { Message::from_vec(datagram).map_err(|_| Trouble::Malformed) };
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Ok(message), Some(asker)) = (&content, waiting.by_id.get(&id)) {
        if !answers(message, &asker.request) {
            return;
        }
        if !same_case(message, &asker.request.query) {
            content = Err(Trouble::OtherCase);
        }
    }
    if let Some(asker) = waiting.by_id.remove(&id) {
        // The asker may have gone in the meantime.
        let _ = asker.answer.send(Received { size: datagram.len(), content });
    }
}

fn answers(message: &Message, request: &Request) -> bool {
    let query = &request.query;
    let echoed = match message.queries.as_slice() {
        [echo] => echo.name == query.name && echo.query_type == query.query_type,
        // Servers that fail early may leave the question out (RFC 9619 allows none).
        [] => message.metadata.response_code != ResponseCode::NoError,
        _ => false,
    };
    // A network that was asked about comes back as it is, or not at all (RFC 7871, 7.3).
    let same_network = match (request.manner.subnet, subnet_of(message)) {
        (Some(asked), Some(told)) => asked.network() == told.addr() && asked.prefix_len() == told.source_prefix(),
        _ => true,
    };
    message.metadata.message_type == MessageType::Response && echoed && same_network
}

/// Whether the question came back letter by letter, where it came back at all.
fn same_case(message: &Message, query: &Query) -> bool {
    message.queries.iter().all(|echo| echo.name.eq_case(&query.name))
}

/// The question with its letters in random case, which few servers change and no forger knows (draft-vixie-dnsext-dns0x20).
fn in_mixed_case(query: &Query) -> Query {
    let mut coins: u128 = rand::random();
    let mut toss = |letter: char| {
        coins = coins.rotate_right(1);
        if coins & 1 == 0 { letter.to_ascii_uppercase() } else { letter }
    };
    let mixed: String = query.name.to_ascii().chars().map(&mut toss).collect();
    match Name::from_ascii(&mixed) {
        Ok(name) => Query::query(name, query.query_type),
        Err(_) => query.clone(),
    }
}

/// What the server says of the network on whose behalf it was asked.
pub(crate) fn subnet_of(message: &Message) -> Option<&ClientSubnet> {
    match message.edns.as_ref()?.option(EdnsCode::Subnet)? {
        EdnsOption::Subnet(subnet) => Some(subnet),
        _ => None,
    }
}

fn encode(id: u16, request: &Request, edns: bool) -> Result<Vec<u8>, Trouble> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.metadata.checking_disabled = request.manner.checking == Checking::Disabled;
    message.add_query(request.query.clone());
    if edns {
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        if let Some(subnet) = request.manner.subnet {
            let subnet = ClientSubnet::new(subnet.network(), subnet.prefix_len(), 0);
            edns.options_mut().insert(EdnsOption::Subnet(subnet));
        }
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
    use hickory_proto::rr::RecordType as Type;
    use proptest::prelude::*;

    use super::*;
    use crate::dns::RecordType;
    use crate::dns::message::read;

    #[tokio::test]
    async fn an_id_that_another_question_has_taken_over_stays_with_it() {
        let socket = Socket::open(Ipv4Addr::LOCALHOST.into()).await.expect("a socket");
        let name = Name::from_ascii("www.example.cn.").expect("a name");
        let request = Request { query: Query::query(name, RecordType::A.code()), manner: Manner::PLAIN };
        let server: SocketAddr = "192.0.2.53:53".parse().expect("an address");
        let (_, answered) = socket.wait(server, &request);
        let (id, later) = (answered.id, answered.number + 1);
        let asker = socket.waiting.lock().expect("lock").by_id.remove(&id).expect("the question");
        socket.waiting.lock().expect("lock").by_id.insert(id, Asker { number: later, ..asker });
        drop(answered);
        assert!(socket.waiting.lock().expect("lock").by_id.contains_key(&id));
    }

    #[test]
    fn only_the_case_is_mixed() {
        let query = Query::query(Name::from_ascii("www.long-name-of-a-host.example.gov.cn.").expect("a name"), Type::A);
        let mixed: Vec<Query> = (0..8).map(|_| in_mixed_case(&query)).collect();
        assert!(mixed.iter().all(|mixed| mixed.name == query.name && mixed.query_type == query.query_type));
        assert!(mixed.iter().any(|mixed| !mixed.name.eq_case(&query.name)));
    }

    proptest! {
        #[test]
        fn no_datagram_makes_the_reader_panic(mut datagram in prop::collection::vec(any::<u8>(), 0..600), behind in any::<bool>()) {
            let name = Name::from_ascii("www.example.cn.").expect("a name");
            let request = Request { query: Query::query(name, RecordType::A.code()), manner: Manner::PLAIN };
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
            let by_id = [(7, Asker { number: 0, server, request, answer })].into();
            let waiting = Mutex::new(Waiting { by_id, next: 1 });
            deliver(&datagram, server, &waiting);
            if let Ok(Received { content: Ok(message), .. }) = receiver.try_recv() {
                let question = Question { name: "www.example.cn".into(), record: RecordType::A };
                prop_assert!(read(&message, &question).aliases.len() <= message.answers.len());
            }
        }
    }
}
