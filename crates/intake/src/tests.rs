//! Statements of vulnerabilities on their way into the watch's store, through made-up formats.

use std::path::Path;
use std::sync::Arc;

use ingest::source::input::Input;
use ingest::source::{Format, Record, Sink, SourceError};
use jiff::Timestamp;
use model::advisory::Statement;
use model::ledger::claim::Sameness;
use model::ledger::entity::EntityKind;
use model::ledger::source::{Counts, Delivery, DeliveryState, SourceKind};
use model::ledger::truth::Truth;
use model::text::Label;
use ports::advisories::AdvisoryStore;
use ports::conformance::advisories::statement;
use ports::conformance::sample::moment;
use ports::ledger::Region;
use ports::memory_advisories::MemoryAdvisories;
use ports::memory_ledger::MemoryLedger;
use tempfile::TempDir;

use crate::{Intake, Offer, Settings};

/// A line a statement: `name fixed`.
fn read(kind: SourceKind, input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let text = std::io::read_to_string(input.stream()).expect("a text");
    for line in text.lines() {
        let (name, fixed) = line.split_once(' ').unwrap_or((line, "1"));
        sink.row();
        sink.take(Record::Statement(Box::new(statement(kind, name, &[], "pkg:npm/jquery", fixed))))?;
    }
    Ok(())
}

const DOC: Label = Label { zh: "", en: "" };
static KEV: Format = Format { kind: SourceKind::Kev, doc: DOC, read: |input, sink| read(SourceKind::Kev, input, sink) };
static OSV: Format = Format { kind: SourceKind::Osv, doc: DOC, read: |input, sink| read(SourceKind::Osv, input, sink) };

struct World {
    intake: Intake,
    advisories: MemoryAdvisories,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let (folder, advisories) = (tempfile::tempdir().expect("temporary folder"), MemoryAdvisories::default());
        let settings = Settings { hold_above_percent: 50, hold_from: 5, held: folder.path().join("held") };
        let intake = Intake::new(Arc::new(MemoryLedger::default()), Arc::new(advisories.clone()), settings);
        Self { intake, advisories, folder }
    }

    fn file(&self, lines: &[&str]) -> std::path::PathBuf {
        let file = self.folder.path().join("feed");
        std::fs::write(&file, lines.join("\n")).expect("write");
        file
    }

    async fn deliver(&self, format: &'static Format, at: i64, lines: &[&str]) -> Delivery {
        let file = self.file(lines);
        self.intake.deliver_as(format, offer(format.kind, &file, moment(at))).await.expect("a delivery")
    }

    async fn stated(&self) -> Vec<String> {
        let page = self.advisories.page_of_statements(0, 99).await.expect("page");
        let mut names: Vec<String> = page.into_iter().map(|said| said.statement.id).collect();
        names.sort();
        names
    }
}

fn offer(kind: SourceKind, file: &Path, at: Timestamp) -> Offer<'_> {
    Offer { kind, name: "feed", origin: "feed", file, at, about: None }
}

fn counts(rows: u64, [added, changed, unchanged, withdrawn]: [u64; 4]) -> Counts {
    Counts { rows, rejected: 0, added, changed, unchanged, withdrawn }
}

#[tokio::test]
async fn an_addition_changes_what_it_names_and_leaves_the_rest() {
    let world = World::new();
    let first = world.deliver(&OSV, 1, &["A", "B", "C"]).await;
    assert_eq!((first.state, first.counts), (DeliveryState::Applied, counts(3, [3, 0, 0, 0])));
    let second = world.deliver(&OSV, 2, &["A", "B 2", "D"]).await;
    assert_eq!(second.counts, counts(3, [1, 1, 1, 0]));
    assert_eq!(world.stated().await, ["A", "B", "C", "D"]);
    let held = world.advisories.statements_named(&["B".into()], 9).await.expect("named");
    assert_eq!((held[0].delivery, held[0].since), (second.id, moment(2)));
}

#[tokio::test]
async fn a_whole_withdraws_what_it_does_not_repeat() {
    let world = World::new();
    world.deliver(&KEV, 1, &["A", "B", "C", "D", "E", "F"]).await;
    let second = world.deliver(&KEV, 2, &["A", "B", "C", "D 2", "G"]).await;
    assert_eq!((second.state, second.counts), (DeliveryState::Applied, counts(5, [1, 1, 3, 2])));
    assert_eq!(world.stated().await, ["A", "B", "C", "D", "G"]);
    let again = world.deliver(&KEV, 3, &["A", "B", "C", "D 2", "G"]).await;
    assert_eq!(again.counts, counts(5, [0, 0, 5, 0]));
}

#[tokio::test]
async fn a_list_that_lost_most_waits_for_a_person() {
    let world = World::new();
    world.deliver(&KEV, 1, &["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"]).await;
    let short = world.deliver(&KEV, 2, &["A"]).await;
    assert_eq!((short.state, short.counts), (DeliveryState::Held, counts(1, [0, 0, 1, 9])));
    assert_eq!(world.stated().await.len(), 10);
    let discarded = world.intake.discard(short.id).await.expect("discarded");
    assert_eq!(discarded.state, DeliveryState::Discarded);
}

