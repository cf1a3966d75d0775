//! What a site and its institution are, from the ledger entry.

use model::facts::register::Register;
use model::institution::{AdminLevel, Institution, InstitutionType, SiteRole};
use model::name::HostName;
use model::text;
use model::verdict::{Judgement, Undetermined};
use model::view::View;

/// What an organ is within the state, as far as its name and level tell. The notice 国办函〔2018〕55号 has a form of name for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Organ {
    /// A people's government at county level or above, or its general office, which runs the portal.
    Government,
    /// A township's government or a sub-district office.
    Township,
    /// A committee that administers a development zone for a government (派出机构).
    Outpost,
    /// A department of a government or of the State Council.
    Department,
    /// No part of the administration: party, people's congress, political consultative conference, supervision, courts, procuratorates.
    NotAdministrative,
}

/// The host in the site's registered address.
///
/// # Errors
/// When the registered address holds no host name.
pub fn host(register: &Register) -> Result<&HostName, Undetermined> {
    register.application.host.as_ref().ok_or_else(|| {
        let address = &register.application.address;
        Undetermined::ambiguous(text!(
            zh: "登记地址“{address}”中没有可识别的域名",
            en: "the registered address \"{address}\" holds no host name"
        ))
    })
}

/// The answer of rules that bind 党政机关 alone, for everyone else.
pub fn not_an_organ(kind: InstitutionType) -> Judgement {
    let label = kind.label();
    let (zh, en) = (label.zh, label.en);
    Judgement::not_applicable(text!(
        zh: "开办单位为{zh}，本条只约束党政机关",
        en: "the owner is: {en}; this duty binds party and government organs only"
    ))
}

/// The answer of rules that bind 机关事业单位 alone, for everyone else.
pub fn not_bound(kind: InstitutionType) -> Judgement {
    let label = kind.label();
    let (zh, en) = (label.zh, label.en);
    Judgement::not_applicable(text!(
        zh: "开办单位为{zh}，本条只约束机关事业单位",
        en: "the owner is: {en}; this duty binds organs and public institutions only"
    ))
}

/// The answer of rules on all 互联网政务应用 for a site that is known to be none, since its owner is no 机关事业单位 (Art. 2). A site
/// whose owner is not known is judged.
pub fn no_application(view: &View<'_>) -> Option<Judgement> {
    let kind = view.institution_type().ok()?;
    (!kind.is_bound()).then(|| not_bound(kind))
}

/// The answer of rules that bind a site of its own, for an entry that is a page or column on a platform; `None` for a site of its own.
pub fn column(register: &Register) -> Option<Judgement> {
    let site = &register.application;
    let address = &site.address;
    (!site.path.is_empty()).then(|| {
        Judgement::not_applicable(text!(
            zh: "登记地址 {address} 是网站平台上的网页、栏目，不是单独建设的网站",
            en: "the registered address {address} is a page or column on a platform, not a site of its own"
        ))
    })
}

/// Whether the site is its institution's portal (门户网站): as registered, else by its form: the root of `www.` or of the registrable
/// domain is one, a column is none. `None` for other sites whose role is not registered.
pub fn portal(register: &Register) -> Option<bool> {
    let site = &register.application;
    if let Some(role) = site.role {
        return Some(role == SiteRole::Portal);
    }
    if !site.path.is_empty() {
        return Some(false);
    }
    let host = site.host.as_ref()?;
    let apex = host.registrable.as_deref();
    (apex == Some(host.ascii.as_str()) || host.ascii.strip_prefix("www.") == apex).then_some(true)
}

/// The role of a site is not registered, and its form does not tell it.
pub fn portal_unknown(host: &HostName) -> Undetermined {
    let name = &host.unicode;
    Undetermined::ambiguous(text!(
        zh: "台账未登记 {name} 是否为门户网站",
        en: "the ledger does not say whether {name} is the portal"
    ))
}

/// True of a 政府网站 in the sense of the guideline 国办发〔2017〕47号: a government's, its department's or its committee's, and that of
/// a 事业单位 with administrative duties.
pub fn runs_government_site(institution: &Institution) -> bool {
    match institution.kind {
        Some(InstitutionType::PartyGovernment) => organ(institution) != Organ::NotAdministrative,
        Some(InstitutionType::PublicInstitution) => institution.administrative_duties == Some(true),
        _ => false,
    }
}

