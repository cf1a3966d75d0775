//! Tests of `merge`: names that meet, that must not melt, and that have no end.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn says(source: SourceKind, id: &str, aliases: &[&str]) -> Statement {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    Statement { aliases, ..Statement::new(source, id) }
}

fn key(source: SourceKind, id: &str) -> Key {
    Key { source, id: id.to_owned() }
}

use SourceKind::{Cnnvd, Cnvd, Ghsa, Nvd, Osv, RetireJs};

#[test]
fn aliases_lead_to_the_cve() {
    let groups = Groups::of(&[
        says(Nvd, "CVE-2020-11022", &[]),
        says(Ghsa, "GHSA-gxr4", &["CVE-2020-11022"]),
        says(RetireJs, "jquery-1", &["GHSA-gxr4"]),
    ]);
    assert_eq!(groups.chiefs(&key(RetireJs, "jquery-1")), ["CVE-2020-11022"]);
    assert_eq!(groups.meant_by("GHSA-gxr4"), ["CVE-2020-11022"]);
    assert_eq!(groups.members("CVE-2020-11022").len(), 3);
    assert_eq!(groups.names("CVE-2020-11022"), ["CVE-2020-11022", "GHSA-gxr4", "jquery-1"]);
}

#[test]
fn two_cves_stay_two() {
    let groups = Groups::of(&[
        says(Nvd, "CVE-2023-1", &[]),
        says(Nvd, "CVE-2023-2", &[]),
        says(Cnvd, "CNVD-2023-9", &["CVE-2023-1", "CVE-2023-2"]),
        says(Cnnvd, "CNNVD-202301-9", &["CNVD-2023-9"]),
    ]);
    for (source, id) in [(Cnvd, "CNVD-2023-9"), (Cnnvd, "CNNVD-202301-9")] {
        assert_eq!(groups.chiefs(&key(source, id)), ["CVE-2023-1", "CVE-2023-2"], "it speaks of each");
    }
    assert_eq!(groups.chiefs(&key(Nvd, "CVE-2023-1")), ["CVE-2023-1"]);
    assert_eq!(groups.members("CVE-2023-2").len(), 3);
    assert_eq!(groups.names("CVE-2023-2"), ["CVE-2023-2", "CNVD-2023-9", "CNNVD-202301-9"]);
}

#[test]
fn cyclic_aliases_are_one_vulnerability() {
    let groups = Groups::of(&[says(Osv, "A", &["B"]), says(Ghsa, "B", &["C", "B"]), says(Cnvd, "C", &["A"])]);
    for name in ["A", "B", "C"] {
        assert_eq!(groups.meant_by(name), ["A"]);
    }
    assert_eq!(groups.members("A").len(), 3);
    assert_eq!(groups.members("B"), [], "B is not what it is called");
}

#[test]
fn the_chief_name_is_the_first_kind_and_then_the_lowest() {
    let chief = |names: &[&str]| Groups::of(&[says(Osv, "X-1", names)]).chiefs(&key(Osv, "X-1"));
    assert_eq!(chief(&["GHSA-1", "CNNVD-1", "CNVD-2", "CNVD-1"]), ["CNVD-1"]);
    assert_eq!(chief(&["GHSA-2", "GHSA-1"]), ["GHSA-1"]);
    assert_eq!(chief(&["A-1"]), ["A-1"]);
}

#[test]
fn a_hub_joins_nobody() {
    let listed: Vec<Statement> = (0..=MOST_BEARERS).map(|number| says(Osv, &format!("OSV-{number}"), &["BULLETIN"])).collect();
    let groups = Groups::of(&listed);
    assert_eq!(groups.chiefs(&key(Osv, "OSV-7")), ["OSV-7"]);
    assert_eq!(groups.members("OSV-7"), [key(Osv, "OSV-7")]);
    let groups = Groups::of(&listed[1..]);
    assert_eq!(groups.chiefs(&key(Osv, "OSV-7")), ["BULLETIN"]);
}

#[test]
fn a_chain_without_end_falls_apart() {
    let chain: Vec<Statement> =
        (0..=MOST_JOINED).map(|link| says(Osv, &format!("O-{link}"), &[&format!("O-{}", link + 1)])).collect();
    let groups = Groups::of(&chain);
    assert_eq!(groups.chiefs(&key(Osv, "O-100")), ["O-100"]);
    assert_eq!(Groups::of(&chain[..150]).chiefs(&key(Osv, "O-100")), ["O-0"]);
}

#[test]
fn what_was_taken_back_joins_nothing() {
    let mut withdrawn = says(Ghsa, "GHSA-1", &["CVE-1"]);
    withdrawn.standing = model::advisory::Standing::Withdrawn;
    let groups = Groups::of(&[says(Nvd, "CVE-1", &[]), withdrawn]);
    assert_eq!(groups.chiefs(&key(Ghsa, "GHSA-1")), ["GHSA-1"]);
}

/// Small worlds of names, in which everything meets.
fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let name = prop_oneof!["CVE-[1-3]", "CNVD-[1-3]", "GHSA-[1-3]", "X-[1-4]"];
    let source = prop_oneof![Just(Nvd), Just(Osv), Just(Cnvd)];
    let statement = (source, name.clone(), vec(name, 0..3))
        .prop_map(|(source, id, aliases)| Statement { aliases, ..Statement::new(source, &id) });
    vec(statement, 0..12)
}

proptest! {
    #[test]
    fn members_are_those_who_speak_of_it(statements in statements()) {
        let groups = Groups::of(&statements);
        let keys: BTreeSet<Key> = statements.iter().map(Key::of).collect();
        let chiefs: BTreeSet<String> = keys.iter().flat_map(|key| groups.chiefs(key)).collect();
        for chief in chiefs {
            let speaking: Vec<Key> = keys.iter().filter(|key| groups.chiefs(key).contains(&chief)).cloned().collect();
            prop_assert_eq!(groups.members(&chief), speaking);
            prop_assert!(groups.names(&chief).iter().skip(1).all(|name| !is_cve(name)));
        }
    }

    #[test]
    fn order_and_detours_do_not_matter(statements in statements(), extra in statements()) {
        let last: BTreeMap<Key, Statement> = statements.iter().map(|statement| (Key::of(statement), statement.clone())).collect();
        let plain = Groups::of(last.values());
        let mut other = Groups::of(&extra);
        last.values().rev().for_each(|statement| other.put(statement));
        for key in extra.iter().map(Key::of).filter(|key| !last.contains_key(key)) {
            other.drop(&key);
        }
        for key in last.keys() {
            prop_assert_eq!(plain.chiefs(key), other.chiefs(key));
        }
        prop_assert_eq!(plain.bearers, other.bearers);
    }
}
