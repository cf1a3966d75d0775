//! VULN007: a vulnerability proven by a harmless check.

use std::collections::BTreeMap;

use model::facts::Kind;
use model::facts::proofs::{Proof, Proofs};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, place, provisions};
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "VULN007",
    title: Label { zh: "无害验证证实存在漏洞", en: "vulnerability proven by a harmless check" },
    area: Area::Weakness,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第三条", "Art. 3"), place(&acts::VULNERABILITY_RULES, "第八条", "Art. 8")],
    needs: &[Kind::Register, Kind::Proofs],
    level: AccessLevel::L3,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// As many hits as a verdict names.
const NAMED: usize = 10;

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let proofs = view.need::<Proofs>()?;
    let graded = proofs.hits.iter().filter_map(|hit| Some((grade(hit)?, hit)));
    let hits: Vec<(Grade, &Proof)> = graded.collect();
    let described = |judgement| described(judgement, proofs, &hits);
    // The first of the gravest.
    let worst = hits.iter().rev().max_by_key(|(grade, _)| *grade).map(|(grade, hit)| (grade, sentence(hit, hits.len())));
    match worst {
        Some((Grade::Violation, reason)) => return Ok(described(Judgement::violation(reason))),
        Some((Grade::Review, reason)) => return Ok(described(Judgement::review(reason))),
        Some((Grade::Advice, reason)) => return Ok(described(Judgement::advice(reason))),
        None => {}
    }
    if let Some(failure) = &proofs.stopped {
        return Err(Undetermined::failed(Kind::Proofs, failure));
    }
    let (ran, failed) = (proofs.ran, sum(&proofs.failed));
    if ran == 0 {
        return Err(Undetermined::ambiguous(text!(zh: "没有任何检测模板执行完毕", en: "no template ran to its end")));
    }
    Ok(described(Judgement::pass(text!(
        zh: "{ran} 个无害检测模板均未证实漏洞（另有 {failed} 个未能执行完毕）",
        en: "none of {ran} harmless templates proved a vulnerability ({failed} more could not run to their end)"
    ))))
}

/// What a hit weighs: proven vulnerabilities of medium gravity or more, and those with a name of their own, have to be mended. What is
/// for information alone weighs nothing.
fn grade(hit: &Proof) -> Option<Grade> {
    match hit.severity.as_str() {
        "info" => None,
        "critical" | "high" | "medium" => Some(Grade::Violation),
        _ if !hit.vulnerabilities.is_empty() => Some(Grade::Violation),
        "low" => Some(Grade::Advice),
        _ => Some(Grade::Review),
    }
}

fn sentence(hit: &Proof, number: usize) -> Text {
    let Proof { name, request, .. } = hit;
    let names = if hit.vulnerabilities.is_empty() { &hit.template } else { &hit.vulnerabilities.join(", ") };
    text!(
        zh: "无害验证命中 {number} 项，例如 {name}（{names}，请求 {request}）",
        en: "harmless checks prove {number} weaknesses, for example {name} ({names}, request {request})"
    )
}

fn described(judgement: Judgement, proofs: &Proofs, hits: &[(Grade, &Proof)]) -> Judgement {
    let named = hits.iter().take(NAMED).map(|(_, hit)| hit.template.as_str()).collect::<Vec<_>>().join(" ");
    judgement
        .fact("hits", hits.len())
        .fact("templates", named)
        .fact("informational", proofs.hits.len() - hits.len())
        .fact("ran", proofs.ran)
        .fact("refused", sum(&proofs.refused))
        .fact("failed", sum(&proofs.failed))
        .fact("catalogue", &proofs.catalogue)
}

fn sum(by_reason: &BTreeMap<String, u32>) -> u32 {
    by_reason.values().sum()
}
