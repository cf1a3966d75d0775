//! What every store of the ledger must do.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use model::digest::Digest;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Held, LifeState, Link, Sameness, Says, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::{Counts, Delivery, DeliveryState, Rejected, Source, SourceKind};
use model::ledger::truth::{Confidence, InForce, Other, Sole, Truth};
use model::text::Text;

use super::sample::moment;
use crate::ledger::{Change, DivisionCount, LedgerStore, Placed, Region, Seen};
use crate::store::Imported;

/// The entity with this written form.
pub fn entity(name: &str) -> EntityId {
    name.parse().expect("an entity")
}

/// A claim that an entity has a name.
pub fn claim(about: &str, part: &str, name: &str) -> Claim {
    Claim { entity: entity(about), part: part.into(), says: Says::from([(Attribute::Name, name.into())]), line: 2 }
}

/// A truth with a name said by a source, that somebody else contradicts.
pub fn truth(about: &str, name: &str, owner: Option<&str>, division: Option<&str>, source: &Source) -> Truth {
    let other = Other { value: format!("非{name}"), source: source.clone(), since: moment(1) };
    let named = InForce { value: name.into(), source: source.clone(), since: moment(2), others: vec![other] };
    let address =
        InForce { value: "引号 ' \" 与 \u{1f600}".into(), source: source.clone(), since: moment(3), others: Vec::new() };
    Truth {
        entity: entity(about),
        aliases: vec![entity("site:alias.gov.cn")],
        attributes: BTreeMap::from([(Attribute::Name, named), (Attribute::Address, address)]),
        state: LifeState::Confirmed,
        owner: owner.map(entity),
        division: division.map(|code| code.parse().expect("a division")),
        confidence: Confidence::High,
    }
}

/// A source with a delivery that is open.
async fn register(store: &dyn LedgerStore, name: &str) -> (Source, i64) {
    let source = store.source(SourceKind::Ledger, name).await.expect("source");
    let delivery = store.open_delivery(&source, "register.csv", Digest::of(b"register"), moment(0)).await.expect("open");
    (source, delivery)
}

fn changes(placed: &[Placed]) -> Vec<Change> {
    placed.iter().map(|placed| placed.change).collect()
}

fn names(held: &[Held]) -> Vec<String> {
    let name = |held: &Held| format!("{} {} {}", held.claim.entity, held.claim.part, held.claim.says[&Attribute::Name]);
    held.iter().map(name).collect()
}

/// Reading before anything was written yields nothing and no error.
pub async fn an_empty_ledger_has_nothing(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let (store, nobody) = (open(), entity("site:a.gov.cn"));
    assert_eq!(store.sources().await.expect("sources"), []);
    assert_eq!(store.delivery(1).await.expect("delivery"), None);
    assert_eq!(store.deliveries(None, 9).await.expect("deliveries"), []);
    assert_eq!(store.claims(std::slice::from_ref(&nobody), None).await.expect("claims"), []);
    assert_eq!(store.history(&nobody).await.expect("history"), []);
    assert_eq!(store.page_of_claims(EntityKind::Site, None, 9).await.expect("page"), []);
    assert_eq!(store.sightings(&nobody).await.expect("sightings"), []);
    assert_eq!(store.seen(EntityKind::Host, None, 9).await.expect("seen"), []);
    assert_eq!(store.all_links().await.expect("links"), []);
    assert_eq!(store.truths(&[nobody]).await.expect("truths"), []);
    assert_eq!(store.applications(&Region::All, 9).await.expect("applications"), []);
    assert_eq!(store.count(&Region::All).await.expect("count"), []);
}

/// A source is found again by kind and name.
pub async fn a_source_is_made_once(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let roster = store.source(SourceKind::Roster, "编办").await.expect("roster");
    let ledger = store.source(SourceKind::Ledger, "编办").await.expect("ledger");
    assert_ne!(roster.id, ledger.id);
    assert_eq!(open().source(SourceKind::Roster, "编办").await.expect("again"), roster);
    assert_eq!(store.sources().await.expect("sources"), [roster, ledger]);
}

