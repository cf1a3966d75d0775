//! What others wrote, as it stands on the Internet: old npm packages on pages, Debian's web applications behind nginx and PHP, bills of
//! materials that another tool made; told and matched by the binary with the published feeds.
//!
//! The truth is what `package.json` and `dpkg` state. `make install-test` installs all of it.

mod applications;
mod libraries;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use self::applications::APPLICATIONS;
use self::libraries::{LIBRARIES, Way};
use crate::program::{Program, verdict};
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
    _servers: [Server; 3],
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

    /// The newest observation of a kind.
    fn observed(&self, subject: &str, kind: &str) -> Value {
        let store = rusqlite::Connection::open(self.program.path("mingcha.db")).unwrap();
        let mut select = store.prepare("select body from observations order by rowid desc").unwrap();
        let bodies = select.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let all = bodies.map(|body| serde_json::from_str::<Value>(&body.unwrap()).unwrap());
        all.into_iter()
            .find(|seen| seen["subject"] == subject && seen["kind"] == kind)
            .unwrap_or_else(|| panic!("no {kind} of {subject}"))
    }
}

fn start(folder: &Path, place: &Place) -> [Server; 3] {
    let (door, php) = ((place.address(1), place.http).into(), (place.address(9), place.http).into());
    applications::write(folder);
    let mut http = applications::nginx(folder, door, php);
    for way in Way::ALL {
        let root = folder.join(way.host());
        way.write(&root);
        http += &format!("  server {{ listen {door}; server_name {}; root {}; }}\n", way.host(), root.display());
    }
    let names: String = hosts().map(|host| format!("  local-data: \"{host}. A {}\"\n", place.address(1))).collect();
    let zone = "  local-zone: \".\" static\n  local-data: \". SOA a.invented. b.invented. 1 3600 900 86400 60\"\n";
    [
        Server::php(folder, php, ""),
        Server::nginx(folder, &http, &[door]),
        Server::unbound(folder, place, &format!("{zone}{names}")),
    ]
}

fn hosts() -> impl Iterator<Item = &'static str> {
    Way::ALL.into_iter().map(Way::host).chain(APPLICATIONS.iter().map(|application| application.host))
}

fn unpack(archive: &Path, folder: &Path) {
    let unpacked = Command::new("tar").arg("-xf").arg(archive).arg("-C").arg(folder).status().unwrap();
    assert!(unpacked.success(), "tar -xf {}", archive.display());
}

#[test]
fn what_others_wrote_is_told_and_matched() {
    let Some(feeds) = feeds() else { return };
    let world = World::new(&feeds);
    let mut ledger = "institution_name,institution_type,level,division_code,application_kind,application_name,address\n".to_owned();
    for host in hosts() {
        ledger += &format!("书院县人民政府,party_government,county,620990,web_site,{host},http://{host}/\n");
    }
    let ledger = world.program.file("ledger.csv", ledger).to_str().unwrap().to_owned();
    for year in ["2018", "2023"] {
        let feed = feeds.join(format!("04-cve/nvd-2.0-converted/nvdcve-2.0-{year}.json.gz"));
        world.run(&["advisory", "import", feed.to_str().unwrap()], 0);
    }
    let (report, _) = world.run(&["sweep", "--ledger", &ledger, "--format", "json"], 1);
    let report: Value = serde_json::from_str(&report).unwrap();
    std::fs::write("/tmp/real/report.json", report.to_string()).unwrap();
    for host in hosts() {
        let subject = format!("site:{host}");
        for kind in ["components", "vulnerabilities", "entrances"] {
            std::fs::write(format!("/tmp/real/{host}-{kind}.json"), world.observed(&subject, kind).to_string()).unwrap();
        }
    }
    std::mem::forget(world);
}
