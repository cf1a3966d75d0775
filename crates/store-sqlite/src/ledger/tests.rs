//! The conformance suite, the twin in memory beside the file, and what is particular to a file: what it writes, and a full disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::ledger::attribute::Attribute;
use model::ledger::claim::{LifeState, Sameness};
use model::ledger::truth::Confidence;
use model::text::Text;
use ports::conformance::ledger::{claim, entity, sighting, truth};
use ports::conformance::sample::moment;
use ports::ledger::Change;
use ports::memory_ledger::MemoryLedger;
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::schema;

ports::ledger_suite!(|| {
    let folder = folder();
    move || Arc::new(open(&folder.path().join("store.db"))) as Arc<dyn LedgerStore>
});

fn folder() -> TempDir {
    tempfile::tempdir().expect("temporary folder")
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).expect("open")
}

async fn register(store: &dyn LedgerStore, name: &str) -> (Source, i64) {
    let source = store.source(SourceKind::Ledger, name).await.expect("source");
    let delivery = store.open_delivery(&source, "register.csv", Digest::of(b"register"), moment(0)).await.expect("open");
    (source, delivery)
}

#[tokio::test]
async fn what_is_the_same_writes_nothing() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let store = open(&path);
    let (source, delivery) = register(&store, "a").await;
    let name = |number| format!("site:s{number}.gov.cn");
    let claims: Vec<_> = (0..500).map(|number| claim(&name(number), "", "甲")).collect();
    let truths: Vec<_> = (0..500).map(|number| truth(&name(number), "甲", None, Some("510903"), &source)).collect();
    let sightings: Vec<_> = (0..500).map(|number| sighting(&format!("host:s{number}.cn"), "A 192.0.2.1", 1, 9)).collect();
    let reasons = vec![Text::new("同名", "same name")];
    let (alias, other) = (entity("institution:~甲"), entity("institution:~乙"));
    let link = Link { alias, entity: other, sameness: Sameness::Doubtful, reasons, person: None, at: moment(1) };
    let watcher = Connection::open(&path).expect("open");
    let version = || watcher.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0)).expect("version");
    let sizes =
        || ["store.db", "store.db-wal"].map(|name| std::fs::metadata(folder.path().join(name)).map(|file| file.len()).ok());
    let mut before = (0, [None; 2]);
    for round in 0..2 {
        let moved: Vec<_> = claims.iter().map(|claim| Claim { line: claim.line + round, ..claim.clone() }).collect();
        store.source(SourceKind::Ledger, "a").await.expect("source");
        let placed = store.apply(&source, delivery, moment(round as i64), &moved).await.expect("apply");
        assert!(placed.iter().all(|placed| (placed.change == Change::Same) == (round == 1)));
        store.put_truths(&truths, &[entity("site:never.gov.cn")]).await.expect("truths");
        store.sight(&source, &sightings).await.expect("sight");
        store.put_links(&[Link { at: moment(round as i64), ..link.clone() }]).await.expect("links");
        store.withdraw(moment(2), &[404]).await.expect("withdraw");
        if round == 1 {
            assert_eq!((version(), sizes()), before);
        }
        before = (version(), sizes());
    }
}

