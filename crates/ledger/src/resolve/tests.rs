//! Who is whose other name, and who must not be.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::ledger::claim::{Sameness, Sighting};
use model::uscc::Uscc;
use proptest::prelude::*;

use super::sites::{self, SiteProfile, Tenants};
use super::*;
use crate::signs::Shown;

fn code(start: &str) -> Uscc {
    let body = format!("{start}MB0000000");
    let mut codes = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().filter_map(|check| format!("{body}{check}").parse().ok());
    codes.next().expect("one check character fits")
}

fn tree() -> Tree {
    let mut tree = Tree::default();
    for (code, name) in [
        ("110000", "北京市"),
        ("110105", "朝阳区"),
        ("130000", "河北省"),
        ("130500", "邢台市"),
        ("130534", "清河县"),
        ("220000", "吉林省"),
        ("220104", "朝阳区"),
    ] {
        tree.add(code.parse().expect(code), name);
    }
    tree
}

fn division(code: &str) -> Option<DivisionCode> {
    Some(code.parse().expect(code))
}

fn named(name: &str) -> Profile {
    let entity = identity::institution(None, name).expect("a name");
    let names = vec![name.to_owned()];
    Profile { entity, names, short_names: Vec::new(), former_names: Vec::new(), told: None, division: None }
}

fn coded(start: &str, name: &str) -> Profile {
    let code = code(start);
    let entity = identity::institution(Some(&code), name).expect("a code");
    Profile { entity, division: code.division().parse().ok(), ..named(name) }
}

fn links_with(profiles: &[Profile], held: &[Link]) -> Vec<Link> {
    let tree = tree();
    let mut index = Index::new(&tree);
    profiles.iter().for_each(|profile| index.add(profile));
    index.links(held, Timestamp::UNIX_EPOCH)
}

/// Links in short: alias, entity, sameness.
fn links(profiles: &[Profile]) -> Vec<(String, String, Sameness)> {
    links_with(profiles, &[]).into_iter().map(|link| (link.alias.key, link.entity.key, link.sameness)).collect()
}

fn only(profiles: &[Profile]) -> Option<Sameness> {
    match links(profiles).as_slice() {
        [] => None,
        [(.., sameness)] => Some(*sameness),
        several => panic!("one pair: {several:?}"),
    }
}

#[test]
fn a_name_without_a_code_is_its_only_bearer() {
    let bearer = coded("11130534", "清河县教育局");
    let found = links(&[named("清河县 教育局"), bearer.clone()]);
    assert_eq!(found, [("~清河县教育局".into(), bearer.entity.key.clone(), Sameness::Same)]);
    let elsewhere = Profile { division: division("220104"), ..named("清河县教育局") };
    assert_eq!(only(&[elsewhere, bearer]), None, "divisions speak against it");
}

#[test]
fn a_code_that_a_source_tells_joins() {
    let bearer = coded("11130534", "清河县教育局");
    let alias = Profile { told: Some(code("11130534")), ..named("清河教育") };
    assert_eq!(only(&[alias.clone(), bearer]), Some(Sameness::Same));
    let twin = Profile { told: Some(code("11130534")), ..named("清河教育体育") };
    assert_eq!(only(&[alias, twin]), Some(Sameness::Same), "even when nobody is filed under the code");
}

#[test]
fn two_codes_are_never_joined() {
    let (one, two) = (coded("11130534", "清河县教育局"), coded("12130534", "清河县教育局"));
    assert_eq!(only(&[one.clone(), two.clone()]), Some(Sameness::Doubtful));
    assert_eq!(only(&[one.clone(), coded("11220104", "清河县教育局")]), None, "one name in two provinces");
    let found = links(&[named("清河县教育局"), one, two]);
    assert!(found.iter().all(|(.., sameness)| *sameness == Sameness::Doubtful) && found.len() == 3, "{found:?}");
}

#[test]
fn names_that_every_place_has_need_the_place() {
    let bearer = coded("11130534", "教育局");
    assert_eq!(only(&[named("教育局"), bearer.clone()]), Some(Sameness::Doubtful));
    let placed = Profile { division: division("130534"), ..named("教育局") };
    assert_eq!(only(&[placed, bearer]), Some(Sameness::Same));
    assert_eq!(only(&[named("清华大学"), coded("12100000", "清华大学")]), Some(Sameness::Same));
    assert_eq!(only(&[named("国家税务总局"), coded("11100000", "国家税务总局")]), Some(Sameness::Same));
}