/// What a 党政机关 is within the state, by its name; its level tells a township where the name does not.
pub fn organ(institution: &Institution) -> Organ {
    let name = institution.name.as_str();
    let body = name.strip_suffix("办公室").or_else(|| name.strip_suffix("办公厅")).unwrap_or(name);
    let ends = |endings: &[&str]| endings.iter().any(|ending| body.ends_with(ending));
    let outside = OUTSIDE_STARTS.iter().any(|word| name.starts_with(word))
        || OUTSIDE_WORDS.iter().any(|word| name.contains(word))
        || OUTSIDE_ENDS.iter().any(|word| name.ends_with(word));
    if outside {
        Organ::NotAdministrative
    } else if institution.level == Some(AdminLevel::Township) || ends(TOWNSHIP_ENDS) {
        Organ::Township
    } else if ends(&["人民政府", "行政公署"]) {
        Organ::Government
    } else if ends(&["管理委员会", "管委会"]) && ZONE_WORDS.iter().any(|word| name.contains(word)) {
        Organ::Outpost
    } else {
        Organ::Department
    }
}

/// True when the name is one of the services that State Council departments run down to the county (垂直管理).
pub fn is_vertically_managed(institution: &Institution) -> bool {
    VERTICAL_WORDS.iter().any(|word| institution.name.contains(word))
}

const OUTSIDE_STARTS: &[&str] = &["中共", "中国共产党", "最高人民"];

const OUTSIDE_WORDS: &[&str] = &[
    "人民代表大会",
    "人大常委会",
    "政治协商会议",
    "政协",
    "纪律检查委员会",
    "监察委员会",
    "机构编制委员会",
    "党委",
    "党工委",
    "省委",
    "市委",
    "县委",
    "区委",
    "州委",
    "旗委",
];

const OUTSIDE_ENDS: &[&str] =
    &["法院", "检察院", "宣传部", "组织部", "统战部", "统一战线工作部", "社会工作部", "政法委员会", "政法委"];

const TOWNSHIP_ENDS: &[&str] = &["镇人民政府", "乡人民政府", "苏木人民政府", "街道办事处", "街道"];

const ZONE_WORDS: &[&str] =
    &["开发区", "新区", "园区", "保税区", "示范区", "试验区", "合作区", "管理区", "高新区", "经开区", "风景名胜区", "度假区"];

const VERTICAL_WORDS: &[&str] = &[
    "税务局",
    "海关",
    "气象局",
    "调查总队",
    "调查队",
    "烟草专卖局",
    "邮政管理局",
    "地震局",
    "消防救援",
    "海事局",
    "通信管理局",
    "边防检查",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organs_are_told_apart_by_name() {
        let named = |name: &str| organ(&Institution { name: name.into(), ..Institution::default() });
        for (name, expected) in [
            ("清河县人民政府", Organ::Government),
            ("清河县人民政府办公室", Organ::Government),
            ("四川省人民政府办公厅", Organ::Government),
            ("景德镇市人民政府", Organ::Government),
            ("清河县柳林镇人民政府", Organ::Township),
            ("清河市东关街道办事处", Organ::Township),
            ("清河经济开发区管理委员会", Organ::Outpost),
            ("清河自由贸易试验区管理委员会", Organ::Outpost),
            ("清河县农业农村局", Organ::Department),
            ("四川省人民政府国有资产监督管理委员会", Organ::Department),
            ("清河市人民政府外事办公室", Organ::Department),
            ("宁波市卫生健康委员会", Organ::Department),
            ("国务院国有资产监督管理委员会", Organ::Department),
            ("中共清河县委宣传部", Organ::NotAdministrative),
            ("清河县人民代表大会常务委员会", Organ::NotAdministrative),
            ("清河县人民法院", Organ::NotAdministrative),
            ("中国人民政治协商会议清河县委员会", Organ::NotAdministrative),
        ] {
            assert_eq!(named(name), expected, "{name}");
        }
    }

    #[test]
    fn the_level_tells_a_township() {
        let office = Institution { name: "柳林财政所".into(), level: Some(AdminLevel::Township), ..Institution::default() };
        assert_eq!(organ(&office), Organ::Township);
    }
}