#[tokio::test]
async fn of_many_at_once_new_ones_are_added_and_known_ones_compared() {
    let folder = folder();
    let store = open(&folder.path().join("store.db"));
    let (source, delivery) = register(&store, "a").await;
    let claims: Vec<_> = (0..300).map(|number| claim(&format!("site:s{number:03}.gov.cn"), "", "甲")).collect();
    let placed = store.apply(&source, delivery, moment(1), &claims).await.expect("apply");
    let told: Vec<_> = claims.iter().zip(&placed).collect();
    let soles = |of: std::ops::Range<usize>, division| -> Vec<Sole> {
        told[of].iter().map(|(claim, placed)| sole(&claim.entity, placed.id, "甲", None, Some(division))).collect()
    };
    let counts = |added, changed, unchanged| Imported { added, changed, unchanged };
    assert_eq!(store.put_soles(&soles(0..200, "510903")).await.expect("put"), counts(200, 0, 0));
    assert_eq!(store.put_soles(&soles(100..300, "510903")).await.expect("put"), counts(100, 0, 100));
    let moved: Vec<_> = [soles(0..50, "510900"), soles(50..300, "510903")].concat();
    assert_eq!(store.put_soles(&moved).await.expect("put"), counts(0, 50, 250));
    let counted = store.count(&Region::All).await.expect("count");
    let counted: Vec<_> = counted.iter().map(|count| count.entities[&EntityKind::Site]).collect();
    assert_eq!(counted, [50, 250]);
    assert_eq!(store.names(EntityKind::Site, None, 999).await.expect("names").len(), 300);
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_done() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let connection = schema::STORE.open(&path).expect("open");
    // SQLite says "full" at a limit of pages just as at the end of a disk.
    connection.pragma_update_and_check(None, "max_page_count", 150, |_| Ok(())).expect("limit");
    let store = SqliteStore::with(&path, connection).expect("start");
    let (source, delivery) = register(&store, "a").await;
    let kept = [claim("site:s1.gov.cn", "", "甲")];
    store.apply(&source, delivery, moment(1), &kept).await.expect("fits");
    let name = |number| format!("site:s{number}.gov.cn");
    let claims: Vec<_> = (0..20_000).map(|number| claim(&name(number), "", "乙")).collect();
    let error = store.apply(&source, delivery, moment(2), &claims).await.expect_err("does not fit");
    assert!(matches!(error, StoreError::Unavailable { operation: "apply claims", .. }), "{error}");
    let truths: Vec<_> = (0..20_000).map(|number| truth(&name(number), "乙", None, Some("510903"), &source)).collect();
    store.put_truths(&truths, &[]).await.expect_err("does not fit");
    let sightings: Vec<_> = (0..20_000).map(|number| sighting(&format!("host:s{number}.cn"), "A 192.0.2.1", 1, 9)).collect();
    store.sight(&source, &sightings).await.expect_err("does not fit");

    let held = store.page_of_claims(EntityKind::Site, None, usize::MAX).await.expect("claims");
    assert_eq!(held.into_iter().map(|held| held.claim).collect::<Vec<_>>(), kept);
    assert_eq!(store.history(&kept[0].entity).await.expect("history").len(), 1);
    assert_eq!(store.count(&Region::All).await.expect("count"), []);
    assert_eq!(store.seen(EntityKind::Host, None, 9).await.expect("seen"), []);
    // The store works on after a refusal.
    let placed = store.apply(&source, delivery, moment(3), &claims[..2]).await.expect("fits");
    assert_eq!(placed.iter().map(|placed| placed.change).collect::<Vec<_>>(), [Change::Added, Change::Changed]);
}

#[tokio::test]
async fn what_was_edited_is_damage() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let store = open(&path);
    let (source, delivery) = register(&store, "a").await;
    store.apply(&source, delivery, moment(1), &[claim("site:a.gov.cn", "", "甲")]).await.expect("apply");
    store.put_truths(&[truth("site:a.gov.cn", "甲", None, None, &source)], &[]).await.expect("put");
    let edits = "update claims set says = '{'; update truths set state = 'gone'";
    Connection::open(&path).and_then(|editor| editor.execute_batch(edits)).expect("edit");
    let about = [entity("site:a.gov.cn")];
    assert!(matches!(store.claims(&about, None).await, Err(StoreError::Damaged { .. })));
    assert!(matches!(store.truths(&about).await, Err(StoreError::Damaged { .. })));
    // What cannot be read is not the same: the source says it anew.
    let placed = store.apply(&source, delivery, moment(2), &[claim("site:a.gov.cn", "", "甲")]).await.expect("apply");
    assert_eq!(placed[0].change, Change::Changed);
}

#[test]
fn large_questions_are_answered_by_keys() {
    let folder = folder();
    let connection = schema::STORE.open(&folder.path().join("store.db")).expect("open");
    let plan = |sql: &str| {
        let mut explain = connection.prepare(&format!("explain query plan {sql}")).expect("plan");
        let details = explain.query_map([], |row| row.get::<_, String>(3)).expect("details");
        details.collect::<Result<Vec<_>, _>>().expect("details").join("; ")
    };
    let page = plan("select * from claims where entity > '' and entity < 'x' order by entity, source, part");
    assert_eq!(page, "SEARCH claims USING INDEX claims_by_entity (entity>? AND entity<?)");
    let seen = plan("select asset, source, min(first), max(last) from sightings where asset > '' group by asset, source");
    assert_eq!(seen, "SEARCH sightings USING PRIMARY KEY (asset>?)");
    let owned = plan("select entity from truths where owner = 'x'");
    assert!(owned.starts_with("SEARCH truths USING INDEX truths_by_owner (owner=?)"), "{owned}");
}

