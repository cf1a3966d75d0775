//! ORG008: a site that nobody has confirmed: found, and in no register.

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::standing::Standing;
use model::institution::OwnerStatus;
use model::ledger::claim::LifeState;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG008",
    title: Label { zh: "应用未登记在台账（待认领）", en: "application not in the ledger, waiting to be claimed" },
    area: Area::Institution,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Review,
    basis: &[provisions("第四条第一款", "Art. 4 ¶1"), provisions("第三十六条第二款", "Art. 36 ¶2")],
    needs: &[Kind::Register, Kind::Standing],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let register = view.need::<Register>()?;
    let standing = view.need::<Standing>().ok();
    let agreed = standing.and_then(|standing| standing.state);
    // A row that confirms the site is a register's word, whatever others have only seen; a candidate may have been claimed since.
    let state = match register.application.status {
        OwnerStatus::Active => agreed.filter(|state| *state != LifeState::Candidate).unwrap_or(LifeState::Confirmed),
        OwnerStatus::Candidate => agreed.unwrap_or(LifeState::Candidate),
        OwnerStatus::Retired => LifeState::Retired,
        OwnerStatus::ThirdParty => LifeState::ThirdParty,
    };
    let seen = standing.map(|standing| standing.seen.as_slice()).unwrap_or_default();
    match state {
        LifeState::Candidate => {
            let who = seen.iter().map(|seen| format!("{} {}", seen.source, seen.last)).collect::<Vec<_>>().join(", ");
            let reason = match who.as_str() {
                "" => text!(
                    zh: "该网站未在任何登记中确认，待认领或排除",
                    en: "no register confirms the site: it waits to be claimed or rejected"
                ),
                who => text!(
                    zh: "该网站由 {who} 发现，未在任何登记中确认，待认领或排除",
                    en: "the site was seen by {who}, and no register confirms it: it waits to be claimed or rejected"
                ),
            };
            Ok(Judgement::review(reason).fact("seen_by", who))
        }
        LifeState::ThirdParty => Ok(Judgement::not_applicable(text!(
            zh: "已排除：不是机关事业单位自己的应用",
            en: "it is known to be somebody else's service"
        ))),
        LifeState::Retired | LifeState::Merged | LifeState::Abolished => {
            Ok(Judgement::not_applicable(text!(zh: "应用已停用", en: "the application is no longer used")))
        }
        LifeState::Active | LifeState::Confirmed if register.institution.is_none() => Err(Undetermined::owner_unknown()),
        LifeState::Active | LifeState::Confirmed => Ok(Judgement::pass(match register.application.status {
            OwnerStatus::Candidate => text!(zh: "该网站已被认领", en: "the site has been claimed meanwhile"),
            _ => text!(zh: "该网站已登记在台账", en: "the site is in the ledger"),
        })),
    }
}
