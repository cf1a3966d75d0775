//! What listens on a port, told by what it says: each protocol's harmless question and the reading of its answer, one file a family.
//!
//! Invariant: nothing is concluded from a port's number, which only orders the questions. No question logs in, writes, or reads stored data:
//! a name or a password is never offered, except that PostgreSQL's first message must carry a user's name. What a server echoes of a
//! question is never taken for an answer.

mod apis;
mod binary;
mod directory;
mod ftp;
mod http;
mod java;
mod mail;
mod names;
pub mod ports;
mod queues;
mod relays;
mod screens;
mod shells;
mod smb;
mod snmp;
mod sql;
mod stores;
mod text;
mod vendors;

#[cfg(test)]
mod tests;

use model::facts::services::{Protocol, Service, Transport};

/// A conversation so far, as seen from our side.
#[derive(Clone, Copy, Debug)]
pub struct Talk<'a> {
    /// The host as addressed; goes into `Host` fields.
    pub host: &'a str,
    /// The protocols that usually stand on this port: they decide which further questions are worth asking.
    pub hints: &'a [Protocol],
    /// What was heard after each thing that was said. A greeting comes first, where the server spoke before it was asked.
    pub heard: &'a [Vec<u8>],
    /// Whether no more is to be expected of the last answer: closed, silent, or at the limit.
    pub ended: bool,
}

impl<'a> Talk<'a> {
    /// The last answer so far.
    fn last(&self) -> &'a [u8] {
        self.heard.last().map_or(&[], Vec::as_slice)
    }

    /// The answers, to be matched by their number.
    fn turns(&self) -> Vec<&'a [u8]> {
        self.heard.iter().map(Vec::as_slice).collect()
    }

    /// What to do about an answer that is not complete.
    fn wait(&self) -> Step {
        if self.ended { Step::Foreign } else { Step::Listen }
    }
}

/// What comes next in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Say this on the same connection.
    Say(Vec<u8>),
    /// Say this on a new connection.
    Anew(Vec<u8>),
    /// The answer is not complete.
    Listen,
    /// Recognised. `port`, `transport` and `inside_tls` are the caller's to fill in.
    Known(Box<Service>),
    /// Another protocol.
    Foreign,
}

impl From<Service> for Step {
    fn from(service: Service) -> Self {
        Self::Known(Box::new(service))
    }
}

/// One protocol's side of a conversation: a function of what was heard. It is asked again whenever more was heard.
pub type Dialogue = fn(&Talk<'_>) -> Step;

/// The conversation with a server that spoke first, by its greeting; `None` while it is not known, and for ever if nobody knows it.
pub fn greeted(greeting: &[u8]) -> Option<Dialogue> {
    type Knows = fn(&[u8]) -> bool;
    let readers: [(Knows, Dialogue); 9] = [
        (shells::is_ssh, shells::ssh),
        (screens::is_vnc, screens::vnc),
        (sql::mysql::is_greeting, sql::mysql::talk),
        (mail::is_pop3, mail::pop3),
        (mail::is_imap, mail::imap),
        (ftp::is_greeting, ftp::talk),
        (mail::is_smtp, mail::smtp),
        (shells::is_telnet, shells::telnet),
        // A web server that answers before it is asked: time-outs, and devices that refuse at once.
        (http::is_answer, http::talk),
    ];
    readers.iter().find(|(knows, _)| knows(greeting)).map(|(_, dialogue)| *dialogue)
}

/// The question that finds a protocol, under the protocol that stands for all that share it; `None` for those that greet, and for UDP.
pub fn question(protocol: Protocol) -> Option<(Protocol, Dialogue)> {
    use Protocol as P;
    let dialogue: Dialogue = match protocol {
        P::Http | P::Elasticsearch | P::Etcd | P::Clickhouse | P::Hadoop | P::Docker | P::Kubernetes | P::Nacos => http::talk,
        P::Consul | P::Kibana => http::talk,
        P::Redis => stores::redis,
        P::Memcached => stores::memcached,
        P::Mongodb => stores::mongodb,
        P::Zookeeper => stores::zookeeper,
        P::Postgresql => sql::postgresql::talk,
        P::SqlServer => sql::tds::talk,
        P::OracleTns => sql::tns::talk,
        P::Amqp => queues::amqp,
        P::Mqtt => queues::mqtt,
        P::Kafka => queues::kafka,
        P::Ldap => directory::talk,
        P::Smb => smb::talk,
        P::Rdp => screens::rdp,
        P::Dns => names::talk,
        P::Rtsp => relays::rtsp,
        P::Socks => relays::socks,
        P::Ajp => java::ajp,
        P::Rmi => java::rmi,
        P::Dubbo => java::dubbo,
        P::Ssh | P::Ftp | P::Telnet | P::Smtp | P::Pop3 | P::Imap | P::Vnc | P::Mysql | P::Snmp => return None,
    };
    let stands = if dialogue as usize == http::talk as *const () as usize { P::Http } else { protocol };
    Some((stands, dialogue))
}

/// The reading of a whole datagram.
pub type DatagramReading = fn(&[u8]) -> Option<Service>;

/// The question to a UDP port, and the reading of its answer: a whole datagram.
pub fn datagram(protocol: Protocol) -> Option<(Vec<u8>, DatagramReading)> {
    match protocol {
        Protocol::Dns => Some((names::version_question(), names::answer)),
        Protocol::Snmp => Some((snmp::discovery(), snmp::report)),
        _ => None,
    }
}

/// What an answer to another protocol's question gives away: the protocol to ask for next.
pub fn clue(answer: &[u8]) -> Option<Protocol> {
    const CLUES: [(&[u8], Protocol); 7] = [
        (b"HTTP/", Protocol::Http),
        (b"RTSP/", Protocol::Rtsp),
        (b"-ERR ", Protocol::Redis),
        (b"-NOAUTH", Protocol::Redis),
        (b"-DENIED", Protocol::Redis),
        (b"ERROR\r\n", Protocol::Memcached),
        (b"AMQP", Protocol::Amqp),
    ];
    if stores::is_mongodb_over_http(answer) {
        return Some(Protocol::Mongodb);
    }
    CLUES.iter().find(|(beginning, _)| answer.starts_with(beginning)).map(|(_, protocol)| *protocol)
}

/// Whether an answer is a TLS record with an alert, which is how a server that speaks TLS takes a question in plain text.
pub fn is_tls_alert(answer: &[u8]) -> bool {
    matches!(answer, [0x15, 0x03, 0..=4, 0, 2, 1..=2, _, ..])
}

/// An open port that nobody recognised, with what it said.
pub fn unknown(heard: &[u8]) -> Service {
    Service { greeting: text::shown(heard), ..Service::default() }
}

/// A service of this protocol that said `heard`.
fn service(protocol: Protocol, heard: &[u8]) -> Service {
    Service { protocol: Some(protocol), transport: Transport::Tcp, greeting: text::shown(heard), ..Service::default() }
}
