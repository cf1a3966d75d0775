//! Types and levels, with the traps of names and codes.

use model::institution::AdminLevel as L;
use model::institution::InstitutionType as T;

use super::*;

/// A code with these first eight characters and a check character that fits.
fn uscc(start: &str) -> Uscc {
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
        ("211300", "朝阳市"),
        ("220000", "吉林省"),
        ("220200", "吉林市"),
        ("321100", "镇江市"),
    ] {
        tree.add(code.parse().expect(code), name);
    }
    tree
}

fn type_of(name: &str) -> Option<T> {
    institution_type(&Signs { name, ..Signs::default() }).value
}

fn level_by(name: &str) -> Option<L> {
    level(&Signs { name, ..Signs::default() }, &tree()).value
}

#[test]
fn names_tell_types_and_traps_do_not_mislead() {
    for (name, expected) in [
        ("清河县人民政府", Some(T::PartyGovernment)),
        ("清河县教育局", Some(T::PartyGovernment)),
        ("河北省教育厅", Some(T::PartyGovernment)),
        ("中国共产党清河县委员会", Some(T::PartyGovernment)),
        ("中共清河县委宣传部", Some(T::PartyGovernment)),
        ("政协清河县委员会", Some(T::PartyGovernment)),
        ("清河县人民法院", Some(T::PartyGovernment)),
        ("清河县公安局城关派出所", Some(T::PartyGovernment)),
        ("国家发展和改革委员会", Some(T::PartyGovernment)),
        ("中华人民共和国财政部", Some(T::PartyGovernment)),
        ("清河经济开发区管理委员会", Some(T::PartyGovernment)),
        ("清河县人民政府国有资产监督管理委员会", Some(T::PartyGovernment)),
        ("紫金山公园管理委员会", None),
        ("河北省供销合作社联合社", Some(T::PartyGovernment)),
        ("葛仙庄镇供销社", None),
        ("清河县第一中学", Some(T::PublicInstitution)),
        ("清河县人民医院", Some(T::PublicInstitution)),
        ("清河县大数据服务中心", Some(T::PublicInstitution)),
        ("清河县公安局交通指挥中心", None),
        ("清河县综合行政执法大队", None),
        ("清河大学教务处", None),
        ("河北省总工会", Some(T::MassOrganisation)),
        ("清河县第一中学工会委员会", Some(T::Other)),
        ("共青团清河县委员会", Some(T::MassOrganisation)),
        ("清河县科学技术协会", Some(T::MassOrganisation)),
        ("清河县红十字会", Some(T::MassOrganisation)),
        ("清河县老科技工作者协会", Some(T::Other)),
        ("清河县羊绒协会", Some(T::Other)),
        ("清河县某某集团", Some(T::Other)),
        ("清河县城投有限公司", Some(T::Other)),
        ("葛仙庄镇某村村民委员会", Some(T::Other)),
        ("张三的博客", None),
        ("", None),
    ] {
        assert_eq!(type_of(name), expected, "{name}: {:?}", institution_type(&Signs { name, ..Signs::default() }));
    }
}

#[test]
fn stronger_evidence_goes_before_weaker_and_tells_who_disagrees() {
    let code = uscc("12130534");
    let signs = Signs { uscc: Some(&code), name: "清河县教育局", nature: Some("政府机关"), ..Signs::default() };
    let decision = institution_type(&signs);
    assert_eq!((decision.value, decision.by), (Some(T::PublicInstitution), Some(Step::Code)));
    assert_eq!(decision.against, [Step::Filing, Step::Name]);
    assert_eq!(decision.reasons.len(), 3);
    assert!(decision.reasons[0].zh.contains("12") && decision.reasons.iter().all(|reason| !reason.en.is_empty()));
    let signs = Signs { roster: (Some(T::PartyGovernment), None), ..signs };
    assert_eq!(institution_type(&signs).by, Some(Step::Roster));
    let signs = Signs { person: (Some(T::Other), None), ..signs };
    assert_eq!(institution_type(&signs).value, Some(T::Other));
}

