//! XML as a stream of elements.
//!
//! Invariant: no document type with declarations is read, no entity is expanded but the five of XML and characters by number, and element,
//! text and depth are bounded.

use model::text;
use model::text::Text;
use std::io::BufRead;

use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Error, Reader};

use crate::source::SourceError;
use crate::source::input::Input;
use crate::source::metered::{Allowance, Metered};
use crate::source::rows::clean;

/// The longest tag or text, in bytes.
const LONGEST: u64 = 1 << 20;
/// The deepest element.
const DEEPEST: u64 = 200;
/// The longest text of an element that is kept, in bytes.
const TEXT: usize = 64 << 10;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// An element begins.
    Open(Element),
    /// An element ends, with the text that stood directly before its end.
    Close(String),
}

/// An element's name and attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Name without prefix.
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute; empty when it has none.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A part of a document that is a list of records below its root.
pub(crate) enum Part<'p> {
    /// An element of a record, or of what stands beside the records, has ended.
    Element {
        /// Its name.
        name: &'p str,
        /// The text that stood directly before its end.
        text: String,
        /// A blank stood at the end of that text, which is trimmed.
        ended_blank: bool,
    },
    /// A record has ended.
    End,
}

/// Reads a document of records with this name below a root with one of these; another root is not what was expected.
pub(crate) fn records(
    input: &mut Input<'_>,
    expected: &'static str,
    roots: &[&str],
    record: &str,
    take: &mut dyn FnMut(Part<'_>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let name = input.name.to_owned();
    let mut xml = Xml::new(input, expected);
    let mut path = Vec::<String>::new();
    while let Some(piece) = xml.next_piece()? {
        match piece {
            Piece::Open(element) => {
                if path.is_empty() && !roots.contains(&element.name.as_str()) {
                    let root = roots.first().copied().unwrap_or_default();
                    let found = clean(&element.name, 60);
                    let problem = text!(zh: "根元素是 <{found}>，应为 <{root}>", en: "its root is <{found}>, not <{root}>");
                    return Err(SourceError::Unlike { name, expected, problem });
                }
                path.push(element.name);
            }
            Piece::Close(text) => {
                let Some(ended) = path.pop() else { continue };
                take(match path.len() {
                    1 if ended == record => Part::End,
                    _ => Part::Element { name: &ended, text, ended_blank: xml.ended_blank },
                })?;
            }
        }
    }
    Ok(())
}

/// A document that is read.
pub(crate) struct Xml<'r> {
    name: String,
    expected: &'static str,
    allowance: Allowance,
    reader: Reader<Metered<'r, dyn BufRead + 'r>>,
    buffer: Vec<u8>,
    text: String,
    depth: u64,
    /// An element without content begins and ends at once.
    ends: bool,
    /// A blank stood at the end of the last text.
    ended_blank: bool,
    began: bool,
}

