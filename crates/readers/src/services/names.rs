//! DNS: the question for the server's version (`version.bind`, class CHAOS), by UDP and by TCP.

use model::facts::services::{Login, Protocol, Service, Transport};
use model::facts::technology::VersionSource;

use super::binary::Cursor;
use super::text::{self, Telling};
use super::{Step, Talk, service};

/// The number that the answer repeats.
const ID: [u8; 2] = [0x4D, 0x43];
const TXT: u64 = 16;
const CHAOS: u64 = 3;

/// One question without recursion.
pub(super) fn version_question() -> Vec<u8> {
    [&ID[..], b"\0\0\0\x01\0\0\0\0\0\0\x07version\x04bind\0\0\x10\0\x03"].concat()
}

/// The same behind a length (RFC 1035, 4.2.2).
pub(super) fn talk(talk: &Talk<'_>) -> Step {
    let question = version_question();
    let [heard] = talk.turns()[..] else {
        let length = u16::try_from(question.len()).unwrap_or(0).to_be_bytes();
        return Step::Say([&length[..], &question].concat());
    };
    let mut cursor = Cursor(heard);
    match (heard.len(), cursor.counted(2)) {
        (_, Some(message)) => {
            answer(message).map_or(Step::Foreign, |found| Service { transport: Transport::Tcp, ..found }.into())
        }
        (4.., None) if heard[2..4] != ID => Step::Foreign,
        _ => talk.wait(),
    }
}

/// An answer to our question, whatever it says.
pub(super) fn answer(message: &[u8]) -> Option<Service> {
    let mut cursor = Cursor(message);
    let (id, flags) = (cursor.take(2)?, cursor.big(2)?);
    let (questions, answers) = (cursor.big(2)?, cursor.big(2)?);
    cursor.take(4)?;
    // The first bit says that it is an answer; the next four that it is one to a standard query.
    if id != ID || flags & 0xF800 != 0x8000 || questions > 1 {
        return None;
    }
    if questions == 1 {
        name(&mut cursor)?;
        let _kind_and_class = cursor.take(4)?;
    }
    let recursion = if flags & 0x80 == 0 { "no" } else { "yes" };
    let code = (flags & 15).to_string();
    let mut found = service(Protocol::Dns, &[]).detail("recursion_available", recursion).detail("response_code", code);
    (found.transport, found.login) = (Transport::Udp, Login::NotRequired);
    let version = if answers > 0 { text_record(&mut cursor) } else { None };
    let Some(version) = version.filter(|version| !version.is_empty()) else { return Some(found) };
    found.greeting = text::shown(version);
    Some(product(found, version).recog("dns.versionbind", version))
}

fn text_record<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    name(cursor)?;
    let (TXT, CHAOS, _) = (cursor.big(2)?, cursor.big(2)?, cursor.take(4)?) else { return None };
    Cursor(cursor.counted(2)?).counted(1)
}

/// Skips a name: labels, or a pointer.
fn name(cursor: &mut Cursor<'_>) -> Option<()> {
    loop {
        match cursor.byte()? {
            0 => return Some(()),
            pointer @ 0xC0.. => return cursor.byte().filter(|_| pointer >= 0xC0).map(|_| ()),
            length @ 1..=63 => _ = cursor.take(usize::from(length))?,
            _ => return None,
        }
    }
}

/// BIND says its number alone; others say their name.
fn product(found: Service, version: &[u8]) -> Service {
    const NAMED: [(&str, &str); 6] = [
        ("dnsmasq-", "Dnsmasq"),
        ("unbound ", "Unbound"),
        ("Knot DNS ", "Knot DNS"),
        ("PowerDNS Authoritative Server ", "PowerDNS"),
        ("PowerDNS Recursor ", "PowerDNS Recursor"),
        ("NSD ", "NSD"),
    ];
    let shown = text::shown(version);
    if let Some((before, name)) = NAMED.iter().find(|(before, _)| shown.starts_with(before)) {
        let number = text::version_after(&shown, before).map(|number| (number, VersionSource::Protocol));
        return found.product(None, name, number, version);
    }
    let number = shown.split([' ', '-']).next().unwrap_or_default();
    let bind = number.starts_with("9.") && number.split('.').count() >= 3 && number.starts_with(|c: char| c.is_ascii_digit());
    if bind { found.product(Some("ISC"), "BIND", Some((number, VersionSource::Protocol)), version) } else { found }
}
