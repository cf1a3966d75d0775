//! Wappalyzer-format technologies: JSON objects by name, with patterns by place; also the compiled `{"apps": …}` file, and the tables of
//! categories and groups beside them.
//!
//! The format is described in the `README` of github.com/enthec/webappanalyzer. Every pattern counts alone; its tags follow it after `\;`.

use serde_json::{Map, Value};

use super::json;
use crate::builder::{Builder, Draft, Implied, Part, Rule};
use crate::input::Place;
use crate::matcher::{Flags, Matcher};
use crate::selector::Selector;
use crate::source::{Set, Source};
use crate::version::Template;

/// Where unkeyed fields look.
const TEXTS: [(&str, Place); 9] = [
    ("html", Place::Html),
    ("text", Place::Text),
    ("scriptSrc", Place::ScriptSrc),
    ("scripts", Place::Script),
    ("css", Place::Css),
    ("url", Place::Url),
    ("xhr", Place::Request),
    ("robots", Place::Robots),
    ("certIssuer", Place::Issuer),
];
/// Where fields that are keyed by a name look.
const FIELDS: [(&str, Place); 5] =
    [("headers", Place::Header), ("cookies", Place::Cookie), ("meta", Place::Meta), ("dns", Place::Dns), ("js", Place::Global)];

/// Reads a file of technologies or of categories.
pub(super) fn read(builder: &mut Builder, source: &Source) {
    let Some(document) = json::<Map<String, Value>>(builder, source) else { return };
    if let Some(Value::Object(apps)) = document.get("apps") {
        technologies(builder, source, apps);
    } else if document.keys().all(|key| key.parse::<u32>().is_ok()) {
        // Groups have a name alone and are not needed.
        for (number, category) in &document {
            if let (Ok(number), Some(name), true) =
                (number.parse(), category["name"].as_str(), category.get("priority").is_some())
            {
                builder.categories.insert(number, name.to_owned());
            }
        }
    } else if document.contains_key("$schema") || document.contains_key("$id") {
        // The schema that lies beside the technologies.
    } else {
        technologies(builder, source, &document);
    }
}

fn technologies(builder: &mut Builder, source: &Source, technologies: &Map<String, Value>) {
    for (name, description) in technologies {
        let Value::Object(description) = description else {
            builder.skip(Set::Wappalyzer, &source.name, name, "not an object");
            continue;
        };
        let id = builder.technology(name, false);
        builder.count(Set::Wappalyzer).entries += 1;
        describe(&mut builder.entries[id as usize], description);
        if description.contains_key("probe") {
            // What stands at another address is not asked for.
            builder.count(Set::Wappalyzer).aside += 1;
        }
        let mut reader = Reader { builder, source, name, id };
        for (field, place) in TEXTS {
            for pattern in strings(description.get(field)) {
                reader.pattern(place, "", pattern);
            }
        }
        for (field, place) in FIELDS {
            for (key, patterns) in description.get(field).and_then(Value::as_object).into_iter().flatten() {
                for pattern in strings(Some(patterns)) {
                    reader.pattern(place, key, pattern);
                }
            }
        }
        match description.get("dom") {
            Some(Value::Object(selectors)) => selectors.iter().for_each(|(selector, checks)| reader.dom(selector, checks)),
            selectors => strings(selectors).for_each(|selector| reader.dom(selector, &Value::Null)),
        }
    }
}

fn describe(entry: &mut crate::builder::Entry, description: &Map<String, Value>) {
    let numbers = |field: &str| -> Vec<u32> {
        let list = description.get(field).map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
        list.unwrap_or_default().iter().filter_map(|number| number.as_u64()?.try_into().ok()).collect()
    };
    let names = |field| strings(description.get(field)).map(|name| Tagged::new(name).pattern.to_owned());
    // The set has some technologies twice, in two spellings of case: they are one here, with what both say.
    entry.categories.extend(numbers("cats"));
    entry.categories.sort();
    entry.categories.dedup();
    entry.requires_category.extend(numbers("requiresCategory"));
    entry.requires.extend(names("requires"));
    entry.excludes.extend(names("excludes"));
    entry.cpe = entry.cpe.take().or(description.get("cpe").and_then(Value::as_str).map(str::to_owned));
    entry.implies.extend(strings(description.get("implies")).map(|implied| {
        let Tagged { pattern, confidence, version } = Tagged::new(implied);
        Implied { name: pattern.to_owned(), confidence, version: version.map(str::to_owned) }
    }));
}

