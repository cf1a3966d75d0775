//! Rows become claims and rows again.

use jiff::Timestamp;
use model::institution::{AdminLevel, InstitutionType, SiteRole};
use model::ledger::claim::Held;
use model::ledger::entity::EntityId;
use model::ledger::source::{Source, SourceKind};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::truth::in_force;

/// All that a row says.
fn claims_of(entry: &Entry, line: u64) -> Vec<Claim> {
    let institution = entry.institution.as_ref().and_then(|institution| claim_of_institution(institution, line));
    institution.into_iter().chain(claim_of_application(entry, line)).collect()
}

/// What is in force when a ledger alone speaks.
fn truths(claims: Vec<Claim>) -> BTreeMap<EntityId, Truth> {
    let source = Source { id: 1, kind: SourceKind::Ledger, name: "ledger.csv".into() };
    let held = |claim| Held { id: 1, source: source.clone(), claim, delivery: 1, since: Timestamp::UNIX_EPOCH, until: None };
    let truths = claims.into_iter().map(held).filter_map(|held| {
        let entity = held.claim.entity.clone();
        Some((entity.clone(), in_force(&entity, &[], &[held], &[])?))
    });
    truths.collect()
}

fn there_and_back(entry: &Entry) -> Option<Entry> {
    let truths = truths(claims_of(entry, 3));
    let application = truths.get(&identity::application(&entry.application)?)?;
    let owner = application.owner.as_ref().and_then(|owner| truths.get(owner));
    entry_of(application, owner)
}

fn institutions() -> impl Strategy<Value = Institution> {
    let code = || select(vec!["91350100M000100Y43"]).prop_map(|code: &str| code.parse::<Uscc>().expect("a code"));
    let kind = select(vec![InstitutionType::PartyGovernment, InstitutionType::PublicInstitution, InstitutionType::Other]);
    let level = select(vec![AdminLevel::Province, AdminLevel::County]);
    let division = select(vec!["130534", "130000", "130534102"]).prop_map(|code| code.parse::<DivisionCode>().expect("a code"));
    let state = select(vec![LifeState::Active, LifeState::Merged, LifeState::Abolished]);
    let first = ("[甲乙丙丁]{1,6}", prop::collection::vec("[子丑寅]{1,3}", 0..3), of(code()), kind, level);
    let second = (of(division), of(code()), of(any::<bool>()), of(state), of("[甲乙]{1,3}"));
    (first, second).prop_map(|((name, short_names, uscc, kind, level), second)| {
        let (division, parent, administrative_duties, state, successor) = second;
        let (kind, level) = (Some(kind), Some(level));
        Institution { name, short_names, uscc, kind, level, division, parent, administrative_duties, state, successor }
    })
}

fn applications() -> impl Strategy<Value = Application> {
    use ApplicationKind as K;
    let kinds = select(vec![K::WebSite, K::MailSystem, K::MobileApp, K::MiniProgram, K::PublicAccount]);
    let web = select(vec!["http://www.x.gov.cn/", "www.x.gov.cn:8443/oa", "192.0.2.7", "www.例子.政务"]);
    let status = select(vec![OwnerStatus::Active, OwnerStatus::Retired, OwnerStatus::Candidate, OwnerStatus::ThirdParty]);
    let role = of(select(vec![SiteRole::Portal, SiteRole::Part]));
    (kinds, "[甲乙 a]{0,5}", web, "[a-z.]{1,9}", role, status).prop_map(|(kind, name, web, id, role, status)| {
        let name = name.trim().to_owned();
        let (address, written) = match kind {
            K::WebSite => (web.to_owned(), Some(web)),
            K::MailSystem => ("postmaster@x.gov.cn".to_owned(), Some("x.gov.cn")),
            _ => (id, None),
        };
        let read = written.map(|written| names::address(written).expect("an address"));
        let (host, port, path) = read.map(|read| (Some(read.host), read.port, read.path)).unwrap_or_default();
        Application { kind, name, address, host, port, path, role, status }
    })
}

