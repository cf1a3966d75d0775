//! A look at one open port: it is listened to, and if it says nothing, asked one question after the other until one is answered as its
//! protocol answers.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use dialer::permit::Permit;
use model::facts::services::{Login, Protocol, Service, Transport};
use model::observation::{Failure, FailureClass};
use readers::services::{self, Dialogue, Step, Talk, ports};
use tokio::time::{Instant, timeout, timeout_at};

use super::wire::{Wire, speaks_tls};
use super::{CONNECTIONS, Patience};
use crate::probes::Probes;

/// Most things that are said in one conversation.
const TURNS: usize = 6;
/// Most questions inside TLS.
const INSIDE: usize = 6;
/// Most questions to a server that closes before it is asked anything.
const AFTER_CLOSING: usize = 2;
/// How many questions may be answered with the same bytes before the answers are taken for no answers.
const ALIKE: usize = 3;

/// The questions where the port suggests none, or another than is spoken there: first those that more than one protocol gives itself away
/// to, then by how often such services are met.
const GENERAL: [Question; 21] = [
    Question::Tls,
    Question::Ask(Protocol::Http),
    Question::Ask(Protocol::Redis),
    Question::Ask(Protocol::Postgresql),
    Question::Ask(Protocol::Rdp),
    Question::Ask(Protocol::Mqtt),
    Question::Ask(Protocol::Ldap),
    Question::Ask(Protocol::Mongodb),
    Question::Ask(Protocol::Amqp),
    Question::Ask(Protocol::Zookeeper),
    Question::Ask(Protocol::Memcached),
    Question::Ask(Protocol::Smb),
    Question::Ask(Protocol::SqlServer),
    Question::Ask(Protocol::Kafka),
    Question::Ask(Protocol::Rtsp),
    Question::Ask(Protocol::Socks),
    Question::Ask(Protocol::OracleTns),
    Question::Ask(Protocol::Dubbo),
    Question::Ask(Protocol::Ajp),
    Question::Ask(Protocol::Rmi),
    Question::Ask(Protocol::Dns),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Tls,
    Ask(Protocol),
}

/// How a conversation ended.
enum End {
    /// Recognised.
    Known(Box<Service>),
    /// Not this protocol; the last answer.
    Foreign(Vec<u8>),
    /// No connection came about, or the port's means are spent.
    Broken(Failure),
}

/// How a pass over the questions ended.
enum Pass {
    Found(Box<Service>),
    /// TLS has begun.
    Secure(Wire),
}

/// A look at one port.
pub(super) struct Look<'a> {
    probes: &'a Probes,
    permit: &'a Permit,
    host: &'a str,
    ip: IpAddr,
    port: u16,
    patience: Patience,
    hints: &'static [Protocol],
    connections: usize,
    /// Answers that no question made sense of.
    answers: Vec<Vec<u8>>,
    inside_tls: bool,
    wants_certificate: bool,
}

impl<'a> Look<'a> {
    pub(super) fn new(probes: &'a Probes, permit: &'a Permit, host: &'a str, ip: IpAddr, port: u16, patience: Patience) -> Self {
        let hints = ports::hints(Transport::Tcp, port);
        Self {
            probes,
            permit,
            host,
            ip,
            port,
            patience,
            hints,
            connections: 0,
            answers: Vec::new(),
            inside_tls: false,
            wants_certificate: false,
        }
    }

    /// Looks, to the end of the port's time.
    pub(super) async fn run(mut self) -> Service {
        let deadline = Instant::now() + self.patience.port;
        let found = match timeout_at(deadline, self.identify()).await {
            Ok(found) => found,
            Err(_) => self.unknown(FailureClass::ReadTimeout, "the port's time is spent"),
        };
        Service { port: self.port, transport: Transport::Tcp, inside_tls: self.inside_tls, ..found }
    }

    async fn identify(&mut self) -> Service {
        let mut wire = match self.open().await {
            Ok(wire) => wire,
            Err(failure) => return Service { failure: Some(failure), ..Service::default() },
        };
        loop {
            wire = match self.pass(wire).await {
                Pass::Found(found) => return *found,
                // From now on every connection begins with TLS, and TLS is no question any more: there is one more pass.
                Pass::Secure(secure) => secure,
            };
        }
    }

    /// Listens and asks, in plain text or inside TLS.
    async fn pass(&mut self, mut wire: Wire) -> Pass {
        let wait = self.wait();
        if !wait.is_zero()
            && let Some(found) = self.greeting(&mut wire, wait).await
        {
            return Pass::Found(Box::new(self.greeted(wire, found).await));
        }
        let mut questions = self.questions();
        if wire.closed {
            questions.truncate(AFTER_CLOSING);
        }
        self.ask(wire, questions).await
    }

