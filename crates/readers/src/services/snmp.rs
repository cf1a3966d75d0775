//! SNMP: the discovery of version 3 (RFC 3414, 4), which any agent of version 3 answers and which offers no community and no name.
//!
//! Versions 1 and 2c answer nothing but to a community, and offering one is a log-in attempt: they stay unseen.

use model::facts::services::{Login, Protocol, Service, Transport};

use super::binary::find;
use super::service;
use super::text::Telling;

/// A GET without objects, with no engine and no user, that asks for a report.
pub(super) fn discovery() -> Vec<u8> {
    const MESSAGE: &[u8] = b"\x30\x3E\x02\x01\x03\x30\x11\x02\x04\x4D\x43\x00\x01\x02\x03\x00\xFF\xE3\x04\x01\x04\x02\x01\x03\
        \x04\x10\x30\x0E\x04\x00\x02\x01\x00\x02\x01\x00\x04\x00\x04\x00\x04\x00\
        \x30\x14\x04\x00\x04\x00\xA0\x0E\x02\x04\x4D\x43\x00\x02\x02\x01\x00\x02\x01\x00\x30\x00";
    MESSAGE.to_vec()
}

/// usmStatsUnknownEngineIDs (RFC 3414, 5), which the report counts.
const UNKNOWN_ENGINE: &[u8] = &[0x2B, 6, 1, 6, 3, 15, 1, 1, 4];

/// The report: version 3, our message's number, the engine's id.
pub(super) fn report(answer: &[u8]) -> Option<Service> {
    let version = find(answer.get(..16)?, &[2, 1, 3])?;
    let number = find(answer, &[2, 4, 0x4D, 0x43, 0, 1])?;
    find(answer, UNKNOWN_ENGINE)?;
    let engine = engine(answer).filter(|_| version < number)?;
    // The first bit says that the enterprise's number follows (RFC 3411, 5, SnmpEngineID).
    let enterprise = engine.get(..4).map(|id| u32::from_be_bytes([id[0] & 0x7F, id[1], id[2], id[3]]));
    let found = Service { transport: Transport::Udp, login: Login::Required, ..service(Protocol::Snmp, engine) };
    let vendor = match enterprise {
        Some(8072) => Some(("Net-SNMP", "Net-SNMP")),
        Some(9) => Some(("Cisco", "IOS")),
        Some(2011) => Some(("Huawei", "VRP")),
        Some(25506) => Some(("H3C", "Comware")),
        Some(311) => Some(("Microsoft", "Windows SNMP")),
        _ => None,
    };
    let found = match vendor {
        Some((vendor, product)) => found.product(Some(vendor), product, None, engine),
        None => found,
    };
    let enterprise = enterprise.map(|number| number.to_string()).unwrap_or_default();
    Some(found.detail("protocol_version", "3").detail("enterprise", enterprise))
}

/// The engine's id is the first text within the security parameters, which follow the security model, 3.
fn engine(answer: &[u8]) -> Option<&[u8]> {
    let after = find(answer, &[2, 1, 3, 4])? + 3;
    // Two heads of which each is a tag and a length of one to three bytes.
    let inner = content(content(answer.get(after..)?)?)?;
    content(inner).filter(|engine| (5..=32).contains(&engine.len()))
}

fn content(bytes: &[u8]) -> Option<&[u8]> {
    let (begin, length) = match bytes {
        [_, length @ 0..=0x7F, ..] => (2, usize::from(*length)),
        [_, 0x81, length, ..] => (3, usize::from(*length)),
        [_, 0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        _ => return None,
    };
    bytes.get(begin..begin + length)
}
