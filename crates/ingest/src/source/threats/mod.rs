//! Lists of what is malicious: URLs, hosts, addresses.

pub mod hosts;
pub mod misp;
pub mod openphish;
mod pattern;
pub mod stix;
#[cfg(test)]
mod tests;
pub mod urlhaus;

use model::ledger::attribute::Attribute;
use model::ledger::claim::Says;
use model::text::Text;

use crate::source::rows::{Rows, put};
use crate::source::{Stopped, assets};

/// The longest id by which what one source says of one threat is told apart, in characters.
const PART: usize = 100;

/// Claims that `text` is a threat; reported when it is neither URL nor host nor address.
fn claim(rows: &mut Rows<'_>, column: &str, text: &str, part: &str, says: Says) -> Result<(), Stopped> {
    match assets::threat(text) {
        Some(threat) => rows.claim(threat, part, says),
        None => {
            let reason = Text::new("不是网址、域名或 IP 地址", "neither a URL nor a host name nor an IP address");
            rows.reject(Some(column), text, reason)
        }
    }
}

/// What is said of something of this kind.
fn of_kind(kind: &str) -> Says {
    let mut says = Says::new();
    put(&mut says, Attribute::ThreatKind, kind);
    says
}