    /// How long a greeting is waited for. Where a question is the usual beginning, a server that greets nevertheless is found out by what
    /// it seems to answer.
    fn wait(&self) -> Duration {
        match self.hints.first() {
            _ if ports::usually_tls(self.port) && !self.inside_tls => Duration::ZERO,
            Some(hint) if services::question(*hint).is_none() => self.patience.usual_greeting,
            Some(_) => Duration::ZERO,
            None => self.patience.greeting,
        }
    }

    /// What the server says by itself, until it is clear who says it or there is no more.
    async fn greeting(&mut self, wire: &mut Wire, mut wait: Duration) -> Option<Vec<u8>> {
        let mut heard = Vec::new();
        while wire.hear(&mut heard, wait).await && services::greeted(&heard).is_none() {
            wait = self.patience.more;
        }
        self.wants_certificate |= wire.wants_certificate;
        (!heard.is_empty()).then_some(heard)
    }

    /// A server that greets is asked nothing but what its greeting suggests.
    async fn greeted(&mut self, wire: Wire, greeting: Vec<u8>) -> Service {
        let end = match services::greeted(&greeting) {
            Some(dialogue) => self.converse(dialogue, wire, vec![greeting.clone()]).await,
            None => End::Foreign(Vec::new()),
        };
        match end {
            End::Known(found) => *found,
            End::Foreign(_) => {
                self.answers.push(greeting);
                self.unknown(FailureClass::ProtocolError, "the greeting is nobody's")
            }
            End::Broken(failure) => Service { failure: Some(failure), ..services::unknown(&greeting) },
        }
    }

    /// The questions in their order: what the port suggests, then the general ones; inside TLS fewer make sense.
    fn questions(&self) -> VecDeque<Question> {
        let tls = ports::usually_tls(self.port).then_some(Question::Tls);
        let hinted = self.hints.iter().filter_map(|hint| services::question(*hint)).map(|(protocol, _)| Question::Ask(protocol));
        let mut questions = VecDeque::new();
        for question in tls.into_iter().chain(hinted).chain(GENERAL) {
            let begun = self.inside_tls && question == Question::Tls;
            if !begun && !questions.contains(&question) {
                questions.push_back(question);
            }
        }
        if self.inside_tls {
            questions.truncate(INSIDE);
        }
        questions
    }

    /// Asks until there is an answer. The first question goes over the connection that was listened to, unless that is closed.
    async fn ask(&mut self, wire: Wire, mut questions: VecDeque<Question>) -> Pass {
        let mut wire = Some(wire).filter(|wire| !wire.closed);
        while let Some(question) = questions.pop_front() {
            if self.wants_certificate {
                break;
            }
            let end = match question {
                Question::Ask(protocol) => self.question(protocol, wire.take()).await,
                Question::Tls => {
                    drop(wire.take());
                    match self.secure().await {
                        Ok(Some(secure)) => return Pass::Secure(secure),
                        Ok(None) => continue,
                        Err(failure) => End::Broken(failure),
                    }
                }
            };
            let answer = match end {
                End::Known(found) => return Pass::Found(found),
                End::Broken(failure) => return Pass::Found(Box::new(self.broken(failure))),
                End::Foreign(answer) => answer,
            };
            if let Some(found) = self.senseless(&answer) {
                return Pass::Found(Box::new(found));
            }
            if !follow(&mut questions, &answer) && services::greeted(&answer).is_some() {
                return Pass::Found(Box::new(self.greeted_anew().await));
            }
        }
        Pass::Found(Box::new(self.nobody()))
    }

    async fn question(&mut self, protocol: Protocol, wire: Option<Wire>) -> End {
        let Some((_, dialogue)) = services::question(protocol) else { return End::Foreign(Vec::new()) };
        let wire = match wire {
            Some(wire) => Ok(wire),
            None => self.open().await,
        };
        match wire {
            Ok(wire) => self.converse(dialogue, wire, Vec::new()).await,
            Err(failure) => End::Broken(failure),
        }
    }

    /// What seemed to be an answer was a greeting: it is listened to in peace.
    async fn greeted_anew(&mut self) -> Service {
        let mut wire = match self.open().await {
            Ok(wire) => wire,
            Err(failure) => return self.broken(failure),
        };
        match self.greeting(&mut wire, self.patience.usual_greeting).await {
            Some(greeting) => self.greeted(wire, greeting).await,
            None => self.nobody(),
        }
    }

    /// Tries TLS; `None` if it is not spoken.
    async fn secure(&mut self) -> Result<Option<Wire>, Failure> {
        let connection = self.connect().await?;
        match timeout(self.patience.answer, self.probes.tls.shake_bare(connection, self.host)).await {
            Ok(Ok(stream)) => {
                self.inside_tls = true;
                Ok(Some(Wire::new(stream)))
            }
            Ok(Err(error)) if speaks_tls(&error) => {
                self.inside_tls = true;
                let detail = format!("TLS with {}:{}: {error}", self.ip, self.port);
                Err(Failure::new(FailureClass::TlsFailed, detail))
            }
            Ok(Err(_)) | Err(_) => Ok(None),
        }
    }

