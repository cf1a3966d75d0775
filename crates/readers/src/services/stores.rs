//! Redis, Memcached, MongoDB, ZooKeeper: whether they work without a log-in, by a command that shows no data.

use model::facts::services::{Login, Protocol, Service};
use model::facts::technology::VersionSource;

use super::binary::{Cursor, find};
use super::text::{self, Telling, first_line, lines};
use super::{Step, Talk, service};

/// Inline PING, as a person would type it; then INFO's section on the server, which holds its version and no data.
pub(super) fn redis(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [] => Step::Say(b"PING\r\n".to_vec()),
        [answer] if first_line(answer).is_none() => {
            if matches!(answer, [b'+' | b'-', ..] | []) {
                talk.wait()
            } else {
                Step::Foreign
            }
        }
        [b"+PONG\r\n"] => Step::Say(b"INFO server\r\n".to_vec()),
        [answer] => match redis_error(answer) {
            Some(found) => found.into(),
            None => Step::Foreign,
        },
        [pong, info] => {
            let complete = bulk(info);
            if complete.is_none() && !talk.ended && !info.starts_with(b"-") {
                return Step::Listen;
            }
            redis_server(pong, info).into()
        }
        _ => Step::Foreign,
    }
}

/// `-NOAUTH`: a password is set. `-DENIED`: none is set, and only loopback is let in. `-ERR` to PING alone is not enough.
fn redis_error(answer: &[u8]) -> Option<Service> {
    let login = match answer {
        _ if answer.starts_with(b"-NOAUTH") || answer.starts_with(b"-NOPERM") => Login::Required,
        _ if answer.starts_with(b"-ERR operation not permitted") => Login::Required,
        _ if answer.starts_with(b"-DENIED Redis") => Login::Unknown,
        _ if answer.starts_with(b"-LOADING Redis") || answer.starts_with(b"-MASTERDOWN") => Login::NotRequired,
        _ => return None,
    };
    let line = first_line(answer).unwrap_or(answer);
    let mode = if answer.starts_with(b"-DENIED") { "yes" } else { "" };
    let found = Service { login, ..service(Protocol::Redis, line) };
    Some(found.product(None, "Redis", None, line).detail("protected_mode", mode))
}

/// A bulk string (`$12\r\n…\r\n`), if complete.
fn bulk(answer: &[u8]) -> Option<&[u8]> {
    let head = first_line(answer)?.strip_prefix(b"$")?;
    let length: usize = std::str::from_utf8(head).ok()?.parse().ok()?;
    let begin = head.len() + 3;
    answer.get(begin..begin.checked_add(length)?)
}

fn redis_server(pong: &[u8], info: &[u8]) -> Service {
    let lines = lines(info);
    let value = |key: &str| lines.iter().find_map(|line| line.strip_prefix(key));
    let found = Service { login: Login::NotRequired, ..service(Protocol::Redis, pong) };
    let version = value("redis_version:").map(|version| (version, VersionSource::Protocol));
    let found = found.product(None, "Redis", version, version.map_or("", |(version, _)| version).as_bytes());
    found.detail("mode", value("redis_mode:").unwrap_or_default()).detail("os", value("os:").unwrap_or_default())
}

pub(super) fn memcached(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(b"version\r\n".to_vec()) };
    let Some(line) = first_line(answer) else { return talk.wait() };
    let shown = text::shown(line);
    match shown.strip_prefix("VERSION ") {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            let found = Service { login: Login::NotRequired, ..service(Protocol::Memcached, line) };
            let number = version.split(' ').next().unwrap_or_default();
            found.product(None, "Memcached", Some((number, VersionSource::Protocol)), line).into()
        }
        _ if shown.starts_with("CLIENT_ERROR unauthenticated") => {
            let found = Service { login: Login::Required, ..service(Protocol::Memcached, line) };
            found.product(None, "Memcached", None, line).into()
        }
        _ => Step::Foreign,
    }
}

/// `srvr`, one of the four-letter words: the version and counters (ZooKeeper Administrator's Guide). Access control is kept per node there,
/// so that it does not tell whether a log-in is needed.
pub(super) fn zookeeper(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(b"srvr".to_vec()) };
    let shown = text::shown(answer);
    let mark = "Zookeeper version: ";
    if let Some(version) = text::version_after(&shown, mark) {
        if !talk.ended && !shown.contains("Node count") {
            return Step::Listen;
        }
        let number = version.split('-').next().unwrap_or_default();
        let mode = lines(answer).iter().find_map(|line| line.strip_prefix("Mode: ").map(str::to_owned)).unwrap_or_default();
        let line = first_line(answer).unwrap_or(answer);
        let found = service(Protocol::Zookeeper, line).detail("mode", mode);
        return found.product(Some("Apache"), "ZooKeeper", Some((number, VersionSource::Protocol)), line).into();
    }
    match shown.as_str() {
        _ if shown.starts_with("srvr is not executed because it is not in the whitelist")
            || shown.starts_with("This ZooKeeper instance is not currently serving requests") =>
        {
            service(Protocol::Zookeeper, answer).product(Some("Apache"), "ZooKeeper", None, answer).into()
        }
        _ if mark.starts_with(&shown) || shown.len() < 24 => talk.wait(),
        _ => Step::Foreign,
    }
}

