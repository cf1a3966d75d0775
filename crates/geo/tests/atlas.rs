//! Atlases out of small sources of our own: disagreement, providers by every ground, special addresses.
#![allow(clippy::expect_used, reason = "a test says what it expects")]

use std::net::IpAddr;

use geo::{Atlas, Kind, Signs, Source, What};
use model::facts::dns::{Answer, HostDns};
use model::facts::hosting::{AddressHosting, Hosting, ProviderBy, ProviderRole, ProviderSign, Region};
use proptest::prelude::*;

fn source(name: &str, kind: Kind, text: &str) -> Source {
    Source { name: name.into(), kind, bytes: text.as_bytes().to_vec() }
}

fn atlas() -> Atlas {
    let sources = vec![
        source(
            "one",
            Kind::Country,
            "198.18.1.0/24,CN\n198.18.2.0/24,CN\n198.18.3.0/24,HK\n198.18.4.0/24,EU\n2001:db8:1::/48,CN\n",
        ),
        source("two", Kind::Country, "198.18.1.0,198.18.1.255,CN\n198.18.2.0,198.18.2.255,SG\n"),
        source("asn", Kind::Asn, "198.18.1.0/24,37963,Example A\n198.18.2.0/24,45102,Example B\n198.18.3.0/24,13335,Example C\n"),
        source(
            "lists",
            Kind::Providers,
            r#"{"cloud": {"示例云": ["198.18.0.0/15", "2001:db8::/32"], "aws": ["198.18.9.0/24"]},
                "cdn": {"示例 CDN": ["198.18.1.0/28"], "示例云": ["198.18.1.0/28"]},
                "waf": {"示例 CDN": ["198.18.1.0/28"]},
                "common": {"示例 CDN": ["cdn.example.test"], "示例云 WAF": ["waf.example.test"], "别的 CDN": ["cdnhwc1.com", "kunlunpi.com"]}}"#,
        ),
    ];
    let (atlas, skipped) = Atlas::build(sources);
    assert!(skipped.is_empty(), "{skipped:?}");
    atlas
}

fn at(ip: &str) -> AddressHosting {
    atlas().address(ip.parse().expect("an address"))
}

fn named(signs: &[ProviderSign]) -> Vec<(&str, ProviderRole, &str)> {
    signs.iter().map(|sign| (sign.name.as_str(), sign.role, sign.matched.as_str())).collect()
}

#[test]
fn sources_that_agree_disagree_or_are_silent() {
    let region = |ip| at(ip).region;
    assert_eq!(region("198.18.1.99"), Region::Mainland);
    assert_eq!(region("198.18.2.99"), Region::Disputed);
    assert_eq!(region("198.18.3.99"), Region::HongKongMacaoTaiwan);
    assert_eq!(region("198.18.4.99"), Region::Special, "EU names no country");
    assert_eq!(region("9.9.9.9"), Region::Unknown);
    let both = at("198.18.2.99").countries;
    let claims: Vec<_> = both.iter().map(|claim| (claim.source.as_str(), claim.value.as_str())).collect();
    assert_eq!(claims, [("one", "CN"), ("two", "SG")]);
}

#[test]
fn an_ipv4_address_written_as_ipv6_is_one() {
    let (mapped, plain) = (at("::ffff:198.18.1.3"), at("198.18.1.3"));
    assert_eq!(mapped.ip, "::ffff:198.18.1.3".parse::<IpAddr>().expect("an address"));
    assert_eq!(AddressHosting { ip: plain.ip, ..mapped }, plain);
    assert_eq!(at("2001:db8:1::7").region, Region::Mainland);
    assert_eq!(at("2001:db8:2::7").region, Region::Special);
}

