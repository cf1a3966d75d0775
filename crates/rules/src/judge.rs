//! From sealed evidence to verdicts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use model::bundle::Bundle;
use model::digest::Digest;
use model::rule::Rule;
use model::text;
use model::verdict::{Cause, Evidence, Judgement, Ruling, Undetermined, Value, Verdict};
use model::view::View;

use crate::CATALOG;

/// Judges a bundle by every rule of the subject's kind, in the order of the catalogue.
///
/// # Errors
/// When the bundle has no JSON form, which none of ours lacks.
pub fn judge(bundle: &Bundle) -> Result<Vec<Verdict>, serde_json::Error> {
    judge_with(bundle, bundle.ids()?)
}

/// As [`judge`], for one who has the digests of the bundle's observations already ([`Bundle::ids`]).
///
/// # Errors
/// As [`judge`].
pub fn judge_with(bundle: &Bundle, observations: Vec<Digest>) -> Result<Vec<Verdict>, serde_json::Error> {
    let names = Names { bundle: bundle.digest_with(&observations)?, observations };
    let rules = CATALOG.iter().filter(|rule| rule.scope.contains(&bundle.subject.kind));
    Ok(rules.map(|rule| verdict(rule, bundle, &names)).collect())
}

/// Judges a bundle by one rule.
///
/// # Errors
/// As [`judge`].
pub fn judge_rule(rule: &Rule, bundle: &Bundle) -> Result<Verdict, serde_json::Error> {
    Ok(verdict(rule, bundle, &Names::of(bundle)?))
}

/// Digests of a bundle and its observations, made once for all rules.
struct Names {
    bundle: Digest,
    observations: Vec<Digest>,
}

impl Names {
    fn of(bundle: &Bundle) -> Result<Self, serde_json::Error> {
        let observations = bundle.ids()?;
        Ok(Self { bundle: bundle.digest_with(&observations)?, observations })
    }
}

fn verdict(rule: &Rule, bundle: &Bundle, names: &Names) -> Verdict {
    let view = View::new(bundle, rule);
    let ruling = ruling(rule, &view);
    let read = view.evidence();
    let (value, grade, reason, cause, facts, regions) = match ruling {
        Ok(Judgement { value, grade, reason, facts, regions }) => (value, grade, reason, None, facts, regions),
        Err(Undetermined { cause, reason }) => (Value::Undetermined, None, reason, Some(cause), Default::default(), Vec::new()),
    };
    let evidence = |place: &usize| {
        let kind = bundle.observations[*place].kind;
        let regions = regions.iter().filter(|region| region.kind == kind).cloned().collect();
        Evidence { observation: names.observations[*place], kind, regions }
    };
    let oldest = read.iter().map(|place| bundle.observations[*place].finished).min();
    Verdict {
        id: Verdict::name(names.bundle, rule.id, rule.revision),
        bundle: names.bundle,
        rule: rule.id.into(),
        revision: rule.revision,
        subject: bundle.subject.clone(),
        value,
        grade,
        severity: rule.severity,
        reason,
        cause,
        facts,
        evidence: read.iter().map(evidence).collect(),
        observed_at: oldest.unwrap_or(bundle.at),
        basis: rule.basis.iter().filter(|basis| basis.in_force(view.today())).map(|basis| basis.cite()).collect(),
    }
}

/// What the rule says, unless it is not in force or a person has exempted the subject. A crash is a verdict, not a silence.
fn ruling(rule: &Rule, view: &View<'_>) -> Ruling {
    if !rule.basis.iter().any(|basis| basis.in_force(view.today())) {
        return Ok(Judgement::not_applicable(
            text!(zh: "判定时相关规定尚未施行或已失效", en: "no legal basis is in force at this time"),
        ));
    }
    let ruling = catch_unwind(AssertUnwindSafe(|| (rule.judge)(view))).unwrap_or_else(|_| {
        Err(Undetermined::new(
            Cause::RuleCrashed,
            text!(zh: "检测规则内部错误，请联系开发者", en: "the rule crashed; please report this"),
        ))
    })?;
    let exemption = view.policy().exemptions.iter().find(|exemption| {
        exemption.rule == rule.id
            && exemption.subject == *view.subject()
            && exemption.until.is_none_or(|until| view.today() <= until)
    });
    match exemption {
        Some(exemption) if ruling.value == Value::Violation => {
            let document = &exemption.document;
            Ok(Judgement::not_applicable(text!(zh: "经批准豁免：{document}", en: "exempt by approval: {document}")))
        }
        _ => Ok(ruling),
    }
}
