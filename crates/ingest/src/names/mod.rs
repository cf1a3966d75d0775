//! Names out of files, for discovery: the formats of [`source::names`](crate::source::names), of which only the hosts are kept.
//!
//! Invariant: what cannot be read is reported with line and reason and the rest goes in; what is kept is bounded.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::ledger::entity::EntityKind;
use model::ledger::source::Rejected;
use model::name::HostName;

use crate::source::input::Input;
use crate::source::names::{ct, passive_dns as pdns};
use crate::source::{Format, Record, Sink, SourceError, Stopped};

/// The most names, and the most bad rows, that are kept.
const MOST_NAMES: usize = 1_000_000;
const MOST_REJECTED: usize = 10_000;

/// What a file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The names, in their order, with the row that names them first, from 1; neither headers nor remarks are rows.
    pub names: BTreeMap<HostName, u64>,
    /// The bad rows, in the order of the file.
    pub rejected: Vec<Rejected>,
    /// True when the file holds more names or bad rows than are kept.
    pub cut: bool,
    /// Rows read.
    rows: u64,
}

/// Reads an extract of certificate transparency logs, in a form of [`ct::FORMAT`].
///
/// # Errors
/// When the file as a whole cannot be read.
pub fn ct_log(bytes: &[u8]) -> Result<Reading, SourceError> {
    read(&ct::FORMAT, bytes)
}

/// Reads an export of passive DNS, in a form of [`pdns::FORMAT`]. Both the owner and the names in its data are taken.
///
/// # Errors
/// When the file as a whole cannot be read.
pub fn passive_dns(bytes: &[u8]) -> Result<Reading, SourceError> {
    read(&pdns::FORMAT, bytes)
}

fn read(format: &Format, bytes: &[u8]) -> Result<Reading, SourceError> {
    let mut reading = Reading::default();
    // Names alone are kept, so the time does not matter; the latest is later than any in the file.
    let mut input = Input::new("the file", Timestamp::MAX, bytes)?;
    (format.read)(&mut input, &mut reading)?;
    Ok(reading)
}

impl Sink for Reading {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        let Record::Sighting(sighting) = record else { return Ok(()) };
        if sighting.asset.kind != EntityKind::Host {
            return Ok(());
        }
        let Some(host) = readers::names::host(&sighting.asset.key).filter(|host| host.registrable.is_some()) else {
            return Ok(());
        };
        if self.names.len() < MOST_NAMES || self.names.contains_key(&host) {
            self.names.entry(host).or_insert(self.rows);
        } else {
            self.cut = true;
        }
        Ok(())
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), Stopped> {
        if self.rejected.len() < MOST_REJECTED {
            self.rejected.push(rejected);
        } else {
            self.cut = true;
        }
        Ok(())
    }

    fn row(&mut self) {
        self.rows += 1;
    }
}
