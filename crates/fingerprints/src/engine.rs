//! Patterns over a page: literals first, then the few patterns whose literals were met.
//!
//! Invariant: a pattern looks at a text once, so that the cost is bounded by the text's length times the patterns whose literals it holds.

use std::collections::BTreeMap;

use crate::builder::{Builder, Part, Pattern, Rule};
use crate::html::{Document, Kind};
use crate::input::{Channel, PageInput, Place};
use crate::matcher::Hit;
use crate::prefilter::Prefilter;

/// Bytes of an element's text that are looked at.
const ELEMENT_TEXT: usize = 4 << 10;

/// The compiled patterns of all sets but Recog's.
pub(crate) struct Engine {
    pub(crate) rules: Vec<Rule>,
    pub(crate) patterns: Vec<Pattern>,
    /// By channel.
    prefilters: [Prefilter; 4],
    /// Patterns without literals, by place and key.
    plain: BTreeMap<(Place, Box<str>), Vec<u32>>,
}

/// What matched, by pattern.
pub(crate) type Hits = BTreeMap<u32, Hit>;

impl Engine {
    /// Compiles what was read.
    pub(crate) fn new(builder: &mut Builder) -> Engine {
        let (rules, patterns) = (std::mem::take(&mut builder.rules), std::mem::take(&mut builder.patterns));
        let mut literals: [BTreeMap<Vec<u8>, Vec<u32>>; 4] = Default::default();
        for ((channel, literal), owners) in std::mem::take(&mut builder.literals) {
            literals[channel as usize].insert(literal, owners);
        }
        let mut plain: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for id in std::mem::take(&mut builder.plain) {
            let pattern = &patterns[id as usize];
            plain.entry((pattern.place, pattern.key.clone())).or_default().push(id);
        }
        let prefilters = Channel::ALL.map(|channel| Prefilter::new(&literals[channel as usize], channel == Channel::Source));
        Engine { rules, patterns, prefilters, plain }
    }

    /// Memory of the automata, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.prefilters.iter().map(Prefilter::memory).sum()
    }

    /// Everything that matches.
    pub(crate) fn look(&self, page: &PageInput<'_>) -> Hits {
        let document = Document::read(page.html);
        let mut look = Look { engine: self, hits: Hits::new(), tried: vec![0; self.patterns.len()], segment: 0 };
        look.fields(page);
        look.metas_and_scripts(page, &document);
        look.text(Place::Text, "", &document.text);
        look.text(Place::Title, "", &document.title);
        for script in page.scripts {
            look.text(Place::Script, "", script);
        }
        for style in page.styles {
            look.text(Place::Css, "", style);
        }
        look.source(page.html, &document);
        look.hits
    }
}

struct Look<'e> {
    engine: &'e Engine,
    hits: Hits,
    /// The last text that each pattern looked at.
    tried: Vec<u32>,
    /// The number of the text that is looked at.
    segment: u32,
}

