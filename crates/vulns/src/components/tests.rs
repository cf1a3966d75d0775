//! Components out of what was seen and declared.

use model::advisory::{Channel, Component, Product, Reading, Told};
use model::facts::clients::{Entrance, EntrancePage, Entrances};
use model::facts::scripts::{Library, Script, Scripts};
use model::facts::services::{self, AddressServices, Service, Services};
use model::facts::technology::{Sign, Technologies, Technology, Version, VersionSource};
use model::facts::web::{Header, Hop, Visit};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Held, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Source, SourceKind};
use model::name::HostName;
use model::observation::Outcome;
use proptest::prelude::*;

use super::*;

fn visit(headers: &[(&str, &str)]) -> Visit {
    let host = HostName { ascii: "www.example.gov.cn".into(), ..HostName::default() };
    let headers = headers.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect();
    let hop = Hop {
        url: "https://www.example.gov.cn/".into(),
        host,
        ip: [192, 0, 2, 1].into(),
        version: "HTTP/1.1".into(),
        status: 200,
        headers,
        cookies: Vec::new(),
        hsts: None,
        redirect: None,
    };
    Visit { start: hop.url.clone(), hops: vec![hop], broken: None, body: None }
}

fn library(name: &str, version: &str, by: Channel) -> Library {
    Library {
        name: name.into(),
        npm: Some(name.to_lowercase()),
        version: version.into(),
        by,
        matched: format!("{name} {version}"),
    }
}

fn script(url: &str, libraries: Vec<Library>) -> Script {
    Script { url: url.into(), libraries, ..Script::default() }
}

fn technology(name: &str, version: &str, by: VersionSource, cpe: Option<&str>) -> Technology {
    Technology {
        name: name.into(),
        version: (!version.is_empty()).then(|| Version { number: version.into(), by }),
        confidence: 100,
        cpe: cpe.map(Into::into),
        evidence: vec![Sign { place: "test:page".into(), matched: format!("{name}/{version}") }],
        ..Technology::default()
    }
}

fn declared(says: &[(Attribute, &str)]) -> Held {
    let key = format!("site:www.example.gov.cn#{}", says[0].1);
    let claim = Claim {
        entity: EntityId::new(EntityKind::Component, key),
        part: String::new(),
        says: says.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect(),
        line: 1,
    };
    let source = Source { id: 1, kind: SourceKind::Sbom, name: String::new() };
    Held { id: 1, source, claim, delivery: 1, since: "2026-03-01T20:00:00Z".parse().expect("a time"), until: None }
}

fn seen(what: &str) -> Sighting {
    let at = "2026-03-01T00:00:00Z".parse().expect("a time");
    Sighting { asset: EntityId::new(EntityKind::Host, "www.example.gov.cn"), what: what.into(), first: at, last: at }
}

/// `name number (told, channel) place` of each.
fn lines(components: &Components) -> Vec<String> {
    let line = |component: &Component| {
        let Component { name, version, channel, place, .. } = component;
        format!("{name} {} {:?} {channel:?} {place}", version.number, version.told)
    };
    components.found.iter().map(line).collect()
}

fn of_headers(headers: &[(&str, &str)]) -> Components {
    of(&Observed { visits: &[&visit(headers)], ..Observed::default() })
}