/// The number that answers repeat.
const REQUEST: u32 = 0x4D43_0001;

/// OP_MSG with `{<command>: 1, $db: "admin"}` (MongoDB wire protocol). Both commands are open to those who have not logged in.
fn mongo_command(command: &str) -> Vec<u8> {
    let mut document = vec![0; 4];
    document.extend([0x10]);
    document.extend(command.as_bytes());
    document.extend([0, 1, 0, 0, 0]);
    document.extend(b"\x02$db\0\x06\0\0\0admin\0\0");
    let length = u32::try_from(document.len()).unwrap_or(u32::MAX);
    document[..4].copy_from_slice(&length.to_le_bytes());
    let mut message = Vec::new();
    for word in [16 + 4 + 1 + length, REQUEST, 0, 2013, 0] {
        message.extend(word.to_le_bytes());
    }
    message.push(0);
    message.extend(document);
    message
}

/// A complete OP_MSG or OP_REPLY that answers ours: its document.
fn mongo_reply(answer: &[u8]) -> Result<&[u8], bool> {
    let mut cursor = Cursor(answer);
    let mut word = || cursor.little(4);
    let (Some(length), Some(_), Some(to), Some(code)) = (word(), word(), word(), word()) else {
        return Err(answer.len() < 16);
    };
    if to != u64::from(REQUEST) || !matches!(code, 1 | 2013) || !(21..=1 << 20).contains(&length) {
        return Err(false);
    }
    let skipped = if code == 1 { 20 } else { 5 };
    if answer.len() < length as usize {
        return Err(true);
    }
    cursor.0.get(skipped..).ok_or(false)
}

/// `hello` for the role and wire version, `buildInfo` for the version. Whether a log-in is needed neither tells.
pub(super) fn mongodb(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [] => Step::Say(mongo_command("isMaster")),
        [answer] => match mongo_reply(answer) {
            Ok(document) if bson(document, "maxWireVersion").is_some() || bson(document, "ismaster").is_some() => {
                Step::Say(mongo_command("buildInfo"))
            }
            Err(true) => talk.wait(),
            // A question over HTTP is answered in words.
            _ => Step::Foreign,
        },
        [hello, answer] => {
            let build = mongo_reply(answer);
            if build == Err(true) && !talk.ended {
                return Step::Listen;
            }
            mongo_service(mongo_reply(hello).unwrap_or_default(), build.unwrap_or_default()).into()
        }
        _ => Step::Foreign,
    }
}

fn mongo_service(hello: &[u8], build: &[u8]) -> Service {
    let words = |document, key| bson(document, key).map(text::shown).unwrap_or_default();
    let version = words(build, "version");
    let known = (!version.is_empty()).then_some((version.as_str(), VersionSource::Protocol));
    let wire = bson(hello, "maxWireVersion").and_then(|value| Cursor(value).little(4));
    service(Protocol::Mongodb, &[])
        .product(None, "MongoDB", known, version.as_bytes())
        .detail("wire_version", wire.map(|wire| wire.to_string()).unwrap_or_default())
        .detail("cluster", words(hello, "setName"))
}

/// The value of a key of a BSON document's first level: text without its length and NUL, else the raw bytes. Bounded by the document.
fn bson<'a>(document: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let mut cursor = Cursor(document);
    cursor.take(4)?;
    loop {
        let kind = cursor.byte().filter(|kind| *kind != 0)?;
        let key = cursor.string()?;
        let value = match kind {
            0x02 => {
                let length = usize::try_from(cursor.little(4)?).ok()?;
                cursor.take(length)?.strip_suffix(b"\0")?
            }
            0x03 | 0x04 => {
                let length = usize::try_from(cursor.little(4)?).ok()?;
                cursor.take(length.checked_sub(4)?)?
            }
            0x05 => {
                let length = usize::try_from(cursor.little(4)?).ok()?;
                cursor.take(length.checked_add(1)?)?
            }
            0x07 => cursor.take(12)?,
            0x08 => cursor.take(1)?,
            0x0A => &[],
            0x10 => cursor.take(4)?,
            0x01 | 0x09 | 0x11 | 0x12 => cursor.take(8)?,
            _ => return None,
        };
        if key == wanted.as_bytes() {
            return Some(value);
        }
    }
}

/// What MongoDB answers to a question over HTTP.
pub(super) fn is_mongodb_over_http(body: &[u8]) -> bool {
    find(body, b"It looks like you are trying to access MongoDB over HTTP").is_some()
}