/// A delivery comes back as it was written down last.
pub async fn a_delivery_is_followed(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let (source, first) = register(&*store, "a").await;
    let (other, second) = register(&*store, "b").await;
    let hair = SignedDuration::from_nanos(1);
    let at = moment(5).checked_add(hair).expect("in range");
    let third = store.open_delivery(&source, "later.csv", Digest::of(b"later"), at).await.expect("open");
    let opened = store.delivery(third).await.expect("delivery").expect("it is there");
    let expected = Delivery {
        id: third,
        source: source.clone(),
        origin: "later.csv".into(),
        digest: Digest::of(b"later"),
        at: moment(5),
        state: DeliveryState::Open,
        reason: None,
        counts: Counts::default(),
        rejected: Vec::new(),
    };
    assert_eq!(opened, expected);
    let rejected = Rejected { line: 7, column: Some("网址".into()), value: "?".into(), reason: Text::new("坏", "bad") };
    let counts = Counts { rows: 9, rejected: 1, added: 8, ..Counts::default() };
    let reason = Some(Text::new("缩水", "it shrank"));
    let held = Delivery { state: DeliveryState::Held, reason, counts, rejected: vec![rejected], ..opened };
    store.put_delivery(&held).await.expect("put");
    assert_eq!(store.delivery(third).await.expect("delivery"), Some(held.clone()));
    let numbers = |deliveries: Vec<Delivery>| deliveries.iter().map(|delivery| delivery.id).collect::<Vec<_>>();
    assert_eq!(numbers(store.deliveries(None, 9).await.expect("all")), [third, second, first]);
    assert_eq!(numbers(store.deliveries(Some(source.id), 9).await.expect("of one")), [third, first]);
    assert_eq!(numbers(store.deliveries(Some(other.id), 9).await.expect("of another")), [second]);
    assert_eq!(numbers(store.deliveries(None, 1).await.expect("newest")), [third]);
    assert!(store.put_delivery(&Delivery { id: 404, ..held }).await.is_err());
}

/// The second time nothing is new, whatever the line.
pub async fn the_same_claims_are_taken_once(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let (source, delivery) = register(&*store, "a").await;
    let given = [claim("site:b.gov.cn", "", "乙"), claim("site:a.gov.cn", "", "甲"), claim("domain:a.gov.cn", "1", "丙")];
    let compared = store.compare(&source, &given).await.expect("compare");
    assert_eq!(changes(&compared), [Change::Added; 3]);
    assert!(compared.iter().all(|placed| placed.id == 0 && placed.alone));
    let applied = store.apply(&source, delivery, moment(1), &given).await.expect("apply");
    assert_eq!(changes(&applied), [Change::Added; 3]);
    let moved = given.clone().map(|claim| Claim { line: 99, ..claim });
    let again = store.apply(&source, delivery, moment(2), &moved).await.expect("again");
    assert_eq!(changes(&again), [Change::Same; 3]);
    let ids = |placed: &[Placed]| placed.iter().map(|placed| placed.id).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&applied));
    assert_eq!(store.compare(&source, &given).await.expect("compare"), again);
    let held = store.history(&given[0].entity).await.expect("history");
    assert_eq!(held, [Held { id: applied[0].id, source, claim: given[0].clone(), delivery, since: moment(1), until: None }]);
}

/// What a source said before is closed and kept; a day's question is answered by what held then.
pub async fn a_change_closes_what_was_said(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let (source, delivery) = register(&*store, "a").await;
    let about = [entity("site:a.gov.cn")];
    for (at, name) in [(10, "甲"), (20, "乙")] {
        store.apply(&source, delivery, moment(at), &[claim("site:a.gov.cn", "", name)]).await.expect("apply");
    }
    let third = [claim("site:a.gov.cn", "", "丙")];
    let compared = store.compare(&source, &third).await.expect("compare");
    let changed = store.apply(&source, delivery, moment(30), &third).await.expect("apply");
    assert_eq!((changes(&compared), changes(&changed)), (vec![Change::Changed], vec![Change::Changed]));
    assert!(changed[0].id > compared[0].id, "a later claim has a higher number");
    store.withdraw(moment(40), &[changed[0].id]).await.expect("withdraw");
    let history = store.history(&about[0]).await.expect("history");
    let until: Vec<_> = history.iter().map(|held| (held.since, held.until)).collect();
    assert_eq!(until, [10, 20, 30].map(|at| (moment(at), Some(moment(at + 10)))));
    for (at, expected) in [(9, ""), (10, "甲"), (19, "甲"), (20, "乙"), (39, "丙"), (40, "")] {
        let held = store.claims(&about, Some(moment(at))).await.expect("claims");
        let said: Vec<_> = held.iter().map(|held| held.claim.says[&Attribute::Name].as_str()).collect();
        assert_eq!(said.concat(), expected, "at {at}");
    }
    assert_eq!(store.claims(&about, None).await.expect("claims"), []);
    let back = store.apply(&source, delivery, moment(50), &third).await.expect("back");
    assert_eq!(changes(&back), [Change::Added]);
    assert!(back[0].id > changed[0].id, "a number is never used again");
}

