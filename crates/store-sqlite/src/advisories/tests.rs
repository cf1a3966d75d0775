//! The conformance suite, the twin in memory beside the file, and what is particular to a file: what it writes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use model::advisory::{Closed, Closing};
use model::ledger::source::SourceKind;
use ports::conformance::advisories::{component, feed, finding, statement};
use ports::conformance::sample::{moment, site};
use ports::ledger::LedgerStore;
use ports::memory_advisories::MemoryAdvisories;
use ports::memory_ledger::MemoryLedger;
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;

ports::advisory_suite!(|| {
    let folder = folder();
    move || {
        let store = Arc::new(open(&folder.path().join("store.db")));
        (store.clone() as Arc<dyn LedgerStore>, store as Arc<dyn AdvisoryStore>)
    }
});

fn folder() -> TempDir {
    tempfile::tempdir().expect("temporary folder")
}

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).expect("open")
}

#[tokio::test]
async fn what_is_the_same_writes_nothing() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let store = open(&path);
    let (nvd, delivery) = feed(&store, SourceKind::Nvd, "nvd").await;
    let said: Vec<_> =
        (0..300).map(|number| statement(SourceKind::Nvd, &format!("CVE-{number}"), &[], "pkg:npm/jquery", "2")).collect();
    let found: Vec<_> = (0..300).map(|number| finding(&site(&format!("s{number}")), "CVE-1", 1)).collect();
    let watcher = Connection::open(&path).expect("open");
    let version = || watcher.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0)).expect("version");
    let mut before = 0;
    for round in 0..2 {
        store.put_statements(&nvd, delivery, moment(round), &said).await.expect("put");
        store.put_components(&site("a"), moment(1), &[component("jquery", "pkg:npm/jquery", "1")]).await.expect("look");
        store.settle(Settlement { found: found.clone(), ..Settlement::default() }).await.expect("settle");
        store.put_suppliers(&site("a"), &[]).await.expect("suppliers");
        let now = version();
        assert!(round == 0 || now == before, "the second round has written");
        before = now;
    }
}

/// A step of a random history.
#[derive(Clone, Debug)]
enum Step {
    Say { source: usize, id: usize, alias: Option<usize>, product: usize, fixed: usize },
    Withdraw { place: usize },
    Look { subject: usize, held: Vec<usize> },
    Find { subject: usize, vulnerability: usize },
    Rename { subject: usize, from: usize, to: usize },
    Close { subject: usize, vulnerability: usize },
    WorkOff { most: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..2_usize, 0..4_usize, proptest::option::of(0..4_usize), 0..3_usize, 1..3_usize)
            .prop_map(|(source, id, alias, product, fixed)| Step::Say { source, id, alias, product, fixed }),
        (0..6_usize).prop_map(|place| Step::Withdraw { place }),
        (0..3_usize, proptest::collection::vec(0..3_usize, 0..3)).prop_map(|(subject, held)| Step::Look { subject, held }),
        (0..3_usize, 0..3_usize).prop_map(|(subject, vulnerability)| Step::Find { subject, vulnerability }),
        (0..3_usize, 0..3_usize, 0..3_usize).prop_map(|(subject, from, to)| Step::Rename { subject, from, to }),
        (0..3_usize, 0..3_usize).prop_map(|(subject, vulnerability)| Step::Close { subject, vulnerability }),
        (0..4_usize).prop_map(|most| Step::WorkOff { most }),
    ]
}

fn product(number: usize) -> String {
    format!("pkg:npm/p{number}")
}

fn cve(number: usize) -> String {
    format!("CVE-{number}")
}

