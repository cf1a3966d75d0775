//! Sending questions and matching answers: a few shared UDP sockets, one receiving task each, TCP where an answer was cut short.
//!
//! Written here because the codec's own resolver costs six times the processor time per question and hides which failure was which.
//! Invariant: an answer counts only when source address, port, id and question, by its letters' very case, are those of a question under
//! way.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::ProtoError;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsCode, EdnsOption};
use hickory_proto::rr::{Name, RecordType as Type};
use hickory_proto::serialize::binary::BinEncodable;
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
/// Length of a message's head (RFC 1035, 4.1.1).
const HEAD: usize = 12;
/// Length of type and class behind a question's name.
const TYPE_AND_CLASS: usize = 4;

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

/// What is sent, in the form in which it is sent: encoded once, and then only the id and the letters' case are changed.
#[derive(Clone)]
struct Request {
    /// Head, question, and behind it what EDNS adds.
    bytes: Vec<u8>,
    /// Where the question ends.
    end: usize,
    subnet: Option<IpNet>,
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
        let Ok(request) = Request::new(name, question.record.code(), manner) else {
            return Err(Trouble::Malformed.failure(&about()));
        };
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
        let mut request = request.clone();
        if server.keeps_case() {
            request.mix_case();
        }
        let answer = match self.datagram(permit, server.address, &mut request).await {
            Ok(message) if matches!(message.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp) => {
                self.datagram(permit, server.address, &mut request.without_edns()).await
            }
            answer => answer,
        };
        match answer {
            Err(Trouble::CutShort | Trouble::OtherCase) => Box::pin(self.stream(permit, server, request)).await,
            answer => answer,
        }
    }

    async fn datagram(&self, permit: &Permit, server: SocketAddr, request: &mut Request) -> Result<Message, Trouble> {
        let sockets = self.sockets(server).await.map_err(Trouble::Own)?;
        // `sockets` never gives an empty list.
        let socket = &sockets[rand::random_range(0..sockets.len())];
        let (answer, _waiting) = socket.wait(server, request);
        socket.udp.send_to(&request.bytes, server).await.map_err(Trouble::Own)?;
        // On the account when dropped: the answer may never come, and the asker may go.
        let mut sent = Sent { account: &self.account, permit, server, bytes_out: request.bytes.len() as u64, bytes_in: 0 };
        // The sender is dropped without a word only when the receiving task ended.
        let received = answer.await.map_err(|_| Trouble::Own(std::io::Error::other("the receiver has stopped")))?;
        sent.bytes_in = received.size as u64;
        received.content
    }

    /// Boxed by its callers: it is rare, and its state would weigh on every question.
    async fn stream(&self, permit: &Permit, server: &Server, mut request: Request) -> Result<Message, Trouble> {
        let id = rand::random();
        request.set_id(id);
        let length = u16::try_from(request.bytes.len()).map_err(|_| Trouble::Malformed)?;
        let mut tcp = connection::open(server.address, self.source).await.map_err(|_| Trouble::CutShort)?;
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend(&request.bytes);
        let bytes_out = framed.len() as u64;
        let mut sent = Sent { account: &self.account, permit, server: server.address, bytes_out, bytes_in: 0 };
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
        match request.echo(&answer, &message) {
            _ if message.metadata.id != id => return Err(Trouble::Malformed),
            Echo::Other => return Err(Trouble::Malformed),
            // Nobody forges a stream without being on the path: this is how the server answers.
            Echo::OtherCase => server.keeps_no_case(),
            Echo::Same => {}
        }
        Ok(message)
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

    /// Registers a question under a random free id, which it is given.
    fn wait(&self, server: SocketAddr, request: &mut Request) -> (oneshot::Receiver<Received>, Registered<'_>) {
        let (answer, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The window is far smaller than the number of ids, so a free one is found at once.
        let mut id = rand::random();
        while waiting.by_id.contains_key(&id) {
            id = rand::random();
        }
        let number = waiting.next;
        waiting.next += 1;
        request.set_id(id);
        waiting.by_id.insert(id, Asker { number, server, request: request.clone(), answer });
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
        match asker.request.echo(datagram, message) {
            Echo::Other => return,
            Echo::OtherCase => content = Err(Trouble::OtherCase),
            Echo::Same => {}
        }
    }
    if let Some(asker) = waiting.by_id.remove(&id) {
        // The asker may have gone in the meantime.
        let _ = asker.answer.send(Received { size: datagram.len(), content });
    }
}

/// How a message repeats the question that it is to answer.
#[derive(Debug, PartialEq, Eq)]
enum Echo {
    /// Letter by letter; or not at all, which servers that fail early may do (RFC 9619 allows none).
    Same,
    /// With letters in another case.
    OtherCase,
    /// It answers something else, or is no answer.
    Other,
}

impl Request {
    fn new(name: Name, record: Type, manner: Manner) -> Result<Self, ProtoError> {
        let query = Query::query(name, record);
        let end = HEAD + query.to_bytes()?.len();
        let mut message = Message::new(0, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.metadata.checking_disabled = manner.checking == Checking::Disabled;
        message.add_query(query);
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        if let Some(subnet) = manner.subnet {
            let subnet = ClientSubnet::new(subnet.network(), subnet.prefix_len(), 0);
            edns.options_mut().insert(EdnsOption::Subnet(subnet));
        }
        message.set_edns(edns);
        Ok(Self { bytes: message.to_vec()?, end, subnet: manner.subnet })
    }

    fn set_id(&mut self, id: u16) {
        self.bytes[..2].copy_from_slice(&id.to_be_bytes());
    }

    /// The same without EDNS: nothing behind the question, and no additional record in the head's count.
    fn without_edns(&self) -> Self {
        let mut bytes = self.bytes[..self.end].to_vec();
        bytes[HEAD - 2..HEAD].fill(0);
        Self { bytes, ..*self }
    }

    /// Puts the name's letters in random case, which few servers change and no forger knows (draft-vixie-dnsext-dns0x20). The lengths
    /// between them are below 64 and no letters.
    fn mix_case(&mut self) {
        let mut coins: u128 = rand::random();
        for letter in &mut self.bytes[HEAD..self.end - TYPE_AND_CLASS] {
            coins = coins.rotate_right(1);
            if coins & 1 == 0 {
                letter.make_ascii_uppercase();
            }
        }
    }

    /// How a message, as received and as decoded, repeats this question.
    fn echo(&self, received: &[u8], message: &Message) -> Echo {
        // A network that was asked about comes back as it is, or not at all (RFC 7871, 7.3).
        let same_network = match (self.subnet, subnet_of(message)) {
            (Some(asked), Some(told)) => asked.network() == told.addr() && asked.prefix_len() == told.source_prefix(),
            _ => true,
        };
        if message.metadata.message_type != MessageType::Response || !same_network {
            return Echo::Other;
        }
        let question = &self.bytes[HEAD..self.end];
        // The first name of a message has nothing before it to refer to, so it stands there in full.
        match (message.queries.len(), received.get(HEAD..self.end)) {
            (0, _) if message.metadata.response_code != ResponseCode::NoError => Echo::Same,
            (1, Some(echo)) if echo == question => Echo::Same,
            (1, Some(echo)) => {
                let names = question.len() - TYPE_AND_CLASS;
                let other_case = echo[..names].eq_ignore_ascii_case(&question[..names]) && echo[names..] == question[names..];
                if other_case { Echo::OtherCase } else { Echo::Other }
            }
            _ => Echo::Other,
        }
    }
}

/// What the server says of the network on whose behalf it was asked.
pub(crate) fn subnet_of(message: &Message) -> Option<&ClientSubnet> {
    match message.edns.as_ref()?.option(EdnsCode::Subnet)? {
        EdnsOption::Subnet(subnet) => Some(subnet),
        _ => None,
    }
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

    fn request(name: &str) -> Request {
        Request::new(Name::from_ascii(name).expect("a name"), RecordType::A.code(), Manner::PLAIN).expect("a request")
    }

    #[tokio::test]
    async fn an_id_that_another_question_has_taken_over_stays_with_it() {
        let socket = Socket::open(Ipv4Addr::LOCALHOST.into()).await.expect("a socket");
        let mut request = request("www.example.cn.");
        let server: SocketAddr = "192.0.2.53:53".parse().expect("an address");
        let (_, answered) = socket.wait(server, &mut request);
        let (id, later) = (answered.id, answered.number + 1);
        let asker = socket.waiting.lock().expect("lock").by_id.remove(&id).expect("the question");
        socket.waiting.lock().expect("lock").by_id.insert(id, Asker { number: later, ..asker });
        drop(answered);
        assert!(socket.waiting.lock().expect("lock").by_id.contains_key(&id));
    }

    #[test]
    fn only_the_case_is_mixed() {
        let request = request("www.long-name-of-a-host.example.gov.cn.");
        let mut mixed = vec![request.clone(); 8];
        mixed.iter_mut().for_each(Request::mix_case);
        let reading = |request: &Request| Message::from_vec(&request.bytes).expect("a message");
        assert!(mixed.iter().all(|mixed| reading(mixed) == reading(&request)));
        let name = |request: &Request| reading(request).queries[0].name.clone();
        assert!(mixed.iter().any(|mixed| !name(mixed).eq_case(&name(&request))));
    }

    #[test]
    fn a_question_without_edns_ends_with_itself() {
        let request = request("www.example.cn.");
        let [with, without] = [&request, &request.without_edns()].map(|sent| Message::from_vec(&sent.bytes).expect("a message"));
        assert!(with.edns.is_some() && without.edns.is_none());
        assert_eq!(with.queries, without.queries);
    }

    #[test]
    fn an_answer_repeats_the_question() {
        let request = request("www.example.cn.");
        let echo = |change: &dyn Fn(&mut [u8])| {
            let mut bytes = request.bytes.clone();
            bytes[2] |= 0x80;
            change(&mut bytes);
            request.echo(&bytes, &Message::from_vec(&bytes).expect("a message"))
        };
        assert_eq!(echo(&|_| {}), Echo::Same);
        assert_eq!(echo(&|bytes| bytes[HEAD + 1] = b'W'), Echo::OtherCase);
        // Another name, another type, another class, a question.
        assert_eq!(echo(&|bytes| bytes[HEAD + 1] = b'v'), Echo::Other);
        assert_eq!(echo(&|bytes| bytes[request.end - 3] = 28), Echo::Other);
        assert_eq!(echo(&|bytes| bytes[request.end - 1] = 3), Echo::Other);
        assert_eq!(echo(&|bytes| bytes[2] = 1), Echo::Other);
    }

    proptest! {
        #[test]
        fn no_datagram_makes_the_reader_panic(mut datagram in prop::collection::vec(any::<u8>(), 0..600), behind in any::<bool>()) {
            let mut request = request("www.example.cn.");
            request.set_id(7);
            if behind {
                // A sound head and question, with anything behind them.
                let mut head = request.without_edns().bytes;
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
                let question = Question::new("www.example.cn", RecordType::A);
                prop_assert!(read(&message, &question).aliases.len() <= message.answers.len());
            }
        }
    }
}
