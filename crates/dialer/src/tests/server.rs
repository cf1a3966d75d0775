//! A name server for tests: answers what a function says, over UDP and TCP of one port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME, SOA};
use hickory_proto::rr::{Name, RData, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// How a question came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Udp,
    Tcp,
}

/// A running name server.
pub(super) struct NameServer {
    pub(super) address: SocketAddr,
    pub(super) asked: Arc<AtomicUsize>,
}

/// Both sockets on one port. A port that is free for datagrams may be taken for streams, so some are tried.
async fn sockets() -> (UdpSocket, TcpListener, SocketAddr) {
    for _ in 0..100 {
        let udp = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = udp.local_addr().expect("an address");
        if let Ok(tcp) = TcpListener::bind(address).await {
            return (udp, tcp, address);
        }
    }
    panic!("no port is free for both");
}

impl NameServer {
    /// Starts one. `answer` gives the datagrams to send back, in order; over TCP the first.
    pub(super) async fn start(answer: impl Fn(&Message, Over) -> Vec<Message> + Send + Sync + 'static) -> Self {
        let (udp, tcp, address) = sockets().await;
        let asked = Arc::new(AtomicUsize::new(0));
        let answer = Arc::new(answer);
        let (counter, say) = (Arc::clone(&asked), Arc::clone(&answer));
        tokio::spawn(async move {
            let mut buffer = [0; 1500];
            while let Ok((size, from)) = udp.recv_from(&mut buffer).await {
                counter.fetch_add(1, Ordering::SeqCst);
                let question = Message::from_vec(&buffer[..size]).expect("a question");
                for message in say(&question, Over::Udp) {
                    udp.send_to(&message.to_vec().expect("bytes"), from).await.expect("sent");
                }
            }
        });
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let mut bytes = vec![0; stream.read_u16().await.expect("a length").into()];
                stream.read_exact(&mut bytes).await.expect("a question");
                let question = Message::from_vec(&bytes).expect("a question");
                let answer = answer(&question, Over::Tcp)[0].to_vec().expect("bytes");
                stream.write_u16(u16::try_from(answer.len()).expect("a length")).await.expect("sent");
                stream.write_all(&answer).await.expect("sent");
            }
        });
        Self { address, asked }
    }

    /// A server that knows one host and says NXDOMAIN to all else.
    pub(super) async fn with_host(host: &'static str, ips: &'static [&'static str]) -> Self {
        Self::start(move |question, _| {
            let mut message = reply(question, ResponseCode::NoError);
            if asked_name(question) != host {
                message.metadata.response_code = ResponseCode::NXDomain;
            } else if question.queries[0].query_type == hickory_proto::rr::RecordType::A {
                message.answers = ips.iter().map(|ip| a(host, ip)).collect();
            }
            vec![message]
        })
        .await
    }

    /// How many datagrams came.
    pub(super) fn count(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// An empty reply to a question.
pub(super) fn reply(question: &Message, code: ResponseCode) -> Message {
    let mut message = question.clone();
    message.metadata.message_type = MessageType::Response;
    message.metadata.response_code = code;
    message
}

/// The name asked for, in lower case, without final dot.
pub(super) fn asked_name(question: &Message) -> String {
    question.queries[0].name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

pub(super) fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name");
    name.set_fqdn(true);
    name
}

pub(super) fn a(owner: &str, ip: &str) -> Record {
    Record::from_rdata(name(owner), 300, RData::A(A(ip.parse().expect("an address"))))
}

pub(super) fn cname(owner: &str, target: &str) -> Record {
    Record::from_rdata(name(owner), 300, RData::CNAME(CNAME(name(target))))
}

pub(super) fn soa(zone: &str) -> Record {
    Record::from_rdata(name(zone), 300, RData::SOA(SOA::new(name("ns.example.cn"), name("root.example.cn"), 7, 1, 1, 1, 60)))
}