/// A claim is told by source, entity and part; `alone` tells whether there are others about the entity.
pub async fn parts_and_sources_stand_beside_each_other(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let ((first, of_first), (second, of_second)) = (register(&*store, "a").await, register(&*store, "b").await);
    let alone = |placed: &[Placed]| placed.iter().map(|placed| placed.alone).collect::<Vec<_>>();
    let given = [claim("domain:a.cn", "1", "一"), claim("domain:a.cn", "2", "二"), claim("domain:b.cn", "", "乙")];
    assert_eq!(alone(&store.compare(&first, &given).await.expect("compare")), [false, false, true]);
    assert_eq!(alone(&store.apply(&first, of_first, moment(1), &given).await.expect("apply")), [false, false, true]);
    let others = [claim("domain:b.cn", "", "他"), claim("domain:c.cn", "", "丙")];
    let applied = store.apply(&second, of_second, moment(2), &others).await.expect("apply");
    assert_eq!((changes(&applied), alone(&applied)), (vec![Change::Added; 2], vec![false, true]));
    let about = ["domain:c.cn", "domain:a.cn", "domain:b.cn", "domain:a.cn"].map(entity);
    let held = store.claims(&about, None).await.expect("claims");
    assert_eq!(names(&held), ["domain:a.cn 1 一", "domain:a.cn 2 二", "domain:b.cn  乙", "domain:b.cn  他", "domain:c.cn  丙"]);
    store.withdraw(moment(3), &[applied[0].id]).await.expect("withdraw");
    assert_eq!(alone(&store.compare(&first, &given).await.expect("compare")), [false, false, true]);
}

/// Of two claims with one entity and part in one call the later stays.
pub async fn the_last_of_equal_claims_counts(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let (source, delivery) = register(&*store, "a").await;
    let given = ["甲", "乙", "丙"].map(|name| claim("site:a.gov.cn", "", name));
    let placed = store.apply(&source, delivery, moment(1), &given).await.expect("apply");
    assert_eq!(changes(&placed), [Change::Same, Change::Same, Change::Added]);
    assert!(placed.iter().all(|each| each.id == placed[2].id && each.alone));
    let history = store.history(&given[0].entity).await.expect("history");
    assert_eq!(names(&history), ["site:a.gov.cn  丙"]);
}

/// A batch for what does not exist leaves no trace.
pub async fn unknown_sources_and_deliveries_are_refused(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let ((source, _), (_, of_other)) = (register(&*store, "a").await, register(&*store, "b").await);
    let nobody = Source { id: 404, ..source.clone() };
    let given = [claim("site:a.gov.cn", "", "甲")];
    assert!(store.apply(&nobody, of_other, moment(1), &given).await.is_err());
    assert!(store.apply(&source, 404, moment(1), &given).await.is_err());
    assert!(store.apply(&source, of_other, moment(1), &given).await.is_err(), "another source's delivery");
    assert!(store.open_delivery(&nobody, "", Digest::of(b""), moment(1)).await.is_err());
    assert!(store.sight(&nobody, &[sighting("host:a.cn", "A 192.0.2.1", 1, 1)]).await.is_err());
    assert_eq!(store.page_of_claims(EntityKind::Site, None, 9).await.expect("page"), []);
    assert_eq!(store.seen(EntityKind::Host, None, 9).await.expect("seen"), []);
}

