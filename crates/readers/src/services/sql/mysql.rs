//! MySQL and MariaDB: the server begins with its version (MySQL Internals, Protocol::HandshakeV10).

use model::facts::services::{Login, Protocol};
use model::facts::technology::VersionSource;

use crate::services::binary::Cursor;
use crate::services::text::{self, Telling};
use crate::services::{Step, Talk, service};

/// The capability flag for TLS.
const SSL: u64 = 1 << 11;

/// A packet with number 0 that holds a greeting of version 10, or an error.
pub(in crate::services) fn is_greeting(greeting: &[u8]) -> bool {
    matches!(greeting, [_, _, 0, 0, 10 | 0xFF, _, ..])
}

pub(in crate::services) fn talk(talk: &Talk<'_>) -> Step {
    let mut cursor = Cursor(talk.last());
    let packet = cursor.little(3).and_then(|length| cursor.big(1).and_then(|_| cursor.take(usize::try_from(length).ok()?)));
    let Some(packet) = packet else { return talk.wait() };
    match packet.first() {
        Some(10) => greeting(&packet[1..]).unwrap_or(Step::Foreign),
        Some(0xFF) => refusal(&packet[1..]),
        _ => Step::Foreign,
    }
}

fn greeting(packet: &[u8]) -> Option<Step> {
    let mut cursor = Cursor(packet);
    let version = cursor.string().filter(|version| version.first().is_some_and(u8::is_ascii_digit))?;
    // Connection id, eight bytes of the challenge, a filler.
    cursor.take(4 + 8 + 1)?;
    let low = cursor.little(2)?;
    let capabilities = low | cursor.take(1 + 2).and_then(|_| cursor.little(2)).unwrap_or(0) << 16;
    let challenge = cursor.byte().unwrap_or(0);
    // Ten bytes are reserved, then the rest of the challenge.
    cursor.take(10);
    cursor.take(usize::from(challenge).saturating_sub(8).max(13));
    let plugin = cursor.string().unwrap_or(cursor.0);
    let shown = text::shown(version);
    let mut found = service(Protocol::Mysql, version).recog("mysql.banners", version).detail("auth_methods", text::shown(plugin));
    // The protocol has no use without a name.
    found.login = Login::Required;
    found.offers_tls = Some(capabilities & SSL != 0);
    // MariaDB puts 5.5.5- in front, for replicas of old.
    let number = shown.strip_prefix("5.5.5-").unwrap_or(&shown);
    let (vendor, product) = if shown.contains("MariaDB") { ("MariaDB", "MariaDB") } else { ("Oracle", "MySQL") };
    let end = number.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(number.len());
    Some(found.product(Some(vendor), product, Some((&number[..end], VersionSource::Protocol)), version).into())
}

/// An error instead of a greeting: 1130, this host may not connect; 1129, blocked; 1040, too many connections.
fn refusal(packet: &[u8]) -> Step {
    let mut cursor = Cursor(packet);
    let (Some(code), message) = (cursor.little(2), cursor.0) else { return Step::Foreign };
    if !matches!(code, 1040 | 1129 | 1130 | 1203 | 1226) {
        return Step::Foreign;
    }
    let shown = text::shown(message);
    let found = service(Protocol::Mysql, message).recog("mysql.error", message).detail("error", code.to_string());
    let product = if shown.contains("MariaDB") { "MariaDB" } else { "MySQL" };
    found.product(None, product, None, message).into()
}