#[test]
fn former_and_short_names() {
    let renamed =
        Profile { former_names: vec!["清河县环境保护局".into()], ..coded("11130534", "清河县生态环境分局") };
    assert_eq!(only(&[named("清河县环境保护局"), renamed.clone()]), Some(Sameness::Same));
    let other =
        Profile { former_names: vec!["清河县环境保护局".into()], ..coded("11130500", "邢台市生态环境局") };
    let found = links(&[named("清河县环境保护局"), renamed.clone(), other]);
    assert!(found.iter().all(|(.., sameness)| *sameness == Sameness::Doubtful) && found.len() == 2, "{found:?}");
    let today = coded("12130534", "清河县环境保护局");
    let found = links(&[named("清河县环境保护局"), renamed, today.clone()]);
    assert_eq!(found, [("~清河县环境保护局".into(), today.entity.key, Sameness::Same)], "someone bears the name today");
    let short = Profile { short_names: vec!["清河教体局".into()], ..coded("11130534", "清河县教育体育局") };
    assert_eq!(only(&[named("清河教体局"), short.clone()]), Some(Sameness::Doubtful));
    assert_eq!(only(&[Profile { division: division("130534"), ..named("清河教体局") }, short]), Some(Sameness::Same));
}

#[test]
fn places_before_the_name_and_abbreviations_are_doubtful() {
    let long = named("河北省清河县教育局");
    assert_eq!(only(&[long.clone(), named("清河县教育局")]), Some(Sameness::Doubtful));
    let both = [long, named("清河县教育局")].map(|profile| Profile { division: division("130534"), ..profile });
    assert_eq!(only(&both), Some(Sameness::Same), "both state the division");
    assert_eq!(only(&[named("北京市朝阳区教育局"), named("朝阳区教育局")]), Some(Sameness::Doubtful));
    assert_eq!(only(&[named("北京市朝阳区教育局"), named("吉林省朝阳区教育局")]), None);
    assert_eq!(only(&[named("清河县人社局"), named("清河县人力资源和社会保障局")]), Some(Sameness::Doubtful));
    assert_eq!(only(&[named("清河县人民政府"), named("清河县人民政府办公室")]), None);
}

fn person(alias: &Profile, entity: &Profile, sameness: Sameness) -> Link {
    let (alias, entity) = (alias.entity.clone(), entity.entity.clone());
    Link { alias, entity, sameness, reasons: Vec::new(), person: Some("甲".into()), at: Timestamp::UNIX_EPOCH }
}

#[test]
fn a_person_is_obeyed() {
    let (alias, bearer) = (named("清河县教育局"), coded("11130534", "清河县教育局"));
    let apart = person(&alias, &bearer, Sameness::Different);
    assert!(links_with(&[alias.clone(), bearer.clone()], &[apart]).is_empty());
    // Not even by way of a third name.
    let third = Profile { told: Some(code("11130534")), ..named("清河县教育体育局") };
    let apart = person(&third, &alias, Sameness::Different);
    let found = links_with(&[alias.clone(), bearer.clone(), third.clone()], &[apart]);
    let same: Vec<&Link> = found.iter().filter(|link| link.sameness == Sameness::Same).collect();
    assert_eq!(same.len(), 1, "{found:?}");
    let chosen = person(&bearer, &alias, Sameness::Same);
    assert!(links_with(&[alias, bearer], &[chosen]).is_empty(), "the person's link is there already");
}