/// What a source says no more is found by its numbers and withdrawn.
pub async fn live_claims_are_walked_and_withdrawn(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let ((first, of_first), (second, of_second)) = (register(&*store, "a").await, register(&*store, "b").await);
    let given: Vec<_> = (0..5).map(|number| claim(&format!("site:s{number}.gov.cn"), "", "甲")).collect();
    let other = store.apply(&second, of_second, moment(1), &given).await.expect("apply");
    let placed = store.apply(&first, of_first, moment(1), &given).await.expect("apply");
    let mut expected: Vec<i64> = placed.iter().map(|placed| placed.id).collect();
    expected.sort_unstable();
    assert_eq!(store.live(&first, 0, 9).await.expect("live"), expected);
    assert_eq!(store.live(&first, 0, 2).await.expect("live"), expected[..2]);
    assert_eq!(store.live(&first, expected[1], 9).await.expect("live"), expected[2..]);
    let gone = [placed[4].id, 404, placed[1].id, placed[4].id, -1];
    let entities = store.withdraw(moment(2), &gone).await.expect("withdraw");
    assert_eq!(entities, [given[1].entity.clone(), given[4].entity.clone()]);
    assert_eq!(store.withdraw(moment(3), &gone).await.expect("again"), []);
    assert_eq!(store.live(&first, 0, 9).await.expect("live").len(), 3);
    assert_eq!(store.live(&second, 0, 9).await.expect("live").len(), 5);
    let held = store.history(&given[4].entity).await.expect("history");
    assert_eq!(held.iter().map(|held| (held.id, held.until)).collect::<Vec<_>>(), {
        [(placed[4].id, Some(moment(2))), (other[4].id, None)]
    });
}

/// Pages are by kind, in the order of bytes, and never tear an entity apart.
pub async fn claims_come_in_pages(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let (source, delivery) = register(&*store, "a").await;
    let keys = ["b", "政务", "B", "a-1", "a", "a1", ":"];
    let mut given: Vec<_> =
        keys.iter().flat_map(|key| ["1", "2"].map(|part| claim(&format!("site:{key}"), part, "甲"))).collect();
    given.extend([claim("mini:a", "", "外"), claim("supplier:a", "", "外")]);
    store.apply(&source, delivery, moment(1), &given).await.expect("apply");
    let mut sorted: Vec<_> = keys.iter().map(|key| format!("site:{key}")).collect();
    sorted.sort();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.page_of_claims(EntityKind::Site, after.as_ref(), 3).await.expect("page");
        let Some(last) = page.last() else { break };
        assert!(page.len() == 4 || page.len() == 2, "{}", page.len());
        after = Some(last.claim.entity.clone());
        found.extend(page.iter().filter(|held| held.claim.part == "1").map(|held| held.claim.entity.to_string()));
    }
    assert_eq!(found, sorted);
}

/// A sighting.
pub fn sighting(asset: &str, what: &str, first: i64, last: i64) -> Sighting {
    Sighting { asset: entity(asset), what: what.into(), first: moment(first), last: moment(last) }
}

/// An interval widens and never narrows; sources stand beside each other.
pub async fn sightings_widen(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let one = store.source(SourceKind::PassiveDns, "a").await.expect("source");
    let two = store.source(SourceKind::CtLog, "b").await.expect("source");
    let counts = |added, changed, unchanged| Imported { added, changed, unchanged };
    let first = [
        sighting("host:b.cn", "A 192.0.2.1", 10, 20),
        sighting("host:a.cn", "A 192.0.2.1", 10, 20),
        sighting("host:a.cn", "A 192.0.2.1", 5, 6),
        sighting("host:a.cn", "A 192.0.2.2", 30, 30),
    ];
    assert_eq!(store.sight(&one, &first).await.expect("sight"), counts(3, 0, 1));
    assert_eq!(store.sight(&one, &first).await.expect("again"), counts(0, 0, 4));
    let second = [
        sighting("host:b.cn", "A 192.0.2.1", 12, 19),
        sighting("host:a.cn", "A 192.0.2.1", 12, 25),
        sighting("host:c.cn", "A 192.0.2.1", 1, 2),
    ];
    assert_eq!(store.sight(&one, &second).await.expect("sight"), counts(1, 1, 1));
    store.sight(&two, &[sighting("host:a.cn", "certificate 5f", 1, 2)]).await.expect("sight");
    let a = store.sightings(&entity("host:a.cn")).await.expect("sightings");
    let expected = [
        (one.clone(), sighting("host:a.cn", "A 192.0.2.1", 5, 25)),
        (one.clone(), sighting("host:a.cn", "A 192.0.2.2", 30, 30)),
        (two.clone(), sighting("host:a.cn", "certificate 5f", 1, 2)),
    ];
    assert_eq!(a, expected);
    let seen = |asset: &str, source: &Source, first, last| Seen {
        asset: entity(asset),
        source: source.clone(),
        first: moment(first),
        last: moment(last),
    };
    let all = [
        seen("host:a.cn", &one, 5, 30),
        seen("host:a.cn", &two, 1, 2),
        seen("host:b.cn", &one, 10, 20),
        seen("host:c.cn", &one, 1, 2),
    ];
    assert_eq!(store.seen(EntityKind::Host, None, 9).await.expect("seen"), all);
    assert_eq!(store.seen(EntityKind::Host, None, 1).await.expect("page"), all[..2]);
    assert_eq!(store.seen(EntityKind::Host, Some(&entity("host:a.cn")), 1).await.expect("page"), all[2..3]);
    assert_eq!(store.seen(EntityKind::Domain, None, 9).await.expect("others"), []);
    let asked = ["host:c.cn", "host:x.cn", "host:a.cn"].map(entity);
    assert_eq!(store.seen_of(&asked).await.expect("seen"), [all[0].clone(), all[1].clone(), all[3].clone()]);
}

