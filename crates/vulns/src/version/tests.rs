//! Orders and readings against a table of real versions, and as laws.

use std::cmp;

use model::advisory::{Channel, Ordering, Reading, Told};
use proptest::prelude::*;

use super::*;

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

/// Lines `ordering: one < other = other < …`, each the order that its system's own tool gives.
#[test]
fn real_versions_in_their_order() {
    for line in include_str!("pairs.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (ordering, chain) = line.split_once(": ").expect("an ordering");
        let ordering = serde_json::from_value(ordering.into()).expect("an ordering");
        let words: Vec<&str> = chain.split("  ").collect();
        for pair in words.windows(3).step_by(2) {
            let [one, sign, other] = pair.try_into().expect("three words");
            let expected = match sign {
                "<" => cmp::Ordering::Less,
                "=" => cmp::Ordering::Equal,
                sign => panic!("{sign:?} in {line}"),
            };
            assert_eq!(compare(ordering, one, other), expected, "{ordering:?}: {one} {sign} {other}");
            assert_eq!(compare(ordering, other, one), expected.reverse(), "{ordering:?}: {other} and {one}");
        }
    }
}

#[test]
fn what_is_told() {
    let rows = include_str!("readings.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for row in rows {
        let [raw, channel, told, number] = row.split('\t').collect::<Vec<_>>().try_into().expect("four columns");
        let channel: Channel = serde_json::from_value(channel.into()).expect("a channel");
        let told: Told = serde_json::from_value(told.into()).expect("a meaning");
        assert_eq!(reading(raw, channel), Reading { number: number.into(), told }, "{raw}");
    }
}

#[test]
fn lines_end_before_the_next() {
    for (line, end) in [("2", "3"), ("5.4", "5.5"), ("9", "10"), ("2.199", "2.200"), ("v8", "v9"), ("099", "100")] {
        assert_eq!(line_end(line).as_deref(), Some(end), "{line}");
    }
    assert_eq!((line_end("2.x"), line_end("")), (None, None));
    assert_eq!(compare(Ordering::Generic, &"9".repeat(150), &line_end(&"9".repeat(150)).expect("an end")), cmp::Ordering::Less);
}

#[test]
fn who_names_a_version_means_its_updates() {
    let key = |version| Key::of(Ordering::Generic, version);
    let end = Key::with_updates(Ordering::Generic, "7.4");
    for inside in ["7.4", "7.4p1", "7.4 SP2", "7.4.0-patch3"] {
        assert!(key(inside) <= end, "{inside}");
    }
    for outside in ["7.4a", "7.4.1", "7.5"] {
        assert!(key(outside) > end, "{outside}");
    }
    assert_eq!(Key::with_updates(Ordering::Generic, "7.4p1"), key("7.4p1"));
    assert_eq!(Key::with_updates(Ordering::Maven, "7.4"), Key::of(Ordering::Maven, "7.4"));
}

/// Versions as they are written, and anything else.
fn versions() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "0", "1", "2", "10", "007", ".", ".", "-", "_", "+", "~", ":", "!", " ", "a", "b", "rc", "alpha", "beta", "M", "p", "sp",
        "dev", "final", "x", "ubuntu", "版", "SNAPSHOT", "post", "^",
    ]);
    prop_oneof![
        8 => prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        1 => "\\PC{0,20}",
        1 => "[0-9]{0,300}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_order_is_total(one in versions(), two in versions(), three in versions()) {
        for ordering in ORDERINGS {
            let [one, two, three] = [&one, &two, &three].map(|version| Key::of(ordering, version));
            prop_assert_eq!(one.cmp(&two), two.cmp(&one).reverse());
            prop_assert_eq!(one == two, one.cmp(&two) == cmp::Ordering::Equal);
            let mut sorted = [one, two, three];
            sorted.sort();
            let [low, middle, high] = sorted;
            prop_assert!(low <= middle && middle <= high && low <= high, "{:?}: {:?} {:?} {:?}", ordering, low, middle, high);
        }
    }

    #[test]
    fn a_version_stands_before_its_updates(version in versions()) {
        for ordering in ORDERINGS {
            prop_assert!(Key::of(ordering, &version) <= Key::with_updates(ordering, &version));
        }
    }

    #[test]
    fn semver_as_the_crate_has_it(
        one in "(0|[1-9][0-9]?)\\.(0|[1-3])\\.(0|[1-3])(-(0|[1-9]|rc|x|-a)(\\.(0|1[0-9]?|b))?)?",
        other in "(0|[1-9][0-9]?)\\.(0|[1-3])\\.(0|[1-3])(-(0|[1-9]|rc|x|-a)(\\.(0|1[0-9]?|b))?)?",
    ) {
        let parsed = [&one, &other].map(|version| semver::Version::parse(version).expect("a version"));
        prop_assert_eq!(compare(Ordering::Semver, &one, &other), parsed[0].cmp_precedence(&parsed[1]), "{} {}", one, other);
    }

    #[test]
    fn any_text_has_a_reading(raw in versions(), words in "\\PC{0,30}") {
        for text in [raw.clone(), words.clone(), format!("{words}/{raw} (Ubuntu)"), format!(">={raw}"), format!("{raw}.x")] {
            for channel in [Channel::Banner, Channel::Sbom] {
                let read = reading(&text, channel);
                prop_assert!(read.number.chars().count() <= LONGEST);
                prop_assert_eq!(read.number.is_empty(), read.told == Told::Unknown, "{:?} of {:?}", read, text);
                prop_assert!(!read.number.starts_with('v'));
            }
            let _ = (upstream(&text).len(), line_end(&text));
        }
    }
}
