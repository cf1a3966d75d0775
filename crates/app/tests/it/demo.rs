//! The whole sweep of the lab beside its ground truth, both ways; then everything that can be done with what is stored.

use serde_json::Value;

use crate::program::Program;

#[test]
fn every_planted_violation_is_found_and_nothing_else() {
    let program = Program::new();
    let demo = program.run(&["demo", "--out", "demo"]).expect(0);
    assert!(demo.out.contains("unexpected 0"), "{}", demo.out);
    let report: Value = serde_json::from_slice(&std::fs::read(program.path("demo/report.json")).unwrap()).unwrap();
    the_report_keeps_its_schema(&report);
    let config = program.path("demo/lab/mingcha.toml");
    let config = config.to_str().unwrap();
    verdicts_verify(&program, config, &report);
    judging_again_changes_nothing(&program, config);
    raw_evidence_that_was_changed_is_found(&program, config, &report);
    the_report_can_be_written_again(&program, config);
}

fn the_report_keeps_its_schema(report: &Value) {
    let schema = include_str!("../../../../docs/schema/report.schema.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let errors: Vec<_> = validator.iter_errors(report).take(3).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// The ids of one verdict of each rule.
fn some_verdicts(report: &Value) -> Vec<String> {
    let subjects = report["subjects"].as_array().unwrap();
    let verdicts = subjects.iter().flat_map(|subject| subject["verdicts"].as_array().unwrap());
    let by_rule: std::collections::BTreeMap<_, _> =
        verdicts.map(|verdict| (verdict["rule"].as_str().unwrap(), verdict["id"].as_str().unwrap().to_owned())).collect();
    by_rule.into_values().collect()
}

fn verdicts_verify(program: &Program, config: &str, report: &Value) {
    for id in some_verdicts(report) {
        let verified = program.run(&["verify", &id[..16], "--config", config]).expect(0);
        assert!(verified.out.ends_with("\nequal\n"), "{}", verified.out);
    }
    program.run(&["verify", "zzzz", "--config", config]).expect(2);
}

fn judging_again_changes_nothing(program: &Program, config: &str) {
    let again = program.run(&["rejudge", "--as-sealed", "--config", config]).expect(0);
    assert_eq!(again.out, "", "rules are functions of their evidence");
}

fn raw_evidence_that_was_changed_is_found(program: &Program, config: &str, report: &Value) {
    let subjects = report["subjects"].as_array().unwrap();
    let verdicts = subjects.iter().flat_map(|subject| subject["verdicts"].as_array().unwrap());
    let mut pages = verdicts.filter(|verdict| verdict["rule"] == "ORG003" && verdict["verdict"] == "pass");
    let id = pages.next().unwrap()["id"].as_str().unwrap();
    let blobs = rusqlite::Connection::open(program.path("demo/lab/blobs.db")).unwrap();
    assert!(blobs.execute("update blobs set bytes = zeroblob(length(bytes))", []).unwrap() > 100);
    let verified = program.run(&["verify", id, "--config", config]).expect(1);
    assert!(verified.out.contains("altered") && verified.out.ends_with("\nnot equal\n"), "{}", verified.out);
}

fn the_report_can_be_written_again(program: &Program, config: &str) {
    let table = program.run(&["report", "--config", config]).expect(1);
    assert!(table.out.lines().all(|line| unicode_width(line) <= 80), "{}", table.out);
    let lines = program.run(&["report", "--format", "jsonl", "--config", config]).expect(1);
    assert!(lines.out.lines().count() > 100);
    let sarif = program.run(&["report", "--format", "sarif", "--config", config]).expect(1);
    assert_eq!(sarif.json()["version"], "2.1.0");
}

/// Columns on a terminal, near enough: Chinese characters take two.
fn unicode_width(line: &str) -> usize {
    line.chars().map(|character| if ('\u{2e80}'..'\u{ffef}').contains(&character) { 2 } else { 1 }).sum()
}