#[test]
fn names_under_one_subject_number_are_doubtful() {
    let (one, two) = (coded("11130534", "清河县教育体育局"), named("清河县教育技术中心"));
    let find = |numbers: [&str; 2], profiles: [&Profile; 2]| {
        let tree = tree();
        let mut index = Index::new(&tree);
        index.filed(&profiles[0].entity, numbers[0]);
        profiles.iter().for_each(|profile| index.add(profile));
        index.filed(&profiles[1].entity, numbers[1]);
        index.filed(&named("不在台账的单位").entity, numbers[1]);
        index.links(&[], Timestamp::UNIX_EPOCH)
    };
    let found = find(["冀ICP备05000001号-1", "冀icp备05000001号-12"], [&one, &two]);
    assert_eq!((found.len(), found[0].sameness, &found[0].alias), (1, Sameness::Doubtful, &two.entity));
    assert!(found[0].reasons[0].zh.contains("同一 ICP 备案主体"), "{found:?}");
    assert!(find(["冀ICP备05000001号-1", "冀ICP备05000002号-1"], [&one, &two]).is_empty());
    let another = coded("12130534", "清河县教育技术中心");
    assert!(find(["冀ICP备05000001号-1", "冀ICP备05000001号-2"], [&one, &another]).is_empty(), "two codes are two bodies");
}

#[test]
fn reasons_are_told_in_both_languages() {
    let found = links_with(&[named("清河县教育局"), coded("11130534", "清河县教育局")], &[]);
    assert!(found[0].reasons[0].zh.contains("清河县教育局") && found[0].reasons[0].en.contains("清河县教育局"));
}

#[test]
fn links_are_read_as_one_name_each() {
    let [a, b, c] = ["甲", "乙", "丙"].map(named);
    let program = |alias, entity| Link { person: None, ..person(alias, entity, Sameness::Same) };
    let canon = Canon::new(&[program(&a, &b), program(&b, &c), program(&c, &a)]);
    let ends: BTreeSet<&EntityId> = [&a, &b, &c].map(|profile| canon.entity(&profile.entity)).into();
    assert_eq!(ends.len(), 1, "a circle ends somewhere");
    let canon = Canon::new(&[program(&a, &b), person(&a, &c, Sameness::Same)]);
    assert_eq!(canon.entity(&a.entity), &c.entity, "a person goes first");
    let canon = Canon::new(&[program(&a, &b), person(&b, &a, Sameness::Different)]);
    assert_eq!(canon.entity(&a.entity), &a.entity);
}

fn site(key: &str, owner: Option<&str>, addresses: &[&str], signs: &[&str]) -> SiteProfile {
    let read = |sign: &&str| Shown::read(sign).expect("a sign").sign;
    SiteProfile {
        entity: EntityId::new(EntityKind::Site, key),
        owner: owner.map(|owner| EntityId::new(EntityKind::Institution, owner)),
        addresses: addresses.iter().map(|address| address.parse().expect("an address")).collect(),
        signs: signs.iter().map(read).collect(),
    }
}

/// The hosts of the profiles that lead to addresses are all that do, and these others.
fn tenants(profiles: &[SiteProfile], others: &[(&str, &str)], shared: bool) -> BTreeMap<IpAddr, Tenants> {
    let known = profiles.iter().flat_map(|profile| {
        let host = profile.entity.key.split(['/', ':']).next().unwrap_or_default();
        profile.addresses.iter().map(move |address| (*address, host.to_owned()))
    });
    let others = others.iter().map(|(address, host)| (address.parse().expect("an address"), (*host).to_owned()));
    let mut found: BTreeMap<IpAddr, Tenants> = BTreeMap::new();
    for (address, host) in known.chain(others) {
        let tenants = found.entry(address).or_default();
        tenants.hosts.insert(host);
        tenants.shared = shared;
    }
    found
}

fn site_links_at(profiles: &[SiteProfile], others: &[(&str, &str)], shared: bool) -> Vec<Link> {
    sites::sites(profiles, &tenants(profiles, others, shared), &[], Timestamp::UNIX_EPOCH)
}

fn in_short(links: Vec<Link>) -> Vec<(String, String, Sameness)> {
    links.into_iter().map(|link| (link.alias.key, link.entity.key, link.sameness)).collect()
}

fn site_links(profiles: &[SiteProfile]) -> Vec<(String, String, Sameness)> {
    in_short(site_links_at(profiles, &[], false))
}

const TITLE: &str = "title 443 清河县人民政府";
const CERTIFICATE: &str = "certificate 5f01";

