//! CycloneDX 1.2 to 1.6, JSON and XML, as far as components go.

use model::text::Text;
use serde::Deserialize;

use crate::source::SourceError;
use crate::source::components::sbom::{Bill, Component, DEEPEST, EXPECTED, MOST, stronger};
use crate::source::documents::nullable;
use crate::source::input::Input;
use crate::source::services::Loose;
use crate::source::xml::{Piece, Xml};

#[derive(Deserialize)]
struct Document {
    #[serde(default, deserialize_with = "nullable")]
    metadata: Metadata,
    #[serde(default, deserialize_with = "nullable")]
    components: Vec<Listed>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    component: Option<Listed>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Listed {
    group: Loose,
    name: Loose,
    version: Loose,
    purl: Loose,
    cpe: Loose,
    supplier: Option<Named>,
    publisher: Loose,
    #[serde(deserialize_with = "nullable")]
    hashes: Vec<Hash>,
    #[serde(deserialize_with = "nullable")]
    licenses: Vec<Choice>,
    #[serde(deserialize_with = "nullable")]
    components: Vec<Listed>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: Loose,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

/// A licence by id or name, or an expression.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice {
    license: Option<License>,
    expression: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct License {
    id: Option<String>,
    name: Option<String>,
}

/// Reads a bill in JSON; components within components stand behind the one that holds them.
pub(super) fn json(bytes: &[u8]) -> Result<Bill, serde_json::Error> {
    let document: Document = serde_json::from_slice(bytes)?;
    let mut bill = Bill { subject: document.metadata.component.as_ref().map(component).unwrap_or_default(), ..Bill::default() };
    // The parser bounds the depth of JSON, and with it this one.
    let mut open: Vec<&Listed> = document.components.iter().rev().collect();
    while let Some(listed) = open.pop() {
        bill.components.push(component(listed));
        open.extend(listed.components.iter().rev());
    }
    Ok(bill)
}

fn component(listed: &Listed) -> Component {
    let licences = listed.licenses.iter().filter_map(|choice| {
        let license = choice.license.as_ref().and_then(|license| license.id.as_deref().or(license.name.as_deref()));
        license.or(choice.expression.as_deref())
    });
    Component {
        name: full_name(&listed.group.0, &listed.name.0),
        version: listed.version.0.clone(),
        supplier: listed.supplier.as_ref().map_or_else(|| listed.publisher.0.clone(), |supplier| supplier.name.0.clone()),
        purl: listed.purl.0.clone(),
        cpe: listed.cpe.0.clone(),
        hash: listed.hashes.iter().fold(None, |known, hash| stronger(known, &hash.alg, &hash.content)),
        licence: licences.collect::<Vec<_>>().join(";"),
    }
}

fn full_name(group: &str, name: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") }
}

/// Reads a bill in XML as a stream of elements.
pub(super) fn xml(input: &mut Input<'_>) -> Result<Bill, SourceError> {
    let name = input.name.to_owned();
    let too_many = |what, limit| SourceError::TooLarge { name: name.clone(), what, limit };
    let mut xml = Xml::new(input, EXPECTED);
    let mut bill = Bill::default();
    let mut path: Vec<String> = Vec::new();
    // The components under way, each with its place and its group.
    let mut open: Vec<(Place, Component, String)> = Vec::new();
    let mut algorithm = String::new();
    while let Some(piece) = xml.next_piece()? {
        match piece {
            Piece::Open(element) => {
                if path.is_empty() && element.name != "bom" {
                    let problem = Text::new("根元素不是 <bom>", "its root is not <bom>");
                    return Err(SourceError::Unlike { name: name.clone(), expected: EXPECTED, problem });
                }
                if element.name == "component" {
                    let place = place(&path, bill.components.len());
                    if matches!(place, Place::Listed(_)) {
                        bill.components.push(Component::default());
                    }
                    if bill.components.len() > MOST {
                        return Err(too_many("the number of components", MOST as u64));
                    }
                    if open.len() >= DEEPEST {
                        return Err(too_many("the depth of components", DEEPEST as u64));
                    }
                    open.push((place, Component::default(), String::new()));
                } else if element.name == "hash" {
                    algorithm = element.get("alg").to_owned();
                }
                path.push(element.name);
            }
            Piece::Close(text) => {
                let element = path.pop().unwrap_or_default();
                let parent = path.last().map_or("", String::as_str);
                if element == "component"
                    && let Some((place, mut component, group)) = open.pop()
                {
                    component.name = full_name(&group, &component.name);
                    match place {
                        Place::Subject => bill.subject = component,
                        Place::Listed(place) => bill.components[place] = component,
                        Place::Elsewhere => {}
                    }
                } else if let Some((_, component, group)) = open.last_mut() {
                    let above = path.len().checked_sub(2).and_then(|place| path.get(place)).map_or("", String::as_str);
                    match (above, parent, element.as_str()) {
                        (_, "component", "group") => *group = text,
                        (_, "component", "name") => component.name = text,
                        (_, "component", "version") => component.version = text,
                        (_, "component", "purl") => component.purl = text,
                        (_, "component", "cpe") => component.cpe = text,
                        (_, "component", "publisher") if component.supplier.is_empty() => component.supplier = text,
                        ("component", "supplier", "name") => component.supplier = text,
                        ("component", "hashes", "hash") => {
                            component.hash = stronger(component.hash.take(), &algorithm, &text);
                        }
                        ("licenses", "license", "id" | "name") | ("component", "licenses", "expression")
                            if in_component(&path) =>
                        {
                            add(&mut component.licence, &text);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    Ok(bill)
}

/// Where a component of a document stands.
enum Place {
    /// It is what the bill is of.
    Subject,
    /// It is the one with this number.
    Listed(usize),
    /// A tool that made the bill, an ancestor, or a part of a service.
    Elsewhere,
}

fn place(path: &[String], next: usize) -> Place {
    match path {
        [_, parent] if parent == "metadata" => Place::Subject,
        [_, within @ ..]
            if !within.is_empty() && within.iter().all(|name| matches!(name.as_str(), "components" | "component")) =>
        {
            Place::Listed(next)
        }
        _ => Place::Elsewhere,
    }
}

/// Whether the licence that ends is the component's own, not that of evidence or of something in it.
fn in_component(path: &[String]) -> bool {
    let mut above = path.iter().rev().map(String::as_str).skip_while(|name| matches!(*name, "license" | "licenses"));
    above.next() == Some("component")
}

fn add(list: &mut String, text: &str) {
    if !list.is_empty() {
        list.push(';');
    }
    list.push_str(text);
}