#[test]
fn codes_that_tell_nothing_leave_it_to_the_next_step() {
    let other = uscc("19130534");
    let signs = Signs { uscc: Some(&other), ..Signs::default() };
    assert_eq!(institution_type(&signs).value, None, "19 is for a person to look at");
    let signs = Signs { mark: Some("public_institution"), ..signs };
    assert_eq!(institution_type(&signs).by, Some(Step::Mark));
    let union = uscc("81130534");
    let of = |name| institution_type(&Signs { uscc: Some(&union), name, ..Signs::default() }).value;
    assert_eq!(of("清河县总工会"), Some(T::MassOrganisation));
    assert_eq!(of("清河县第一中学工会"), Some(T::Other));
}

#[test]
fn a_domain_is_a_hint_and_never_the_evidence() {
    let decision = institution_type(&Signs { name: "某单位", domains: &["www.x.gov.cn"], ..Signs::default() });
    assert_eq!((decision.value, decision.by), (None, None));
    assert_eq!(decision.reasons.len(), 1);
    let company = institution_type(&Signs { name: "某某有限公司", domains: &["www.x.gov.cn"], ..Signs::default() });
    assert_eq!((company.value, company.against), (Some(T::Other), vec![Step::Domain]));
}

#[test]
fn levels_by_name() {
    for (name, expected) in [
        ("河北省教育厅", Some(L::Province)),
        ("邢台市教育局", Some(L::Prefecture)),
        ("清河县教育局", Some(L::County)),
        ("河北省清河县教育局", Some(L::County)),
        ("中共清河县委宣传部", Some(L::County)),
        ("北京市教育委员会", Some(L::Province)),
        ("北京市朝阳区教育委员会", Some(L::County)),
        ("镇江市教育局", Some(L::Prefecture)),
        ("清河县葛仙庄镇人民政府", Some(L::Township)),
        ("北京市朝阳区某街道办事处", Some(L::Township)),
        ("国家税务总局清河县税务局", Some(L::County)),
        ("国家税务总局", Some(L::Central)),
        ("中华人民共和国财政部", Some(L::Central)),
        ("清河经济开发区管理委员会", None),
        ("某单位", None),
    ] {
        assert_eq!(level_by(name), expected, "{name}");
    }
    let without_names = level(&Signs { name: "国家税务总局某地税务局", ..Signs::default() }, &Tree::default());
    assert_eq!(without_names.value, None, "a place could be there and not be seen");
}

#[test]
fn levels_by_code() {
    let of = |start: &str, name| {
        let code = uscc(start);
        level(&Signs { uscc: Some(&code), name, ..Signs::default() }, &tree())
    };
    assert_eq!(of("11100000", "某部").value, Some(L::Central));
    assert_eq!(of("11130000", "某厅").value, Some(L::Province));
    assert_eq!(of("11110100", "某局").value, Some(L::Province), "110100 is a group, no prefecture");
    assert_eq!(of("11429004", "某局").value, Some(L::County), "a county right under a province");
    assert_eq!(of("11130534", "清河县葛仙庄镇人民政府").value, Some(L::Township), "six digits end at the county");
    assert_eq!(of("11130500", "邢台经济开发区管理委员会").value, None, "only the roster tells the level of a zone");
    let conflict = of("11130500", "清河县教育局");
    assert_eq!((conflict.value, conflict.against), (Some(L::Prefecture), vec![Step::Name]));
    let site = level(&Signs { site_code: Some("bm07000001"), ..Signs::default() }, &tree());
    assert_eq!((site.value, site.by), (Some(L::Central), Some(Step::Filing)));
    let roster = Signs { roster: (None, Some(L::County)), name: "清河经济开发区管理委员会", ..Signs::default() };
    assert_eq!(level(&roster, &tree()).value, Some(L::County));
}

#[test]
fn every_rule_on_names_can_be_reached() {
    for (at, rule) in RULES.iter().enumerate() {
        assert!(!rule.zh.is_empty() && !rule.en.is_empty() && !rule.ends.is_empty());
        let has = rule.has.first().map_or("", String::as_str);
        let reached = rule.ends.iter().any(|ending| {
            let name = names::plain(&format!("{has}某某{ending}"));
            RULES.iter().position(|rule| rule.fits(&name)) == Some(at)
        });
        assert!(reached, "rule {at} ({}) is hidden by one before it", rule.zh);
    }
}
