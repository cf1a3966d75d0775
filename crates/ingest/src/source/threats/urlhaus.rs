//! URLhaus, the CSV of abuse.ch.

use model::ledger::attribute::Attribute;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::input::Input;
use crate::source::rows::{Rows, put};
use crate::source::threats::{claim, of_kind};
use crate::source::times::day;
use crate::source::{Format, Sink, SourceError, Stopped, lines};

/// URLhaus.
pub static FORMAT: Format =
    Format { kind: SourceKind::UrlHaus, doc: Label { zh: include_str!("urlhaus.zh.md"), en: include_str!("urlhaus.md") }, read };

/// Fields of a row, in their order.
const FIELDS: [&str; 9] = ["id", "dateadded", "url", "url_status", "last_online", "threat", "tags", "urlhaus_link", "reporter"];

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    lines::each(input, sink, |rows, line| {
        // The header itself stands in the banner; some copies have it without the `#`.
        if line.starts_with('#') || line.starts_with("id,") { Ok(()) } else { row(rows, line) }
    })
}

fn row(rows: &mut Rows<'_>, line: &str) -> Result<(), Stopped> {
    rows.count();
    let fields = fields(line);
    let fields: Option<&[String; 9]> = fields.as_deref().and_then(|fields| fields.try_into().ok());
    let Some([id, added, url, state, _, threat, tags, link, _]) = fields else {
        let names = FIELDS.join(",");
        let reason = Text::new(format!("应为 9 个字段：{names}"), format!("9 fields are expected: {names}"));
        return rows.reject(None, line, reason);
    };
    let mut says = of_kind(threat);
    put(&mut says, Attribute::ThreatState, state);
    put(&mut says, Attribute::Tags, &tags.replace(',', ";"));
    put(&mut says, Attribute::Reference, link);
    put(&mut says, Attribute::Number, id);
    match day(added) {
        Some(day) => put(&mut says, Attribute::ListedOn, &day.to_string()),
        None => return rows.reject(Some("dateadded"), added, Text::new("日期无法识别", "the date cannot be read")),
    }
    claim(rows, "url", url, "", says)
}

/// The fields of a line of CSV; `None` when it is more than one record.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).buffer_capacity(line.len() + 1).from_reader(line.as_bytes());
    let mut record = csv::StringRecord::new();
    let fields = reader.read_record(&mut record).ok()?.then(|| record.iter().map(str::to_owned).collect());
    if reader.read_record(&mut record).ok()? { None } else { fields }
}