/// One step in the life of a ledger; numbers choose from small sets, so that steps meet.
#[derive(Clone, Debug)]
enum Step {
    Apply { source: usize, claims: Vec<(usize, usize, usize)> },
    Withdraw { places: Vec<usize> },
    Sight { source: usize, sightings: Vec<(usize, usize, i64, i64)> },
    Truths { truths: Vec<(usize, usize, usize)>, gone: Vec<usize> },
    Soles { soles: Vec<(usize, usize)> },
    Links { links: Vec<(usize, usize, bool)> },
}

fn step() -> impl Strategy<Value = Step> {
    let claims = prop::collection::vec((0..6_usize, 0..2_usize, 0..3_usize), 0..8);
    let sightings = prop::collection::vec((0..6_usize, 0..2_usize, 0..9_i64, 0..9_i64), 0..8);
    let truths = prop::collection::vec((0..6_usize, 0..6_usize, 0..3_usize), 0..6);
    prop_oneof![
        3 => (0..3_usize, claims).prop_map(|(source, claims)| Step::Apply { source, claims }),
        2 => prop::collection::vec(0..9_usize, 0..4).prop_map(|places| Step::Withdraw { places }),
        1 => (0..3_usize, sightings).prop_map(|(source, sightings)| Step::Sight { source, sightings }),
        2 => (truths, prop::collection::vec(0..6_usize, 0..3)).prop_map(|(truths, gone)| Step::Truths { truths, gone }),
        2 => prop::collection::vec((0..9_usize, 0..6_usize), 0..6).prop_map(|soles| Step::Soles { soles }),
        1 => prop::collection::vec((0..6_usize, 0..6_usize, any::<bool>()), 0..4).prop_map(|links| Step::Links { links }),
    ]
}

const ENTITIES: [&str; 6] = ["site:a.cn", "site:b.cn", "mail:a.cn", "institution:~甲", "institution:~乙", "domain:a.cn"];
const DIVISIONS: [Option<&str>; 6] = [None, Some("100000"), Some("510000"), Some("510903"), Some("510903000"), Some("510903101")];

fn sole(about: &EntityId, claim: i64, name: &str, owner: Option<EntityId>, division: Option<&str>) -> Sole {
    let division = division.map(|code| code.parse().expect("a code"));
    let (state, confidence) = (LifeState::Confirmed, Confidence::Medium);
    Sole { entity: about.clone(), claim, name: name.into(), state, owner, division, confidence }
}

/// Takes a step in a store, and tells what came of it.
async fn take(store: &dyn LedgerStore, step: &Step, at: Timestamp, sources: &[(Source, i64)]) -> String {
    let name = |number: usize| ENTITIES[number];
    match step {
        Step::Apply { source, claims } => {
            let (source, delivery) = &sources[*source];
            let claim = |(about, part, said): &(usize, usize, usize)| claim(name(*about), &part.to_string(), &said.to_string());
            let claims: Vec<_> = claims.iter().map(claim).collect();
            let compared = store.compare(source, &claims).await.expect("compare");
            let applied = store.apply(source, *delivery, at, &claims).await.expect("apply");
            let told = |placed: &[Placed]| placed.iter().map(|placed| (placed.change, placed.alone)).collect::<Vec<_>>();
            assert_eq!(told(&compared), told(&applied));
            format!("{:?}", told(&applied))
        }
        Step::Withdraw { places } => {
            let held = store.claims(&ENTITIES.map(entity), None).await.expect("claims");
            let ids: Vec<_> = places.iter().filter_map(|place| held.get(*place)).map(|held| held.id).collect();
            format!("{:?}", store.withdraw(at, &ids).await.expect("withdraw"))
        }
        Step::Sight { source, sightings } => {
            let one = |(asset, what, first, length): &(usize, usize, i64, i64)| {
                sighting(name(*asset), &what.to_string(), *first, first + length)
            };
            let sightings: Vec<_> = sightings.iter().map(one).collect();
            format!("{:?}", store.sight(&sources[*source].0, &sightings).await.expect("sight"))
        }
        Step::Truths { truths, gone } => {
            let one = |(about, division, said): &(usize, usize, usize)| {
                let owner = Some(name(3 + said % 2)).filter(|owner| *owner != name(*about));
                let state = if *said == 0 { LifeState::Candidate } else { LifeState::Confirmed };
                Truth { state, ..truth(name(*about), &said.to_string(), owner, DIVISIONS[*division], &sources[0].0) }
            };
            let truths: Vec<_> = truths.iter().map(one).collect();
            let gone: Vec<_> = gone.iter().map(|number| entity(name(*number))).collect();
            format!("{:?}", store.put_truths(&truths, &gone).await.expect("truths"))
        }
        Step::Soles { soles } => {
            let held = store.claims(&ENTITIES.map(entity), None).await.expect("claims");
            let one = |(place, division): &(usize, usize)| {
                let Held { id, claim, .. } = held.get(*place)?;
                let owner = Some(entity(name(3))).filter(|owner| *owner != claim.entity);
                Some(sole(&claim.entity, *id, &claim.says[&Attribute::Name], owner, DIVISIONS[*division]))
            };
            let soles: Vec<_> = soles.iter().filter_map(one).collect();
            format!("{:?}", store.put_soles(&soles).await.expect("truths"))
        }
        Step::Links { links } => {
            let one = |(alias, other, person): &(usize, usize, bool)| Link {
                alias: entity(name(*alias)),
                entity: entity(name(*other)),
                sameness: if *person { Sameness::Different } else { Sameness::Same },
                reasons: Vec::new(),
                person: person.then(|| "张三".to_owned()),
                at,
            };
            let links: Vec<_> = links.iter().map(one).filter(|link| link.alias != link.entity).collect();
            format!("{:?}", store.put_links(&links).await.expect("links"))
        }
    }
}

