//! Values in force: trust, age, pins, grants, states, owners.

use model::ledger::claim::{Claim, Says};
use model::ledger::source::Source;
use proptest::prelude::*;

use super::*;

fn entity(text: &str) -> EntityId {
    text.parse().expect(text)
}

fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + number * 86_400).expect("a time")
}

/// What a source says of an entity since a day.
fn says(about: &str, kind: SourceKind, since: i64, said: &[(Attribute, &str)]) -> Held {
    let says: Says = said.iter().map(|(attribute, value)| (*attribute, (*value).to_owned())).collect();
    let claim = Claim { entity: entity(about), part: String::new(), says, line: 1 };
    Held { id: 0, source: Source { id: 0, kind, name: kind.word().into() }, claim, delivery: 0, since: day(since), until: None }
}

const SITE: &str = "site:www.qinghe.gov.cn";

fn of(claims: &[Held]) -> Truth {
    in_force(&entity(SITE), &[], claims, &[]).expect("something is said")
}

use Attribute as A;
use SourceKind as K;

#[test]
fn nobody_says_anything() {
    assert_eq!(in_force(&entity(SITE), &[], &[], &[says("domain:qinghe.gov.cn", K::Icp, 0, &[(A::Owner, "甲")])]), None);
}

#[test]
fn trust_goes_before_age_and_age_decides_among_equals() {
    let claims = [
        says(SITE, K::Ledger, 9, &[(A::Owner, "清河县教育局"), (A::Name, "新名")]),
        says(SITE, K::Icp, 1, &[(A::Owner, "清河县人民政府"), (A::Name, "旧名")]),
    ];
    let truth = of(&claims);
    assert_eq!(truth.get(A::Owner), Some("清河县人民政府"));
    assert_eq!(truth.attributes[&A::Owner].others[0].value, "清河县教育局");
    assert_eq!(truth.confidence, Confidence::Low, "registers contradict each other on whose it is");
    let mut newer = says(SITE, K::Icp, 5, &[(A::Owner, "清河县水利局")]);
    newer.source.name = "another".into();
    assert_eq!(of(&[claims[1].clone(), newer]).get(A::Owner), Some("清河县水利局"));
}

#[test]
fn spellings_of_one_value_are_no_contradiction() {
    let truth = of(&[
        says(SITE, K::Icp, 1, &[(A::Owner, "清河县 教育局"), (A::IssuedOn, "2026-03-01")]),
        says(SITE, K::Mark, 1, &[(A::Owner, "清河县教育局"), (A::IssuedOn, "2026-03-01T08:00:00Z")]),
    ]);
    assert!(truth.attributes.values().all(|held| held.others.is_empty()));
    assert_eq!(truth.confidence, Confidence::High, "two registers say so");
}

#[test]
fn a_pin_holds_and_its_end_restores_the_rest() {
    let register = says(SITE, K::Icp, 1, &[(A::Owner, "甲局")]);
    let pin = says(SITE, K::Person, 0, &[(A::Owner, "乙局")]);
    let pinned = of(&[register.clone(), pin]);
    assert_eq!((pinned.get(A::Owner), pinned.confidence), (Some("乙局"), Confidence::High));
    assert_eq!(of(std::slice::from_ref(&register)).get(A::Owner), Some("甲局"));
}

#[test]
fn only_ledgers_and_persons_grant_and_grants_are_never_mixed() {
    let ledger = says(SITE, K::Ledger, 1, &[(A::GrantLevel, "L3"), (A::GrantDocument, "12号"), (A::GrantUntil, "2026-12-31")]);
    let icp = says(SITE, K::Icp, 2, &[(A::GrantLevel, "L4")]);
    assert_eq!(of(std::slice::from_ref(&icp)).get(A::GrantLevel), None);
    assert_eq!(of(&[ledger.clone(), icp]).get(A::GrantLevel), Some("L3"));
    let person = says(SITE, K::Person, 3, &[(A::GrantLevel, "L2")]);
    let truth = of(&[ledger.clone(), person]);
    assert_eq!((truth.get(A::GrantLevel), truth.get(A::GrantDocument), truth.get(A::GrantUntil)), (Some("L2"), None, None));
    let shorter = says(SITE, K::Person, 3, &[(A::GrantUntil, "2026-06-30")]);
    let truth = of(&[ledger, shorter]);
    assert_eq!((truth.get(A::GrantDocument), truth.get(A::GrantUntil)), (Some("12号"), Some("2026-06-30")));
}

