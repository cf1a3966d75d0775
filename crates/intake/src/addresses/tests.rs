//! Sites by IP address, through deliveries in their published forms, in any order.

use std::sync::Arc;

use model::ledger::claim::Sameness;
use model::ledger::source::{DeliveryState, SourceKind};
use ports::conformance::sample::moment;
use ports::memory_advisories::MemoryAdvisories;
use ports::memory_ledger::MemoryLedger;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::{Decision, Offer, Settings};

const LEDGER: &str = "单位名称,应用类型,应用名称,网址\n清河县人民政府,网站,清河县人民政府门户网站,www.qinghe.gov.cn\n\
    清河县教育局,网站,清河县教育资源平台,jyzy.qinghe.gov.cn\n清河县卫生健康局,网站,清河县健康服务平台,jk.qinghe.gov.cn\n\
    清河县档案馆,网站,清河县档案查询系统,dacx.qinghe.gov.cn\n";
/// Another list, by those who know addresses alone.
const ADDRESSES_ONLY: &str = "单位名称,应用类型,应用名称,网址\n,网站,,http://203.0.113.7/\n,网站,,https://203.0.113.8:8443\n\
    ,网站,清河县健康服务平台,203.0.113.9\n,网站,清河县档案查询系统,203.0.113.10\n,网站,,http://10.0.0.1/\n";
const DNS: &str = r#"{"rrname":"www.qinghe.gov.cn","rrtype":"A","rdata":"203.0.113.7","time_first":1000,"time_last":2000}
{"rrname":"jyzy.qinghe.gov.cn","rrtype":"A","rdata":"203.0.113.8","time_first":1000,"time_last":2000}
{"rrname":"jk.qinghe.gov.cn","rrtype":"A","rdata":"203.0.113.9","time_first":1000,"time_last":2000}
{"rrname":"dacx.qinghe.gov.cn","rrtype":"A","rdata":"203.0.113.10","time_first":1000,"time_last":2000}
{"rrname":"www.stranger.com","rrtype":"A","rdata":"203.0.113.10","time_first":1000,"time_last":2000}
"#;
const FOFA: &str = "host,ip,port,protocol,title\nhttps://www.qinghe.gov.cn,203.0.113.7,443,https,清河县人民政府\n\
    https://203.0.113.7,203.0.113.7,443,https,清河县人民政府\n";
const RANGES: &str = "网段,服务商,类别\n203.0.113.9/32,某某云加速,cdn\n198.51.100.0/24,某某云,cloud\n";
const DELIVERIES: [(SourceKind, &str, &str); 5] = [
    (SourceKind::Ledger, "网信办", LEDGER),
    (SourceKind::Ledger, "扫描台账", ADDRESSES_ONLY),
    (SourceKind::PassiveDns, "探针", DNS),
    (SourceKind::Fofa, "导出", FOFA),
    (SourceKind::CloudRanges, "网段", RANGES),
];
/// 203.0.113.8:8443 is another port, 203.0.113.9 a CDN's, 203.0.113.10 has two names, 10.0.0.1 is in every network.
const FOLLOWS: [&str; 2] = ["203.0.113.10 Doubtful dacx.qinghe.gov.cn", "203.0.113.7 Same www.qinghe.gov.cn"];

