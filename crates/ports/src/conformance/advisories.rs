//! What every store of the watch must do.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use model::advisory::{
    Affected, Certainty, Closed, Closing, Component, Condition, Finding, Product, Reading, Standing, Statement, Told, Versions,
};
use model::facts::components::{Shared, SignedBy, SupplierSign};
use model::ledger::source::SourceKind;
use model::subject::SubjectId;

use super::sample::{moment, site};
pub use super::watched::{component, feed, finding, notice, silent, statement};
use crate::advisories::{AdvisoryStore, Hold, Holder, Mark, Moved, Noted, Settlement, Turn, day_of};
use crate::ledger::{Change, LedgerStore};

/// A ledger's store and the watch's beside it.
pub type Stores = (Arc<dyn LedgerStore>, Arc<dyn AdvisoryStore>);

fn changes(noted: &[Noted]) -> Vec<Change> {
    noted.iter().map(|noted| noted.change).collect()
}

async fn marked(store: &dyn AdvisoryStore) -> BTreeSet<String> {
    store.pending_names(99).await.expect("pending").into_iter().map(|mark| mark.of).collect()
}

async fn work_off(store: &dyn AdvisoryStore) {
    let names = store.pending_names(usize::MAX).await.expect("names");
    let subjects = store.pending_subjects(usize::MAX).await.expect("subjects");
    store.settle(Settlement { names, subjects, ..Settlement::default() }).await.expect("settle");
}

fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}

fn set(of: &[&str]) -> BTreeSet<String> {
    names(of).into_iter().collect()
}

fn found(findings: &[Finding]) -> Settlement {
    Settlement { found: findings.to_vec(), ..Settlement::default() }
}

/// Reading before anything was written yields nothing and no error.
pub async fn an_empty_watch_has_nothing(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let (jquery, nobody) = ([Product::new("pkg:npm/jquery")], site("a"));
    assert_eq!(store.statements_named(&names(&["CVE-1"]), 9).await.expect("named"), []);
    assert_eq!(store.names_about(&jquery).await.expect("about"), names(&[]));
    assert_eq!(store.page_of_statements(0, 9).await.expect("page"), []);
    assert_eq!(store.statement_counts().await.expect("counts"), []);
    assert_eq!(store.components_of(std::slice::from_ref(&nobody)).await.expect("components"), []);
    let hold = Hold { product: jquery[0].clone(), version: Reading::default() };
    assert_eq!(store.holders(&hold, Some(&nobody), 9).await.expect("holders"), []);
    assert_eq!(store.held(&jquery).await.expect("held"), []);
    assert_eq!(store.suppliers(9).await.expect("suppliers"), []);
    assert_eq!(store.pending_names(9).await.expect("names"), []);
    assert_eq!(store.pending_subjects(9).await.expect("subjects"), []);
    assert_eq!(store.findings(&names(&["CVE-1"]), false, None, 9).await.expect("findings"), []);
    assert_eq!(store.findings_on(&nobody).await.expect("on"), []);
    assert_eq!(store.finding(finding(&nobody, "CVE-1", 1).id()).await.expect("finding"), None);
    assert_eq!(store.open_vulnerabilities(9).await.expect("open"), []);
    assert_eq!(store.turns(&names(&["CVE-1"])).await.expect("turns"), []);
    assert_eq!(store.notices(&names(&["CVE-1"])).await.expect("notices"), []);
}

