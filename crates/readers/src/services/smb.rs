//! SMB: which dialect is chosen, and whether packets must be signed (MS-SMB2, 2.2.3 and 2.2.4). Who may log in it does not tell.

use model::facts::services::{Protocol, Service};

use super::binary::Cursor;
use super::text::Telling;
use super::{Step, Talk, service};

/// SMB 1's negotiate with SMB 1's dialect and the two that lead to SMB 2 (MS-SMB2, 3.2.4.2.2.1), so that servers of both kinds answer.
fn negotiate() -> Vec<u8> {
    let dialects = b"\x02NT LM 0.12\0\x02SMB 2.002\0\x02SMB 2.???\0";
    let mut message = b"\xFFSMB\x72\0\0\0\0\x18\x53\xC8".to_vec();
    // Until the head's end: nothing but the marks for no tree, a process id, and a multiplex id.
    message.extend([0; 12]);
    message.extend([0xFF, 0xFF, 0xFE, 0xFF, 0, 0, 0, 0]);
    message.push(0);
    message.extend(u16::try_from(dialects.len()).unwrap_or(0).to_le_bytes());
    message.extend(dialects);
    let length = u32::try_from(message.len()).unwrap_or(0).to_be_bytes();
    [&length[..], &message].concat()
}

pub(super) fn talk(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(negotiate()) };
    let mut cursor = Cursor(answer);
    let (Some(kind), Some(length)) = (cursor.byte(), cursor.big(3)) else { return talk.wait() };
    if kind != 0 || !(36..=0x1_0000).contains(&length) {
        return Step::Foreign;
    }
    let Some(message) = cursor.take(length as usize) else { return talk.wait() };
    let found = if message.starts_with(b"\xFESMB") { second(message) } else { first(message) };
    found.map_or(Step::Foreign, Step::from)
}

fn second(message: &[u8]) -> Option<Service> {
    const HEAD: usize = 64;
    // The command is negotiate, and the message an answer.
    if message.get(12..14)? != [0, 0] || message.get(16)? & 1 == 0 {
        return None;
    }
    let mut body = Cursor(message.get(HEAD..)?);
    let (65, mode, dialect) = (body.little(2)?, body.little(2)?, body.little(2)?) else { return None };
    let dialect = match dialect {
        0x02FF => "2".to_owned(),
        dialect => format!("{}.{}.{}", dialect >> 8, dialect >> 4 & 15, dialect & 15),
    };
    let signing = if mode & 2 == 0 { "no" } else { "yes" };
    Some(service(Protocol::Smb, &[]).detail("protocol_version", dialect).detail("signing_required", signing))
}

fn first(message: &[u8]) -> Option<Service> {
    if !message.starts_with(b"\xFFSMB\x72") || message.get(9)? & 0x80 == 0 {
        return None;
    }
    Some(service(Protocol::Smb, &[]).detail("protocol_version", "1"))
}