struct World {
    intake: Intake,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let settings = Settings { hold_above_percent: 50, hold_from: 5, held: folder.path().join("held") };
        let intake = Intake::new(Arc::new(MemoryLedger::default()), Arc::new(MemoryAdvisories::default()), settings);
        Self { intake, folder }
    }

    async fn deliver(&self, (kind, name, content): (SourceKind, &str, &str), at: i64) {
        let file = self.folder.path().join("delivery");
        std::fs::write(&file, content).expect("write");
        let offer = Offer { kind, name, origin: "delivery", file: &file, at: moment(10_000 + at), about: None };
        let delivery = self.intake.deliver(offer).await.expect("a delivery");
        assert_eq!(delivery.state, DeliveryState::Applied, "{delivery:?}");
    }

    async fn links(&self) -> Vec<String> {
        let links = self.intake.links_of(EntityKind::Site).await.expect("links");
        let word = |link: &Link| format!("{} {:?} {}", link.alias.key, link.sameness, link.entity.key);
        links.iter().filter(|link| link.sameness != Sameness::Different).map(word).collect()
    }

    async fn aliases(&self, site: &str) -> Vec<String> {
        let truths = self.intake.store.truths(&[EntityId::new(EntityKind::Site, site)]).await.expect("truths");
        truths.into_iter().flat_map(|truth| truth.aliases).map(|alias| alias.key).collect()
    }
}

#[tokio::test]
async fn addresses_join_names_while_there_is_proof_and_as_persons_say() {
    let world = World::new();
    for (at, delivery) in (0..).zip(DELIVERIES) {
        world.deliver(delivery, at).await;
    }
    assert_eq!(world.links().await, FOLLOWS);
    assert_eq!(world.aliases("www.qinghe.gov.cn").await, ["203.0.113.7"]);
    // Another name turns up there: the program's link is taken back and the pair offered to a person.
    let late = r#"{"rrname":"www.late.com","rrtype":"A","rdata":"203.0.113.7","time_first":1000,"time_last":2000}"#;
    world.deliver((SourceKind::PassiveDns, "探针", late), 9).await;
    assert_eq!(world.links().await[1], "203.0.113.7 Doubtful www.qinghe.gov.cn");
    assert_eq!(world.aliases("www.qinghe.gov.cn").await, Vec::<String>::new());
    // A person's word stands whatever is delivered, until a person takes it back.
    let [alias, entity] = ["203.0.113.7", "www.qinghe.gov.cn"].map(|key| EntityId::new(EntityKind::Site, key));
    let by = Decision { person: "李某", because: "现场核实", at: moment(20_000) };
    world.intake.link(&alias, &entity, Sameness::Same, by).await.expect("joined");
    world.deliver((SourceKind::PassiveDns, "探针", late), 30_000).await;
    assert_eq!(world.aliases("www.qinghe.gov.cn").await, ["203.0.113.7"]);
    world.intake.link(&alias, &entity, Sameness::Different, by).await.expect("parted");
    world.deliver((SourceKind::PassiveDns, "探针", late), 40_000).await;
    assert_eq!(world.aliases("www.qinghe.gov.cn").await, Vec::<String>::new());
    assert_eq!(world.links().await, FOLLOWS[..1]);
}

#[tokio::test]
async fn a_filing_of_domain_and_address_is_a_sign_and_another_number_is_none() {
    for (number, follows) in [("1", "203.0.113.7 Same www.qinghe.gov.cn"), ("2", "203.0.113.7 Doubtful www.qinghe.gov.cn")] {
        let world = World::new();
        let icp = format!(
            "主办单位名称,备案号,域名\n清河县人民政府,冀ICP备05000001号-1,qinghe.gov.cn\n清河县人民政府,冀ICP备05000001号-{number},203.0.113.7\n"
        );
        let deliveries = [(SourceKind::Icp, "通管局", icp.as_str()), DELIVERIES[1], DELIVERIES[2], DELIVERIES[0]];
        for (at, delivery) in (0..).zip(deliveries) {
            world.deliver(delivery, at).await;
        }
        assert_eq!(world.links().await[1], follows);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_deliveries_does_not_matter(order in Just(DELIVERIES.to_vec()).prop_shuffle()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (links, aliases) = runtime.block_on(async {
            let world = World::new();
            for (at, delivery) in (0..).zip(order) {
                world.deliver(delivery, at).await;
            }
            (world.links().await, world.aliases("www.qinghe.gov.cn").await)
        });
        prop_assert_eq!(links, FOLLOWS);
        prop_assert_eq!(aliases, ["203.0.113.7"]);
    }
}
