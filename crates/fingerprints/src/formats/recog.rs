//! Rapid7 Recog: XML databases of fingerprints, one for each kind of text; the attribute `matches` names the kind.
//!
//! Patterns are Ruby's: `^` and `$` always stand at lines, and `m`, as a flag or within the pattern, lets `.` cross them.

use serde::Deserialize;

use crate::banner::{Fingerprint, Value};
use crate::builder::Builder;
use crate::matcher::{Flags, Matcher};
use crate::source::{Set, Source};

#[derive(Deserialize)]
struct File {
    #[serde(rename = "@matches")]
    matches: Option<String>,
    #[serde(default, rename = "fingerprint")]
    fingerprints: Vec<Element>,
}

#[derive(Deserialize)]
struct Element {
    #[serde(rename = "@pattern")]
    pattern: String,
    #[serde(default, rename = "@flags")]
    flags: String,
    #[serde(default)]
    description: String,
    #[serde(default, rename = "param")]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "@pos")]
    position: usize,
    #[serde(rename = "@name")]
    name: String,
    #[serde(default, rename = "@value")]
    value: String,
}

/// Reads a database.
pub(super) fn read(builder: &mut Builder, source: &Source) {
    let read = std::str::from_utf8(&source.bytes)
        .map_err(|error| error.to_string())
        .and_then(|text| quick_xml::de::from_str::<File>(text).map_err(|error| error.to_string()));
    let file = match read {
        Ok(file) => file,
        Err(reason) => return builder.skip(Set::Recog, &source.name, "", reason),
    };
    let key = file.matches.unwrap_or_else(|| stem(&source.name).to_owned());
    for element in file.fingerprints {
        let flag = |name| element.flags.split(',').any(|flag| flag.trim() == name);
        let dot_all = flag("REG_MULTILINE") || flag("REG_DOT_NEWLINE");
        let flags = Flags { fold: flag("REG_ICASE"), lines: true, dot_all, ..Flags::default() };
        // What Ruby calls `m` is `s` elsewhere.
        let pattern = element.pattern.replace("(?im", "(?is").replace("(?m", "(?s");
        match Matcher::regex(&pattern, flags, 2) {
            Ok((matcher, literals)) => {
                let count = builder.count(Set::Recog);
                count.entries += 1;
                count.patterns += 1;
                count.without_literal += usize::from(literals.is_none());
                let parameters = element.parameters.into_iter().map(parameter).collect();
                let description = element.description.split_whitespace().collect::<Vec<_>>().join(" ");
                builder.databases.entry(key.clone()).or_default().add(Fingerprint { description, matcher, parameters }, literals);
            }
            Err(reason) => builder.skip(Set::Recog, &source.name, &element.description, format!("{reason}: {}", element.pattern)),
        }
    }
}

fn parameter(parameter: Parameter) -> (String, Value) {
    let value = if parameter.position == 0 { Value::Fixed(parameter.value) } else { Value::Group(parameter.position) };
    (parameter.name, value)
}

/// A file's name without folders and ending.
fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.split('.').next().unwrap_or(file)
}
