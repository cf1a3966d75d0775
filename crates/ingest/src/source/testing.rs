//! What the tests of all formats share: a sink that keeps everything.

use jiff::Timestamp;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Sighting};
use model::ledger::source::Rejected;

use crate::source::input::Input;
use crate::source::{Format, Record, Sink, SourceError, Stopped};

/// Keeps everything.
#[derive(Debug, Default)]
pub struct Kept {
    /// Rows counted.
    pub rows: u64,
    /// Claims, in order.
    pub claims: Vec<Claim>,
    /// Sightings, in order.
    pub sightings: Vec<Sighting>,
    pub statements: Vec<model::advisory::Statement>,
    /// Bad rows.
    pub rejected: Vec<Rejected>,
    /// The sink stops at this many claims.
    pub most_claims: Option<usize>,
}

impl Kept {
    /// The claims as `line entity part attribute=value …`, which reads like the file.
    pub fn lines(&self) -> Vec<String> {
        let says = |claim: &Claim| {
            let said: Vec<_> = claim.says.iter().map(|(attribute, value)| format!("{}={value}", attribute.word())).collect();
            said.join(" ")
        };
        let part = |claim: &Claim| if claim.part.is_empty() { String::new() } else { format!("[{}] ", claim.part) };
        self.claims.iter().map(|claim| format!("{} {} {}{}", claim.line, claim.entity, part(claim), says(claim))).collect()
    }

    /// What the first claim of the entity says of the attribute.
    pub fn said(&self, entity: &str, attribute: Attribute) -> Option<&str> {
        let claim = self.claims.iter().find(|claim| claim.entity.to_string() == entity)?;
        claim.says.get(&attribute).map(String::as_str)
    }

    /// The bad rows as line, column and value.
    pub fn bad(&self) -> Vec<(u64, &str, &str)> {
        self.rejected.iter().map(|bad| (bad.line, bad.column.as_deref().unwrap_or_default(), bad.value.as_str())).collect()
    }
}

impl Sink for Kept {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        if self.most_claims.is_some_and(|most| self.claims.len() >= most) {
            return Err(Stopped);
        }
        match record {
            Record::Claim(claim) => {
                assert!(!claim.says.is_empty(), "a claim says something: {claim:?}");
                self.claims.push(claim);
            }
            Record::Sighting(sighting) => self.sightings.push(sighting),
            Record::Statement(statement) => self.statements.push(*statement),
        }
        Ok(())
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), Stopped> {
        assert!(rejected.line >= 1 && !rejected.reason.zh.is_empty() && !rejected.reason.en.is_empty(), "{rejected:?}");
        assert!(rejected.value.chars().count() <= 200 && !rejected.value.chars().any(char::is_control), "{rejected:?}");
        self.rejected.push(rejected);
        Ok(())
    }

    fn row(&mut self) {
        self.rows += 1;
    }
}

/// Reads bytes with a format, as delivered on 2026-11-01.
pub fn read(format: &Format, name: &str, bytes: &[u8]) -> Result<Kept, SourceError> {
    let mut kept = Kept::default();
    let at: Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
    let mut input = Input::new(name, at, bytes)?;
    (format.read)(&mut input, &mut kept)?;
    Ok(kept)
}
