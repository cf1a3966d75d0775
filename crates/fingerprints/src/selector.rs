//! The part of CSS selectors (W3C Selectors Level 3) that fingerprints use: types, ids, classes, attributes and combinators.

use crate::html::{Document, Element};
use crate::literals;

/// How far a descendant combinator looks upward.
const MOST_ANCESTORS: usize = 256;

/// One complex selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    /// From right to left, each with how it is joined to the one before (to its right).
    compounds: Vec<(Combinator, Compound)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Combinator {
    Descendant,
    Child,
    Next,
    Later,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Compound {
    tag: Option<String>,
    tests: Vec<Test>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Test {
    attribute: String,
    relation: Relation,
    value: String,
    fold: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Present,
    Equal,
    Contains,
    Begins,
    Ends,
    Word,
    Dash,
}

impl Selector {
    /// Reads a list of selectors.
    ///
    /// # Errors
    /// Says what is not understood.
    pub(crate) fn list(text: &str) -> Result<Vec<Selector>, &'static str> {
        let mut parser = Parser { rest: text.trim() };
        let mut list = vec![parser.complex()?];
        while let Some(rest) = parser.rest.strip_prefix(',') {
            parser.rest = rest.trim_start();
            list.push(parser.complex()?);
        }
        if parser.rest.is_empty() { Ok(list) } else { Err("selector not understood") }
    }

    /// A text that stands in the start tag of every element it selects, in lower case.
    pub(crate) fn literal(&self) -> Option<Vec<u8>> {
        let (_, subject) = self.compounds.first()?;
        let tag = subject.tag.iter().map(|tag| format!("<{tag}"));
        let tests = subject.tests.iter().flat_map(|test| {
            // In the source an entity may stand for these.
            let plain = test.value.split(['&', '<', '>', '"', '\'', '\u{a0}']).max_by_key(|part| part.len()).unwrap_or_default();
            [test.attribute.clone(), plain.to_owned()]
        });
        literals::most_telling(tag.chain(tests).filter(|text| text.len() > 1))
    }

    /// Whether it selects this element.
    pub(crate) fn matches(&self, document: &Document<'_>, element: u32) -> bool {
        self.from(0, document, element)
    }

    fn from(&self, index: usize, document: &Document<'_>, id: u32) -> bool {
        let Some((_, compound)) = self.compounds.get(index) else { return true };
        let element = &document.elements[id as usize];
        if !compound.matches(document, element) {
            return false;
        }
        let Some((combinator, _)) = self.compounds.get(index + 1) else { return true };
        match combinator {
            Combinator::Child => element.parent.is_some_and(|parent| self.from(index + 1, document, parent)),
            Combinator::Next => element.before.is_some_and(|before| self.from(index + 1, document, before)),
            // The nearest that fits is taken: looking on behind it would cost a power of the depth.
            Combinator::Descendant => self.nearest(index + 1, document, element.parent, |element| element.parent),
            Combinator::Later => self.nearest(index + 1, document, element.before, |element| element.before),
        }
    }

    fn nearest(
        &self,
        index: usize,
        document: &Document<'_>,
        start: Option<u32>,
        next: impl Fn(&Element<'_>) -> Option<u32>,
    ) -> bool {
        let (_, compound) = &self.compounds[index];
        std::iter::successors(start, |id| next(&document.elements[*id as usize]))
            .take(MOST_ANCESTORS)
            .find(|id| compound.matches(document, &document.elements[*id as usize]))
            .is_some_and(|id| self.from(index, document, id))
    }
}

impl Compound {
    fn matches(&self, document: &Document<'_>, element: &Element<'_>) -> bool {
        self.tag.as_ref().is_none_or(|tag| element.tag.eq_ignore_ascii_case(tag))
            && self.tests.iter().all(|test| document.attribute(element, &test.attribute).is_some_and(|value| test.holds(&value)))
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        let folded;
        let value = if self.fold {
            folded = value.to_lowercase();
            &folded
        } else {
            value
        };
        let wanted = self.value.as_str();
        match self.relation {
            Relation::Present => true,
            Relation::Equal => value == wanted,
            Relation::Contains => !wanted.is_empty() && value.contains(wanted),
            Relation::Begins => !wanted.is_empty() && value.starts_with(wanted),
            Relation::Ends => !wanted.is_empty() && value.ends_with(wanted),
            Relation::Word => value.split_ascii_whitespace().any(|word| word == wanted),
            Relation::Dash => value.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn complex(&mut self) -> Result<Selector, &'static str> {
        let mut compounds = vec![(Combinator::Descendant, self.compound()?)];
        loop {
            let spaced = self.rest.starts_with(char::is_whitespace);
            self.rest = self.rest.trim_start();
            let combinator = match self.rest.chars().next() {
                None | Some(',') => break,
                Some('>') => Combinator::Child,
                Some('+') => Combinator::Next,
                Some('~') => Combinator::Later,
                Some(_) if spaced => Combinator::Descendant,
                Some(_) => return Err("selector not understood"),
            };
            if combinator != Combinator::Descendant {
                self.rest = self.rest[1..].trim_start();
            }
            // The combinator is kept with the compound to its left, which comes after when read from the right.
            if let Some(last) = compounds.last_mut() {
                last.0 = combinator;
            }
            compounds.push((Combinator::Descendant, self.compound()?));
        }
        compounds.reverse();
        Ok(Selector { compounds })
    }

    fn compound(&mut self) -> Result<Compound, &'static str> {
        let mut compound = Compound::default();
        let mut empty = true;
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            empty = false;
        } else if self.rest.starts_with(|char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '\\')) {
            compound.tag = Some(self.name()?.to_lowercase());
            empty = false;
        }
        loop {
            let test = match self.rest.chars().next() {
                Some('#') => self.named("id", Relation::Equal)?,
                Some('.') => self.named("class", Relation::Word)?,
                Some('[') => self.attribute()?,
                Some(':') => return Err("pseudo-class"),
                _ if empty => return Err("selector not understood"),
                _ => return Ok(compound),
            };
            compound.tests.push(test);
            empty = false;
        }
    }

    fn named(&mut self, attribute: &str, relation: Relation) -> Result<Test, &'static str> {
        self.rest = &self.rest[1..];
        Ok(Test { attribute: attribute.to_owned(), relation, value: self.name()?, fold: false })
    }

    fn name(&mut self) -> Result<String, &'static str> {
        let mut name = String::new();
        let mut chars = self.rest.char_indices();
        let mut end = self.rest.len();
        while let Some((at, char)) = chars.next() {
            match char {
                '\\' => name.extend(chars.next().map(|(_, char)| char)),
                _ if char.is_alphanumeric() || matches!(char, '_' | '-') => name.push(char),
                _ => {
                    end = at;
                    break;
                }
            }
        }
        self.rest = &self.rest[end..];
        if name.is_empty() { Err("selector without a name") } else { Ok(name) }
    }

    /// `[name]`, `[name*='value']`, `[name=value i]`.
    fn attribute(&mut self) -> Result<Test, &'static str> {
        self.rest = self.rest[1..].trim_start();
        let end = self.rest.find(['=', ']', '*', '^', '$', '~', '|', ' ']).ok_or("attribute without an end")?;
        let attribute = self.rest[..end].replace('\\', "").to_lowercase();
        self.rest = self.rest[end..].trim_start();
        if attribute.is_empty() || attribute.contains(|char: char| !char.is_alphanumeric() && !"-_:.".contains(char)) {
            return Err("attribute without a name");
        }
        if let Some(rest) = self.rest.strip_prefix(']') {
            self.rest = rest;
            return Ok(Test { attribute, relation: Relation::Present, value: String::new(), fold: false });
        }
        let (operator, rest) = self.rest.split_once('=').ok_or("attribute without an end")?;
        let relation = match operator {
            "" => Relation::Equal,
            "*" => Relation::Contains,
            "^" => Relation::Begins,
            "$" => Relation::Ends,
            "~" => Relation::Word,
            "|" => Relation::Dash,
            _ => return Err("attribute relation not understood"),
        };
        let rest = rest.trim_start();
        let (value, rest) = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => rest[1..].split_once(quote).ok_or("attribute without an end")?,
            _ => rest.split_at(rest.find([']', ' ']).ok_or("attribute without an end")?),
        };
        let (flag, rest) = rest.split_once(']').ok_or("attribute without an end")?;
        self.rest = rest;
        let fold = flag.trim().eq_ignore_ascii_case("i");
        let value = if fold { value.to_lowercase() } else { value.to_owned() };
        Ok(Test { attribute, relation, value, fold })
    }
}