impl<'r> Xml<'r> {
    /// Reads the delivery as XML.
    pub fn new(input: &'r mut Input<'_>, expected: &'static str) -> Self {
        let name = input.name.to_owned();
        let (stream, allowance) = Metered::new(input.stream() as &mut (dyn BufRead + '_), LONGEST);
        let reader = Reader::from_reader(stream);
        Self {
            name,
            expected,
            allowance,
            reader,
            buffer: Vec::new(),
            text: String::new(),
            depth: 0,
            ends: false,
            ended_blank: false,
            began: false,
        }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the document is damaged, ends too early, declares entities or is too deep or too large.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, SourceError> {
        if std::mem::take(&mut self.ends) {
            self.ended_blank = false;
            return Ok(Some(Piece::Close(String::new())));
        }
        loop {
            self.allowance.renew();
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(start)) => {
                    let element = element(&start).map_err(|problem| unlike(&self.name, self.expected, Text::same(problem)))?;
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err(SourceError::TooLarge { name: self.name.clone(), what: "its depth", limit: DEEPEST });
                    }
                    (self.began, self.text) = (true, String::new());
                    return Ok(Some(Piece::Open(element)));
                }
                Ok(Event::Empty(start)) => {
                    let element = element(&start).map_err(|problem| unlike(&self.name, self.expected, Text::same(problem)))?;
                    (self.began, self.ends) = (true, true);
                    return Ok(Some(Piece::Open(element)));
                }
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.ended_blank = self.text.ends_with(' ');
                    return Ok(Some(Piece::Close(std::mem::take(&mut self.text).trim().to_owned())));
                }
                Ok(Event::Text(text)) => add(&mut self.text, &text),
                Ok(Event::CData(text)) => add(&mut self.text, &text),
                Ok(Event::GeneralRef(reference)) => match (reference.resolve_char_ref(), &*reference) {
                    (Ok(Some(character)), _) => add(&mut self.text, character.encode_utf8(&mut [0; 4])),
                    (_, name) => add(&mut self.text, quick_xml::escape::resolve_xml_entity(name).unwrap_or_default()),
                },
                Ok(Event::DocType(kind)) if kind.contains(['[', '<']) => {
                    return Err(unlike(
                        &self.name,
                        self.expected,
                        Text::new(
                            "声明了带实体的文档类型，可能是恶意文件；此类数据不需要实体",
                            "it declares a document type with entities, which no such file needs",
                        ),
                    ));
                }
                Ok(Event::Eof) if self.depth > 0 || !self.began => {
                    let source = std::io::ErrorKind::UnexpectedEof.into();
                    return Err(SourceError::Io { name: self.name.clone(), source });
                }
                Ok(Event::Eof) => return Ok(None),
                Ok(Event::DocType(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
                Err(_) if self.allowance.is_spent() => {
                    let what = "the size of an element's tag or text in bytes";
                    return Err(SourceError::TooLarge { name: self.name.clone(), what, limit: LONGEST });
                }
                Err(Error::Io(error)) => {
                    let source = std::io::Error::new(error.kind(), error);
                    return Err(SourceError::Io { name: self.name.clone(), source });
                }
                // Everything else that may be wrong with the syntax is something that does not end.
                Err(Error::Syntax(error)) if error != SyntaxError::InvalidBangMarkup => {
                    let source = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, error);
                    return Err(SourceError::Io { name: self.name.clone(), source });
                }
                Err(error) => return Err(unlike(&self.name, self.expected, Text::same(error.to_string()))),
            }
        }
    }
}

fn unlike(name: &str, expected: &'static str, problem: Text) -> SourceError {
    SourceError::Unlike { name: name.into(), expected, problem }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let name = start.local_name().as_ref().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name, attributes })
}

fn add(text: &mut String, piece: &str) {
    if text.len() < TEXT {
        text.push_str(piece.get(..piece.floor_char_boundary(TEXT)).unwrap_or(piece));
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn pieces(text: &str) -> Result<Vec<Piece>, SourceError> {
        let mut input = Input::new("x.xml", Timestamp::UNIX_EPOCH, text.as_bytes())?;
        let mut xml = Xml::new(&mut input, "XML");
        let mut found = Vec::new();
        while let Some(piece) = xml.next_piece()? {
            found.push(piece);
        }
        Ok(found)
    }

    #[test]
    fn elements_texts_and_attributes() {
        let found = pieces("<!DOCTYPE a><?x y?><!-- c --><p:a b='1&amp;2'>x &lt;&#65;<![CDATA[<]]> y<c/></p:a>").expect("XML");
        let open = |name: &str, attributes: &[(&str, &str)]| {
            Piece::Open(Element {
                name: name.into(),
                attributes: attributes.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            })
        };
        assert_eq!(found[0], open("a", &[("b", "1&2")]));
        assert_eq!(found[1..], [open("c", &[]), Piece::Close(String::new()), Piece::Close("x <A< y".into())]);
    }

    #[test]
    fn bombs_and_damage_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><x>&b;</x>";
        assert!(matches!(pieces(bomb), Err(SourceError::Unlike { .. })));
        assert!(matches!(pieces("<x y='&b;'/>"), Err(SourceError::Unlike { .. })));
        assert_eq!(pieces("<x>a&b;c</x>").expect("XML")[1], Piece::Close("ac".into()));
        assert!(matches!(pieces(&"<a>".repeat(300)), Err(SourceError::TooLarge { .. })));
        assert!(matches!(pieces(&format!("<a b='{}'/>", "x".repeat(2 << 20))), Err(SourceError::TooLarge { .. })));
        assert!(matches!(pieces("<a><b>"), Err(SourceError::Io { .. })));
        assert!(matches!(pieces(""), Err(SourceError::Io { .. })));
        assert!(matches!(pieces("<a></b>"), Err(SourceError::Unlike { .. })));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(<a>|</a>|<b c='|'/>|<!DOCTYPE|<!\\[CDATA\\[|&amp;|&#|;|]]>|\\PC){0,40}") {
            let _ = pieces(&text);
        }
    }
}
