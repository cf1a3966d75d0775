//! GitHub's global advisories, as its REST interface gives them. The files of its database are OSV records.

use model::advisory::{Affected, Condition, Ordering, Standing, Statement, System, Versions};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;
use serde_json::Value;
use vulns::product::from_ecosystem;

use crate::source::advisories::{self, ranges};
use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::{Format, Sink, SourceError, Stopped};

/// GitHub's global advisories.
pub static FORMAT: Format =
    Format { kind: SourceKind::Ghsa, doc: Label { zh: include_str!("ghsa.zh.md"), en: include_str!("ghsa.md") }, read };

const SHAPE: Shape = Shape { expected: "advisories of GitHub", lists: &[] };
/// Who grades.
const BY: &str = "GitHub";

#[derive(Deserialize)]
struct Record {
    ghsa_id: String,
    #[serde(default)]
    cve_id: Option<String>,
    #[serde(default)]
    html_url: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    summary: String,
    #[serde(default, deserialize_with = "nullable")]
    description: String,
    #[serde(default, deserialize_with = "nullable")]
    severity: String,
    #[serde(default, deserialize_with = "nullable")]
    identifiers: Vec<Identifier>,
    #[serde(default, deserialize_with = "nullable")]
    references: Vec<Value>,
    #[serde(default, deserialize_with = "nullable")]
    published_at: String,
    #[serde(default, deserialize_with = "nullable")]
    updated_at: String,
    #[serde(default)]
    withdrawn_at: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    vulnerabilities: Vec<Vulnerability>,
    #[serde(default, deserialize_with = "nullable")]
    cvss: Cvss,
    #[serde(default, deserialize_with = "nullable")]
    cvss_severities: Severities,
    #[serde(default, deserialize_with = "nullable")]
    cwes: Vec<Cwe>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(default)]
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cvss {
    vector_string: Option<String>,
    score: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Severities {
    cvss_v3: Option<Cvss>,
    cvss_v4: Option<Cvss>,
}

#[derive(Deserialize)]
struct Cwe {
    #[serde(default)]
    cwe_id: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default)]
    package: Option<Package>,
    #[serde(default)]
    vulnerable_version_range: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Package {
    ecosystem: String,
    name: Option<String>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, take)
}

fn take(rows: &mut Rows<'_>, record: Record) -> Result<(), Stopped> {
    let Some(id) = advisories::name(&record.ghsa_id).filter(|id| id.starts_with("GHSA-")) else {
        return rows.reject(Some("ghsa_id"), &record.ghsa_id, advisories::no_name());
    };
    let mut statement = Statement::new(SourceKind::Ghsa, id);
    let others = record.identifiers.iter().map(|identifier| identifier.value.as_str()).chain(record.cve_id.as_deref());
    statement.aliases = advisories::aliases(&statement.id, others);
    statement.title = advisories::title(if record.summary.is_empty() { &record.description } else { &record.summary });
    (statement.published, statement.modified) =
        (advisories::moment(&record.published_at), advisories::moment(&record.updated_at));
    if record.withdrawn_at.is_some() {
        statement.standing = Standing::Withdrawn;
    }
    let vectors = [record.cvss_severities.cvss_v4, record.cvss_severities.cvss_v3, Some(record.cvss)];
    for cvss in vectors.into_iter().flatten() {
        let vector = cvss.vector_string.unwrap_or_default();
        if let Some(system) =
            advisories::system(&vector).filter(|system| statement.scores.iter().all(|known| known.system != *system))
        {
            // Where there is no vector the interface writes 0.
            statement.scores.extend(advisories::score(system, &vector, cvss.score.filter(|score| *score > 0.0), BY));
        }
    }
    let word = Some(record.severity.as_str()).filter(|word| *word != "unknown");
    statement.scores.extend(word.and_then(|word| advisories::score(System::Word, word, None, BY)));
    statement.weaknesses = advisories::weaknesses(record.cwes.iter().map(|cwe| cwe.cwe_id.as_str()));
    let references = record.references.iter().filter_map(|told| told.as_str().or_else(|| told.get("url")?.as_str()));
    statement.references = advisories::references(record.html_url.as_deref().into_iter().chain(references));
    let mut leaves = Vec::new();
    for told in &record.vulnerabilities {
        leaves.extend(affected(rows, told)?);
    }
    statement.affects = advisories::union(leaves).into_iter().map(Condition::Is).collect();
    rows.state(statement)
}

fn affected(rows: &mut Rows<'_>, told: &Vulnerability) -> Result<Option<Affected>, Stopped> {
    let Some(named) = &told.package else { return Ok(None) };
    let Some(package) = from_ecosystem(&named.ecosystem, named.name.as_deref().unwrap_or_default()) else {
        let reason = Text::new("没有此生态系统对应的软件包 URL 类型", "no type of package URL stands for this ecosystem");
        rows.reject(Some("vulnerabilities.package.ecosystem"), &named.ecosystem, reason)?;
        return Ok(None);
    };
    let text = told.vulnerable_version_range.as_deref().unwrap_or_default();
    let Some(versions) = versions(text, package.ordering) else {
        let reason = Text::new(
            "版本区间无法识别，应如 >= 1.0, < 1.2",
            "the range of versions is not understood; one is written like >= 1.0, < 1.2",
        );
        rows.reject(Some("vulnerabilities.vulnerable_version_range"), text, reason)?;
        return Ok(None);
    };
    Ok(Some(Affected { product: package.product, versions, vulnerable: true, target: String::new() }))
}

