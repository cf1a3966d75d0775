//! What is kept in force beside the full computation out of all claims.

use std::sync::Arc;

use ingest::source::Record;
use jiff::Timestamp;
use model::ledger::claim::{LifeState, Says};
use model::ledger::source::SourceKind;
use ports::conformance::sample::moment;
use ports::ledger::LedgerStore;
use ports::memory_advisories::MemoryAdvisories;
use ports::memory_ledger::MemoryLedger;
use proptest::prelude::*;
use store_sqlite::SqliteStore;

use super::*;
use crate::Settings;

fn entity(text: &str) -> EntityId {
    text.parse().expect(text)
}

fn says(about: &str, said: &[(Attribute, &str)]) -> Record {
    let says: Says = said.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect();
    Record::Claim(Claim { entity: entity(about), part: String::new(), says, line: 1 })
}

fn intake(store: Arc<dyn LedgerStore>) -> Intake {
    let settings = Settings { hold_above_percent: 50, hold_from: 5, held: "held".into() };
    Intake::new(store, Arc::new(MemoryAdvisories::default()), settings)
}

#[tokio::test]
async fn an_application_takes_a_division_that_comes_with_it_for_an_owner_that_is_known() {
    let intake = intake(Arc::new(MemoryLedger::default()));
    let owner = says("institution:~清河县水利局", &[(Attribute::Name, "清河县水利局")]);
    intake.note(SourceKind::Roster, "roster", moment(1), vec![owner]).await.expect("noted");
    let row = vec![
        says("institution:~清河县水利局", &[(Attribute::Name, "清河县水利局"), (Attribute::Division, "130534")]),
        says("site:w.gov.cn", &[(Attribute::Owner, "清河县水利局")]),
    ];
    intake.note(SourceKind::Ledger, "ledger", moment(2), row).await.expect("noted");
    let site = intake.truth(&entity("site:w.gov.cn"), None).await.expect("asked").expect("in force");
    assert_eq!(site.division.map(|code| code.to_string()).as_deref(), Some("130534"));
}

const INSTITUTIONS: [&str; 3] = ["institution:~清河县水利局", "institution:~清河县教育局", "institution:11130534MB00000006"];
const NAMES: [&str; 3] = ["清河县水利局", "清河县教育局", "河北省清河县教育局"];
const SITES: [&str; 3] = ["site:a.gov.cn", "site:www.a.gov.cn", "site:b.gov.cn"];
const KINDS: [SourceKind; 3] = [SourceKind::Roster, SourceKind::Ledger, SourceKind::Icp];

/// Something that is said: of an institution, or of a site.
fn said() -> impl Strategy<Value = (usize, usize, Option<&'static str>)> {
    (0..6_usize, 0..3_usize, prop::sample::select(vec![None, Some("130534"), Some("130500")]))
}

fn record((about, name, more): (usize, usize, Option<&str>)) -> Record {
    let mut what = Vec::new();
    let about = if about < 3 {
        what.push((Attribute::Name, NAMES[name]));
        what.extend(more.map(|code| (Attribute::Division, code)));
        INSTITUTIONS[about]
    } else {
        what.push((Attribute::Name, "站"));
        what.extend((name > 0).then(|| (Attribute::Owner, NAMES[name])));
        what.extend(more.map(|code| {
            if code == "130534" { (Attribute::State, LifeState::Retired.word()) } else { (Attribute::Division, code) }
        }));
        SITES[about - 3]
    };
    says(about, &what)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_is_what_all_claims_tell(
        notes in prop::collection::vec((0..3_usize, prop::collection::vec(said(), 1..5)), 1..6),
        in_a_file in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store: Arc<dyn LedgerStore> = if in_a_file {
            Arc::new(SqliteStore::open(folder.path().join("store.db")).expect("open"))
        } else {
            Arc::new(MemoryLedger::default())
        };
        let intake = intake(store);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        runtime.block_on(async {
            for (at, (kind, records)) in (1..).zip(notes) {
                let at: Timestamp = moment(at);
                let records = records.into_iter().map(record).collect();
                intake.note(KINDS[kind], "source", at, records).await.expect("noted");
                for about in INSTITUTIONS.iter().chain(&SITES) {
                    let kept = intake.truth(&entity(about), None).await.expect("asked");
                    prop_assert_eq!(kept, intake.truth(&entity(about), Some(at)).await.expect("asked"), "{}", about);
                }
            }
            Ok(())
        })?;
    }
}
