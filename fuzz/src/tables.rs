//! Targets for files that a user loads: databases and tables of addresses, lists of providers, ledgers.

use std::net::IpAddr;

use geo::{Atlas, Kind, Source};
use ingest::source::input::Input;
use ingest::source::{FORMATS, Record, Sink, Stopped};
use jiff::Timestamp;
use model::advisory::{Condition, Statement};
use model::ledger::source::Rejected;

use crate::input::assert_kept;

const ADDRESSES: [&str; 6] = ["1.0.1.0", "198.18.1.7", "255.255.255.255", "::ffff:1.0.1.0", "2001:db8:1::1", "::"];

/// A database or a table, of countries and of networks.
pub fn geo(bytes: &[u8]) {
    ask(Kind::Country, bytes);
    ask(Kind::Asn, bytes);
}

/// A list of providers.
pub fn providers(bytes: &[u8]) {
    ask(Kind::Providers, bytes);
}

fn ask(kind: Kind, bytes: &[u8]) {
    let (atlas, skipped) = Atlas::build(vec![Source { name: "fuzz".into(), kind, bytes: bytes.to_vec() }]);
    assert!(atlas.sources().len() + skipped.len() >= 1, "a source is used or reported");
    skipped.iter().for_each(|skipped| drop(skipped.to_string()));
    for ip in ADDRESSES.map(|ip| ip.parse::<IpAddr>().expect("an address")) {
        let hosting = atlas.address(ip);
        hosting.countries.iter().for_each(|claim| assert_kept(&claim.value, 2));
        // 120 characters of up to four bytes.
        hosting.networks.iter().for_each(|claim| assert_kept(&claim.organisation, 480));
        hosting.providers.iter().for_each(|sign| assert_kept(&sign.name, 480));
    }
}

/// A ledger in any of its formats.
pub fn ledger(bytes: &[u8]) {
    let Ok(reading) = ingest::ledger::read("fuzz", bytes) else { return };
    for rejected in &reading.rejected {
        // 200 characters of up to four bytes.
        assert_kept(&rejected.value, 800);
    }
    for entry in &reading.entries {
        let _ = entry.subject();
    }
}

/// A delivery of a source: behind the kind of source on the first line, its bytes.
pub fn source(bytes: &[u8]) {
    let place = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (kind, bytes) = bytes.split_at(place);
    let Some(format) = FORMATS.iter().find(|format| format.kind.word().as_bytes() == kind) else { return };
    let delivery = bytes.get(1..).unwrap_or_default();
    let Ok(mut input) = Input::new("fuzz", Timestamp::UNIX_EPOCH, delivery) else { return };
    drop((format.read)(&mut input, &mut Checked));
}

/// What holds for every statement: texts are bounded, and what is listed is.
fn stated(statement: &Statement) {
    let texts = [&statement.id, &statement.title, &statement.remedy].into_iter();
    texts.chain(&statement.aliases).chain(&statement.references).for_each(|text| assert_kept(text, 2000));
    assert!(!statement.id.is_empty() && statement.references.len() <= 5, "a statement has a name");
    let mut open: Vec<&Condition> = statement.affects.iter().collect();
    while let Some(condition) = open.pop() {
        match condition {
            Condition::All(within) | Condition::Any(within) => open.extend(within),
            Condition::Not(within) => open.push(within),
            Condition::Is(leaf) => {
                assert_kept(leaf.product.as_str(), 4000);
                leaf.versions.listed.iter().chain(&leaf.versions.except).for_each(|version| assert_kept(version, 400));
            }
        }
    }
}

/// A sink that keeps nothing and looks at everything.
struct Checked;

impl Sink for Checked {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        let claim = match record {
            Record::Claim(claim) => claim,
            Record::Statement(statement) => {
                stated(&statement);
                return Ok(());
            }
            Record::Sighting(_) => return Ok(()),
        };
        assert!(!claim.says.is_empty() && !claim.entity.key.is_empty(), "a claim says something of something");
        // A cell, or a list of them.
        claim.says.values().for_each(|value| assert_kept(value, 1 << 20));
        Ok(())
    }

    fn reject(&mut self, rejected: Rejected) -> Result<(), Stopped> {
        // 200 characters of up to four bytes.
        assert_kept(&rejected.value, 800);
        Ok(())
    }

    fn row(&mut self) {}
}
