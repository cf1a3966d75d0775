//! What claims become, register by register, and what silence means in each.

use std::collections::BTreeMap;

use model::digest::Digest;
use model::facts::page::{HomePage, IcpNumber, PoliceNumber};
use model::facts::register::Register;
use model::institution::{Application, Institution};
use model::ledger::claim::{Claim, LifeState};
use model::ledger::entity::EntityId;
use model::ledger::source::{Counts, Source};
use model::ledger::truth::{Confidence, InForce, Truth};
use model::name::HostName;
use model::subject::{SubjectId, SubjectKind};

use super::standing::SightedBy;
use super::*;

const NUMBER: &str = "冀ICP备05000001号-1";

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn source(id: i64, kind: SourceKind) -> Source {
    Source { id, kind, name: format!("source {id}") }
}

fn delivery(source: &Source, time: &str, state: DeliveryState) -> Delivery {
    Delivery {
        id: 1,
        source: source.clone(),
        origin: String::new(),
        digest: Digest::of(b""),
        at: at(time),
        state,
        reason: None,
        counts: Counts::default(),
        rejected: Vec::new(),
    }
}

fn held(source: &Source, entity: &str, part: &str, says: &[(Attribute, &str)]) -> Held {
    let entity: EntityId = entity.parse().expect("an entity");
    let says = says.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect();
    let claim = Claim { entity, part: part.into(), says, line: 1 };
    Held { id: 1, source: source.clone(), claim, delivery: 1, since: at("2026-05-01T00:00:00Z"), until: None }
}

fn register() -> Register {
    let host = HostName { ascii: "www.qinghe.gov.cn".into(), registrable: Some("qinghe.gov.cn".into()), ..HostName::default() };
    let institution = Institution { uscc: "91350100M000100Y43".parse().ok(), ..Institution::default() };
    let application = Application { host: Some(host), ..Application::default() };
    Register { institution: Some(institution), application, ..Register::default() }
}

fn lookup() -> Lookup {
    let number = IcpNumber { text: NUMBER.into(), number: Some(NUMBER.into()), subject: None, link: None, problem: None };
    let police =
        PoliceNumber {
            text: "冀公网安备 13053402000001号".into(), digits: "13053402000001".into(), linked: None, problem: None
        };
    let page = HomePage { icp: vec![number.clone(), number], police: vec![police], ..HomePage::default() };
    Lookup::of(&SubjectId::site("www.qinghe.gov.cn"), Some(&register()), &[&page], [])
}

#[test]
fn what_is_asked_for() {
    let written: Vec<String> = lookup().first().iter().map(ToString::to_string).collect();
    for wanted in [
        "institution:91350100M000100Y43",
        "site:www.qinghe.gov.cn",
        "domain:qinghe.gov.cn",
        "filing:冀ICP备05000001号",
        "filing:冀ICP备05000001号-1",
        "filing:冀公网安备13053402000001号",
        "filing:13053402000001",
    ] {
        assert!(written.iter().any(|entity| entity == wanted), "{wanted} is not among {written:?}");
    }
    let icp = source(1, SourceKind::Icp);
    let about = [
        held(&icp, "domain:qinghe.gov.cn", "a", &[(Attribute::Number, "冀icp备05000002号－1")]),
        held(&icp, "filing:冀ICP备05000001号-1", "", &[(Attribute::Number, NUMBER)]),
    ];
    let then: Vec<String> = lookup().then(&about).iter().map(ToString::to_string).collect();
    assert_eq!(then, ["filing:冀ICP备05000002号-1"]);
}

#[test]
fn a_register_that_never_delivered_says_nothing() {
    let icp = source(1, SourceKind::Icp);
    assert_eq!(filings::of(SourceKind::Icp, &lookup(), &[], &Delivered::default()), None);
    for state in [DeliveryState::Open, DeliveryState::Held, DeliveryState::Refused, DeliveryState::Discarded] {
        let delivered = Delivered::of(&[delivery(&icp, "2026-10-01T00:00:00Z", state)]);
        assert_eq!(filings::of(SourceKind::Icp, &lookup(), &[], &delivered), None, "{state:?}");
    }
    let delivered = Delivered::of(&[
        delivery(&icp, "2026-09-01T00:00:00Z", DeliveryState::Applied),
        delivery(&icp, "2026-10-01T20:00:00Z", DeliveryState::Applied),
        delivery(&icp, "2026-10-09T00:00:00Z", DeliveryState::Refused),
    ]);
    let told = filings::of(SourceKind::Icp, &lookup(), &[], &delivered).expect("delivered");
    assert_eq!((told.at, told.fact.held.len()), (at("2026-10-01T20:00:00Z"), 0));
    assert_eq!(told.fact.as_of, Some(jiff::civil::date(2026, 10, 2)), "the day in China");
    assert_eq!(told.fact.numbers, [NUMBER]);
    assert_eq!(
        filings::of(SourceKind::Police, &lookup(), &[], &delivered),
        None,
        "another register's delivery is not this one's"
    );
}

