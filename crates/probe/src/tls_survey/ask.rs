//! One hello and what comes back.

use std::io::ErrorKind;
use std::time::Duration;

use model::observation::{Failure, FailureClass};
use readers::tls::Version;
use readers::tls::records::{Flight, RecordError, Said};
use readers::tls::server::{self, KeyExchange, ServerHello};
use readers::tls::sslv2::{self, Answer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Bytes read at once: a whole flight of a usual server.
const PIECE: usize = 8192;

/// How a server answers a hello.
pub(super) enum Reply {
    /// It chose.
    Chosen(Box<Shown>),
    /// It refused by this alert.
    Refused(u8),
    /// It closed or reset the connection without a word, which may or may not be a refusal.
    Closed(Failure),
}

/// What a flight shows.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) hello: ServerHello,
    /// In DER form, as sent; empty in TLS 1.3, where they are encrypted.
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) exchange: Option<KeyExchange>,
    pub(super) stapled: bool,
    /// Whether the flight came to its end, so that what it did not hold is known to be missing.
    pub(super) complete: bool,
    /// Why the rest after the ServerHello could not be read.
    pub(super) failure: Option<Failure>,
}

/// How an SSLv2 server answers.
pub(super) enum OldReply {
    Hello { kinds: Vec<String>, certificate: Vec<u8> },
    Refused,
    Closed(Failure),
}

/// Sends `hello` and reads the flight, both within `limit`.
pub(super) async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    hello: &[u8],
    limit: Duration,
) -> Result<Reply, Failure> {
    let mut shown = None;
    let outcome = timeout(limit, converse(stream, hello, &mut shown)).await;
    let failure = match outcome {
        Ok(Ok(Some(refusal))) => return Ok(refusal),
        Ok(Ok(None)) => None,
        Ok(Err(failure)) => Some(failure),
        Err(_) => Some(silence(limit)),
    };
    match (shown, failure) {
        // What came after the choice does not undo it.
        (Some(shown), failure) => Ok(Reply::Chosen(Box::new(Shown { failure, ..shown }))),
        (None, Some(failure)) => Err(failure),
        (None, None) => Err(Failure::new(FailureClass::ProtocolError, "the server ended its flight without a ServerHello")),
    }
}

/// Fills `shown`; returns a refusal, or `None` at the end of the flight.
async fn converse(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    hello: &[u8],
    shown: &mut Option<Shown>,
) -> Result<Option<Reply>, Failure> {
    // A server may refuse before it has read all; its alert is then still to be read.
    let sent = stream.write_all(hello).await;
    let mut flight = Flight::default();
    let mut piece = vec![0; PIECE];
    loop {
        while let Some(said) = flight.next_said().map_err(not_a_flight)? {
            match heard(said, shown)? {
                Step::On => {}
                Step::Refused(alert) => return Ok(Some(Reply::Refused(alert))),
                Step::End => return Ok(None),
            }
        }
        let read = match &sent {
            Ok(()) => stream.read(&mut piece).await,
            Err(error) => stream.read(&mut piece).await.map_err(|_| error.kind().into()),
        };
        match read {
            Ok(0) if flight.is_empty() => {
                return Ok(Some(Reply::Closed(broken("the server closed the connection on our hello"))));
            }
            Ok(0) => return Err(broken("the connection ended within the server's flight")),
            Ok(length) => flight.feed(piece.get(..length).unwrap_or_default()).map_err(not_a_flight)?,
            Err(error) if flight.is_empty() && is_reset(error.kind()) => {
                return Ok(Some(Reply::Closed(broken("the server reset the connection on our hello"))));
            }
            Err(error) => return Err(broken(&format!("read: {error}"))),
        }
    }
}

enum Step {
    On,
    Refused(u8),
    End,
}

