//! PostgreSQL: whether it takes TLS (SSLRequest), and what it asks of a user (PostgreSQL documentation, 55.2 and 55.7).
//!
//! No password is offered. The user's name is one that no installation has, so that a server without a password refuses it for that.

use model::facts::services::{Login, Protocol, Service};
use model::facts::technology::VersionSource;

use crate::services::binary::{Cursor, find};
use crate::services::text::{self, Telling};
use crate::services::{Step, Talk, service};

const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// Protocol 3.0, `user` = `mingcha`, `database` = `postgres`.
const STARTUP: &[u8] = b"\0\0\0\x28\0\x03\0\0user\0mingcha\0database\0postgres\0\0";

pub(in crate::services) fn talk(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [] => Step::Say(SSL_REQUEST.to_vec()),
        [b"S" | b"N"] => Step::Anew(STARTUP.to_vec()),
        // Servers before 7.4 and some gateways answer with an error.
        [[b'E', ..]] => Step::Anew(STARTUP.to_vec()),
        [answer] if !answer.is_empty() => Step::Foreign,
        [ssl, answer] => started(talk, ssl, answer),
        _ => talk.wait(),
    }
}

fn started(talk: &Talk<'_>, ssl: &[u8], answer: &[u8]) -> Step {
    let Some((kind, body)) = message(answer) else {
        return if answer.is_empty() || matches!(answer[0], b'R' | b'E') { talk.wait() } else { Step::Foreign };
    };
    let mut found = service(Protocol::Postgresql, answer).product(None, "PostgreSQL", None, &[]);
    found.offers_tls = Some(ssl == b"S");
    match (kind, body) {
        (b'R', [0, 0, 0, 0]) => {
            found.login = Login::NotRequired;
            // Parameters follow, and an end (ReadyForQuery).
            if !talk.ended && find(answer, b"Z\0\0\0\x05").is_none() {
                return Step::Listen;
            }
            parameters(found, answer).into()
        }
        (b'R', [0, 0, 0, method, rest @ ..]) => {
            found.login = Login::Required;
            let name = match method {
                2 => "kerberos",
                3 => "password",
                5 => "md5",
                7 | 8 => "gssapi",
                9 => "sspi",
                10 => "sasl",
                _ => "",
            };
            let mechanisms = text::shown(rest.strip_suffix(b"\0").unwrap_or(rest)).replace("\\u{0}", " ");
            found.detail("auth_methods", if *method == 10 { mechanisms.trim() } else { name }).into()
        }
        (b'E', body) => refused(found, body),
        _ => Step::Foreign,
    }
}

/// One message: its kind, and its body behind a length that counts itself.
fn message(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut cursor = Cursor(bytes);
    let kind = cursor.byte()?;
    let length = usize::try_from(cursor.big(4)?).ok()?.checked_sub(4)?;
    Some((kind, cursor.take(length)?))
}

fn parameters(found: Service, answer: &[u8]) -> Service {
    let mark = b"server_version\0";
    let version = find(answer, mark).and_then(|at| Cursor(&answer[at + mark.len()..]).string());
    let Some(version) = version else { return found };
    let shown = text::shown(version);
    let number = shown.split(' ').next().unwrap_or_default();
    let found = Service { products: Vec::new(), ..found };
    found.product(None, "PostgreSQL", Some((number, VersionSource::Protocol)), version)
}

/// An error: fields of a letter and a text each. What it complains of tells how far one came.
fn refused(mut found: Service, body: &[u8]) -> Step {
    let mut cursor = Cursor(body);
    let (mut code, mut words) = (String::new(), String::new());
    while let Some(field) = cursor.byte().filter(|field| *field != 0) {
        let Some(value) = cursor.string() else { break };
        match field {
            b'C' => code = text::shown(value),
            b'M' => words = text::shown(value),
            _ => {}
        }
    }
    if code.len() != 5 {
        return Step::Foreign;
    }
    // 28000: not in pg_hba.conf, or a user that does not exist, which is noticed only once no password was asked for; 3D000: no such database.
    if code == "3D000" || code == "28000" && words.starts_with("role \"") {
        found.login = Login::NotRequired;
    }
    found.detail("error", format!("{code} {words}")).into()
}
