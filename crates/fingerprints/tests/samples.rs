//! The real sets, from the folder `MINGCHA_SAMPLE_DATA`: everything loads but for a counted few, and Recog's own examples hold.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test that reads files and tells what it found"
)]

mod sample;

use std::collections::BTreeMap;

use base64::Engine;
use fingerprints::{Catalogue, PageInput, Set};
use serde::Deserialize;

#[test]
fn every_set_loads_but_for_a_few() {
    let Some(sources) = sample::all() else { return };
    let catalogue = Catalogue::build(sources);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in catalogue.skipped() {
        *reasons.entry(skipped.reason.split(": ").next().unwrap()).or_default() += 1;
    }
    catalogue.skipped().iter().for_each(|skipped| eprintln!("{skipped:?}"));
    eprintln!("skipped: {reasons:?}; automata: {} KiB", catalogue.memory() >> 10);
    for (set, count) in catalogue.counts() {
        eprintln!("{set:?}: {count:?}");
        assert!(count.skipped * 40 < count.patterns, "{set:?}: {count:?}");
        assert!(count.without_literal * 20 < count.patterns.max(1000), "{set:?}: {count:?}");
    }
    let entries: Vec<usize> = Set::ALL.iter().map(|set| catalogue.counts()[set].entries).collect();
    assert!(
        entries[0] >= 7500 && entries[1] >= 4500 && entries[2] >= 3300 && entries[3] >= 950 && entries[4] >= 170,
        "{entries:?}"
    );
}

#[test]
fn known_pages_are_known() {
    let Some(sources) = sample::all() else { return };
    let catalogue = Catalogue::build(sources);
    let page = PageInput {
        url: "https://www.example.gov.cn/",
        status: 200,
        headers: &[("Server", "nginx/1.22.1"), ("X-Powered-By", "PHP/8.2.7"), ("Set-Cookie", "PHPSESSID=abc")],
        cookies: &[("PHPSESSID", "abc")],
        html: "<html><head><meta name='generator' content='WordPress 6.3.1'><script src='/js/jquery-3.6.0.min.js'></script></head>\
               <body><img src='/seeyon/USER-DATA/IMAGES/LOGIN/login.gif'></body></html>",
        ..PageInput::default()
    };
    let found = catalogue.page(&page).found;
    let version = |name: &str| {
        let one = found.iter().find(|one| one.name == name).unwrap_or_else(|| panic!("{name} in {found:?}"));
        one.version.as_ref().map(|version| version.number.as_str())
    };
    assert_eq!(version("Nginx"), Some("1.22.1"));
    assert_eq!(version("PHP"), Some("8.2.7"));
    assert_eq!(version("WordPress"), Some("6.3.1"));
    assert_eq!(version("jQuery"), Some("3.6.0"));
    assert_eq!(version("MySQL"), None);
    assert_eq!(version("致远OA"), None);
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "@matches")]
    matches: Option<String>,
    #[serde(default, rename = "fingerprint")]
    fingerprints: Vec<Fingerprint>,
}

#[derive(Deserialize)]
struct Fingerprint {
    #[serde(rename = "@pattern")]
    pattern: String,
    #[serde(default, rename = "example")]
    examples: Vec<BTreeMap<String, String>>,
}

/// Every example, alone against its own fingerprint, tells the parameters that it states.
#[test]
fn recogs_examples_hold() {
    let Some(sources) = sample::set(Set::Recog) else { return };
    let (mut held, mut failures) = (0, Vec::new());
    for source in sources {
        let text = std::str::from_utf8(&source.bytes).unwrap();
        let file: File = quick_xml::de::from_str(text).unwrap();
        let key = file.matches.unwrap_or_else(|| source.name.trim_end_matches(".xml").to_owned());
        let text = without_comments(text);
        let pieces: Vec<&str> = text.split("<fingerprint ").skip(1).collect();
        let head = text.split("<fingerprint ").next().unwrap();
        for (fingerprint, piece) in file.fingerprints.iter().zip(pieces) {
            if fingerprint.examples.is_empty() {
                continue;
            }
            let alone =
                format!("{head}<fingerprint {}</fingerprint></fingerprints>", piece.split("</fingerprint>").next().unwrap());
            let alone = fingerprints::Source { set: Set::Recog, name: source.name.clone(), bytes: alone.into_bytes() };
            let catalogue = Catalogue::build(vec![alone]);
            for example in &fingerprint.examples {
                match check(&catalogue, &key, example) {
                    Ok(()) => held += 1,
                    Err(reason) => failures.push(format!("{}: {}: {reason}: {example:?}", source.name, fingerprint.pattern)),
                }
            }
        }
    }
    eprintln!("{held} examples hold, {} fail", failures.len());
    failures.iter().for_each(|failure| eprintln!("{failure}"));
    assert!(held > 2000);
    assert_eq!(failures.len(), 0);
}

fn without_comments(text: &str) -> String {
    let mut pieces = text.split("<!--");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |kept, piece| kept + piece.split_once("-->").map_or("", |(_, rest)| rest))
}

fn check(catalogue: &Catalogue, key: &str, example: &BTreeMap<String, String>) -> Result<(), String> {
    let mut text = example.get("$text").cloned().unwrap_or_default().into_bytes();
    match example.get("@_encoding").map(String::as_str) {
        Some("base64") => {
            text.retain(|byte| !byte.is_ascii_whitespace());
            text = base64::engine::general_purpose::STANDARD.decode(&text).map_err(|error| error.to_string())?;
        }
        Some(other) => return Err(format!("encoding {other}")),
        None => {}
    }
    if let Some(skipped) = catalogue.skipped().first() {
        return Err(skipped.reason.clone());
    }
    if example.contains_key("@_filename") {
        return Ok(());
    }
    let recognised = catalogue.recognise(key, &text).ok_or("no match")?;
    for (name, wanted) in example {
        let Some(name) = name.strip_prefix('@').filter(|name| !name.starts_with('_')) else { continue };
        let told = recognised.parameters.get(name);
        // A group that matched nothing tells nothing.
        if told.map_or("", String::as_str) != wanted {
            return Err(format!("{name} is {told:?}"));
        }
    }
    Ok(())
}
