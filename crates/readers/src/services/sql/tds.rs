//! SQL Server: the answer to PRELOGIN has the version and the encryption (MS-TDS, 2.2.6.5).

use model::facts::services::{Login, Protocol};
use model::facts::technology::VersionSource;

use crate::services::binary::Cursor;
use crate::services::text::Telling;
use crate::services::{Step, Talk, service};

/// PRELOGIN with VERSION (zero) and ENCRYPTION (off unless required).
const PRELOGIN: [u8; 26] = [0x12, 1, 0, 26, 0, 0, 1, 0, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 0, 0, 0, 0, 0, 0, 0];
/// Length of the packet's head, from which the options' places do not count.
const HEAD: usize = 8;

pub(in crate::services) fn talk(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(PRELOGIN.to_vec()) };
    let mut cursor = Cursor(answer);
    let (kind, _, length) = (cursor.byte(), cursor.byte(), cursor.big(2));
    match (kind, length) {
        (Some(4), Some(length @ 9..=1024)) => match answer.get(HEAD..length as usize) {
            Some(packet) => options(packet).unwrap_or(Step::Foreign),
            None => talk.wait(),
        },
        (None | Some(4), None) => talk.wait(),
        _ => Step::Foreign,
    }
}

fn options(packet: &[u8]) -> Option<Step> {
    let mut cursor = Cursor(packet);
    let (mut version, mut encryption) = (None, None);
    while let Some(token) = cursor.byte().filter(|token| *token != 0xFF) {
        let (at, length) = (cursor.big(2)? as usize, cursor.big(2)? as usize);
        let value = packet.get(at..at.checked_add(length)?)?;
        match (token, value) {
            (0, [major, minor, high, low, ..]) => version = Some((*major, *minor, u16::from_be_bytes([*high, *low]))),
            (1, [value, ..]) => encryption = Some(*value),
            _ => {}
        }
    }
    let (major, minor, build) = version?;
    let number = format!("{major}.{minor}.{build}");
    let mut found = service(Protocol::SqlServer, packet);
    // The protocol has no use without a name.
    found.login = Login::Required;
    // Off, on, not supported, required.
    found.offers_tls = encryption.map(|encryption| matches!(encryption, 0 | 1 | 3));
    let required = if encryption == Some(3) { "yes" } else { "" };
    Some(
        found
            .product(Some("Microsoft"), "SQL Server", Some((&number, VersionSource::Protocol)), &[])
            .detail("tls_required", required)
            .into(),
    )
}
