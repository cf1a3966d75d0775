//! Targets for fingerprint sets: a file in each published format, compiled and asked about a page; and pages and banners against a set of
//! ours.

use std::sync::LazyLock;

use fingerprints::{Catalogue, Favicon, PageInput, Set, Source};
use vulns::scripts::Detectors;

use crate::input::{assert_kept, head_and_text, text};

/// Longest that a text of a fingerprint's match is kept, in bytes.
const TEXT: usize = 5120;

/// A Wappalyzer-format file.
pub fn wappalyzer(bytes: &[u8]) {
    load(Set::Wappalyzer, bytes);
}

/// A FingerprintHub file, YAML or JSON.
pub fn fingerprinthub(bytes: &[u8]) {
    load(Set::FingerprintHub, bytes);
}

/// An EHole file.
pub fn ehole(bytes: &[u8]) {
    load(Set::Ehole, bytes);
}

/// A file of signs of protection devices.
pub fn wafw00f(bytes: &[u8]) {
    load(Set::Wafw00f, bytes);
}

/// A Recog database.
pub fn recog(bytes: &[u8]) {
    load(Set::Recog, bytes);
}

fn load(set: Set, bytes: &[u8]) {
    let catalogue = Catalogue::build(vec![Source { set, name: "fuzz.json".into(), bytes: bytes.to_vec() }]);
    assert!(catalogue.counts().contains_key(&set), "a set that was given is counted");
    let page = PageInput {
        url: "https://www.example.gov.cn/quux?a=1",
        status: 403,
        reason: "Forbidden",
        headers: &[("Server", "quux/1.2"), ("X-Powered-By", "PHP/8.1")],
        cookies: &[("QUUXID", "1")],
        html: PAGE,
        blocked: true,
        ..PageInput::default()
    };
    let found = catalogue.page(&page);
    assert!(found.found.iter().chain(&found.protection).all(|technology| technology.confidence <= 100));
    for key in ["fuzz", "ssh.banner"] {
        let _ = catalogue.banner(key, "OpenSSH_9.2p1 Debian-2+deb12u10");
    }
}

const PAGE: &str = "<html><head><title>quux</title><meta name=generator content='Quux 1.2'><script src='/quux-1.2.3.js'></script>\
    <style>.quux{}</style></head><body><div id=quux class='a b'><a href='/quux'>Powered by <b>Quux</b></a></div></body></html>";

static OURS: LazyLock<Catalogue> = LazyLock::new(|| {
    let file = |set, name: &str, text: &str| Source { set, name: name.into(), bytes: text.as_bytes().to_vec() };
    let catalogue = Catalogue::build(vec![
        file(Set::Wappalyzer, "ours.json", include_str!("../seeds/wappalyzer/places.json")),
        file(Set::Recog, "ours.xml", include_str!("../seeds/recog/ssh.xml")),
        file(Set::Ehole, "ours.json", include_str!("../seeds/ehole/finger.json")),
        file(Set::Wafw00f, "ours.json", include_str!("../seeds/wafw00f/signs.json")),
    ]);
    assert_eq!(catalogue.skipped(), [], "the seeds are sound");
    catalogue
});

/// Header fields, a line each, then the page's source: against a catalogue with every place.
pub fn technologies(bytes: &[u8]) {
    let (head, html) = head_and_text(bytes);
    let fields: Vec<(&str, &str)> = head.lines().filter_map(|line| line.split_once(':')).collect();
    let page = PageInput {
        url: "https://www.example.gov.cn/",
        status: 200,
        headers: &fields,
        cookies: &fields,
        html: &html,
        scripts: &[&html],
        styles: &[&html],
        robots: &html,
        dns: &fields,
        globals: &fields,
        favicons: &[Favicon { mmh3: readers::favicon::mmh3(bytes), md5: readers::favicon::md5(bytes) }],
        ..PageInput::default()
    };
    for technology in OURS.page(&page).found {
        technology.version.iter().for_each(|version| assert_kept(&version.number, TEXT));
        technology.evidence.iter().for_each(|sign| assert_kept(&sign.matched, TEXT));
    }
}

/// A banner.
pub fn banner(bytes: &[u8]) {
    if let Some(recognised) = OURS.recognise("ssh.banner", &text(bytes)) {
        assert_kept(&recognised.matched, TEXT);
        recognised.parameters.values().for_each(|value| assert_kept(value, TEXT));
        recognised.products("ssh.banner").iter().for_each(|product| assert_kept(&product.name, TEXT));
    }
}

/// A repository of script detectors, and a script that they are asked about.
pub fn scripts(bytes: &[u8]) {
    let (repository, script) = head_and_text(bytes);
    let Ok(detectors) = Detectors::from_repository(repository.as_bytes()) else { return };
    assert!(detectors.counts().patterns + detectors.counts().hashes > 0, "a set without detectors is refused");
    let address = script.lines().next().unwrap_or_default();
    let found = detectors.read(address, Some(script.as_bytes())).into_iter().chain(detectors.inline(&script));
    for library in found {
        // 120 characters of up to four bytes.
        assert_kept(&library.name, 480);
        assert_kept(&library.matched, 480);
        assert_kept(&library.version, 60);
    }
}
