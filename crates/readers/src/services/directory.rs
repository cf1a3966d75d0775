//! LDAP: an anonymous bind, and the entry that describes the server, which is public (RFC 4511; RFC 4512, 5.1).

use model::facts::services::{Login, Protocol, Service};

use super::binary::{Cursor, find};
use super::text::{self, Telling};
use super::{Step, Talk, service};

/// Message 1: bind, version 3, no name, no password (RFC 4513, 5.1.1).
const BIND: [u8; 14] = [0x30, 12, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0];

/// Message 2: the root entry alone, attributes that describe the server.
fn root_entry() -> Vec<u8> {
    const WANTED: [&[u8]; 6] = [
        b"vendorName",
        b"vendorVersion",
        b"supportedExtension",
        b"supportedSASLMechanisms",
        b"forestFunctionality",
        b"objectClass",
    ];
    let element = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap_or(127)], content].concat();
    let wanted: Vec<u8> = WANTED.iter().flat_map(|name| element(4, name)).collect();
    // The root's name is empty; base object; aliases never; one entry, five seconds; values too; the filter "has an object class".
    let head = [4, 0, 10, 1, 0, 10, 1, 0, 2, 1, 1, 2, 1, 5, 1, 1, 0];
    let search = [&head[..], &element(0x87, b"objectClass"), &element(0x30, &wanted)].concat();
    // Longer than a length of one byte holds.
    let long = |tag: u8, content: &[u8]| [&[tag, 0x81, u8::try_from(content.len()).unwrap_or(255)], content].concat();
    long(0x30, &[&[2, 1, 2][..], &long(0x63, &search)].concat())
}

/// One element of BER with a definite length: tag, content, and the rest.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let mut cursor = Cursor(bytes);
    let tag = cursor.byte()?;
    let length = match cursor.byte()? {
        short @ 0..=0x7F => usize::from(short),
        long @ 0x81..=0x84 => usize::try_from(cursor.big(usize::from(long & 0x7F))?).ok()?,
        _ => return None,
    };
    Some((tag, cursor.take(length)?, cursor.0))
}

/// The operation of a message with this number: its tag, its content.
fn operation(bytes: &[u8], number: u8) -> Option<(u8, &[u8])> {
    let (0x30, message, _) = element(bytes)? else { return None };
    let (2, id, rest) = element(message)? else { return None };
    let (tag, content, _) = element(rest)?;
    (id == [number]).then_some((tag, content))
}

pub(super) fn talk(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [] => Step::Say(BIND.to_vec()),
        [answer] => match operation(answer, 1) {
            Some((0x61, content)) if result(content).is_some() => Step::Say(root_entry()),
            Some(_) => Step::Foreign,
            None if answer.first().is_some_and(|first| *first != 0x30) => Step::Foreign,
            None => talk.wait(),
        },
        [bind, answer] => {
            // The last message is SearchResultDone; StartTLS servers may refuse instead, with the same.
            if !talk.ended && !done(answer) {
                return Step::Listen;
            }
            directory(bind, answer).into()
        }
        _ => Step::Foreign,
    }
}

/// Result code: an enumerated number.
fn result(content: &[u8]) -> Option<u8> {
    match element(content)? {
        (10, [code], _) => Some(*code),
        _ => None,
    }
}

fn done(mut bytes: &[u8]) -> bool {
    while let Some((_, _, rest)) = element(bytes) {
        if operation(bytes, 2).is_some_and(|(tag, _)| tag == 0x65) {
            return true;
        }
        bytes = rest;
    }
    false
}

fn directory(bind: &[u8], answer: &[u8]) -> Service {
    let code = operation(bind, 1).and_then(|(_, content)| result(content));
    let entry = operation(answer, 2).filter(|(tag, _)| *tag == 0x64).map_or(&[][..], |(_, content)| content);
    // Active Directory accepts the bind of anybody and then refuses every search: the bind tells nothing.
    let windows = find(entry, b"forestFunctionality").is_some();
    let mut found = service(Protocol::Ldap, &[]);
    found.login = match code {
        Some(0) if !windows && !entry.is_empty() => Login::NotRequired,
        // Stronger authentication required, confidentiality required, inappropriate authentication, invalid credentials, unwilling.
        Some(8 | 13 | 48 | 49 | 53) => Login::Required,
        _ => Login::Unknown,
    };
    if !entry.is_empty() {
        found.offers_tls = Some(find(entry, b"1.3.6.1.4.1.1466.20037").is_some());
    }
    let vendor = values(entry, b"vendorName").first().cloned().unwrap_or_default();
    let version = values(entry, b"vendorVersion").first().cloned().unwrap_or_default();
    if windows {
        found = found.product(Some("Microsoft"), "Active Directory", None, b"forestFunctionality");
    } else if find(entry, b"OpenLDAProotDSE").is_some() {
        found = found.product(Some("OpenLDAP Foundation"), "OpenLDAP", None, b"OpenLDAProotDSE");
    } else if !vendor.is_empty() {
        found = found.product(Some(&vendor), &vendor, None, vendor.as_bytes());
    }
    found
        .recog("ldap.search_result", entry)
        .detail("auth_methods", values(entry, b"supportedSASLMechanisms").join(" "))
        .detail("vendor_version", version)
        .detail("bind_result", code.map(|code| code.to_string()).unwrap_or_default())
}

/// The values of an attribute of an entry: SEQUENCE { name, SET OF value }.
fn values(entry: &[u8], name: &[u8]) -> Vec<String> {
    const MOST: usize = 16;
    let Some((4, _, rest)) = element(entry) else { return Vec::new() };
    let Some((0x30, mut attributes, _)) = element(rest) else { return Vec::new() };
    while let Some((0x30, attribute, others)) = element(attributes) {
        attributes = others;
        let Some((4, found, set)) = element(attribute) else { continue };
        if !found.eq_ignore_ascii_case(name) {
            continue;
        }
        let Some((0x31, mut set, _)) = element(set) else { continue };
        let mut values = Vec::new();
        while let Some((4, value, others)) = element(set) {
            values.push(text::shown(value));
            set = others;
            if values.len() == MOST {
                break;
            }
        }
        return values;
    }
    Vec::new()
}