/// The second time nothing is new; what was put comes back whole.
pub async fn the_same_statements_are_taken_once(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
    let given = ["CVE-2", "CVE-1"].map(|id| statement(SourceKind::Nvd, id, &[], "pkg:npm/jquery", "3.5.0"));
    let compared = store.compare_statements(&nvd, &given).await.expect("compare");
    assert_eq!(compared, [Noted { id: 0, change: Change::Added }; 2]);
    let before = store.edition().await.expect("edition");
    let put = store.put_statements(&nvd, delivery, moment(1), &given).await.expect("put");
    assert_eq!(changes(&put), [Change::Added; 2]);
    let edition = store.edition().await.expect("edition");
    assert_ne!(edition, before);
    let again = store.put_statements(&nvd, delivery, moment(2), &given).await.expect("again");
    assert_eq!(again, put.iter().map(|noted| Noted { change: Change::Same, ..*noted }).collect::<Vec<_>>());
    assert_eq!(store.compare_statements(&nvd, &given).await.expect("compare"), again);
    assert_eq!(store.edition().await.expect("edition"), edition);
    let mut ids: Vec<i64> = put.iter().map(|noted| noted.id).collect();
    let held = store.page_of_statements(0, 9).await.expect("page");
    for (id, given) in ids.iter().zip(&given) {
        let said = held.iter().find(|said| said.id == *id).expect("it is there");
        assert_eq!((&said.source, said.delivery, said.since, &said.statement), (&nvd, delivery, moment(1), given));
    }
    ids.sort_unstable();
    assert_eq!(store.live_statements(&nvd, 0, 9).await.expect("live"), ids);
    assert_eq!(store.live_statements(&nvd, ids[0], 9).await.expect("live"), ids[1..]);
    assert_eq!(store.page_of_statements(ids[0], 9).await.expect("page"), held[1..]);
    assert_eq!(store.statement_counts().await.expect("counts"), [(nvd, 2)]);
}

/// The former one is gone from every list.
pub async fn a_changed_statement_gets_a_new_number(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
    let first = statement(SourceKind::Nvd, "CVE-1", &["GHSA-1"], "pkg:npm/jquery", "3.5.0");
    let second = statement(SourceKind::Nvd, "CVE-1", &["GHSA-2"], "pkg:npm/vue", "3.0.0");
    let one = store.put_statements(&nvd, delivery, moment(1), &[first]).await.expect("put")[0];
    let edition = store.edition().await.expect("edition");
    let compared = store.compare_statements(&nvd, std::slice::from_ref(&second)).await.expect("compare");
    assert_eq!(compared, [Noted { id: one.id, change: Change::Changed }]);
    let two = store.put_statements(&nvd, delivery, moment(2), std::slice::from_ref(&second)).await.expect("put")[0];
    assert!(two.id > one.id && two.change == Change::Changed);
    assert_ne!(store.edition().await.expect("edition"), edition);
    assert_eq!(store.live_statements(&nvd, 0, 9).await.expect("live"), [two.id]);
    let about = async |product| store.names_about(&[Product::new(product)]).await.expect("about");
    assert_eq!((about("pkg:npm/jquery").await, about("pkg:npm/vue").await), (names(&[]), names(&["CVE-1"])));
    assert_eq!(store.statements_named(&names(&["GHSA-1"]), 9).await.expect("named"), []);
    assert_eq!(store.statements_named(&names(&["GHSA-2"]), 9).await.expect("named")[0].statement, second);
    store.withdraw_statements(&[two.id]).await.expect("withdraw");
    let three = store.put_statements(&nvd, delivery, moment(3), &[second]).await.expect("put")[0];
    assert!(three.id > two.id && three.change == Change::Added, "a number is never used again");
}

/// Of two with one name in one call the later stays.
pub async fn the_last_of_equal_statements_counts(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
    let given = ["1", "2", "3"].map(|fixed| statement(SourceKind::Nvd, "CVE-1", &[], "pkg:npm/jquery", fixed));
    let noted = store.put_statements(&nvd, delivery, moment(1), &given).await.expect("put");
    assert_eq!(changes(&noted), [Change::Same, Change::Same, Change::Added]);
    assert!(noted.iter().all(|each| each.id == noted[2].id));
    let held = store.page_of_statements(0, 9).await.expect("page");
    assert_eq!(held.iter().map(|said| &said.statement).collect::<Vec<_>>(), [&given[2]]);
}

