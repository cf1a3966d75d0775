//! The engine against a ledger of fixed content: what was delivered is observed, what was not is not.

use std::sync::Arc;

use async_trait::async_trait;
use dialer::dialer::Dialer;
use jiff::Timestamp;
use model::digest::Digest;
use model::facts::extracts::{FiledPlatforms, Listings};
use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Link, Sighting};
use model::ledger::source::{Counts, Delivery, DeliveryState, Source as LedgerSource};
use model::ledger::truth::ApplicationLine;
use model::observation::{Failure, FailureClass, Observation};
use model::policy::Policy;
use ports::clock::Fixed;
use ports::ledger::{DivisionCount, Placed, Region, Seen};
use ports::memory::{MemoryBlobs, MemoryStore};
use ports::store::{Imported, StoreError};
use probe::probes::Probes;

use super::*;
use crate::mapping::Mapping;
use crate::{Limits, Scope};

const DELIVERED: &str = "2026-09-01T00:00:00Z";

/// A ledger of fixed content. What the engine does not ask for is empty.
#[derive(Default)]
struct Told {
    deliveries: Vec<Delivery>,
    claims: Vec<Held>,
}

impl Told {
    /// A source with one delivery of these claims.
    fn with(mut self, kind: SourceKind, claims: &[(&str, &[(Attribute, &str)])]) -> Self {
        let source = LedgerSource { id: i64::try_from(self.deliveries.len()).expect("few"), kind, name: "one".into() };
        let at = DELIVERED.parse().expect("a time");
        for (entity, says) in claims {
            let says = says.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect();
            let claim = Claim { entity: entity.parse().expect("an entity"), part: String::new(), says, line: 1 };
            self.claims.push(Held { id: 1, source: source.clone(), claim, delivery: 1, since: at, until: None });
        }
        self.deliveries.push(Delivery {
            id: 1,
            source,
            origin: String::new(),
            digest: Digest::of(b""),
            at,
            state: DeliveryState::Applied,
            reason: None,
            counts: Counts::default(),
            rejected: Vec::new(),
        });
        self
    }
}

type Answer<T> = Result<T, StoreError>;

