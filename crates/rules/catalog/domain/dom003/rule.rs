//! DOM003: a 事业单位's site outside `.cn` and `.公益`.

use model::facts::Kind;
use model::facts::register::Register;
use model::institution::InstitutionType;
use model::name::ZHONGGUO;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::provisions;
use crate::facts::{domains, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM003",
    title: Label {
        zh: "事业单位网站域名后缀不是“.cn”或“.公益”", en: "public institution's site outside .cn and .公益"
    },
    area: Area::Domain,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第五条第二款", "Art. 5 ¶2")],
    needs: &[Kind::Register, Kind::PlainVisit, Kind::SecureVisit],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if kind != InstitutionType::PublicInstitution {
        let Label { zh, en } = kind.label();
        return Ok(Judgement::not_applicable(text!(
            zh: "开办单位为{zh}，本款只约束事业单位",
            en: "the owner is: {en}; this duty binds public institutions only"
        )));
    }
    let host = site::host(view.need::<Register>()?)?;
    let name = domains::display(host);
    if host.is_government() {
        return Ok(Judgement::not_applicable(text!(
            zh: "域名 {name} 以“.gov.cn”或“.政务”为后缀，事业单位能否使用由第五条第一款规定",
            en: "{name} ends in .gov.cn or .政务; whether a public institution may use it is a matter of Art. 5 ¶1"
        )));
    }
    if host.under(ZHONGGUO) {
        let reason = text!(
            zh: "域名 {name} 以“.中国”为后缀，第五条第二款未列该后缀",
            en: "{name} ends in .中国, which Art. 5 ¶2 does not name"
        );
        return Ok(Judgement::review(reason).fact("host", &host.unicode).fact("suffix", &host.suffix));
    }
    domains::judge_suffix(view, host, &domains::PUBLIC)
}
