//! The repository of retire.js: vulnerabilities of JavaScript libraries, and addresses from which nothing good comes.

use std::collections::BTreeMap;
use std::fmt;

use model::advisory::{Affected, Condition, Ordering, Product, Span, Statement, System, Versions};
use model::digest::Digest;
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use vulns::product::{from_purl, named};

use crate::source::advisories::{self, bound};
use crate::source::input::Input;
use crate::source::rows::{Rows, clean};
use crate::source::{Format, Sink, SourceError, Stopped};

/// The repository of retire.js.
pub static FORMAT: Format = Format {
    kind: SourceKind::RetireJs,
    doc: Label { zh: include_str!("retirejs.zh.md"), en: include_str!("retirejs.md") },
    read,
};

const EXPECTED: &str = "a repository of retire.js";
/// The largest file, in bytes; the published ones have 1.5 MB.
const LARGEST: u64 = 64 << 20;
/// Who grades.
const BY: &str = "retire.js";
/// Versions from here on are no versions: the repository writes so that there is no end.
const NO_END: &str = "999.";

/// The entries of the file, in its order.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an entry for each library")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[derive(Deserialize)]
struct Library {
    npmname: Option<String>,
    #[serde(rename = "basePurl")]
    base_purl: Option<String>,
    #[serde(default)]
    vulnerabilities: Vec<Value>,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(flatten)]
    range: Range,
    /// In the master file, in place of one range.
    #[serde(default)]
    ranges: Vec<Range>,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    cwe: Vec<String>,
    #[serde(default)]
    identifiers: BTreeMap<String, Texts>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    info: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Range {
    below: Option<String>,
    #[serde(rename = "atOrAbove")]
    at_or_above: Option<String>,
    excludes: Vec<String>,
}

/// Addresses that serve what their owner did not write.
#[derive(Deserialize)]
struct Backdoored {
    #[serde(default)]
    summary: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    info: Vec<String>,
}

/// A text, or a list of them.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = |value: Value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Array(values) => values.into_iter().filter_map(text).collect(),
            other => text(other).into_iter().collect(),
        }))
    }
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let (name, at) = (input.name, input.at);
    let Entries(entries) = serde_json::from_slice(&input.whole(LARGEST)?).map_err(|error| match error.is_eof() {
        true => SourceError::Io { name: name.into(), source: error.into() },
        false => SourceError::Unlike { name: name.into(), expected: EXPECTED, problem: Text::same(error.to_string()) },
    })?;
    let mut rows = Rows::new(sink, at);
    let mut statements = Statements::default();
    let mut is_alike = false;
    for (library, entry) in entries {
        is_alike |= match &entry {
            Value::Object(fields) => fields.contains_key("extractors") || fields.contains_key("vulnerabilities"),
            Value::Array(entries) => entries.iter().all(|entry| entry.get("extractors").is_some()),
            _ => false,
        };
        statements.entry(&mut rows, &library, entry)?;
    }
    if !is_alike {
        let problem = Text::new(
            "没有任何条目含有 \"vulnerabilities\" 或 \"extractors\"",
            "no entry of it has \"vulnerabilities\" or \"extractors\"",
        );
        return Err(SourceError::Unlike { name: name.into(), expected: EXPECTED, problem });
    }
    statements.0.into_values().try_for_each(|(line, statement)| {
        rows.line = line;
        rows.state(statement)
    })?;
    Ok(())
}

/// What the repository says of each vulnerability. It has an entry for every library and span, and one vulnerability may have several.
#[derive(Default)]
struct Statements(BTreeMap<String, (u64, Statement)>);

impl Statements {
    fn entry(&mut self, rows: &mut Rows<'_>, name: &str, entry: Value) -> Result<(), Stopped> {
        if let Value::Array(entries) = entry {
            return entries.into_iter().try_for_each(|entry| {
                let read = serde_json::from_value(entry);
                self.row(rows, name, read, |statements, line, entry| statements.backdoored(line, name, &entry))
            });
        }
        let library: Library = match serde_json::from_value(entry) {
            Ok(library) => library,
            Err(error) => return self.row(rows, name, Err::<(), _>(error), |_, _, ()| ()),
        };
        let product = product(name, &library);
        library.vulnerabilities.into_iter().try_for_each(|entry| {
            let read = serde_json::from_value(entry);
            self.row(rows, name, read, |statements, line, entry| statements.vulnerability(line, name, &product, &entry))
        })
    }

