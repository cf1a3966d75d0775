//! The map of the lab beside its ground truth, both ways; and what a map may not send, says and keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use app::planted::{self, Fact};
use lab::world::World;
use model::observation::Observation;
use serde_json::Value;

use crate::program::{Program, Running, lab};

/// The lab with the sites of its ledger that are mapped.
struct Mapped {
    running: Running,
    config: String,
    ledger: String,
}

fn mapped(program: &Program) -> Mapped {
    let running = lab(World::builtin().unwrap(), &program.path("."));
    let config = running.lab.config_file().to_str().unwrap().to_owned();
    let text = std::fs::read_to_string(running.lab.ledger_file()).unwrap();
    let subjects = running.lab.map();
    let is_mapped = |row: &str| subjects.keys().any(|subject| row.contains(&format!("https://{}/", &subject[5..])));
    let rows: String =
        text.lines().enumerate().filter(|(line, row)| *line == 0 || is_mapped(row)).map(|(_, row)| format!("{row}\n")).collect();
    assert_eq!(rows.lines().count(), subjects.len() + 1);
    let ledger = program.file("mapped.csv", rows).to_str().unwrap().to_owned();
    Mapped { running, config, ledger }
}

#[test]
fn the_map_equals_the_truth_and_keeps_to_what_is_permitted() {
    let program = Program::new();
    let Mapped { running, config, ledger } = mapped(&program);
    let map = program.run(&["map", "--config", &config, "--ledger", &ledger, "--format", "json"]).expect(0);
    the_facts_are_the_planted_ones(&map.json(), running.lab.map());
    closed_hosts_received_nothing(&running);
    nothing_above_the_grant_was_sent(&program.path("contacts.jsonl"), running.lab.map());
    program.run(&["source", "import", "ledger", &ledger, "--config", &config]).expect(0);
    the_tree_is_drawn(&program, &config);
    candidates_are_kept(&program, &config);
}

