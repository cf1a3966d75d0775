//! OpenPhish, a URL on a line.

use model::ledger::source::SourceKind;
use model::text::Label;

use crate::source::input::Input;
use crate::source::threats::{claim, of_kind};
use crate::source::{Format, Sink, SourceError, lines};

/// OpenPhish.
pub static FORMAT: Format = Format {
    kind: SourceKind::OpenPhish,
    doc: Label { zh: include_str!("openphish.zh.md"), en: include_str!("openphish.md") },
    read,
};

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    lines::each(input, sink, |rows, line| {
        if line.starts_with('#') {
            return Ok(());
        }
        rows.count();
        claim(rows, "url", line, "", of_kind("phishing"))
    })
}
