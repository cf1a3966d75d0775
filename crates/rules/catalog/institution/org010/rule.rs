//! ORG010: no security assessment within a year.

use jiff::ToSpan as _;
use model::facts::Kind;
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::{attested, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG010",
    title: Label { zh: "一年内未进行安全检测评估", en: "no security assessment within a year" },
    area: Area::Institution,
    scope: &[SubjectKind::Site, SubjectKind::Mail],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第十八条第一款", "Art. 18 ¶1")],
    needs: &[Kind::Register, Kind::Attestation],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let answers = attested::answers(view)?;
    let Some(day) = answers.assessed_on else {
        return Err(attested::unanswered(Label {
            zh: "最近安全检测评估日期", en: "the day of the last security assessment"
        }));
    };
    let today = view.today();
    if day > today {
        return Err(Undetermined::ambiguous(text!(
            zh: "填报的安全检测评估日期 {day} 晚于判定日期",
            en: "the assessment is declared for {day}, after the day of the judgement"
        )));
    }
    // A year by the calendar, so that a leap day costs nobody.
    let due = day.saturating_add(1.year());
    let judgement = if today > due {
        Judgement::violation(text!(
            zh: "单位填报最近一次安全检测评估在 {day}，已超过一年",
            en: "the institution declares its last security assessment for {day}, more than a year ago"
        ))
    } else {
        Judgement::pass(text!(
            zh: "单位填报最近一次安全检测评估在 {day}",
            en: "the institution declares its last security assessment for {day}"
        ))
    };
    Ok(attested::declared(judgement, answers).fact("assessed_on", day))
}