fn grants() -> impl Strategy<Value = Grant> {
    use AccessLevel as L;
    let until = of(select(vec!["2026-12-31", "2027-02-28"])).prop_map(|day| day.map(|day| day.parse().expect("a day")));
    (select(vec![L::L0, L::L1, L::L2, L::L3, L::L4]), "[甲乙0-9]{0,4}", until).prop_map(|(level, document, until)| Grant {
        level,
        document,
        until,
    })
}

fn entries() -> impl Strategy<Value = Entry> {
    let notes = prop::collection::btree_map("[甲乙\"]{1,3}", "[丙丁\\\\,;]{0,5}", 0..3);
    (of(institutions()), applications(), of(grants()), notes).prop_map(|(institution, application, grant, notes)| Entry {
        institution,
        application,
        grant,
        notes,
        source: "ledger.csv".into(),
    })
}

proptest! {
    #[test]
    fn nothing_is_lost(entry in entries()) {
        prop_assert_eq!(there_and_back(&entry), Some(entry));
    }
}

#[test]
fn a_row_without_an_address_that_can_be_read_names_no_application() {
    let entry = Entry { application: Application { address: "??".into(), ..Application::default() }, ..Entry::default() };
    assert!(claims_of(&entry, 1).is_empty());
}

#[test]
fn an_end_of_a_grant_that_cannot_be_read_grants_nothing() {
    let application = Application { address: "www.x.gov.cn".into(), host: names::host("www.x.gov.cn"), ..Application::default() };
    let grant = Some(Grant { level: AccessLevel::L3, document: "1号".into(), until: None });
    let mut claims = claims_of(&Entry { application, grant, ..Entry::default() }, 1);
    claims[0].says.insert(Attribute::GrantUntil, "someday".into());
    let truths = truths(claims);
    let entry = truths.values().find_map(|truth| entry_of(truth, None)).expect("an entry");
    assert_eq!(entry.grant, None);
}

#[test]
fn an_owner_of_whom_nothing_else_is_known_keeps_its_name() {
    let institution = Some(Institution { name: "清河县教育局".into(), ..Institution::default() });
    let application = Application { address: "www.x.gov.cn".into(), host: names::host("www.x.gov.cn"), ..Application::default() };
    let claims = claims_of(&Entry { institution, application, ..Entry::default() }, 1);
    let truths = truths(claims.into_iter().skip(1).collect());
    let entry = truths.values().find_map(|truth| entry_of(truth, None)).expect("an entry");
    assert_eq!(entry.institution.map(|institution| institution.name).as_deref(), Some("清河县教育局"));
}

#[test]
fn a_site_that_goes_by_its_ip_address_too_is_visited_by_its_name() {
    let claim = |key: &str, address: &str| Claim {
        entity: EntityId::new(EntityKind::Site, key),
        part: String::new(),
        says: Says::from([(Attribute::Address, address.to_owned())]),
        line: 1,
    };
    let source = Source { id: 1, kind: SourceKind::Ledger, name: "ledger.csv".into() };
    let held = |claim| Held { id: 1, source: source.clone(), claim, delivery: 1, since: Timestamp::UNIX_EPOCH, until: None };
    let said = [
        claim("www.x.gov.cn:8443/oa", "https://www.x.gov.cn:8443/oa"),
        claim("203.0.113.7:8443/oa", "https://203.0.113.7:8443/oa"),
    ];
    let said = said.map(held);
    let truth = in_force(&said[0].claim.entity, &[said[1].claim.entity.clone()], &said, &[]).expect("a truth");
    assert_eq!(truth.get(Attribute::Address), Some("https://203.0.113.7:8443/oa"), "by the order of values alone");
    let entry = entry_of(&truth, None).expect("an entry");
    assert_eq!(identity::application(&entry.application).as_ref(), Some(&truth.entity));
    assert_eq!(entry.application.address, "www.x.gov.cn:8443/oa");
    // A site that is known by its address alone keeps it.
    let alone = in_force(&said[1].claim.entity, &[], &said[1..], &[]).expect("a truth");
    assert_eq!(entry_of(&alone, None).expect("an entry").application.address, "https://203.0.113.7:8443/oa");
}