/// Whoever was seen leading somewhere is found by where it leads.
pub async fn assets_are_found_by_what_was_seen(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let one = store.source(SourceKind::PassiveDns, "a").await.expect("source");
    let two = store.source(SourceKind::PassiveDns, "b").await.expect("source");
    let seen = [
        sighting("host:c.cn", "A 192.0.2.1", 1, 2),
        sighting("host:a.cn", "A 192.0.2.1", 1, 2),
        sighting("host:b.cn", "A 192.0.2.1", 1, 2),
        sighting("host:b.cn", "A 192.0.2.2", 1, 2),
        sighting("host:d.cn", "A 192.0.2.3", 1, 2),
        sighting("domain:a.cn", "A 192.0.2.1", 1, 2),
    ];
    store.sight(&one, &seen).await.expect("sight");
    store.sight(&two, &seen[..2]).await.expect("sight");
    let asked = ["A 192.0.2.1", "A 192.0.2.2", "A 192.0.2.9", "it's"].map(str::to_owned);
    let found = store.sighted(EntityKind::Host, &asked, 2).await.expect("sighted");
    let found: Vec<(String, &str)> = found.iter().map(|(asset, what)| (asset.to_string(), what.as_str())).collect();
    let expected = [("host:a.cn", "A 192.0.2.1"), ("host:b.cn", "A 192.0.2.1"), ("host:b.cn", "A 192.0.2.2")];
    assert_eq!(found, expected.map(|(asset, what)| (asset.to_owned(), what)));
    assert_eq!(store.sighted(EntityKind::Host, &[], 2).await.expect("sighted"), []);
}

/// A link in either direction is one link; a person's outranks the program's.
pub async fn a_persons_link_outranks_the_programs(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let link = |alias: &str, to: &str, sameness, person: Option<&str>, at| Link {
        alias: entity(alias),
        entity: entity(to),
        sameness,
        reasons: vec![Text::new("同名", "same name")],
        person: person.map(Into::into),
        at: moment(at),
    };
    let (a, b, c) = ("institution:~甲", "institution:11510000MB0000001A", "institution:~丙");
    let counts = |added, changed, unchanged| Imported { added, changed, unchanged };
    let program = [link(a, b, Sameness::Same, None, 1), link(c, b, Sameness::Doubtful, None, 1)];
    assert_eq!(store.put_links(&program).await.expect("put"), counts(2, 0, 0));
    let later = [link(a, b, Sameness::Same, None, 2)];
    assert_eq!(store.put_links(&later).await.expect("put"), counts(0, 0, 1));
    assert_eq!(store.all_links().await.expect("all"), [program[1].clone(), program[0].clone()], "the time stays");
    let person = link(b, a, Sameness::Different, Some("张三"), 3);
    assert_eq!(store.put_links(std::slice::from_ref(&person)).await.expect("put"), counts(0, 1, 0));
    assert_eq!(store.put_links(&program).await.expect("put"), counts(0, 0, 2));
    assert_eq!(store.links(&[entity(a)]).await.expect("links"), std::slice::from_ref(&person));
    assert_eq!(store.links(&[entity(b), entity(c)]).await.expect("links"), [person.clone(), program[1].clone()]);
    assert_eq!(store.links(&[entity("site:x.cn")]).await.expect("links"), []);
    let second = link(a, b, Sameness::Same, Some("李四"), 4);
    assert_eq!(store.put_links(std::slice::from_ref(&second)).await.expect("put"), counts(0, 1, 0));
    assert_eq!(store.all_links().await.expect("all"), [program[1].clone(), second]);
}

