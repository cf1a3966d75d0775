//! SUP006: a declared bill of materials holds vulnerable or unsupported components.

use model::advisory::{Channel, Component};
use model::facts::Kind;
use model::facts::components::{Components, Lifecycles, Match, Vulnerabilities};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Cause, Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, place, provisions};
use crate::facts::cycles::Cycles;
use crate::facts::vulnerable::{self, Picture};
use crate::facts::{attested, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "SUP006",
    title: Label {
        zh: "申报的软件物料清单含高危漏洞或停止维护的组件",
        en: "declared bill of materials holds vulnerable or unsupported components",
    },
    area: Area::SupplyChain,
    scope: &[SubjectKind::Site, SubjectKind::App, SubjectKind::MiniProgram],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第二十七条", "Art. 27"), place(&acts::VULNERABILITY_RULES, "第八条", "Art. 8")],
    needs: &[Kind::Register, Kind::Components, Kind::Vulnerabilities, Kind::Lifecycles],
    level: AccessLevel::L0,
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
    let Some(day) = components.declared_on else {
        let reason = text!(zh: "单位未申报软件物料清单", en: "no bill of materials was declared");
        return Err(Undetermined::new(Cause::NotObserved(Kind::Components), reason));
    };
    attested::current(view, day, Kind::Components, Label { zh: "软件物料清单", en: "the bills of materials" })?;
    let told = view.need::<Vulnerabilities>();
    let cycles = view.need::<Lifecycles>();
    let described = |judgement: Judgement| judgement.fact("declared_on", day);
    let is_grave = |found: &Match| is_declared(&found.component) && found.severity >= Severity::High;
    let grave = told.as_ref().map(|told| Picture::of(told, is_grave)).unwrap_or_default();
    let ends = cycles.as_ref().map(|cycles| Cycles::of(cycles, view.today(), is_declared)).unwrap_or_default();
    let findings = [vulnerable_parts(&grave), ends.finding()];
    if let Some(worst) = findings.into_iter().flatten().max_by_key(|judgement| judgement.grade) {
        return Ok(described(ends.described(grave.described(worst))));
    }
    cycles?;
    vulnerable::absence(view, components, told?, is_declared)?;
    let number = components.found.iter().filter(|component| is_declared(component)).count();
    Ok(described(Judgement::pass(text!(
        zh: "申报的 {number} 个组件没有已知高危及以上漏洞，也没有已停止维护的",
        en: "of {number} declared components none has a known vulnerability of high or critical gravity or is out of support"
    )))
    .fact("components", number))
}

fn vulnerable_parts(grave: &Picture<'_>) -> Option<Judgement> {
    if let Some(first) = grave.sure.first() {
        let (number, first) = (vulnerable::count(&grave.sure), vulnerable::name(first));
        return Some(Judgement::violation(text!(
            zh: "申报的组件存在 {number} 项高危及以上已知漏洞，例如 {first}",
            en: "declared components have {number} known vulnerabilities of high or critical gravity, for example {first}"
        )));
    }
    let what = Label {
        zh: "申报组件的高危及以上漏洞", en: "vulnerabilities of high or critical gravity in declared components"
    };
    (!grave.is_empty()).then(|| Judgement::review(grave.in_doubt(what)))
}

fn is_declared(component: &Component) -> bool {
    component.channel == Channel::Sbom
}
