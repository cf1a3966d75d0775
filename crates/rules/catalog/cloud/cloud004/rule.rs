//! CLOUD004: an organ's site on a cloud whose assessment has ended or is suspended.

use model::facts::Kind;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::clouds::{self, Clouds, Listed};
use crate::facts::filings;

/// The rule.
pub static RULE: Rule = Rule {
    id: "CLOUD004",
    title: Label { zh: "所用云平台的安全评估已过期或暂停", en: "assessment of the cloud ended or suspended" },
    area: Area::Cloud,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第二十四条", "Art. 24"), whole(&acts::CLOUD_ASSESSMENT)],
    needs: &[Kind::Register, Kind::Hosting, Kind::CloudAssessments],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let clouds = match clouds::of(view)? {
        Clouds::Some(clouds) => clouds,
        Clouds::None(judgement) => return Ok(judgement),
    };
    let mut platforms = Vec::new();
    for cloud in &clouds {
        match &cloud.listed {
            Listed::Platform(platform) => platforms.push(*platform),
            // That it is not on the list is a matter of CLOUD001.
            Listed::Nothing => {}
            Listed::Operator(_) => {
                let provider = cloud.provider;
                return Err(Undetermined::ambiguous(text!(
                    zh: "网站使用 {provider} 的云服务，实际使用的是哪个平台未知",
                    en: "the site runs on {provider}; which of its platforms it uses was not seen"
                )));
            }
        }
    }
    if platforms.is_empty() {
        return Ok(Judgement::not_applicable(text!(
            zh: "所用云平台不在名单中，没有评估结果",
            en: "the cloud is not on the list, so it has no assessment that could end"
        )));
    }
    for platform in &platforms {
        let (name, until) = (&platform.name, clouds::valid_until(platform));
        if let Some(Label { zh, en }) = filings::flaw(&platform.validity, until, view.today()) {
            let day = until.map(|until| until.to_string()).unwrap_or_default();
            return Ok(Judgement::violation(text!(zh: "云平台 {name} 的安全评估{zh}", en: "the assessment of {name} is {en}"))
                .fact("platform", name)
                .fact("valid_until", day));
        }
        if platform.validity.is_empty() && until.is_none() {
            return Err(Undetermined::ambiguous(text!(
                zh: "名单未说明云平台 {name} 的评估有效期",
                en: "the list does not tell until when the assessment of {name} holds"
            )));
        }
    }
    let names = platforms.iter().map(|platform| platform.name.as_str()).collect::<Vec<_>>().join(", ");
    Ok(Judgement::pass(text!(zh: "云平台 {names} 的安全评估有效", en: "the assessment of {names} holds")).fact("platform", names))
}