#[test]
fn every_range_and_network_number_that_holds_an_address() {
    use ProviderRole::{Cdn, Cloud, Waf};
    let fronted = at("198.18.1.3");
    assert!(fronted.anycast);
    assert_eq!(
        named(&fronted.providers),
        [
            ("示例 CDN", Cdn, "198.18.1.0/28"),
            ("示例 CDN", Waf, "198.18.1.0/28"),
            ("示例云", Cdn, "198.18.1.0/28"),
            ("示例云", Cloud, "198.18.0.0/15"),
            ("阿里云", Cloud, "AS37963"),
        ]
    );
    let hosted = at("198.18.2.3");
    assert!(!hosted.anycast);
    assert_eq!(named(&hosted.providers), [("示例云", Cloud, "198.18.0.0/15"), ("阿里云", Cloud, "AS45102")]);
    assert_eq!(hosted.providers.iter().map(|sign| sign.overseas).collect::<Vec<_>>(), [false, true]);
    let named_anew = at("198.18.9.9");
    assert_eq!(
        named(&named_anew.providers),
        [("Amazon Web Services", Cloud, "198.18.9.0/24"), ("示例云", Cloud, "198.18.0.0/15")]
    );
    let by_number = at("198.18.3.3");
    assert!(by_number.anycast && by_number.providers.iter().any(|sign| sign.name == "Cloudflare" && sign.overseas));
}