#[test]
fn states_of_applications_follow_the_rule() {
    let seen = says(SITE, K::Discovery, 1, &[(A::Name, "某站")]);
    let ledger = says(SITE, K::Ledger, 1, &[(A::Name, "某站")]);
    let listed = says(SITE, K::Ledger, 1, &[(A::State, "candidate")]);
    let closed = says(SITE, K::SiteCode, 1, &[(A::State, "retired")]);
    let person = says(SITE, K::Person, 0, &[(A::State, "confirmed")]);
    let state = |claims: &[&Held]| of(&claims.iter().map(|held| (*held).clone()).collect::<Vec<_>>()).state;
    assert_eq!(state(&[&seen]), LifeState::Candidate);
    assert_eq!(of(std::slice::from_ref(&seen)).confidence, Confidence::Low);
    assert_eq!(state(&[&seen, &ledger]), LifeState::Confirmed);
    assert_eq!(state(&[&listed]), LifeState::Candidate);
    assert_eq!(state(&[&ledger, &closed]), LifeState::Retired);
    assert_eq!(state(&[&ledger, &closed, &person]), LifeState::Confirmed);
    let gone = says(SITE, K::Fofa, 2, &[(A::State, "retired")]);
    assert_eq!(state(&[&ledger, &gone]), LifeState::Confirmed, "what was seen closes nothing");
}

#[test]
fn states_of_institutions_come_with_their_day_and_successor() {
    let about = "institution:~清河县甲局";
    let claims = [
        says(about, K::Roster, 1, &[(A::State, "merged"), (A::Successor, "清河县乙局")]),
        says(about, K::Ledger, 2, &[(A::State, "active"), (A::StateSince, "2020-01-01")]),
    ];
    let truth = in_force(&entity(about), &[], &claims, &[]).expect("said");
    assert_eq!((truth.state, truth.get(A::Successor), truth.get(A::StateSince)), (LifeState::Merged, Some("清河县乙局"), None));
    let only_name = says(about, K::Ledger, 2, &[(A::Name, "清河县甲局")]);
    assert_eq!(in_force(&entity(about), &[], &[only_name], &[]).expect("said").state, LifeState::Active);
}

#[test]
fn the_owner_is_borrowed_only_when_no_claim_of_its_own_tells_it() {
    let domain = "domain:qinghe.gov.cn";
    let bearing = [
        says(domain, K::Rdap, 9, &[(A::Registrant, "丙局")]),
        says(domain, K::Mark, 5, &[(A::Owner, "乙局")]),
        says(domain, K::Icp, 1, &[(A::Owner, "甲局"), (A::Number, "冀ICP备05000001号")]),
    ];
    let own = says(SITE, K::Discovery, 1, &[(A::Name, "某站")]);
    let borrowed = in_force(&entity(SITE), &[], std::slice::from_ref(&own), &bearing).expect("said");
    assert_eq!(borrowed.owner, Some(entity("institution:~甲局")));
    assert_eq!(borrowed.attributes[&A::Owner].source.kind, K::Icp);
    assert_eq!(borrowed.state, LifeState::Candidate, "a register of the domain confirms no site");
    assert_eq!(borrowed.get(A::Number), None, "only the owner is borrowed");
    let told = says(SITE, K::Ledger, 1, &[(A::Owner, "丁局")]);
    assert_eq!(in_force(&entity(SITE), &[], &[told], &bearing).expect("said").owner, Some(entity("institution:~丁局")));
    let hidden = says(domain, K::Rdap, 1, &[(A::Registrant, "REDACTED FOR PRIVACY")]);
    assert_eq!(in_force(&entity(SITE), &[], std::slice::from_ref(&own), &[hidden]).expect("said").owner, None);
    let holder = in_force(&entity(SITE), &[], &[own], &bearing[..1]).expect("said");
    assert_eq!(holder.owner, Some(entity("institution:~丙局")));
}

#[test]
fn name_and_code_of_the_owner_are_of_one_institution() {
    const CODE: &str = "91350100M000100Y43";
    let ledger = says(SITE, K::Ledger, 1, &[(A::Owner, "乙公司"), (A::OwnerUscc, CODE)]);
    let other = says(SITE, K::Icp, 1, &[(A::Owner, "甲局")]);
    let truth = of(&[ledger.clone(), other]);
    assert_eq!((truth.owner, truth.attributes.contains_key(&A::OwnerUscc)), (Some(entity("institution:~甲局")), false));
    let same = says(SITE, K::Icp, 1, &[(A::Owner, "乙 公司")]);
    assert_eq!(of(&[ledger, same]).owner, Some(entity(&format!("institution:{CODE}"))));
}

#[test]
fn apps_and_accounts_are_their_verified_subjects() {
    let about = "account:wechat/gh_1";
    let claims = [says(about, K::Accounts, 1, &[(A::VerifiedSubject, "清河县教育局"), (A::VerifiedOn, "2026-01-01")])];
    let truth = in_force(&entity(about), &[], &claims, &[]).expect("said");
    assert_eq!((truth.owner, truth.state), (Some(entity("institution:~清河县教育局")), LifeState::Confirmed));
}

#[test]
fn a_division_is_told_or_coded_and_an_application_has_its_owners() {
    let about = "institution:91350100M000100Y43";
    let claims = [says(about, K::Ledger, 1, &[(A::Uscc, "91350100M000100Y43")])];
    let owner = in_force(&entity(about), &[], &claims, &[]).expect("said");
    assert_eq!(owner.division.as_ref().map(DivisionCode::as_str), Some("350100"));
    let mut site = of(&[says(SITE, K::Ledger, 1, &[(A::Owner, "某公司")])]);
    settle(&mut site, owner.division.as_ref());
    assert_eq!(site.division, owner.division);
}