/// Two vendors may speak of one vulnerability under its common name.
pub async fn sources_of_one_kind_stand_apart(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let ((one, of_one), (two, of_two)) =
        (feed(&*ledger, SourceKind::Csaf, "甲").await, feed(&*ledger, SourceKind::Csaf, "乙").await);
    let given = [statement(SourceKind::Csaf, "CVE-1", &[], "name:甲", "2")];
    store.put_statements(&one, of_one, moment(1), &given).await.expect("put");
    let other = store.put_statements(&two, of_two, moment(1), &given).await.expect("put");
    assert_eq!(changes(&other), [Change::Added]);
    assert_eq!(store.statements_named(&names(&["CVE-1"]), 9).await.expect("named").len(), 2);
    assert_eq!(store.names_about(&[Product::new("name:甲")]).await.expect("about"), names(&["CVE-1"]));
    assert_eq!(store.live_statements(&two, 0, 9).await.expect("live"), [other[0].id]);
    assert_eq!(store.statement_counts().await.expect("counts"), [(one, 1), (two, 1)]);
}

/// A mark is left by what is matched otherwise, and by nothing else.
pub async fn what_is_matched_otherwise_is_marked(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (osv, delivery) = feed(&*ledger, SourceKind::Osv, "osv").await;
    let put = async |statement: &Statement| {
        work_off(&*store).await;
        store.put_statements(&osv, delivery, moment(1), std::slice::from_ref(statement)).await.expect("put");
        marked(&*store).await
    };
    let mut said = statement(SourceKind::Osv, "OSV-1", &["CVE-1", "GHSA-1"], "pkg:npm/jquery", "3.5.0");
    assert_eq!(put(&said).await, set(&["OSV-1"]), "new");
    assert_eq!(put(&said).await, set(&[]), "the same");
    said.title = "其他标题".into();
    assert_eq!(put(&said).await, set(&[]), "another title");
    said.affects = statement(SourceKind::Osv, "", &[], "pkg:npm/jquery", "3.5.1").affects;
    assert_eq!(put(&said).await, set(&["OSV-1"]), "other versions");
    said.standing = Standing::Withdrawn;
    assert_eq!(put(&said).await, set(&["OSV-1"]), "withdrawn");
    said.aliases = names(&["CVE-1", "CVE-2"]);
    assert_eq!(put(&said).await, set(&["OSV-1", "GHSA-1"]), "the name that it lists no more is on its own");
    assert_eq!(put(&silent(SourceKind::Osv, "OSV-2", &[])).await, set(&[]), "nothing to match");
    assert_eq!(put(&silent(SourceKind::Osv, "OSV-3", &names(&["CVE-2"]))).await, set(&["OSV-3"]), "it joins names");
    let rejected = Statement { standing: Standing::Rejected, ..silent(SourceKind::Osv, "OSV-4", &[]) };
    assert_eq!(put(&rejected).await, set(&["OSV-4"]), "it takes a name back");
}

/// What a source says no more is taken out by number.
pub async fn withdrawn_statements_leave_their_names_marked(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (retire, delivery) = feed(&*ledger, SourceKind::RetireJs, "retire").await;
    let given = ["a", "b"].map(|id| statement(SourceKind::RetireJs, id, &["CVE-1"], "pkg:npm/jquery", "1.9.0"));
    let noted = store.put_statements(&retire, delivery, moment(1), &given).await.expect("put");
    work_off(&*store).await;
    let edition = store.edition().await.expect("edition");
    assert_eq!(store.withdraw_statements(&[noted[1].id, 404, -1]).await.expect("withdraw"), 1);
    assert_ne!(store.edition().await.expect("edition"), edition);
    assert_eq!(marked(&*store).await, set(&["b", "CVE-1"]));
    assert_eq!(store.withdraw_statements(&[noted[1].id]).await.expect("again"), 0);
    assert_eq!(store.live_statements(&retire, 0, 9).await.expect("live"), [noted[0].id]);
    assert_eq!(store.names_about(&[Product::new("pkg:npm/jquery")]).await.expect("about"), names(&["a"]));
    assert_eq!(store.statements_named(&names(&["b"]), 9).await.expect("named"), []);
}