fn hosting(aliases: &[&str], signs: &Signs<'_>) -> Hosting {
    let records = ["198.18.3.1", "198.18.1.1", "198.18.1.1"].map(|ip| ip.parse().expect("an address"));
    let dns = HostDns {
        name: "www.example.gov.cn".into(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        a: Answer::Records(records.to_vec()),
        aaaa: Answer::Records(vec!["2001:db8:1::1".parse().expect("an address")]),
    };
    atlas().hosting(&dns, signs)
}

#[test]
fn providers_by_alias() {
    use ProviderRole::{Cdn, Cloud, Waf};
    let of = |alias: &str| {
        let mut signs = hosting(&[alias], &Signs::default()).providers;
        signs.pop().map(|sign| (sign.name, sign.role, sign.overseas))
    };
    let is = |name: &str, role, overseas| Some((name.to_owned(), role, overseas));
    for (alias, name, role) in [
        ("www.example.gov.cn.w.kunlunaq.com", "阿里云", Cdn),
        ("www.example.gov.cn.kunlunpi.com", "阿里云", Cdn),
        ("abc.yundunwaf5.com", "阿里云", Waf),
        ("a.aliyunddos1021.com", "阿里云", Waf),
        ("www.example.gov.cn.cdn.dnsv1.com", "腾讯云", Cdn),
        ("x.qcloudwaf.com", "腾讯云", Waf),
        ("x.cdnhwc1.com", "华为云", Cdn),
        ("x.cdnhwc9.cn.", "华为云", Cdn),
        ("x.a.bdydns.com", "百度云", Cdn),
        ("x.cname.365cyd.cn", "知道创宇", Waf),
        ("x.saaswaf.com", "安恒信息", Waf),
        ("x.QAXwzws.com", "奇安信", Waf),
        ("x.wswebpic.com", "网宿", Cdn),
        ("x.cloud.myhuaweicloud.com", "华为云", Cloud),
        ("x.cdn.example.test", "示例 CDN", Cdn),
        ("x.waf.example.test", "示例云 WAF", Waf),
    ] {
        assert_eq!(of(alias), is(name, role, false), "{alias}");
    }
    assert_eq!(of("x.cdn.cloudflare.net"), is("Cloudflare", Cdn, true));
    for alias in ["xkunlun.com.cn", "cdnhwc.com", "yundunwafx.com", "example.gov.cn", "notsaaswaf.com", ""] {
        assert_eq!(of(alias), None, "{alias}");
    }
}

#[test]
fn providers_by_what_the_host_shows() {
    let signs = Signs {
        headers: vec![("server", "HuaweiCloudWAF")],
        cookies: vec!["__jsluid_s"],
        certificate_names: vec!["sni.cloudflaressl.com", "*.cdn.myqcloud.com", "www.example.gov.cn"],
    };
    let found = hosting(&["www.example.gov.cn.kunlunpi.com"], &signs);
    let by: Vec<_> = found.providers.iter().map(|sign| (sign.name.as_str(), sign.by)).collect();
    let expected = [
        ("Cloudflare", ProviderBy::Certificate),
        ("华为云", ProviderBy::Header),
        ("知道创宇", ProviderBy::Header),
        ("腾讯云", ProviderBy::Certificate),
        ("阿里云", ProviderBy::Alias),
    ];
    assert_eq!(by, expected);
    let addresses: Vec<_> = found.addresses.iter().map(|address| address.ip.to_string()).collect();
    assert_eq!(addresses, ["198.18.1.1", "198.18.3.1", "2001:db8:1::1"], "each once, in order");
    assert_eq!((found.host.as_str(), found.sources.len()), ("www.example.gov.cn", 4));
}

/// A network of one's own on loopback addresses, described by three files in the published formats.
#[test]
fn a_test_network_is_described_by_its_files() {
    let (atlas, skipped) = Atlas::build(vec![
        source(
            "country",
            Kind::Country,
            "127.0.0.0,127.15.255.255,CN\n127.16.0.0,127.16.255.255,HK\n127.17.0.0,127.17.255.255,US\n",
        ),
        source(
            "asn",
            Kind::Asn,
            "127.20.0.0,127.20.255.255,37963,\"Example Cloud\"\n127.21.0.0,127.21.255.255,45102,\"Example Cloud Abroad\"\n",
        ),
        source(
            "providers",
            Kind::Providers,
            r#"{"cloud": {"示例政务云": ["127.1.0.0/16"]}, "cdn": {"示例 CDN": ["127.2.0.0/16"]}}"#,
        ),
    ]);
    assert!(skipped.is_empty());
    let at = |ip: &str| atlas.address(ip.parse().expect("an address"));
    for (ip, region) in [
        ("127.0.0.9", Region::Mainland),
        ("127.16.0.9", Region::HongKongMacaoTaiwan),
        ("127.17.0.9", Region::Abroad),
        ("127.20.0.9", Region::Special),
    ] {
        assert_eq!(at(ip).region, region, "{ip}");
    }
    assert_eq!(named(&at("127.1.0.9").providers), [("示例政务云", ProviderRole::Cloud, "127.1.0.0/16")]);
    assert!(at("127.2.0.9").anycast && !at("127.1.0.9").anycast);
    assert!(at("127.21.0.9").providers[0].overseas && !at("127.20.0.9").providers[0].overseas);
}

#[test]
fn without_sources_nothing_is_said_of_places() {
    let found = Atlas::default().address("198.41.128.1".parse().expect("an address"));
    assert_eq!((found.region, found.countries.len(), found.networks.len()), (Region::Unknown, 0, 0));
    assert!(Atlas::default().sources().is_empty());
}

#[test]
fn what_is_left_out_is_told() {
    let (atlas, skipped) = Atlas::build(vec![
        source("bad", Kind::Country, "no,table,of,countries\n1.2.3.4,x,y\n"),
        source(
            "list",
            Kind::Providers,
            r#"{"cdn": {"A\u0007": ["198.18.1.0/24", "x", "198.18.2.0/40"]}, "tor": {"B": ["198.18.3.0/24"]}}"#,
        ),
        source("shape", Kind::Providers, "[1]"),
        source("none", Kind::Asn, ""),
    ]);
    assert_eq!(atlas.sources().len(), 1);
    let told: Vec<String> = skipped.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "bad has no usable row; line 2: an end of the range is no address");
    assert_eq!(told[1], "list: 3 rows are left out, the first at cdn/A/2: the range is none");
    assert!(told[2].starts_with("shape is no list of providers: "), "{}", told[2]);
    assert_eq!(told[3], "none is empty");
    assert!(matches!(skipped[1].what, What::Rows { count: 3, .. }));
}

