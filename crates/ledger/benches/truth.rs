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
use std::time::Instant;

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
    let started = Instant::now();
    for _ in 0..TRUTHS {
        black_box(truth::in_force(black_box(&entity), &[], black_box(&claims), &[]));
    }
    println!("{} ns for what is in force of one claim", started.elapsed().as_nanos() / u128::from(TRUTHS));
}

/// Institutions of many counties, every fifth also under a second spelling.
fn resolution() {
    let mut tree = Tree::default();
    let counties = 3_000;
    for county in 0..counties {
        tree.add(county_code(county).parse().unwrap(), &county_name(county));
    }
    let before = resident();
    let mut index = Index::new(&tree);
    let started = Instant::now();
    for number in 0..INSTITUTIONS {
        let county = number % counties;
        let office = number / counties;
        let prefix = if number % 5 == 0 { "省" } else { "" };
        let name = format!("{prefix}{}第{office}教育管理服务局", county_name(county));
        index.add(&Profile {
            entity: identity::institution(None, &name).unwrap(),
            names: vec![name],
            short_names: Vec::new(),
            former_names: Vec::new(),
            told: None,
            division: county_code(county).parse().ok(),
        });
    }
    let (fed, held) = (started.elapsed(), resident() - before);
    println!("{INSTITUTIONS} institutions indexed in {:.1} s, {} MB resident", fed.as_secs_f64(), held >> 20);
    let started = Instant::now();
    let links = index.links(&[], Timestamp::UNIX_EPOCH);
    println!("{} links in {:.1} s", links.len(), started.elapsed().as_secs_f64());
}

fn county_code(county: usize) -> String {
    format!("{}{:02}{:02}", 13 + county / 1000, 1 + county / 50 % 20, 21 + county % 50)
}

fn county_name(county: usize) -> String {
    let digit = |number: usize| "甲乙丙丁戊己庚辛壬癸".chars().nth(number % 10).unwrap();
    format!("{}{}{}{}县", digit(county), digit(county / 10), digit(county / 100), digit(county / 1000))
}

/// Bytes of memory in use, as Linux counts them; 0 elsewhere.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|line| line.split(' ').nth(1)?.parse::<usize>().ok());
    pages.unwrap_or_default() * 4096
}
