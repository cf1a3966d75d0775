//! What the ledger's decisions cost: one value in force, and the resolution of half a million institutions.
//!
//! `cargo bench -p ledger` prints three lines.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench reads its own memory, measures and prints"
)]

use std::hint::black_box;

use jiff::Timestamp;
use ledger::divisions::Tree;
use ledger::resolve::{Index, Profile};
use ledger::{identity, truth};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Held};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Source, SourceKind};

const TRUTHS: u32 = 1_000_000;
const INSTITUTIONS: usize = 500_000;
const COUNTIES: usize = 3_000;
/// Clock ticks of Linux in a second.
const TICKS: f64 = 100.0;

fn main() {
    one_claim();
    resolution();
}

/// A row of a ledger as it is mostly met: nobody else speaks of its site.
fn one_claim() {
    let says = [
        (Attribute::Name, "清河县人民政府门户网站"),
        (Attribute::Owner, "清河县人民政府"),
        (Attribute::OwnerUscc, "91350100M000100Y43"),
        (Attribute::Address, "http://www.qinghe.gov.cn/"),
        (Attribute::Role, "portal"),
    ];
    let entity = EntityId::new(EntityKind::Site, "www.qinghe.gov.cn");
    let claims = [Held {
        id: 1,
        source: Source { id: 1, kind: SourceKind::Ledger, name: "province.csv".into() },
        claim: Claim {
            entity: entity.clone(),
            part: String::new(),
            says: says.into_iter().map(|(attribute, value)| (attribute, value.to_owned())).collect(),
            line: 1,
        },
        delivery: 1,
        since: Timestamp::UNIX_EPOCH,
        until: None,
    }];
    let started = cpu();
    for _ in 0..TRUTHS {
        black_box(truth::in_force(black_box(&entity), &[], black_box(&claims), &[]));
    }
    println!("{:.0} ns of CPU for what is in force of one claim", (cpu() - started) * 1e9 / f64::from(TRUTHS));
}

/// Institutions of many counties, every fifth also under a second spelling.
fn resolution() {
    let mut tree = Tree::default();
    for (code, name) in [("130000", "河北省"), ("140000", "山西省"), ("150000", "内蒙古自治区")] {
        tree.add(code.parse().unwrap(), name);
    }
    for county in 0..COUNTIES {
        tree.add(county_code(county).parse().unwrap(), &county_name(county));
    }
    let before = resident();
    let mut index = Index::new(&tree);
    let started = cpu();
    for number in 0..INSTITUTIONS {
        index.add(&institution(number));
    }
    println!(
        "{INSTITUTIONS} institutions indexed in {:.1} s of CPU, {} MB resident",
        cpu() - started,
        (resident() - before) >> 20
    );
    let started = cpu();
    let links = index.links(&[], Timestamp::UNIX_EPOCH);
    println!("{} links in {:.1} s of CPU", links.len(), cpu() - started);
}

/// The institution with this number; every fifth is the one before it, with the province before its name.
fn institution(number: usize) -> Profile {
    let again = number % 5 == 4;
    let number = number - usize::from(again);
    let (county, office) = (number % COUNTIES, number / COUNTIES);
    let province = ["河北省", "山西省", "内蒙古自治区"][county / 1000];
    let name = format!("{}{}第{office}教育管理服务局", if again { province } else { "" }, county_name(county));
    Profile {
        entity: identity::institution(None, &name).unwrap(),
        names: vec![name],
        short_names: Vec::new(),
        former_names: Vec::new(),
        told: None,
        division: county_code(county).parse().ok(),
    }
}

fn county_code(county: usize) -> String {
    format!("{}{:02}{:02}", 13 + county / 1000, 1 + county / 50 % 20, 21 + county % 50)
}

fn county_name(county: usize) -> String {
    let digit = |number: usize| "甲乙丙丁戊己庚辛壬癸".chars().nth(number % 10).unwrap();
    format!("{}{}{}{}县", digit(county), digit(county / 10), digit(county / 100), digit(county / 1000))
}

/// Seconds of CPU that this program has used, as Linux counts them: other programs on the machine do not disturb it.
fn cpu() -> f64 {
    let line = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = line.rsplit(") ").next().unwrap().split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS
}

/// Bytes of memory in use, as Linux counts them; 0 elsewhere.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|line| line.split(' ').nth(1)?.parse::<usize>().ok());
    pages.unwrap_or_default() * 4096
}
