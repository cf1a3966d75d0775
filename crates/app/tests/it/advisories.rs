//! From an advisory to the affected, a notice and the mended site, with the binary beside a lab whose site is upgraded meanwhile.

use lab::world::World;
use serde_json::{Value, json};

use crate::program::{Program, Running, lab};

const FLAW: &str = "CVE-2099-30001";
const SITE: &str = "site:b00001.gov.cn";

/// Two sites; the first loads jQuery in this version.
fn world(version: &str) -> World {
    let mut world = World::replicate(2);
    let site = &mut world.institutions[0].sites[0];
    site.files.insert("/js/jquery.js".into(), format!("/*! jQuery v{version} | (c) its authors */\nwindow.jQuery = {{}};\n"));
    site.page.head = "<script src=\"/js/jquery.js\"></script>".into();
    world
}

/// NVD's record of a flaw in jQuery before 1.9.0.
fn advisory() -> String {
    let criteria = "cpe:2.3:a:jquery:jquery:*:*:*:*:*:*:*:*";
    let leaf = json!({ "vulnerable": true, "criteria": criteria, "versionEndExcluding": "1.9.0" });
    let score = json!({
        "source": "nvd@nist.gov",
        "type": "Primary",
        "cvssData": { "version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8 },
    });
    json!({
        "resultsPerPage": 1,
        "format": "NVD_CVE",
        "version": "2.0",
        "vulnerabilities": [{ "cve": {
            "id": FLAW,
            "sourceIdentifier": "lab@example.com",
            "published": "2026-06-01T08:00:00.000",
            "lastModified": "2026-06-01T08:00:00.000",
            "vulnStatus": "Analyzed",
            "descriptions": [{ "lang": "en", "value": "An invented flaw." }],
            "metrics": { "cvssMetricV31": [score] },
            "configurations": [{ "nodes": [{ "operator": "OR", "negate": false, "cpeMatch": [leaf] }] }],
        } }],
    })
    .to_string()
}

struct Centre {
    program: Program,
    config: String,
}

impl Centre {
    /// Starts a lab in the program's folder, where the store of an earlier one stays, and sweeps it.
    fn sweep(program: Program, world: World) -> (Self, Running) {
        let running = lab(world, &program.path("."));
        let config = running.lab.config_file().to_str().unwrap().to_owned();
        let ledger = running.lab.ledger_file().to_str().unwrap().to_owned();
        let centre = Self { program, config };
        centre.run(&["source", "import", "ledger", &ledger], 0);
        centre.run(&["sweep", "--fresh", "--format", "jsonl"], 1);
        (centre, running)
    }

    /// What a command says on standard output and on standard error.
    #[track_caller]
    fn run(&self, arguments: &[&str], status: i32) -> (String, String) {
        let all: Vec<&str> = arguments.iter().copied().chain(["--config", &self.config]).collect();
        let ended = self.program.run(&all).expect(status);
        (ended.out, ended.err)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.run(arguments, 0).0).expect("a JSON document")
    }
}

