//! The engine against a ledger: what was delivered is observed, what was not is not.

use std::sync::Arc;

use dialer::dialer::Dialer;
use jiff::Timestamp;
use model::digest::Digest;
use model::facts::extracts::{FiledPlatforms, Listings};
use model::ledger::attribute::Attribute;
use model::ledger::claim::Claim;
use model::ledger::source::{Delivery, DeliveryState};
use model::observation::{Failure, FailureClass, Observation};
use model::policy::Policy;
use ports::clock::Fixed;
use ports::memory::{MemoryBlobs, MemoryStore};
use ports::memory_ledger::MemoryLedger;
use probe::probes::Probes;

use super::*;
use crate::instruments::Instruments;
use crate::mapping::Mapping;
use crate::{Limits, Scope};

const DELIVERED: &str = "2026-09-01T00:00:00Z";

/// What a source says, by entity.
type Says<'a> = [(&'a str, &'a [(Attribute, &'a str)])];

/// A ledger to which each source has delivered its claims.
async fn told(sources: &[(SourceKind, &Says<'_>)]) -> MemoryLedger {
    let (ledger, at) = (MemoryLedger::default(), DELIVERED.parse().expect("a time"));
    for (kind, said) in sources {
        let source = ledger.source(*kind, "one").await.expect("a source");
        let digest = Digest::of(b"");
        let id = ledger.open_delivery(&source, "", digest, at).await.expect("a delivery");
        let claim = |(entity, says): &(&str, &[(Attribute, &str)])| {
            let says = says.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect();
            Claim { entity: entity.parse().expect("an entity"), part: String::new(), says, line: 1 }
        };
        let claims: Vec<Claim> = said.iter().map(claim).collect();
        ledger.apply(&source, id, at, &claims).await.expect("applied");
        let delivery = ledger.delivery(id).await.expect("read").expect("it is there");
        ledger.put_delivery(&Delivery { state: DeliveryState::Applied, ..delivery }).await.expect("written");
    }
    ledger
}

/// What is observed of an app, to which nothing is sent, against a ledger.
async fn observed(ledger: Option<MemoryLedger>) -> Vec<Observation> {
    let now: Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
    let settings = dialer::settings::Settings { resolvers: vec!["127.0.0.1:9".into()], ..Default::default() };
    let dialer = Dialer::new(settings, Arc::new(move || now)).expect("settings");
    let engine = Engine {
        store: Arc::new(MemoryStore::default()),
        ledger: ledger.map(|ledger| Arc::new(ledger) as Arc<dyn LedgerStore>),
        watch: None,
        blobs: Arc::new(MemoryBlobs::default()),
        clock: Arc::new(Fixed(now)),
        probes: Probes::new(dialer.clone()).expect("probes"),
        dialer,
        browser: Err(Failure::new(FailureClass::ToolMissing, "none in this test")),
        policy: Policy::default(),
        limits: Limits { subjects_at_a_time: 1, links_per_site: 0 },
        scope: Scope::Check { map: false },
        instruments: Instruments::default(),
        mapping: Mapping {
            atlas: Arc::default(),
            catalogue: Arc::new(fingerprints::Catalogue::build(Vec::new())),
            ports: Vec::new(),
            udp_ports: Vec::new(),
            crawl: probe::crawl::CrawlBounds::default(),
            names: Arc::default(),
            known: Arc::default(),
        },
        vantages: Vec::new(),
    };
    let subject = "app:cn.gov.qinghe".parse().expect("a subject");
    let work = Assignment { subject, ledger: Register::default().into(), grant: None };
    let lists = engine.lists().await.expect("a ledger that answers");
    engine.observe(&work, &lists).await.expect("a ledger that answers")
}

fn kinds(observations: &[Observation]) -> Vec<Kind> {
    observations.iter().map(|seen| seen.kind).collect()
}

#[tokio::test]
async fn what_was_never_delivered_is_not_observed() {
    assert_eq!(kinds(&observed(None).await), [Kind::Register]);
    assert_eq!(kinds(&observed(Some(told(&[]).await)).await), [Kind::Register, Kind::Standing, Kind::Components]);
    let platforms = told(&[(SourceKind::Platforms, &[])]).await;
    assert_eq!(kinds(&observed(Some(platforms)).await), [Kind::Register, Kind::FiledPlatforms, Kind::Standing, Kind::Components]);
}

#[tokio::test]
async fn what_was_delivered_is_as_old_as_its_delivery() {
    let listing: &[(Attribute, &str)] = &[(Attribute::Platform, "示例商店"), (Attribute::ShowsMark, "yes")];
    let ledger = told(&[
        (SourceKind::AppStore, &[("app:cn.gov.qinghe", listing), ("app:cn.gov.linxi", listing)]),
        (SourceKind::Platforms, &[("platform:shichang.cn", &[(Attribute::Name, "示例商店")])]),
        (SourceKind::Icp, &[("domain:qinghe.gov.cn", &[(Attribute::Number, "冀ICP备05000001号-1")])]),
    ])
    .await;
    let observations = observed(Some(ledger)).await;
    assert_eq!(
        kinds(&observations),
        [Kind::Register, Kind::Listings, Kind::FiledPlatforms, Kind::Standing, Kind::Components],
        "an app has no filing"
    );
    let told = &observations[1];
    assert_eq!((told.finished, told.source), (DELIVERED.parse().expect("a time"), Source::Register));
    let listings = told.outcome.seen().and_then(Listings::of).expect("listings");
    assert_eq!((listings.listings.len(), listings.listings[0].shows_mark), (1, Some(true)));
    let list = observations[2].outcome.seen().and_then(FiledPlatforms::of).expect("a list");
    assert_eq!(list.platforms[0].domains, ["shichang.cn"]);
}