/// Everything that a store can be asked, without the numbers of claims, which are its own.
async fn answers(store: &dyn LedgerStore, moments: i64) -> Vec<String> {
    let unnumbered = |held: Vec<Held>| held.into_iter().map(|held| Held { id: 0, ..held }).collect::<Vec<_>>();
    let all = ENTITIES.map(entity);
    let mut told = vec![format!("{:?}", unnumbered(store.claims(&all, None).await.expect("claims")))];
    for at in 0..=moments {
        told.push(format!("at {at}: {:?}", unnumbered(store.claims(&all, Some(moment(at))).await.expect("claims"))));
    }
    for about in &all {
        let history: BTreeMap<_, _> = store
            .history(about)
            .await
            .expect("history")
            .into_iter()
            .map(|held| ((held.since, held.source.id, held.claim.part.clone(), held.until), Held { id: 0, ..held }))
            .collect();
        told.push(format!("{history:?} {:?}", store.sightings(about).await.expect("sightings")));
        told.push(format!("{:?}", store.applications_of(about).await.expect("applications")));
    }
    for kind in [EntityKind::Site, EntityKind::Institution] {
        told.push(format!("{:?}", unnumbered(store.page_of_claims(kind, None, 2).await.expect("page"))));
        told.push(format!("{:?}", store.seen(kind, None, 2).await.expect("seen")));
    }
    told.push(format!("{:?} {:?}", store.links(&all[..2]).await.expect("links"), store.all_links().await.expect("links")));
    told.push(format!("{:?}", store.truths(&all).await.expect("truths")));
    let subtrees = DIVISIONS.iter().flatten().map(|code| Region::Subtree(code.parse().expect("a code")));
    for region in [Region::All, Region::Nowhere].into_iter().chain(subtrees) {
        told.push(format!("{region:?} {:?}", store.applications(&region, 2).await.expect("lines")));
        told.push(format!("{:?}", store.page_of_truths(EntityKind::Site, &region, None, 1).await.expect("page")));
        told.push(format!("{:?}", store.count(&region).await.expect("count")));
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_file_answers_as_memory_does(steps in prop::collection::vec(step(), 1..10)) {
        let folder = folder();
        let stores: [Box<dyn LedgerStore>; 2] =
            [Box::new(MemoryLedger::default()), Box::new(open(&folder.path().join("store.db")))];
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        runtime.block_on(async {
            let mut sources: [Vec<(Source, i64)>; 2] = [Vec::new(), Vec::new()];
            for (store, sources) in stores.iter().zip(&mut sources) {
                for name in ["a", "b", "c"] {
                    sources.push(register(&**store, name).await);
                }
            }
            for (at, step) in (1..).zip(&steps) {
                let memory = take(&*stores[0], step, moment(at), &sources[0]).await;
                prop_assert_eq!(memory, take(&*stores[1], step, moment(at), &sources[1]).await);
                prop_assert_eq!(answers(&*stores[0], at).await, answers(&*stores[1], at).await);
            }
            Ok(())
        })?;
    }
}