#[test]
fn one_site_with_and_without_www() {
    let (bare, www) = (site("x.gov.cn", None, &[], &[]), site("www.x.gov.cn", Some("~甲局"), &[], &[]));
    let found = site_links(&[bare.clone(), www.clone()]);
    assert_eq!(found, [("x.gov.cn".into(), "www.x.gov.cn".into(), Sameness::Same)]);
    let other = SiteProfile { owner: Some(EntityId::new(EntityKind::Institution, "~乙局")), ..bare };
    assert_eq!(site_links(&[other, www])[0].2, Sameness::Doubtful, "two owners");
    assert!(site_links(&[site("www.cn", None, &[], &[]), site("cn", None, &[], &[])]).is_empty());
    assert!(site_links(&[site("www.x.gov.cn/a", None, &[], &[]), site("x.gov.cn/b", None, &[], &[])]).is_empty());
}

#[test]
fn the_only_name_of_an_address_with_a_sign_is_its_name() {
    let named = site("www.x.gov.cn", Some("~甲局"), &["203.0.113.7"], &[TITLE]);
    let by_address = site("203.0.113.7", None, &[], &[TITLE]);
    let same = [("203.0.113.7".to_owned(), "www.x.gov.cn".to_owned(), Sameness::Same)];
    let found = site_links_at(&[by_address.clone(), named.clone()], &[], false);
    let reasons: Vec<&str> = found[0].reasons.iter().map(|reason| reason.zh.as_str()).collect();
    assert_eq!(reasons, ["只发现 www.x.gov.cn 的主机解析到 203.0.113.7 的地址", "标题或名称相同：清河县人民政府"]);
    assert!(found[0].reasons.iter().all(|reason| reason.en.is_ascii() || reason.en.contains("清河县")));
    assert_eq!(in_short(found), same);
    // With and without www is one name.
    let bare = site("x.gov.cn", None, &["203.0.113.7"], &[]);
    let found = site_links(&[by_address.clone(), named.clone(), bare]);
    assert!(found.iter().all(|(.., sameness)| *sameness == Sameness::Same) && found.len() == 2, "{found:?}");
    // Port and path are part of what a site is.
    let with_port = |host: &str, addresses: &[&str]| site(&format!("{host}:8443/oa"), None, addresses, &[CERTIFICATE]);
    let found = site_links(&[with_port("203.0.113.7", &[]), with_port("oa.x.gov.cn", &["203.0.113.7"])]);
    assert_eq!(found, [("203.0.113.7:8443/oa".into(), "oa.x.gov.cn:8443/oa".into(), Sameness::Same)]);
    assert!(site_links(&[with_port("203.0.113.7", &[]), named.clone()]).is_empty());
    let v6 = [site("2001:db8::7", None, &[], &[CERTIFICATE]), site("y.gov.cn", None, &["2001:db8::7"], &[CERTIFICATE])];
    assert_eq!(site_links(&v6)[0].2, Sameness::Same);
}

#[test]
fn one_weak_sign_alone_is_doubtful() {
    let by_address = site("203.0.113.7", None, &[], &[TITLE, "icon 443 -99"]);
    let bare_name = site("www.x.gov.cn", None, &["203.0.113.7"], &[]);
    let icon_alone = site("www.x.gov.cn", None, &["203.0.113.7"], &["icon 443 -99"]);
    for named in [bare_name, icon_alone] {
        assert_eq!(site_links(&[by_address.clone(), named])[0].2, Sameness::Doubtful);
    }
    let stranger = site("203.0.113.7", Some("~乙局"), &[], &[TITLE]);
    let named = site("www.x.gov.cn", Some("~甲局"), &["203.0.113.7"], &[TITLE]);
    let found = site_links_at(&[stranger, named], &[], false);
    assert_eq!(found[0].sameness, Sameness::Doubtful);
    assert!(found[0].reasons.iter().any(|reason| reason.zh.contains("开办单位不同")), "{found:?}");
    let title_alone = site("www.x.gov.cn", None, &["198.51.100.9"], &[TITLE]);
    assert!(site_links(&[by_address.clone(), title_alone]).is_empty(), "it leads elsewhere");
    // The server behind a CDN.
    let behind = site("203.0.113.7", None, &[], &[TITLE, CERTIFICATE]);
    let named = site("www.x.gov.cn", None, &["198.51.100.9"], &[TITLE, CERTIFICATE]);
    assert_eq!(site_links(&[behind, named])[0].2, Sameness::Doubtful);
}