/// Their own and the others, each statement once.
pub async fn statements_are_found_by_the_names_that_they_bear(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (osv, delivery) = feed(&*ledger, SourceKind::Osv, "osv").await;
    let lists = |id: &str, aliases: &[&str]| silent(SourceKind::Osv, id, &names(aliases));
    let said = [lists("A", &["B", "B", "A"]), lists("B", &["C"]), lists("C", &["A", "CVE-1"]), lists("X", &[])];
    store.put_statements(&osv, delivery, moment(1), &said).await.expect("put");
    let named = async |of: &[&str], most| {
        let group = store.statements_named(&names(of), most).await.expect("named");
        assert!(group.is_sorted_by_key(|said| said.id));
        group.into_iter().map(|said| said.statement.id).collect::<Vec<_>>().concat()
    };
    let cases: [(&[&str], &str); 6] =
        [(&["A"], "AC"), (&["B"], "AB"), (&["CVE-1"], "C"), (&["A", "B"], "ABC"), (&["X", "Z"], "X"), (&["Z"], "")];
    for (of, expected) in cases {
        assert_eq!(named(of, 9).await, expected, "{of:?}");
    }
    assert_eq!(named(&["B", "X"], 1).await, "AX");
}

/// What it must run on is no product of it.
pub async fn names_are_found_by_product(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
    let is = |product: &str, vulnerable| {
        let versions = Versions { all: true, ..Versions::default() };
        Condition::Is(Affected { product: Product::new(product), versions, vulnerable, target: String::new() })
    };
    let on_linux = Condition::All(vec![
        Condition::Any(vec![is("cpe:a:x:one", true), is("cpe:a:x:two", true)]),
        is("cpe:o:linux:linux_kernel", false),
    ]);
    let given = [
        Statement { affects: vec![on_linux], ..silent(SourceKind::Nvd, "CVE-2", &[]) },
        statement(SourceKind::Nvd, "CVE-1", &[], "cpe:a:x:one", "2"),
    ];
    store.put_statements(&nvd, delivery, moment(1), &given).await.expect("put");
    let about = async |products: &[&str]| {
        let products: Vec<Product> = products.iter().map(|product| Product::new(*product)).collect();
        store.names_about(&products).await.expect("about")
    };
    assert_eq!(about(&["cpe:a:x:one"]).await, names(&["CVE-1", "CVE-2"]));
    assert_eq!(about(&["cpe:a:x:two", "cpe:a:x:none"]).await, names(&["CVE-2"]));
    assert_eq!(about(&["cpe:o:linux:linux_kernel"]).await, names(&[]));
}

/// A look that is the same leaves no mark, an older one changes nothing, a new one replaces all.
pub async fn components_are_those_of_the_newest_look(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let a = site("a");
    let first = [component("jquery", "pkg:npm/jquery", "1.12.4"), component("vue", "pkg:npm/vue", "2.6.0")];
    assert_eq!(store.put_components(&a, moment(10), &first).await.expect("put"), Change::Added);
    let marks = store.pending_subjects(9).await.expect("pending");
    assert_eq!(marks.iter().map(|mark| &mark.of).collect::<Vec<_>>(), [&a]);
    work_off(&*store).await;
    assert_eq!(store.put_components(&a, moment(20), &first).await.expect("put"), Change::Same);
    assert_eq!(store.put_components(&a, moment(15), &[]).await.expect("older"), Change::Same);
    assert_eq!(store.pending_subjects(9).await.expect("pending"), []);
    let held = Holder { subject: a.clone(), components: first.to_vec(), seen: moment(20) };
    let asked = [site("b"), a.clone(), a.clone()];
    assert_eq!(store.components_of(&asked).await.expect("components"), [held]);
    assert_eq!(store.put_components(&a, moment(30), &first[1..]).await.expect("put"), Change::Changed);
    assert!(store.pending_subjects(9).await.expect("pending")[0].number > marks[0].number);
    let products = ["pkg:npm/jquery", "pkg:npm/vue"].map(Product::new);
    let [jquery, vue] = first.map(|component| Hold { product: component.products[0].clone(), version: component.version });
    assert_eq!(store.held(&products).await.expect("held"), std::slice::from_ref(&vue));
    assert_eq!(store.holders(&vue, None, 9).await.expect("holders"), std::slice::from_ref(&a));
    assert_eq!(store.holders(&jquery, None, 9).await.expect("holders"), []);
    let newer = component("vue", "pkg:npm/vue", "3.0.0");
    store.put_components(&a, moment(35), std::slice::from_ref(&newer)).await.expect("put");
    assert_eq!(store.holders(&vue, None, 9).await.expect("holders"), []);
    assert_eq!(store.held(&products).await.expect("held"), [Hold { version: newer.version, ..vue }]);
    store.put_components(&a, moment(40), &[]).await.expect("put");
    assert_eq!(store.components_of(std::slice::from_ref(&a)).await.expect("components")[0].components, []);
    assert_eq!(store.held(&products).await.expect("held"), []);
}

