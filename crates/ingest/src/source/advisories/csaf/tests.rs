//! Documents of CSAF.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::source::testing::{Kept, read as read_with};

fn document(tree: Value, vulnerabilities: Value) -> Value {
    json!({
        "document": {
            "category": "csaf_security_advisory", "csaf_version": "2.0", "title": "Some flaws", "aggregate_severity": {"text": "Important"},
            "publisher": {"category": "vendor", "name": "Maker", "namespace": "https://maker.example"},
            "references": [{"url": "https://maker.example/all"}],
            "tracking": {"id": "M-2026-1", "status": "final", "version": "1", "initial_release_date": "2026-01-02T00:00:00Z",
                "current_release_date": "2026-01-03T00:00:00Z", "revision_history": []}
        },
        "product_tree": tree, "vulnerabilities": vulnerabilities
    })
}

fn tree() -> Value {
    let version = |id: &str, category: &str, name: &str, helper: Value| json!({"category": category, "name": name, "product": {"product_id": id, "name": id, "product_identification_helper": helper}});
    json!({
        "branches": [{"category": "vendor", "name": "Maker", "branches": [
            {"category": "product_name", "name": "Quux", "branches": [
                version("Q1", "product_version", "1.0", Value::Null),
                version("Q2", "product_version_range", "vers:intdot/>=2.0|<2.5", Value::Null),
                version("Q25", "product_version", "V2.5", Value::Null),
                version("QC", "product_version_range", "All versions < V3.1", json!({"cpe": "cpe:2.3:a:maker:quux:*:*:*:*:*:*:*:*"})),
                version("QN", "product_version", "build seven", Value::Null)]},
            {"category": "product_name", "name": "httpd", "product": {"product_id": "R", "name": "httpd",
                "product_identification_helper": {"purl": "pkg:rpm/redhat/httpd@2.4.37-1.el8?arch=src"}}}]}],
        "full_product_names": [{"product_id": "F", "name": "Maker Frob 4.2"}, {"product_id": "W", "name": "Windows"}],
        "relationships": [
            {"category": "installed_on", "product_reference": "F", "relates_to_product_reference": "W", "full_product_name": {"product_id": "F:W", "name": "x"}},
            {"category": "default_component_of", "product_reference": "R", "relates_to_product_reference": "W", "full_product_name": {"product_id": "R:W", "name": "x"}},
            {"category": "default_component_of", "product_reference": "C1", "relates_to_product_reference": "C2", "full_product_name": {"product_id": "C2", "name": "x"}},
            {"category": "default_component_of", "product_reference": "C2", "relates_to_product_reference": "C1", "full_product_name": {"product_id": "C1", "name": "x"}}]
    })
}

fn kept(document: &Value) -> Kept {
    read_with(&FORMAT, "x.json", document.to_string().as_bytes()).expect("a document")
}

fn affected(products: &[&str], sound: &[&str]) -> (Vec<String>, Vec<String>) {
    let kept = kept(&document(
        tree(),
        json!([{"cve": "CVE-2026-1000", "product_status": {"known_affected": products, "fixed": sound, "under_investigation": ["Q1"]}}]),
    ));
    let shown = kept.statements[0].affects.iter().map(show).collect();
    (shown, kept.rejected.into_iter().map(|bad| bad.value).collect())
}