#[test]
fn what_bears_on_a_site() {
    let of = |text: &str| bearing(&entity(text)).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!(of("site:www.qinghe.gov.cn"), "host:www.qinghe.gov.cn domain:qinghe.gov.cn");
    assert_eq!(of("site:www.qinghe.gov.cn:8443"), "site:www.qinghe.gov.cn host:www.qinghe.gov.cn domain:qinghe.gov.cn");
    assert_eq!(of("site:www.qinghe.gov.cn/nyj"), "host:www.qinghe.gov.cn domain:qinghe.gov.cn");
    assert_eq!(of("site:192.0.2.7:8080"), "site:192.0.2.7 address:192.0.2.7");
    assert_eq!(of("mail:qinghe.gov.cn"), "host:qinghe.gov.cn domain:qinghe.gov.cn");
    assert_eq!(of("app:cn.gov.qinghe"), "");
}

fn any_claims() -> impl Strategy<Value = Vec<Held>> {
    let kinds = prop::sample::select(vec![K::Person, K::Icp, K::Ledger, K::Mark, K::Rdap, K::Discovery]);
    let said = prop::collection::vec(
        (
            prop::sample::select(vec![A::Owner, A::OwnerUscc, A::Name, A::State, A::StateSince, A::GrantLevel, A::GrantDocument]),
            prop::sample::select(vec!["甲局", "乙局", "91350100M000100Y43", "retired", "candidate", "L3", "2026-01-01"]),
        ),
        1..4,
    );
    let claim = (kinds, 0..4_i64, said, "[ab]?").prop_map(|(kind, since, said, name)| {
        let mut held = says(SITE, kind, since, &said);
        held.source.name = name.clone();
        held.claim.part = name;
        held
    });
    prop::collection::vec(claim, 1..6).prop_map(one_claim_per_part)
}

/// Stores hold one claim per entity, source and part; of several the first stays.
fn one_claim_per_part(claims: Vec<Held>) -> Vec<Held> {
    let mut seen = std::collections::BTreeSet::new();
    claims.into_iter().filter(|held| seen.insert((held.source.kind, held.source.name.clone(), held.claim.part.clone()))).collect()
}

proptest! {
    #[test]
    fn the_order_of_claims_never_matters(claims in any_claims(), turn in 0..6_usize) {
        let mut turned = claims.clone();
        let middle = turn % turned.len();
        turned.rotate_left(middle);
        prop_assert_eq!(of(&claims), of(&turned));
        turned.reverse();
        prop_assert_eq!(of(&claims), of(&turned));
    }

    #[test]
    fn what_a_person_says_is_in_force(claims in any_claims(), owner in "[甲乙丙]局") {
        let mut claims: Vec<Held> = claims.into_iter().filter(|held| held.source.kind != K::Person).collect();
        let before = in_force(&entity(SITE), &[], &claims, &[]);
        claims.push(says(SITE, K::Person, 0, &[(A::Owner, &owner)]));
        let truth = of(&claims);
        prop_assert_eq!(truth.get(A::Owner), Some(owner.as_str()));
        claims.pop();
        prop_assert_eq!(in_force(&entity(SITE), &[], &claims, &[]), before);
    }
}

proptest! {
    #[test]
    fn what_one_claim_tells_is_the_same_in_short_and_in_full(
        kind in proptest::sample::select(SourceKind::ALL),
        about in proptest::sample::select(vec![SITE, "app:cn.gov.x", "institution:~清河县教育局", "institution:11510903MB0000001A"]),
        said in proptest::collection::btree_map(
            proptest::sample::select(Attribute::ALL),
            proptest::sample::select(vec!["retired", "candidate", "510903", "91350100M000100Y43", "清河县教育局", "L1"]),
            1..8,
        ),
    ) {
        let said: Vec<(Attribute, &str)> = said.into_iter().collect();
        let claim = says(about, kind, 3, &said);
        let full = in_force(&claim.claim.entity, &[], std::slice::from_ref(&claim), &[]).expect("something is said");
        if let Some(sole) = sole(&claim) {
            prop_assert_eq!(sole.spelled_out(&claim), full.clone());
            prop_assert_eq!(&sole.name, full.get(A::Name).unwrap_or_default());
        }
    }
}

#[test]
fn an_ordinary_row_is_told_in_short_and_what_may_need_more_is_not() {
    assert!(sole(&says(SITE, K::Ledger, 1, &[(A::Name, "站"), (A::Owner, "清河县教育局"), (A::GrantLevel, "L1")])).is_some());
    assert!(sole(&says("institution:~清河县教育局", K::Roster, 1, &[(A::Division, "130534")])).is_some());
    for (kind, said) in [
        (K::Ledger, (A::Name, "站")),
        (K::Ledger, (A::Division, "130534")),
        // Only ledgers and persons grant.
        (K::Icp, (A::GrantLevel, "L1")),
    ] {
        let owner = (A::Owner, "清河县教育局");
        let said = if said.0 == A::Name { vec![said] } else { vec![owner, said] };
        assert_eq!(sole(&says(SITE, kind, 1, &said)), None, "{said:?}");
    }
}
