//! A template that comes after the look is matched against what was stored, when the servers are gone.

use lab::world::World;
use serde_json::Value;

use crate::program::{Program, lab};

fn template(id: &str, request: &str, matcher: &str) -> String {
    format!(
        "id: {id}\ninfo:\n  name: Of the lab\n  author: lab\n  severity: high\n  classification:\n    cve-id: CVE-2099-40001\n\
         http:\n  - {request}\n    path: [\"{{{{BaseURL}}}}/\"]\n    matchers:\n      - {{ type: word, words: [\"{matcher}\"] }}\n"
    )
}

#[test]
fn templates_are_matched_over_stored_answers() {
    let mut world = World::replicate(2);
    world.institutions[0].sites[0].page.head = "<!-- portal build 20990101 -->".into();
    let program = Program::new();
    let running = lab(world, &program.path("."));
    let config = running.lab.config_file().to_str().unwrap().to_owned();
    let ledger = running.lab.ledger_file().to_str().unwrap().to_owned();
    program.run(&["sweep", "--ledger", &ledger, "--format", "jsonl", "--config", &config]).expect(1);
    drop(running);

    program.file("new/build.yaml", template("portal-build", "method: GET", "portal build 20990101"));
    program.file("new/other.yaml", template("another-build", "method: GET", "portal build 20980101"));
    program.file("new/writes.yaml", template("posts", "method: POST", "portal build 20990101"));
    let list = program.run(&["templates", "list", "new", "--format", "csv"]).expect(0);
    let rows: Vec<&str> = list.out.lines().skip(1).collect();
    assert!(list.err.contains("2 taken, 1 refused"), "{}", list.err);
    assert!(rows.iter().any(|row| row.starts_with("posts,method,")), "{}", list.out);

    let matched = program.run(&["templates", "match", "new", "--format", "json", "--config", &config]).expect(1);
    let found: Value = serde_json::from_str(&matched.out).unwrap();
    let found: Vec<_> = found.as_array().unwrap().iter().map(|one| (&one["subject"], &one["proof"]["template"])).collect();
    assert_eq!(found, [(&"site:b00001.gov.cn".into(), &"portal-build".into())], "{}", matched.out);
    program.run(&["templates", "match", "new/other.yaml", "--config", &config]).expect(0);
}

#[test]
fn no_templates_is_wrong_use() {
    let program = Program::new();
    let none = program.run(&["templates", "list"]).expect(2);
    assert!(none.err.contains("[active]"), "{}", none.err);
    let gone = program.run(&["templates", "match", "nowhere.yaml"]).expect(2);
    assert!(gone.err.contains("nowhere.yaml"), "{}", gone.err);
}