/// By version as it was told; each holder comes once, however often it holds that.
pub async fn holders_come_in_pages(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let (old, new) = (component("jquery", "pkg:npm/jquery", "1.12.4"), component("jquery", "pkg:npm/jquery", "3.7.1"));
    let line = Component { version: Reading { told: Told::Line, ..old.version.clone() }, ..old.clone() };
    for number in 0..9 {
        let components = match number % 3 {
            0 => vec![old.clone(), line.clone()],
            1 => vec![old.clone(), Component { place: "/other.js".into(), ..old.clone() }, new.clone()],
            _ => vec![component("php", "cpe:a:php:php", "7.4")],
        };
        store.put_components(&site(&format!("s{}", number * 7 % 9)), moment(1), &components).await.expect("put");
    }
    let hold = |component: &Component| Hold { product: component.products[0].clone(), version: component.version.clone() };
    let products = ["pkg:npm/none", "pkg:npm/jquery"].map(Product::new);
    let held = store.held(&products).await.expect("held");
    assert_eq!(held, [&old, &line, &new].map(hold));
    let all = store.holders(&held[0], None, 99).await.expect("holders");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 6);
    assert_eq!(store.holders(&held[1], None, 99).await.expect("holders").len(), 3);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.holders(&held[0], after.as_ref(), 2).await.expect("page");
        let Some(last) = page.last() else { break };
        assert_eq!(page.len(), 2);
        after = Some(last.clone());
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let looked: Vec<_> = store.components_of(&all).await.expect("components").into_iter().map(|holder| holder.subject).collect();
    assert_eq!(looked, all);
}

/// A finding keeps its time of opening while it is open, closes once, and opens anew.
pub async fn findings_open_close_and_open_again(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let (a, cve, days) = (site("a"), names(&["CVE-1"]), |days: i64| days * 86_400_000);
    let one = finding(&a, "CVE-1", 0);
    let moved = |opened, confirmed, closed| Moved { opened, confirmed, closed };
    assert_eq!(store.settle(found(std::slice::from_ref(&one))).await.expect("open"), moved(1, 0, 0));
    let sure = Finding { certainty: Certainty::Certain, ..finding(&a, "CVE-1", days(1)) };
    assert_eq!(store.settle(found(std::slice::from_ref(&sure))).await.expect("confirm"), moved(0, 1, 0));
    let expected = Finding { opened: moment(0), ..sure.clone() };
    assert_eq!(store.finding(one.id()).await.expect("finding"), Some(expected.clone()));
    store.put_components(&a, moment(days(2)), &[]).await.expect("look");
    let confirmed = Finding { confirmed: moment(days(2)), ..expected.clone() };
    assert_eq!(store.findings_on(&a).await.expect("on"), [confirmed], "the last look confirms it");

    let closed = Closed { at: moment(days(3)), why: Closing::Upgraded { to: "3.5.0".into() } };
    let closing = Settlement {
        closed: vec![(one.id(), closed.clone()), (finding(&a, "CVE-2", 0).id(), closed.clone())],
        ..Settlement::default()
    };
    assert_eq!(store.settle(closing.clone()).await.expect("close"), moved(0, 0, 1));
    assert_eq!(store.settle(closing).await.expect("again"), moved(0, 0, 0));
    let ended = Finding { closed: Some(closed), ..expected };
    assert_eq!(store.findings(&cve, false, None, 9).await.expect("all"), [ended]);
    assert_eq!(store.findings(&cve, true, None, 9).await.expect("open"), []);
    assert_eq!(store.open_vulnerabilities(9).await.expect("open"), []);

    let again = finding(&a, "CVE-1", days(5));
    let two = [again.clone(), finding(&site("b"), "CVE-1", days(5))];
    assert_eq!(store.settle(found(&two)).await.expect("reopen"), moved(2, 0, 0));
    assert_eq!(store.findings_on(&a).await.expect("on"), [again]);
    assert_eq!(store.open_vulnerabilities(9).await.expect("open"), [("CVE-1".to_owned(), 2)]);
    let turn = |day, opened, closed| Turn { day: day_of(moment(days(day))), opened, closed };
    assert_eq!(store.turns(&cve).await.expect("turns"), [turn(0, 1, 0), turn(3, 0, 1), turn(5, 2, 0)]);
}

