//! What in a page and its scripts asks for a given client: controls, plug-ins, an office suite, one browser.
//!
//! Invariant: what old browsers are offered beside another way (XMLHTTP by ActiveX, a plug-in inside a video) and what is only advised is
//! told as not compelling or not at all; comments say nothing.

mod markup;
mod script;
mod sentence;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use model::facts::clients::{Client, Demand};
use model::facts::page::HomePage;
use serde::Deserialize;

pub use sentence::turned_away;

use crate::words::{fold, head};

/// The most demands that are told.
const LIMIT: usize = 50;
/// The longest text that tells a demand, in bytes.
const MATCHED: usize = 240;

/// `data/clients.toml`, which says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    must: Vec<String>,
    hint: Vec<String>,
    not_before: Vec<String>,
    not_after: Vec<String>,
    away: Vec<String>,
    name: Vec<Name>,
    classes: BTreeMap<String, Client>,
    media: BTreeMap<String, Client>,
    objects: Objects,
}

/// A client with the words that name it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    client: Client,
    family: Option<String>,
    words: Vec<String>,
}

/// Objects of `new ActiveXObject("…")`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Objects {
    harmless: Vec<String>,
    office: Vec<String>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("../../data/clients.toml")).expect("data/clients.toml is a list of words and marks")
});

/// What the page and its scripts ask for. `html` is the page's source and `page` what was read of it; `scripts` are its fetched scripts, each
/// with its address. Of one client in one place the most compelling demand is told.
pub fn demands<'a>(html: &str, page: &HomePage, scripts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<Demand> {
    let mut found = Found::default();
    let of_page = [markup::demands(html), sentence::demands(&page.text)];
    of_page.into_iter().flatten().for_each(|asked| found.take(&page.url, asked));
    for script in crate::page::inline_scripts(html) {
        script::demands(&script).into_iter().for_each(|asked| found.take(&page.url, asked));
    }
    for (url, bytes) in scripts {
        script::demands(&text_of(bytes)).into_iter().for_each(|asked| found.take(url, asked));
    }
    found.demands
}

/// The text of a script, of which old ones are in GBK.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(crate::charset::decode(bytes, None).text),
    }
}

/// Something that is asked for, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    client: Client,
    matched: String,
    compelling: bool,
}

impl Asked {
    fn new(client: Client, matched: &str, compelling: bool) -> Self {
        let matched: String = fold(matched).chars().filter(|character| !character.is_control()).collect();
        Self { client, matched: head(&matched, MATCHED).to_owned(), compelling }
    }
}

/// Demands, one a client and place.
#[derive(Default)]
struct Found {
    demands: Vec<Demand>,
    places: BTreeSet<(Client, String)>,
}

impl Found {
    fn take(&mut self, place: &str, asked: Asked) {
        let Asked { client, matched, compelling } = asked;
        if !self.places.insert((client, place.to_owned())) {
            let same = |demand: &&mut Demand| demand.client == client && demand.place == place && !demand.compelling;
            if compelling && let Some(weaker) = self.demands.iter_mut().find(same) {
                (weaker.matched, weaker.compelling) = (matched, true);
            }
        } else if self.demands.len() < LIMIT {
            self.demands.push(Demand { client, place: place.to_owned(), matched, compelling });
        }
    }
}