fn the_facts_are_the_planted_ones(report: &Value, planted: &BTreeMap<String, BTreeSet<Fact>>) {
    let subject = |subject: &Value| {
        let seen: Vec<Observation> = serde_json::from_value(subject["map"].clone()).expect("observations");
        (subject["subject"].as_str().unwrap().to_owned(), planted::facts(&seen))
    };
    let found: BTreeMap<_, _> = report["subjects"].as_array().unwrap().iter().map(subject).collect();
    assert_eq!(planted.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    let differences = planted::differences(planted, &found);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Asks each closed host for a page of our own: connections are accepted in their order, so that it is the first if nobody came before.
fn closed_hosts_received_nothing(running: &Running) {
    for host in ["www.bimen.gov.cn", "www.xieke.gov.cn"] {
        let mut own = TcpStream::connect((running.lab.address(host).unwrap(), running.lab.http_port())).unwrap();
        write!(own, "GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
        own.read_to_end(&mut Vec::new()).unwrap();
        assert_eq!(running.lab.visitors(host), 1, "{host}");
    }
    assert!(running.lab.visitors("www.fuwu.gov.cn") > 2);
}

/// The log of contacts beside the truth: who permits no survey got none. A host that asks us to stay away was asked for its robots.txt.
fn nothing_above_the_grant_was_sent(log: &Path, planted: &BTreeMap<String, BTreeSet<Fact>>) {
    let text = std::fs::read_to_string(log).unwrap();
    let contacts: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let detectable = |contact: &&Value| matches!(contact["purpose"].as_str(), Some("survey" | "discovery"));
    let of = |subject: &str| contacts.iter().filter(detectable).filter(|contact| contact["subject"] == subject).count();
    let refused = ("not_permitted".to_owned(), "services".to_owned());
    let (without, with): (Vec<_>, Vec<_>) = planted.iter().partition(|(_, facts)| facts.contains(&refused));
    assert!(without.len() > 5 && with.len() > 20, "{} {}", without.len(), with.len());
    assert!(of("site:oracle.fuwu.gov.cn") > 2);
    for (subject, _) in without {
        assert_eq!(of(subject), usize::from(subject == "site:www.shoujing.gov.cn"), "{subject}");
    }
}

/// Found names become rows of the ledger that nobody has claimed yet, and are not found again.
fn candidates_are_kept(program: &Program, config: &str) {
    let keep = ["map", "www.baiyuan.gov.cn", "--config", config, "--keep-candidates", "--format", "json"];
    let kept = program.run(&keep).expect(0);
    assert!(kept.err.contains("7 candidates are in the ledger now"), "{}", kept.err);
    let list = program.run(&["ledger", "list", "--format", "csv", "--config", config]).expect(0);
    for host in ["oa", "jk", "sj", "mx", "ns1", "ns2", "out"] {
        let row = list.out.lines().find(|row| row.contains(&format!("site:{host}.baiyuan.gov.cn")));
        assert!(row.is_some_and(|row| row.contains("candidate")), "{host}: {}", list.out);
    }
    let found = program.run(&["map", "oa.baiyuan.gov.cn", "--config", config, "--format", "json"]).expect(0).json();
    assert_eq!(found["subjects"][0]["application"]["status"], "candidate");
    let again = program.run(&keep).expect(0);
    assert!(again.err.contains("0 candidates"), "{}", again.err);
}

fn the_tree_is_drawn(program: &Program, config: &str) {
    let without_browser = std::fs::read_to_string(config).unwrap() + "\n[browser]\nenabled = false\n";
    let config = program.file("no-browser.toml", without_browser);
    let drawn = program.run(&["check", "www.yunzhan.gov.cn", "--map", "--config", config.to_str().unwrap()]).expect(0);
    for word in ["www.yunzhan.gov.cn", "示例政务云", "443", "jQuery", "3.6.0", "TLSv1.3", "/article/1.html"] {
        assert!(drawn.out.contains(word), "{word}: {}", drawn.out);
    }
    assert!(drawn.out.lines().all(|line| columns(line) <= 80), "{}", drawn.out);
}

/// Columns on a terminal, near enough: Chinese characters take two.
fn columns(line: &str) -> usize {
    line.chars().map(|character| if ('\u{2e80}'..'\u{ffef}').contains(&character) { 2 } else { 1 }).sum()
}

/// Two ways out with different addresses of their own look at one subject; each look carries the name of its vantage point.
#[test]
fn one_subject_is_seen_from_two_vantage_points() {
    let program = Program::new();
    let running = lab(World::replicate(1), &program.path("."));
    let elsewhere = "\n[[vantages]]\nname = \"elsewhere\"\nsource_address = \"127.9.9.9\"\n";
    let settings = std::fs::read_to_string(running.lab.config_file()).unwrap() + elsewhere;
    let config = program.file("two.toml", settings);
    let ledger = running.lab.ledger_file();
    let arguments = ["map", "--config", config.to_str().unwrap(), "--ledger", ledger.to_str().unwrap(), "--format", "json"];
    let map = program.run(&arguments).expect(0).json();
    let seen = map["subjects"][0]["map"].as_array().unwrap();
    for kind in ["host_dns", "secure_visit"] {
        let of_kind = seen.iter().filter(|seen| seen["kind"] == kind && seen["outcome"]["seen"].is_object());
        let vantages: BTreeSet<&str> = of_kind.map(|seen| seen["vantage"].as_str().unwrap()).collect();
        assert_eq!(vantages, BTreeSet::from(["elsewhere", "local"]), "{kind}");
    }
}

#[test]
fn a_list_or_set_of_no_use_is_named() {
    let program = Program::new();
    let missing = program.path("nowhere.csv");
    let empty = program.file("empty.csv", "");
    let section = |section: &str, key: &str, path: &PathBuf| format!("[{section}]\n{key} = {path:?}\n");
    for (settings, word) in [
        (section("geo", "country_db", &missing), "nowhere.csv"),
        (section("geo", "asn_db", &empty), "empty.csv"),
        (section("geo", "providers", &program.file("list.json", "{\"cdn\": [")), "list.json"),
        (section("fingerprints", "wappalyzer", &missing), "nowhere.csv"),
    ] {
        let config = program.file("config.toml", format!("[net]\nresolvers = [\"127.0.0.1:9\"]\n{settings}"));
        let ended = program.run(&["map", "www.example.gov.cn", "--config", config.to_str().unwrap()]);
        assert!(matches!(ended.status, 2 | 3), "{settings}: {}", ended.status);
        assert!(ended.err.contains(word) && ended.out.is_empty(), "{settings}: {}", ended.err);
        assert_eq!(ended.err.trim_end().lines().count(), 1, "{}", ended.err);
    }
}

/// Sites of the map that is interrupted; many enough that it cannot be over before.
const SITES: usize = 400;

#[test]
fn an_interrupted_map_goes_on_where_it_was() {
    let program = Program::new();
    let running = lab(World::replicate(SITES), &program.path("."));
    let slow = std::fs::read_to_string(running.lab.config_file()).unwrap() + "\n[limits]\nsubjects_at_a_time = 2\n";
    let config = program.file("slow.toml", slow);
    let ledger = running.lab.ledger_file();
    let map = ["map", "--config", config.to_str().unwrap(), "--ledger", ledger.to_str().unwrap(), "--format", "json", "-v"];
    let mut child = program.command(&map).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("recorded"))).expect("a first record").unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{rest:?}");
    let resumed = program.run(&map).expect(0);
    assert!(resumed.err.contains("going on with an unfinished run"), "{}", resumed.err);
    assert_eq!(resumed.json()["subjects"].as_array().unwrap().len(), SITES);
}
