//! LINK001: external links that lead nowhere.

use jiff::SignedDuration;
use model::facts::Kind;
use model::facts::web::{LinkCheck, LinkChecks, LinkLook};
use model::observation::{FailureClass, Outcome};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::domains::is_government_address;
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "LINK001",
    title: Label { zh: "外部链接失效", en: "dead external link" },
    area: Area::Links,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第十五条", "Art. 15")],
    needs: &[Kind::Register, Kind::LinkChecks],
    level: AccessLevel::L1,
    max_age_days: 7,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// As many addresses as a verdict names.
const NAMED: usize = 5;

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let checks = view.need::<LinkChecks>()?;
    let gap = SignedDuration::from_secs(view.policy().dead_link_gap_s.into());
    let of = |wanted| checks.links.iter().filter(move |link| state(link, gap) == wanted);
    let (dead, unclear, skipped) = (of(State::Dead).count(), of(State::Unclear).count(), checks.not_checked);
    let all = checks.links.len();
    let described = |judgement: Judgement| judgement.fact("checked", all).fact("unclear", unclear).fact("not_checked", skipped);
    if dead > 0 {
        let named: Vec<_> = of(State::Dead).take(NAMED).map(|link| link.url.as_str()).collect();
        let first = named.first().copied().unwrap_or_default();
        let reason = text!(
            zh: "{all} 个外部链接中有 {dead} 个失效（两次检查均无法打开），例如 {first}",
            en: "{dead} of {all} external links are dead, having led nowhere twice, for example {first}"
        );
        // The article speaks of links to other than government applications; a government's dead page is for a person.
        let outside = of(State::Dead).any(|link| !is_government_address(&link.url));
        let finding = if outside { Judgement::violation(reason) } else { Judgement::review(reason) };
        return Ok(described(finding).fact("dead", dead).fact("dead_links", named.join(" ")));
    }
    if unclear > 0 || skipped > 0 {
        return Err(Undetermined::ambiguous(text!(
            zh: "检查的 {all} 个外部链接中没有确认失效的，但有 {unclear} 个结果不明、{skipped} 个未检查",
            en: "none of {all} external links is known to be dead, but {unclear} gave no clear answer and {skipped} were not checked"
        )));
    }
    let reason = if all == 0 {
        text!(zh: "首页没有外部链接", en: "the home page has no external links")
    } else {
        text!(zh: "{all} 个外部链接均可打开", en: "all {all} external links answer")
    };
    Ok(described(Judgement::pass(reason)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Alive,
    Dead,
    Unclear,
}

/// Dead only by two looks far enough apart; alive by one.
fn state(link: &LinkCheck, gap: SignedDuration) -> State {
    let Some(second) = &link.second else {
        return if look(&link.first) == State::Alive { State::Alive } else { State::Unclear };
    };
    match (look(&link.first), look(second)) {
        (State::Alive, _) | (_, State::Alive) => State::Alive,
        (State::Dead, State::Dead) if second.at.duration_since(link.first.at).abs() >= gap => State::Dead,
        _ => State::Unclear,
    }
}

/// What one look says. Being kept out (401, 403, 405, 429, block pages), errors of the server and time-outs say nothing of the link.
fn look(look: &LinkLook) -> State {
    match &look.status {
        Outcome::Seen(0..400) => State::Alive,
        Outcome::Seen(404 | 410) => State::Dead,
        Outcome::Seen(_) => State::Unclear,
        Outcome::Failed(failure) => match failure.class {
            FailureClass::NameNotFound | FailureClass::NoAddress | FailureClass::ConnectionRefused => State::Dead,
            _ => State::Unclear,
        },
    }
}
