//! The picture of an application: hosts, addresses, services, pages and technologies as a tree that any form of output can draw.
//!
//! Invariant: it shows what was observed and says what was not; it holds no verdict. What a host sent is shortened and made harmless.

mod addresses;
mod site;
mod terminal;

use model::facts::Payload;
use model::facts::register::Register;
use model::observation::{Observation, Outcome};
use model::subject::SubjectId;
use model::text::{Label, Lang};

use crate::clean::{shortened, visible};

pub(crate) use addresses::product;
pub use terminal::draw;

/// Characters of one node's text that are shown at most.
const TEXT: usize = 200;
/// Children that a node shows at most; the others are counted.
const CHILDREN: usize = 40;

/// How a node is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// Worth a look: an open store, a failure.
    Marked,
    /// By the way.
    Soft,
}

/// A part of the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// What it is, on one line.
    pub text: String,
    /// How it is to be read.
    pub tone: Tone,
    /// Its parts.
    pub children: Vec<Node>,
}

impl Node {
    fn new(text: impl AsRef<str>) -> Self {
        Self { text: shortened(&visible(text.as_ref()), TEXT), ..Self::default() }
    }

    fn toned(text: impl AsRef<str>, tone: Tone) -> Self {
        Self { tone, ..Self::new(text) }
    }

    fn with(mut self, children: impl IntoIterator<Item = Node>, lang: Lang) -> Self {
        self.extend(children, lang);
        self
    }

    /// Adds parts; those beyond the bound are counted in a last one.
    fn extend(&mut self, children: impl IntoIterator<Item = Node>, lang: Lang) {
        let mut children = children.into_iter();
        self.children.extend(children.by_ref().take(CHILDREN));
        let more = children.count();
        if more > 0 {
            let words = say(lang, "另有", "and");
            let tail = say(lang, "项未列出", "more");
            self.children.push(Self::toned(format!("{words} {more} {tail}"), Tone::Soft));
        }
    }
}

fn say(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    Label { zh, en }.get(lang)
}

/// A title in the language's quotation marks; nothing for none.
fn quoted(title: &str, lang: Lang) -> String {
    match (title.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::Zh) => format!("《{title}》"),
        (false, Lang::En) => format!("\"{title}\""),
    }
}

/// Joins what is not empty.
fn joined(parts: &[&str], separator: &str) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(separator)
}

/// The observations of one subject, asked by kind.
#[derive(Clone, Copy)]
struct Seen<'a>(&'a [Observation]);

impl<'a> Seen<'a> {
    /// What was seen of a kind from the first vantage point that saw it.
    fn of<T: model::facts::Fact>(self) -> Option<&'a T> {
        self.0.iter().filter_map(|seen| seen.outcome.seen()).find_map(T::of)
    }

    /// Every payload of a kind with its vantage point.
    fn all<T: model::facts::Fact>(self) -> impl Iterator<Item = (&'a str, &'a Outcome<Payload>)> {
        self.0.iter().filter(|seen| seen.kind == T::KIND).map(|seen| (seen.vantage.as_str(), &seen.outcome))
    }
}

/// The picture of a subject.
pub fn tree(subject: &SubjectId, observations: &[Observation], lang: Lang) -> Node {
    let seen = Seen(observations);
    let register = seen.of::<Register>();
    let name = register.map_or("", |register| register.application.name.as_str());
    let owner = register.and_then(|register| register.institution.as_ref()).map_or("", |owner| owner.name.as_str());
    let owner = if owner == name { "" } else { owner };
    let mut root = Node::new(joined(&[&subject.key, name, owner], "  "));
    root.extend(addresses::branches(seen, lang), lang);
    root.extend(site::branches(seen, lang), lang);
    root.extend(unseen(observations, lang), lang);
    root
}

/// What was looked for in vain, and why.
fn unseen(observations: &[Observation], lang: Lang) -> Option<Node> {
    let failures = observations.iter().filter_map(|seen| Some((seen, seen.outcome.failure()?)));
    let lines: Vec<Node> = failures
        .map(|(seen, failure)| {
            Node::toned(
                format!("{}{}{}", seen.kind.label().get(lang), say(lang, "：", ": "), failure.text().get(lang)),
                Tone::Soft,
            )
        })
        .collect();
    (!lines.is_empty()).then(|| Node::new(say(lang, "未取得", "not seen")).with(lines, lang))
}

#[cfg(test)]
mod tests;
