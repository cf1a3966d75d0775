//! VULN006: a vendor's default password is accepted.

use model::facts::Kind;
use model::facts::proofs::{PasswordTrials, Trial};
use model::observation::Outcome;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "VULN006",
    title: Label { zh: "使用默认口令", en: "default password accepted" },
    area: Area::Weakness,
    scope: &[SubjectKind::Site],
    severity: Severity::Critical,
    grade: Grade::Violation,
    basis: &[provisions("第三十条第二款", "Art. 30 ¶2"), provisions("第三条", "Art. 3")],
    needs: &[Kind::Register, Kind::PasswordTrials],
    level: AccessLevel::L4,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let tried = view.need::<PasswordTrials>()?;
    let accepted: Vec<&Trial> = tried.trials.iter().filter(|trial| trial.accepted.seen() == Some(&true)).collect();
    let described = |judgement: Judgement| judgement.fact("trials", tried.trials.len()).fact("list", &tried.list);
    if let Some(Trial { place, product, .. }) = accepted.first().copied() {
        let number = accepted.len();
        let at = accepted.iter().map(|trial| format!("{} {}", trial.place, trial.account)).collect::<Vec<_>>().join(", ");
        return Ok(described(Judgement::violation(text!(
            zh: "{number} 个账号可用厂商默认口令登录，例如 {place}（{product}）",
            en: "{number} accounts accept their vendor's default password, for example at {place} ({product})"
        )))
        .fact("accepted", at));
    }
    if let Some(failure) = &tried.stopped {
        return Err(Undetermined::failed(Kind::PasswordTrials, failure));
    }
    let unsure = tried.trials.iter().find_map(|trial| match &trial.accepted {
        Outcome::Failed(failure) => Some(failure),
        Outcome::Seen(_) => None,
    });
    if let Some(failure) = unsure {
        return Err(Undetermined::failed(Kind::PasswordTrials, failure));
    }
    let number = tried.trials.len();
    if number == 0 {
        return Err(Undetermined::ambiguous(text!(
            zh: "没有与默认口令清单相符的登录入口",
            en: "no sign-in was found that the list of defaults is for"
        )));
    }
    Ok(described(Judgement::pass(text!(
        zh: "测试的 {number} 个账号均不接受清单中的默认口令",
        en: "none of {number} accounts accepts a default password of the list"
    ))))
}
