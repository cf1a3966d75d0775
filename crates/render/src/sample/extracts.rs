//! One payload of every kind that registers, lists and declarations bring.

use jiff::civil::date;
use model::facts::Payload;
use model::facts::attestation::Attestation;
use model::facts::extracts::{
    CloudAssessments, DomainRegistration, FiledPlatforms, Filing, Filings, IcpFilings, ListedName, Listing, Listings,
    MarkRegister, PoliceFilings, SiteCodes,
};
use model::facts::standing::{OwnerStanding, Party, SeenBy, Standing};
use model::ledger::claim::LifeState;

use super::Flavour;

pub(super) fn all(words: Flavour) -> Vec<Payload> {
    vec![
        standing(words).into(),
        IcpFilings(filings(words, "滇ICP备19999999号-1")).into(),
        PoliceFilings(Filings { held: Vec::new(), ..filings(words, "53992302000001") }).into(),
        MarkRegister(filings(words, "CA280000000600000010001")).into(),
        SiteCodes(filings(words, "5199230001")).into(),
        registration(words).into(),
        listings(words).into(),
        FiledPlatforms { as_of: Some(date(2026, 9, 1)), platforms: vec![listed(words)] }.into(),
        CloudAssessments { as_of: None, providers: vec![words.say("云甲", "cloud-a")], platforms: vec![listed(words)] }.into(),
        Attestation {
            answered_on: Some(date(2026, 5, 6)),
            answered_by: words.say("张三", "someone"),
            documents: vec![words.say("测评报告.pdf", "report.pdf")],
            protection_level: Some(3),
            protection_number: Some(words.say("53999900001", "53999900001")),
            log_days: Some(180),
            backup: Some(false),
            ..Attestation::default()
        }
        .into(),
    ]
}

fn standing(words: Flavour) -> Standing {
    let party = |zh: &str, en: &str| Party {
        name: words.say(zh, en),
        former_names: vec![words.say("旧名", "old name")],
        ..Party::default()
    };
    Standing {
        state: Some(LifeState::Retired),
        since: Some(date(2026, 1, 1)),
        by: words.say("台账", "ledger"),
        seen: vec![SeenBy { source: words.say("被动 DNS", "passive DNS"), last: date(2026, 11, 1) }],
        owner: Some(OwnerStanding {
            party: party("云岭县人民政府", "Yunling County Government"),
            state: Some(LifeState::Merged),
            successor: Some(party("新云岭区人民政府", "New Yunling")),
            ..OwnerStanding::default()
        }),
        ..Standing::default()
    }
}

fn filings(words: Flavour, number: &str) -> Filings {
    let filing = Filing {
        number: words.say(number, &number.replace(|letter: char| !letter.is_ascii(), "")),
        owner: words.say("云岭县人民政府", "Yunling County Government"),
        domains: vec!["yunling.example".into()],
        site: words.say("云岭县人民政府门户网站", "Yunling portal"),
        issued_on: Some(date(2020, 2, 3)),
        valid_until: Some(date(2027, 2, 3)),
        validity: words.say("valid", "valid"),
        ..Filing::default()
    };
    Filings {
        as_of: Some(date(2026, 10, 1)),
        domain: "yunling.example".into(),
        numbers: vec![filing.number.clone()],
        held: vec![filing],
    }
}

fn registration(words: Flavour) -> DomainRegistration {
    DomainRegistration {
        domain: "yunling.example".into(),
        registrar: words.say("注册商", "registrar"),
        expires_on: Some(date(2026, 12, 1)),
        status: vec![words.say("pendingDelete", "pendingDelete")],
        ..DomainRegistration::default()
    }
}

fn listings(words: Flavour) -> Listings {
    let listing = Listing {
        platform: words.say("应用商店甲", "store-a"),
        name: words.say("云岭通", "Yunling"),
        verified_subject: Some(words.say("云岭县人民政府", "Yunling County Government")),
        download_page: words.say("https://store.example/1", "https://store.example/1"),
        shows_mark: Some(false),
        ..Listing::default()
    };
    let other = Listing { verified_subject: Some(String::new()), shows_mark: None, ..listing.clone() };
    Listings { as_of: None, listings: vec![listing.clone(), other, Listing { verified_subject: None, ..listing }] }
}

fn listed(words: Flavour) -> ListedName {
    ListedName {
        name: words.say("云甲政务云", "cloud-a for government"),
        aliases: vec![words.say("云甲", "cloud-a")],
        operator: words.say("云甲公司", "Cloud A Ltd"),
        valid_until: Some(date(2027, 1, 1)),
        ..ListedName::default()
    }
}
