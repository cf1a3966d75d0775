//! Sentences that ask for a client, in the words of `data/clients.toml`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use model::facts::clients::Client;
use regex::{Regex, escape};

use super::{Asked, LIMIT, WORDS};
use crate::words::half_width;

/// How far before and after a name the words that belong to it stand, in characters.
const BEFORE: usize = 24;
const AFTER: usize = 14;
/// How near a name the words stand that take it back, in characters.
const NEAR: usize = 8;
/// The most names that are looked at in one sentence.
const NAMES: usize = 20;
/// On a page with more text than this, in characters, a sentence that offers no other browser is none that turns away.
const SHORT: usize = 1500;

/// Where a sentence ends. A blank is no end: pages write `使用 IE 浏览器`.
fn ends(character: char) -> bool {
    matches!(character, '。' | '!' | '?' | ';' | '\n' | '\r' | '<' | '>' | '"' | '“' | '”' | '|' | '！' | '？' | '；' | '｜')
}

/// All names as one pattern, a group each.
#[expect(clippy::expect_used, reason = "the words are constant and every test compiles them")]
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let word = |word: &String| {
        let latin = word.is_ascii() && word.starts_with(|first: char| first.is_ascii_alphabetic());
        // Chinese counts as no letter here: `IE浏览器`.
        if latin { format!(r"(?-u:\b){}[0-9]{{0,2}}(?-u:\b)", escape(word)) } else { escape(word) }
    };
    // The longer word first, since of two that fit the first is taken.
    let group = |name: &super::Name| {
        let mut words: Vec<&String> = name.words.iter().collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        format!("({})", words.into_iter().map(word).collect::<Vec<_>>().join("|"))
    };
    Regex::new(&WORDS.name.iter().map(group).collect::<Vec<_>>().join("|")).expect("a pattern of the words")
});

/// What the sentences of a text ask for.
pub(super) fn demands(text: &str) -> Vec<Asked> {
    text.split(ends).flat_map(of_sentence).take(LIMIT).collect()
}

/// The sentence of a visible text that turns the visitor away or makes him use a given client.
pub fn turned_away(text: &str) -> Option<String> {
    if let Some(asked) = demands(text).into_iter().find(|asked| asked.compelling) {
        return Some(asked.matched);
    }
    if text.chars().nth(SHORT).is_some() {
        return None;
    }
    let turns_away = |sentence: &&str| {
        let plain = plain(sentence);
        WORDS.away.iter().any(|phrase| plain.contains(phrase))
    };
    let sentence = text.split(ends).find(turns_away)?;
    Some(Asked::new(Client::GivenBrowser, sentence, true).matched)
}

/// A client that a sentence names.
struct Mention {
    client: Client,
    family: Option<&'static str>,
    /// Where the words stand that belong to it, in characters.
    window: Range<usize>,
    must: bool,
    hint: bool,
    choice: bool,
}

fn of_sentence(sentence: &str) -> Vec<Asked> {
    let lower = plain(sentence);
    let mut mentions: Vec<Mention> = Vec::new();
    let (mut counted, mut characters) = (0, 0);
    for found in NAMED.captures_iter(&lower).take(NAMES) {
        let (Some(name), Some(place)) = (found.iter().skip(1).position(|group| group.is_some()), found.get(0)) else { continue };
        // Counting goes on from the last place, so that many names cost no more than one.
        characters += lower.get(counted..place.start()).unwrap_or_default().chars().count();
        counted = place.start();
        let end = characters + place.as_str().chars().count();
        let (before, after) = (&lower[..place.start()], &lower[place.end()..]);
        if let Some(name) = WORDS.name.get(name) {
            mentions.extend(mention(name, before, after, characters..end));
        }
    }
    asked(sentence, &mentions)
}

/// A name with the words around it; `None` when it is not what is asked for.
fn mention(name: &'static super::Name, before: &str, after: &str, place: Range<usize>) -> Option<Mention> {
    let (before, after) = (last(before, BEFORE), first(after, AFTER));
    let near = last(before, NEAR);
    let has = |text: &str, words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
    // "不支持非IE浏览器" asks for what it names, "非IE浏览器" alone does not.
    let other_than = near.trim_end().ends_with('非');
    let refused = has(near, &WORDS.not_before);
    if other_than != refused || !refused && has(first(after, NEAR), &WORDS.not_after) && !has(before, &WORDS.must) {
        return None;
    }
    Some(Mention {
        client: name.client,
        family: name.family.as_deref(),
        window: place.start.saturating_sub(BEFORE)..place.end + AFTER,
        must: other_than || has(before, &WORDS.must),
        hint: has(before, &WORDS.hint) || has(after, &WORDS.hint),
        choice: first(after, NEAR).contains('等'),
    })
}

fn asked(sentence: &str, mentions: &[Mention]) -> Vec<Asked> {
    let must = mentions.iter().any(|mention| mention.must);
    let hint = mentions.iter().any(|mention| mention.hint);
    let Some(window) =
        mentions.iter().map(|mention| mention.window.clone()).reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
    else {
        return Vec::new();
    };
    if !must && !hint {
        return Vec::new();
    }
    let matched: String = sentence.chars().skip(window.start).take(window.len().min(120)).collect();
    let families: BTreeSet<&str> = mentions.iter().filter_map(|mention| mention.family).collect();
    let choice = families.len() > 1 || mentions.iter().any(|mention| mention.family.is_some() && mention.choice);
    let mut clients: BTreeSet<Client> = mentions.iter().map(|mention| mention.client).collect();
    if families.len() > 1 {
        // The choice among several is no demand for the one that is named first.
        clients.remove(&Client::InternetExplorer);
    }
    if clients.len() > 1 {
        // "Flash插件" and "ActiveX控件" are told by their names.
        clients.remove(&Client::PlugIn);
    }
    let browser = |client: Client| matches!(client, Client::InternetExplorer | Client::GivenBrowser);
    clients.into_iter().map(|client| Asked::new(client, &matched, must && !hint && !(choice && browser(client)))).collect()
}

/// Lower case and half width, character for character.
fn plain(text: &str) -> String {
    text.chars().map(half_width).map(|character| character.to_ascii_lowercase()).collect()
}

fn last(text: &str, count: usize) -> &str {
    let start = text.char_indices().rev().take(count).last().map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or_default()
}

fn first(text: &str, count: usize) -> &str {
    text.char_indices().nth(count).map_or(text, |(at, _)| text.get(..at).unwrap_or_default())
}
