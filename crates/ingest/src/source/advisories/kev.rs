//! CISA's catalogue of known exploited vulnerabilities, JSON.

use model::advisory::Statement;
use model::advisory::statement::Exploited;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;

use crate::source::advisories;
use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::times::day;
use crate::source::{Format, Sink, SourceError, Stopped};

/// Known exploited vulnerabilities.
pub static FORMAT: Format =
    Format { kind: SourceKind::Kev, doc: Label { zh: include_str!("kev.zh.md"), en: include_str!("kev.md") }, read };

const SHAPE: Shape = Shape { expected: "the catalogue of known exploited vulnerabilities", lists: &[&["vulnerabilities"]] };

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "cveID")]
    cve: String,
    #[serde(default)]
    vendor_project: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    vulnerability_name: String,
    #[serde(default)]
    date_added: String,
    #[serde(default)]
    due_date: String,
    #[serde(default)]
    required_action: String,
    #[serde(default, deserialize_with = "nullable")]
    known_ransomware_campaign_use: String,
    #[serde(default, deserialize_with = "nullable")]
    notes: String,
    #[serde(default, deserialize_with = "nullable")]
    cwes: Vec<String>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, take)
}

fn take(rows: &mut Rows<'_>, entry: Entry) -> Result<(), Stopped> {
    let Some(id) = advisories::cve(&entry.cve) else {
        return rows.reject(Some("cveID"), &entry.cve, advisories::no_name());
    };
    let mut of = |column: &str, text: &str| match day(text) {
        None if !text.is_empty() => {
            rows.reject(Some(column), text, Text::new("日期无法识别", "the day cannot be read")).map(|()| None)
        }
        day => Ok(day),
    };
    let exploited = Exploited {
        since: of("dateAdded", &entry.date_added)?,
        due: of("dueDate", &entry.due_date)?,
        ransomware: entry.known_ransomware_campaign_use.eq_ignore_ascii_case("known"),
    };
    rows.state(Statement {
        title: entry.title(),
        weaknesses: advisories::weaknesses(entry.cwes.iter().map(String::as_str)),
        remedy: advisories::remedy(&entry.required_action),
        references: advisories::references(entry.notes.split([' ', ';', ','])),
        exploited: Some(exploited),
        ..Statement::new(SourceKind::Kev, id)
    })
}

impl Entry {
    /// Its name, behind the product where the name leaves that out.
    fn title(&self) -> String {
        let Self { vendor_project, product, vulnerability_name, .. } = self;
        if vulnerability_name.contains(product.as_str()) {
            advisories::title(vulnerability_name)
        } else {
            advisories::title(&format!("{vendor_project} {product}: {vulnerability_name}"))
        }
    }
}
