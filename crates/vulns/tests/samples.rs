//! The real feeds, from the folder `MINGCHA_SAMPLE_DATA`: CPE names, versions and life cycles as they are published.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test that reads files and tells what it found"
)]

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use model::advisory::{Channel, Component, Ordering, Told};
use model::facts::components::Ends;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Held, Says};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Source, SourceKind};
use vulns::cycles::Cycles;
use vulns::naming::known;
use vulns::product::{Cpe, from_cpe};
use vulns::version::{Key, reading};

/// NVD's feeds, Anchore's and CISA's additions, and Wappalyzer, all with CPE names of 2.3.
const WITH_CPE: [&str; 5] = [
    "04-cve/nvd-2.0-converted/nvdcve-2.0-2018.json.gz",
    "04-cve/nvd-2.0-converted/nvdcve-2.0-2023.json.gz",
    "04-cve/anchore-nvd-overrides/overrides-2025.jsonl.gz",
    "04-cve/cve-json5-vulnrichment/vulnrichment-2024-sample.jsonl.gz",
    "02-fingerprints/wappalyzergo/fingerprints_data.json.gz",
];

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("MINGCHA_SAMPLE_DATA").map(PathBuf::from);
    if data.is_none() {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
    }
    data
}

fn unpacked(path: PathBuf) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).expect("a file")).read_to_string(&mut text).expect("text");
    text
}

/// Every CPE name in the feeds, read; and those that cannot be read, as they are written.
static CPES: LazyLock<Option<(Vec<Cpe>, Vec<String>)>> = LazyLock::new(|| data().map(|data| cpes(&data)));

fn cpes(data: &Path) -> (Vec<Cpe>, Vec<String>) {
    let (mut read, mut refused) = (Vec::new(), Vec::new());
    for file in WITH_CPE {
        let text = unpacked(data.join(file));
        for written in text.split('"').filter(|piece| piece.starts_with("cpe:2.3:")) {
            // A backslash is two in JSON.
            let written = written.replace("\\\\", "\\");
            match from_cpe(&written) {
                Ok(cpe) => read.push(cpe),
                Err(error) => refused.push(format!("{written}: {error}")),
            }
        }
    }
    (read, refused)
}

#[test]
fn cpe_names_are_read_and_none_of_ours_is_made_up() {
    // NVD's, of years that the sample does not have; and what is in archives of other kinds alone: the nuclei templates, endoflife.date.
    const ELSEWHERE: [&str; 8] = [
        "cpe:a:microsoft:internet_information_services",
        "cpe:a:alibaba:nacos",
        "cpe:a:alibaba:tengine",
        "cpe:a:alibaba:druid",
        "cpe:a:easycorp:zentao",
        "cpe:a:typo3:typo3",
        "cpe:a:phpbb:phpbb",
        "cpe:a:prometheus:prometheus",
    ];
    let (Some(data), Some((read, refused))) = (data(), &*CPES) else { return };
    eprintln!("{} CPE names, {} refused: {:?}", read.len(), refused.len(), refused.iter().take(20).collect::<Vec<_>>());
    assert!(read.len() > 200_000 && refused.len() * 1000 < read.len(), "{refused:?}");

    let mut wanted: BTreeSet<&str> =
        known().all().iter().flat_map(|named| &named.products).map(|product| product.as_str()).collect();
    wanted.retain(|product| product.starts_with("cpe:") && !ELSEWHERE.contains(product));
    wanted = &wanted - &read.iter().map(|cpe| cpe.product.as_str()).collect();
    for file in std::fs::read_dir(data.join("02-fingerprints/recog/xml")).expect("a folder") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        for found in text.split('"').filter(|piece| piece.starts_with("cpe:/a:")) {
            if let Ok(cpe) = from_cpe(found.split('{').next().unwrap_or(found).trim_end_matches(':')) {
                wanted.remove(cpe.product.as_str());
            }
        }
    }
    assert!(wanted.is_empty(), "{wanted:?}");
}

#[test]
fn real_versions_stand_in_one_order() {
    let Some((read, _)) = &*CPES else { return };
    let versions: BTreeSet<String> = read.iter().filter_map(Cpe::full_version).collect();
    let mut keys: Vec<(Key, &str)> =
        versions.iter().map(|version| (Key::of(Ordering::Generic, version), version.as_str())).collect();
    keys.sort();
    eprintln!("{} versions from {:?} to {:?}", keys.len(), keys.first(), keys.last());
    assert!(keys.len() > 15_000);
    // What NVD writes as version and update and a banner as one word is one version.
    let key = |version: &str| Key::of(Ordering::Generic, version);
    assert_eq!(key("7.4p1"), key("7.4-p1"));
    // No version is taken for a line or for none, but those that say so.
    let told = |told| versions.iter().filter(|version| reading(version, Channel::Sbom).told == told).count();
    eprintln!("lines {}, unknown {}, back-ported {}", told(Told::Line), told(Told::Unknown), told(Told::Backported));
    assert!(told(Told::Exact) * 100 > versions.len() * 95);
}

