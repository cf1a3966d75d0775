//! VNC (RFC 6143), which greets, and Remote Desktop (MS-RDPBCGR).

use model::facts::services::{Login, Protocol};

use super::binary::Cursor;
use super::text::{self, Telling};
use super::{Step, Talk, service};

pub(super) fn is_vnc(greeting: &[u8]) -> bool {
    matches!(greeting, [b'R', b'F', b'B', b' ', _, _, _, b'.', _, _, _, b'\n', ..])
}

/// The version is repeated, and the server lists what it wants of a viewer: type 1 is nothing (RFC 6143, 7.1).
pub(super) fn vnc(talk: &Talk<'_>) -> Step {
    match talk.turns()[..] {
        [greeting] => greeting.get(..12).map_or_else(|| talk.wait(), |version| Step::Say(version.to_vec())),
        [greeting, answer] => {
            let Some(version) = greeting.get(4..11) else { return Step::Foreign };
            let types = security_types(version, answer);
            if types.is_none() && !talk.ended {
                return Step::Listen;
            }
            let mut found = service(Protocol::Vnc, greeting).detail("protocol_version", text::shown(version));
            if let Some(types) = types.filter(|types| !types.is_empty()) {
                found.login = if types.contains(&1) { Login::NotRequired } else { Login::Required };
                let names: Vec<String> = types.iter().map(u8::to_string).collect();
                found = found.detail("auth_methods", names.join(" "));
            }
            found.into()
        }
        _ => Step::Foreign,
    }
}

/// Version 3.3 decides on one type by itself, as a number of four bytes.
fn security_types(version: &[u8], answer: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor(answer);
    if version == b"003.003" {
        return cursor.big(4).map(|kind| u8::try_from(kind).ok().filter(|kind| *kind != 0).into_iter().collect());
    }
    cursor.counted(1).map(<[u8]>::to_vec)
}

/// An X.224 connection request that offers TLS and network-level authentication (MS-RDPBCGR, 2.2.1.1).
const RDP_REQUEST: [u8; 19] = [3, 0, 0, 19, 14, 0xE0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 0x0B, 0, 0, 0];

/// The confirm tells which protection the server chose (MS-RDPBCGR, 2.2.1.2).
pub(super) fn rdp(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(RDP_REQUEST.to_vec()) };
    match answer {
        [3, 0, 0, length @ (11 | 19), indicator, 0xD0, ..] if *indicator == length - 5 => {}
        _ if answer.len() >= 6 || answer.first().is_some_and(|first| *first != 3) => return Step::Foreign,
        _ => return talk.wait(),
    }
    let mut found = service(Protocol::Rdp, answer);
    let (offers_tls, login, security) = match answer.get(11..19) {
        Some([2, _, 8, 0, selected, 0, 0, 0]) => match selected {
            0 => (Some(false), Login::Unknown, "rdp"),
            1 => (Some(true), Login::Unknown, "tls"),
            2 | 8 => (Some(true), Login::Required, "nla"),
            _ => (None, Login::Unknown, ""),
        },
        // A failure: 2 is that the server has no TLS, 3 that it has no certificate, 5 that it insists on NLA.
        Some([3, _, 8, 0, 5, 0, 0, 0]) => (Some(true), Login::Required, "nla"),
        Some(_) => (None, Login::Unknown, ""),
        None if answer.len() == 11 => (Some(false), Login::Unknown, "rdp"),
        None => return talk.wait(),
    };
    (found.offers_tls, found.login) = (offers_tls, login);
    found.detail("security", security).into()
}
