//! VULN005: services outside the baseline that the institution approved.

use model::facts::Kind;
use model::facts::attestation::Attestation;
use model::facts::services::{Protocol, Service, Transport};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::provisions;
use crate::facts::exposed::{self, Open};
use crate::facts::{attested, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "VULN005",
    title: Label { zh: "开放了核准范围以外的端口或服务", en: "service outside the approved baseline" },
    area: Area::Weakness,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第十九条", "Art. 19")],
    needs: &[Kind::Register, Kind::Services, Kind::Hosting, Kind::Attestation],
    level: AccessLevel::L2,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let open = Open::of(view)?;
    let answers = attested::answers(view)?;
    if answers.approved_services.is_empty() {
        return Err(attested::unanswered(Label { zh: "已批准开放服务", en: "which services are approved to be open" }));
    }
    let outside = open.services.iter().copied().filter(|service| !is_approved(service, answers));
    let (known, unknown): (Vec<&Service>, Vec<&Service>) = outside.partition(|service| service.protocol.is_some());
    let (outside, unclear) = (exposed::names(known.into_iter()), exposed::names(unknown.into_iter()));
    let described = |judgement| {
        let judgement = open.described(judgement).fact("outside", &outside).fact("not_recognised", &unclear);
        attested::declared(judgement, answers).fact("approved", answers.approved_services.join(" "))
    };
    if !outside.is_empty() {
        return Ok(described(Judgement::violation(text!(
            zh: "开放了单位核准范围以外的服务：{outside}",
            en: "services outside the institution's approved baseline are open: {outside}"
        ))));
    }
    if !unclear.is_empty() {
        return Ok(described(Judgement::review(text!(
            zh: "核准范围以外的端口开放，但未识别出其上的服务：{unclear}",
            en: "ports outside the approved baseline are open, behind which no service was recognised: {unclear}"
        ))));
    }
    open.absence()?;
    Ok(described(Judgement::pass(text!(
        zh: "探测到的开放服务均在单位核准范围内",
        en: "every service found open is within the approved baseline"
    ))))
}

/// Approved by the institution; web pages on their own ports need no approval, other services there do.
fn is_approved(service: &Service, answers: &Attestation) -> bool {
    let web = service.transport == Transport::Tcp
        && matches!(service.port, 80 | 443)
        && matches!(service.protocol, Some(Protocol::Http) | None);
    web || answers.approved_services.contains(&exposed::port(service))
}