    /// Holds one conversation.
    async fn converse(&mut self, dialogue: Dialogue, mut wire: Wire, mut heard: Vec<Vec<u8>>) -> End {
        let mut ended = false;
        let mut said = Vec::new();
        loop {
            let talk = Talk { host: self.host, hints: self.hints, heard: &heard, ended };
            match dialogue(&talk) {
                Step::Known(found) => return End::Known(found),
                Step::Foreign => break,
                Step::Listen if ended => break,
                Step::Listen => {}
                Step::Say(_) | Step::Anew(_) if heard.len() >= TURNS => break,
                Step::Say(bytes) => said = bytes,
                Step::Anew(bytes) => {
                    // The old connection goes first: two at a time are one too many.
                    drop(wire);
                    wire = match self.open().await {
                        Ok(wire) => wire,
                        Err(failure) => return End::Broken(failure),
                    };
                    said = bytes;
                }
            }
            let new = !said.is_empty();
            if new {
                wire.say(&said, self.patience.answer).await;
                heard.push(Vec::new());
            }
            let Some(answer) = heard.last_mut() else { break };
            let wait = if answer.is_empty() { self.patience.answer } else { self.patience.more };
            ended = !wire.hear(answer, wait).await;
            let echoed = new && !answer.is_empty() && answer.starts_with(&said);
            if echoed {
                return End::Broken(Failure::new(FailureClass::ProtocolError, "it repeats what it is asked"));
            }
            said.clear();
        }
        self.wants_certificate |= wire.wants_certificate;
        End::Foreign(heard.pop().unwrap_or_default())
    }

    /// Keeps an answer that made no sense. Servers that say the same to everything are asked no further.
    fn senseless(&mut self, answer: &[u8]) -> Option<Service> {
        if answer.is_empty() {
            return None;
        }
        self.answers.push(answer.to_vec());
        let alike = self.answers.iter().filter(|known| *known == answer).count();
        (alike >= ALIKE).then(|| self.unknown(FailureClass::ProtocolError, "it answers different questions alike"))
    }

    async fn connect(&mut self) -> Result<dialer::connection::Connection, Failure> {
        if self.connections == CONNECTIONS {
            return Err(Failure::new(FailureClass::ProtocolError, format!("not recognised within {CONNECTIONS} connections")));
        }
        self.connections += 1;
        self.probes.dialer.connect(self.permit, &self.ip.to_string(), self.port).await
    }

    async fn open(&mut self) -> Result<Wire, Failure> {
        let connection = self.connect().await?;
        if !self.inside_tls {
            return Ok(Wire::new(connection));
        }
        let failed = |why: String| Failure::new(FailureClass::TlsFailed, format!("TLS with {}:{}: {why}", self.ip, self.port));
        match timeout(self.patience.answer, self.probes.tls.shake_bare(connection, self.host)).await {
            Ok(Ok(stream)) => Ok(Wire::new(stream)),
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => Err(failed("no handshake in time".into())),
        }
    }

    fn broken(&self, failure: Failure) -> Service {
        Service { failure: Some(failure), ..self.unknown(FailureClass::ProtocolError, "") }
    }

    fn nobody(&self) -> Service {
        if self.wants_certificate {
            let mut found = self.unknown(FailureClass::AccessDenied, "a client's certificate is required");
            found.login = Login::Required;
            found.details.insert("client_certificate".into(), "required".into());
            return found;
        }
        match self.answers.is_empty() {
            true => self.unknown(FailureClass::ReadTimeout, "it says nothing to any question"),
            false => self.unknown(FailureClass::ProtocolError, "its answers are nobody's"),
        }
    }

    /// Not recognised: with the first thing that was heard.
    fn unknown(&self, class: FailureClass, why: &str) -> Service {
        let heard = self.answers.first().map_or(&[][..], Vec::as_slice);
        let failure = Failure::new(class, format!("{}:{}: {why}", self.ip, self.port));
        Service { failure: Some(failure), ..services::unknown(heard) }
    }
}

/// Puts the question that an answer suggests first, if it was not asked yet; whether the answer suggests one at all.
fn follow(questions: &mut VecDeque<Question>, answer: &[u8]) -> bool {
    let suggested = if services::is_tls_alert(answer) { Some(Question::Tls) } else { services::clue(answer).map(Question::Ask) };
    if let Some(at) = questions.iter().position(|question| Some(*question) == suggested)
        && let Some(question) = questions.remove(at)
    {
        questions.push_front(question);
    }
    suggested.is_some()
}