#[cfg(test)]
mod tests {
    use super::Selector;
    use crate::html::Document;

    const PAGE: &str = "<body class='home page-x'><div id=main data-app='Zeta &amp; Co'><p><a href='https://x.example/ticket/1' target=_blank>\
                        </a></p></div><h1></h1><aside></aside><z-widget></z-widget></body>";

    fn selects(selector: &str) -> bool {
        let document = Document::read(PAGE);
        let list = Selector::list(selector).expect(selector);
        (0..document.elements.len()).any(|element| list.iter().any(|one| one.matches(&document, element as u32)))
    }

    #[test]
    fn what_is_selected() {
        for selector in [
            "a[href*='.example/ticket'][target='_blank']",
            "#main > p a",
            "body.page-x",
            ".home.page-x",
            "div[data-app='Zeta & Co']",
            "div[data-app^='zeta' i]",
            "[data-app]",
            "h1+aside",
            "div ~ aside",
            "z-widget",
            "q, a[href$='/1']",
            "*[id=main]",
        ] {
            assert!(selects(selector), "{selector}");
        }
        for selector in ["#main > a", "body.page", "a[href^='/ticket']", "div[data-app='zeta']", "aside + h1", "p div", "b"] {
            assert!(!selects(selector), "{selector}");
        }
    }

    #[test]
    fn the_rest_is_refused() {
        for selector in ["", "a:hover", "a[", "a[b", "a[b='c", "a]", "a,,b", "#", "a[b?=c]", "> a"] {
            assert!(Selector::list(selector).is_err(), "{selector}");
        }
    }

    #[test]
    fn a_literal_stands_in_the_tag() {
        let literal =
            |text: &str| Selector::list(text).expect(text)[0].literal().map(|bytes| String::from_utf8(bytes).expect("text"));
        assert_eq!(literal("div > A[href*='Shop&Go.example']").as_deref(), Some("go.example"));
        assert_eq!(literal("z-widget").as_deref(), Some("<z-widget"));
        assert_eq!(literal("input[data-recurly]").as_deref(), Some("data-recurly"));
        assert_eq!(literal("*"), None);
    }
}
