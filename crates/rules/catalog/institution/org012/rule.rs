//! ORG012: logs kept for less than a year, not backed up, or no disaster recovery.

use model::facts::Kind;
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Ruling};
use model::view::View;

use crate::acts::provisions;
use crate::facts::{attested, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG012",
    title: Label {
        zh: "日志留存不足一年，或无日志备份、容灾备份", en: "logs kept under a year, or no backups"
    },
    area: Area::Institution,
    scope: &[SubjectKind::Site, SubjectKind::Mail],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第二十条", "Art. 20"), provisions("第二十六条", "Art. 26")],
    needs: &[Kind::Register, Kind::Attestation],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// The year that Art. 20 asks for, in days.
const LOG_DAYS: u32 = 365;

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
    let duties = [
        (
            answers.log_days.map(|days| days >= LOG_DAYS),
            Label { zh: "日志留存天数", en: "for how many days logs are kept" },
            Label { zh: "日志留存时间不足 1 年", en: "logs are kept for less than a year" },
        ),
        (
            answers.log_backup,
            Label { zh: "日志是否定期备份", en: "whether logs are backed up" },
            Label { zh: "未定期备份日志", en: "logs are not backed up" },
        ),
        (
            answers.backup,
            Label { zh: "是否容灾备份", en: "whether there is disaster recovery and backup" },
            Label { zh: "重要数据和信息系统未进行容灾备份", en: "there is no disaster recovery and backup" },
        ),
    ];
    let met = text!(
        zh: "单位填报日志留存不少于 1 年并定期备份，已进行容灾备份",
        en: "the institution declares logs of a year, their backup, and disaster recovery"
    );
    let days = answers.log_days.map(|days| days.to_string()).unwrap_or_default();
    Ok(attested::duties(answers, &duties, met)?.fact("log_days", days))
}
