//! FTP (RFC 959): it greets. FEAT (RFC 2389) tells whether it takes AUTH TLS (RFC 4217).

use model::facts::services::{Protocol, Service};

use super::binary::find;
use super::mail::is_reply;
use super::text::{Telling, begins, first_line, lines};
use super::vendors::{self, Banner};
use super::{Step, Talk, service};

/// A greeting that names FTP. One that names nothing is found out by [`refused_ehlo`].
pub(super) fn is_greeting(greeting: &[u8]) -> bool {
    let reply = matches!(greeting, [b'2' | b'4' | b'5', b'0' | b'2' | b'3', b'0'..=b'9', b' ' | b'-', ..]);
    let upper = greeting.to_ascii_uppercase();
    reply && find(&upper, b"FTP").is_some() && find(&upper, b"SMTP").is_none()
}

pub(super) fn talk(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [greeting] if is_reply(greeting) && greeting.starts_with(b"220") => Step::Say(b"FEAT\r\n".to_vec()),
        [greeting] if is_reply(greeting) => ftp(greeting).into(),
        [greeting, answer] if talk.ended || is_reply(answer) => features(ftp(greeting), answer).into(),
        _ => talk.wait(),
    }
}

/// What a server with the greeting 220 that does not know EHLO is: FTP, if it refuses as FTP does.
pub(super) fn refused_ehlo(greeting: &[u8], answer: &[u8]) -> Step {
    match answer {
        // 500 unknown command, 502 not implemented, 530 not logged in. SMTP has 500 and 502 too, but a server that sends them
        // to EHLO and does not name itself SMTP is an FTP server.
        [b'5', b'0', b'0' | b'2', ..] | [b'5', b'3', b'0', ..] => ftp(greeting).into(),
        _ => Step::Foreign,
    }
}

fn ftp(greeting: &[u8]) -> Service {
    let line = first_line(greeting).unwrap_or(greeting);
    let text = line.get(4..).unwrap_or_default();
    vendors::named(service(Protocol::Ftp, line).recog("ftp.banner", text), Banner::Ftp, text)
}

fn features(mut found: Service, answer: &[u8]) -> Service {
    if !answer.starts_with(b"211") {
        return found;
    }
    let lines = lines(answer);
    let words: Vec<&str> = lines.iter().filter(|line| line.starts_with(' ')).map(|line| line.trim()).collect();
    found.offers_tls =
        Some(words.iter().any(|word| begins(word.as_bytes(), b"AUTH TLS") || begins(word.as_bytes(), b"AUTH SSL")));
    found.detail("capabilities", words.join(", "))
}