proptest! {
    #[test]
    fn no_source_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[0-9.,:/\"A-Z\n]{0,80}", ip: u128) {
        let ip = IpAddr::from(ip.to_be_bytes());
        for kind in [Kind::Country, Kind::Asn, Kind::Providers] {
            let mut database = bytes.clone();
            database.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
            database.extend_from_slice(&bytes);
            let sources = [bytes.clone(), text.clone().into_bytes(), database].map(|bytes| Source { name: "any".into(), kind, bytes });
            let (atlas, _) = Atlas::build(sources.to_vec());
            let _ = atlas.address(ip);
        }
    }
}

/// A database with one record for all IPv4 addresses, laid out by the MaxMind DB specification 2.0.
fn database(record: &[u8]) -> Vec<u8> {
    let number = |number: u8| vec![5 << 5 | 1, number];
    let metadata = map(&[
        ("node_count", vec![6 << 5 | 1, 1]),
        ("record_size", number(24)),
        ("ip_version", number(4)),
        ("database_type", text("Test")),
        ("languages", vec![0, 4]),
        ("binary_format_major_version", number(2)),
        ("binary_format_minor_version", number(0)),
        ("build_epoch", vec![1, 2, 100]),
        ("description", map(&[])),
    ]);
    // Both branches of the one node lead to the record: its place is counted from behind the node, with sixteen bytes between.
    let tree = [0, 0, 17, 0, 0, 17];
    [&tree, &[0; 16][..], record, b"\xab\xcd\xefMaxMind.com", &metadata].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&[2 << 5 | text.len() as u8], text.as_bytes()].concat()
}

fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let encoded = entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat());
    std::iter::once(7 << 5 | entries.len() as u8).chain(encoded).collect()
}

const TRUE: &[u8] = &[1, 7];

#[test]
fn databases_of_every_layout() {
    let found = |kind, record: Vec<u8>| {
        let (atlas, skipped) = Atlas::build(vec![Source { name: "database".into(), kind, bytes: database(&record) }]);
        assert!(skipped.is_empty(), "{}", skipped[0]);
        assert_eq!(atlas.sources(), ["database (1970-01-01)"]);
        atlas.address("9.9.9.9".parse().expect("an address"))
    };
    let geoip2 = map(&[("country", map(&[("iso_code", text("CN"))])), ("traits", map(&[("is_anycast", TRUE.to_vec())]))]);
    let geoip2 = found(Kind::Country, geoip2);
    assert_eq!((geoip2.region, geoip2.anycast), (Region::Mainland, true));
    assert_eq!(found(Kind::Country, map(&[("country_code", text("HK"))])).region, Region::HongKongMacaoTaiwan);
    assert_eq!(found(Kind::Country, map(&[("country", text("US"))])).region, Region::Abroad);
    let satellite = map(&[("country_code", text("CN")), ("traits", map(&[("is_satellite_provider", TRUE.to_vec())]))]);
    assert_eq!(found(Kind::Country, satellite).region, Region::Unknown);
    let networks = found(Kind::Asn, map(&[("asn", text("AS37963")), ("as_name", text("Example"))]));
    assert_eq!((networks.networks[0].asn, networks.networks[0].organisation.as_str()), (37963, "Example"));
    assert_eq!(networks.providers[0].name, "阿里云");
}

/// A record that holds itself is as deep as one reads.
#[test]
fn a_record_without_end_does_not_end_the_stack() {
    let itself = vec![1 << 5, 0];
    for (kind, key) in [(Kind::Country, "country"), (Kind::Country, "traits"), (Kind::Asn, "asn"), (Kind::Asn, "other")] {
        let bytes = database(&map(&[(key, itself.clone())]));
        let (atlas, skipped) = Atlas::build(vec![Source { name: "deep".into(), kind, bytes }]);
        assert!(atlas.sources().is_empty() && skipped.len() == 1);
    }
}
