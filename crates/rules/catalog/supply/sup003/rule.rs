//! SUP003: a component with a grave known vulnerability.

use model::facts::Kind;
use model::facts::components::{Components, Vulnerabilities};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::{self, place, provisions};
use crate::facts::site;
use crate::facts::vulnerable::{self, Picture, is_seen};

/// The rule.
pub static RULE: Rule = Rule {
    id: "SUP003",
    title: Label { zh: "使用存在高危漏洞的组件", en: "component with a grave known vulnerability" },
    area: Area::SupplyChain,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第二十七条", "Art. 27"), place(&acts::VULNERABILITY_RULES, "第八条", "Art. 8")],
    needs: &[Kind::Register, Kind::Components, Kind::Vulnerabilities],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let components = view.need::<Components>()?;
    let told = view.need::<Vulnerabilities>()?;
    let picture = Picture::of(told, |found| is_seen(&found.component) && found.severity >= Severity::High);
    if let Some(first) = picture.sure.first() {
        let (number, first) = (vulnerable::count(&picture.sure), vulnerable::name(first));
        return Ok(picture.described(Judgement::violation(text!(
            zh: "组件存在 {number} 项高危及以上已知漏洞，例如 {first}",
            en: "components have {number} known vulnerabilities of high or critical gravity, for example {first}"
        ))));
    }
    if !picture.is_empty() {
        let what =
            Label { zh: "组件的高危及以上漏洞", en: "vulnerabilities of high or critical gravity in components" };
        return Ok(picture.described(Judgement::review(picture.in_doubt(what))));
    }
    vulnerable::sets(components)?;
    vulnerable::absence(view, components, told, is_seen)?;
    let number = components.found.iter().filter(|component| is_seen(component)).count();
    Ok(Judgement::pass(text!(
        zh: "识别出的 {number} 个组件在已导入的漏洞公告中没有高危及以上漏洞",
        en: "the loaded advisories know no vulnerability of high or critical gravity in the {number} components seen"
    ))
    .fact("components", number))
}
