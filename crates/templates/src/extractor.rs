//! Extractors: what is taken out of an answer, to be shown or for later addresses of the same template.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::document;
use crate::dsl::{Expression, Scope, Value};
use crate::matcher::{expression, pattern_of};
use crate::pattern::Pattern;
use crate::refusal::{Class, Reason, plain};

/// Most values of one extractor.
const VALUES: usize = 10;
/// Longest value that is shown, in characters.
const SHOWN: usize = 200;
/// Longest value that is kept for later use, in bytes.
const KEPT: usize = 1024;
/// Longest run of letters and digits that is shown in full, in characters: what is longer may be a key or a token.
const SECRET: usize = 20;

/// An extractor.
#[derive(Debug)]
pub(crate) struct Extractor {
    kind: Kind,
    part: String,
    name: Option<String>,
    /// Not shown, but known to what follows.
    internal: bool,
}

#[derive(Debug)]
enum Kind {
    Regex { patterns: Vec<Pattern>, group: usize },
    Names(Vec<String>),
    Json(Vec<Vec<Step>>),
    Expressions(Vec<Expression>),
}

/// One step into a JSON document.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Every,
}

impl Extractor {
    /// Compiles an extractor; `part` is the part that is looked at where none is named. `None`: it only shows something, in a way that is
    /// not supported, and is left out.
    pub(crate) fn read(from: document::Extractor, part: &str) -> Result<Option<Self>, Reason> {
        let group = from.group.unwrap_or(0);
        let kind = match from.r#type.as_str() {
            "regex" => {
                let fold = from.case_insensitive;
                let patterns = from.regex.iter().map(|pattern| pattern_of(pattern, fold)).collect::<Result<_, _>>()?;
                Some(Kind::Regex { patterns, group })
            }
            "kval" => Some(Kind::Names(from.kval.iter().map(|key| key.trim().to_ascii_lowercase().replace('-', "_")).collect())),
            "dsl" => Some(Kind::Expressions(from.dsl.iter().map(|source| expression(source)).collect::<Result<_, _>>()?)),
            "json" => from.json.iter().map(|path| steps(path)).collect::<Option<Vec<_>>>().map(Kind::Json),
            _ => None,
        };
        let Some(kind) = kind else {
            // Nothing but what is shown depends on it.
            return if from.internal { Err(Class::Unsupported.because(format!("extractor {}", from.r#type))) } else { Ok(None) };
        };
        let part = from.part.filter(|part| !part.is_empty()).unwrap_or_else(|| part.to_owned());
        let name = from.name.map(|name| plain(&name, 100)).filter(|name| !name.is_empty());
        Ok(Some(Self { kind, part, name, internal: from.internal }))
    }

    /// Its name.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The names that it uses.
    pub(crate) fn names(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Expressions(expressions) => expressions.iter().flat_map(|expression| expression.names()).collect(),
            Kind::Names(names) => names.iter().map(String::as_str).collect(),
            Kind::Regex { .. } | Kind::Json(_) => vec![self.part.as_str()],
        }
    }

    /// What it takes, without repetitions.
    fn values(&self, scope: &Scope<'_>) -> Vec<Vec<u8>> {
        let part = || scope.get(&self.part).map(|part| part.bytes()).unwrap_or_default();
        let mut values: Vec<Vec<u8>> = Vec::new();
        let found: Vec<Vec<u8>> = match &self.kind {
            Kind::Regex { patterns, group } => {
                let part = part();
                patterns.iter().flat_map(|pattern| pattern.found(&part, *group, VALUES, scope).unwrap_or_default()).collect()
            }
            Kind::Names(names) => names.iter().filter_map(|name| scope.get(name)).map(|value| value.bytes().to_vec()).collect(),
            Kind::Expressions(expressions) => expressions
                .iter()
                .filter_map(|expression| expression.value(scope).ok())
                .map(|value| value.bytes().to_vec())
                .collect(),
            Kind::Json(paths) => {
                let part = part();
                let counted = scope.spend(part.len() as u64 * 4).is_ok();
                let document = counted.then(|| serde_json::from_slice::<Json>(&part).ok()).flatten();
                document.iter().flat_map(|document| paths.iter().flat_map(move |path| walk(document, path))).collect()
            }
        };
        for mut value in found.into_iter().filter(|value| !value.is_empty()) {
            value.truncate(KEPT);
            if values.len() < VALUES && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// Takes what it takes: into `known` the first value under its name, into `shown` what may be shown.
    pub(crate) fn take(&self, scope: &Scope<'_>, known: &mut BTreeMap<String, Value>, shown: &mut BTreeMap<String, Vec<String>>) {
        let values = self.values(scope);
        if let (Some(name), Some(first)) = (&self.name, values.first()) {
            known.insert(name.clone(), Value::text(first));
        }
        if !self.internal && !values.is_empty() {
            let place = shown.entry(self.name.clone().unwrap_or_else(|| self.part.clone())).or_default();
            for value in values.iter().map(|value| without_secrets(&plain(&String::from_utf8_lossy(value), SHOWN))) {
                if place.len() < VALUES && !place.contains(&value) {
                    place.push(value);
                }
            }
        }
    }
}

/// Cuts runs that may be keys or tokens to their first four characters: long ones of letters and digits both, or marked as such by nothing
/// but their length.
fn without_secrets(value: &str) -> String {
    let belongs = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '-' | '+' | '/' | '=');
    let mut clean = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find(belongs) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|next| !belongs(next)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        let mixed = run.bytes().any(|byte| byte.is_ascii_digit()) && run.bytes().any(|byte| byte.is_ascii_alphabetic());
        clean.push_str(before);
        if run.len() > SECRET && mixed {
            clean.push_str(&run[..4]);
            clean.push('…');
        } else {
            clean.push_str(run);
        }
        rest = after;
    }
    clean + rest
}

/// Reads a path such as `.data[0].version` or `.names[]`.
fn steps(path: &str) -> Option<Vec<Step>> {
    const DEEPEST: usize = 16;
    let mut steps = Vec::new();
    let mut rest = path.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[').or_else(|| rest.strip_prefix(".[")) {
            let (inside, next) = after.split_once(']')?;
            let inside = inside.trim();
            steps.push(match inside.strip_prefix('"').and_then(|key| key.strip_suffix('"')) {
                Some(key) => Step::Key(key.to_owned()),
                None if inside.is_empty() => Step::Every,
                None => Step::Index(inside.parse().ok()?),
            });
            rest = next;
        } else {
            let after = rest.strip_prefix('.')?;
            let quoted = after.strip_prefix('"').and_then(|key| key.split_once('"'));
            let (key, next) = quoted.unwrap_or_else(|| {
                let end = after.find(|next: char| !(next.is_alphanumeric() || next == '_')).unwrap_or(after.len());
                after.split_at(end)
            });
            if key.is_empty() && !next.is_empty() {
                return None;
            }
            steps.extend((!key.is_empty()).then(|| Step::Key(key.to_owned())));
            rest = next;
        }
        if steps.len() > DEEPEST {
            return None;
        }
    }
    (!path.trim().is_empty()).then_some(steps)
}

/// The values at a path, in words.
fn walk(document: &Json, path: &[Step]) -> Vec<Vec<u8>> {
    let mut places = vec![document];
    for step in path {
        places = places
            .into_iter()
            .flat_map(|place| match step {
                Step::Key(key) => place.get(key).into_iter().collect::<Vec<_>>(),
                Step::Index(index) => place.get(index).into_iter().collect(),
                Step::Every => match place {
                    Json::Array(items) => items.iter().take(VALUES).collect(),
                    Json::Object(fields) => fields.values().take(VALUES).collect(),
                    _ => Vec::new(),
                },
            })
            .take(VALUES)
            .collect();
    }
    let words = |place: &Json| match place {
        Json::String(text) => text.clone().into_bytes(),
        Json::Null => Vec::new(),
        other => other.to_string().into_bytes(),
    };
    places.into_iter().map(words).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_paths() {
        let document = json!({"a": {"b": [{"v": 1}, {"v": "two"}]}, "x-y": true});
        let at = |path: &str| {
            steps(path).map(|steps| {
                walk(&document, &steps).into_iter().map(|value| String::from_utf8(value).expect("text")).collect::<Vec<_>>()
            })
        };
        assert_eq!(at(" .a.b[1].v"), Some(vec!["two".to_owned()]));
        assert_eq!(at(".a.b[].v"), Some(vec!["1".to_owned(), "two".to_owned()]));
        assert_eq!(at(".\"x-y\""), Some(vec!["true".to_owned()]));
        assert_eq!(at(".nothing"), Some(vec![]));
        for unsupported in [".a | length", "a.b", "..a", ".a[x]", "", ".a[0"] {
            assert_eq!(at(unsupported), None, "{unsupported}");
        }
    }

    #[test]
    fn what_may_be_a_key_is_cut() {
        assert_eq!(without_secrets("key: AKIAIOSFODNN7EXAMPLEKEY99 v1.2.3"), "key: AKIA… v1.2.3");
        assert_eq!(without_secrets("政务 Apache/2.4.41"), "政务 Apache/2.4.41");
    }
}
