//! VULN004: services for administration, remote control or file sharing that are open to the Internet.

use model::facts::Kind;
use model::facts::services::Service;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::provisions;
use crate::facts::exposed::{self, Open};
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "VULN004",
    title: Label { zh: "高危端口或服务向互联网开放", en: "high-risk service open to the Internet" },
    area: Area::Weakness,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第十九条", "Art. 19")],
    needs: &[Kind::Register, Kind::Services, Kind::Hosting],
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
    let of_grade = |wanted: Grade| open.services.iter().copied().filter(move |service| exposed::risk(service) == Some(wanted));
    let grave = exposed::names(of_grade(Grade::Violation));
    let (known, unknown): (Vec<&Service>, Vec<&Service>) =
        of_grade(Grade::Review).partition(|service| service.protocol.is_some());
    let (doubtful, ports) = (exposed::names(known.into_iter()), numbered(&unknown));
    let described = |judgement| {
        open.described(judgement).fact("high_risk", &grave).fact("to_verify", &doubtful).fact("not_recognised", &ports)
    };
    if !grave.is_empty() {
        return Ok(described(Judgement::violation(text!(
            zh: "高危服务向互联网开放：{grave}",
            en: "high-risk services are open to the Internet: {grave}"
        ))));
    }
    if !doubtful.is_empty() {
        return Ok(described(Judgement::review(text!(
            zh: "远程管理等服务可从互联网访问，是否限制接入地址待核实：{doubtful}",
            en: "services for administration are reached from the Internet; whether addresses are limited is to be verified: {doubtful}"
        ))));
    }
    if !ports.is_empty() {
        return Ok(described(Judgement::review(text!(
            zh: "高危端口开放，但未识别出其上的服务：{ports}",
            en: "ports of high risk are open, behind which no service was recognised: {ports}"
        ))));
    }
    open.absence()?;
    Ok(described(Judgement::pass(text!(
        zh: "探测的端口上没有向互联网开放的高危服务",
        en: "no high-risk service is open on the ports that were tried"
    ))))
}

/// Ports with what is usually behind them: `tcp/3389 (RDP)`.
fn numbered(services: &[&Service]) -> String {
    let mut ports: Vec<u16> = services.iter().map(|service| service.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let name = |port: &u16| format!("tcp/{port} ({})", exposed::usual_service(*port).unwrap_or_default());
    ports.iter().map(name).collect::<Vec<_>>().join(", ")
}
