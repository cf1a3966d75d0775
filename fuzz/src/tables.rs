//! Targets for files that a user loads: databases and tables of addresses, lists of providers, ledgers.

use std::net::IpAddr;

use geo::{Atlas, Kind, Source};

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