fn heard(said: Said, shown: &mut Option<Shown>) -> Result<Step, Failure> {
    let malformed = |error: readers::tls::Malformed| Failure::new(FailureClass::ProtocolError, error.to_string());
    match (said, shown.as_mut()) {
        (Said::Alert { fatal: false, .. }, _) => {}
        (Said::Alert { description, .. }, None) => return refusal(description),
        (Said::Alert { .. } | Said::Encrypted, Some(_)) => return Ok(Step::End),
        (Said::Message { kind: server::SERVER_HELLO, body }, None) => {
            let hello = server::server_hello(&body).map_err(malformed)?;
            let is_last = hello.version == Version::Tls13.number();
            *shown = Some(Shown { hello, ..Shown::default() });
            return Ok(if is_last { Step::End } else { Step::On });
        }
        (Said::Message { kind, body }, Some(shown)) => match kind {
            server::CERTIFICATE => shown.certificates = server::certificates(&body).map_err(malformed)?,
            server::CERTIFICATE_STATUS => shown.stapled = server::is_stapled(&body),
            server::SERVER_KEY_EXCHANGE => {
                shown.exchange = Some(server::key_exchange(shown.hello.suite, &body).map_err(malformed)?);
            }
            server::SERVER_HELLO_DONE => {
                shown.complete = true;
                return Ok(Step::End);
            }
            _ => {}
        },
        (Said::Message { .. } | Said::Encrypted, None) => {
            return Err(Failure::new(FailureClass::ProtocolError, "the server's first message is no ServerHello"));
        }
    }
    Ok(Step::On)
}

/// Alerts about the name or about us say nothing about what was offered. "Internal error" does: OpenSSL 3 says so to a version that its
/// security level leaves no signature for.
fn refusal(description: u8) -> Result<Step, Failure> {
    match description {
        49 | 90 | 112 => {
            let detail = format!("the server answered the hello with the alert {}", server::alert(description));
            Err(Failure::new(FailureClass::TlsFailed, detail))
        }
        _ => Ok(Step::Refused(description)),
    }
}

/// Sends the hello of SSLv2 and reads the answer.
pub(super) async fn ask_old(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    challenge: [u8; 16],
    limit: Duration,
) -> Result<OldReply, Failure> {
    // Two bytes of length, of which one bit is taken.
    const LONGEST: usize = 2 + 0x7FFF;
    let conversation = async {
        let sent = stream.write_all(&sslv2::client_hello(challenge)).await;
        let (mut received, mut piece) = (Vec::new(), vec![0; PIECE]);
        loop {
            match sslv2::answer(&received) {
                Ok(Some(Answer::Hello { kinds, certificate })) => return Ok(OldReply::Hello { kinds, certificate }),
                Ok(Some(Answer::Refused)) => return Ok(OldReply::Refused),
                Ok(None) if received.len() < LONGEST => {}
                Ok(None) => return Err(Failure::new(FailureClass::TooLarge, "the SSLv2 answer is too long")),
                Err(error) => return Err(Failure::new(FailureClass::ProtocolError, error.to_string())),
            }
            match stream.read(&mut piece).await {
                Ok(0) => return Ok(OldReply::Closed(broken("the server closed the connection on our hello"))),
                Ok(length) => received.extend_from_slice(piece.get(..length).unwrap_or_default()),
                Err(error) if is_reset(error.kind()) || sent.is_err() => {
                    return Ok(OldReply::Closed(broken("the server reset the connection on our hello")));
                }
                Err(error) => return Err(broken(&format!("read: {error}"))),
            }
        }
    };
    timeout(limit, conversation).await.unwrap_or_else(|_| Err(silence(limit)))
}

fn is_reset(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted)
}

fn not_a_flight(error: RecordError) -> Failure {
    let class = match error {
        RecordError::NotTls => FailureClass::TlsFailed,
        RecordError::Malformed => FailureClass::ProtocolError,
        RecordError::TooLong => FailureClass::TooLarge,
    };
    Failure::new(class, error.to_string())
}

fn broken(detail: &str) -> Failure {
    Failure::new(FailureClass::ConnectionReset, detail)
}

fn silence(limit: Duration) -> Failure {
    Failure::new(FailureClass::ReadTimeout, format!("no complete answer to the hello after {} s", limit.as_secs_f64()))
}