/// The old one is gone, its time and its place in the curve stay.
pub async fn a_finding_goes_on_under_another_name(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let (a, b, day) = (site("a"), site("b"), 86_400_000);
    let (old, new) = (finding(&a, "GHSA-1", 0), finding(&a, "CVE-1", day));
    let kept = finding(&b, "GHSA-1", 0);
    store.settle(found(&[old.clone(), kept.clone()])).await.expect("open");
    let renamed = vec![(old.id(), new.id()), (kept.id(), finding(&b, "CVE-1", 1).id())];
    let settlement = Settlement { renamed, ..found(std::slice::from_ref(&new)) };
    store.settle(settlement.clone()).await.expect("rename");
    store.settle(settlement).await.expect("again");
    assert_eq!(store.finding(old.id()).await.expect("old"), None);
    assert_eq!(store.finding(new.id()).await.expect("new"), Some(Finding { opened: moment(0), ..new }));
    assert_eq!(store.finding(kept.id()).await.expect("kept"), Some(kept), "there is nothing that it could go on as");
    let turns = store.turns(&names(&["CVE-1", "GHSA-1"])).await.expect("turns");
    assert_eq!(turns, [Turn { day: day_of(moment(0)), opened: 2, closed: 0 }]);
}

/// What changed while an earlier change was worked off stays to be done.
pub async fn a_mark_made_anew_stays(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
    let put = async |fixed: &str, version: &str| {
        let said = [statement(SourceKind::Nvd, "CVE-1", &[], "pkg:npm/jquery", fixed)];
        store.put_statements(&nvd, delivery, moment(1), &said).await.expect("put");
        let components = [component("jquery", "pkg:npm/jquery", version)];
        store.put_components(&site("a"), moment(1), &components).await.expect("look");
    };
    put("1", "1").await;
    let taken = Settlement {
        names: store.pending_names(9).await.expect("names"),
        subjects: store.pending_subjects(9).await.expect("subjects"),
        ..Settlement::default()
    };
    assert_eq!((taken.names.len(), taken.subjects.len()), (1, 1));
    put("2", "2").await;
    store.settle(taken).await.expect("settle");
    assert_eq!(marked(&*store).await, set(&["CVE-1"]));
    assert_eq!(store.pending_subjects(9).await.expect("subjects").len(), 1);
    work_off(&*store).await;
    assert_eq!(store.pending_names(9).await.expect("names"), [] as [Mark<String>; 0]);
    assert_eq!(store.pending_subjects(9).await.expect("subjects"), [] as [Mark<SubjectId>; 0]);
}

