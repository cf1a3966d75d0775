//! AMQP 0-9-1 (RabbitMQ), MQTT and Kafka.

use model::facts::services::{Login, Protocol, Service};
use model::facts::technology::VersionSource;

use super::binary::{Cursor, find};
use super::text::{self, Telling};
use super::{Step, Talk, service};

/// The protocol's header; the server answers with Connection.Start, which names it (AMQP 0-9-1, 2.2.4).
pub(super) fn amqp(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(b"AMQP\0\0\x09\x01".to_vec()) };
    match answer {
        // Another version of the protocol is wanted. An echo is told by the caller.
        [b'A', b'M', b'Q', b'P', _, _, _, _] => service(Protocol::Amqp, answer).into(),
        [1, 0, 0, ..] => match start(answer) {
            Some(found) => found.into(),
            None => talk.wait(),
        },
        _ if answer.len() < 3 || b"AMQP".starts_with(&answer[..answer.len().min(4)]) => talk.wait(),
        _ => Step::Foreign,
    }
}

fn start(answer: &[u8]) -> Option<Service> {
    let mut cursor = Cursor(answer);
    cursor.take(3)?;
    let mut method = Cursor(cursor.counted(4)?);
    // Class 10, method 10; version 0-9.
    if method.big(4)? != 10 << 16 | 10 {
        return None;
    }
    method.take(2)?;
    let properties = method.counted(4)?;
    let mechanisms = text::shown(method.counted(4)?);
    let value = |key: &str| {
        let mark = [&[u8::try_from(key.len()).unwrap_or(0)], key.as_bytes(), b"S"].concat();
        let at = find(properties, &mark)?;
        Cursor(&properties[at + mark.len()..]).counted(4)
    };
    let words = |key| value(key).map(text::shown).unwrap_or_default();
    let (product, version) = (words("product"), words("version"));
    let known = (!version.is_empty()).then_some((version.as_str(), VersionSource::Protocol));
    let anonymous = mechanisms.split(' ').any(|mechanism| mechanism == "ANONYMOUS");
    let found = service(Protocol::Amqp, value("product").unwrap_or_default())
        .detail("auth_methods", &mechanisms)
        .detail("cluster", words("cluster_name"))
        .detail("platform", words("platform"));
    let found = Service { login: if anonymous { Login::NotRequired } else { Login::Required }, ..found };
    Some(if product.is_empty() { found } else { found.product(None, &product, known, value("version").unwrap_or_default()) })
}

/// CONNECT of MQTT 3.1.1 without name and password, a clean session and no client's name.
const CONNECT: [u8; 14] = [0x10, 12, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 10, 0, 0];

/// CONNACK's return code (MQTT 3.1.1, 3.2.2.3).
pub(super) fn mqtt(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(CONNECT.to_vec()) };
    match answer {
        [0x20, 2, 0, code @ 0..=5] => {
            let login = match code {
                0 => Login::NotRequired,
                4 | 5 => Login::Required,
                _ => Login::Unknown,
            };
            Service { login, ..service(Protocol::Mqtt, answer) }.detail("return_code", code.to_string()).into()
        }
        _ if answer.len() < 4 && [0x20, 2, 0].starts_with(&answer[..answer.len().min(3)]) => talk.wait(),
        _ => Step::Foreign,
    }
}

/// ApiVersions, version 0, with a number that the answer repeats; client name `mingcha` (Kafka protocol guide).
const API_VERSIONS: &[u8] = b"\0\0\0\x11\0\x12\0\0MC\0\x01\0\x07mingcha";

/// The answer lists which versions of which requests the broker knows. It is open to those who have not logged in, and tells no more.
pub(super) fn kafka(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(API_VERSIONS.to_vec()) };
    if answer.len() < 8 {
        return talk.wait();
    }
    let mut cursor = Cursor(answer);
    let (length, correlation) = (cursor.big(4), cursor.take(4));
    if correlation != Some(b"MC\0\x01") || !length.is_some_and(|length| (10..=4096).contains(&length)) {
        return Step::Foreign;
    }
    let (Some(error), Some(count)) = (cursor.big(2), cursor.big(4)) else { return talk.wait() };
    if (answer.len() as u64) < 4 + length.unwrap_or(0) {
        return talk.wait();
    }
    let mut highest = Vec::new();
    for _ in 0..count.min(128) {
        let (Some(key), Some(_), Some(to)) = (cursor.big(2), cursor.big(2), cursor.big(2)) else { break };
        // Produce, fetch, metadata, API versions: enough to tell the broker's age.
        if matches!(key, 0 | 1 | 3 | 18) {
            highest.push(format!("{key}:{to}"));
        }
    }
    if error != 0 && error != 35 {
        return Step::Foreign;
    }
    service(Protocol::Kafka, &[]).product(Some("Apache"), "Kafka", None, &[]).detail("api_versions", highest.join(" ")).into()
}