#[async_trait]
impl LedgerStore for Told {
    async fn source(&self, kind: SourceKind, name: &str) -> Answer<LedgerSource> {
        Ok(LedgerSource { id: 0, kind, name: name.into() })
    }
    async fn sources(&self) -> Answer<Vec<LedgerSource>> {
        Ok(self.deliveries.iter().map(|delivery| delivery.source.clone()).collect())
    }
    async fn open_delivery(&self, _: &LedgerSource, _: &str, _: Digest, _: Timestamp) -> Answer<i64> {
        Ok(0)
    }
    async fn put_delivery(&self, _: &Delivery) -> Answer<()> {
        Ok(())
    }
    async fn delivery(&self, _: i64) -> Answer<Option<Delivery>> {
        Ok(None)
    }
    async fn deliveries(&self, source: Option<i64>, _: usize) -> Answer<Vec<Delivery>> {
        Ok(self.deliveries.iter().filter(|delivery| source == Some(delivery.source.id)).cloned().collect())
    }
    async fn compare(&self, _: &LedgerSource, _: &[Claim]) -> Answer<Vec<Placed>> {
        Ok(Vec::new())
    }
    async fn apply(&self, _: &LedgerSource, _: i64, _: Timestamp, _: &[Claim]) -> Answer<Vec<Placed>> {
        Ok(Vec::new())
    }
    async fn live(&self, _: &LedgerSource, _: i64, _: usize) -> Answer<Vec<i64>> {
        Ok(Vec::new())
    }
    async fn withdraw(&self, _: Timestamp, _: &[i64]) -> Answer<Vec<EntityId>> {
        Ok(Vec::new())
    }
    async fn claims(&self, about: &[EntityId], _: Option<Timestamp>) -> Answer<Vec<Held>> {
        Ok(self.claims.iter().filter(|held| about.contains(&held.claim.entity)).cloned().collect())
    }
    async fn history(&self, _: &EntityId) -> Answer<Vec<Held>> {
        Ok(Vec::new())
    }
    async fn page_of_claims(&self, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Answer<Vec<Held>> {
        let wanted = |held: &&Held| held.claim.entity.kind == kind && after.is_none_or(|after| held.claim.entity > *after);
        Ok(self.claims.iter().filter(wanted).take(most).cloned().collect())
    }
    async fn sight(&self, _: &LedgerSource, _: &[Sighting]) -> Answer<Imported> {
        Ok(Imported::default())
    }
    async fn sightings(&self, _: &EntityId) -> Answer<Vec<(LedgerSource, Sighting)>> {
        Ok(Vec::new())
    }
    async fn seen(&self, _: EntityKind, _: Option<&EntityId>, _: usize) -> Answer<Vec<Seen>> {
        Ok(Vec::new())
    }
    async fn seen_of(&self, _: &[EntityId]) -> Answer<Vec<Seen>> {
        Ok(Vec::new())
    }
    async fn put_links(&self, _: &[Link]) -> Answer<Imported> {
        Ok(Imported::default())
    }
    async fn links(&self, _: &[EntityId]) -> Answer<Vec<Link>> {
        Ok(Vec::new())
    }
    async fn all_links(&self) -> Answer<Vec<Link>> {
        Ok(Vec::new())
    }
    async fn put_truths(&self, _: &[Truth], _: &[EntityId]) -> Answer<Imported> {
        Ok(Imported::default())
    }
    async fn truths(&self, _: &[EntityId]) -> Answer<Vec<Truth>> {
        Ok(Vec::new())
    }
    async fn page_of_truths(&self, _: EntityKind, _: &Region, _: Option<&EntityId>, _: usize) -> Answer<Vec<Truth>> {
        Ok(Vec::new())
    }
    async fn applications(&self, _: &Region, _: usize) -> Answer<Vec<ApplicationLine>> {
        Ok(Vec::new())
    }
    async fn applications_of(&self, _: &EntityId) -> Answer<Vec<EntityId>> {
        Ok(Vec::new())
    }
    async fn count(&self, _: &Region) -> Answer<Vec<DivisionCount>> {
        Ok(vec![DivisionCount { division: None::<DivisionCode>, ..DivisionCount::default() }])
    }
}

/// What is observed of an app, to which nothing is sent, against a ledger.
async fn observed(ledger: Option<Told>) -> Vec<Observation> {
    let now: Timestamp = "2026-11-01T00:00:00Z".parse().expect("a time");
    let settings = dialer::settings::Settings { resolvers: vec!["127.0.0.1:9".into()], ..Default::default() };
    let dialer = Dialer::new(settings, Arc::new(move || now)).expect("settings");
    let engine = Engine {
        store: Arc::new(MemoryStore::default()),
        ledger: ledger.map(|ledger| Arc::new(ledger) as Arc<dyn LedgerStore>),
        blobs: Arc::new(MemoryBlobs::default()),
        clock: Arc::new(Fixed(now)),
        probes: Probes::new(dialer.clone()).expect("probes"),
        dialer,
        browser: Err(Failure::new(FailureClass::ToolMissing, "none in this test")),
        policy: Policy::default(),
        limits: Limits { subjects_at_a_time: 1, links_per_site: 0 },
        scope: Scope::Check { map: false },
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
    let delivered = engine.delivered().await.expect("a ledger that answers");
    engine.observe(&work, &delivered).await.expect("a ledger that answers")
}

fn kinds(observations: &[Observation]) -> Vec<Kind> {
    observations.iter().map(|seen| seen.kind).collect()
}

#[tokio::test]
async fn what_was_never_delivered_is_not_observed() {
    assert_eq!(kinds(&observed(None).await), [Kind::Register]);
    assert_eq!(kinds(&observed(Some(Told::default())).await), [Kind::Register, Kind::Standing]);
    let platforms = Told::default().with(SourceKind::Platforms, &[]);
    assert_eq!(kinds(&observed(Some(platforms)).await), [Kind::Register, Kind::FiledPlatforms, Kind::Standing]);
}

#[tokio::test]
async fn what_was_delivered_is_as_old_as_its_delivery() {
    let listing: &[(Attribute, &str)] = &[(Attribute::Platform, "示例商店"), (Attribute::ShowsMark, "yes")];
    let ledger = Told::default()
        .with(SourceKind::AppStore, &[("app:cn.gov.qinghe", listing), ("app:cn.gov.linxi", listing)])
        .with(SourceKind::Platforms, &[("platform:shichang.cn", &[(Attribute::Name, "示例商店")])])
        .with(SourceKind::Icp, &[("domain:qinghe.gov.cn", &[(Attribute::Number, "冀ICP备05000001号-1")])]);
    let observations = observed(Some(ledger)).await;
    assert_eq!(
        kinds(&observations),
        [Kind::Register, Kind::Listings, Kind::FiledPlatforms, Kind::Standing],
        "an app has no filing"
    );
    let told = &observations[1];
    assert_eq!((told.finished, told.source), (DELIVERED.parse().expect("a time"), Source::Register));
    let listings = told.outcome.seen().and_then(Listings::of).expect("listings");
    assert_eq!((listings.listings.len(), listings.listings[0].shows_mark), (1, Some(true)));
    let list = observations[2].outcome.seen().and_then(FiledPlatforms::of).expect("a list");
    assert_eq!(list.platforms[0].domains, ["shichang.cn"]);
}
