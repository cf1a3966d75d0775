//! Answers of RDAP (RFC 9083), with contacts as jCards (RFC 7095).

use model::ledger::attribute::Attribute;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;
use serde_json::Value;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::registration::{Registration, status};
use crate::source::{Format, Sink, SourceError};

/// Answers of RDAP.
pub static FORMAT: Format =
    Format { kind: SourceKind::Rdap, doc: Label { zh: include_str!("rdap.zh.md"), en: include_str!("rdap.md") }, read };

const SHAPE: Shape = Shape { expected: "RDAP JSON", lists: &[&["domainSearchResults"]] };
/// How deep contacts of contacts are looked into.
const DEEPEST: usize = 3;

#[derive(Deserialize)]
struct Answer {
    #[serde(default, rename = "objectClassName")]
    class: String,
    #[serde(default, rename = "ldhName")]
    ldh_name: Option<String>,
    #[serde(default, rename = "unicodeName")]
    unicode_name: Option<String>,
    #[serde(default, rename = "errorCode")]
    error: Option<u64>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    status: Vec<String>,
    #[serde(default)]
    entities: Vec<Contact>,
    #[serde(default)]
    events: Vec<Event>,
    #[serde(default)]
    nameservers: Vec<Server>,
    #[serde(default, rename = "secureDNS")]
    dnssec: Option<Dnssec>,
}

#[derive(Deserialize)]
struct Contact {
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default, rename = "vcardArray")]
    card: Value,
    #[serde(default)]
    handle: Option<String>,
    #[serde(default)]
    entities: Vec<Contact>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "eventAction")]
    action: String,
    #[serde(default, rename = "eventDate")]
    date: String,
}

#[derive(Deserialize)]
struct Server {
    #[serde(default, rename = "ldhName")]
    ldh_name: Option<String>,
    #[serde(default, rename = "unicodeName")]
    unicode_name: Option<String>,
}

#[derive(Deserialize)]
struct Dnssec {
    #[serde(default, rename = "delegationSigned")]
    delegation_signed: Option<bool>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, answer: Answer| {
        if let Some(code) = answer.error {
            let title = answer.title.unwrap_or_default();
            let reason = Text::new("RDAP 服务返回错误", "the RDAP server answered with an error");
            return rows.reject(Some("errorCode"), &format!("{code} {title}"), reason);
        }
        if !answer.class.is_empty() && answer.class != "domain" {
            let reason = Text::new("不是域名对象（domain）", "the object is no domain");
            return rows.reject(Some("objectClassName"), &answer.class, reason);
        }
        registration(answer).hand_on(rows)
    })
}

fn registration(answer: Answer) -> Registration {
    let mut found = Registration {
        domain: answer.ldh_name.or(answer.unicode_name).unwrap_or_default(),
        registrant: named(&answer.entities, "registrant", DEEPEST).unwrap_or_default(),
        registrar: named(&answer.entities, "registrar", DEEPEST).unwrap_or_default(),
        states: answer.status.iter().map(|word| status(word)).collect(),
        servers: answer.nameservers.into_iter().filter_map(|server| server.ldh_name.or(server.unicode_name)).collect(),
        days: Vec::new(),
    };
    for event in answer.events {
        let attribute = match event.action.as_str() {
            "registration" => Attribute::RegisteredOn,
            "expiration" => Attribute::ExpiresOn,
            "last changed" => Attribute::UpdatedOn,
            _ => continue,
        };
        found.days.push((attribute, event.date));
    }
    // RFC 8056 has no word for it, and it is worth keeping.
    if answer.dnssec.and_then(|dnssec| dnssec.delegation_signed) == Some(true) {
        found.states.push("signed delegation".into());
    }
    found
}

/// The organisation of the first contact with this role, else its full name, else its handle.
fn named(contacts: &[Contact], role: &str, depth: usize) -> Option<String> {
    let has_role = |contact: &&Contact| contact.roles.iter().any(|known| known.eq_ignore_ascii_case(role));
    if let Some(contact) = contacts.iter().find(has_role) {
        let found = ["org", "fn"].into_iter().find_map(|property| property_of(&contact.card, property));
        return found.or_else(|| contact.handle.clone());
    }
    let below = depth.checked_sub(1)?;
    contacts.iter().find_map(|contact| named(&contact.entities, role, below))
}

/// A property of a jCard, `["vcard", [["fn", {}, "text", "某某"], …]]`; of a structured one the first part.
fn property_of(card: &Value, name: &str) -> Option<String> {
    let properties = card.get(1)?.as_array()?;
    let property = properties.iter().find(|property| property.get(0).and_then(Value::as_str) == Some(name))?;
    let value = property.get(3)?;
    let text = value.as_str().or_else(|| value.get(0)?.as_str())?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
