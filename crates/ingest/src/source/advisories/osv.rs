//! OSV records, schema 1: one, JSON lines, an array, or a zip archive of files as each ecosystem is published.

use model::text;
use std::cmp;
use std::io::{Cursor, Read};

use model::advisory::{Affected, Bound, Condition, Ordering, Span, Standing, Statement, System, Versions};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;
use vulns::product::{Package, from_ecosystem, from_purl};
use vulns::version::compare;
use zip::ZipArchive;

use crate::source::advisories::{self, ranges};
use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::{Format, Sink, SourceError, Stopped};

/// OSV records.
pub static FORMAT: Format =
    Format { kind: SourceKind::Osv, doc: Label { zh: include_str!("osv.zh.md"), en: include_str!("osv.md") }, read };

const SHAPE: Shape = Shape { expected: "OSV records", lists: &[&["vulns"]] };
/// The largest archive, its most files, and the largest of them, in bytes unpacked.
const LARGEST_ARCHIVE: u64 = 1 << 30;
const MOST_FILES: usize = 1_000_000;
const LARGEST_FILE: u64 = 16 << 20;
/// The most events of a range, and single versions of a package.
const MOST_EVENTS: usize = 1000;
const MOST_VERSIONS: usize = 5000;
/// In place of a version: before all.
const BEGINNING: &str = "0";

#[derive(Deserialize)]
struct Record {
    id: String,
    #[serde(default)]
    modified: String,
    #[serde(default)]
    published: String,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    aliases: Vec<String>,
    /// What the record follows from: the CVE of a distribution's advisory.
    #[serde(default, deserialize_with = "nullable")]
    upstream: Vec<String>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default, deserialize_with = "nullable")]
    severity: Vec<Severity>,
    #[serde(default, deserialize_with = "nullable")]
    affected: Vec<Told>,
    #[serde(default, deserialize_with = "nullable")]
    references: Vec<Reference>,
    #[serde(default, deserialize_with = "nullable")]
    database_specific: OfDatabase,
}

#[derive(Deserialize)]
struct Severity {
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default)]
    url: String,
}

/// What some databases add; of others the fields have other types, and say nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OfDatabase {
    severity: serde_json::Value,
    cwe_ids: serde_json::Value,
    last_known_affected_version_range: serde_json::Value,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    package: Option<Named>,
    #[serde(default, deserialize_with = "nullable")]
    ranges: Vec<Range>,
    #[serde(default, deserialize_with = "nullable")]
    versions: Vec<String>,
    #[serde(default, deserialize_with = "nullable")]
    database_specific: OfDatabase,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    ecosystem: String,
    name: String,
    purl: Option<String>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, deserialize_with = "nullable")]
    events: Vec<Event>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Introduced(String),
    Fixed(String),
    LastAffected(String),
    Limit(String),
}

impl Event {
    fn version(&self) -> &str {
        let (Self::Introduced(version) | Self::Fixed(version) | Self::LastAffected(version) | Self::Limit(version)) = self;
        version
    }
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if input.start().starts_with(b"PK\x03\x04") {
        return archive(input, sink);
    }
    documents::typed(input, &SHAPE, sink, take)
}

/// The files `*.json` of an archive, each a record.
fn archive(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let (name, at) = (input.name, input.at);
    let unlike = |problem: Text| SourceError::Unlike { name: name.into(), expected: SHAPE.expected, problem };
    let too_large = |what, limit| SourceError::TooLarge { name: name.into(), what, limit };
    let bytes = input.whole(LARGEST_ARCHIVE)?;
    let mut files = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| unlike(text!(zh: "压缩包已损坏：{error}", en: "the archive is damaged: {error}")))?;
    if files.len() > MOST_FILES {
        return Err(too_large("the number of its files", MOST_FILES as u64));
    }
    let mut rows = Rows::new(sink, at);
    let mut unpacked = 0;
    for number in 0..files.len() {
        let file = files
            .by_index(number)
            .map_err(|error| unlike(text!(zh: "压缩包已损坏：{error}", en: "the archive is damaged: {error}")))?;
        if !file.is_file() || !file.name().is_ok_and(|name| name.ends_with(".json")) {
            continue;
        }
        rows.line += 1;
        rows.count();
        let mut text = String::new();
        let read = file.take(LARGEST_FILE).read_to_string(&mut text);
        unpacked += text.len() as u64;
        if unpacked > crate::source::input::LARGEST {
            return Err(too_large("its size in bytes, unpacked,", crate::source::input::LARGEST));
        }
        match read.map(|_| serde_json::from_str(&text)) {
            Ok(Ok(record)) => take(&mut rows, record)?,
            Ok(Err(error)) => documents::reject(&mut rows, &text, &error)?,
            Err(error) => {
                let reason = Text::new(format!("文件无法读取：{error}"), format!("the file cannot be read: {error}"));
                rows.reject(None, "", reason)?;
            }
        }
    }
    Ok(())
}

