//! The four questions of the report on a small world.

use model::digest::Digest;
use model::ledger::claim::{Claim, Held};
use model::ledger::source::{Counts, SourceKind};

use super::*;
use crate::truth::in_force;

fn source(kind: SourceKind) -> Source {
    Source { id: 1, kind, name: "某".into() }
}

fn day(number: i64) -> Timestamp {
    Timestamp::from_second(number * DAY).expect("a time")
}

fn site(key: &str, division: &str, says: &[(SourceKind, Attribute, &str)]) -> Truth {
    let entity = EntityId::new(EntityKind::Site, key);
    let held = |(kind, attribute, value): &(SourceKind, Attribute, &str)| Held {
        id: 1,
        source: source(*kind),
        claim: Claim { entity: entity.clone(), part: String::new(), says: [(*attribute, (*value).to_owned())].into(), line: 1 },
        delivery: 1,
        since: day(1),
        until: None,
    };
    let claims: Vec<Held> = says.iter().map(held).collect();
    let truth = in_force(&entity, &[], &claims, &[]).expect("said");
    Truth { division: division.parse().ok(), ..truth }
}

fn glimpse(kind: SourceKind) -> Glimpse {
    Glimpse { source: source(kind), first: day(1), last: day(2) }
}

fn delivery(kind: SourceKind, at: i64, state: DeliveryState) -> Delivery {
    Delivery {
        id: 1,
        source: source(kind),
        origin: String::new(),
        digest: Digest::of(b""),
        at: day(at),
        state,
        reason: None,
        counts: Counts::default(),
        rejected: Vec::new(),
    }
}

use Attribute as A;
use SourceKind as K;

fn host_entity(key: &str) -> EntityId {
    EntityId::new(EntityKind::Host, key)
}

fn fed(region: Option<&str>, tree: &Tree) -> Reconciliation {
    let mut report = Reconciler::new(day(100), region.map(|code| code.parse().expect(code)), tree);
    let zone = [glimpse(K::Zone)];
    report.truth(&site("www.a.gov.cn", "130534", &[(K::Ledger, A::Owner, "甲局")]), &zone);
    report.truth(&site("www.b.cn", "130534", &[(K::Ledger, A::Owner, "乙局"), (K::Icp, A::Owner, "丙局")]), &[]);
    report.truth(&site("www.c.gov.cn", "220104", &[(K::Ledger, A::State, "retired")]), &[]);
    report.truth(&site("www.d.gov.cn", "", &[(K::Fofa, A::Name, "丁")]), &[glimpse(K::Fofa)]);
    report.truth(&site("www.e.gov.cn", "130000", &[(K::Ledger, A::Owner, "戊"), (K::Person, A::Owner, "己")]), &zone);
    for name in ["a.gov.cn", "oa.a.gov.cn", "new.b.cn", "c.gov.cn", "www.d.gov.cn", "new.gov.cn", "new.com", "gov.cn", "??"] {
        report.unregistered(&host_entity(name), &zone);
    }
    report.unregistered(&EntityId::new(EntityKind::Domain, "a.gov.cn"), &zone);
    report.unregistered(&EntityId::new(EntityKind::Domain, "f.gov.cn"), &zone);
    report.unregistered(&EntityId::new(EntityKind::Address, "192.0.2.7"), &zone);
    report.finish()
}

#[test]
fn registers_and_what_is_seen_are_compared() {
    let report = fed(None, &Tree::default());
    let unseen: Vec<&str> = report.unseen.first.iter().map(|line| line.entity.key.as_str()).collect();
    assert_eq!((unseen, report.unseen.total), (vec!["www.b.cn"], 1), "what is retired need not be seen");
    assert_eq!(report.unseen.first[0].registers.len(), 2);
    let missing: Vec<(&str, Belongs)> =
        report.unregistered.first.iter().map(|line| (line.asset.key.as_str(), line.because)).collect();
    use Belongs::{Candidate, GovernmentSuffix, RegisteredDomain};
    let expected = [
        ("www.d.gov.cn", Candidate),
        ("oa.a.gov.cn", RegisteredDomain),
        ("new.b.cn", RegisteredDomain),
        ("new.gov.cn", GovernmentSuffix),
        ("f.gov.cn", GovernmentSuffix),
    ];
    assert_eq!(missing, expected);
    assert_eq!((report.covered, report.seen, report.coverage()), (2, 7, Some(285)));
    let contradiction = &report.contradictions.first[0];
    assert_eq!(
        (report.contradictions.total, contradiction.entity.key.as_str()),
        (1, "www.b.cn"),
        "what a person decided is decided"
    );
    assert_eq!((contradiction.in_force.value.as_str(), contradiction.others[0].value.as_str()), ("丙局", "乙局"));
}

