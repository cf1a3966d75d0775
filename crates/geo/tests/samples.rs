//! Atlases out of the real databases and lists: known addresses, MaxMind's test databases, and damaged copies of those.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "tests read files, which the crate does not, and say what they expect"
)]

use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use geo::{Atlas, Kind, Source, What};
use model::facts::hosting::{AddressHosting, ProviderRole, Region};
use proptest::prelude::*;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("MINGCHA_SAMPLE_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
    }
    folder
}

fn bytes(path: &str) -> Option<Vec<u8>> {
    let (mut file, mut bytes) = (File::open(folder()?.join(path)).expect("a file of the sample data"), Vec::new());
    match path.ends_with(".gz") {
        true => GzDecoder::new(file).read_to_end(&mut bytes),
        false => file.read_to_end(&mut bytes),
    }
    .expect("a sound file");
    Some(bytes)
}

fn atlas(sources: &[(&str, Kind)]) -> Option<Atlas> {
    let read = |(path, kind): &(&str, Kind)| Some(Source { name: (*path).into(), kind: *kind, bytes: bytes(path)? });
    let (atlas, skipped) = Atlas::build(sources.iter().map(read).collect::<Option<_>>()?);
    assert!(skipped.is_empty(), "{skipped:?}");
    Some(atlas)
}

fn at(atlas: &Atlas, ip: &str) -> AddressHosting {
    atlas.address(ip.parse().expect("an address"))
}

const COUNTRY_TEST: &str = "01-geoip/maxmind-test/test-data/GeoIP2-Country-Test.mmdb";
const ASN_TEST: &str = "01-geoip/maxmind-test/test-data/GeoLite2-ASN-Test.mmdb";

#[test]
fn known_addresses() {
    let sources = [
        ("01-geoip/geo-whois-asn-country.mmdb", Kind::Country),
        ("01-geoip/asn-ipv4.csv.gz", Kind::Asn),
        ("01-geoip/asn-ipv6.csv.gz", Kind::Asn),
        ("07-waf-cdn/cdncheck/sources_data.json", Kind::Providers),
    ];
    let Some(atlas) = atlas(&sources) else { return };
    assert!(atlas.sources()[0].starts_with("01-geoip/geo-whois-asn-country.mmdb (2026-"), "{}", atlas.sources()[0]);
    for (ip, region, network) in [
        ("114.114.114.114", Region::Mainland, None),
        ("202.96.128.86", Region::Mainland, Some(4134)),
        ("166.111.4.100", Region::Mainland, Some(4538)),
        ("168.95.1.1", Region::HongKongMacaoTaiwan, Some(3462)),
        ("202.175.3.3", Region::HongKongMacaoTaiwan, Some(4609)),
        ("203.80.96.10", Region::HongKongMacaoTaiwan, None),
        ("8.8.8.8", Region::Abroad, Some(15169)),
        ("::ffff:8.8.8.8", Region::Abroad, Some(15169)),
        ("2606:4700:4700::1111", Region::Abroad, Some(13335)),
        ("240e::1", Region::Mainland, Some(4134)),
        ("10.1.2.3", Region::Special, None),
    ] {
        let found = at(&atlas, ip);
        assert_eq!(found.region, region, "{ip}: {:?}", found.countries);
        if network.is_some() {
            assert_eq!(found.networks.first().map(|claim| claim.asn), network, "{ip}: {:?}", found.networks);
        }
    }
    let cloudflare = at(&atlas, "104.16.0.1");
    assert!(cloudflare.anycast);
    let signs: Vec<_> = cloudflare.providers.iter().map(|sign| (sign.name.as_str(), sign.role)).collect();
    assert!(
        signs.contains(&("Cloudflare", ProviderRole::Waf)) && signs.contains(&("Cloudflare", ProviderRole::Cdn)),
        "{signs:?}"
    );
    let amazon = at(&atlas, "3.5.140.1");
    assert!(!amazon.anycast && amazon.providers.iter().any(|sign| sign.name == "Amazon Web Services"), "{:?}", amazon.providers);
    let shield = at(&atlas, "27.221.64.9");
    assert!(shield.anycast && shield.providers.iter().any(|sign| sign.name == "上海云盾"), "{:?}", shield.providers);
}

/// What MaxMind's sources of its test databases say of these addresses.
#[test]
fn records_of_geoip2() {
    let Some(atlas) = atlas(&[(COUNTRY_TEST, Kind::Country), (ASN_TEST, Kind::Asn)]) else { return };
    let code = |ip| at(&atlas, ip).countries.first().map(|claim| claim.value.clone()).unwrap_or_default();
    for (ip, country) in [
        ("81.2.69.160", "GB"),
        ("89.160.20.112", "SE"),
        ("216.160.83.56", "US"),
        ("2001:218::1", "JP"),
        ("111.235.160.1", "CN"),
        ("2001:250::1", "CN"),
        ("10.0.0.1", ""),
    ] {
        assert_eq!(code(ip), country, "{ip}");
    }
    let network = at(&atlas, "1.128.0.9").networks;
    assert_eq!(network.first().map(|claim| (claim.asn, claim.organisation.as_str())), Some((1221, "Telstra Pty Ltd")));
}

#[test]
fn a_database_of_something_else_is_refused() {
    let Some(asn) = bytes(ASN_TEST) else { return };
    let (_, skipped) = Atlas::build(vec![Source { name: "asn".into(), kind: Kind::Country, bytes: asn }]);
    assert_eq!(skipped[0].to_string(), "asn is a database of type \"GeoLite2-ASN\", whose records have no country");
}

/// The test databases, each for what it is good for.
static TEST_DATABASES: LazyLock<Vec<(Kind, Vec<u8>)>> = LazyLock::new(|| {
    [(Kind::Country, COUNTRY_TEST), (Kind::Asn, ASN_TEST)]
        .into_iter()
        .filter_map(|(kind, path)| Some((kind, bytes(path)?)))
        .collect()
});

proptest! {
    #[test]
    fn damaged_databases_never_panic(
        cut in 0.0..1.0_f64,
        from_front: bool,
        flips in prop::collection::vec((0.0..1.0_f64, 0..8_u8), 0..6),
        ips in prop::collection::vec(any::<u128>(), 8),
    ) {
        for (kind, sound) in TEST_DATABASES.iter() {
            let at = |share: f64| ((sound.len() as f64 * share) as usize).min(sound.len() - 1);
            let mut turned = sound.clone();
            for (place, bit) in &flips {
                turned[at(*place)] ^= 1 << bit;
            }
            let cut = if from_front { sound[at(cut)..].to_vec() } else { sound[..at(cut)].to_vec() };
            for bytes in [turned, cut] {
                let (atlas, skipped) = Atlas::build(vec![Source { name: "damaged".into(), kind: *kind, bytes }]);
                let whole = skipped.iter().any(|skipped| matches!(skipped.what, What::Whole(_)));
                prop_assert_eq!(atlas.sources().is_empty(), whole, "a source is used or told to be of no use");
                for ip in &ips {
                    let _ = atlas.address(IpAddr::from(ip.to_be_bytes()));
                    let _ = atlas.address(IpAddr::from((*ip as u32).to_be_bytes()));
                }
            }
        }
    }
}
