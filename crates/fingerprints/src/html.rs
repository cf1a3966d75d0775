//! One pass over a page: what fingerprints look at, by place. This is no document tree: it keeps where each tag, script and style stands, so
//! that a literal's position in the source tells at once which pattern may look, and where.
//!
//! Invariant: linear in the page's length, whatever the page holds; numbers of elements and depth are bounded.

use std::borrow::Cow;

/// Elements that are kept; a page with more is cut off there.
const MOST_ELEMENTS: usize = 100_000;
/// Open elements that are remembered.
const MOST_OPEN: usize = 256;
/// How far an end tag looks back for its start tag.
const LOOK_BACK: usize = 24;
/// Visible text that is kept, in bytes.
const MOST_TEXT: usize = 4 << 20;

/// Elements that have no content.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Elements whose content is not markup.
const RAW: [&str; 5] = ["script", "style", "title", "textarea", "xmp"];

/// A page, read.
#[derive(Default)]
pub(crate) struct Document<'h> {
    pub(crate) elements: Vec<Element<'h>>,
    attributes: Vec<(&'h str, &'h str)>,
    /// In the order of the source.
    pub(crate) zones: Vec<Zone>,
    /// Visible text, entities decoded.
    pub(crate) text: String,
    pub(crate) title: String,
}

/// One start tag.
pub(crate) struct Element<'h> {
    pub(crate) tag: &'h str,
    attributes: (u32, u32),
    pub(crate) parent: Option<u32>,
    /// The sibling before it.
    pub(crate) before: Option<u32>,
    /// Range of its content in the visible text.
    text: (u32, u32),
    last_child: Option<u32>,
}

/// A stretch of the source with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

/// What a stretch of the source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The start tag of this element.
    Tag(u32),
    /// The content of an inline script.
    Script,
    /// The content of a style element.
    Style,
}

impl<'h> Document<'h> {
    /// Reads a page.
    pub(crate) fn read(html: &'h str) -> Document<'h> {
        let mut reader = Reader { html, at: 0, open: Vec::new(), document: Document::default() };
        while reader.step() {}
        let end = reader.document.text.len() as u32;
        for element in reader.open {
            reader.document.elements[element as usize].text.1 = end;
        }
        reader.document
    }

    /// An element's attribute, entities decoded.
    pub(crate) fn attribute(&self, element: &Element<'h>, name: &str) -> Option<Cow<'h, str>> {
        let (start, end) = element.attributes;
        let attributes = &self.attributes[start as usize..end as usize];
        let (_, value) = attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(htmlize::unescape_attribute(*value))
    }

    /// The visible text within an element, at most `most` bytes.
    pub(crate) fn text_of(&self, element: &Element<'h>, most: usize) -> &str {
        let (start, end) = (element.text.0 as usize, element.text.1 as usize);
        let mut end = end.min(start.saturating_add(most)).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.get(start..end).unwrap_or_default()
    }
}

struct Reader<'h> {
    html: &'h str,
    at: usize,
    open: Vec<u32>,
    document: Document<'h>,
}

impl<'h> Reader<'h> {
    /// Reads up to the end of the next tag; false at the end of the page.
    fn step(&mut self) -> bool {
        let rest = &self.html[self.at..];
        let Some(tag) = rest.find('<') else {
            self.say(rest);
            return false;
        };
        self.say(&rest[..tag]);
        let begin = self.at + tag;
        let tail = &self.html[begin + 1..];
        let end = match tail.as_bytes().first() {
            Some(b'!') if tail.starts_with("!--") => tail.find("-->").map(|end| begin + 1 + end + 3),
            Some(b'!' | b'?') => tail.find('>').map(|end| begin + 2 + end),
            Some(b'/') => {
                let end = tail.find('>');
                self.close(tail[1..end.unwrap_or(tail.len())].trim());
                end.map(|end| begin + 2 + end)
            }
            Some(byte) if byte.is_ascii_alphabetic() => self.start_tag(begin),
            _ => {
                self.say("<");
                Some(begin + 1)
            }
        };
        self.at = end.unwrap_or(self.html.len());
        self.at < self.html.len() && self.document.elements.len() < MOST_ELEMENTS
    }

    /// Adds visible text.
    fn say(&mut self, text: &str) {
        if !text.is_empty() && self.document.text.len() + text.len() <= MOST_TEXT {
            self.document.text.push_str(&htmlize::unescape(text));
        }
    }

    /// Reads the start tag at `begin`, with its content where that is not markup. `None`: it never ends.
    fn start_tag(&mut self, begin: usize) -> Option<usize> {
        let bytes = self.html.as_bytes();
        let first = self.document.attributes.len() as u32;
        let mut at = begin + 1;
        while !matches!(bytes.get(at)?, b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'/' | b'>') {
            at += 1;
        }
        let tag = &self.html[begin + 1..at];
        let mut closed = false;
        loop {
            match bytes.get(at)? {
                b'>' => break,
                b'/' => closed = bytes.get(at + 1) == Some(&b'>'),
                byte if byte.is_ascii_whitespace() => {}
                _ => {
                    at = self.attribute(at)?;
                    continue;
                }
            }
            at += 1;
        }
        let id = self.document.elements.len() as u32;
        let parent = self.open.last().copied();
        let before = parent.and_then(|parent| self.document.elements[parent as usize].last_child.replace(id));
        let text = self.document.text.len() as u32;
        let attributes = (first, self.document.attributes.len() as u32);
        self.document.elements.push(Element { tag, attributes, parent, before, text: (text, text), last_child: None });
        self.document.zones.push(Zone { start: begin, end: at + 1, kind: Kind::Tag(id) });
        if RAW.iter().any(|raw| tag.eq_ignore_ascii_case(raw)) {
            return Some(self.raw(tag, id, at + 1));
        }
        if !closed && self.open.len() < MOST_OPEN && !VOID.iter().any(|void| tag.eq_ignore_ascii_case(void)) {
            self.open.push(id);
        }
        Some(at + 1)
    }