#[test]
fn filings_in_whole_and_in_brief() {
    let (icp, police) = (source(1, SourceKind::Icp), source(2, SourceKind::Police));
    let brief = [(Attribute::Number, NUMBER), (Attribute::Owner, "清河县人民政府")];
    let about = [
        held(&icp, "domain:qinghe.gov.cn", "1", &brief),
        held(&icp, "filing:冀ICP备05000001号-1", "", &[brief[0], brief[1], (Attribute::IssuedOn, "2020-02-03")]),
        held(&icp, "domain:qinghe.gov.cn", "2", &[(Attribute::Number, "冀ICP备05000001号-2")]),
        held(&police, "domain:qinghe.gov.cn", "3", &[(Attribute::Number, "13053402000001")]),
    ];
    let delivered = Delivered::of(&[delivery(&icp, "2026-10-01T00:00:00Z", DeliveryState::Applied)]);
    let told = filings::of(SourceKind::Icp, &lookup(), &about, &delivered).expect("delivered");
    let numbers: Vec<&str> = told.fact.held.iter().map(|filing| filing.number.as_str()).collect();
    assert_eq!(numbers, [NUMBER, "冀ICP备05000001号-2"]);
    assert_eq!(told.fact.held[0].issued_on, Some(jiff::civil::date(2020, 2, 3)));
    assert!(told.fact.held.iter().all(|filing| filing.domains == ["qinghe.gov.cn"]));
}

#[test]
fn an_answer_of_several_sources_is_as_old_as_the_oldest_that_speaks() {
    let (one, other, silent) = (source(1, SourceKind::Icp), source(2, SourceKind::Icp), source(3, SourceKind::Icp));
    let delivered = Delivered::of(&[
        delivery(&one, "2026-08-01T00:00:00Z", DeliveryState::Applied),
        delivery(&other, "2026-10-01T00:00:00Z", DeliveryState::Applied),
        delivery(&silent, "2026-01-01T00:00:00Z", DeliveryState::Applied),
    ]);
    let about = [
        held(&one, "domain:qinghe.gov.cn", "1", &[(Attribute::Number, NUMBER)]),
        held(&other, "domain:qinghe.gov.cn", "1", &[(Attribute::Number, NUMBER)]),
    ];
    let told = filings::of(SourceKind::Icp, &lookup(), &about, &delivered).expect("delivered");
    assert_eq!(told.at, at("2026-08-01T00:00:00Z"));
    assert_eq!(told.fact.held.len(), 1, "two sources that say the same are one entry");
}

#[test]
fn registrations_are_of_the_domain_itself() {
    let rdap = source(1, SourceKind::Rdap);
    let says = [(Attribute::ExpiresOn, "2027-01-01"), (Attribute::RegistrationStatus, "active;pending delete")];
    let about = [held(&rdap, "domain:qinghe.gov.cn", "", &says), held(&rdap, "domain:linxi.gov.cn", "", &says)];
    let told = registration::of("qinghe.gov.cn", &about).expect("asked");
    assert_eq!((told.fact.status.len(), told.fact.registrant, told.at), (2, None, at("2026-05-01T00:00:00Z")));
    assert_eq!(registration::of("nangong.gov.cn", &about), None);
}

#[test]
fn listings_tell_silence_from_none() {
    let store = source(1, SourceKind::AppStore);
    let delivered = Delivered::of(&[delivery(&store, "2026-10-01T00:00:00Z", DeliveryState::Applied)]);
    let lookup = Lookup::of(&"app:cn.gov.qinghe".parse().expect("a subject"), None, &[], []);
    let page = (Attribute::DownloadPage, "https://appgallery.huawei.com/app/C1");
    let about = [
        held(&store, "app:cn.gov.qinghe", "华为", &[(Attribute::Platform, "华为应用市场"), page, (Attribute::ShowsMark, "no")]),
        held(&store, "app:cn.gov.qinghe", "小米", &[(Attribute::Platform, "小米应用商店"), (Attribute::VerifiedSubject, "")]),
        held(&store, "app:cn.gov.linxi", "小米", &[(Attribute::Platform, "小米应用商店")]),
    ];
    let told = listings::of(SubjectKind::App, &lookup, &about, &delivered).expect("delivered");
    let short = |listing: &model::facts::extracts::Listing| {
        (listing.download_host.clone(), listing.verified_subject.clone(), listing.shows_mark)
    };
    let got: Vec<_> = told.fact.listings.iter().map(short).collect();
    assert_eq!(got, [("appgallery.huawei.com".into(), None, Some(false)), (String::new(), Some(String::new()), None)]);
    assert_eq!(listings::of(SubjectKind::Site, &lookup, &about, &delivered), None);
}