fn take(rows: &mut Rows<'_>, record: Record) -> Result<(), Stopped> {
    let Some(id) = advisories::name(&record.id) else {
        return rows.reject(Some("id"), &record.id, advisories::no_name());
    };
    let mut statement = Statement::new(SourceKind::Osv, id);
    // Of several vulnerabilities that one advisory mends, none is the other.
    let upstream = if record.aliases.is_empty() && record.upstream.len() == 1 { &record.upstream[..] } else { &[] };
    statement.aliases = advisories::aliases(&statement.id, record.aliases.iter().chain(upstream).map(String::as_str));
    statement.title = advisories::title(if record.summary.is_empty() { &record.details } else { &record.summary });
    (statement.published, statement.modified) = (told(&record.published), told(&record.modified));
    if record.withdrawn.is_some() {
        statement.standing = Standing::Withdrawn;
    }
    let vectors = record.severity.iter().filter_map(|severity| {
        let system = advisories::system(&severity.score)?;
        advisories::score(system, &severity.score, None, "")
    });
    let word = record.database_specific.severity.as_str().and_then(|word| advisories::score(System::Word, word, None, ""));
    statement.scores = vectors.chain(word).collect();
    let weaknesses = record.database_specific.cwe_ids.as_array().into_iter().flatten().filter_map(|name| name.as_str());
    statement.weaknesses = advisories::weaknesses(weaknesses);
    statement.references = advisories::references(record.references.iter().map(|reference| reference.url.as_str()));
    statement.affects = affects(rows, &record.affected)?;
    rows.state(statement)
}

/// A time; Go's database writes the year 1 where it knows none.
fn told(text: &str) -> Option<jiff::Timestamp> {
    advisories::moment(text).filter(|at| *at > jiff::Timestamp::UNIX_EPOCH)
}

fn affects(rows: &mut Rows<'_>, affected: &[Told]) -> Result<Vec<Condition>, Stopped> {
    let mut leaves = Vec::new();
    for told in affected {
        let Some(named) = &told.package else { continue };
        match package(named) {
            Some(package) => {
                let versions = versions(told, package.ordering);
                if !versions.spans.is_empty() || !versions.listed.is_empty() {
                    leaves.push(Affected { product: package.product, versions, vulnerable: true, target: String::new() });
                }
            }
            None => {
                let reason = Text::new("没有此生态系统对应的软件包 URL 类型", "no type of package URL stands for this ecosystem");
                rows.reject(Some("affected.package.ecosystem"), &named.ecosystem, reason)?;
            }
        }
    }
    Ok(advisories::union(leaves).into_iter().map(Condition::Is).collect())
}

fn package(named: &Named) -> Option<Package> {
    let purl = named.purl.as_ref().and_then(|purl| from_purl(purl).ok());
    from_ecosystem(&named.ecosystem, &named.name).or(purl)
}

fn versions(told: &Told, ordering: Ordering) -> Versions {
    let mut versions = Versions { ordering, ..Versions::default() };
    for range in &told.ranges {
        match range.kind.as_str() {
            "SEMVER" | "ECOSYSTEM" => versions.spans.extend(spans(&range.events, ordering)),
            // Commits are compared by a repository's history, which nothing that is seen from outside tells.
            _ => {}
        }
    }
    // GitHub writes the end that it knows beside a range without one.
    let known = told.database_specific.last_known_affected_version_range.as_str();
    if let Some(known) = known.and_then(|text| ranges::all_of([text], ordering)) {
        let to = known.spans.into_iter().map(|span| span.to).find(|to| !to.is_open());
        for span in versions.spans.iter_mut().filter(|span| span.to.is_open()) {
            span.to = to.clone().unwrap_or_default();
        }
    }
    let listed = told.versions.iter().take(MOST_VERSIONS).map(|text| advisories::version(text)).filter(|text| !text.is_empty());
    versions.listed = listed.collect();
    versions
}

/// The spans of a range, by the rule of the schema: read in the order of versions, an introduction begins one, a mend, the last that is
/// affected or a limit ends it. Events may stand in any order.
fn spans(events: &[Event], ordering: Ordering) -> Vec<Span> {
    let mut events: Vec<Event> =
        events.iter().take(MOST_EVENTS).filter(|event| !event.version().trim().is_empty()).cloned().collect();
    events.sort_by(|one, other| order(one.version(), other.version(), ordering));
    let mut spans = Vec::new();
    let mut open: Option<String> = None;
    for event in events {
        let version = advisories::version(event.version());
        match event {
            Event::Introduced(_) => {
                open.get_or_insert(version);
            }
            Event::Fixed(_) | Event::Limit(_) => spans.extend(open.take().and_then(|from| {
                let is_some = order(&from, &version, ordering).is_lt();
                is_some.then(|| Span { from: begin(from), to: Bound::Excluding(version) })
            })),
            Event::LastAffected(_) => {
                spans.extend(open.take().map(|from| Span { from: begin(from), to: Bound::Including(version) }));
            }
        }
    }
    spans.extend(open.map(|from| Span { from: begin(from), to: Bound::Open }));
    spans
}

