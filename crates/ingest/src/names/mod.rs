//! Names out of files: extracts of certificate transparency logs and exports of passive DNS.
//!
//! Invariant: what cannot be read is reported with line and reason and the rest goes in; what is kept is bounded.

mod rows;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use model::facts::discovery::FoundBy;
use model::name::HostName;
use model::text::Text;

/// The largest file, in bytes.
const LARGEST_FILE: usize = 256 << 20;
/// The most names, and the most bad rows, that are kept.
const MOST_NAMES: usize = 1_000_000;
const MOST_REJECTED: usize = 10_000;

/// What a file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The names with the line that names them first, in the order of names.
    pub names: BTreeMap<HostName, u64>,
    /// The bad rows, in the order of the file.
    pub rejected: Vec<Rejected>,
    /// True when the file holds more names or bad rows than are kept.
    pub cut: bool,
}

/// A row, or a name in it, that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its line in the file, from 1; in a JSON array the number of its element.
    pub line: u64,
    /// The bad value, cut to 200 characters, without control characters.
    pub value: String,
    /// What is wrong with it.
    pub reason: Text,
}

/// Why a file as a whole cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamesError {
    /// It is too large.
    #[error("the file is larger than {LARGEST_FILE} bytes; split it")]
    TooLarge,
    /// It is a JSON array with an error.
    #[error("the file is no JSON array: {0}")]
    Json(String),
    /// It is a table without a column of names.
    #[error("the file is a table without a column of names; name one of its columns {0}")]
    Columns(&'static str),
}

/// Reads an extract of certificate transparency logs: an array of objects as crt.sh gives it (`name_value`, `common_name`), lines of JSON as
/// certstream gives them (`leaf_cert.all_domains`), a table with a header, or a host on a line.
///
/// # Errors
/// When the file as a whole cannot be read.
pub fn ct_log(bytes: &[u8]) -> Result<Reading, NamesError> {
    rows::read(bytes, FoundBy::CtLog)
}

/// Reads an export of passive DNS: lines of JSON in the Common Output Format (`rrname`, `rrtype`, `rdata`), an array of the same, a table with
/// a header, or a host on a line. Both the owner and the names in its data are taken.
///
/// # Errors
/// When the file as a whole cannot be read.
pub fn passive_dns(bytes: &[u8]) -> Result<Reading, NamesError> {
    rows::read(bytes, FoundBy::PassiveDns)
}

impl Reading {
    /// Takes the host in that `text` names. Names of records that are no hosts (`_dmarc`) and mailboxes are passed over in silence.
    fn take(&mut self, line: u64, text: &str) {
        let name = text.trim().trim_end_matches('.');
        let name = name.strip_prefix("*.").unwrap_or(name);
        if name.is_empty() || name.contains('@') || name.starts_with('_') || name.contains("._") {
            return;
        }
        match readers::names::host(name) {
            Some(host) if host.registrable.is_none() => {}
            Some(host) if self.names.len() < MOST_NAMES || self.names.contains_key(&host) => {
                self.names.entry(host).or_insert(line);
            }
            Some(_) => self.cut = true,
            None => self.reject(line, text, Text::new("不是主机名", "no host name")),
        }
    }

    fn reject(&mut self, line: u64, value: &str, reason: Text) {
        if self.rejected.len() >= MOST_REJECTED {
            self.cut = true;
            return;
        }
        let value = value.chars().filter(|character| !character.is_control()).take(200).collect();
        self.rejected.push(Rejected { line, value, reason });
    }
}