    /// Counts a row and takes what it says, or reports it.
    fn row<T>(
        &mut self,
        rows: &mut Rows<'_>,
        library: &str,
        read: Result<T, serde_json::Error>,
        take: impl FnOnce(&mut Self, u64, T),
    ) -> Result<(), Stopped> {
        rows.line += 1;
        rows.count();
        match read {
            Ok(entry) => {
                take(self, rows.line, entry);
                Ok(())
            }
            Err(error) => {
                let error = clean(&error.to_string(), 200);
                let reason = Text::new(format!("条目无法识别：{error}"), format!("the entry cannot be read: {error}"));
                rows.reject(Some("vulnerabilities"), library, reason)
            }
        }
    }

    fn vulnerability(&mut self, line: u64, library: &str, product: &Product, told: &Vulnerability) {
        let identifiers = |kind: &str| told.identifiers.get(kind).map(|texts| texts.0.as_slice()).unwrap_or_default();
        let summary = identifiers("summary").first().unwrap_or(&told.summary);
        let names = names(library, told, summary);
        for name in &names {
            let statement = self.named(line, name);
            if statement.title.is_empty() {
                statement.title = advisories::title(if summary.is_empty() { &told.details } else { summary });
            }
            // Of several CVEs in one entry, which of them the advisory of GitHub is cannot be told.
            if names.len() == 1 {
                let others = statement.aliases.iter().chain(identifiers("githubID")).map(String::as_str);
                statement.aliases = advisories::aliases(name, others);
            }
            let weaknesses = statement.weaknesses.iter().chain(&told.cwe).map(String::as_str);
            statement.weaknesses = advisories::weaknesses(weaknesses);
            grade(statement, &told.severity);
            let references = statement.references.iter().chain(&told.info).map(String::as_str);
            statement.references = advisories::references(references);
            let leaf = Affected { product: product.clone(), versions: versions(told), vulnerable: true, target: String::new() };
            let affects = std::mem::take(&mut statement.affects);
            statement.affects = advisories::flat(affects.into_iter().chain([Condition::Is(leaf)]).collect());
        }
    }

    fn backdoored(&mut self, line: u64, library: &str, told: &Backdoored) {
        let statement = self.named(line, &made(&[library, "backdoored"]));
        statement.title = advisories::title(&told.summary);
        grade(statement, &told.severity);
        statement.references = advisories::references(told.info.iter().map(String::as_str));
        // Whatever is served there may be bad; there are no versions.
        let versions = Versions { all: true, ..Versions::default() };
        statement.affects =
            vec![Condition::Is(Affected { product: named(library), versions, vulnerable: true, target: String::new() })];
    }

    fn named(&mut self, line: u64, name: &str) -> &mut Statement {
        let blank = || (line, Statement::new(SourceKind::RetireJs, name.to_owned()));
        &mut self.0.entry(name.to_owned()).or_insert_with(blank).1
    }
}

fn product(name: &str, library: &Library) -> Product {
    let purl = library.npmname.as_ref().map(|npm| format!("pkg:npm/{}", npm.replacen('@', "%40", 1)));
    let package = purl.or(library.base_purl.clone()).and_then(|purl| from_purl(&purl).ok());
    package.map_or_else(|| named(name), |package| package.product)
}

/// The names of what an entry tells: each CVE, else GitHub's advisory, else retire.js's number, else one made out of what tells it from
/// others and stays when ranges and texts are mended.
fn names(library: &str, told: &Vulnerability, summary: &str) -> Vec<String> {
    let of = |kind: &str| told.identifiers.get(kind).map(|texts| texts.0.as_slice()).unwrap_or_default();
    let cves: Vec<String> = of("CVE").iter().filter_map(|text| advisories::cve(text)).collect();
    if !cves.is_empty() {
        return cves;
    }
    if let Some(name) = of("githubID").first().and_then(|text| advisories::name(text)) {
        return vec![name];
    }
    if let Some(name) = of("retid").first().and_then(|number| advisories::name(&format!("RETIRE-{number}"))) {
        return vec![name];
    }
    let others: Vec<&str> = told
        .identifiers
        .iter()
        .filter(|(kind, _)| !matches!(kind.as_str(), "summary" | "CVE"))
        .flat_map(|(kind, texts)| texts.0.iter().flat_map(move |text| [kind.as_str(), text]))
        .collect();
    let telling = if others.is_empty() { vec![told.info.first().map_or(summary, String::as_str)] } else { others };
    vec![made(&[&[library], telling.as_slice()].concat())]
}

fn made(parts: &[&str]) -> String {
    let digest = Digest::of(parts.join("\n").as_bytes()).to_string();
    format!("RETIRE-{}", digest.get(..12).unwrap_or(&digest))
}

/// The gravest of the grades that entries give one vulnerability.
fn grade(statement: &mut Statement, severity: &str) {
    let rank = |word: &str| ["low", "medium", "high", "critical"].iter().position(|known| *known == word);
    let known = statement.scores.first().and_then(|score| rank(&score.value));
    if rank(severity) > known || statement.scores.is_empty() {
        statement.scores = advisories::score(System::Word, severity, None, BY).into_iter().collect();
    }
}