/// A string or a list of strings.
fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let list = value.map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
    list.unwrap_or_default().iter().filter_map(Value::as_str)
}

/// A pattern with its tags.
struct Tagged<'p> {
    pattern: &'p str,
    confidence: u8,
    version: Option<&'p str>,
}

impl<'p> Tagged<'p> {
    fn new(text: &'p str) -> Tagged<'p> {
        let mut parts = text.split("\\;");
        let mut tagged = Tagged { pattern: parts.next().unwrap_or_default(), confidence: 100, version: None };
        for tag in parts {
            match tag.split_once(':') {
                Some(("confidence", number)) => tagged.confidence = number.trim().parse().unwrap_or(100).min(100),
                Some(("version", template)) => tagged.version = Some(template),
                _ => {}
            }
        }
        tagged
    }
}

struct Reader<'b> {
    builder: &'b mut Builder,
    source: &'b Source,
    name: &'b str,
    id: u32,
}

impl Reader<'_> {
    fn pattern(&mut self, place: Place, key: &str, text: &str) {
        let Tagged { pattern, confidence, version } = Tagged::new(text);
        let key = key.trim();
        let draft = match place {
            // A cookie's name may be a pattern itself.
            Place::Cookie if key.contains(|char: char| !char.is_ascii_alphanumeric() && !"-_.:".contains(char)) => {
                let name = key.strip_suffix("_*").map_or(format!("^(?:{key})$"), |prefix| format!("^{prefix}_"));
                Draft::regex(Place::CookieName, "", &name, Flags::FOLD)
            }
            Place::Global => Draft::regex(place, key, pattern, Flags::FOLD),
            // A pattern for no field in particular that matches everything tells nothing.
            _ if key.is_empty() && pattern.is_empty() => Err("empty pattern".to_owned()),
            _ => Draft::regex(place, &key.to_lowercase(), pattern, Flags::FOLD),
        };
        self.add(draft.map(|draft| draft.version(version.map(Template::new))), confidence, text);
    }

    fn dom(&mut self, selectors: &str, checks: &Value) {
        let list = match Selector::list(selectors) {
            Ok(list) => list,
            Err(reason) => return self.add(Err(reason.to_owned()), 0, selectors),
        };
        for selector in &list {
            match checks {
                Value::Object(checks) => checks.iter().for_each(|(check, value)| self.check(selector, check, value)),
                _ => self.element(selector, Part::Exists, ""),
            }
        }
    }

    fn check(&mut self, selector: &Selector, check: &str, value: &Value) {
        match (check, value) {
            ("exists", _) => self.element(selector, Part::Exists, value.as_str().unwrap_or_default()),
            ("text", _) => strings(Some(value)).for_each(|pattern| self.element(selector, Part::Text, pattern)),
            ("attributes", Value::Object(attributes)) => {
                for (name, patterns) in attributes {
                    strings(Some(patterns)).for_each(|pattern| self.element(selector, Part::Attribute(name.clone()), pattern));
                }
            }
            _ => self.add(Err(format!("needs a rendered element: {check}")), 0, ""),
        }
    }

    fn element(&mut self, selector: &Selector, part: Part, text: &str) {
        let Tagged { pattern, confidence, version } = Tagged::new(text);
        let draft = Matcher::regex(pattern, Flags::FOLD, 3)
            .map(|(matcher, _)| Draft::element(selector.clone(), part, matcher).version(version.map(Template::new)));
        self.add(draft, confidence, text);
    }

    fn add(&mut self, draft: Result<Draft, String>, confidence: u8, pattern: &str) {
        match draft {
            Ok(draft) => {
                let (technology, set) = (self.id, Set::Wappalyzer);
                self.builder.rule(Rule { technology, set, confidence, at_least: 1, blocked_only: false }, vec![draft]);
            }
            Err(reason) => self.builder.skip(Set::Wappalyzer, &self.source.name, self.name, format!("{reason}: {pattern}")),
        }
    }
}
