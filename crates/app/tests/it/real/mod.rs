//! What others wrote, as it stands on the Internet: old npm packages on pages, Debian's web applications behind nginx and PHP, bills of
//! materials that another tool made; told and matched by the binary with the published feeds.
//!
//! The truth is what `package.json`, `dpkg` and the feeds themselves state. `make install-test` installs all of it.

mod applications;
mod libraries;
mod retire;
mod wordpress;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use self::applications::APPLICATIONS;
use self::libraries::{LIBRARIES, Way};
use crate::program::Program;
use crate::servers::{Place, Server};

/// A page of a site, with this in its head.
fn page(title: &str, head: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>书院县{title}</title>\n{head}</head>\n\
         <body><h1>书院县{title}</h1><p>主办单位：书院县人民政府</p>{}</body></html>\n",
        "<p>书院县人民政府办公室关于做好今年汛前检查工作的通知，请各单位认真贯彻执行。</p>".repeat(6)
    )
}

/// The published feeds, where the machine has them.
fn feeds() -> Option<PathBuf> {
    let feeds = std::env::var_os("MINGCHA_SAMPLE_DATA").map(PathBuf::from);
    if feeds.is_none() {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
    }
    feeds
}

/// A product with its store, and the servers that it looks at.
struct World {
    program: Program,
    config: String,
    _servers: [Server; 4],
}

impl World {
    fn new(feeds: &Path) -> Self {
        let program = Program::new();
        let folder = program.path(".");
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let place = Place::new();
        let servers = start(&folder, &place);
        unpack(&feeds.join("02-fingerprints/wappalyzer-enthec/webappanalyzer-technologies.tar.xz"), &folder);
        let config = format!(
            "[net]\nresolvers = [\"{}\"]\nallow_ranges = [\"127.0.0.0/8\"]\nper_ip_rate = 500\nper_ip_burst = 500\n\
             per_network_rate = 500\n[net.port_map]\n80 = {}\n443 = {}\n[policy]\ndead_link_gap_s = 0\n[browser]\nenabled = false\n\
             [store]\nurl = \"sqlite:{root}/mingcha.db\"\n[blobs]\nurl = \"file:{root}/blobs\"\n\
             [fingerprints]\nwappalyzer = \"{root}/src\"\n[lists]\nretirejs = \"{}\"\n",
            place.resolver(),
            place.http,
            place.https,
            feeds.join("03-retirejs/jsrepository-v4.json").display(),
            root = folder.display(),
        );
        let config = program.file("config.toml", config).to_str().unwrap().to_owned();
        Self { program, config, _servers: servers }
    }

    /// What a command says on standard output and on standard error.
    #[track_caller]
    fn run(&self, arguments: &[&str], status: i32) -> (String, String) {
        let all: Vec<&str> = arguments.iter().copied().chain(["--config", &self.config]).collect();
        let ended = self.program.run(&all).expect(status);
        (ended.out, ended.err)
    }

    /// Takes in the pages of endoflife.date, which it reads from a plain archive.
    fn life_cycles(&self, packed: &Path) {
        unpack(packed, &self.program.path("."));
        let archive = self.program.path("cycles.tar");
        let mut pack = Command::new("tar");
        pack.arg("-cf").arg(&archive).arg("-C").arg(self.program.path(".")).arg("products");
        assert!(pack.status().unwrap().success());
        self.run(&["source", "import", "eol", archive.to_str().unwrap()], 0);
    }

    /// The newest observation of a kind.
    fn observed(&self, subject: &str, kind: &str) -> Value {
        let store = rusqlite::Connection::open(self.program.path("mingcha.db")).unwrap();
        let mut select = store.prepare("select body from observations order by rowid desc").unwrap();
        let bodies = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let all = bodies.map(|body| serde_json::from_str::<Value>(&body.unwrap()).unwrap());
        let found = all.into_iter().find(|seen| seen["subject"] == subject && seen["kind"] == kind);
        found.unwrap_or_else(|| panic!("no {kind} of {subject}"))["outcome"]["seen"]["value"].clone()
    }
}

