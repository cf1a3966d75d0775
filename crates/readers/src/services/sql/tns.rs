//! Oracle's listener: the ping of the tool tnsping, whose refusal carries the version.

use model::facts::services::{Login, Protocol};
use model::facts::technology::VersionSource;

use crate::services::binary::{Cursor, find};
use crate::services::text::{self, Telling};
use crate::services::{Step, Talk, service};

const COMMAND: &[u8] = b"(CONNECT_DATA=(COMMAND=ping))";
/// A CONNECT packet's fixed part: lengths to be filled in at 0 and 24; the data begin at 58.
const HEAD: usize = 58;

fn ping() -> Vec<u8> {
    let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let mut packet = Vec::with_capacity(HEAD + COMMAND.len());
    packet.extend(length(HEAD + COMMAND.len()));
    packet.extend([0, 0, 1, 0, 0, 0]);
    // Version 3.14, compatible with 3.0; no options; session and transport units; characteristics of the protocol; line turnaround;
    // the value one in our byte order.
    packet.extend([1, 0x3A, 1, 0x2C, 0, 0, 8, 0, 0x7F, 0xFF, 0x7F, 8, 0, 0, 0, 1]);
    packet.extend(length(COMMAND.len()));
    packet.extend(length(HEAD));
    packet.resize(HEAD, 0);
    packet.extend(COMMAND);
    packet
}

/// Accept, refuse, redirect, resend.
pub(in crate::services) fn talk(talk: &Talk<'_>) -> Step {
    let [answer] = talk.turns()[..] else { return Step::Say(ping()) };
    let mut cursor = Cursor(answer);
    let (length, checksum, kind) = (cursor.big(2), cursor.big(2), cursor.byte());
    let (Some(length @ 8..=4096), Some(0), Some(2 | 4 | 5 | 11)) = (length, checksum, kind) else {
        return if answer.len() < 5 { talk.wait() } else { Step::Foreign };
    };
    if answer.len() < length as usize {
        return talk.wait();
    }
    let found = service(Protocol::OracleTns, answer);
    // What a listener says is a tree of names; other protocols have such heads by chance.
    let described = find(answer, b"(DESCRIPTION=").is_some();
    if !described && kind != Some(11) && kind != Some(2) {
        return Step::Foreign;
    }
    let version = text::shown(&answer[find(answer, b"(VSNNUM=").map_or(answer.len(), |at| at + 8)..]);
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    let number = digits.parse::<u32>().ok().map(version_words);
    // The listener knows no use of a database without a name.
    let found = model::facts::services::Service { login: Login::Required, ..found };
    let version = number.as_deref().map(|number| (number, VersionSource::Protocol));
    found.product(Some("Oracle"), "Oracle Database", version, digits.as_bytes()).into()
}

/// Before 18 the fields are 8, 4, 8, 4 and 8 bits wide; since then 8, 8, 4, 8 and 4.
fn version_words(number: u32) -> String {
    let major = number >> 24;
    let widths: [u32; 5] = if major < 18 { [8, 4, 8, 4, 8] } else { [8, 8, 4, 8, 4] };
    let mut left = 32;
    let field = |width: &u32| {
        left -= width;
        (number >> left & ((1 << width) - 1)).to_string()
    };
    widths.iter().map(field).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_both_layouts() {
        // 11.2.0.2.0 and 19.3.0.0.0 as their listeners write them.
        assert_eq!(version_words(186_647_040), "11.2.0.2.0");
        assert_eq!(version_words(318_963_712), "19.3.0.0.0");
        assert_eq!(ping().len(), HEAD + COMMAND.len());
    }
}
