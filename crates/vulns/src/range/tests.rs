//! Sets of versions: what they hold, against reading them plainly.

use std::cmp;

use model::advisory::{Bound, Channel, Ordering, Reading, Span, Told, Versions};
use proptest::prelude::*;

use super::{Compiled, Holds};
use crate::version::{Key, compare, line_end, reading};

/// `2.0..3.1` of text: `[` and `]` are inside, `(` and `)` outside, nothing is open.
fn span(text: &str) -> Span {
    let (from, to) = text.split_once("..").expect("a span");
    let bound = |text: &str, inside: char| match text.trim_matches(['[', ']', '(', ')']) {
        "" => Bound::Open,
        version if text.contains(inside) => Bound::Including(version.into()),
        version => Bound::Excluding(version.into()),
    };
    Span { from: bound(from, '['), to: bound(to, ']') }
}

fn set(ordering: Ordering, spans: &[&str], listed: &[&str], except: &[&str]) -> Versions {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Versions {
        all: false,
        ordering,
        spans: spans.iter().map(|text| span(text)).collect(),
        listed: owned(listed),
        except: owned(except),
    }
}

#[track_caller]
fn holds(versions: &Versions, raw: &str, expected: Holds) {
    assert_eq!(Compiled::of(versions).holds(&reading(raw, Channel::Banner)), expected, "{raw} in {versions:?}");
}

#[test]
fn versions_in_spans_and_lists() {
    let struts = set(Ordering::Generic, &["[2.3.5..2.3.32)", "[2.5.0..2.5.10.1)"], &["6.0.0"], &["2.3.20"]);
    for inside in ["2.3.5", "2.3.31", "2.5.10", "2.5", "6.0", "2.3.5-1ubuntu4"] {
        holds(&struts, inside, Holds::Yes);
    }
    for outside in ["2.3.4", "2.3.32", "2.4", "2.5.10.1", "2.3.20", "6.0.1", "2.3.5-rc1", "9.x", ">=7"] {
        holds(&struts, outside, Holds::No);
    }
    holds(&struts, "2.3.x", Holds::Reaches);
    holds(&struts, "2.x", Holds::Reaches);
    holds(&struts, ">=2.5.5", Holds::Reaches);
    holds(&struts, "unknown", Holds::Unknown);
    holds(&set(Ordering::Generic, &["[2.0..3.0)"], &[], &[]), "2.x", Holds::Yes);
    holds(&set(Ordering::Generic, &["[2.0.."], &[], &[]), ">=2.5", Holds::Yes);
    // Two spans that touch are one; with a version taken out it is not whole.
    holds(&set(Ordering::Generic, &["[2.0..2.5)", "[2.5..3.0)"], &[], &[]), "2.x", Holds::Yes);
    holds(&set(Ordering::Generic, &["[2.0..3.0)"], &[], &["2.7"]), "2.x", Holds::Reaches);
}

#[test]
fn updates_belong_to_the_version_that_is_named_without_one() {
    let openssh = set(Ordering::Generic, &["..7.7]"], &["8.2"], &[]);
    holds(&openssh, "OpenSSH_7.7p1", Holds::Yes);
    holds(&openssh, "OpenSSH_8.2p1 Ubuntu-4ubuntu0.5", Holds::Yes);
    holds(&openssh, "OpenSSH_7.8p1", Holds::No);
    // Letters are versions of their own.
    holds(&set(Ordering::Generic, &["..1.0.2]"], &[], &[]), "1.0.2k", Holds::No);
    holds(&set(Ordering::Generic, &[], &["7.4-p1"], &[]), "7.4", Holds::No);
    holds(&set(Ordering::Generic, &["(7.7.."], &[], &[]), "7.7p1", Holds::No);
}

#[test]
fn all_and_nothing() {
    let all = Versions { all: true, ..Versions::default() };
    for raw in ["unknown", "1.0", "2.x", ">=3"] {
        holds(&all, raw, Holds::Yes);
        holds(&Versions::default(), raw, Holds::No);
        // Impossible: it ends before it begins, or where it begins.
        holds(&set(Ordering::Generic, &["[3.0..2.0]", "(1.0..1.0]", "[1.0..1.0)"], &[], &[]), raw, Holds::No);
    }
    holds(&Versions { except: vec!["2.0".into()], ..all.clone() }, "2.0", Holds::No);
    holds(&Versions { except: vec!["2.0".into()], ..all }, "unknown", Holds::Unknown);
}

#[test]
fn the_first_version_that_is_mended() {
    let fixed =
        |versions: &Versions, raw: &str| Compiled::of(versions).fixed_in(&reading(raw, Channel::Banner)).map(str::to_owned);
    let is = |text: &str| Some(text.to_owned());
    let set1 = set(Ordering::Generic, &["[2.3..2.3.32)", "[2.5..2.5.10.1)", "[4.0..4.1]"], &[], &["2.3.7"]);
    assert_eq!(fixed(&set1, "2.3.5"), is("2.3.32"));
    assert_eq!(fixed(&set1, "2.3.8"), is("2.3.32"));
    assert_eq!(fixed(&set1, "2.5.1-1ubuntu2"), is("2.5.10.1"));
    assert_eq!(fixed(&set1, "2.5.x"), is("2.5.10.1"));
    assert_eq!(fixed(&set1, "4.0"), None);
    assert_eq!(fixed(&set1, "9"), None);
    // 3.0 of the one span is inside the other.
    assert_eq!(fixed(&set(Ordering::Semver, &["[1.0.0..3.0.0)", "[2.0.0..4.0.0)"], &[], &[]), "1.5.0"), is("4.0.0"));
    assert_eq!(fixed(&set(Ordering::Semver, &["[1.0.0..3.0.0)"], &[], &[]), "unknown"), is("3.0.0"));
}