#[test]
fn a_server_field_tells_several_and_whose_packages_they_are() {
    let found = of_headers(&[("server", "Apache/2.4.57 (Debian) OpenSSL/3.0.11 PHP/8.2.7"), ("x-powered-by", "PHP/8.2.7")]);
    let place = "https://www.example.gov.cn/";
    assert_eq!(
        lines(&found),
        [
            format!("Apache HTTP Server 2.4.57 Backported Banner {place}"),
            format!("OpenSSL 3.0.11 Backported Banner {place}"),
            format!("PHP 8.2.7 Backported Banner {place}"),
        ]
    );
    assert!(found.found[0].products.contains(&Product::new("cpe:a:apache:http_server")));
    assert_eq!(found.found[0].confidence, 90);
    assert_eq!(found.found[0].evidence, "Apache/2.4.57 (Debian) OpenSSL/3.0.11 PHP/8.2.7");

    let found = of_headers(&[("server", "nginx"), ("x-powered-by", "PHP/5.6.40, ASP.NET"), ("x-aspnet-version", "4.0.30319")]);
    assert_eq!(
        lines(&found),
        [
            format!("ASP.NET 4 Line Banner {place}"),
            format!("PHP 5.6.40 Exact Banner {place}"),
            format!("nginx  Unknown Banner {place}")
        ]
    );
    let cut_short = of_headers(&[("server", "Apache/2.4"), ("x-generator", "Drupal 7 (https://www.drupal.org)")]);
    assert_eq!(
        lines(&cut_short),
        [format!("Apache HTTP Server 2.4 Line Banner {place}"), format!("Drupal 7 Line Banner {place}")]
    );
    assert!(of_headers(&[("server", "web01 (x/1.0) ((("), ("x-powered-by", "")]).found.is_empty());
    let worded = of_headers(&[("server", "WebSphere Application Server/6.1 Apache Jetty(9.4.53.v20231009)")]);
    assert_eq!(
        lines(&worded),
        [
            format!("Apache HTTP Server  Unknown Banner {place}"),
            format!("Eclipse Jetty 9.4.53.v20231009 Exact Banner {place}"),
            format!("WebSphere Application Server 6.1 Exact Banner {place}"),
        ]
    );
    // The version of a connector is not that of the server.
    assert_eq!(lines(&of_headers(&[("server", "Apache-Coyote/1.1")])), [format!("Apache Tomcat  Unknown Banner {place}")]);
    // What is not known by name is kept where it tells a version.
    assert_eq!(lines(&of_headers(&[("server", "Acme/1.2.3")])), [format!("Acme 1.2.3 Exact Banner {place}")]);
}

#[test]
fn the_surest_channel_has_the_word_on_the_version() {
    let scripts = Scripts {
        page: "https://www.example.gov.cn/".into(),
        scripts: vec![
            script(
                "https://www.example.gov.cn/jquery-3.5.js",
                vec![library("jQuery", "3.5", Channel::FileName), library("jQuery", "3.6.0", Channel::Content)],
            ),
            script("https://www.example.gov.cn/old.js", vec![library("jQuery", "1.7.2", Channel::Content)]),
        ],
        inline: vec![library("Vue", "2.6.14", Channel::Content)],
        detectors: "retirejs 76".into(),
        ..Scripts::default()
    };
    let technologies = Technologies {
        url: "https://www.example.gov.cn/".into(),
        found: vec![
            technology("jQuery", "", VersionSource::Page, Some("cpe:2.3:a:jquery:jquery:*:*:*:*:*:*:*:*")),
            technology("Vue.js", "2", VersionSource::Page, None),
            technology("PHP", "", VersionSource::Page, None),
            technology("某产品", "", VersionSource::Page, None),
            Technology { implied_by: vec!["PHP".into()], ..technology("MySQL", "", VersionSource::Page, None) },
        ],
        catalogues: vec!["wappalyzer 7586".into()],
        ..Technologies::default()
    };
    let observed = Observed { scripts: Some(&scripts), technologies: Some(&technologies), ..Observed::default() };
    let found = of(&observed);
    assert_eq!(
        lines(&found),
        [
            "PHP  Unknown Page https://www.example.gov.cn/",
            "Vue.js 2.6.14 Exact Content https://www.example.gov.cn/",
            "jQuery 1.7.2 Exact Content https://www.example.gov.cn/old.js",
            "jQuery 3.6.0 Exact Content https://www.example.gov.cn/jquery-3.5.js",
            "某产品  Unknown Page https://www.example.gov.cn/",
        ]
    );
    assert_eq!(found.sets, ["retirejs 76", "wappalyzer 7586"]);
    assert_eq!(found.found[4].products, [Product::new("name:某产品")]);
    assert_eq!(found.declared_on, None);
}

