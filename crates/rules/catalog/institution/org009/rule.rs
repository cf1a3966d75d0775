//! ORG009: level 3 of classified protection is due and not filed.

use model::facts::Kind;
use model::facts::register::Register;
use model::institution::{AdminLevel, ApplicationKind};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::{attested, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG009",
    title: Label { zh: "应达到等级保护第三级而未备案", en: "classified protection: level 3 due and not filed" },
    area: Area::Institution,
    scope: &[SubjectKind::Site, SubjectKind::Mail],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第十七条第二款", "Art. 17 ¶2")],
    needs: &[Kind::Register, Kind::Attestation],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// The level that the paragraph asks for.
const DUE: u8 = 3;

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let level = view.institution()?.level;
    let by_kind = due_by_kind(register, level, kind.is_organ());
    let answers = attested::answers(view)?;
    let due = match (by_kind, answers.important_business) {
        (Some(due), _) => due,
        (None, Some(true)) => text!(zh: "承载重要业务应用的网站", en: "a site that carries important business"),
        (None, Some(false)) => {
            return Ok(Judgement::not_applicable(text!(
                zh: "不是中央和国家机关、地市级以上党政机关门户网站，单位填报未承载重要业务应用",
                en: "neither a portal of a central organ or one of prefecture level or above, nor, by the institution's answers, a carrier of important business"
            )));
        }
        (None, None) if level.is_none() && kind.is_organ() => return Err(Undetermined::level_unknown()),
        (None, None) => {
            return Err(attested::unanswered(Label {
                zh: "是否承载重要业务应用", en: "whether it carries important business"
            }));
        }
    };
    let Text { zh, en } = due;
    let number = answers.protection_number.as_deref().filter(|number| !number.trim().is_empty());
    let judgement = match (answers.protection_level, number) {
        (None, _) => {
            return Err(attested::unanswered(Label { zh: "等级保护级别", en: "the level of classified protection" }));
        }
        (Some(level @ ..DUE), _) => Judgement::violation(text!(
            zh: "{zh}应达到第三级，单位填报为第 {level} 级",
            en: "level 3 is due for {en}; the institution declares level {level}"
        )),
        (Some(level), None) => Judgement::violation(text!(
            zh: "{zh}应达到第三级，单位填报第 {level} 级但没有备案号",
            en: "level 3 is due for {en}; the institution declares level {level} and no filing"
        )),
        (Some(level), Some(number)) => Judgement::pass(text!(
            zh: "单位填报等级保护第 {level} 级，备案号 {number}",
            en: "the institution declares level {level}, filed as {number}"
        ))
        .fact("filing", number),
    };
    Ok(attested::declared(judgement, answers))
}

/// What makes level 3 due whatever the institution answers: a portal of a central organ or one of prefecture level or above, or a mail system.
fn due_by_kind(register: &Register, level: Option<AdminLevel>, is_organ: bool) -> Option<Text> {
    if register.application.kind == ApplicationKind::MailSystem {
        return Some(text!(zh: "互联网电子邮件系统", en: "an e-mail system"));
    }
    if !is_organ || site::portal(register) != Some(true) {
        return None;
    }
    match level? {
        AdminLevel::Central => Some(text!(zh: "中央和国家机关门户网站", en: "the portal of a central organ")),
        AdminLevel::Province | AdminLevel::Prefecture => {
            Some(text!(zh: "地市级以上党政机关门户网站", en: "the portal of an organ of prefecture level or above"))
        }
        AdminLevel::County | AdminLevel::Township => None,
    }
}
