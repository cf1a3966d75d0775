//! DOM001: `.gov.cn` or `.政务` used by a site that is not a 党政机关's.

use model::facts::Kind;
use model::facts::register::Register;
use model::institution::InstitutionType;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::{domains, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM001",
    title: Label {
        zh: "非党政机关网站使用“.gov.cn”或“.政务”域名", en: ".gov.cn or .政务 used by a site that is no organ's"
    },
    area: Area::Domain,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第五条第一款", "Art. 5 ¶1"), whole(&acts::DOMAIN_NOTICE)],
    needs: &[Kind::Register],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    let Label { zh, en } = kind.label();
    if kind.is_organ() {
        return Ok(Judgement::not_applicable(text!(
            zh: "开办单位为{zh}，本条只约束非党政机关",
            en: "the owner is: {en}; this prohibition binds everyone but party and government organs"
        )));
    }
    let register = view.need::<Register>()?;
    let host = site::host(register)?;
    let name = domains::display(host);
    if !host.is_government() {
        let reason = text!(zh: "域名 {name} 不以“.gov.cn”或“.政务”为后缀", en: "{name} does not end in .gov.cn or .政务");
        return Ok(Judgement::pass(reason).fact("host", &host.unicode));
    }
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let duties = view.institution()?.administrative_duties;
    let ruling = match (kind, duties) {
        (InstitutionType::PublicInstitution, Some(true)) => Judgement::review(text!(
            zh: "事业单位网站使用域名 {name}，台账记载该单位承担行政职能",
            en: "a public institution uses {name}; the ledger says that it has administrative duties"
        )),
        (InstitutionType::PublicInstitution, None) => Judgement::review(text!(
            zh: "事业单位网站使用域名 {name}，台账未记载该单位是否承担行政职能",
            en: "a public institution uses {name}; the ledger does not say whether it has administrative duties"
        )),
        (InstitutionType::PublicInstitution, Some(false)) => Judgement::violation(text!(
            zh: "事业单位网站使用域名 {name}，台账记载该单位不承担行政职能",
            en: "a public institution uses {name}; the ledger says that it has no administrative duties"
        )),
        _ => Judgement::violation(text!(
            zh: "开办单位既不是党政机关也不是事业单位，网站使用域名 {name}",
            en: "the owner is neither an organ nor a public institution; its site uses {name}"
        )),
    };
    let recorded = duties.map_or("unknown", |duties| if duties { "yes" } else { "no" });
    let domain = host.registrable.as_deref().unwrap_or(&host.ascii);
    Ok(ruling.fact("host", &host.unicode).fact("domain", domain).fact("administrative_duties", recorded))
}
