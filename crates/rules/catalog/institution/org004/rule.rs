//! ORG004: a home page without a public-security filing number, with a wrong one, or with one that the register does not hold for this site.

use model::facts::Kind;
use model::facts::extracts::PoliceFilings;
use model::facts::page::{PoliceNumber, PoliceProblem};
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::{self, place, provisions, whole};
use crate::facts::home::Home;
use crate::facts::rendered::on_own_page;
use crate::facts::{police, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG004",
    title: Label {
        zh: "公安机关备案号缺失、无效或与备案数据不符",
        en: "public-security filing number missing, invalid or not the site's",
    },
    area: Area::Institution,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[
        provisions("第四条第一款", "Art. 4 ¶1"),
        place(&acts::NETWORK_PROTECTION, "第十二条", "Art. 12"),
        whole(&acts::SITE_GUIDELINE),
    ],
    needs: &[Kind::Register, Kind::Standing, Kind::HomePage, Kind::RenderedPage, Kind::PoliceFilings, Kind::DomainRegistration],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 2,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

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
    let numbers = home.list(|page| &page.police)?;
    let written = numbers.iter().map(|number| number.text.as_str()).collect::<Vec<_>>().join(", ");
    let valid = numbers.iter().find(|number| number.problem.is_none());
    let judgement = match (valid, numbers.first()) {
        (Some(number), _) => {
            let shown = &number.text;
            let shape = Judgement::pass(
                text!(zh: "首页标明公安机关备案号 {shown}", en: "the home page shows the public-security filing number {shown}"),
            );
            let judgement = match view.need::<PoliceFilings>() {
                Ok(filed) => {
                    on_own_page(police::compare(view, &filed.0, number, shape)?, view.need::<Register>()?, &home.best.url)?
                }
                Err(_) => shape.fact("compared", "no"),
            };
            judgement.fact("police", &number.digits)
        }
        (None, first) => {
            home.absence()?;
            // The guideline asks government sites to show the number. Others must file, which a page without a number does not deny.
            let finding = if site::runs_government_site(view.institution()?) { Judgement::violation } else { Judgement::review };
            match first {
                Some(number) => invalid(number, finding),
                None => {
                    finding(text!(zh: "首页未标明公安机关备案号", en: "the home page shows no public-security filing number"))
                }
            }
        }
    };
    Ok(judgement.fact("written", written))
}

fn invalid(number: &PoliceNumber, finding: fn(Text) -> Judgement) -> Judgement {
    let shown = &number.text;
    let linked = number.linked.as_deref().unwrap_or_default();
    let (problem, reason) = match number.problem {
        Some(PoliceProblem::Province) => (
            "province",
            text!(
                zh: "公安机关备案号“{shown}”的前两位数字与省份简称不一致",
                en: "the first two digits of the public-security filing number \"{shown}\" are not those of its province"
            ),
        ),
        Some(PoliceProblem::LinkDiffers) => (
            "link_differs",
            text!(
                zh: "公安机关备案号“{shown}”与其链接中的编号 {linked} 不一致",
                en: "the public-security filing number \"{shown}\" links to another number, {linked}"
            ),
        ),
        Some(PoliceProblem::Digits) | None => (
            "digits",
            text!(
                zh: "公安机关备案号“{shown}”不是 14 位数字",
                en: "the public-security filing number \"{shown}\" has not 14 digits"
            ),
        ),
    };
    finding(reason).fact("problem", problem)
}
