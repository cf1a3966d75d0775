//! Ledger files (应用台账): one row an application with its institution and what is permitted, read as claims.

use ledger::entries::claims_of;
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
    table::rows(input, &COLUMNS, sink, &mut |row, sink| {
        let (entry, _) = row::entry(row, &name)?;
        for claim in claims_of(&entry, row.line) {
            // Institutions come again with each of their applications; whoever takes the claims takes each once.
            sink.take(Record::Claim(claim))?;
        }
        Ok(())
    })
}
