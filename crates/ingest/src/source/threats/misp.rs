//! Events of MISP, JSON.

use model::ledger::attribute::Attribute;
use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::{Rows, clean, put};
use crate::source::services::Loose;
use crate::source::threats::{PART, claim, of_kind};
use crate::source::times::{self, day};
use crate::source::{Format, Sink, SourceError, Stopped};

/// Events of MISP.
pub static FORMAT: Format =
    Format { kind: SourceKind::Misp, doc: Label { zh: include_str!("misp.zh.md"), en: include_str!("misp.md") }, read };

const SHAPE: Shape = Shape { expected: "MISP events", lists: &[&["response"]] };

#[derive(Deserialize)]
struct Wrapped {
    #[serde(rename = "Event")]
    event: Event,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    uuid: String,
    #[serde(default)]
    info: String,
    #[serde(default)]
    date: String,
    #[serde(default, rename = "Attribute")]
    attributes: Vec<Told>,
    #[serde(default, rename = "Object")]
    objects: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    deleted: bool,
    #[serde(default, rename = "Attribute")]
    attributes: Vec<Told>,
}

/// An attribute, in MISP's word.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    to_ids: bool,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    timestamp: Loose,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, Wrapped { event }: Wrapped| {
        let grouped = event.objects.iter().filter(|group| !group.deleted).flat_map(|group| &group.attributes);
        for told in event.attributes.iter().chain(grouped) {
            // What is not for detection is context: the victim's own address, a report's URL.
            if told.to_ids && !told.deleted {
                attribute(rows, &event, told)?;
            }
        }
        Ok(())
    })
}

fn attribute(rows: &mut Rows<'_>, event: &Event, told: &Told) -> Result<(), Stopped> {
    let value = match told.kind.as_str() {
        "url" | "uri" | "domain" | "hostname" | "ip-src" | "ip-dst" => told.value.clone(),
        // Either half is named; the name says more.
        "domain|ip" => told.value.split('|').next().unwrap_or_default().to_owned(),
        "hostname|port" | "ip-src|port" | "ip-dst|port" => told.value.replacen('|', ":", 1),
        _ => return Ok(()),
    };
    if told.value.contains('/') && told.kind.starts_with("ip-") {
        // A range is no single threat.
        return Ok(());
    }
    let mut says = of_kind(&told.category);
    put(&mut says, Attribute::Description, &event.info);
    put(&mut says, Attribute::Number, &event.uuid);
    let listed = told.timestamp.0.parse().ok().and_then(times::epoch).map(|at| at.to_string());
    if let Some(day) = listed.as_deref().and_then(day).or_else(|| day(&event.date)) {
        put(&mut says, Attribute::ListedOn, &day.to_string());
    }
    claim(rows, &told.kind, &value, &clean(&event.uuid, PART), says)
}
