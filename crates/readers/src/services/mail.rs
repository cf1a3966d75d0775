//! SMTP (RFC 5321), POP3 (RFC 1939) and IMAP (RFC 3501): they greet, and list what they can when asked. Whether a password may be given
//! before TLS stands in `auth_before_tls`.

use model::facts::services::{Login, Protocol, Service};

use super::text::{Telling, begins, first_line, lines};
use super::vendors::{self, Banner};
use super::{Step, Talk, service};

/// The name that we give in EHLO: an address literal that says nothing (RFC 5321, 4.1.3).
const EHLO: &[u8] = b"EHLO [127.0.0.1]\r\n";

pub(super) fn is_smtp(greeting: &[u8]) -> bool {
    matches!(greeting, [b'2' | b'4' | b'5', b'2' | b'5', b'0'..=b'9', b' ' | b'-', ..])
}

/// Whether a reply of several lines (`250-…`, `250 …`) has come to its end.
pub(super) fn is_reply(bytes: &[u8]) -> bool {
    let Some(bytes) = bytes.strip_suffix(b"\n") else { return false };
    let last = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    matches!(last, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ' | b'\r', ..] | [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'])
}

/// A greeting with 220 may be FTP's; EHLO tells.
pub(super) fn smtp(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [greeting] if is_reply(greeting) && greeting.starts_with(b"220") => Step::Say(EHLO.to_vec()),
        // 421 and 554: busy, or not for us.
        [greeting] if is_reply(greeting) && mentions_smtp(greeting) => smtp_service(greeting).into(),
        [greeting, answer] if answer.starts_with(b"250") && (is_reply(answer) || talk.ended) => {
            capabilities(smtp_service(greeting), &lines(answer)).into()
        }
        [greeting, answer] if (is_reply(answer) || talk.ended) && mentions_smtp(greeting) => smtp_service(greeting).into(),
        [greeting, answer] if is_reply(answer) && !answer.starts_with(b"250") => super::ftp::refused_ehlo(greeting, answer),
        _ => talk.wait(),
    }
}

fn mentions_smtp(greeting: &[u8]) -> bool {
    super::binary::find(&greeting.to_ascii_uppercase(), b"SMTP").is_some()
}

fn smtp_service(greeting: &[u8]) -> Service {
    let line = first_line(greeting).unwrap_or(greeting);
    let text = line.get(4..).unwrap_or_default();
    vendors::named(service(Protocol::Smtp, line).recog("smtp.banner", text), Banner::Smtp, text)
}

fn capabilities(mut found: Service, lines: &[String]) -> Service {
    let words: Vec<&str> = lines.iter().skip(1).filter_map(|line| line.get(4..)).collect();
    let auth = words.iter().find_map(|word| word.strip_prefix("AUTH ").or_else(|| word.strip_prefix("AUTH=")));
    found.offers_tls = Some(words.iter().any(|word| word.eq_ignore_ascii_case("STARTTLS")));
    let before = if auth.is_some() { "yes" } else { "no" };
    found
        .detail("capabilities", words.join(", "))
        .detail("auth_methods", auth.unwrap_or_default())
        .detail("auth_before_tls", before)
}

pub(super) fn is_pop3(greeting: &[u8]) -> bool {
    begins(greeting, b"+OK") || begins(greeting, b"-ERR")
}

/// CAPA (RFC 2449) after the greeting; a server that does not know it says so.
pub(super) fn pop3(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [greeting] if first_line(greeting).is_some() => Step::Say(b"CAPA\r\n".to_vec()),
        [greeting, answer]
            if talk.ended || answer.ends_with(b"\r\n.\r\n") || begins(answer, b"-ERR") && answer.ends_with(b"\n") =>
        {
            let line = first_line(greeting).unwrap_or(greeting);
            let text = line.strip_prefix(b"+OK").unwrap_or(line).trim_ascii();
            let found = service(Protocol::Pop3, line).recog("pop3.banner", text);
            let found = vendors::named(Service { login: Login::Required, ..found }, Banner::Pop3, text);
            if begins(answer, b"+OK") { pop3_capabilities(found, &lines(answer)) } else { found }.into()
        }
        _ => talk.wait(),
    }
}

fn pop3_capabilities(mut found: Service, lines: &[String]) -> Service {
    let words: Vec<&str> = lines.iter().skip(1).map(String::as_str).filter(|word| *word != ".").collect();
    let has = |name: &str| words.iter().any(|word| word.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(name)));
    let sasl = words.iter().find_map(|word| word.strip_prefix("SASL ")).unwrap_or_default();
    found.offers_tls = Some(has("STLS"));
    let before = if has("USER") || !sasl.is_empty() { "yes" } else { "no" };
    let implementation = words.iter().find_map(|word| word.strip_prefix("IMPLEMENTATION ")).unwrap_or_default();
    found
        .detail("capabilities", words.join(", "))
        .detail("auth_methods", sasl)
        .detail("auth_before_tls", before)
        .detail("implementation", implementation)
}

pub(super) fn is_imap(greeting: &[u8]) -> bool {
    begins(greeting, b"* OK") || begins(greeting, b"* PREAUTH") || begins(greeting, b"* BYE")
}

/// CAPABILITY, and ID (RFC 2971) where it is offered: that is how a server names its version.
pub(super) fn imap(talk: &Talk<'_>) -> Step {
    let tagged = |answer: &[u8], tag: &[u8]| {
        answer.ends_with(b"\n") && answer.split(|byte| *byte == b'\n').any(|line| line.starts_with(tag))
    };
    match talk.turns()[..] {
        [greeting] if first_line(greeting).is_some() => Step::Say(b"a1 CAPABILITY\r\n".to_vec()),
        [greeting, answer] if tagged(answer, b"a1 ") => {
            if imap_words(answer).iter().any(|word| word.eq_ignore_ascii_case("ID")) {
                Step::Say(b"a2 ID NIL\r\n".to_vec())
            } else {
                imap_service(greeting, answer, &[]).into()
            }
        }
        [greeting, answer] if talk.ended => imap_service(greeting, answer, &[]).into(),
        [greeting, answer, id] if talk.ended || tagged(id, b"a2 ") => imap_service(greeting, answer, id).into(),
        _ => talk.wait(),
    }
}

fn imap_words(answer: &[u8]) -> Vec<String> {
    let lines = lines(answer);
    let line = lines.iter().find_map(|line| line.strip_prefix("* CAPABILITY "));
    line.unwrap_or_default().split(' ').map(str::to_owned).collect()
}

fn imap_service(greeting: &[u8], answer: &[u8], id: &[u8]) -> Service {
    let line = first_line(greeting).unwrap_or(greeting);
    let text = line.get(2..).unwrap_or_default();
    let banner = text.strip_prefix(b"OK").unwrap_or(text).trim_ascii();
    let words = imap_words(answer);
    let has = |name: &str| words.iter().any(|word| word.eq_ignore_ascii_case(name));
    let auth: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix("AUTH=")).collect();
    let login = if begins(text, b"PREAUTH") || has("AUTH=ANONYMOUS") { Login::NotRequired } else { Login::Required };
    let mut found = Service { login, ..service(Protocol::Imap, line) }.recog("imap4.banner", banner);
    if words.len() > 1 {
        found.offers_tls = Some(has("STARTTLS"));
        let before = if has("LOGINDISABLED") && auth.is_empty() { "no" } else { "yes" };
        found = found.detail("auth_before_tls", before);
    }
    found = found.detail("capabilities", words.join(" ")).detail("auth_methods", auth.join(" "));
    vendors::identified(vendors::named(found, Banner::Imap, banner), id)
}