impl Look<'_> {
    fn fields(&mut self, page: &PageInput<'_>) {
        self.text(Place::Url, "", page.url);
        self.text(Place::Robots, "", page.robots);
        self.text(Place::Issuer, "", page.certificate_issuer);
        self.text(Place::Reason, "", page.reason);
        self.key(Place::Status, &page.status.to_string());
        let mut all = String::new();
        for (name, value) in page.headers {
            all.extend([name, ": ", value, "\n"]);
            self.text(Place::Header, &name.to_ascii_lowercase(), value);
        }
        self.text(Place::HeaderText, "", &all);
        for (name, value) in page.cookies {
            self.text(Place::Cookie, &name.to_ascii_lowercase(), value);
            self.text(Place::CookieName, "", name);
            self.text(Place::CookiePair, "", &format!("{name}={value}"));
        }
        for address in page.requests {
            self.text(Place::Request, "", address);
        }
        for (kind, content) in page.dns {
            self.text(Place::Dns, &kind.to_ascii_lowercase(), content);
        }
        for (path, value) in page.globals {
            self.text(Place::Global, path, value);
        }
        for icon in page.favicons {
            self.key(Place::Favicon, &icon.mmh3.to_string());
            self.key(Place::Favicon, &icon.md5);
        }
    }

    fn metas_and_scripts(&mut self, page: &PageInput<'_>, document: &Document<'_>) {
        for element in &document.elements {
            if element.tag.eq_ignore_ascii_case("meta") {
                let name = document.attribute(element, "name").or_else(|| document.attribute(element, "property"));
                if let (Some(name), Some(content)) = (name, document.attribute(element, "content")) {
                    self.text(Place::Meta, &name.to_lowercase(), &content);
                }
            } else if element.tag.eq_ignore_ascii_case("script")
                && let Some(address) = document.attribute(element, "src")
            {
                self.text(Place::ScriptSrc, "", &absolute(page.url, &address));
            }
        }
    }

    /// Looks at one text of a place that is not the page's source.
    fn text(&mut self, place: Place, key: &str, text: &str) {
        self.segment += 1;
        self.key_text(place, key, text);
        if text.is_empty() {
            return;
        }
        let engine = self.engine;
        for (_, _, owners) in engine.prefilters[place.channel() as usize].hits(text.as_bytes()) {
            for id in owners {
                let pattern = &engine.patterns[*id as usize];
                if pattern.place == place && *pattern.key == *key {
                    self.attempt(*id, text);
                }
            }
        }
    }

    fn key(&mut self, place: Place, key: &str) {
        self.segment += 1;
        self.key_text(place, key, key);
    }

    /// The patterns without literals.
    fn key_text(&mut self, place: Place, key: &str, text: &str) {
        let engine = self.engine;
        for id in engine.plain.get(&(place, key.into())).into_iter().flatten() {
            self.attempt(*id, text);
        }
    }

    /// Looks at the source in one pass; where a literal stands tells what it is part of.
    fn source(&mut self, html: &str, document: &Document<'_>) {
        let engine = self.engine;
        let first = self.segment + 1;
        self.segment = first;
        self.key_text(Place::Html, "", html);
        let mut zones = document.zones.iter().enumerate().peekable();
        for (start, end, owners) in engine.prefilters[Channel::Source as usize].hits(html.as_bytes()) {
            while zones.next_if(|(_, zone)| zone.end < end).is_some() {}
            let zone = zones.peek().filter(|(_, zone)| zone.start <= start);
            for id in owners {
                match (engine.patterns[*id as usize].place, zone) {
                    (Place::Html, _) => {
                        self.segment = first;
                        self.attempt(*id, html);
                    }
                    (Place::Dom, Some((index, zone))) => {
                        self.segment = first + 1 + *index as u32;
                        if let Kind::Tag(element) = zone.kind {
                            self.element(*id, document, element);
                        }
                    }
                    (Place::Script, Some((index, zone))) if zone.kind == Kind::Script => {
                        self.segment = first + 1 + *index as u32;
                        self.attempt(*id, &html[zone.start..zone.end]);
                    }
                    (Place::Css, Some((index, zone))) if zone.kind == Kind::Style => {
                        self.segment = first + 1 + *index as u32;
                        self.attempt(*id, &html[zone.start..zone.end]);
                    }
                    _ => {}
                }
            }
        }
        self.whole_zones(html, document, first + 1 + document.zones.len() as u32);
    }

    /// The patterns without literals that look at scripts, styles and elements.
    fn whole_zones(&mut self, html: &str, document: &Document<'_>, first: u32) {
        let engine = self.engine;
        let plain = |place| engine.plain.get(&(place, "".into())).map_or(&[][..], |ids| &ids[..]);
        let (scripts, styles, elements) = (plain(Place::Script), plain(Place::Css), plain(Place::Dom));
        for (index, zone) in document.zones.iter().enumerate() {
            self.segment = first + index as u32;
            let text = &html[zone.start..zone.end];
            match zone.kind {
                Kind::Script => scripts.iter().for_each(|id| self.attempt(*id, text)),
                Kind::Style => styles.iter().for_each(|id| self.attempt(*id, text)),
                Kind::Tag(element) => elements.iter().for_each(|id| self.element(*id, document, element)),
            }
        }
    }

    /// Looks at one element.
    fn element(&mut self, id: u32, document: &Document<'_>, number: u32) {
        let pattern = &self.engine.patterns[id as usize];
        let Some(subject) = pattern.selector.as_deref() else { return };
        if !self.is_first_try(id) || self.is_settled(id) || !subject.selector.matches(document, number) {
            return;
        }
        let element = &document.elements[number as usize];
        let hit = match &subject.part {
            Part::Exists => Some(Hit { text: format!("<{}>", element.tag.to_ascii_lowercase()), version: None }),
            Part::Text => pattern.matcher.find(document.text_of(element, ELEMENT_TEXT), pattern.version.as_ref()),
            Part::Attribute(name) => document
                .attribute(element, name)
                .and_then(|value| pattern.matcher.find(&value[..floor(&value, ELEMENT_TEXT)], pattern.version.as_ref())),
        };
        self.keep(id, hit);
    }

    /// Lets a pattern look at the present text, if it has not yet.
    fn attempt(&mut self, id: u32, text: &str) {
        if !self.is_first_try(id) || self.is_settled(id) {
            return;
        }
        let pattern = &self.engine.patterns[id as usize];
        let hit = pattern.matcher.find(text, pattern.version.as_ref());
        self.keep(id, hit);
    }

    /// Whether a pattern looks at the present text for the first time.
    fn is_first_try(&mut self, id: u32) -> bool {
        std::mem::replace(&mut self.tried[id as usize], self.segment) != self.segment
    }

    /// Whether a further match would tell nothing new.
    fn is_settled(&self, id: u32) -> bool {
        let pattern = &self.engine.patterns[id as usize];
        self.hits.get(&id).is_some_and(|hit| hit.version.is_some() || pattern.version.is_none())
    }

    fn keep(&mut self, id: u32, hit: Option<Hit>) {
        let Some(hit) = hit else { return };
        if hit.version.is_some() || !self.hits.contains_key(&id) {
            self.hits.insert(id, hit);
        }
    }
}

/// The last character boundary at or before `most`.
fn floor(text: &str, most: usize) -> usize {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// The address of a script as a browser would name it; a path relative to the page's folder stays as it is.
fn absolute(page: &str, address: &str) -> String {
    let Some((scheme, rest)) = page.split_once("://") else { return address.to_owned() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if address.starts_with("//") {
        format!("{scheme}:{address}")
    } else if address.starts_with('/') {
        format!("{scheme}://{host}{address}")
    } else {
        address.to_owned()
    }
}
