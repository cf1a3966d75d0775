//! Bundles of STIX 2.1 (and 2.0, which has the same indicators).

use model::ledger::attribute::Attribute;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::{Rows, clean, put};
use crate::source::threats::pattern::{self, NotUsed};
use crate::source::threats::{PART, claim, of_kind};
use crate::source::times::day;
use crate::source::{Format, Sink, SourceError, Stopped};

/// Bundles of STIX.
pub static FORMAT: Format =
    Format { kind: SourceKind::Stix, doc: Label { zh: include_str!("stix.zh.md"), en: include_str!("stix.md") }, read };

const SHAPE: Shape = Shape { expected: "a STIX bundle", lists: &[&["objects"]] };

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    pattern_type: String,
    #[serde(default)]
    indicator_types: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    valid_until: String,
    #[serde(default)]
    revoked: bool,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(
        input,
        &SHAPE,
        sink,
        |rows, object: Object| {
            if object.kind == "indicator" { indicator(rows, &object) } else { Ok(()) }
        },
    )
}

fn indicator(rows: &mut Rows<'_>, object: &Object) -> Result<(), Stopped> {
    if !matches!(object.pattern_type.as_str(), "" | "stix") {
        let reason = Text::new("模式语言不是 stix", "the pattern is not written in the language stix");
        return rows.reject(Some("pattern_type"), &object.pattern_type, reason);
    }
    let values = match pattern::values(&object.pattern) {
        Ok(values) => values,
        Err(NotUsed::Other) => return Ok(()),
        Err(NotUsed::NotUnderstood) => {
            let reason = Text::new(
                "模式只支持 =、IN、AND、OR 比较网址、域名和 IP 地址",
                "of patterns, comparisons of URLs, names and addresses by =, IN, AND, OR are read",
            );
            return rows.reject(Some("pattern"), &object.pattern, reason);
        }
    };
    let kinds = if object.indicator_types.is_empty() { &object.labels } else { &object.indicator_types };
    let mut says = of_kind(kinds.first().map_or("malicious-activity", String::as_str));
    put(&mut says, Attribute::ThreatState, if object.revoked { "revoked" } else { "" });
    put(&mut says, Attribute::Description, &object.name);
    put(&mut says, Attribute::Number, &object.id);
    for (attribute, field, text) in
        [(Attribute::ListedOn, "valid_from", &object.valid_from), (Attribute::ValidUntil, "valid_until", &object.valid_until)]
    {
        match day(text) {
            Some(day) => put(&mut says, attribute, &day.to_string()),
            None if text.is_empty() => {}
            None => return rows.reject(Some(field), text, Text::new("日期无法识别", "the date cannot be read")),
        }
    }
    for value in values {
        claim(rows, "pattern", &value, &clean(&object.id, PART), says.clone())?;
    }
    Ok(())
}
