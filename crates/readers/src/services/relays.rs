//! RTSP (RFC 2326), which cameras speak, and SOCKS 5 (RFC 1928).

use model::facts::services::{Login, Protocol, Service};

use super::http::{field, head};
use super::text::Telling;
use super::{Step, Talk, service};

/// OPTIONS asks for nothing but the list of methods.
pub(super) fn rtsp(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n".to_vec()) };
    if !answer.starts_with(b"RTSP/1.0 ") {
        return if b"RTSP/1.0 ".starts_with(answer) { talk.wait() } else { Step::Foreign };
    }
    let Some((line, fields)) = head(answer) else { return talk.wait() };
    let server = field(&fields, "server").unwrap_or_default();
    let mut found = service(Protocol::Rtsp, line).detail("capabilities", field(&fields, "public").unwrap_or_default());
    if line.starts_with(b"RTSP/1.0 401") {
        found.login = Login::Required;
    }
    if !server.is_empty() {
        found = super::http::server_product(found, server).recog("rtsp_header.server", server.as_bytes());
    }
    found.into()
}

/// Offers no authentication, and one by name and password. Nothing is relayed.
pub(super) fn socks(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(vec![5, 2, 0, 2]) };
    let login = match answer {
        [5, 0] => Login::NotRequired,
        [5, 1 | 2 | 0xFF] => Login::Required,
        [5] | [] => return talk.wait(),
        _ => return Step::Foreign,
    };
    // A longer answer is none: the two bytes must be all.
    if !talk.ended {
        return Step::Listen;
    }
    let method = answer.get(1).map(u8::to_string).unwrap_or_default();
    Service { login, ..service(Protocol::Socks, answer) }.detail("protocol_version", "5").detail("auth_methods", method).into()
}