#[test]
fn lists_by_name_and_domain_and_clouds_by_provider() {
    let (platforms, clouds) = (source(1, SourceKind::Platforms), source(2, SourceKind::Clouds));
    let delivered = Delivered::of(&[
        delivery(&platforms, "2026-10-01T00:00:00Z", DeliveryState::Applied),
        delivery(&clouds, "2026-10-02T00:00:00Z", DeliveryState::Applied),
    ]);
    let about = [held(&platforms, "platform:huawei.com", "", &[(Attribute::Name, "华为应用市场")])];
    let told = lists::platforms(&about, &delivered).expect("delivered");
    assert_eq!(
        (told.fact.platforms[0].name.as_str(), told.fact.platforms[0].domains.clone()),
        ("华为应用市场", vec!["huawei.com".into()])
    );

    let about = [
        held(&clouds, "cloud:示例政务云", "", &[(Attribute::Name, "示例政务云"), (Attribute::ValidUntil, "2027-01-01")]),
        held(&clouds, "cloud:别的云", "", &[(Attribute::Name, "别的云")]),
        held(&clouds, "cloud:某平台", "", &[(Attribute::Name, "某平台"), (Attribute::Operator, "示例政务云有限公司")]),
    ];
    let told = lists::clouds(&["示例 政务云".into()], &about, &delivered).expect("delivered");
    let names: Vec<&str> = told.fact.platforms.iter().map(|platform| platform.name.as_str()).collect();
    assert_eq!((names, told.at), (vec!["某平台", "示例政务云"], at("2026-10-02T00:00:00Z")));
    assert_eq!(lists::clouds(&[], &[], &Delivered::default()), None);
}

#[test]
fn threats_of_hosts_and_of_domains_above_them() {
    let (haus, list, stix) = (source(1, SourceKind::UrlHaus), source(2, SourceKind::HostsList), source(3, SourceKind::Stix));
    let delivered = Delivered::of(&[
        delivery(&haus, "2026-10-03T00:00:00Z", DeliveryState::Applied),
        delivery(&list, "2026-10-01T00:00:00Z", DeliveryState::Applied),
        delivery(&stix, "2026-10-02T00:00:00Z", DeliveryState::Applied),
    ]);
    let kind = (Attribute::ThreatKind, "malware_download");
    let about = [
        held(&haus, "threat:http://cdn.evil.example/a.js", "", &[kind, (Attribute::ThreatState, "offline")]),
        held(&haus, "threat:http://evil.example/b.exe", "", &[kind, (Attribute::ThreatState, "online")]),
        held(&list, "threat:evil.example", "", &[(Attribute::ThreatKind, "malicious"), (Attribute::ListedOn, "2026-09-01")]),
        held(&stix, "threat:other.example", "1", &[(Attribute::ValidUntil, "2026-12-01")]),
        held(&stix, "threat:notevil.example", "1", &[]),
        held(&source(4, SourceKind::Icp), "threat:cdn.evil.example", "", &[]),
    ];
    let hosts = ["other.example".into(), "cdn.evil.example".into(), "fine.example".into(), "other.example".into()];
    let told = threats::of(&hosts, &about, &delivered).expect("delivered");
    assert_eq!(told.fact.hosts, ["cdn.evil.example", "fine.example", "other.example"]);
    let short = |listing: &model::facts::extracts::ThreatListing| (listing.host.clone(), listing.indicator.clone(), listing.live);
    let got: Vec<_> = told.fact.listed.iter().map(short).collect();
    assert_eq!(
        got,
        [
            ("cdn.evil.example".into(), "evil.example".into(), true),
            ("cdn.evil.example".into(), "http://cdn.evil.example/a.js".into(), false),
            ("other.example".into(), "other.example".into(), true),
        ],
        "what is listed at an address of a domain above says nothing of the host"
    );
    assert_eq!(told.fact.listed[0].since, Some(jiff::civil::date(2026, 9, 1)));
    assert_eq!(told.fact.listed[2].until, Some(jiff::civil::date(2026, 12, 1)));
    assert_eq!((told.fact.listed[0].by.as_str(), told.at), ("hosts_list source 2", at("2026-10-01T00:00:00Z")));
    let none = threats::of(&["fine.example".into()], &[], &delivered).expect("delivered");
    assert_eq!((none.fact.listed.len(), none.at), (0, at("2026-10-03T00:00:00Z")), "asked, and nothing is listed");
    assert_eq!(threats::of(&hosts, &about[5..], &Delivered::default()), None, "no list was delivered");
}