/// Pages never tear a subject apart, and several names are one list.
pub async fn findings_come_in_pages(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let mut given = Vec::new();
    for number in 0..7 {
        let subject = site(&format!("s{}", number * 3 % 7));
        given.extend(["CVE-1", "GHSA-1"].map(|name| finding(&subject, name, 1)));
        given.push(finding(&subject, "CVE-2", 1));
    }
    store.settle(found(&given)).await.expect("open");
    let both = names(&["GHSA-1", "CVE-1"]);
    let all = store.findings(&both, true, None, 99).await.expect("all");
    assert_eq!(all.len(), 14);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.findings(&both, true, after.as_ref(), 3).await.expect("page");
        let Some(last) = page.last() else { break };
        assert!(page.len() == 4 || page.len() == 2, "{}", page.len());
        after = Some(last.subject.clone());
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let asked = names(&["CVE-2", "CVE-9", "CVE-1"]);
    assert_eq!(store.with_open(&asked).await.expect("open"), names(&["CVE-2", "CVE-1"]));
    let on: Vec<_> = store.findings_on(&site("s0")).await.expect("on").into_iter().map(|one| one.vulnerability).collect();
    assert_eq!(on, ["CVE-1", "CVE-2", "GHSA-1"]);
}

/// By subjects, not by findings or signs; what is not sure enough does not count.
pub async fn a_suppliers_reach_is_counted(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let sign = |name: &str, by| SupplierSign { name: name.into(), by, evidence: "技术支持：某公司".into() };
    let twice = [sign("甲", SignedBy::Footer), sign("甲", SignedBy::Certificate)];
    for name in ["a", "b", "c"] {
        store.put_suppliers(&site(name), &twice).await.expect("put");
    }
    store.put_suppliers(&site("c"), &[sign("乙", SignedBy::Footer)]).await.expect("replaced");
    assert_eq!(store.suppliers(9).await.expect("suppliers"), [("甲".to_owned(), 2), ("乙".to_owned(), 1)]);
    let mut given: Vec<_> = ["a", "b", "c"].map(|name| finding(&site(name), "CVE-2", 1)).into();
    let elsewhere = Component { place: "/other.js".into(), ..given[0].component.clone() };
    given.push(Finding { component: elsewhere, ..given[0].clone() });
    given.push(finding(&site("a"), "CVE-1", 1));
    given.push(Finding { certainty: Certainty::Backported, ..finding(&site("b"), "CVE-3", 1) });
    store.settle(found(&given)).await.expect("open");
    let reach = store.supplied("甲", Certainty::Possible).await.expect("supplied");
    let shared = |name: &str, subjects| Shared { vulnerability: name.into(), subjects };
    assert_eq!((reach.subjects, reach.open), (2, vec![shared("CVE-2", 2), shared("CVE-1", 1)]));
    let with = async |of: &[&str], least| store.supplied_with("甲", least, &names(of)).await.expect("with");
    assert_eq!(with(&["CVE-1", "CVE-2", "CVE-9"], Certainty::Possible).await, 2);
    assert_eq!(with(&["CVE-3"], Certainty::Possible).await, 0);
    assert_eq!(with(&["CVE-3"], Certainty::VersionUnknown).await, 1);
    assert_eq!(store.supplied("丙", Certainty::Possible).await.expect("nobody"), Default::default());
}

/// Oldest first, by any of the names.
pub async fn notices_are_kept(open: &impl Fn() -> Stores) {
    let (_, store) = open();
    let given =
        [notice("CVE-1", "institution:~乙", 2), notice("GHSA-1", "institution:~甲", 3), notice("CVE-2", "institution:~甲", 1)];
    for one in &given {
        store.put_notices(std::slice::from_ref(one)).await.expect("put");
    }
    assert_eq!(store.notices(&names(&["GHSA-1", "CVE-1"])).await.expect("notices"), given[..2]);
}

/// Many rows in one call, in no order.
pub async fn many_statements_are_kept(open: &impl Fn() -> Stores) {
    let (ledger, store) = open();
    let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
    let id = |number: usize| format!("CVE-{:04}", number * 1_237 % 3_000);
    let make =
        |number: usize, fixed: &str| statement(SourceKind::Nvd, &id(number), &[], &format!("pkg:npm/p{}", number % 50), fixed);
    let given: Vec<_> = (0..3_000).map(|number| make(number, "2")).collect();
    let noted = store.put_statements(&nvd, delivery, moment(1), &given).await.expect("put");
    assert!(noted.iter().all(|noted| noted.change == Change::Added));
    let mixed: Vec<_> = (0..3_000).map(|number| make(number, if number < 9 { "3" } else { "2" })).collect();
    let noted = store.put_statements(&nvd, delivery, moment(2), &mixed).await.expect("put");
    assert_eq!(noted.iter().filter(|noted| noted.change == Change::Changed).count(), 9);
    assert_eq!(store.live_statements(&nvd, 0, usize::MAX).await.expect("live").len(), 3_000);
    assert_eq!(store.pending_names(usize::MAX).await.expect("pending").len(), 3_000);
    assert_eq!(store.names_about(&[Product::new("pkg:npm/p7")]).await.expect("about").len(), 60);
    let all: Vec<String> = (0..3_000).map(id).collect();
    assert_eq!(store.statements_named(&all, usize::MAX).await.expect("named").len(), 3_000);
}