    /// Reads one attribute and tells where it ends.
    fn attribute(&mut self, begin: usize) -> Option<usize> {
        let bytes = self.html.as_bytes();
        // A name may begin with `=`, so that every attribute takes at least one byte.
        let mut at = begin + 1;
        while !matches!(bytes.get(at)?, b'=' | b'>' | b'/') && !bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        let name = self.html.get(begin..at)?;
        let mut look = at;
        while bytes.get(look)?.is_ascii_whitespace() {
            look += 1;
        }
        if bytes[look] != b'=' {
            self.document.attributes.push((name, ""));
            return Some(look);
        }
        look += 1;
        while bytes.get(look)?.is_ascii_whitespace() {
            look += 1;
        }
        let (start, end, next) = match bytes[look] {
            quote @ (b'"' | b'\'') => {
                let end = look + 1 + self.html[look + 1..].find(char::from(quote))?;
                (look + 1, end, end + 1)
            }
            _ => {
                let mut end = look;
                while bytes.get(end).is_some_and(|byte| *byte != b'>' && !byte.is_ascii_whitespace()) {
                    end += 1;
                }
                (look, end, end)
            }
        };
        self.document.attributes.push((name, self.html.get(start..end)?));
        Some(next)
    }

    /// Takes in the content of an element that holds no markup, and tells where it ends.
    fn raw(&mut self, tag: &str, id: u32, start: usize) -> usize {
        let rest = &self.html[start..];
        let length = end_of(rest, tag);
        let content = &rest[..length];
        let zone = |kind| Zone { start, end: start + length, kind };
        if tag.eq_ignore_ascii_case("script") {
            self.document.zones.push(zone(Kind::Script));
        } else if tag.eq_ignore_ascii_case("style") {
            self.document.zones.push(zone(Kind::Style));
        } else {
            if tag.eq_ignore_ascii_case("title") && self.document.title.is_empty() {
                self.document.title = htmlize::unescape(content).trim().to_owned();
            }
            self.say(content);
            self.document.elements[id as usize].text.1 = self.document.text.len() as u32;
        }
        start + length
    }

    /// Closes the nearest open element of this name.
    fn close(&mut self, tag: &str) {
        let elements = &self.document.elements;
        let nearest = self.open.iter().rev().take(LOOK_BACK).position(|id| elements[*id as usize].tag.eq_ignore_ascii_case(tag));
        let Some(nearest) = nearest else { return };
        let end = self.document.text.len() as u32;
        for id in self.open.drain(self.open.len() - 1 - nearest..) {
            self.document.elements[id as usize].text.1 = end;
        }
    }
}

/// Where `</tag` begins, or the end.
fn end_of(text: &str, tag: &str) -> usize {
    let mut at = 0;
    while let Some(found) = text[at..].find("</") {
        let name = &text.as_bytes()[at + found + 2..];
        if name.len() >= tag.len() && name[..tag.len()].eq_ignore_ascii_case(tag.as_bytes()) {
            return at + found;
        }
        at += found + 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Document, Kind};

    #[test]
    fn places_of_a_page() {
        let page = "<html lang=zh><head><TITLE> A &amp; B </TITLE><meta name='generator' content=\"X &quot;1\"><script src=/a.js></script>\
                    <script>var a='<b>';</script><style>.x{}</style></head><body class='p q'><!-- <i> --><div id=d>one <b>two</b></div><p>end";
        let document = Document::read(page);
        assert_eq!(document.title, "A & B");
        let tags: Vec<&str> = document.elements.iter().map(|element| element.tag).collect();
        assert_eq!(tags, ["html", "head", "TITLE", "meta", "script", "script", "style", "body", "div", "b", "p"]);
        assert_eq!(document.attribute(&document.elements[3], "content").as_deref(), Some("X \"1"));
        assert_eq!(document.attribute(&document.elements[4], "SRC").as_deref(), Some("/a.js"));
        assert_eq!(document.text_of(&document.elements[8], 99), "one two");
        assert_eq!(document.elements[9].parent, Some(8));
        assert_eq!(document.elements[10].before, Some(8));
        let scripts: Vec<&str> =
            document.zones.iter().filter(|zone| zone.kind == Kind::Script).map(|zone| &page[zone.start..zone.end]).collect();
        assert_eq!(scripts, ["", "var a='<b>';"]);
    }

    #[test]
    fn broken_pages_are_read_as_far_as_they_go() {
        for page in
            ["<", "<a", "<a href", "<a href=", "<a href='x", "<!--", "</", "<script>", "< a>", "<a =>", "<p/", "<é>", "<a é=ü>"]
        {
            Document::read(page);
        }
    }

    proptest! {
        #[test]
        fn no_page_panics(page in "[<>/!a-cé '\"=&;-]{0,60}") {
            let document = Document::read(&page);
            for element in &document.elements {
                document.text_of(element, 3);
                document.attribute(element, "a");
            }
        }
    }
}
