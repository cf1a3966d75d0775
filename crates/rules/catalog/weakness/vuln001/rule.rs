//! VULN001: product and version match known vulnerabilities.

use model::facts::Kind;
use model::facts::components::{Components, Match, Vulnerabilities};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Grade, Judgement, Ruling};
use model::view::View;

use crate::acts::{self, place, provisions};
use crate::facts::site;
use crate::facts::vulnerable::{self, Picture};

/// The rule.
pub static RULE: Rule = Rule {
    id: "VULN001",
    title: Label { zh: "产品与版本存在已知漏洞", en: "product and version match known vulnerabilities" },
    area: Area::Weakness,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[
        provisions("第三条", "Art. 3"),
        provisions("第二十七条", "Art. 27"),
        place(&acts::VULNERABILITY_RULES, "第八条", "Art. 8"),
    ],
    needs: &[Kind::Register, Kind::Components, Kind::Vulnerabilities],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// From this urgency on a vulnerability has to be mended at once, whatever its gravity.
const URGENT: u8 = 70;

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let components = view.need::<Components>()?;
    let told = view.need::<Vulnerabilities>()?;
    let picture = Picture::of(told, |_| true);
    let most_urgent = told.matches.iter().map(|found| found.urgency).max().unwrap_or(0);
    let described = |judgement| picture.described(judgement).fact("urgency", most_urgent).fact("beyond", told.beyond);
    // The gravest grade decides, and within it the first match, which is the most urgent.
    let worst = picture.sure.iter().rev().max_by_key(|found| grade(found)).map(|found| (grade(found), *found));
    match worst {
        Some((Grade::Violation, found)) => Ok(described(Judgement::violation(sentence(found, &picture)))),
        Some((Grade::Review, found)) => Ok(described(Judgement::review(sentence(found, &picture)))),
        _ if picture.has_doubts() => {
            Ok(described(Judgement::review(picture.in_doubt(Label { zh: "已知漏洞", en: "known vulnerabilities" }))))
        }
        Some((Grade::Advice, found)) => Ok(described(Judgement::advice(sentence(found, &picture)))),
        None => {
            vulnerable::sets(components)?;
            vulnerable::absence(view, components, told, |_| true)?;
            let number = components.found.len();
            Ok(described(Judgement::pass(text!(
                zh: "{number} 个组件在已导入的漏洞公告中没有匹配的漏洞",
                en: "the loaded advisories know no vulnerability of the {number} components"
            ))))
        }
    }
}

/// What is exploited or urgent, or grave, has to be mended; of the rest a person decides.
fn grade(found: &Match) -> Grade {
    if found.exploited.is_some() || found.urgency >= URGENT || found.severity >= Severity::High {
        Grade::Violation
    } else if found.severity == Severity::Medium {
        Grade::Review
    } else {
        Grade::Advice
    }
}

fn sentence(found: &Match, picture: &Picture<'_>) -> Text {
    let (number, name, severity) = (vulnerable::count(&picture.sure), vulnerable::name(found), found.severity.label());
    let (zh, en) = (severity.zh, severity.en);
    let (known_zh, known_en) =
        if found.exploited.is_some() { ("，已知被利用", ", known to be exploited") } else { ("", "") };
    text!(
        zh: "产品与版本匹配 {number} 项已知漏洞，最紧急的是 {name}（{zh}{known_zh}）",
        en: "product and version match {number} known vulnerabilities, foremost {name} ({en}{known_en})"
    )
}
