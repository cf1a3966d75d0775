//! Targets for names of products and their versions.

use model::advisory::{Bound, Channel, Ordering, Span, Told, Versions};
use vulns::product::{from_cpe, from_purl, named};
use vulns::range::{Compiled, Holds};
use vulns::version::{Key, line_end, reading, upstream};

use crate::input::text;

const ORDERINGS: [Ordering; 9] = [
    Ordering::Generic,
    Ordering::Semver,
    Ordering::Debian,
    Ordering::Rpm,
    Ordering::Maven,
    Ordering::Php,
    Ordering::Python,
    Ordering::Ruby,
    Ordering::Date,
];

/// Lines that are CPE names of either form, or plain names.
pub fn cpe(bytes: &[u8]) {
    for line in text(bytes).lines().take(200) {
        if let Ok(cpe) = from_cpe(line) {
            assert!(matches!(cpe.product.part(), Some('a' | 'o' | 'h')), "{cpe:?}");
            assert!(!cpe.product.as_str().chars().any(char::is_control), "{cpe:?}");
        }
        let name = named(line);
        assert_eq!(named(name.as_str().trim_start_matches("name:")), name, "folding twice changes nothing");
    }
}

/// Lines that are package URLs, versions, or what tells of versions.
pub fn purl_version(bytes: &[u8]) {
    let whole = text(bytes);
    let lines: Vec<&str> = whole.lines().take(20).collect();
    for line in &lines {
        if let Ok(package) = from_purl(line) {
            assert_eq!(from_purl(package.product.as_str()).expect("what was read can be read").product, package.product);
        }
        for channel in [Channel::Banner, Channel::Sbom] {
            let read = reading(line, channel);
            assert_eq!(read.number.is_empty(), read.told == Told::Unknown, "{read:?}");
        }
        let _ = (upstream(line).len(), line_end(line));
    }
    for ordering in ORDERINGS {
        let mut keys: Vec<Key> = lines.iter().map(|line| Key::of(ordering, line)).collect();
        keys.sort();
        assert!(keys.is_sorted(), "the order is total");
    }
    if let [from, to, version, ..] = lines.as_slice() {
        let span = Span { from: Bound::Including((*from).to_owned()), to: Bound::Excluding((*to).to_owned()) };
        let set = Compiled::of(&Versions { spans: vec![span], ..Versions::default() });
        let read = reading(version, Channel::Banner);
        assert!(set.holds(&read) != Holds::Yes || Key::of(Ordering::Generic, from) < Key::of(Ordering::Generic, to));
    }
}
