//! DOM002: a 党政机关's site outside `.gov.cn` and `.政务`.

use model::facts::Kind;
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text::Label;
use model::verdict::{Grade, Ruling};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::{domains, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM002",
    title: Label {
        zh: "党政机关网站域名后缀不是“.gov.cn”或“.政务”", en: "party or government site outside .gov.cn and .政务"
    },
    area: Area::Domain,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第五条第一款", "Art. 5 ¶1"), whole(&acts::DOMAIN_NOTICE)],
    needs: &[Kind::Register, Kind::PlainVisit, Kind::SecureVisit],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_organ() {
        return Ok(site::not_an_organ(kind));
    }
    let host = site::host(view.need::<Register>()?)?;
    domains::judge_suffix(view, host, &domains::GOVERNMENT)
}