fn start(folder: &Path, place: &Place) -> [Server; 4] {
    let (door, php) = ((place.address(1), place.http).into(), (place.address(9), place.http).into());
    let database = applications::start(folder, (place.address(10), place.http).into());
    let mut http = applications::nginx(folder, door, php);
    for way in Way::ALL {
        let root = folder.join(way.host());
        way.write(&root);
        http += &format!("  server {{ listen {door}; server_name {}; root {}; }}\n", way.host(), root.display());
    }
    for (form, host) in DECLARED {
        let root = folder.join(host);
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("index.html"), page(form, "")).unwrap();
        http += &format!("  server {{ listen {door}; server_name {host}; root {}; }}\n", root.display());
    }
    let names: String = hosts().map(|host| format!("  local-data: \"{host}. A {}\"\n", place.address(1))).collect();
    let zone = "  local-zone: \".\" static\n  local-data: \". SOA a.invented. b.invented. 1 3600 900 86400 60\"\n";
    [
        database,
        Server::php(folder, php),
        Server::nginx(folder, &http, &[door]),
        Server::unbound(folder, place, &format!("{zone}{names}")),
    ]
}

fn hosts() -> impl Iterator<Item = &'static str> {
    let declared = DECLARED.into_iter().map(|(_, host)| host);
    Way::ALL.into_iter().map(Way::host).chain(declared).chain(APPLICATIONS.iter().map(|application| application.host))
}

fn unpack(archive: &Path, folder: &Path) {
    let unpacked = Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(folder).status().unwrap();
    assert!(unpacked.success(), "tar -xf {}", archive.display());
}

/// A site whose components its institution declares, by the form of its bill of materials.
const DECLARED: [(&str, &str); 2] = [("JSON", "www.qingdan.gov.cn"), ("XML", "www.mingxi.gov.cn")];

#[test]
fn what_others_wrote_is_told_and_matched() {
    let Some(feeds) = feeds() else { return };
    let world = World::new(&feeds);
    for year in ["2018", "2023"] {
        let feed = feeds.join(format!("04-cve/nvd-2.0-converted/nvdcve-2.0-{year}.json.gz"));
        world.run(&["advisory", "import", feed.to_str().unwrap()], 0);
    }
    world.life_cycles(&feeds.join("05-eol/endoflife-products-md.tar.xz"));
    let mut ledger =
        "institution_name,institution_type,level,division_code,application_kind,application_name,address\n".to_owned();
    for host in hosts() {
        ledger += &format!("书院县人民政府,party_government,county,620990,web_site,{host},http://{host}/\n");
    }
    let ledger = world.program.file("ledger.csv", ledger).to_str().unwrap().to_owned();
    world.run(&["source", "import", "ledger", &ledger], 0);
    declare(&world);
    let (report, _) = world.run(&["sweep", "--ledger", &ledger, "--format", "json"], 1);
    let report: Value = serde_json::from_str(&report).unwrap();

    let repository = std::fs::read(feeds.join("03-retirejs/jsrepository-v4.json")).unwrap();
    let repository: Value = serde_json::from_slice(&repository).unwrap();
    for way in Way::ALL {
        libraries_are_told(&world, way);
        libraries_are_matched(&world, way, &repository);
    }
    bills_say_what_npm_installed(&world);
    applications::are_told(&world, &report);
}

/// Name and version of the components of a site that tell a version.
fn versions(world: &World, host: &str) -> BTreeMap<(String, String), Value> {
    let seen = world.observed(&format!("site:{host}"), "components");
    let all = seen["found"].as_array().unwrap().iter().filter(|component| component["version"]["number"] != "");
    let named = |component: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        ((text(&component["name"]), text(&component["version"]["number"])), component.clone())
    };
    all.map(named).collect()
}

/// Each library in the version of its package, under the name of its package; and none that is not there.
fn libraries_are_told(world: &World, way: Way) {
    let mut found = versions(world, way.host());
    assert!(found.remove(&("nginx".into(), nginx_version())).is_some(), "{way:?}: {found:?}");
    let expected: BTreeSet<_> = way.expected().map(|library| (library.name.to_owned(), library.version())).collect();
    let told: BTreeSet<_> = found.keys().cloned().collect();
    assert_eq!(told, expected, "{way:?}");
    for library in way.expected() {
        let component = &found[&(library.name.to_owned(), library.version())];
        assert_eq!(component["version"]["told"], "exact", "{way:?}: {component}");
        assert!(component["products"].as_array().unwrap().contains(&library.purl().into()), "{way:?}: {component}");
    }
}

fn nginx_version() -> String {
    let packaged = applications::packaged("nginx-light");
    packaged.split('-').next().unwrap_or_default().to_owned()
}