/// `>= 1.0.3, < 3.5.0`; `>= 0` is every version.
fn versions(text: &str, ordering: Ordering) -> Option<Versions> {
    ranges::all_of(text.split(','), ordering)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::testing::{Kept, read as read_with};

    const RECORD: &str = r#"{"ghsa_id": "GHSA-gxr4-xjj5-5px2", "cve_id": "CVE-2020-11022", "html_url": "https://github.com/advisories/GHSA-gxr4-xjj5-5px2",
        "summary": "Potential XSS vulnerability in jQuery", "severity": "medium", "withdrawn_at": null, "type": "reviewed",
        "identifiers": [{"type": "GHSA", "value": "GHSA-gxr4-xjj5-5px2"}, {"type": "CVE", "value": "CVE-2020-11022"}],
        "published_at": "2020-04-29T22:18:55Z", "updated_at": "2026-01-01T00:00:00Z", "references": ["https://jquery.com/upgrade-guide/3.5/"],
        "vulnerabilities": [
            {"package": {"ecosystem": "npm", "name": "jquery"}, "vulnerable_version_range": ">= 1.2.0, < 3.5.0", "first_patched_version": "3.5.0", "vulnerable_functions": []},
            {"package": {"ecosystem": "nuget", "name": "jQuery"}, "vulnerable_version_range": "= 1.2", "first_patched_version": null},
            {"package": {"ecosystem": "npm", "name": "jquery"}, "vulnerable_version_range": "everything"},
            {"package": {"ecosystem": "other", "name": "x"}, "vulnerable_version_range": "< 1"}],
        "cvss": {"vector_string": "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N", "score": 6.9},
        "cvss_severities": {"cvss_v3": {"vector_string": "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:L/A:N", "score": 6.9}, "cvss_v4": {"vector_string": null, "score": 0.0}},
        "cwes": [{"cwe_id": "CWE-79", "name": "XSS"}]}"#;

    fn kept(file: &str) -> Kept {
        read_with(&FORMAT, "x.json", file.as_bytes()).expect(file)
    }

    #[test]
    fn an_advisory_is_a_statement() {
        for file in [RECORD.to_owned(), format!("[{RECORD}]")] {
            let kept = kept(&file);
            let [statement] = &kept.statements[..] else { panic!("one") };
            assert_eq!((&*statement.id, &statement.aliases[..]), ("GHSA-gxr4-xjj5-5px2", &["CVE-2020-11022".to_owned()][..]));
            let scores: Vec<_> = statement.scores.iter().map(|score| (score.system, score.tenths)).collect();
            assert_eq!(scores, [(System::Cvss3, Some(69)), (System::Word, None)]);
            let products: Vec<_> = statement
                .affects
                .iter()
                .map(|condition| match condition {
                    Condition::Is(leaf) => (leaf.product.as_str(), leaf.versions.spans.len(), leaf.versions.listed.len()),
                    _ => panic!("a leaf"),
                })
                .collect();
            assert_eq!(products, [("pkg:npm/jquery", 1, 0), ("pkg:nuget/jQuery", 0, 1)]);
            let bad: Vec<_> = kept.rejected.iter().map(|bad| bad.value.as_str()).collect();
            assert_eq!((bad, statement.references.len()), (vec!["everything", "other"], 2));
        }
    }

    #[test]
    fn withdrawn_and_broken_ones() {
        let withdrawn = RECORD.replace("\"withdrawn_at\": null", "\"withdrawn_at\": \"2021-01-01T00:00:00Z\"");
        assert_eq!(kept(&withdrawn).statements[0].standing, Standing::Withdrawn);
        let kept = kept(
            r#"[{"ghsa_id": "CVE-2020-1000"}, {"ghsa_id": "GHSA-aaaa-bbbb-cccc", "vulnerabilities": null, "cvss": null}, {"id": 1}]"#,
        );
        assert_eq!((kept.rows, kept.statements.len(), kept.rejected.len()), (3, 1, 2));
        assert!(matches!(read_with(&FORMAT, "x", format!("[{RECORD}, {{").as_bytes()), Err(SourceError::Unlike { .. })));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(range in "([<>=!]{0,2} ?[0-9.a-z]{0,6},? ?|\\PC){0,8}") {
            let record = serde_json::json!({"ghsa_id": "GHSA-aaaa-bbbb-cccc", "vulnerabilities": [{"package": {"ecosystem": "npm", "name": range}, "vulnerable_version_range": range}]});
            let kept = kept(&record.to_string());
            prop_assert_eq!(kept.statements.len(), 1);
        }
    }
}
