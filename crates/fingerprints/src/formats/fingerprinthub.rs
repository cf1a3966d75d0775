//! FingerprintHub: templates in nuclei's style (YAML one by one, or a JSON list: v4), and the older flat JSON list (v3).
//!
//! Only what asks for the home page is used; the rest is counted as put aside.

use serde::Deserialize;
use serde_json::Value;

use crate::builder::{Builder, Draft, Rule};
use crate::input::Place;
use crate::matcher::Flags;
use crate::source::{Set, Source};

const SET: Set = Set::FingerprintHub;

#[derive(Deserialize)]
struct Template {
    id: String,
    #[serde(default)]
    info: Info,
    #[serde(default)]
    http: Vec<Request>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Info {
    name: String,
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    vendor: Value,
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    method: String,
    #[serde(default)]
    path: Vec<String>,
    #[serde(default, rename = "matchers-condition")]
    condition: String,
    #[serde(default)]
    matchers: Vec<Matcher>,
}

#[derive(Deserialize)]
struct Matcher {
    r#type: String,
    #[serde(default)]
    part: String,
    #[serde(default)]
    condition: String,
    #[serde(default, rename = "case-insensitive")]
    fold: bool,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    regex: Vec<String>,
    #[serde(default)]
    hash: Vec<Value>,
    #[serde(default)]
    status: Vec<u16>,
    #[serde(default)]
    negative: bool,
}

/// An entry of the v3 list.
#[derive(Deserialize)]
struct Flat {
    name: String,
    path: String,
    request_method: String,
    #[serde(default)]
    request_data: String,
    #[serde(default)]
    status_code: u16,
    #[serde(default)]
    headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    keyword: Vec<String>,
    #[serde(default)]
    favicon_hash: Vec<String>,
}

/// Reads a file of either kind.
pub(super) fn read(builder: &mut Builder, source: &Source) {
    let is_json = source.bytes.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|byte| matches!(byte, b'[' | b'{'));
    if !is_json {
        match std::str::from_utf8(&source.bytes).map_err(|error| error.to_string()).and_then(|text| {
            // The message has further lines with an extract of the file.
            serde_saphyr::from_str::<Template>(text)
                .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
        }) {
            Ok(template) => self::template(builder, source, &template),
            Err(reason) => builder.skip(SET, &source.name, "", reason),
        }
        return;
    }
    let Some(list) = super::json::<Vec<Value>>(builder, source) else { return };
    for entry in list {
        let name = entry["id"].as_str().or(entry["name"].as_str()).unwrap_or_default().to_owned();
        let read = if entry.get("http").is_some() {
            serde_json::from_value(entry).map(|template| self::template(builder, source, &template))
        } else {
            serde_json::from_value(entry).map(|entry| flat(builder, source, &entry))
        };
        if let Err(error) = read {
            builder.skip(SET, &source.name, &name, error.to_string());
        }
    }
}

fn template(builder: &mut Builder, source: &Source, template: &Template) {
    let name = if template.info.name.is_empty() { &template.id } else { &template.info.name };
    let technology = builder.technology(name, false);
    let vendor = template.info.metadata.vendor.as_str().filter(|vendor| *vendor != "00_unknown");
    let entry = &mut builder.entries[technology as usize];
    entry.vendor = entry.vendor.take().or(vendor.map(str::to_owned));
    builder.count(SET).entries += 1;
    for request in &template.http {
        let home = request.path.iter().any(|path| matches!(path.as_str(), "{{BaseURL}}/" | "{{BaseURL}}"));
        if !home || !request.method.eq_ignore_ascii_case("get") {
            builder.count(SET).aside += 1;
            continue;
        }
        let mut whole = Vec::new();
        for matcher in &request.matchers {
            let drafts = match drafts(matcher) {
                Ok(drafts) => drafts,
                Err(reason) => {
                    builder.skip(SET, &source.name, name, reason);
                    continue;
                }
            };
            if request.condition == "and" {
                // Alternatives within a matcher would need one more level; the first stands for them.
                whole.extend(drafts);
            } else if matcher.condition == "and" {
                builder.rule(rule(technology, drafts.len()), drafts);
            } else {
                drafts.into_iter().for_each(|draft| builder.rule(rule(technology, 1), vec![draft]));
            }
        }
        if !whole.is_empty() {
            builder.rule(rule(technology, whole.len()), whole);
        }
    }
}

fn rule(technology: u32, at_least: usize) -> Rule {
    Rule { technology, set: SET, confidence: 100, at_least: at_least as u32, blocked_only: false }
}

fn drafts(matcher: &Matcher) -> Result<Vec<Draft>, String> {
    if matcher.negative {
        return Err("negative matcher".to_owned());
    }
    let place = match matcher.part.as_str() {
        "" | "body" => Place::Html,
        "header" => Place::HeaderText,
        part => return Err(format!("unknown part {part}")),
    };
    match matcher.r#type.as_str() {
        "word" if matcher.words.iter().any(String::is_empty) => Err("empty word".to_owned()),
        "word" => Ok(matcher.words.iter().map(|word| Draft::word(place, word, matcher.fold)).collect()),
        "regex" => {
            let flags = Flags { fold: matcher.fold, ..Flags::default() };
            let read =
                |pattern: &String| Draft::regex(place, "", pattern, flags).map_err(|reason| format!("{reason}: {pattern}"));
            matcher.regex.iter().map(read).collect()
        }
        "favicon" => Ok(matcher.hash.iter().map(|hash| Draft::exact(Place::Favicon, &plain(hash))).collect()),
        "status" => Ok(matcher.status.iter().map(|status| Draft::exact(Place::Status, &status.to_string())).collect()),
        kind => Err(format!("unknown matcher {kind}")),
    }
}

/// A digest, written as a number or as text.
fn plain(hash: &Value) -> String {
    hash.as_str().map_or_else(|| hash.to_string(), str::to_owned)
}

/// An icon tells alone; words, fields and the status tell together.
fn flat(builder: &mut Builder, source: &Source, entry: &Flat) {
    builder.count(SET).entries += 1;
    if entry.path != "/" || !entry.request_method.eq_ignore_ascii_case("get") || !entry.request_data.is_empty() {
        builder.count(SET).aside += 1;
        return;
    }
    let technology = builder.technology(&entry.name, false);
    for hash in &entry.favicon_hash {
        builder.rule(rule(technology, 1), vec![Draft::exact(Place::Favicon, hash)]);
    }
    let words = entry.keyword.iter().filter(|word| !word.is_empty()).map(|word| Draft::word(Place::Html, word, false));
    let mut drafts: Vec<Draft> = words.collect();
    for (name, value) in &entry.headers {
        let value = if value == "*" { String::new() } else { regex_syntax::escape(value) };
        match Draft::regex(Place::Header, &name.to_lowercase(), &value, Flags::FOLD) {
            Ok(draft) => drafts.push(draft),
            Err(reason) => return builder.skip(SET, &source.name, &entry.name, reason),
        }
    }
    if drafts.is_empty() {
        if entry.favicon_hash.is_empty() {
            builder.skip(SET, &source.name, &entry.name, "nothing to look for");
        }
        return;
    }
    if entry.status_code != 0 {
        drafts.push(Draft::exact(Place::Status, &entry.status_code.to_string()));
    }
    builder.rule(rule(technology, drafts.len()), drafts);
}
