//! SUP002: a service is bound to commercial platforms.

use model::facts::Kind;
use model::facts::clients::{Audience, Entrance, EntrancePage, Entrances};
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::rendered::on_own_page;
use crate::facts::{entrances, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "SUP002",
    title: Label { zh: "服务绑定特定互联网平台", en: "service bound to commercial platforms" },
    area: Area::SupplyChain,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第十一条第二款", "Art. 11 ¶2")],
    needs: &[Kind::Register, Kind::Entrances, Kind::HomePage],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    if let Some(outside) = site::no_application(view) {
        return Ok(outside);
    }
    let register = view.need::<Register>()?;
    let doors = view.need::<Entrances>()?;
    let public: Vec<_> = entrances::open(doors).filter(|(_, page)| page.audience != Audience::Staff).collect();
    let (told, silent): (Vec<_>, Vec<_>) = public.iter().copied().partition(|(_, page)| !page.ways.is_empty());
    let (bound, free): (Vec<_>, Vec<_>) = told.into_iter().partition(|(_, page)| is_bound(page));
    if let Some((entrance, page)) = bound.iter().max_by_key(|(_, page)| page.audience) {
        let finding = finding(entrance, page, !free.is_empty());
        return on_own_page(finding.fact("bound", bound.len()).fact("neutral", free.len()), register, &doors.page);
    }
    if let Some((entrance, _)) = silent.first() {
        let url = &entrance.url;
        return Err(Undetermined::ambiguous(text!(
            zh: "入口 {url} 提供的登录或办理方式未知（可能由脚本生成）",
            en: "the ways that the entrance {url} offers were not seen; scripts may build them"
        )));
    }
    entrances::absence(view, doors)?;
    if free.is_empty() {
        return Ok(Judgement::not_applicable(text!(
            zh: "首页没有面向公众的登录或办事入口",
            en: "the home page leads to no entrance of a service for the public"
        )));
    }
    let number = free.len();
    Ok(Judgement::pass(text!(
        zh: "{number} 个面向公众的入口均提供不依赖商业平台的方式",
        en: "each of {number} entrances for the public offers a way without a commercial platform"
    ))
    .fact("neutral", number))
}

/// True when there is no way but those of commercial platforms.
fn is_bound(page: &EntrancePage) -> bool {
    page.ways.iter().all(|way| entrances::is_platform(*way))
}

/// An entrance for the public with platforms alone violates the duty, unless another entrance beside it may lead to the same service.
fn finding(entrance: &Entrance, page: &EntrancePage, has_other: bool) -> Judgement {
    let (url, words) = (&entrance.url, &entrance.words);
    let ways = page.ways.iter().map(|way| way.label());
    let (zh, en): (Vec<_>, Vec<_>) = ways.map(|Label { zh, en }| (zh, en)).unzip();
    let (zh, en) = (zh.join("、"), en.join(", "));
    let judgement = if page.audience == Audience::Public && !has_other {
        Judgement::violation(text!(
            zh: "入口“{words}”（{url}）只能通过{zh}进入",
            en: "the entrance \"{words}\" ({url}) opens only by {en}"
        ))
    } else {
        Judgement::review(text!(
            zh: "入口“{words}”（{url}）只能通过{zh}进入，同一服务是否另有入口待核实",
            en: "the entrance \"{words}\" ({url}) opens only by {en}; whether the same service has another one is to be verified"
        ))
    };
    judgement.fact("entrance", url).fact("ways", en)
}