fn show(condition: &Condition) -> String {
    match condition {
        Condition::Is(leaf) => {
            let versions = &leaf.versions;
            let spans = versions.spans.iter().map(|span| format!("{:?}..{:?}", span.from, span.to));
            let except = versions.except.iter().map(|version| format!("!{version}"));
            let all: Vec<_> = spans.chain(versions.listed.iter().cloned()).chain(except).collect();
            let beside = if leaf.vulnerable { "" } else { "beside " };
            format!("{beside}{}{} {}", leaf.product, if versions.all { " all" } else { "" }, all.join(" "))
        }
        Condition::All(all) => format!("all({})", all.iter().map(show).collect::<Vec<_>>().join(", ")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_vulnerability_is_a_statement() {
    let kept = kept(&document(
        tree(),
        json!([{"cve": "CVE-2026-1000", "title": "A flaw", "cwe": {"id": "CWE-79", "name": "XSS"}, "ids": [{"system_name": "Maker", "text": "BUG-7"}],
            "notes": [{"category": "description", "text": "told"}], "references": [{"url": "https://maker.example/1"}],
            "scores": [{"products": ["Q1"], "cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}},
                {"products": ["Q2"], "cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}}],
            "remediations": [{"category": "mitigation", "details": "block it"}, {"category": "vendor_fix", "details": "Update to 2.5", "url": "https://maker.example/2.5"}],
            "product_status": {"known_affected": ["Q1"]}},
            {"ids": [{"text": "BUG-8"}]}, {"notes": null}]),
    ));
    let ids: Vec<_> = kept.statements.iter().map(|statement| statement.id.as_str()).collect();
    assert_eq!(ids, ["M-2026-1/CVE-2026-1000", "M-2026-1/BUG-8", "M-2026-1/3"]);
    let statement = &kept.statements[0];
    assert_eq!((&*statement.title, &statement.aliases[..]), ("A flaw", &["BUG-7".to_owned(), "CVE-2026-1000".into()][..]));
    let scores: Vec<_> = statement.scores.iter().map(|score| (score.system, score.tenths, score.by.as_str())).collect();
    assert_eq!(scores, [(System::Cvss3, Some(98), "Maker"), (System::Word, None, "Maker")]);
    assert_eq!((&*statement.remedy, statement.references.len()), ("Update to 2.5 https://maker.example/2.5", 2));
    assert_eq!((kept.rows, kept.rejected.len(), kept.statements[2].affects.len()), (1, 0, 0));
}

#[test]
fn products_of_the_tree() {
    assert_eq!(affected(&["Q1", "Q2"], &[]).0, ["name:makerquux Including(\"2.0\")..Excluding(\"2.5\") 1.0"]);
    assert_eq!(affected(&["QC"], &[]).0, ["cpe:a:maker:quux Open..Excluding(\"3.1\")"]);
    assert_eq!(affected(&["Q2"], &["Q25", "Q1"]).0, ["name:makerquux Including(\"2.0\")..Excluding(\"2.5\") !1.0 !2.5"]);
    assert_eq!(affected(&["F"], &[]).0, ["name:makerfrob 4.2"]);
    assert_eq!(affected(&["F:W"], &[]).0, ["all(name:makerfrob 4.2, beside name:windows all )"]);
    assert_eq!(affected(&["R:W"], &[]).0, ["pkg:rpm/redhat/httpd 2.4.37-1.el8"]);
}

#[test]
fn what_is_not_understood_is_no_product() {
    let (shown, bad) = affected(&["QN", "gone", "C1"], &["C2"]);
    assert_eq!((shown, bad), (Vec::<String>::new(), vec!["C1".to_owned(), "QN".into(), "gone".into()]));
}

#[test]
fn bad_documents() {
    let mut nameless = document(json!({}), json!([{"cve": "CVE-2026-1000"}]));
    nameless["document"]["tracking"]["id"] = json!("a b");
    let mut withdrawn = document(json!(null), json!([{"cve": "CVE-2026-1000"}]));
    withdrawn["document"]["category"] = json!("csaf_withdrawn");
    let deep = (0..60).fold(json!([]), |inner, _| json!([{"category": "vendor", "name": "x", "branches": inner}]));
    let deep = document(json!({"branches": deep}), json!([{"cve": "CVE-2026-1001"}]));
    let too_deep = format!("{{\"document\": {{}}, \"product_tree\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    let wrong = json!({"document": {"tracking": {"id": 7}}});
    let file = [nameless.to_string(), withdrawn.to_string(), deep.to_string(), too_deep, wrong.to_string()].join("\n");
    let kept = read_with(&FORMAT, "x", file.as_bytes()).expect("lines");
    let found: Vec<_> = kept.statements.iter().map(|statement| (statement.id.as_str(), statement.standing)).collect();
    assert_eq!(found, [("M-2026-1/CVE-2026-1000", Standing::Withdrawn), ("M-2026-1/CVE-2026-1001", Standing::Live)]);
    assert_eq!((kept.rows, kept.rejected.len()), (5, 3));
    assert!(matches!(read_with(&FORMAT, "x", b"<csaf/>"), Err(SourceError::Unlike { .. })));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(category in "product_version(_range)?|product_name|vendor", name in "(vers:[a-z]{0,6}/|[<>=|* ]|[0-9.]{0,4}|all versions|\\PC){0,8}", id in "[A-C]", other in "[A-C]") {
        let tree = json!({"branches": [{"category": category, "name": name, "product": {"product_id": id, "name": name, "product_identification_helper": {"cpe": name, "purl": name}}}],
            "relationships": [{"product_reference": other, "relates_to_product_reference": id, "full_product_name": {"product_id": other, "name": name}}]});
        let kept = kept(&document(tree, json!([{"cve": "CVE-2026-1000", "product_status": {"known_affected": [id, other], "fixed": [other]}}])));
        prop_assert_eq!(kept.statements.len(), 1);
    }
}
