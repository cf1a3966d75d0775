//! The type and level of an institution, by the strongest evidence there is, with the reasons.
//!
//! The order: a person, the roster, the unified social credit code, the official mark, the ICP filing, the name, the domain. Invariant: what
//! no step tells stays unknown, and the domain alone never decides, since whether it fits the type is what is judged.

use std::sync::LazyLock;

use model::institution::{AdminLevel, DivisionCode, InstitutionType};
use model::text;
use model::text::{Label, Text};
use model::uscc::Uscc;
use serde::Deserialize;

use crate::divisions::{self, Tree};
use crate::names;

/// A step of the decision, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A person decided.
    Person,
    /// The staffing office's roster.
    Roster,
    /// The unified social credit code.
    Code,
    /// The official mark.
    Mark,
    /// The ICP filing, or a government-site code.
    Filing,
    /// The name.
    Name,
    /// The suffix of its domains.
    Domain,
}

impl Step {
    /// The step in words.
    pub fn label(self) -> Label {
        let (zh, en) = match self {
            Self::Person => ("人工确认", "a person's decision"),
            Self::Roster => ("机构编制名册", "the roster"),
            Self::Code => ("统一社会信用代码", "the unified social credit code"),
            Self::Mark => ("网上标识", "the official mark"),
            Self::Filing => ("备案信息", "the filing"),
            Self::Name => ("单位名称", "the name"),
            Self::Domain => ("域名后缀", "the domain suffix"),
        };
        Label { zh, en }
    }
}

/// What is known of an institution. Leave out what is not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs<'a> {
    /// Type and level by a person.
    pub person: (Option<InstitutionType>, Option<AdminLevel>),
    /// Type and level by the roster.
    pub roster: (Option<InstitutionType>, Option<AdminLevel>),
    /// Code.
    pub uscc: Option<&'a Uscc>,
    /// Class of its mark: `party_government` or `public_institution`.
    pub mark: Option<&'a str>,
    /// 主办单位性质 in its ICP filing.
    pub nature: Option<&'a str>,
    /// Government-site code: ten characters, `bm` or six digits of a division first.
    pub site_code: Option<&'a str>,
    /// Name.
    pub name: &'a str,
    /// Division by a register.
    pub division: Option<&'a DivisionCode>,
    /// Its domains in A-label form.
    pub domains: &'a [&'a str],
}

/// A decision and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<T> {
    /// What was decided; `None` when it stays unknown.
    pub value: Option<T>,
    /// The step that decided.
    pub by: Option<Step>,
    /// What each step said, the deciding one first.
    pub reasons: Vec<Text>,
    /// Steps that say otherwise.
    pub against: Vec<Step>,
}

/// What a step says: a value or nothing, and why.
type Said<T> = (Step, Option<T>, Text);

/// The first step with a value decides; of those behind it, all that say something are told.
fn decide<T: Copy + PartialEq>(steps: Vec<Said<T>>) -> Decision<T> {
    let deciding = steps.iter().position(|(step, value, _)| value.is_some() && *step != Step::Domain);
    let value = deciding.and_then(|at| steps[at].1);
    let by = deciding.map(|at| steps[at].0);
    let against = steps.iter().filter(|(_, said, _)| value.is_some() && said.is_some() && *said != value);
    let against = against.map(|(step, ..)| *step).collect();
    let first = deciding.map(|at| steps[at].2.clone());
    let others = steps.iter().enumerate().filter(|(at, _)| Some(*at) != deciding).map(|(_, (.., reason))| reason.clone());
    Decision { value, by, reasons: first.into_iter().chain(others).collect(), against }
}

/// The type of an institution.
pub fn institution_type(signs: &Signs<'_>) -> Decision<InstitutionType> {
    let mut steps = Vec::new();
    for (step, told) in [(Step::Person, signs.person.0), (Step::Roster, signs.roster.0)] {
        steps.extend(told.map(|kind| (step, Some(kind), says(step, kind.label()))));
    }
    steps.extend(signs.uscc.map(by_code));
    steps.extend(signs.mark.and_then(by_mark));
    steps.extend(signs.nature.and_then(by_nature));
    steps.extend(by_name(signs.name));
    steps.extend(by_domain(signs.domains));
    decide(steps)
}

fn says(step: Step, value: Label) -> Text {
    let step = step.label();
    Text::new(format!("{}：{}", step.zh, value.zh), format!("{}: {}", step.en, value.en))
}

fn by_code(uscc: &Uscc) -> Said<InstitutionType> {
    let kind = uscc.institution_type();
    let start = &uscc.as_str()[..2];
    let reason = match kind {
        Some(kind) => {
            let label = kind.label();
            let (zh, en) = (label.zh, label.en);
            text!(zh: "统一社会信用代码以 {start} 开头：{zh}", en: "the code begins with {start}: {en}")
        }
        None if start == "19" => text!(
            zh: "统一社会信用代码以 19 开头，为机构编制部门登记的其他单位，不能判断类型",
            en: "the code begins with 19, other bodies registered by the staffing office: it does not tell the type",
        ),
        None => text!(
            zh: "统一社会信用代码以 {start} 开头，为工会登记，总工会与基层工会须由名称区分",
            en: "the code begins with {start}, a trade union: the name tells federations from unions of a workplace",
        ),
    };
    (Step::Code, kind, reason)
}

