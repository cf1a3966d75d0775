//! Findings of nuclei, a JSON object on a line or all in an array.

use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::clean;
use crate::source::services::{self, Place, when};
use crate::source::times::Clock;
use crate::source::{Format, Sink, SourceError};

/// Findings of nuclei.
pub static FORMAT: Format =
    Format { kind: SourceKind::Nuclei, doc: Label { zh: include_str!("nuclei.zh.md"), en: include_str!("nuclei.md") }, read };

const SHAPE: Shape = Shape { expected: "nuclei JSON lines", lists: &[] };

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "template-id")]
    template: String,
    #[serde(default)]
    info: Info,
    #[serde(default)]
    host: String,
    #[serde(default, rename = "matched-at")]
    matched_at: String,
    #[serde(default)]
    ip: String,
    #[serde(default)]
    timestamp: String,
    #[serde(default, rename = "matcher-name")]
    matcher: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    severity: String,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, found: Found| {
        let (template, matcher) = (clean(&found.template, 100), clean(&found.matcher, 60));
        if template.is_empty() {
            return rows.reject(Some("template-id"), "", Text::new("缺少模板编号", "the template's id is missing"));
        }
        let matcher = if matcher.is_empty() { matcher } else { format!(":{matcher}") };
        let severity = clean(&found.info.severity, 20).to_ascii_lowercase();
        let what = format!("nuclei {template}{matcher} {severity}").trim_end().to_owned();
        let host = if found.host.is_empty() { &found.matched_at } else { &found.host };
        let place = Place { address: &found.ip, hosts: vec![host], ..Place::default() };
        services::seen_as(rows, &place, &what, when(&found.timestamp, Clock::Utc))
    })
}
