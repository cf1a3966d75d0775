//! ORG003: a home page without an ICP filing number, with one that is none, or with one that the register does not hold for this site.

use model::facts::Kind;
use model::facts::extracts::IcpFilings;
use model::facts::page::{IcpNumber, IcpProblem};
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::{self, place, provisions};
use crate::facts::home::Home;
use crate::facts::rendered::on_own_page;
use crate::facts::{icp, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG003",
    title: Label {
        zh: "ICP 备案编号缺失、无效或与备案数据不符", en: "ICP filing number missing, invalid or not the site's"
    },
    area: Area::Institution,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第四条第一款", "Art. 4 ¶1"), place(&acts::ICP_FILING, "第十三条", "Art. 13")],
    needs: &[Kind::Register, Kind::Standing, Kind::HomePage, Kind::RenderedPage, Kind::IcpFilings, Kind::DomainRegistration],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 2,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// Hosts of the filing system that were given up; links to them lead nowhere. The present one is `beian.miit.gov.cn`.
const RETIRED_HOSTS: [&str; 2] = ["miibeian.gov.cn", "miitbeian.gov.cn"];

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    // A column's platform is filed as a whole.
    if let Some(column) = site::column(view.need::<Register>()?) {
        return Ok(column);
    }
    let home = Home::of(view)?;
    let numbers = home.list(|page| &page.icp)?;
    let written = numbers.iter().map(|number| number.text.as_str()).collect::<Vec<_>>().join(", ");
    let judgement = match numbers.iter().find(|number| number.problem.is_none()) {
        Some(number) => {
            let shape = valid(number, numbers);
            match view.need::<IcpFilings>() {
                Ok(filed) => {
                    on_own_page(icp::compare(view, &filed.0, numbers, shape)?, view.need::<Register>()?, &home.best.url)?
                }
                Err(_) => shape.fact("compared", "no"),
            }
        }
        None => match home.absence().map(|()| numbers.first())? {
            Some(number) => invalid(number),
            None => Judgement::violation(text!(zh: "首页未标明 ICP 备案编号", en: "the home page shows no ICP filing number")),
        },
    };
    Ok(judgement.fact("written", written))
}

/// A well-formed number stands there; what else stands there may still be worth a word.
fn valid(number: &IcpNumber, all: &[IcpNumber]) -> Judgement {
    let shown = number.number.as_ref().unwrap_or(&number.text);
    let retired = number.link.as_deref().filter(|link| RETIRED_HOSTS.iter().any(|host| link.contains(host)));
    let judgement = if let Some(link) = retired {
        Judgement::advice(text!(
            zh: "首页 ICP 备案编号 {shown} 链接到已停用的备案系统地址 {link}",
            en: "the ICP filing number {shown} links to {link}, an address of the filing system that is out of use"
        ))
    } else if let Some(other) = all.iter().find(|other| other.problem.is_some()) {
        let other = &other.text;
        Judgement::advice(text!(
            zh: "首页标明 ICP 备案编号 {shown}，另有不是备案编号的“{other}”",
            en: "the home page shows the ICP filing number {shown} and beside it \"{other}\", which is none"
        ))
    } else {
        Judgement::pass(text!(zh: "首页标明 ICP 备案编号 {shown}", en: "the home page shows the ICP filing number {shown}"))
    };
    judgement.fact("icp", shown)
}

fn invalid(number: &IcpNumber) -> Judgement {
    let shown = &number.text;
    let (problem, reason) = match number.problem {
        Some(IcpProblem::NotAProvince) => (
            "not_a_province",
            text!(
                zh: "首页的“{shown}”不是 ICP 备案编号：首字不是省、自治区、直辖市简称",
                en: "\"{shown}\" on the home page is no ICP filing number: its first character is no province"
            ),
        ),
        Some(IcpProblem::Digits) | None => (
            "digits",
            text!(
                zh: "首页的 ICP 备案编号“{shown}”位数不正确",
                en: "the ICP filing number \"{shown}\" on the home page has a wrong number of digits"
            ),
        ),
    };
    Judgement::violation(reason).fact("problem", problem)
}
