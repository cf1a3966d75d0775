//! Who is whose other name, and who must not be.

use std::collections::{BTreeMap, BTreeSet};

use model::ledger::claim::Sameness;
use model::uscc::Uscc;
use proptest::prelude::*;

use super::*;

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
    let entity = crate::identity::institution(None, name).expect("a name");
    let names = vec![name.to_owned()];
    Profile { entity, names, short_names: Vec::new(), former_names: Vec::new(), told: None, division: None }
}

fn coded(start: &str, name: &str) -> Profile {
    let code = code(start);
    let entity = crate::identity::institution(Some(&code), name).expect("a code");
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

fn site(key: &str, owner: Option<&str>, addresses: &[&str]) -> SiteProfile {
    SiteProfile {
        entity: EntityId::new(EntityKind::Site, key),
        owner: owner.map(|owner| EntityId::new(EntityKind::Institution, owner)),
        addresses: addresses.iter().map(|address| address.parse().expect("an address")).collect(),
    }
}

fn site_links(profiles: &[SiteProfile]) -> Vec<(String, String, Sameness)> {
    let found = sites(profiles, &[], Timestamp::UNIX_EPOCH);
    found.into_iter().map(|link| (link.alias.key, link.entity.key, link.sameness)).collect()
}

#[test]
fn one_site_under_several_addresses() {
    let (bare, www) = (site("x.gov.cn", None, &["192.0.2.7"]), site("www.x.gov.cn", Some("~甲局"), &["192.0.2.7"]));
    let found = site_links(&[bare.clone(), www.clone()]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].2, Sameness::Same);
    let other = SiteProfile { owner: Some(EntityId::new(EntityKind::Institution, "~乙局")), ..bare };
    assert_eq!(site_links(&[other.clone(), www.clone()])[0].2, Sameness::Doubtful, "two owners");
    let by_address = site("192.0.2.7", None, &[]);
    let found = site_links(&[by_address.clone(), www.clone()]);
    assert_eq!(found, [("192.0.2.7".into(), "www.x.gov.cn".into(), Sameness::Same)]);
    let shared = site("www.y.gov.cn", None, &["192.0.2.7"]);
    assert!(site_links(&[by_address, www, shared]).iter().all(|(.., sameness)| *sameness == Sameness::Doubtful));
    assert!(site_links(&[site("www.cn", None, &[]), site("cn", None, &[])]).is_empty());
    assert!(site_links(&[site("www.x.gov.cn/a", None, &[]), site("x.gov.cn/b", None, &[])]).is_empty());
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