fn by_mark(class: &str) -> Option<Said<InstitutionType>> {
    let kind = match class {
        "party_government" => InstitutionType::PartyGovernment,
        "public_institution" => InstitutionType::PublicInstitution,
        _ => return None,
    };
    Some((Step::Mark, Some(kind), says(Step::Mark, kind.label())))
}

/// 主办单位性质 as filings write it, or one of our own words.
fn by_nature(nature: &str) -> Option<Said<InstitutionType>> {
    use InstitutionType as T;
    let kind = match nature.trim() {
        "政府机关" | "党政机关" | "国家机关" | "机关" | "party_government" => T::PartyGovernment,
        "事业单位" | "public_institution" => T::PublicInstitution,
        "群团机关" | "群团组织" | "群众团体" | "mass_organisation" => T::MassOrganisation,
        "企业" | "个人" | "社会团体" | "民办非企业单位" | "民办非企业" | "基金会" | "律师执业机构" | "other" => {
            T::Other
        }
        _ => return None,
    };
    let label = kind.label();
    let nature: String = nature.trim().chars().take(20).collect();
    let (zh, en) = (label.zh, label.en);
    Some((
        Step::Filing,
        Some(kind),
        text!(zh: "备案主办单位性质为“{nature}”：{zh}", en: "the filing calls its owner {nature}: {en}"),
    ))
}

fn by_domain(domains: &[&str]) -> Option<Said<InstitutionType>> {
    let ends = |suffixes: &[&str]| domains.iter().any(|domain| suffixes.iter().any(|suffix| domain.ends_with(suffix)));
    let (kind, shown) = if ends(&[".gov.cn", ".xn--zfr164b"]) {
        (InstitutionType::PartyGovernment, ".gov.cn / .政务")
    } else if ends(&[".edu.cn", ".ac.cn", ".xn--55qw42g"]) {
        (InstitutionType::PublicInstitution, ".edu.cn / .ac.cn / .公益")
    } else {
        return None;
    };
    let label = kind.label();
    let (zh, en) = (label.zh, label.en);
    let reason = text!(
        zh: "域名后缀 {shown} 提示为{zh}，仅供参考，不作依据",
        en: "the suffix {shown} suggests a {en}; a hint, never the evidence",
    );
    Some((Step::Domain, Some(kind), reason))
}

/// A rule on names, as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    ends: Vec<String>,
    #[serde(default)]
    has: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
    r#type: Option<InstitutionType>,
    zh: String,
    en: String,
}