async fn take(store: &dyn AdvisoryStore, feeds: &[(Source, i64)], at: i64, step: &Step) {
    let one = |subject: usize, vulnerability: usize| finding(&site(&format!("s{subject}")), &cve(vulnerability), at);
    let settlement = match step {
        Step::Say { source, id, alias, product: of, fixed } => {
            let alias = alias.map(cve);
            let aliases: Vec<&str> = alias.iter().map(String::as_str).collect();
            let said = statement(SourceKind::Nvd, &cve(*id), &aliases, &product(*of), &fixed.to_string());
            let (source, delivery) = &feeds[*source];
            store.put_statements(source, *delivery, moment(at), &[said]).await.expect("put");
            return;
        }
        Step::Withdraw { place } => {
            let page = store.page_of_statements(0, 99).await.expect("page");
            let mut all: Vec<_> = page.iter().map(|said| (said.source.id, &said.statement.id, said.id)).collect();
            all.sort();
            let gone: Vec<i64> = all.get(*place).map(|(.., id)| *id).into_iter().collect();
            store.withdraw_statements(&gone).await.expect("withdraw");
            return;
        }
        Step::Look { subject, held } => {
            let components: Vec<_> =
                held.iter().map(|number| component("c", &product(*number), if *number == 0 { "2" } else { "1" })).collect();
            store.put_components(&site(&format!("s{subject}")), moment(at), &components).await.expect("look");
            return;
        }
        Step::Find { subject, vulnerability } => {
            Settlement { found: vec![one(*subject, *vulnerability)], ..Settlement::default() }
        }
        Step::Rename { subject, from, to } if from != to => {
            Settlement { renamed: vec![(one(*subject, *from).id(), one(*subject, *to).id())], ..Settlement::default() }
        }
        Step::Rename { .. } => return,
        Step::Close { subject, vulnerability } => {
            let closed = Closed { at: moment(at), why: Closing::Removed };
            Settlement { closed: vec![(one(*subject, *vulnerability).id(), closed)], ..Settlement::default() }
        }
        Step::WorkOff { most } => Settlement {
            names: store.pending_names(*most).await.expect("names"),
            subjects: store.pending_subjects(*most).await.expect("subjects"),
            ..Settlement::default()
        },
    };
    store.settle(settlement).await.expect("settle");
}

/// All that can be asked, without numbers, which differ, and in one order.
async fn told(store: &dyn AdvisoryStore) -> Vec<String> {
    let mut told = Vec::new();
    let page = store.page_of_statements(0, 99).await.expect("page");
    let set: BTreeSet<String> =
        page.iter().map(|said| format!("{:?} {:?} {:?}", said.source, said.since, said.statement)).collect();
    told.extend(set);
    for number in 0..4 {
        let group = store.statements_named(&[cve(number)], 99).await.expect("named");
        let set: BTreeSet<String> = group.iter().map(|said| format!("{} {:?}", said.source.id, said.statement)).collect();
        told.push(format!("{set:?}"));
        let products = [Product::new(product(number))];
        told.push(format!("{:?}", store.names_about(&products).await.expect("about")));
        for hold in store.held(&products).await.expect("held") {
            let holders = store.holders(&hold, None, 99).await.expect("holders");
            let looks = store.components_of(&holders).await.expect("components");
            told.push(format!("{hold:?} {:?}", looks.iter().map(|look| format!("{look:?}")).collect::<BTreeSet<_>>()));
        }
        told.push(format!("{:?}", store.turns(&[cve(number)]).await.expect("turns")));
        told.push(format!("{:?}", store.findings_on(&site(&format!("s{number}"))).await.expect("on")));
    }
    let names: BTreeSet<String> = store.pending_names(99).await.expect("names").into_iter().map(|mark| mark.of).collect();
    told.push(format!("{names:?}"));
    let subjects: BTreeSet<_> = store.pending_subjects(99).await.expect("subjects").into_iter().map(|mark| mark.of).collect();
    told.push(format!("{subjects:?} {:?}", store.open_vulnerabilities(9).await.expect("open")));
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The file answers as its twin does, after any history.
    #[test]
    fn the_file_is_as_its_twin(steps in proptest::collection::vec(step(), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        runtime.block_on(async {
            let folder = folder();
            let file = open(&folder.path().join("store.db"));
            let (ledger, twin) = (MemoryLedger::default(), MemoryAdvisories::default());
            let mut feeds = Vec::new();
            for name in ["a", "b"] {
                let of_file = feed(&file, SourceKind::Nvd, name).await;
                assert_eq!(of_file, feed(&ledger, SourceKind::Nvd, name).await);
                feeds.push(of_file);
            }
            for (at, step) in (1..).zip(&steps) {
                take(&file, &feeds, at, step).await;
                take(&twin, &feeds, at, step).await;
            }
            assert_eq!(told(&file).await, told(&twin).await, "after {steps:#?}");
        });
    }
}