#[test]
fn greetings_and_other_scanners() {
    let product = |name: &str, cpe: &str, version: &str, by| services::Product {
        name: name.into(),
        version: Some(Version { number: version.into(), by }),
        cpe: (!cpe.is_empty()).then(|| cpe.into()),
        ..services::Product::default()
    };
    let open = vec![
        Service {
            port: 22,
            greeting: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3".into(),
            products: vec![product("OpenSSH", "cpe:/a:openbsd:openssh:9.2p1", "9.2p1", VersionSource::Banner)],
            ..Service::default()
        },
        Service {
            port: 3306,
            products: vec![product("MySQL", "", "5.5.5-10.6.12-MariaDB", VersionSource::Protocol)],
            ..Service::default()
        },
    ];
    let services = Services {
        host: "www.example.gov.cn".into(),
        addresses: vec![AddressServices { ip: [192, 0, 2, 1].into(), open, closed: 0, silent: 0, unfinished: None }],
        ..Services::default()
    };
    let sightings = [
        seen("443/tcp https nginx 1.24.0"),
        seen("8080/tcp http Apache Tomcat/Coyote JSP engine 1.1"),
        seen("22/tcp ssh OpenSSH 9.2p1 Debian 2+deb12u2"),
        seen("25/tcp smtp Unheard Of 4.2"),
        seen("6379/tcp redis"),
        seen("53/udp dns"),
        seen("A 192.0.2.1"),
        seen("nuclei tech-detect:nginx info"),
    ];
    let sightings: Vec<&Sighting> = sightings.iter().collect();
    let found = of(&Observed { services: Some(&services), sightings: &sightings, ..Observed::default() });
    assert_eq!(
        lines(&found),
        [
            "Apache Tomcat  Unknown Import www.example.gov.cn:8080",
            "MySQL 10.6.12-MariaDB Exact Protocol www.example.gov.cn:3306",
            "OpenSSH 9.2p1 Backported Banner www.example.gov.cn:22",
            "Redis  Unknown Import www.example.gov.cn:6379",
            "Unheard Of 4.2 Exact Import www.example.gov.cn:25",
            "nginx 1.24.0 Exact Import www.example.gov.cn:443",
        ]
    );
}

#[test]
fn bills_of_materials() {
    use Attribute::{Cpe, Name, Purl, Version};
    let claims = [
        declared(&[(Purl, "pkg:npm/lodash@4.17.20"), (Name, "lodash"), (Version, "4.17.20")]),
        declared(&[(Purl, "pkg:npm/lodash@4.17.21"), (Name, "lodash"), (Version, "4.17.21")]),
        declared(&[(Purl, "pkg:deb/debian/nginx@1.22.1-9%2Bdeb12u1"), (Name, "nginx"), (Version, "1.22.1-9+deb12u1")]),
        declared(&[(Purl, "pkg:maven/org.springframework/spring-web@5.3.18"), (Name, "spring-web")]),
        declared(&[(Purl, "pkg:npm/redis@4.6.0"), (Name, "redis")]),
        declared(&[(Name, "左栏组件"), (Version, "^2.1.0")]),
        declared(&[(Name, "openssl"), (Cpe, "cpe:2.3:a:openssl:openssl:1.0.2:k:*:*:*:*:*:*")]),
        declared(&[(Purl, "pkg:apk/alpine/busybox@1.36.1-r15"), (Name, "busybox")]),
        declared(&[(Purl, "no purl"), (Name, "bad")]),
    ];
    let claims: Vec<&Held> = claims.iter().collect();
    let found = of(&Observed { declared: &claims, ..Observed::default() });
    let place = "site:www.example.gov.cn";
    assert_eq!(
        lines(&found),
        [
            format!("Lodash 4.17.20 Exact Sbom {place}"),
            format!("Lodash 4.17.21 Exact Sbom {place}"),
            format!("OpenSSL 1.0.2-k Exact Sbom {place}"),
            format!("bad  Unknown Sbom {place}"),
            format!("busybox 1.36.1-r15 Backported Sbom {place}"),
            format!("nginx 1.22.1-9+deb12u1 Backported Sbom {place}"),
            format!("redis 4.6.0 Exact Sbom {place}"),
            format!("spring-web 5.3.18 Exact Sbom {place}"),
            format!("左栏组件 2 Line Sbom {place}"),
        ]
    );
    assert!(found.found[5].products.contains(&Product::new("pkg:deb/debian/nginx")));
    assert!(found.found[5].products.contains(&Product::new("cpe:a:f5:nginx")));
    assert_eq!(found.found[6].products, [Product::new("pkg:npm/redis")], "a client is not the server");
    assert_eq!(found.declared_on, Some(jiff::civil::date(2026, 3, 2)), "the day in China");
    // Of another time, or of something else.
    let mut past = declared(&[(Name, "gone")]);
    past.until = Some(past.since);
    assert_eq!(of(&Observed { declared: &[&past], ..Observed::default() }), Components::default());
}