fn order(one: &str, other: &str, ordering: Ordering) -> cmp::Ordering {
    // Nothing stands before the beginning, and nothing behind the limit that is none.
    let place = |version: &str| match version {
        BEGINNING => -1,
        "*" => 1,
        _ => 0,
    };
    place(one).cmp(&place(other)).then_with(|| compare(ordering, one, other))
}

fn begin(from: String) -> Bound {
    if from == BEGINNING { Bound::Open } else { Bound::Including(from) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::source::testing::{Kept, read as read_with};

    fn kept(file: &str) -> Kept {
        read_with(&FORMAT, "x.json", file.as_bytes()).expect(file)
    }

    const RECORD: &str = r#"{"schema_version": "1.6.0", "id": "ghsa-JFH8-c2jp-5v3q", "aliases": ["CVE-2021-44228", "GHSA-jfh8-c2jp-5v3q"],
        "published": "2021-12-10T00:40:56Z", "modified": "0001-01-01T00:00:00Z", "summary": "Remote code injection in Log4j",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}, {"type": "Ubuntu", "score": "high"}],
        "affected": [
            {"package": {"ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core"},
             "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "2.15.0"}, {"introduced": "2.13.0"}, {"fixed": "2.12.2"}, {"introduced": "2.4"}]},
                        {"type": "GIT", "repo": "https://x.example/", "events": [{"introduced": "0"}]}], "versions": ["2.0-beta9"]},
            {"package": {"ecosystem": "npm", "name": "@Scope/quux"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
             "database_specific": {"last_known_affected_version_range": "<= 1.2.3"}},
            {"package": {"ecosystem": "Debian:12", "name": "log4j"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "2.17.1-1"}]}]},
            {"package": {"ecosystem": "Martian", "name": "x"}, "versions": ["1"]},
            {"package": {"ecosystem": "Go", "name": "x.example/y"}, "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}],
        "references": [{"type": "WEB", "url": "https://logging.apache.org/"}],
        "database_specific": {"severity": "CRITICAL", "cwe_ids": ["CWE-502"], "github_reviewed": true}}"#;

    #[test]
    fn a_record_is_a_statement() {
        let kept = kept(RECORD);
        let [statement] = &kept.statements[..] else { panic!("one") };
        assert_eq!((&*statement.id, &statement.aliases[..]), ("GHSA-jfh8-c2jp-5v3q", &["CVE-2021-44228".to_owned()][..]));
        assert_eq!((statement.published.is_some(), statement.modified, statement.scores.len()), (true, None, 2));
        let shown: Vec<String> = statement.affects.iter().map(show).collect();
        assert_eq!(
            shown,
            [
                "pkg:deb/debian/log4j Debian ..=2.17.1-1",
                "pkg:maven/org.apache.logging.log4j/log4j-core Maven =2.13.0..2.15.0 =2.4..2.12.2 2.0-beta9",
                "pkg:npm/%40scope/quux Semver ..=1.2.3",
            ]
        );
        assert_eq!(kept.bad(), [(1, "affected.package.ecosystem", "Martian")]);
    }

    fn show(condition: &Condition) -> String {
        let Condition::Is(leaf) = condition else { panic!("a leaf") };
        let end = |bound: &Bound| match bound {
            Bound::Open => String::new(),
            Bound::Including(version) => format!("={version}"),
            Bound::Excluding(version) => version.clone(),
        };
        let spans = leaf.versions.spans.iter().map(|span| format!("{}..{}", end(&span.from), end(&span.to)));
        let versions: Vec<_> = spans.chain(leaf.versions.listed.iter().cloned()).collect();
        format!("{} {:?} {}", leaf.product, leaf.versions.ordering, versions.join(" "))
    }

    #[test]
    fn events_in_any_order_and_impossible_ones() {
        for (events, shown) in [
            (r#"{"introduced": "0"}"#, ".."),
            (r#"{"fixed": "1.0.0"}"#, ""),
            (r#"{"introduced": "1.0.0"}, {"fixed": "1.0.0"}"#, ""),
            (r#"{"introduced": "2.0.0"}, {"fixed": "1.0.0"}"#, "=2.0.0.."),
            (r#"{"introduced": "1.0.0"}, {"last_affected": "1.0.0"}"#, "=1.0.0..=1.0.0"),
            (r#"{"introduced": "1.0.0"}, {"introduced": "1.5.0"}, {"limit": "*"}, {"fixed": "2.0.0"}"#, "=1.0.0..2.0.0"),
            (r#"{"limit": "3.0.0"}, {"introduced": "0"}"#, "..3.0.0"),
            (r#"{"introduced": " "}"#, ""),
        ] {
            let file = format!(
                r#"{{"id": "OSV-1", "affected": [{{"package": {{"ecosystem": "npm", "name": "q"}}, "ranges": [{{"type": "SEMVER", "events": [{events}]}}]}}]}}"#
            );
            let found: Vec<String> = kept(&file).statements[0].affects.iter().map(show).collect();
            let expected = if shown.is_empty() { vec![] } else { vec![format!("pkg:npm/q Semver {shown}")] };
            assert_eq!(found, expected, "{events}");
        }
    }

    #[test]
    fn an_archive_is_read_file_by_file() {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        let withdrawn = r#"{"id": "DSA-1", "withdrawn": "2026-01-01T00:00:00Z", "upstream": ["CVE-2020-1000"]}"#;
        for (name, text) in
            [("1.json", RECORD), ("2.json", "{"), ("README.txt", "x"), ("3.json", withdrawn), ("4.json", "{\"id\": \"a b\"}")]
        {
            writer.start_file(name, SimpleFileOptions::default()).expect(name);
            writer.write_all(text.as_bytes()).expect(name);
        }
        let bytes = writer.finish().expect("an archive").into_inner();
        let kept = read_with(&FORMAT, "all.zip", &bytes).expect("an archive");
        assert_eq!((kept.rows, kept.statements.len()), (4, 2));
        assert_eq!(
            (kept.statements[1].standing, &kept.statements[1].aliases[..]),
            (Standing::Withdrawn, &["CVE-2020-1000".to_owned()][..])
        );
        let lines: Vec<u64> = kept.rejected.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [1, 2, 4]);
        let cut = read_with(&FORMAT, "all.zip", &bytes[..bytes.len() - 30]);
        assert!(matches!(cut, Err(SourceError::Unlike { .. })));
    }

    #[test]
    fn bad_records_stop_no_others() {
        let file = format!(
            "{{\"id\": 7}}\n{{\"id\": \"OSV-1\", \"affected\": {{}}}}\n{}\n{{\"id\": \"OSV-2\", \"aliases\": null}}\n",
            RECORD.replace('\n', "")
        );
        let kept = kept(&file);
        assert_eq!((kept.statements.len(), kept.rejected.iter().filter(|bad| bad.column.is_none()).count()), (2, 2));
    }

    #[test]
    fn the_published_records() {
        let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
            eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
            return;
        };
        let file = std::path::Path::new(&folder).join("04-cve/osv/go-vulndb-osv-sample.jsonl.gz");
        let kept = read_with(&FORMAT, "go.jsonl.gz", &std::fs::read(file).expect("a file")).expect("records");
        let spans = kept.statements.iter().flat_map(|statement| &statement.affects).map(|condition| match condition {
            Condition::Is(leaf) => leaf.versions.spans.len(),
            _ => 0,
        });
        assert_eq!((kept.rows, kept.statements.len(), kept.rejected.len(), spans.sum::<usize>()), (600, 600, 0, 940));
        assert_eq!(kept.statements.iter().filter(|statement| statement.standing == Standing::Withdrawn).count(), 1);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(\\{\"id\":\"A-1\",\"affected\":\\[|\\{\"package\":\\{\"ecosystem\":\"npm\",\"name\":\"x\"\\}|,\"ranges\":\\[|\\{\"introduced\":\"[0-9.]{0,5}\"\\}|\\]|\\}|,|\\PC){0,20}") {
            let _ = read_with(&FORMAT, "x", text.as_bytes());
        }

        /// Each event alone decides, whatever the order in which they are written.
        #[test]
        fn the_order_of_events_does_not_matter(numbers in proptest::collection::btree_set(1_u32..50, 0..8), turn in 0_usize..8) {
            let mut events: Vec<Event> = numbers
                .iter()
                .enumerate()
                .map(|(place, number)| {
                    let version = format!("1.{number}.0");
                    if place % 2 == 0 { Event::Introduced(version) } else { Event::Fixed(version) }
                })
                .collect();
            let ordered = spans(&events, Ordering::Semver);
            if !events.is_empty() {
                let length = events.len();
                events.rotate_left(turn % length);
            }
            prop_assert_eq!(spans(&events, Ordering::Semver), ordered);
        }
    }
}