/// Truths come back as they were, change and go.
pub async fn truths_are_kept_changed_and_taken_out(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let source = store.source(SourceKind::Ledger, "a").await.expect("source");
    let owner = "institution:11510903MB0000001A";
    let mut given = vec![
        truth("site:b.gov.cn", "乙", Some(owner), Some("510903"), &source),
        truth("site:a.gov.cn", "甲", None, None, &source),
        truth(owner, "某某县人民政府", None, Some("510903"), &source),
    ];
    let counts = |added, changed, unchanged| Imported { added, changed, unchanged };
    assert_eq!(store.put_truths(&given, &[]).await.expect("put"), counts(3, 0, 0));
    assert_eq!(store.put_truths(&given, &[entity("site:x.cn")]).await.expect("again"), counts(0, 0, 3));
    let asked = ["site:b.gov.cn", "site:x.cn", owner, "site:a.gov.cn"].map(entity);
    assert_eq!(store.truths(&asked).await.expect("truths"), [given[2].clone(), given[1].clone(), given[0].clone()]);
    assert_eq!(store.applications_of(&entity(owner)).await.expect("of"), [entity("site:b.gov.cn")]);

    given[0].state = LifeState::Retired;
    given[1] = truth("site:a.gov.cn", "甲", Some(owner), Some("510900"), &source);
    assert_eq!(store.put_truths(&given, &[]).await.expect("changed"), counts(0, 2, 1));
    assert_eq!(store.truths(&asked).await.expect("truths"), [given[2].clone(), given[1].clone(), given[0].clone()]);
    let both = ["site:a.gov.cn", "site:b.gov.cn"].map(entity);
    assert_eq!(store.applications_of(&entity(owner)).await.expect("of"), both);
    let lines = store.applications(&Region::All, 9).await.expect("lines");
    let told: Vec<_> = lines.iter().map(|line| (line.name.as_str(), line.owner_name.as_str(), line.state)).collect();
    assert_eq!(told, [("甲", "某某县人民政府", LifeState::Confirmed), ("乙", "某某县人民政府", LifeState::Retired)]);

    let twice = [truth("site:c.gov.cn", "丙", None, None, &source), truth("site:c.gov.cn", "丁", None, None, &source)];
    let gone = [entity(owner), entity("site:a.gov.cn")];
    assert_eq!(store.put_truths(&twice, &gone).await.expect("put"), counts(1, 0, 1));
    assert_eq!(store.truths(&asked).await.expect("truths"), given[..1]);
    assert_eq!(store.truths(&[entity("site:c.gov.cn")]).await.expect("truths"), twice[1..]);
    assert_eq!(store.applications(&Region::All, 9).await.expect("lines")[1].owner_name, "");
}

/// What follows from one claim alone reads like the same in full, also after its claim has ended.
pub async fn what_one_claim_tells_is_kept_like_the_same_in_full(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let (source, delivery) = register(&*store, "a").await;
    let names = ["site:b.gov.cn", "site:a.gov.cn"];
    let given = names.map(|name| claim(name, "", "甲"));
    let placed = store.apply(&source, delivery, moment(1), &given).await.expect("apply");
    let sole = |name: &str, claim: i64, division: &str| Sole {
        entity: entity(name),
        claim,
        name: "甲".into(),
        state: LifeState::Confirmed,
        owner: Some(entity("institution:~甲局")),
        division: Some(division.parse().expect("a code")),
        confidence: Confidence::Medium,
    };
    let mut soles = [sole(names[0], placed[0].id, "510903"), sole(names[1], placed[1].id, "510903")];
    let counts = |added, changed, unchanged| Imported { added, changed, unchanged };
    assert_eq!(store.put_soles(&soles).await.expect("put"), counts(2, 0, 0));
    assert_eq!(store.put_soles(&soles).await.expect("again"), counts(0, 0, 2));
    let asked = names.map(entity);
    let held = store.claims(&asked, None).await.expect("claims");
    let mut full = [soles[1].spelled_out(&held[0]), soles[0].spelled_out(&held[1])];
    assert_eq!(store.truths(&asked).await.expect("truths"), full);
    assert_eq!(full[0].get(Attribute::Name), Some("甲"));
    assert_eq!(store.put_truths(&full, &[]).await.expect("in full"), counts(0, 0, 2));

    // What their claims say now does not reach them before they are settled.
    store.apply(&source, delivery, moment(2), &[claim(names[0], "", "乙")]).await.expect("apply");
    store.withdraw(moment(2), &[placed[1].id]).await.expect("withdraw");
    assert_eq!(store.page_of_truths(EntityKind::Site, &Region::All, None, 9).await.expect("page"), full);

    soles[1] = sole(names[1], placed[1].id, "510900");
    full[0] = soles[1].spelled_out(&held[0]);
    assert_eq!(store.put_soles(&soles).await.expect("moved"), counts(0, 1, 1));
    assert_eq!(store.truths(&asked).await.expect("truths"), full);
    full[0].state = LifeState::Retired;
    assert_eq!(store.put_truths(&full, &[]).await.expect("changed"), counts(0, 1, 1));
    assert_eq!(store.put_soles(&soles[1..]).await.expect("changed back"), counts(0, 1, 0));
    assert_eq!(store.applications(&Region::All, 9).await.expect("lines")[0].state, LifeState::Confirmed);
}

