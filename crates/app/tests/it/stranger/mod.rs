//! A stranger's test network: Debian's nginx, Apache and unbound, told about the product by nothing but a configuration and a ledger.
//!
//! None of these servers was written by this project, so they show where the product and its lab share a mistake.

mod authority;
mod sites;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use lab::world::World;
use serde_json::Value;

use self::authority::Authority;
use self::sites::{By, Fault, SITES};
use crate::program::{Program, lab, verdict};
use crate::servers::{Place, Server};

#[test]
fn servers_of_others_are_judged_right() {
    let program = Program::new();
    let folder = program.path(".");
    let place = Place::new();
    let _servers = start(&folder, &place);
    let config = program.file(
        "config.toml",
        format!(
            "[net]\nresolvers = [\"{}\"]\nallow_ranges = [\"127.0.0.0/8\"]\nextra_root_certificates = [\"{}\"]\n\
             connect_timeout_s = 5\nread_timeout_s = 10\ndns_timeout_s = 5\nper_ip_rate = 500\nper_ip_burst = 500\nper_network_rate = 500\n\
             [net.port_map]\n80 = {}\n443 = {}\n[policy]\ndead_link_gap_s = 0\n[store]\nurl = \"sqlite:{}\"\n[blobs]\nurl = \"file:{}\"\n",
            place.resolver(),
            folder.join("ca.pem").display(),
            place.http,
            place.https,
            folder.join("mingcha.db").display(),
            folder.join("blobs").display(),
        ),
    );
    let office = program.file("office.csv", sites::office_ledger());
    let other = program.file("other.csv", sites::program_ledger());
    let [config, office, other] = [&config, &office, &other].map(|path| path.to_str().unwrap());
    let sweep = program.run(&["sweep", "--config", config, "--ledger", office, "--ledger", other, "--format", "json"]).expect(1);
    let report = sweep.json();
    let differences: Vec<String> = SITES.iter().flat_map(|site| differences(&report, &site.subject(), site.expected())).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    the_healthy_pass(&report);
    the_evidence_says_so(&report);
}

/// Writes pages, keys and configurations, and starts everything.
fn start(folder: &Path, place: &Place) -> [Server; 3] {
    // Apache's workers run as another user where the tests run as root.
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let authority = Authority::new(folder);
    for site in &SITES {
        site.write(folder);
    }
    let doors = |by: By| [place.http, place.https].map(|port| (place.address(by as u8), port).into());
    let [only_http, _] = doors(By::NginxWithout443);
    let [plain, secure] = doors(By::Nginx);
    [
        Server::nginx(folder, &sites::nginx(folder, place, &authority), &[plain, secure, only_http]),
        Server::apache(folder, &sites::apache(folder, place, &authority), &doors(By::Apache)),
        Server::unbound(folder, place, &sites::zones(place)),
    ]
}

/// Rules that compare with registers, lists, sets or declarations, or take a grant. The stranger loads and grants none, so that they cannot
/// decide where they apply.
const WITHOUT_LISTS: [&str; 19] = [
    "CLOUD001", "CLOUD004", "DOM006", "DOM007", "MARK003", "ORG009", "ORG010", "ORG011", "ORG012", "SUP003", "SUP004", "SUP006",
    "SUP007", "VULN001", "VULN003", "VULN004", "VULN005", "VULN006", "VULN007",
];

/// Where the verdicts of a subject are others than `expected`, and where one that is not named is neither pass nor not applicable, or
/// for want of a list is anything but undetermined or not applicable.
fn differences(report: &Value, subject: &str, expected: &[(&str, &str)]) -> Vec<String> {
    let subjects = report["subjects"].as_array().unwrap();
    let found = subjects.iter().find(|entry| entry["subject"] == subject);
    let verdicts = found.unwrap_or_else(|| panic!("{subject} is not in the report"))["verdicts"].as_array().unwrap();
    let rules: Vec<&str> = verdicts.iter().map(|verdict| verdict["rule"].as_str().unwrap()).collect();
    let missing =
        expected.iter().filter(|(rule, _)| !rules.contains(rule)).map(|(rule, _)| format!("{subject} {rule}: not judged"));
    let wrong = verdicts.iter().filter_map(|verdict| {
        let rule = verdict["rule"].as_str().unwrap();
        let value = verdict["verdict"].as_str().unwrap();
        let got = match verdict["grade"].as_str().unwrap_or("violation") {
            "violation" => value.to_owned(),
            grade => format!("{value} {grade}"),
        };
        let wanted = expected.iter().find(|(named, _)| *named == rule).map(|(_, wanted)| *wanted);
        let usual = if WITHOUT_LISTS.contains(&rule) { "undetermined" } else { "pass" };
        let right = wanted.map_or(value == usual || value == "not_applicable", |wanted| wanted == got);
        (!right).then(|| format!("{subject} {rule}: expected {}, got {got}: {}", wanted.unwrap_or(usual), verdict["reason"]))
    });
    missing.chain(wrong).collect()
}

