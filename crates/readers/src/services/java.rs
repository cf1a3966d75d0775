//! Java's own: AJP, RMI and Dubbo.

use model::facts::services::{Protocol, Service};

use super::binary::Cursor;
use super::text::{self, Telling};
use super::{Step, Talk, service};

/// CPing and CPong, the liveness check between a web server and its container (AJP 1.3).
pub(super) fn ajp(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [b"AB\0\x01\x09", ..] => service(Protocol::Ajp, b"AB\0\x01\x09").into(),
        [answer, ..] if b"AB\0\x01\x09".starts_with(answer) => talk.wait(),
        [_, ..] => Step::Foreign,
        [] => Step::Say(vec![0x12, 0x34, 0, 1, 10]),
    }
}

/// The stream protocol's header; the acknowledgement repeats our address as the server sees it (Java RMI specification, 10.2).
pub(super) fn rmi(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(b"JRMI\0\x02\x4B".to_vec()) };
    let mut cursor = Cursor(answer);
    if cursor.byte().is_some_and(|first| first != 0x4E) {
        return Step::Foreign;
    }
    let (Some(host), Some(0)) = (cursor.counted(2), cursor.big(2)) else { return talk.wait() };
    let port = cursor.big(2);
    let address = !host.is_empty() && host.iter().all(|byte| byte.is_ascii_graphic()) && cursor.0.is_empty();
    match port {
        Some(_) if address => service(Protocol::Rmi, answer).into(),
        None if !talk.ended => Step::Listen,
        _ => Step::Foreign,
    }
}

/// A heartbeat: magic, flags for a request that is an event in Hessian 2 and wants an answer, a number, and null (Dubbo protocol).
const HEARTBEAT: [u8; 17] = [0xDA, 0xBB, 0xE2, 0, 0, 0, 0, 0, 0, 0, 0x4D, 0x43, 0, 0, 0, 1, b'N'];

pub(super) fn dubbo(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(HEARTBEAT.to_vec()) };
    match answer {
        // An answer has no flag for a request, and the same number.
        [0xDA, 0xBB, flags, status, 0, 0, 0, 0, 0, 0, 0x4D, 0x43, _, _, _, _, ..] if flags & 0x80 == 0 => {
            let found: Service = service(Protocol::Dubbo, answer).product(Some("Apache"), "Dubbo", None, &[]);
            found.detail("status", text::shown(status.to_string().as_bytes())).into()
        }
        _ if answer.len() < 16 && [0xDA, 0xBB].starts_with(&answer[..answer.len().min(2)]) => talk.wait(),
        _ => Step::Foreign,
    }
}