#[test]
fn what_is_kept_is_bounded() {
    let inline = (0..40_000).map(|number| library(&format!("lib{}", number % 30_000), &format!("1.{number}"), Channel::Content));
    let many = (0..200).map(|number| library("jQuery", &format!("1.{number}"), Channel::Content));
    let long = library(&"长".repeat(10_000), &"1".repeat(10_000), Channel::Content);
    let scripts = Scripts { inline: inline.chain(many).chain([long]).collect(), ..Scripts::default() };
    let found = of(&Observed { scripts: Some(&scripts), ..Observed::default() }).found;
    assert_eq!(found.len(), MOST);
    assert_eq!(found.iter().filter(|component| component.name == "jQuery").count(), 50);
    assert!(found.iter().all(|component| component.name.chars().count() <= 200 && component.evidence.chars().count() <= 300));
}

fn libraries() -> impl Strategy<Value = Vec<(String, Library)>> {
    let name = prop::sample::select(vec!["jQuery", "jquery", "Vue", "vue.js", "Unheard", "lodash"]);
    let version = prop::sample::select(vec!["", "1", "1.7", "1.7.2", "1.7.2-1ubuntu1", "2.x", ">=2", "2.0.0", "2.0"]);
    let by = prop::sample::select(vec![Channel::FileName, Channel::Content, Channel::Digest]);
    let place = prop::sample::select(vec!["https://a/1.js", "https://a/2.js"]);
    let one = (place, name, version, by).prop_map(|(place, name, version, by)| (place.to_owned(), library(name, version, by)));
    prop::collection::vec(one, 0..12)
}

fn of_libraries(libraries: &[(String, Library)]) -> Vec<Component> {
    let scripts = libraries.iter().map(|(url, library)| script(url, vec![library.clone()])).collect();
    of(&Observed { scripts: Some(&Scripts { scripts, ..Scripts::default() }), ..Observed::default() }).found
}