/// Nothing of a healthy site goes by as not applicable that applies.
fn the_healthy_pass(report: &Value) {
    let for_all = [
        "DATA001", "DATA002", "DATA003", "DATA012", "LINK001", "MARK001", "MARK002", "MARK004", "MARK006", "ORG003", "ORG004",
        "ORG005",
    ];
    for site in SITES.iter().filter(|site| site.fault == Fault::None) {
        let own: &[&str] = if site.organ { &["DOM002", "DOM005", "LINK004", "ORG001"] } else { &["DOM001", "DOM003"] };
        for rule in for_all.iter().chain(own) {
            let verdict = verdict(report, &site.subject(), rule);
            let spared = *rule == "ORG001" && verdict["verdict"] == "not_applicable";
            assert!(verdict["verdict"] == "pass" || spared, "{} {rule}: {verdict}", site.host);
        }
    }
    for rule in ["MAIL008", "MAIL009"] {
        assert_eq!(verdict(report, "mail:songyin.gov.cn", rule)["verdict"], "pass");
        assert_eq!(verdict(report, "mail:dieshi.gov.cn", rule)["verdict"], "violation");
    }
}

/// The facts behind some verdicts are those of the servers, so that none is right by chance.
fn the_evidence_says_so(report: &Value) {
    let facts = |subject: &str, rule: &str| verdict(report, subject, rule)["facts"].clone();
    assert_eq!(facts("site:www.dieshi.gov.cn", "ORG005")["matched"], "叠石县人民政府", "GBK without a word in the header");
    assert_eq!(facts("site:www.guyu.gov.cn", "DATA003")["problems"], "expired");
    assert_eq!(facts("site:www.zhilan.gov.cn", "DATA003")["problems"], "name_mismatch");
    assert_eq!(facts("site:www.luting.gov.cn", "LINK001")["dead"], "2");
    assert_eq!(facts("site:www.songyin.gov.cn", "DATA002")["hsts_max_age"], "31536000");
}

/// The lab's own zones through a resolver that the lab did not write: signed and broken zones, failing servers, aliases.
#[test]
fn the_lab_is_the_same_behind_unbound() {
    let program = Program::new();
    let folder = program.path(".");
    let running = lab(World::builtin().unwrap(), &folder);
    let place = Place::new();
    let forward =
        format!("forward-zone:\n  name: \".\"\n  forward-addr: {}\n", running.lab.resolver().to_string().replace(':', "@"));
    let _unbound = Server::unbound(&folder, &place, &forward);
    let own = format!("\"{}\"", running.lab.resolver());
    let config = std::fs::read_to_string(running.lab.config_file()).unwrap();
    assert!(config.contains(&own), "{config}");
    let config = config.replace(&own, &format!("\"{}\"", place.resolver())) + "\n[browser]\nenabled = false\n";
    let config = program.file("behind.toml", config);
    let ledger = running.lab.ledger_file();
    let sweep = program
        .run(&["sweep", "--config", config.to_str().unwrap(), "--ledger", ledger.to_str().unwrap(), "--format", "json"])
        .expect(1);
    let report = sweep.json();
    // Without the browser, the rules that need no page say the same as ever.
    let rules = ["DOM001", "DOM002", "DOM003", "DOM005", "DATA001", "DATA002", "DATA003", "DATA012", "MAIL008", "MAIL009"];
    let truth = running.lab.truth().iter().filter(|((_, rule), _)| rules.contains(&rule.as_str()));
    let mut compared = 0;
    let wrong = truth.filter_map(|((subject, rule), expect)| {
        compared += 1;
        let got = verdict(&report, subject, rule);
        (got["verdict"] != *expect.verdict).then(|| format!("{subject} {rule}: expected {}, got {got}", expect.verdict))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 500, "{compared}");
}