/// Lists, pages and counts are those of a region.
pub async fn a_region_is_a_subtree(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let source = store.source(SourceKind::Ledger, "a").await.expect("source");
    let places =
        [None, Some("100000"), Some("510000"), Some("510900"), Some("510903"), Some("510903101"), Some("511000"), Some("520000")];
    let mut given = Vec::new();
    // Against the order of divisions, so that order is the store's work.
    for (number, place) in places.iter().enumerate().rev() {
        let owner = format!("institution:~单位{number}");
        given.push(truth(&format!("site:z{}.cn", 9 - number), "站", Some(&owner), *place, &source));
        given.push(truth(&format!("mail:m{number}.cn"), "邮", Some(&owner), *place, &source));
        given.push(truth(&owner, &format!("单位{number}"), None, *place, &source));
    }
    store.put_truths(&given, &[]).await.expect("put");
    let subtree = |code: &str| Region::Subtree(code.parse().expect("a code"));
    let cases = [
        (Region::All, 0..8),
        (subtree("100000"), 0..8),
        (Region::Nowhere, 0..1),
        (subtree("510000"), 2..7),
        (subtree("510900"), 3..6),
        (subtree("510903"), 4..6),
        (subtree("510903101"), 5..6),
        (subtree("530000"), 0..0),
    ];
    for (region, held) in cases {
        let lines = store.applications(&region, 99).await.expect("lines");
        let expected: Vec<_> =
            held.clone().flat_map(|number| [format!("mail:m{number}.cn"), format!("site:z{}.cn", 9 - number)]).collect();
        assert_eq!(lines.iter().map(|line| line.entity.to_string()).collect::<Vec<_>>(), expected, "{region:?}");
        let owners: Vec<_> = held.clone().flat_map(|number| [format!("单位{number}"), format!("单位{number}")]).collect();
        assert_eq!(lines.iter().map(|line| line.owner_name.clone()).collect::<Vec<_>>(), owners, "{region:?}");
        assert_eq!(store.applications(&region, 3).await.expect("lines"), lines[..lines.len().min(3)], "{region:?}");

        let mut sites: Vec<_> = held.clone().map(|number| format!("site:z{}.cn", 9 - number)).collect();
        sites.sort();
        let page = store.page_of_truths(EntityKind::Site, &region, None, 99).await.expect("page");
        if region == Region::All {
            let names: Vec<_> = page.iter().map(|truth| truth.entity.clone()).collect();
            assert_eq!(store.names(EntityKind::Site, None, 99).await.expect("names"), names);
            assert_eq!(store.names(EntityKind::Site, names.first(), 2).await.expect("names"), names[1..names.len().min(3)]);
        }
        assert_eq!(page.iter().map(|truth| truth.entity.to_string()).collect::<Vec<_>>(), sites, "{region:?}");
        if let Some(first) = page.first() {
            let next = store.page_of_truths(EntityKind::Site, &region, Some(&first.entity), 2).await.expect("page");
            assert_eq!(next, page[1..page.len().min(3)], "{region:?}");
        }

        let one_each = BTreeMap::from([EntityKind::Site, EntityKind::Mail, EntityKind::Institution].map(|kind| (kind, 1)));
        let division = |number: usize| places[number].map(|code| code.parse().expect("a code"));
        let counts: Vec<_> =
            held.map(|number| DivisionCount { division: division(number), entities: one_each.clone() }).collect();
        assert_eq!(store.count(&region).await.expect("count"), counts, "{region:?}");
    }
    let entities: Vec<_> = given.iter().map(|truth| truth.entity.clone()).collect();
    store.put_truths(&[], &entities).await.expect("gone");
    assert_eq!(store.count(&Region::All).await.expect("count"), []);
}