/// The pages of endoflife.date, as far as the lines at the beginning of each go; the source's own reader is elsewhere and tested there.
fn cycles(archive: &str) -> Vec<Held> {
    let source = Source { id: 1, kind: SourceKind::EndOfLife, name: String::new() };
    let (mut claims, mut about, mut key): (Vec<Held>, Says, String) = Default::default();
    // Whether the line is of a cycle: behind the first of a page, before its text.
    let mut of_cycle = false;
    for line in archive.lines() {
        of_cycle = (of_cycle || line.contains("releaseCycle: ")) && line != "---";
        let Some((name, value)) = line.trim_start_matches(['-', ' ']).split_once(": ") else { continue };
        let value = value.split(" #").next().unwrap_or(value).trim().trim_matches(['"', '\'']);
        let mut list = |attribute: Attribute| {
            let list = about.entry(attribute).or_default();
            *list = format!("{list};{value}");
        };
        match name {
            "title" if line.starts_with("title: ") => about = Says::from([(Attribute::Name, value.to_owned())]),
            "permalink" => key = value.trim_start_matches('/').to_owned(),
            "purl" => list(Attribute::Purl),
            "cpe" => list(Attribute::Cpe),
            "releaseCycle" => {
                let entity = EntityId::new(EntityKind::Cycle, format!("{key}/{value}"));
                let claim = Claim { entity, part: String::new(), says: about.clone(), line: 1 };
                claims.push(Held {
                    id: 1,
                    source: source.clone(),
                    claim,
                    delivery: 1,
                    since: jiff::Timestamp::UNIX_EPOCH,
                    until: None,
                });
            }
            "eol" | "latest" if of_cycle => {
                let attribute = if name == "eol" { Attribute::SupportEnds } else { Attribute::Latest };
                let value = match value {
                    "true" => "yes",
                    "false" => "no",
                    value => value,
                };
                if let Some(last) = claims.last_mut() {
                    last.claim.says.insert(attribute, value.to_owned());
                }
            }
            _ => {}
        }
    }
    claims
}

#[test]
fn life_cycles_of_what_web_sites_run() {
    let Some(data) = data() else { return };
    let packed = data.join("05-eol/endoflife-products-md.tar.xz");
    let archive = Command::new("xz").arg("-dc").arg(packed).output().expect("xz").stdout;
    let claims = cycles(&String::from_utf8_lossy(&archive));
    assert!(claims.len() > 8000, "{}", claims.len());
    let cycles = Cycles::read(&claims);
    for (name, version, expected) in [
        ("PHP", "7.4.33", "php/7.4"),
        ("Nginx", "1.18.0", "nginx/1.18"),
        ("Apache HTTP Server", "2.4.57", "apache-http-server/2.4"),
        ("Apache Tomcat", "8.5.57", "tomcat/8.5"),
        ("MySQL", "5.7.44-log", "mysql/5.7"),
        ("MariaDB", "5.5.5-10.5.23-MariaDB", "mariadb/10.5"),
        ("OpenSSL", "1.0.2k-fips", "openssl/1.0.2"),
        ("PostgreSQL", "9.6.24", "postgresql/9.6"),
        ("Redis", "5.0.14", "redis/5.0"),
        ("Elasticsearch", "6.8.23", "elasticsearch/6"),
        ("jQuery", "1.12.4", "jquery/1"),
        ("Bootstrap", "3.4.1", "bootstrap/3"),
        ("Vue.js", "2.6.14", "vue/2.6"),
        ("AngularJS", "1.8.3", "angularjs/1.8"),
        ("Drupal", "7", "drupal/7"),
        ("WordPress", "5.4.2", "wordpress/5.4"),
        ("Joomla", "3.10.12", "joomla/3"),
        ("Spring Boot", "2.7.18", "spring-boot/2.7"),
        ("Apache Log4j", "1.2.17", "log4j/1"),
        ("Node.js", "14.21.3", "nodejs/14"),
    ] {
        let products = known().of_name(name).map(|named| named.products.clone()).expect("a known product");
        let component = Component { products, version: reading(version, Channel::Banner), ..Component::default() };
        let found = cycles.of(&[component], None).cycles;
        let found = found.first().unwrap_or_else(|| panic!("no cycle of {name} {version}"));
        assert_eq!(format!("{}/{}", found.product, found.cycle), expected, "{version}");
    }
    let php = Component {
        products: known().of_name("PHP").expect("PHP").products.clone(),
        version: reading("7.4.33", Channel::Banner),
        ..Component::default()
    };
    assert_eq!(cycles.of(&[php], None).cycles[0].ends, Ends::On(jiff::civil::date(2022, 11, 28)));
}