#[tokio::test]
async fn of_two_with_one_name_the_first_is_taken() {
    let world = World::new();
    let delivery = world.deliver(&OSV, 1, &["A 1", "B", "A 2"]).await;
    assert_eq!((delivery.counts.added, delivery.rejected.len()), (2, 1));
    assert_eq!((delivery.rejected[0].line, delivery.rejected[0].value.as_str()), (3, "A"));
    let kept: Vec<Statement> = world
        .advisories
        .statements_named(&["A".into()], 9)
        .await
        .expect("named")
        .into_iter()
        .map(|said| said.statement)
        .collect();
    assert_eq!(kept, [statement(SourceKind::Osv, "A", &[], "pkg:npm/jquery", "1")]);
}

#[tokio::test]
async fn a_bill_replaces_the_one_before_of_its_application_alone() {
    let world = World::new();
    let store = world.intake.store();
    let deliver = async |at: i64, application: &str, packages: &[&str]| {
        let listed: Vec<String> =
            packages.iter().map(|purl| format!("{{\"name\": \"{purl}\", \"purl\": \"pkg:npm/{purl}\"}}")).collect();
        let bill = format!(
            "{{\"bomFormat\": \"CycloneDX\", \"metadata\": {{\"component\": {{\"name\": \"{application}\"}}}}, \"components\": [{}]}}",
            listed.join(",")
        );
        let file = world.file(&[&bill]);
        world.intake.deliver(offer(SourceKind::Sbom, &file, moment(at))).await.expect("a delivery")
    };
    deliver(1, "site:a.gov.cn", &["jquery@1.8.3", "lodash@4.17.20", "moment@2.29.1", "vue@2.6.0", "axios@0.21.0"]).await;
    deliver(2, "site:a.gov.cn.example", &["jquery@1.8.3"]).await;
    let next = deliver(3, "site:a.gov.cn", &["jquery@3.7.1"]).await;
    assert_eq!((next.state, next.counts), (DeliveryState::Applied, counts(1, [1, 0, 0, 5])), "it is not held either");
    let names = async |application: &str| {
        let bill = store.bill_of(application).await.expect("a bill");
        bill.iter().map(|held| held.claim.entity.key.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names("site:a.gov.cn").await, ["site:a.gov.cn#pkg:npm/jquery@3.7.1"]);
    assert_eq!(names("site:a.gov.cn.example").await, ["site:a.gov.cn.example#pkg:npm/jquery@1.8.3"]);
}

#[tokio::test]
async fn names_under_one_icp_subject_wait_for_a_person_in_any_order() {
    let ledger = "单位名称,应用类型,网址\n清河县教育体育局,网站,jtj.qinghe.gov.cn\n清河县电化教育馆,网站,djg.qinghe.gov.cn\n";
    let icp = "主办单位名称,备案号,域名\n清河县教育体育局,冀ICP备05000001号-1,a.gov.cn\n清河县电化教育馆,冀ICP备05000001号-2,b.gov.cn\n";
    let deliveries = [(SourceKind::Ledger, ledger), (SourceKind::Icp, icp)];
    for order in [[0, 1], [1, 0]] {
        let world = World::new();
        for (at, number) in (1..).zip(order) {
            let (kind, content) = deliveries[number];
            let file = world.file(&[content]);
            let delivery = world.intake.deliver(offer(kind, &file, moment(at))).await.expect("a delivery");
            assert_eq!(delivery.state, DeliveryState::Applied);
        }
        let links = world.intake.store().all_links().await.expect("links");
        let pairs: Vec<&str> = links.iter().map(|link| link.reasons[0].zh.as_str()).collect();
        assert_eq!(pairs, ["“清河县电化教育馆”和“清河县教育体育局”的网站在同一 ICP 备案主体编号下"], "{order:?}");
        assert_eq!(links[0].sameness, Sameness::Doubtful);
    }
}

#[tokio::test]
async fn what_a_crash_left_unsettled_is_settled_by_the_next_delivery() {
    let rows = ["单位名称,应用类型,网址", "清河县教育局,网站,jyj.qinghe.gov.cn", "清河县水利局,网站,slj.qinghe.gov.cn"];
    let whole = World::new();
    let file = whole.file(&rows);
    whole.intake.deliver(offer(SourceKind::Ledger, &file, moment(1))).await.expect("a delivery");
    let all =
        async |world: &World| world.intake.store().page_of_truths(EntityKind::Site, &Region::All, None, 9).await.expect("truths");
    let expected = all(&whole).await;
    assert_eq!(expected.len(), 2);

    let cut_off = World::new();
    let store = cut_off.intake.store();
    let source = store.source(SourceKind::Ledger, "feed").await.expect("a source");
    let digest = crate::held::digest_of(&file).expect("a digest");
    let open = store.open_delivery(&source, "feed", digest, moment(1)).await.expect("opened");
    for kind in [EntityKind::Institution, EntityKind::Site] {
        let said = whole.intake.store().page_of_claims(kind, None, 9).await.expect("claims");
        let claims: Vec<_> = said.into_iter().map(|held| held.claim).collect();
        store.apply(&source, open, moment(1), &claims).await.expect("apply");
    }
    assert_eq!(all(&cut_off).await.len(), 0, "the crash came before settling");
    let again = cut_off.intake.deliver(offer(SourceKind::Ledger, &file, moment(2))).await.expect("a delivery");
    assert_eq!((again.state, again.counts.unchanged), (DeliveryState::Applied, 4), "{again:?}");
    let settled = all(&cut_off).await;
    let told = |truths: &[Truth]| truths.iter().map(|truth| (truth.entity.clone(), truth.owner.clone())).collect::<Vec<_>>();
    assert_eq!(told(&settled), told(&expected));
    let ended = store.delivery(open).await.expect("delivery").expect("it is there");
    assert_eq!(ended.state, DeliveryState::Refused, "its end is written down, once");
}
