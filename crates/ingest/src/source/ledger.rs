//! Ledger files (应用台账): one row an application with its institution and what is permitted, read as claims.

use ledger::entries::{claim_of_application, claim_of_institution};
use model::institution::Institution;
use model::ledger::source::SourceKind;
use model::text::Label;

use crate::ledger::{COLUMNS, row};
use crate::source::input::Input;
use crate::source::table;
use crate::source::{Format, Record, Sink, SourceError};

/// The format.
pub static FORMAT: Format =
    Format { kind: SourceKind::Ledger, doc: Label { zh: include_str!("ledger.zh.md"), en: include_str!("ledger.md") }, read };

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let name = input.name.to_owned();
    // An institution comes again with each of its applications, mostly in the next row.
    let mut before: Option<Institution> = None;
    table::rows(input, &COLUMNS, sink, &mut |row, sink| {
        let (entry, _) = row::entry(row, &name)?;
        if let Some(institution) = entry.institution.as_ref().filter(|institution| before.as_ref() != Some(institution)) {
            if let Some(claim) = claim_of_institution(institution, row.line) {
                sink.take(Record::Claim(claim))?;
            }
            before = Some(institution.clone());
        }
        if let Some(claim) = claim_of_application(&entry, row.line) {
            sink.take(Record::Claim(claim))?;
        }
        Ok(())
    })
}