#[test]
fn answers_of_the_application_come_before_those_of_the_institution() {
    let institution = source(1, SourceKind::Attestation);
    let about = [
        held(
            &institution,
            "site:www.qinghe.gov.cn",
            "",
            &[
                (Attribute::LogDays, "180"),
                (Attribute::AnsweredOn, "2026-03-01"),
                (Attribute::Documents, "a.pdf;b.pdf"),
                (Attribute::ApprovedServices, "tcp/22;tcp/443"),
            ],
        ),
        held(
            &institution,
            "institution:91350100M000100Y43",
            "",
            &[(Attribute::LogDays, "400"), (Attribute::Backup, "yes"), (Attribute::AnsweredOn, "2026-04-01")],
        ),
        held(&institution, "site:www.linxi.gov.cn", "", &[(Attribute::LogBackup, "no")]),
    ];
    let told = attestation::of(&lookup(), &about).expect("answered");
    let fact = told.fact;
    assert_eq!((fact.log_days, fact.backup, fact.log_backup), (Some(180), Some(true), None));
    assert_eq!(fact.answered_on, Some(jiff::civil::date(2026, 3, 1)), "the oldest of the answers that are used");
    assert_eq!(fact.documents, ["a.pdf", "b.pdf"]);
    assert_eq!(fact.approved_services, ["tcp/22", "tcp/443"]);
    assert_eq!(attestation::of(&lookup(), &about[2..]), None);
}

#[test]
fn standing_of_application_owner_and_successor() {
    let person = source(1, SourceKind::Roster);
    let in_force = |value: &str| InForce {
        value: value.into(),
        source: person.clone(),
        since: at("2026-01-01T00:00:00Z"),
        others: Vec::new(),
    };
    let truth = |entity: &str, state, attributes: &[(Attribute, &str)]| Truth {
        entity: entity.parse().expect("an entity"),
        aliases: Vec::new(),
        attributes: attributes.iter().map(|(attribute, value)| (*attribute, in_force(value))).collect::<BTreeMap<_, _>>(),
        state,
        owner: None,
        division: None,
        confidence: Confidence::Medium,
    };
    let merged = [
        (Attribute::Name, "清河县人民政府"),
        (Attribute::State, "merged"),
        (Attribute::StateSince, "2026-02-01"),
        (Attribute::Successor, "91350100M000100Y43"),
        (Attribute::FormerNames, "旧名一;旧名二"),
    ];
    let owner = truth("institution:~清河县人民政府", LifeState::Merged, &merged);
    assert_eq!(standing::successor(&owner).map(|entity| entity.to_string()).as_deref(), Some("institution:91350100M000100Y43"));
    let site = truth("site:www.qinghe.gov.cn", LifeState::Confirmed, &[(Attribute::Owner, "清河县人民政府")]);
    let found = standing::of(&lookup(), &[], Some(&site), Some(&owner), None, &[]);
    let party = found.owner.expect("an owner");
    assert_eq!((party.state, party.state_since), (Some(LifeState::Merged), Some(jiff::civil::date(2026, 2, 1))));
    assert_eq!((party.party.former_names.len(), party.party.uscc.as_str()), (2, ""));
    assert_eq!(party.successor.map(|party| party.uscc).as_deref(), Some("91350100M000100Y43"));

    let sighted = SightedBy {
        source: source(2, SourceKind::PassiveDns),
        first: at("2026-03-01T00:00:00Z"),
        last: at("2026-04-01T00:00:00Z"),
    };
    let found = standing::of(&lookup(), &[], None, None, None, &[sighted]);
    assert_eq!((found.state, found.seen.len()), (Some(LifeState::Candidate), 1));
    assert_eq!(standing::of(&lookup(), &[], None, None, None, &[]).state, None);
}
