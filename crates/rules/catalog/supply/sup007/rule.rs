//! SUP007: one supplier behind many affected subjects.

use model::facts::Kind;
use model::facts::components::{Supplier, SupplierReach};
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "SUP007",
    title: Label { zh: "同一供应商关联多个受影响应用", en: "one supplier behind many affected applications" },
    area: Area::SupplyChain,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Review,
    basis: &[provisions("第二十五条第一款", "Art. 25 ¶1"), provisions("第二十七条", "Art. 27")],
    needs: &[Kind::Register, Kind::SupplierReach],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// From this many affected subjects on, what they have in common is the supplier's and not chance.
const MANY: u32 = 3;

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    view.need::<Register>()?;
    let suppliers = &view.need::<SupplierReach>()?.suppliers;
    let Some(widest) = suppliers.iter().max_by_key(|supplier| (supplier.affected, supplier.subjects, &supplier.name)) else {
        return Err(Undetermined::ambiguous(text!(
            zh: "未识别出承建、运维该应用的供应商",
            en: "nothing tells who builds or runs the application"
        )));
    };
    let Supplier { name, subjects, affected, .. } = widest;
    let judgement = if *affected >= MANY {
        Judgement::review(text!(
            zh: "供应商“{name}”关联的 {subjects} 个应用中有 {affected} 个存在高危及以上漏洞",
            en: "of {subjects} applications that \"{name}\" stands behind, {affected} have vulnerabilities of high or critical gravity"
        ))
    } else {
        Judgement::pass(text!(
            zh: "供应商“{name}”关联的 {subjects} 个应用中受影响的少于 {MANY} 个",
            en: "of {subjects} applications that \"{name}\" stands behind, fewer than {MANY} are affected"
        ))
    };
    let shared = widest.shared.iter().map(|shared| format!("{} ({})", shared.vulnerability, shared.subjects));
    Ok(judgement
        .fact("supplier", name)
        .fact("subjects", subjects)
        .fact("affected", affected)
        .fact("shared", shared.collect::<Vec<_>>().join(", "))
        .fact("signs", signs(widest)))
}

/// What told the supplier, each once.
fn signs(supplier: &Supplier) -> String {
    let mut signs: Vec<&str> = supplier.signs.iter().map(|sign| sign.evidence.as_str()).collect();
    signs.sort_unstable();
    signs.dedup();
    signs.join("; ")
}