#[test]
fn an_address_that_several_share_joins_nothing() {
    let by_address = site("203.0.113.7", None, &[], &[TITLE]);
    let named = site("www.x.gov.cn", None, &["203.0.113.7"], &[TITLE]);
    let pair = [by_address.clone(), named.clone()];
    let found = in_short(site_links_at(&pair, &[("203.0.113.7", "www.unlisted.com")], false));
    assert_eq!(found[0].2, Sameness::Doubtful, "a host that no register lists counts too");
    assert!(site_links_at(&pair, &[], true).is_empty(), "a CDN");
    let many: Vec<String> = (0..9).map(|number| format!("h{number}.com")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|host| ("203.0.113.7", host.as_str())).collect();
    assert!(site_links_at(&pair, &many, false).is_empty(), "shared hosting");
    // Of two names the one that shows the same is offered.
    let other = site("www.y.gov.cn", None, &["203.0.113.7"], &[]);
    let found = site_links(&[by_address, named, other]);
    assert_eq!(found, [("203.0.113.7".into(), "www.x.gov.cn".into(), Sameness::Doubtful)]);
    for own in ["10.0.0.1", "192.168.1.1:8080", "127.0.0.1", "100.64.0.1", "fd00::1", "not.an.address.cn"] {
        assert_eq!(sites::address_of(&EntityId::new(EntityKind::Site, own)), None, "{own}");
    }
}

#[test]
fn a_host_that_has_moved_leads_there_no_more() {
    let day = |day: i64| Timestamp::from_second(1_700_000_000 + day * 86_400).expect("in range");
    let seen = |what: &str, first, last| Sighting {
        asset: EntityId::new(EntityKind::Host, "www.x.gov.cn"),
        what: what.into(),
        first: day(first),
        last: day(last),
    };
    let sightings = [
        seen("A 203.0.113.7", 0, 10),
        seen("A 203.0.113.8", 11, 200),
        seen("AAAA 2001:db8::8", 150, 190),
        seen("title 8080 清河县办公系统", 0, 200),
        seen("title 80 清河县人民政府", 0, 200),
    ];
    let profile = SiteProfile::of(&EntityId::new(EntityKind::Site, "www.x.gov.cn"), None, [], &sightings);
    assert_eq!(profile, site("www.x.gov.cn", None, &["203.0.113.8", "2001:db8::8"], &[TITLE]));
}

#[test]
fn ranges_over_an_address_are_named_as_lists_name_them() {
    let ranges = |address: &str| sites::ranges_over(address.parse().expect("an address"));
    let key = |key: &str| EntityId::new(EntityKind::Network, key);
    assert!(ranges("203.0.113.7").contains(&key("203.0.113.0/24")) && ranges("203.0.113.7").contains(&key("203.0.113.7/32")));
    assert!(ranges("2001:db8:1::7").contains(&key("2001:db8::/32")) && ranges("203.0.113.7").contains(&key("203.0.0.0/8")));
}

fn any_sites() -> impl Strategy<Value = Vec<SiteProfile>> {
    let keys =
        || prop::sample::select(vec!["203.0.113.7", "203.0.113.8", "x.gov.cn", "www.x.gov.cn", "y.gov.cn", "203.0.113.7:8443"]);
    let owners = prop::sample::select(vec![None, None, Some("~甲局"), Some("~乙局")]);
    let addresses = prop::sample::subsequence(vec!["203.0.113.7", "203.0.113.8"], 0..=2);
    let signs = prop::sample::subsequence(vec![TITLE, CERTIFICATE, "icon 443 -99"], 0..=3);
    let profile = (keys(), owners, addresses, signs).prop_map(|(key, owner, addresses, signs)| {
        let by_address = key.starts_with("203");
        site(key, owner, if by_address { &[] } else { &addresses }, &signs)
    });
    prop::collection::vec(profile, 0..7).prop_map(|profiles| {
        let unique: BTreeMap<EntityId, SiteProfile> =
            profiles.into_iter().map(|profile| (profile.entity.clone(), profile)).collect();
        unique.into_values().collect()
    })
}