/// Several callers and two openings of one place write at once.
pub async fn the_watch_is_written_from_many_sides(open: &impl Fn() -> Stores) {
    let handles = [open(), open()];
    let writer = |number: usize| {
        let (ledger, store) = handles[number % 2].clone();
        async move {
            let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, &format!("n{}", number % 3)).await;
            for step in 0..10 {
                let said = [statement(SourceKind::Nvd, &format!("CVE-{step}"), &[], "pkg:npm/jquery", "2")];
                store.put_statements(&nvd, delivery, moment(step), &said).await.expect("put");
                let components = [component("jquery", "pkg:npm/jquery", "1")];
                store.put_components(&site(&format!("s{number}")), moment(step), &components).await.expect("look");
                store.settle(found(&[finding(&site("a"), "CVE-1", step)])).await.expect("settle");
            }
        }
    };
    join_all((0..8).map(writer)).await;
    let (_, store) = open();
    assert_eq!(store.page_of_statements(0, 99).await.expect("page").len(), 30);
    let held = store.held(&[Product::new("pkg:npm/jquery")]).await.expect("held");
    assert_eq!(store.holders(&held[0], None, 99).await.expect("holders").len(), 8);
    assert_eq!(store.findings(&names(&["CVE-1"]), true, None, 9).await.expect("findings").len(), 1);
    assert_eq!(store.turns(&names(&["CVE-1"])).await.expect("turns").len(), 1);
}

/// After the last handle is dropped, a new one finds everything, marks too, and goes on with the numbers.
pub async fn the_watch_is_there_after_reopening(open: &impl Fn() -> Stores) {
    let said = [statement(SourceKind::Nvd, "CVE-1", &[], "pkg:npm/jquery", "2")];
    let (id, marks, edition) = {
        let (ledger, store) = open();
        let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
        let noted = store.put_statements(&nvd, delivery, moment(1), &said).await.expect("put");
        store.put_components(&site("a"), moment(1), &[component("jquery", "pkg:npm/jquery", "1")]).await.expect("look");
        store.settle(found(&[finding(&site("a"), "CVE-1", 1)])).await.expect("settle");
        store.put_notices(&[notice("CVE-1", "institution:~甲", 1)]).await.expect("notice");
        let marks = (store.pending_names(9).await.expect("names"), store.pending_subjects(9).await.expect("subjects"));
        (noted[0].id, marks, store.edition().await.expect("edition"))
    };
    let (ledger, store) = open();
    assert_eq!((marks.0.len(), marks.1.len()), (1, 1));
    assert_eq!((store.pending_names(9).await.expect("names"), store.pending_subjects(9).await.expect("subjects")), marks);
    assert_eq!(store.edition().await.expect("edition"), edition);
    assert_eq!(store.findings_on(&site("a")).await.expect("on").len(), 1);
    assert_eq!(store.notices(&names(&["CVE-1"])).await.expect("notices").len(), 1);
    let (nvd, delivery) = feed(&*ledger, SourceKind::Nvd, "nvd").await;
    assert_eq!(store.compare_statements(&nvd, &said).await.expect("compare"), [Noted { id, change: Change::Same }]);
    let changed = [statement(SourceKind::Nvd, "CVE-1", &[], "pkg:npm/jquery", "3")];
    assert!(store.put_statements(&nvd, delivery, moment(2), &changed).await.expect("put")[0].id > id);
}
