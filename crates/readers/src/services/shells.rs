//! SSH (RFC 4253) and Telnet (RFC 854): they greet.

use model::facts::services::{Login, Protocol, Service};
use model::facts::technology::VersionSource;

use super::text::{Telling, begins, first_line, version_after};
use super::{Step, Talk, service, text};

pub(super) fn is_ssh(greeting: &[u8]) -> bool {
    greeting.starts_with(b"SSH-")
}

/// `SSH-protoversion-softwareversion SP comments` (RFC 4253, 4.2).
pub(super) fn ssh(talk: &Talk<'_>) -> Step {
    let Some(line) = first_line(talk.last()) else { return talk.wait() };
    let shown = text::shown(line);
    let mut parts = shown.splitn(3, '-').skip(1);
    let (Some(protocol), Some(software)) = (parts.next(), parts.next()) else { return Step::Foreign };
    let mut found = service(Protocol::Ssh, line).detail("protocol_version", protocol);
    found.login = Login::Required;
    // Recog's patterns begin after the version of the protocol.
    found = found.recog("ssh.banner", software.as_bytes());
    let name = software.split(' ').next().unwrap_or_default();
    found = match name.rsplit_once(['_', '-']) {
        Some((product, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            found.product(None, product, Some((version, VersionSource::Protocol)), line)
        }
        _ => found.product(None, name, None, line),
    };
    found.into()
}

const IAC: u8 = 255;
/// WILL, WONT, DO, DONT.
const OPTIONS: std::ops::RangeInclusive<u8> = 251..=254;
/// The last option that IANA has assigned, but for a few far above.
const LAST_OPTION: u8 = 49;
/// The ends of prompts that devices without options show.
const PROMPTS: [&[u8]; 5] = [b"login:", b"username:", b"user name:", b"password:", b"passwd:"];

pub(super) fn is_telnet(greeting: &[u8]) -> bool {
    matches!(greeting, [IAC, command, 0..=LAST_OPTION, ..] if OPTIONS.contains(command)) || asks(greeting)
}

fn asks(bytes: &[u8]) -> bool {
    let trimmed = bytes.trim_ascii_end();
    PROMPTS.iter().any(|prompt| trimmed.len() >= prompt.len() && begins(&trimmed[trimmed.len() - prompt.len()..], prompt))
}

/// Declines every option that is proposed, once, and reads on until it asks for a name or falls silent.
pub(super) fn telnet(talk: &Talk<'_>) -> Step {
    let said: Vec<u8> = talk.heard.iter().flat_map(|turn| words(turn)).collect();
    if asks(&said) {
        return Service { login: Login::Required, ..telnet_service(&said) }.into();
    }
    let refusals = talk.heard.first().map(|greeting| refusals(greeting)).unwrap_or_default();
    match talk.heard.len() {
        1 if !refusals.is_empty() => Step::Say(refusals),
        _ if talk.ended => telnet_service(&said).into(),
        _ => Step::Listen,
    }
}

fn telnet_service(said: &[u8]) -> Service {
    let trimmed = said.trim_ascii();
    let found = service(Protocol::Telnet, trimmed).recog("telnet.banner", trimmed);
    match version_after(&text::shown(trimmed), "BusyBox v") {
        Some(version) => found.product(None, "BusyBox", Some((version, VersionSource::Banner)), trimmed),
        None => found,
    }
}

/// The text between the options.
fn words(bytes: &[u8]) -> Vec<u8> {
    let mut words = Vec::new();
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match (*byte, rest.as_slice()) {
            (IAC, [command, ..]) if OPTIONS.contains(command) => _ = rest.nth(1),
            (IAC, _) => _ = rest.next(),
            (0, _) => {}
            _ => words.push(*byte),
        }
    }
    words
}

fn refusals(greeting: &[u8]) -> Vec<u8> {
    const LONGEST: usize = 32;
    let proposals = greeting.windows(3).filter(|window| window[0] == IAC && matches!(window[1], 251 | 253));
    // DONT answers WILL, WONT answers DO.
    proposals.take(LONGEST).flat_map(|window| [IAC, if window[1] == 251 { 254 } else { 252 }, window[2]]).collect()
}