/// What reaches the libraries by the repository of retire.js is what the repository itself says, both ways; and NVD says so too where it has
/// the same.
fn libraries_are_matched(world: &World, way: Way, repository: &Value) {
    let seen = world.observed(&format!("site:{}", way.host()), "vulnerabilities");
    assert_eq!(seen["beyond"], 0, "{way:?}");
    for library in way.expected() {
        let version = library.version();
        let of_it = |found: &&Value| {
            found["component"]["name"] == library.name && found["component"]["version"]["number"] == version.as_str()
        };
        let matches: Vec<&Value> = seen["matches"].as_array().unwrap().iter().filter(of_it).collect();
        let said = retire::names(&repository[library.entry], &version);
        let mut told = BTreeSet::new();
        for found in matches.iter().filter(|found| found["sources"].as_array().unwrap().contains(&"retirejs".into())) {
            let all = found["names"].as_array().unwrap().iter().chain([&found["vulnerability"]]);
            let names: BTreeSet<String> = all.map(|name| name.as_str().unwrap().to_owned()).collect();
            // What has no public name goes by one of ours; other names of what is said may be those of another entry.
            let is_said = names.iter().all(|name| name.starts_with("RETIRE-")) || !names.is_disjoint(&said);
            assert!(is_said, "{way:?}: {} {version} has {names:?}", library.name);
            told.extend(names);
        }
        assert!(said.is_subset(&told), "{way:?}: {} {version} lacks {:?}", library.name, said.difference(&told));
        let certainty = way.certainty();
        assert!(matches.iter().all(|found| found["certainty"] == certainty), "{way:?}: {matches:?}");
    }
    let sources = |name: &str| {
        let found = seen["matches"].as_array().unwrap().iter().find(|found| found["vulnerability"] == name);
        found.map(|found| found["sources"].clone())
    };
    assert_eq!(sources("CVE-2018-14040"), Some(json!(["nvd", "retirejs"])), "Bootstrap 3.3.7 is before 3.4.0");
    assert_eq!(sources("CVE-2018-16487"), None, "Lodash 4.17.15 is behind 4.17.11");
}

/// Bills of materials of the installed packages, made by another tool in both of its forms, and taken in.
fn declare(world: &World) {
    for (form, host) in DECLARED {
        let bill = world.program.path(&format!("bill.{}", form.to_lowercase()));
        let made = Command::new("node")
            .arg("node_modules/@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js")
            .args(["--omit", "dev", "--omit", "optional", "--output-format", form, "--output-file"])
            .arg(&bill)
            .current_dir(libraries::installed())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        world.run(&["source", "import", "sbom", bill.to_str().unwrap(), "--name", form, "--of", &format!("http://{host}/")], 0);
    }
}

/// Both bills say the same, and what npm has installed; and who asks for a vulnerability finds the declared beside the seen.
fn bills_say_what_npm_installed(world: &World) {
    let [by_json, by_xml] = DECLARED.map(|(_, host)| {
        let mut found = versions(world, host);
        found.retain(|_, component| component["channel"] == "sbom");
        found
    });
    let identities = |found: &BTreeMap<(String, String), Value>| found.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(identities(&by_json), identities(&by_xml));
    for library in &LIBRARIES {
        let found = by_json.get(&(library.name.to_owned(), library.version()));
        let component = found.unwrap_or_else(|| panic!("{} {} is not in {:?}", library.name, library.version(), by_json.keys()));
        assert!(component["products"].as_array().unwrap().contains(&library.purl().into()), "{component}");
    }
    assert!(by_json.len() > 2 * LIBRARIES.len(), "packages that packages need are there too: {}", by_json.len());
    let (affected, _) = world.run(&["advisory", "match", "CVE-2018-14040", "--format", "json"], 0);
    let affected: Value = serde_json::from_str(&affected).unwrap();
    let line = |line: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&line["subject"]), text(&line["certainty"]))
    };
    // Of the web mail's Bootstrap the page does not tell the version.
    let of_version =
        affected["affected"].as_array().unwrap().iter().filter(|line| line["component"]["version"]["number"] == "3.3.7");
    let found: BTreeSet<_> = of_version.map(line).collect();
    let seen = Way::ALL.into_iter().map(|way| (way.host(), way.certainty()));
    let declared = DECLARED.into_iter().map(|(_, host)| (host, "certain"));
    let expected = seen.chain(declared).map(|(host, certainty)| (format!("site:{host}"), certainty.to_owned()));
    assert_eq!(found, expected.collect());
}