fn any_profiles() -> impl Strategy<Value = Vec<Profile>> {
    let names = || {
        prop::sample::select(vec![
            "清河县教育局",
            "河北省清河县教育局",
            "清河县教育体育局",
            "清河县教体局",
            "教育局",
            "朝阳区教育局",
            "北京市朝阳区教育局",
        ])
    };
    let starts = prop::sample::select(vec!["", "", "11130534", "12130534", "11110105"]);
    let divisions = prop::sample::select(vec!["", "", "130534", "110105"]);
    let told = prop::sample::select(vec!["", "", "", "11130534", "12130534"]);
    let profile = (names(), starts, divisions, told, prop::option::of(names()), prop::option::of(names()));
    let profile = profile.prop_map(|(name, start, place, told, former, short)| {
        let profile = if start.is_empty() { named(name) } else { coded(start, name) };
        let division = if place.is_empty() { profile.division } else { division(place) };
        let told = (start.is_empty() && !told.is_empty()).then(|| code(told));
        let (former_names, short_names) =
            (former.into_iter().map(str::to_owned).collect(), short.into_iter().map(str::to_owned).collect());
        Profile { division, told, former_names, short_names, ..profile }
    });
    prop::collection::vec(profile, 0..9).prop_map(|profiles| {
        let unique: BTreeMap<EntityId, Profile> = profiles.into_iter().map(|profile| (profile.entity.clone(), profile)).collect();
        unique.into_values().collect()
    })
}

proptest! {
    #[test]
    fn sites_join_in_any_order_and_never_two_owners(profiles in any_sites(), turn in 0..7_usize) {
        let found = site_links_at(&profiles, &[], false);
        let mut turned = profiles.clone();
        if !turned.is_empty() {
            let middle = turn % turned.len();
            turned.rotate_left(middle);
        }
        turned.reverse();
        prop_assert_eq!(&found, &site_links_at(&turned, &[], false));
        let again = sites::sites(&profiles, &tenants(&profiles, &[], false), &found, Timestamp::UNIX_EPOCH);
        prop_assert_eq!(&found, &again);
        let of = |entity: &EntityId| profiles.iter().find(|profile| profile.entity == *entity).expect("a profile");
        for link in found.iter().filter(|link| link.sameness == Sameness::Same) {
            let (alias, entity) = (of(&link.alias), of(&link.entity));
            prop_assert!(alias.owner.is_none() || entity.owner.is_none() || alias.owner == entity.owner);
            prop_assert!(!link.reasons.is_empty());
            if sites::address_of(&link.alias).is_some() {
                prop_assert!(alias.signs.iter().any(|sign| sign.is_telling()));
            }
        }
    }

    #[test]
    fn order_never_matters_and_nobody_is_the_alias_of_two(
        profiles in any_profiles(),
        turn in 0..9_usize,
        persons in prop::collection::vec((0..9_usize, 0..9_usize, prop::bool::ANY), 0..3),
    ) {
        let held: Vec<Link> = persons
            .into_iter()
            .filter_map(|(one, other, same)| {
                let (one, other) = (profiles.get(one)?, profiles.get(other)?);
                let sameness = if same { Sameness::Same } else { Sameness::Different };
                (one.entity != other.entity).then(|| person(one, other, sameness))
            })
            .collect();
        let found = links_with(&profiles, &held);
        let mut turned = profiles.clone();
        if !turned.is_empty() {
            let middle = turn % turned.len();
            turned.rotate_left(middle);
        }
        turned.reverse();
        prop_assert_eq!(&found, &links_with(&turned, &held));
        // What the program made before changes nothing.
        let again: Vec<Link> = held.iter().chain(&found).cloned().collect();
        prop_assert_eq!(&found, &links_with(&profiles, &again));
        let same: Vec<&Link> = found.iter().filter(|link| link.sameness == Sameness::Same).collect();
        let aliases: BTreeSet<&EntityId> = same.iter().map(|link| &link.alias).collect();
        prop_assert_eq!(aliases.len(), same.len(), "an alias of two");
        prop_assert!(found.iter().all(|link| link.alias != link.entity && !link.reasons.is_empty()));
        let codes_joined = same.iter().any(|link| !link.alias.key.starts_with('~') && !link.entity.key.starts_with('~'));
        prop_assert!(!codes_joined || !held.is_empty(), "two codes were joined");
        // Every chain ends, and in few steps.
        let canon = Canon::new(&again);
        for link in &same {
            prop_assert_eq!(canon.entity(&link.alias), canon.entity(&link.entity));
        }
    }
}
