//! SARIF 2.1.0 (OASIS), for continuous-integration services: violations and what could not be judged.

use model::digest::Digest;
use model::rule::Rule;
use model::text::Lang;
use model::verdict::{Grade, Value, Verdict};
use serde_json::{Value as Json, json};

use crate::clean::visible;
use crate::report::{Catalogue, Meta, SubjectReport};

/// The reports as one SARIF run. A violation is `fail` with the level of its grade, an undetermined verdict is `open` (SARIF 3.27.9);
/// passes and duties that do not bind are left out.
pub fn document<'a>(
    reports: impl IntoIterator<Item = SubjectReport<'a>>,
    catalogue: Catalogue<'_>,
    lang: Lang,
    meta: &Meta<'_>,
) -> String {
    let results: Vec<Json> = reports
        .into_iter()
        .flat_map(|report| report.verdicts.iter())
        .filter_map(|verdict| result(verdict, catalogue, lang))
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "mingcha",
                "version": meta.version,
                "language": lang_tag(lang),
                "rules": catalogue.0.iter().map(|rule| descriptor(rule, lang)).collect::<Vec<_>>(),
            }},
            "invocations": [{ "executionSuccessful": true, "endTimeUtc": meta.generated.to_string() }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn descriptor(rule: &Rule, lang: Lang) -> Json {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title.get(lang) },
        "help": { "text": rule.doc.get(lang), "markdown": rule.doc.get(lang) },
        "defaultConfiguration": { "level": level(rule.grade) },
        "properties": { "tags": [rule.area.label().get(lang)], "severity": rule.severity },
    })
}

fn result(verdict: &Verdict, catalogue: Catalogue<'_>, lang: Lang) -> Option<Json> {
    let (kind, level) = match verdict.value {
        Value::Violation => ("fail", level(verdict.grade.unwrap_or(Grade::Violation))),
        Value::Undetermined => ("open", "none"),
        Value::Pass | Value::NotApplicable => return None,
    };
    let subject = verdict.subject.to_string();
    let mut result = json!({
        "ruleId": verdict.rule,
        "kind": kind,
        "level": level,
        "message": { "text": visible(verdict.reason.get(lang)) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": uri(&subject) } },
            "logicalLocations": [{ "fullyQualifiedName": subject, "kind": "resource" }],
        }],
        // The same finding of a later run has the same fingerprint, whatever the evidence of the day.
        "partialFingerprints": { "mingcha/v1": Digest::of(format!("{subject} {}", verdict.rule).as_bytes()) },
        "properties": {
            "verdict": verdict.id,
            "severity": verdict.severity,
            "basis": verdict.basis.iter().map(|citation| citation.text.get(lang)).collect::<Vec<_>>(),
            "facts": verdict.facts,
        },
    });
    // SARIF 3.27.6: the index is only there when the rule is described in this run.
    if let Some(index) = catalogue.0.iter().position(|rule| rule.id == verdict.rule) {
        result["ruleIndex"] = json!(index);
    }
    Some(result)
}

fn level(grade: Grade) -> &'static str {
    match grade {
        Grade::Violation => "error",
        Grade::Review => "warning",
        Grade::Advice => "note",
    }
}

fn lang_tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    }
}

/// The subject's id as a URI reference: what RFC 3986 does not allow is percent-encoded.
fn uri(subject: &str) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/@".contains(&byte);
    subject.bytes().map(|byte| if allowed(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn grades_become_levels_and_open_questions_stay_open() {
        let world = sample::world();
        let text = document([world.report()], world.catalogue(), Lang::En, &sample::meta());
        let log: Json = serde_json::from_str(&text).unwrap();
        let run = &log["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let mut seen = Vec::new();
        for result in run["results"].as_array().unwrap() {
            seen.push((result["kind"].as_str().unwrap(), result["level"].as_str().unwrap()));
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        }
        for expected in [("fail", "error"), ("fail", "warning"), ("fail", "note"), ("open", "none")] {
            assert!(seen.contains(&expected), "{expected:?} is missing");
        }
        assert!(!seen.iter().any(|(kind, _)| matches!(*kind, "pass" | "notApplicable")));
        assert!(rules[0]["help"]["markdown"].as_str().is_some_and(|help| help.contains("## How to mend")));
    }

    #[test]
    fn locations_are_uri_references() {
        assert_eq!(uri("site:www.a.gov.cn:8443/oa"), "site:www.a.gov.cn:8443/oa");
        assert_eq!(uri("institution:某 <局>"), "institution:%E6%9F%90%20%3C%E5%B1%80%3E");
    }
}
