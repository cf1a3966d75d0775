//! CLOUD001: an organ's site on a cloud that is not on the list of assessed platforms.

use model::facts::Kind;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::clouds::{self, Cloud, Clouds, Listed};

/// The rule.
pub static RULE: Rule = Rule {
    id: "CLOUD001",
    title: Label {
        zh: "党政机关应用使用未通过安全评估的云平台", en: "organ's application on a cloud that is not assessed"
    },
    area: Area::Cloud,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
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
    let named = |wanted: fn(&Listed<'_>) -> bool| {
        clouds.iter().filter(|cloud| wanted(&cloud.listed)).map(|cloud| cloud.provider).collect::<Vec<_>>().join(", ")
    };
    let unlisted = named(|listed| matches!(listed, Listed::Nothing));
    if !unlisted.is_empty() {
        return Ok(Judgement::violation(text!(
            zh: "网站使用的云平台 {unlisted} 不在通过评估的云平台名单中",
            en: "the site runs on {unlisted}, which is not on the list of assessed cloud platforms"
        ))
        .fact("provider", unlisted));
    }
    if let Some((provider, platforms)) = clouds.iter().find_map(operator) {
        return Err(Undetermined::ambiguous(text!(
            zh: "网站使用 {provider} 的云服务，该服务商通过评估的平台有 {platforms}，实际使用的是哪个平台未知",
            en: "the site runs on {provider}, whose assessed platforms are {platforms}; which one it uses, if any, was not seen"
        )));
    }
    let platforms = named(|listed| matches!(listed, Listed::Platform(_)));
    Ok(Judgement::pass(text!(
        zh: "网站使用的云平台 {platforms} 在通过评估的云平台名单中",
        en: "the site runs on {platforms}, which is on the list of assessed cloud platforms"
    ))
    .fact("provider", platforms))
}

fn operator<'a>(cloud: &Cloud<'a>) -> Option<(&'a str, String)> {
    let Listed::Operator(platforms) = &cloud.listed else { return None };
    Some((cloud.provider, platforms.iter().map(|platform| platform.name.as_str()).collect::<Vec<_>>().join(", ")))
}