fn versions(told: &Vulnerability) -> Versions {
    let mut versions = Versions { ordering: Ordering::Semver, ..Versions::default() };
    let alone = std::slice::from_ref(&told.range);
    for range in if told.ranges.is_empty() { alone } else { &told.ranges } {
        let below = range.below.as_deref().filter(|below| !below.starts_with(NO_END));
        let from = bound(range.at_or_above.as_deref().unwrap_or_default(), "");
        versions.spans.push(Span { from, to: bound("", below.unwrap_or_default()) });
        versions.except.extend(range.excludes.iter().map(|version| advisories::version(version)));
    }
    versions
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::source::testing::{Kept, read as read_with};

    const FILE: &str = r#"{
        "quux": {"npmname": "quux", "vulnerabilities": [
            {"below": "1.2.0", "severity": "low", "cwe": ["CWE-79"], "identifiers": {"CVE": ["CVE-2020-1000"], "githubID": "GHSA-aaaa-bbbb-cccc", "summary": "XSS in quux"}, "info": ["https://quux.example/1"]},
            {"atOrAbove": "2.0.0", "below": "2.1.0", "excludes": ["2.0.5-x"], "severity": "high", "cwe": [], "identifiers": {"CVE": ["CVE-2020-1000"]}, "info": ["https://quux.example/2"]},
            {"below": "999.0.0", "severity": "medium", "identifiers": {"CVE": ["CVE-2020-1001", "CVE-2020-1002"], "githubID": "GHSA-dddd-bbbb-cccc"}, "info": []},
            {"below": 7}], "extractors": {}},
        "No Npm": {"vulnerabilities": [
            {"ranges": [{"below": "1"}, {"atOrAbove": "2", "below": "3"}], "identifiers": {"retid": "17"}},
            {"below": "1.0", "identifiers": {"issue": "12"}, "severity": "low"}, {"below": "1.1", "identifiers": {"issue": "12", "summary": "told later"}}], "extractors": {}},
        "broken": 7,
        "evil.example": [{"summary": "serves malicious code", "severity": "high", "extractors": ["^https://evil[.]example/"], "info": ["https://quux.example/3"]}]
    }"#;

    fn kept(file: &str) -> Kept {
        read_with(&FORMAT, "jsrepository-v4.json", file.as_bytes()).expect("a repository")
    }

    #[test]
    fn entries_of_one_vulnerability_are_one_statement() {
        let kept = kept(FILE);
        let ids: Vec<&str> = kept.statements.iter().map(|statement| statement.id.as_str()).collect();
        assert_eq!(ids[..3], ["CVE-2020-1000", "CVE-2020-1001", "CVE-2020-1002"]);
        let first = &kept.statements[0];
        assert_eq!((&*first.title, &first.aliases[..]), ("XSS in quux", &["GHSA-aaaa-bbbb-cccc".to_owned()][..]));
        assert_eq!((&*first.scores[0].value, &first.weaknesses[..]), ("high", &["CWE-79".to_owned()][..]));
        assert_eq!(first.references.len(), 2);
        let spans = |statement: &Statement| match &statement.affects[..] {
            [Condition::Is(leaf)] => (leaf.product.0.clone(), leaf.versions.clone()),
            other => panic!("one product: {other:?}"),
        };
        let [Condition::Is(one), Condition::Is(other)] = &first.affects[..] else { panic!("an exception is of its own span") };
        assert_eq!((one.product.as_str(), other.versions.except.len() + one.versions.except.len()), ("pkg:npm/quux", 1));
        let (_, open) = spans(&kept.statements[1]);
        assert_eq!((open.all, &open.spans[..]), (false, &[Span::default()][..]));
        assert!(kept.statements[1].aliases.is_empty(), "which of the two it is cannot be told");
        let of = |id: &str| kept.statements.iter().find(|statement| statement.id == id).expect(id);
        let (product, two) = spans(of("RETIRE-17"));
        assert_eq!((product, two.spans.len()), (named("No Npm").0, 2));
        let rejected: Vec<_> = kept.rejected.iter().map(|bad| (bad.line, bad.value.as_str())).collect();
        assert_eq!((kept.rows, rejected), (9, vec![(4, "quux"), (8, "broken")]));
    }

    #[test]
    fn made_names_stay_when_texts_and_ranges_change() {
        let before = kept(FILE);
        let after = kept(&FILE.replace("told later", "told otherwise").replace(r#""1.0""#, r#""1.0.1""#));
        let ids = |kept: &Kept| kept.statements.iter().map(|statement| statement.id.clone()).collect::<Vec<_>>();
        assert_eq!((ids(&before), before.statements.len()), (ids(&after), 6));
        assert!(
            before
                .statements
                .iter()
                .any(|statement| matches!(&statement.affects[..], [Condition::Is(leaf)] if leaf.versions.all))
        );
    }

    #[test]
    fn other_files_are_refused() {
        let of = |file: &str| read_with(&FORMAT, "x", file.as_bytes());
        assert!(matches!(of("{\"a\": {}}"), Err(SourceError::Unlike { .. })));
        assert!(matches!(of("[]"), Err(SourceError::Unlike { .. })));
        assert!(matches!(of(&FILE[..700]), Err(SourceError::Io { .. })));
    }

    /// How retire.js compares: parts between dots and dashes, numbers above words, a missing part being 0.
    fn as_retire_compares(one: &str, other: &str) -> std::cmp::Ordering {
        let part = |text: Option<&str>| {
            let text = text.unwrap_or("0");
            let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty();
            (is_number, if is_number { text.parse().unwrap_or(u64::MAX) } else { 0 }, text.to_owned())
        };
        let parts = |text: &str| text.split(['.', '-']).map(str::to_owned).collect::<Vec<_>>();
        let (one, other) = (parts(one), parts(other));
        let key = |parts: &[String], at: usize| part(parts.get(at).map(String::as_str));
        let numbers = |at| {
            let (one, other) = (key(&one, at), key(&other, at));
            if one.0 && other.0 { one.1.cmp(&other.1) } else { one.cmp(&other) }
        };
        (0..one.len().max(other.len())).map(numbers).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    }

    #[test]
    fn the_published_order() {
        let Some(bytes) = published("jsrepository-v4.json") else { return };
        let file: BTreeMap<String, Value> = serde_json::from_slice(&bytes).expect("a repository");
        let (mut pairs, mut differ) = (0, Vec::new());
        for entry in file.values() {
            let entries = entry["vulnerabilities"].as_array().into_iter().flatten();
            let ends = entries.flat_map(|entry| ["below", "atOrAbove"].map(|end| entry[end].as_str()));
            let versions: BTreeSet<&str> = ends.flatten().collect();
            for (one, other) in versions.iter().flat_map(|one| versions.iter().map(move |other| (*one, *other))) {
                pairs += 1;
                if vulns::version::compare(Ordering::Semver, one, other) != as_retire_compares(one, other) {
                    differ.push((one, other));
                }
            }
        }
        // That a part which is missing counts as 0 holds of releases only: the longer name of a stage before a release is the later one.
        assert_eq!(differ, [("20.0.0-next.0", "20.0.0-next.0.0.0"), ("20.0.0-next.0.0.0", "20.0.0-next.0")]);
        assert_eq!(pairs, 34_541);
    }

    #[test]
    fn what_comes_before_a_release_is_below_it() {
        for (lower, upper) in [
            ("10.0.0.beta.2", "10.0.0"),
            ("10.0.0.beta.2", "10.0.0.beta.3"),
            ("10.0.0.beta.2", "10.0.0.rc.1"),
            ("1.9.0b1", "1.9.0rc1"),
            ("1.9.0b1", "1.9.0"),
            ("3.4.1", "3.5.0"),
            ("1.12.4", "1.12.10"),
        ] {
            assert_eq!(as_retire_compares(lower, upper), std::cmp::Ordering::Less, "{lower} {upper}");
            assert_eq!(vulns::version::compare(Ordering::Semver, lower, upper), std::cmp::Ordering::Less, "{lower} {upper}");
        }
    }

    fn published(file: &str) -> Option<Vec<u8>> {
        let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
            eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
            return None;
        };
        Some(std::fs::read(std::path::Path::new(&folder).join("03-retirejs").join(file)).expect(file))
    }

    #[test]
    fn the_published_repositories() {
        let mut first = None;
        for (file, rows) in [("jsrepository-v4.json", 723), ("jsrepository-v6.json", 723), ("jsrepository-backdoored.json", 1)] {
            let Some(bytes) = published(file) else { return };
            let kept = read_with(&FORMAT, file, &bytes).expect(file);
            eprintln!("{file}: {} entries, {} statements", kept.rows, kept.statements.len());
            assert_eq!((kept.rows, kept.rejected.len()), (rows, 0), "{file}");
            assert!(kept.statements.iter().all(|statement| !statement.affects.is_empty() && !statement.scores.is_empty()));
            let ids: Vec<String> = kept.statements.iter().map(|statement| statement.id.clone()).collect();
            if rows > 1 {
                assert_eq!(*first.get_or_insert(ids.clone()), ids, "the versions of the file name alike");
            }
        }
    }
}