proptest! {
    #[test]
    fn the_order_of_what_is_seen_does_not_matter(libraries in libraries(), turn in 0_usize..12) {
        let found = of_libraries(&libraries);
        let mut other = libraries.clone();
        other.rotate_left(turn.min(libraries.len()));
        prop_assert_eq!(&of_libraries(&other), &found);
        other.reverse();
        prop_assert_eq!(&of_libraries(&other), &found);
        other.extend(libraries.clone());
        prop_assert_eq!(&of_libraries(&other), &found, "what is seen twice is one");
        for (_, library) in &libraries {
            let is_there = |component: &Component| component.products.iter().any(|product| crate::product::named(&library.name) == *product)
                || component.name == library.name;
            prop_assert!(found.iter().any(is_there), "{} is lost", library.name);
            let read = crate::version::reading(&library.version, library.by);
            if library.by == Channel::Digest && read.told == Told::Exact {
                let same = |component: &Component| crate::version::compare(model::advisory::Ordering::Generic, &component.version.number, &read.number).is_eq();
                prop_assert!(found.iter().any(same), "the surest word counts: {:?}", read);
            }
        }
    }

    #[test]
    fn any_field_is_read(value in "\\PC{0,60}", number in "[ -~]{0,30}") {
        for component in of_headers(&[("server", &value), ("x-powered-by", &number), ("x-aspnet-version", &number), ("x-generator", &value)]).found {
            prop_assert!(!component.name.is_empty() && component.confidence >= 1);
            prop_assert_eq!(component.version == Reading::default(), component.version.number.is_empty());
        }
        let sighting = seen(&format!("443/tcp {value}"));
        of(&Observed { sightings: &[&sighting], ..Observed::default() });
    }
}

/// What applications write behind every script is the version of none; what is written behind one is told by its content, where that was read.
#[test]
fn versions_in_addresses() {
    let at = |path: &str| format!("https://www.example.gov.cn/js/{path}");
    let named = |matched: &str, version: &str| Technologies {
        url: "https://www.example.gov.cn/".into(),
        found: vec![Technology {
            evidence: vec![Sign { place: "test:script".into(), matched: matched.into() }],
            ..technology("jQuery Migrate", version, VersionSource::Name, None)
        }],
        ..Technologies::default()
    };
    let found = |technologies: &Technologies, scripts: Vec<Script>| {
        let scripts = Scripts { scripts, ..Scripts::default() };
        lines(&of(&Observed { technologies: Some(technologies), scripts: Some(&scripts), ..Observed::default() }))
    };
    let own = at("jquery-migrate.min.js?v=5.2.1");
    let of_all = named("jquery-migrate.min.js?v=5.2.1", "5.2.1");
    assert_eq!(
        found(&of_all, vec![script(&own, vec![]), script(&at("functions.js?v=5.2.1deb1"), vec![])]),
        [format!("jQuery Migrate  Unknown FileName {own}")]
    );
    assert_eq!(
        found(&of_all, vec![script(&own, vec![]), script(&at("functions.js?v=1"), vec![])]),
        [format!("jQuery Migrate 5.2.1 Exact FileName {own}")]
    );
    let content = library("jquery-migrate", "3.4.0", Channel::Content);
    assert_eq!(found(&of_all, vec![script(&own, vec![content])]), [format!("jQuery Migrate 3.4.0 Exact Content {own}")]);
    let addressed = at("lodash-4.17.15.min.js");
    assert_eq!(
        found(&Technologies::default(), vec![script(&addressed, vec![]), script(&at("main-1.2.3.js"), vec![])]),
        [format!("Lodash 4.17.15 Exact FileName {addressed}")]
    );
}

/// A log-in page tells the product behind it; on another host it is of another subject.
#[test]
fn log_ins_tell_products() {
    let entrance = |url: &str, product: &str| Entrance {
        url: url.into(),
        page: Outcome::Seen(EntrancePage { url: url.into(), product: Some(product.into()), ..EntrancePage::default() }),
        words: String::new(),
        found_by: "link".into(),
    };
    let entrances = Entrances {
        page: "https://www.example.gov.cn/".into(),
        entrances: vec![
            entrance("https://www.example.gov.cn/pma/", "phpMyAdmin"),
            entrance("https://mail.example.gov.cn/", "Roundcube"),
            entrance("https://www.example.gov.cn/bmc/", "服务器管理卡"),
        ],
        ..Entrances::default()
    };
    let found = of(&Observed { entrances: Some(&entrances), ..Observed::default() });
    assert_eq!(lines(&found), ["phpMyAdmin  Unknown Page https://www.example.gov.cn/pma/"]);
    assert!(found.found[0].products.contains(&Product::new("cpe:a:phpmyadmin:phpmyadmin")));
}