#[test]
fn an_advisory_finds_the_affected_and_the_upgrade_closes_the_finding() {
    let (centre, running) = Centre::sweep(Program::new(), world("1.8.3"));
    let file = centre.program.file("advisory.json", advisory()).to_str().unwrap().to_owned();
    let (_, err) = centre.run(&["advisory", "import", &file], 0);
    assert!(err.contains("1 opened, 0 closed"), "{err}");
    let (_, err) = centre.run(&["advisory", "import", &file], 0);
    assert!(!err.contains("opened"), "the same again changes nothing: {err}");

    let affected = centre.json(&["advisory", "match", FLAW, "--format", "json"]);
    let lines = affected["affected"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "{affected}");
    let line = &lines[0];
    assert_eq!((&line["subject"], &line["certainty"]), (&SITE.into(), &"certain".into()), "{line}");
    assert_eq!(line["component"]["version"]["number"], "1.8.3");
    assert_eq!(line["institution_name"], "霁川省人民政府");
    assert_eq!(affected["divisions"][0]["institutions"], 1);
    let (elsewhere, _) = centre.run(&["advisory", "match", FLAW, "--region", "510000", "--format", "csv"], 0);
    assert_eq!(elsewhere.lines().count(), 1, "the head alone: {elsewhere}");
    let (list, _) = centre.run(&["advisory", "list", "--format", "csv"], 0);
    assert!(list.lines().any(|row| row.starts_with(FLAW)), "{list}");

    the_owner_is_told_once(&centre);
    let (changes, _) = centre.run(&["rejudge"], 0);
    assert!(!changes.contains("b00002"), "nothing is new of the other site: {changes}");

    drop(running);
    let (centre, _running) = Centre::sweep(centre.program, world("3.7.1"));
    let affected = centre.json(&["advisory", "match", FLAW, "--format", "json"]);
    assert_eq!(affected["affected"], json!([]));
    let curve = centre.json(&["advisory", "curve", FLAW, "--format", "json"]);
    let last = curve.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["open"], &last["closed"]), (&0.into(), &1.into()), "{curve}");
}

#[test]
fn a_bill_of_materials_is_matched_at_once() {
    let program = Program::new();
    let centre = Centre { config: program.file("mingcha.toml", "").to_str().unwrap().to_owned(), program };
    let file = centre.program.file("advisory.json", advisory()).to_str().unwrap().to_owned();
    centre.run(&["advisory", "import", &file], 0);
    let declare = |version: &str| {
        let component = json!({ "type": "library", "name": "jquery", "version": version, "purl": format!("pkg:npm/jquery@{version}"),
            "cpe": format!("cpe:2.3:a:jquery:jquery:{version}:*:*:*:*:*:*:*") });
        let bill = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [component] });
        let file = centre.program.file("bom.json", bill.to_string()).to_str().unwrap().to_owned();
        centre.run(&["source", "import", "sbom", &file, "--of", "b00001.gov.cn"], 0).1
    };
    let err = declare("1.8.3");
    assert!(err.contains("1 opened, 0 closed"), "no look at the site is needed: {err}");
    let affected = centre.json(&["advisory", "match", FLAW, "--format", "json"]);
    assert_eq!(affected["affected"][0]["component"]["channel"], "sbom", "{affected}");
    let err = declare("3.7.1");
    assert!(err.contains("0 opened, 1 closed"), "{err}");
}

fn the_owner_is_told_once(centre: &Centre) {
    let notify = ["advisory", "notify", FLAW, "--by", "analyst", "--out", "notices"];
    let (_, err) = centre.run(&notify, 0);
    assert!(err.contains("1 notices; 0 findings told before"), "{err}");
    let notices: Vec<_> = std::fs::read_dir(centre.program.path("notices")).unwrap().collect();
    assert_eq!(notices.len(), 1);
    let text = std::fs::read_to_string(notices[0].as_ref().unwrap().path()).unwrap();
    assert!(text.contains(FLAW) && text.contains("b00001.gov.cn") && text.contains("1.8.3"), "{text}");
    let (_, err) = centre.run(&notify, 0);
    assert!(err.contains("0 notices; 1 findings told before"), "{err}");
}

#[test]
fn what_is_no_advisory_is_refused_with_what_to_do() {
    let program = Program::new();
    program.file("table.csv", "domain,owner\nexample.cn,x\n");
    let refused = program.run(&["advisory", "import", "table.csv"]).expect(2);
    assert!(refused.err.contains("--kind"), "{}", refused.err);
    program
        .file("half.json", "{\"resultsPerPage\":1,\"format\":\"NVD_CVE\",\"vulnerabilities\":[{\"cve\":{\"id\":\"CVE-2099-1\"");
    let half = program.run(&["advisory", "import", "half.json"]).expect(2);
    assert!(half.err.contains("half.json"), "{}", half.err);
    let unknown = program.run(&["advisory", "match", "CVE-1999-0001"]).expect(2);
    assert!(unknown.err.contains("CVE-1999-0001"), "{}", unknown.err);
}