#[test]
fn numbers_by_division_are_those_right_below_the_region() {
    let mut tree = Tree::default();
    tree.add("130000".parse().expect("a code"), "河北省");
    let lines = |report: &Reconciliation| -> Vec<(String, u64, u64)> {
        let code = |line: &DivisionLine| line.division.as_ref().map(ToString::to_string).unwrap_or_default();
        report.divisions.iter().map(|line| (code(line), line.numbers.registered, line.numbers.seen)).collect()
    };
    let whole = fed(None, &tree);
    assert_eq!(lines(&whole), [("130000".into(), 3, 2), (String::new(), 0, 0)]);
    assert_eq!((whole.divisions[0].name.as_str(), whole.numbers.registered, whole.numbers.candidates), ("河北省", 3, 1));
    let province = fed(Some("130000"), &tree);
    assert_eq!(lines(&province), [("130000".into(), 1, 1), ("130500".into(), 2, 1)]);
    let missing: Vec<&str> = province.unregistered.first.iter().map(|line| line.asset.key.as_str()).collect();
    assert_eq!(missing, ["oa.a.gov.cn", "new.b.cn"], "a name tells no region");
}

#[test]
fn sources_that_cannot_be_relied_on_are_told() {
    let tree = Tree::default();
    let mut report = Reconciler::new(day(100), None, &tree);
    report.truth(&site("www.a.gov.cn", "", &[(K::Ledger, A::Name, "甲")]), &[glimpse(K::Zone)]);
    report.source(&source(K::Ledger), Some(&delivery(K::Ledger, 9, DeliveryState::Applied)));
    report.source(&source(K::Icp), Some(&delivery(K::Icp, 10, DeliveryState::Applied)));
    report.source(&source(K::Roster), None);
    report.source(&source(K::Person), None);
    report.source(&source(K::Mark), Some(&delivery(K::Mark, 99, DeliveryState::Held)));
    report.source(&source(K::Police), Some(&delivery(K::Police, 99, DeliveryState::Refused)));
    report.source(&source(K::Complaints), Some(&delivery(K::Complaints, 1, DeliveryState::Applied)));
    report.source(&source(K::SiteCode), Some(&delivery(K::SiteCode, 99, DeliveryState::Open)));
    let report = report.finish();
    let standing: BTreeMap<SourceKind, Standing> = report.sources.iter().map(|line| (line.source.kind, line.standing)).collect();
    let expected = [
        (K::Roster, Standing::Never),
        (K::Ledger, Standing::Stale),
        (K::Icp, Standing::Fresh),
        (K::Police, Standing::Refused),
        (K::Mark, Standing::Held),
        (K::SiteCode, Standing::Unfinished),
        (K::Zone, Standing::Fresh),
        (K::Complaints, Standing::Fresh),
        (K::Person, Standing::Fresh),
    ];
    assert_eq!(standing, expected.into());
    assert_eq!(report.troubled, 5);
    let tells = |kind| report.sources.iter().find(|line| line.source.kind == kind).map(|line| (line.tells, line.saw));
    assert_eq!((tells(K::Ledger), tells(K::Zone)), (Some((1, 0)), Some((0, 1))));
}

#[test]
fn only_sources_that_exclude_each_other_contradict() {
    let tree = Tree::default();
    let contradictions = |says: &[(SourceKind, Attribute, &str)]| {
        let mut report = Reconciler::new(day(100), None, &tree);
        report.truth(&site("www.a.gov.cn", "", says), &[]);
        report.finish().contradictions.total
    };
    assert_eq!(contradictions(&[(K::Icp, A::Owner, "甲局"), (K::Ledger, A::Owner, "乙局")]), 1);
    assert_eq!(contradictions(&[(K::Icp, A::Owner, "甲局"), (K::Icp, A::Owner, "乙局")]), 0, "one source, two filings");
    assert_eq!(contradictions(&[(K::Icp, A::Number, "1"), (K::Police, A::Number, "2")]), 0, "numbers of two registers");
    assert_eq!(contradictions(&[(K::Icp, A::Owner, "甲局"), (K::Ledger, A::Owner, "甲 局")]), 0, "spellings");
}

#[test]
fn lists_are_cut_and_totals_are_not() {
    let tree = Tree::default();
    let mut report = Reconciler::new(day(100), None, &tree);
    for number in 0..MOST + 5 {
        report.unregistered(&host_entity(&format!("h{number}.gov.cn")), &[]);
    }
    let report = report.finish();
    assert_eq!((report.unregistered.first.len(), report.unregistered.total), (MOST, MOST as u64 + 5));
}