impl Rule {
    fn fits(&self, name: &str) -> bool {
        let has = |parts: &[String]| parts.iter().any(|part| name.contains(part.as_str()));
        self.ends.iter().any(|ending| name.ends_with(ending.as_str()))
            && (self.has.is_empty() || has(&self.has))
            && !has(&self.not)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rule: Vec<Rule>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(rules);

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
fn rules() -> Vec<Rule> {
    let rules: Rules = toml::from_str(include_str!("../data/institution-names.toml")).expect("the rules on names can be read");
    rules.rule
}

fn by_name(name: &str) -> Option<Said<InstitutionType>> {
    let plain = names::without_brackets(&names::plain(name));
    let rule = RULES.iter().find(|rule| rule.fits(&plain))?;
    let ending = rule.ends.iter().filter(|ending| plain.ends_with(ending.as_str())).max_by_key(|ending| ending.len())?;
    let (zh, en) = (&rule.zh, &rule.en);
    Some((Step::Name, rule.r#type, text!(zh: "名称以“{ending}”结尾：{zh}", en: "the name ends in {ending}: {en}")))
}

/// The level of an institution. `tree` finds the place in its name.
pub fn level(signs: &Signs<'_>, tree: &Tree) -> Decision<AdminLevel> {
    let mut steps = Vec::new();
    for (step, told) in [(Step::Person, signs.person.1), (Step::Roster, signs.roster.1)] {
        steps.extend(told.map(|level| (step, Some(level), says(step, level.label()))));
    }
    let plain = names::without_brackets(&names::plain(signs.name));
    if is_of_zone(&plain) {
        let reason = text!(
            zh: "开发区、新区管理委员会及其部门的层级以名册为准，代码和名称不能判断",
            en: "the level of a development zone's committee and its departments is for the roster to tell, not for code or name",
        );
        steps.push((Step::Name, None, reason));
        return decide(steps);
    }
    let township = township_word(&plain);
    let coded = [
        (Step::Code, signs.uscc.and_then(|uscc| uscc.division().parse().ok())),
        (Step::Filing, signs.site_code.and_then(site_division)),
        (Step::Filing, signs.division.cloned()),
    ];
    for (step, code) in coded {
        steps.extend(code.map(|code| by_division(step, &code, township)));
    }
    steps.extend(level_by_name(&plain, township, tree));
    decide(steps)
}

/// True of the administrative committees of development zones and what is below them.
fn is_of_zone(plain: &str) -> bool {
    let zone = ["开发区", "高新区", "经开区", "新区", "园区", "保税区", "示范区", "度假区", "试验区"]
        .iter()
        .any(|zone| plain.contains(zone));
    zone && (plain.contains("管理委员会") || plain.contains("管委会"))
}

/// The word that makes a body one of a township, which the six digits of codes cannot tell.
fn township_word(plain: &str) -> Option<&'static str> {
    // 镇江市教育局 and 乡村振兴局 have the words elsewhere.
    ["镇人民政府", "乡人民政府", "街道办事处", "苏木人民政府", "镇政府", "乡政府", "镇委", "乡委", "街道工委", "镇人大", "乡人大"]
        .into_iter()
        .find(|word| plain.contains(word))
}

/// The division in a government-site code; `100000` for those of departments of the State Council.
fn site_division(code: &str) -> Option<DivisionCode> {
    if code.starts_with("bm") { "100000".parse().ok() } else { code.get(..6)?.parse().ok() }
}

fn by_division(step: Step, code: &DivisionCode, township: Option<&str>) -> Said<AdminLevel> {
    let label = step.label();
    let (zh, en) = (label.zh, label.en);
    let level = level_of(code);
    match township.filter(|_| level == AdminLevel::County) {
        Some(word) => {
            let reason = text!(
                zh: "{zh}中的区划 {code} 为县级，名称中有“{word}”：乡镇级",
                en: "the division {code} of {en} is a county, and the name has {word}: township",
            );
            (step, Some(AdminLevel::Township), reason)
        }
        None => {
            let level_label = level.label();
            let (level_zh, level_en) = (level_label.zh, level_label.en);
            (step, Some(level), text!(zh: "{zh}中的区划为 {code}：{level_zh}", en: "the division of {en} is {code}: {level_en}"))
        }
    }
}

/// The level of a division. `110100` is a group of the districts of a municipality, not a prefecture.
fn level_of(code: &DivisionCode) -> AdminLevel {
    let level = code.level();
    let above_is_province = divisions::parent(code).is_some_and(|above| above.level() == AdminLevel::Province);
    let municipality = matches!(&code.as_str()[..2], "11" | "12" | "31" | "50");
    if level == AdminLevel::Prefecture && above_is_province && municipality { AdminLevel::Province } else { level }
}

/// Bodies that are led from above and carry the name of their head before the place: 国家税务总局清河县税务局.
const LED_FROM_ABOVE: [&str; 6] =
    ["国家税务总局", "国家统计局", "中华人民共和国", "国家矿山安全监察局", "国家金融监督管理总局", "国家消防救援局"];

/// Words of bodies that are led from above, whatever the place.
const VERTICAL: [&str; 9] = ["税务局", "海关", "气象局", "调查队", "烟草专卖局", "邮政管理局", "地震局", "消防救援", "海事局"];

fn level_by_name(plain: &str, township: Option<&str>, tree: &Tree) -> Option<Said<AdminLevel>> {
    let local = LED_FROM_ABOVE.iter().find_map(|head| plain.strip_prefix(head)).unwrap_or(plain);
    // 中共清河县委 and 政协清河县委员会 have the place behind.
    let local = ["中共", "政协", "共青团"].iter().find_map(|head| local.strip_prefix(head)).unwrap_or(local);
    let vertical =
        if VERTICAL.iter().any(|word| plain.contains(word)) { ("（垂直管理）", " (led from above)") } else { ("", "") };
    if let Some(word) = township {
        return Some((
            Step::Name,
            Some(AdminLevel::Township),
            text!(zh: "名称中有“{word}”：乡镇级", en: "the name has {word}: township"),
        ));
    }
    let Some(place) = tree.place(local) else {
        let central = plain.starts_with("中华人民共和国") || plain.starts_with("国家") || plain.starts_with("国务院");
        let head = local.is_empty() || local == plain || plain.starts_with("中华人民共和国");
        let reason = || text!(zh: "名称以国家或国务院开头且没有地名：中央", en: "the name begins with the state and has no place: central");
        // Without the names of divisions a place could be there and not be seen.
        return (central && head && !tree.is_empty()).then(|| (Step::Name, Some(AdminLevel::Central), reason()));
    };
    let mut levels: Vec<AdminLevel> = place.divisions.iter().map(|code| level_of(code)).collect();
    levels.dedup();
    let shown = &local[..place.end];
    let (vertical_zh, vertical_en) = vertical;
    Some(match levels.as_slice() {
        [level] => {
            let label = level.label();
            let (zh, en) = (label.zh, label.en);
            let reason =
                text!(zh: "名称中的地名“{shown}”：{zh}{vertical_zh}", en: "the place {shown} in the name: {en}{vertical_en}");
            (Step::Name, Some(*level), reason)
        }
        _ => {
            let reason =
                text!(zh: "地名“{shown}”对应多个不同层级的区划", en: "the place {shown} may be divisions of several levels");
            (Step::Name, None, reason)
        }
    })
}

#[cfg(test)]
mod tests;
