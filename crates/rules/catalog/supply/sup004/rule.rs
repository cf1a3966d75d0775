//! SUP004: a component out of support.

use model::facts::Kind;
use model::facts::components::{Components, Lifecycles};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::cycles::Cycles;
use crate::facts::site;
use crate::facts::vulnerable::{self, is_seen};

/// The rule.
pub static RULE: Rule = Rule {
    id: "SUP004",
    title: Label { zh: "使用已停止维护的组件", en: "component out of support" },
    area: Area::SupplyChain,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第二十七条", "Art. 27")],
    needs: &[Kind::Register, Kind::Components, Kind::Lifecycles],
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
    let cycles = Cycles::of(view.need::<Lifecycles>()?, view.today(), is_seen);
    if let Some(judgement) = cycles.finding() {
        return Ok(judgement);
    }
    vulnerable::sets(components)?;
    let number = cycles.all;
    if number == 0 {
        return Err(Undetermined::ambiguous(text!(
            zh: "没有识别出维护周期已知的组件",
            en: "no component was seen whose release cycle is listed"
        )));
    }
    Ok(cycles.described(Judgement::pass(text!(
        zh: "维护周期已知的 {number} 个组件均在维护期内",
        en: "all {number} components whose release cycle is listed are supported"
    ))))
}
