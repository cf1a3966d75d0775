//! HTTP: one GET of `/`, and where the answer or the port suggests an interface of a store, one of its public addresses more.

use model::facts::services::{Login, Protocol, Service};
use model::facts::technology::VersionSource;

use super::apis::{self, Api};
use super::text::{self, Telling, begins, first_line};
use super::{Step, Talk, service};

/// Most interfaces that are asked for at one port.
const APIS: usize = 2;

fn get(host: &str, path: &str) -> Step {
    // A host's name comes from a ledger; whatever would end the line does not belong to it.
    let host: String = host.chars().filter(|c| c.is_ascii_graphic()).take(253).collect();
    Step::Anew(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: close\r\n\r\n").into_bytes())
}

/// The fields of a head, names in small letters.
pub(super) type Fields = Vec<(String, String)>;

/// An answer, in parts.
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) fields: Fields,
    pub(super) body: &'a [u8],
}

impl<'a> Answer<'a> {
    fn read(bytes: &'a [u8]) -> Option<(&'a [u8], Self)> {
        let (line, fields) = head(bytes)?;
        let status = text::shown(line.get(8..)?).trim().get(..3)?.parse().ok()?;
        let end = super::binary::find(bytes, b"\r\n\r\n")
            .map(|at| at + 4)
            .or_else(|| super::binary::find(bytes, b"\n\n").map(|at| at + 2));
        Some((line, Self { status, fields, body: &bytes[end.unwrap_or(bytes.len())..] }))
    }

    pub(super) fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    /// The body is complete by its length, or no more is wanted.
    fn is_complete(&self) -> bool {
        match self.field("content-length").and_then(|length| length.parse::<usize>().ok()) {
            Some(length) => self.body.len() >= length,
            None => self.body.ends_with(b"0\r\n\r\n") || matches!(self.status, 204 | 304),
        }
    }
}

/// The first line, and the fields with names in small letters; `None` until the head is complete.
pub(super) fn head(bytes: &[u8]) -> Option<(&[u8], Fields)> {
    let end = super::binary::find(bytes, b"\r\n\r\n").or_else(|| super::binary::find(bytes, b"\n\n"))?;
    let line = first_line(bytes)?;
    let lines = text::lines(&bytes[..end]);
    let fields = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    Some((line, fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect()))
}

pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

pub(super) fn is_answer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"HTTP/1.") || bytes.starts_with(b"HTTP/0.9")
}

pub(super) fn talk(talk: &Talk<'_>) -> Step {
    let [first, others @ ..] = &talk.turns()[..] else {
        return match get(talk.host, "/") {
            Step::Anew(bytes) => Step::Say(bytes),
            other => other,
        };
    };
    if !is_answer(first) {
        return if b"HTTP/1.".starts_with(&first[..first.len().min(7)]) && first.len() < 7 { talk.wait() } else { Step::Foreign };
    }
    let Some((line, answer)) = Answer::read(first) else { return talk.wait() };
    if !talk.ended && others.is_empty() && !answer.is_complete() {
        return Step::Listen;
    }
    if wants_tls(&answer) || super::stores::is_mongodb_over_http(answer.body) {
        return Step::Foreign;
    }
    let found = web(line, &answer);
    if let Some(found) = apis::at_root(&found, &answer) {
        return found.into();
    }
    let asked = apis::suggested(talk.hints, &answer);
    further(talk, found, &asked[..asked.len().min(APIS)], others)
}

/// Asks for the interfaces in turn until one answers as itself.
fn further(talk: &Talk<'_>, found: Service, asked: &[Api], answers: &[&[u8]]) -> Step {
    for (index, api) in asked.iter().enumerate() {
        let Some(bytes) = answers.get(index) else { return get(talk.host, api.path) };
        let last = index + 1 == answers.len();
        match Answer::read(bytes) {
            Some((_, answer)) if answer.is_complete() || !last || talk.ended => {
                if let Some(found) = (api.read)(&found, &answer) {
                    return found.into();
                }
            }
            _ if last && !talk.ended => return Step::Listen,
            _ => {}
        }
    }
    found.into()
}

/// A server that wants TLS says so in plain text: nginx, Apache, Go.
fn wants_tls(answer: &Answer<'_>) -> bool {
    const WORDS: [&[u8]; 4] = [
        b"plain HTTP request was sent to HTTPS port",
        b"speaking plain HTTP to an SSL-enabled server port",
        b"Client sent an HTTP request to an HTTPS server",
        b"This combination of host and port requires TLS",
    ];
    answer.status == 400 && WORDS.iter().any(|words| super::binary::find(answer.body, words).is_some())
}

fn web(line: &[u8], answer: &Answer<'_>) -> Service {
    let mut found = service(Protocol::Http, line).detail("status", answer.status.to_string());
    if answer.status == 401 {
        found.login = Login::Required;
    }
    if let Some(server) = answer.field("server") {
        found = server_product(found, server).recog("http_header.server", server.as_bytes());
    }
    if let Some(by) = answer.field("x-powered-by") {
        found = found.recog("http_header.x-powered-by", by.as_bytes());
    }
    if let Some(realm) = answer.field("www-authenticate") {
        found = found.recog("http_header.wwwauth", realm.as_bytes());
    }
    found
}

/// The first product of a `Server` field: `nginx/1.22.1` (RFC 9110, 10.2.4).
pub(super) fn server_product(found: Service, server: &str) -> Service {
    let first = match server.split_once('/') {
        Some((name, rest)) if !name.contains('(') => (name, rest.split([' ', '(', ';']).next()),
        _ => (server, None),
    };
    let version = first.1.filter(|version| version.starts_with(|c: char| c.is_ascii_digit()));
    let name = first.0.trim();
    if name.is_empty() {
        return found;
    }
    found.product(None, name, version.map(|version| (version, VersionSource::Banner)), server.as_bytes())
}

/// Whether the body is JSON, by its type or its beginning.
pub(super) fn is_json(answer: &Answer<'_>) -> bool {
    answer.field("content-type").is_some_and(|kind| begins(kind.as_bytes(), b"application/json"))
        || answer.body.trim_ascii_start().starts_with(b"{")
}
