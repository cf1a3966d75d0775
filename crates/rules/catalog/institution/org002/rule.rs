//! ORG002: a 党政机关 with more than one portal.

use model::facts::Kind;
use model::facts::register::Estate;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::portals::{self, Portals};
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG002",
    title: Label { zh: "一个党政机关开设多个门户网站", en: "organ with more than one portal" },
    area: Area::Institution,
    scope: &[SubjectKind::Institution],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第四条第一款", "Art. 4 ¶1"), whole(&acts::SITE_GUIDELINE)],
    needs: &[Kind::Estate],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let estate = view.need::<Estate>()?;
    let kind = estate.institution.kind.ok_or_else(Undetermined::type_unknown)?;
    if !kind.is_organ() {
        return Ok(site::not_an_organ(kind));
    }
    let name = &estate.institution.name;
    let Portals { declared, likely, sites } = portals::of(estate);
    if sites == 0 {
        return Ok(Judgement::not_applicable(
            text!(zh: "台账中{name}没有在用网站", en: "the ledger holds no active web site of {name}"),
        ));
    }
    let (declared_names, likely_names) = (declared.join(", "), likely.join(", "));
    let (count, more) = (declared.len(), likely.len());
    let judgement = if count > 1 {
        Judgement::violation(text!(
            zh: "台账登记{name}开设 {count} 个门户网站：{declared_names}",
            en: "the ledger holds {count} portals of {name}: {declared_names}"
        ))
    } else if more > 1 {
        Judgement::review(text!(
            zh: "{name}有 {more} 个网站形同门户网站：{likely_names}",
            en: "{more} sites of {name} have the form of a portal: {likely_names}"
        ))
    } else {
        Judgement::pass(text!(zh: "{name}的门户网站不超过一个", en: "{name} has no more than one portal"))
    };
    Ok(judgement.fact("declared", count).fact("likely", more).fact("portals", likely_names))
}