/// Many rows in one call, in no order.
pub async fn large_batches_are_kept(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let store = open();
    let (source, delivery) = register(&*store, "a").await;
    let name = |number: usize| format!("site:s{:04}.gov.cn", number * 1_237 % 3_000);
    let claims: Vec<_> = (0..3_000).map(|number| claim(&name(number), "", "甲")).collect();
    let placed = store.apply(&source, delivery, moment(1), &claims).await.expect("apply");
    assert!(placed.iter().all(|placed| placed.change == Change::Added && placed.alone));
    let mixed: Vec<_> =
        (0..4_000).map(|number| claim(&format!("site:s{number:04}.gov.cn"), "", if number < 9 { "乙" } else { "甲" })).collect();
    let counted = |placed: &[Placed], change| placed.iter().filter(|placed| placed.change == change).count();
    let placed = store.apply(&source, delivery, moment(2), &mixed).await.expect("apply");
    let counts = [Change::Added, Change::Changed, Change::Same].map(|change| counted(&placed, change));
    assert_eq!(counts, [1_000, 9, 2_991]);
    let truths: Vec<_> = (0..3_000).map(|number| truth(&name(number), "甲", None, Some("510903"), &source)).collect();
    assert_eq!(store.put_truths(&truths, &[]).await.expect("put").added, 3_000);
    assert_eq!(store.applications(&Region::All, usize::MAX).await.expect("lines").len(), 3_000);
    assert_eq!(store.live(&source, 0, usize::MAX).await.expect("live").len(), 4_000);
}

/// Several callers and two openings of one place write at once.
pub async fn the_ledger_is_written_from_many_sides(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let handles = [open(), open()];
    let writer = |number: usize| {
        let store = handles[number % 2].clone();
        async move {
            let (source, delivery) = register(&*store, &format!("s{}", number % 3)).await;
            for step in 0..10 {
                let given =
                    [claim("site:shared.gov.cn", &format!("{number}"), &format!("{step}")), claim("site:a.gov.cn", "", "甲")];
                let at: Timestamp = moment(step);
                store.apply(&source, delivery, at, &given).await.expect("apply");
            }
        }
    };
    join_all((0..8).map(writer)).await;
    let shared = open().claims(&[entity("site:shared.gov.cn")], None).await.expect("claims");
    assert_eq!(shared.len(), 8);
    assert!(shared.iter().all(|held| held.claim.says[&Attribute::Name] == "9"));
    assert_eq!(open().history(&entity("site:shared.gov.cn")).await.expect("history").len(), 80);
    assert_eq!(open().claims(&[entity("site:a.gov.cn")], None).await.expect("claims").len(), 3);
}

/// After the last handle is dropped, a new one finds everything, and goes on with the numbers.
pub async fn the_ledger_is_there_after_reopening(open: &impl Fn() -> Arc<dyn LedgerStore>) {
    let (source, id) = {
        let store = open();
        let (source, delivery) = register(&*store, "a").await;
        let placed = store.apply(&source, delivery, moment(1), &[claim("site:a.gov.cn", "", "甲")]).await.expect("apply");
        store.withdraw(moment(2), &[placed[0].id]).await.expect("withdraw");
        store.sight(&source, &[sighting("host:a.cn", "A 192.0.2.1", 1, 2)]).await.expect("sight");
        store.put_truths(&[truth("site:a.gov.cn", "甲", None, None, &source)], &[]).await.expect("put");
        (source, placed[0].id)
    };
    let store = open();
    assert_eq!(store.history(&entity("site:a.gov.cn")).await.expect("history").len(), 1);
    assert_eq!(store.seen(EntityKind::Host, None, 9).await.expect("seen").len(), 1);
    assert_eq!(store.truths(&[entity("site:a.gov.cn")]).await.expect("truths").len(), 1);
    let delivery = store.deliveries(Some(source.id), 1).await.expect("deliveries")[0].id;
    let again = store.apply(&source, delivery, moment(3), &[claim("site:a.gov.cn", "", "甲")]).await.expect("apply");
    assert!(again[0].id > id);
}
