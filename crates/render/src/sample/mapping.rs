//! One payload of every kind that the mapping brings.

use std::net::{IpAddr, Ipv4Addr};

use model::facts::Payload;
use model::facts::crawl::{Crawl, CrawlBound, CrawledPage, ExternalLink, Place};
use model::facts::discovery::{Candidate, Discovery, Found, FoundBy, Wildcard};
use model::facts::hosting::{AddressHosting, Claim, Hosting, NetworkClaim, ProviderBy, ProviderRole, ProviderSign, Region};
use model::facts::services::{AddressServices, Login, Product, Protocol, Service, Services};
use model::facts::technology::{Sign, Technologies, Technology, Version, VersionSource};
use model::facts::tls::{TlsSurvey, TlsVersionSupport};
use model::name::HostName;

use super::Flavour;

const IP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

pub(super) fn all(words: Flavour) -> Vec<Payload> {
    vec![
        hosting(words).into(),
        technologies(words).into(),
        services(words).into(),
        survey(words).into(),
        crawl(words).into(),
        discovery(words).into(),
    ]
}

fn hosting(words: Flavour) -> Hosting {
    let claim = |source: &str, value: &str| Claim { source: source.into(), value: words.say(value, value) };
    let sign = |role, name: &str| ProviderSign {
        name: words.say(name, name),
        role,
        by: ProviderBy::Range,
        matched: "192.0.2.0/24".into(),
        overseas: false,
    };
    Hosting {
        host: "www.yunling.example".into(),
        addresses: vec![AddressHosting {
            ip: IP,
            countries: vec![claim("one.mmdb", "CN"), claim("two.csv", "CN")],
            region: Region::Mainland,
            networks: vec![NetworkClaim {
                source: "asn.csv".into(), asn: 4134, organisation: words.say("中国电信", "Chinanet")
            }],
            providers: vec![sign(ProviderRole::Cloud, "cloud-a"), sign(ProviderRole::Cdn, "cdn-b")],
            anycast: true,
        }],
        providers: vec![ProviderSign { by: ProviderBy::Alias, ..sign(ProviderRole::Waf, "waf-c") }],
        sources: vec!["one.mmdb".into(), "two.csv".into(), "asn.csv".into()],
    }
}

fn version(words: Flavour, number: &str) -> Option<Version> {
    Some(Version { number: words.say(number, number), by: VersionSource::Banner })
}

fn technologies(words: Flavour) -> Technologies {
    let technology = |name: &str, number: &str| Technology {
        name: words.say(name, name),
        categories: vec![words.say("脚本库", "JavaScript libraries")],
        version: version(words, number),
        confidence: 75,
        evidence: vec![Sign { place: "wappalyzer:scriptSrc".into(), matched: words.say("jquery-3.6.0.js", "jquery-3.6.0.js") }],
        ..Technology::default()
    };
    let implied = Technology { implied_by: vec!["jQuery UI".into()], evidence: Vec::new(), ..technology("PHP", "8.2") };
    Technologies {
        url: "https://www.yunling.example/".into(),
        found: vec![technology("jQuery", "3.6.0"), implied],
        protection: vec![technology("SafeLine", "")],
        catalogues: vec!["wappalyzer 7586".into()],
    }
}

fn services(words: Flavour) -> Services {
    let service = |port, protocol, name: &str, number: &str, login| Service {
        port,
        protocol,
        products: vec![Product { name: words.say(name, name), version: version(words, number), ..Product::default() }],
        login,
        greeting: words.say("greeting", "greeting"),
        ..Service::default()
    };
    Services {
        host: "www.yunling.example".into(),
        ports: vec![22, 80, 443, 6379, 9999],
        udp_ports: vec![161],
        addresses: vec![AddressServices {
            ip: IP,
            open: vec![
                service(22, Some(Protocol::Ssh), "OpenSSH", "9.2p1", Login::Required),
                Service { inside_tls: true, ..service(443, Some(Protocol::Http), "nginx", "1.22.1", Login::Unknown) },
                service(6379, Some(Protocol::Redis), "Redis", "7.0.15", Login::NotRequired),
                service(9999, None, "", "", Login::Unknown),
            ],
            closed: 2,
            silent: 1,
            unfinished: None,
        }],
    }
}

fn survey(words: Flavour) -> TlsSurvey {
    let spoken = |version: &str, suite: &str| TlsVersionSupport {
        version: version.into(),
        spoken: Some(true),
        suites: vec![words.say(suite, suite)],
        server_order: Some(true),
        groups: vec!["x25519".into()],
        ..TlsVersionSupport::default()
    };
    let refused = TlsVersionSupport { version: "SSLv3".into(), spoken: Some(false), ..TlsVersionSupport::default() };
    TlsSurvey {
        host: "www.yunling.example".into(),
        ip: Some(IP),
        port: 443,
        versions: vec![refused, spoken("TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), spoken("TLCP", "ECC_SM4_CBC_SM3")],
        alpn: vec!["h2".into()],
        ocsp_stapled: Some(false),
        connections: 31,
        ..TlsSurvey::default()
    }
}

fn crawl(words: Flavour) -> Crawl {
    let address = words.say("https://www.yunling.example/a.html", "https://www.yunling.example/a.html");
    let place = |url: &str| Place { url: words.say(url, url), page: address.clone(), text: words.say("附件", "file") };
    Crawl {
        start: "https://www.yunling.example/".into(),
        pages: vec![CrawledPage {
            url: address.clone(),
            depth: 1,
            status: Some(200),
            title: words.say("公开目录", "Catalogue"),
            ..CrawledPage::default()
        }],
        attachments: vec![place("https://www.yunling.example/a.pdf")],
        external: vec![ExternalLink {
            url: "https://www.other.example/".into(),
            page: address.clone(),
            pages: 3,
            ..Default::default()
        }],
        scripts: vec![place("https://www.yunling.example/jquery-3.6.0.js")],
        stopped: Some(CrawlBound::Pages),
        ..Crawl::default()
    }
}

fn discovery(words: Flavour) -> Discovery {
    let host = HostName {
        ascii: "oa.yunling.example".into(),
        unicode: words.say("oa.yunling.example", "oa.yunling.example"),
        ..HostName::default()
    };
    let found = Found { by: FoundBy::Certificate, place: words.say("证书", "certificate") };
    Discovery {
        domain: "yunling.example".into(),
        candidates: vec![Candidate { host, sources: vec![found], addresses: vec![IP], only_wildcard: true }],
        wildcards: vec![Wildcard { zone: "yunling.example".into(), addresses: vec![IP] }],
        asked: vec![FoundBy::Certificate, FoundBy::WordList],
        words_asked: 200,
        cut: false,
    }
}