#[test]
fn packages_of_distributions() {
    let debian = set(Ordering::Debian, &["..1.22.1-9+deb12u2)"], &[], &[]);
    let compiled = Compiled::of(&debian);
    let package = |number: &str| Reading { number: number.into(), told: Told::Backported };
    assert_eq!(compiled.holds(&package("1.22.1-9+deb12u1")), Holds::Yes);
    assert_eq!(compiled.holds(&package("1.22.1-9+deb12u2")), Holds::No);
    assert_eq!(compiled.told(&package("1.22.1-9+deb12u1")), Told::Exact);
    assert_eq!(compiled.told(&package("1.22.1")), Told::Backported);
    let alpine = Compiled::of(&set(Ordering::Rpm, &["..1.36.1-r16)"], &[], &[]));
    assert_eq!([alpine.holds(&package("1.36.1-r9")), alpine.holds(&package("1.36.1-r16"))], [Holds::Yes, Holds::No]);
    let upstream = Compiled::of(&set(Ordering::Generic, &["..1.22.1]"], &[], &[]));
    assert_eq!(upstream.holds(&package("1.22.1-9+deb12u2")), Holds::Yes);
    assert_eq!(upstream.holds(&package("1.22.1-r7")), Holds::Yes, "Alpine");
    assert_eq!(upstream.told(&package("1.22.1-9+deb12u2")), Told::Backported);
}

/// Whether a version is in the set, read plainly: every span and every version named is looked at.
fn plainly(versions: &Versions, version: &str) -> bool {
    let ordering = versions.ordering;
    let is_named = |named: &String| {
        let key = Key::of(ordering, version);
        Key::of(ordering, named) <= key && key <= Key::with_updates(ordering, named)
    };
    let above = |bound: &Bound| match bound {
        Bound::Open => true,
        Bound::Including(from) => compare(ordering, version, from) != cmp::Ordering::Less,
        Bound::Excluding(from) => compare(ordering, version, from) == cmp::Ordering::Greater && !is_named(from),
    };
    let below = |bound: &Bound| match bound {
        Bound::Open => true,
        Bound::Including(to) => compare(ordering, version, to) != cmp::Ordering::Greater || is_named(to),
        Bound::Excluding(to) => compare(ordering, version, to) == cmp::Ordering::Less,
    };
    let inside = versions.all
        || versions.spans.iter().any(|span| above(&span.from) && below(&span.to))
        || versions.listed.iter().any(is_named);
    inside && !versions.except.iter().any(is_named)
}

fn version() -> impl Strategy<Value = String> {
    "[0-4](\\.[0-3]){0,2}(-rc1|p1|a|-1)?"
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![
        1 => Just(Bound::Open),
        2 => version().prop_map(Bound::Including),
        2 => version().prop_map(Bound::Excluding),
    ]
}

fn sets() -> impl Strategy<Value = Versions> {
    let ordering = prop::sample::select(vec![
        Ordering::Generic,
        Ordering::Semver,
        Ordering::Debian,
        Ordering::Rpm,
        Ordering::Maven,
        Ordering::Php,
        Ordering::Python,
        Ordering::Ruby,
        Ordering::Date,
    ]);
    let spans = prop::collection::vec((bound(), bound()).prop_map(|(from, to)| Span { from, to }), 0..4);
    let single = || prop::collection::vec(version(), 0..3);
    (prop::bool::weighted(0.1), ordering, spans, single(), single()).prop_map(|(all, ordering, spans, listed, except)| Versions {
        all,
        ordering,
        spans,
        listed,
        except,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_same_as_read_plainly(versions in sets(), version in version()) {
        let reading = Reading { number: version.clone(), told: Told::Exact };
        let expected = if plainly(&versions, &version) { Holds::Yes } else { Holds::No };
        prop_assert_eq!(Compiled::of(&versions).holds(&reading), expected);
    }

    #[test]
    fn a_line_holds_what_its_versions_hold(versions in sets(), line in "[0-4](\\.[0-3])?", members in prop::collection::vec("(\\.[0-3]){0,2}", 1..5)) {
        let compiled = Compiled::of(&versions);
        let of_line = compiled.holds(&Reading { number: line.clone(), told: Told::Line });
        let at_least = compiled.holds(&Reading { number: line.clone(), told: Told::AtLeast });
        let unknown = compiled.holds(&Reading::default());
        let end = line_end(&line).expect("an end");
        for member in members {
            let member = format!("{line}{member}");
            // Not every order keeps 1.0 before 1.0.1 before 1.1; where it does not, it is no member.
            if compare(versions.ordering, &member, &end) != cmp::Ordering::Less || compare(versions.ordering, &member, &line) == cmp::Ordering::Less {
                continue;
            }
            let inside = plainly(&versions, &member);
            for stretch in [of_line, at_least] {
                prop_assert!(stretch != Holds::Yes || inside, "{} is not in it", member);
                prop_assert!(stretch != Holds::No || !inside, "{} is in it", member);
            }
            prop_assert!(unknown != Holds::No || !inside);
            prop_assert!(unknown != Holds::Yes || inside);
        }
    }

    #[test]
    fn what_is_mended_is_outside(versions in sets(), version in version()) {
        let compiled = Compiled::of(&versions);
        let reading = Reading { number: version.clone(), told: Told::Exact };
        if let (Holds::Yes, Some(fixed)) = (compiled.holds(&reading), compiled.fixed_in(&reading)) {
            prop_assert!(!plainly(&versions, fixed), "{} is in it", fixed);
            prop_assert_eq!(compare(versions.ordering, &version, fixed), cmp::Ordering::Less);
        }
    }
}
