//! EHole's `finger.json`: words that must all stand in the body, the title or the header, and icons by their digest.

use serde::Deserialize;

use super::json;
use crate::builder::{Builder, Draft, Rule};
use crate::input::Place;
use crate::source::{Set, Source};

#[derive(Deserialize)]
struct File {
    fingerprint: Vec<Fingerprint>,
}

#[derive(Deserialize)]
struct Fingerprint {
    cms: String,
    method: String,
    location: String,
    keyword: Vec<String>,
}

/// Reads a file.
pub(super) fn read(builder: &mut Builder, source: &Source) {
    let Some(file) = json::<File>(builder, source) else { return };
    for Fingerprint { cms, method, location, keyword } in file.fingerprint {
        let technology = builder.technology(&cms, false);
        builder.count(Set::Ehole).entries += 1;
        let rule = |at_least: usize| Rule {
            technology,
            set: Set::Ehole,
            confidence: 100,
            at_least: at_least as u32,
            blocked_only: false,
        };
        let place = match (method.as_str(), location.as_str()) {
            ("faviconhash", _) => {
                for digest in &keyword {
                    builder.rule(rule(1), vec![Draft::exact(Place::Favicon, digest)]);
                }
                continue;
            }
            ("keyword", "body") => Place::Html,
            ("keyword", "title") => Place::Title,
            ("keyword", "header") => Place::HeaderText,
            _ => {
                builder.skip(Set::Ehole, &source.name, &cms, format!("unknown method {method} in {location}"));
                continue;
            }
        };
        if keyword.is_empty() || keyword.iter().any(String::is_empty) {
            builder.skip(Set::Ehole, &source.name, &cms, "empty keyword");
            continue;
        }
        builder.rule(rule(keyword.len()), keyword.iter().map(|word| Draft::word(place, word, false)).collect());
    }
}
