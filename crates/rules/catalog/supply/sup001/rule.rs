//! SUP001: a visitor is made to use a given client.

use model::facts::Kind;
use model::facts::clients::{ClientVisits, Demand};
use model::facts::register::Register;
use model::observation::{Failure, FailureClass, Outcome};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::browsers::{self, Got, is_mainstream, names, page};
use crate::facts::rendered::on_own_page;
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "SUP001",
    title: Label { zh: "要求用户使用特定客户端软件访问", en: "visitors made to use a given client" },
    area: Area::SupplyChain,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第十一条第一款", "Art. 11 ¶1")],
    needs: &[Kind::Register, Kind::ClientVisits],
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
    let looks = view.need::<ClientVisits>()?;
    let pages: Vec<Got<'_>> = looks.visits.iter().filter_map(page).collect();
    let end = pages.first().map_or(looks.url.as_str(), |(_, answer)| &answer.url);
    let finding = demanded(looks).or_else(|| refused(looks, &pages)).or_else(|| shortened(&pages));
    if let Some(judgement) = finding {
        return on_own_page(judgement, register, end);
    }
    for visit in looks.visits.iter().filter(|visit| is_mainstream(&visit.browser)) {
        match (&visit.answer, page(visit)) {
            (_, Some(_)) => {}
            (Outcome::Failed(failure), None) => return Err(Undetermined::failed(Kind::ClientVisits, failure)),
            (Outcome::Seen(answer), None) => {
                let why = Failure::new(FailureClass::NotAPage, format!("{}: HTTP {}", visit.browser, answer.status));
                return Err(Undetermined::failed(Kind::ClientVisits, &why));
            }
        }
    }
    if !pages.iter().any(|(browser, _)| is_mainstream(browser)) {
        return Err(Undetermined::ambiguous(text!(zh: "没有以主流浏览器访问", en: "no visit was made as a current browser")));
    }
    let (browsers, hints) = (names(&pages), looks.demands.len());
    Ok(Judgement::pass(text!(
        zh: "以 {browsers} 访问均得到页面，没有要求使用特定客户端",
        en: "{browsers} get the page, and nothing demands a given client"
    ))
    .fact("browsers", browsers)
    .fact("hints", hints))
}

/// What in page or scripts leaves no other way; a hint that is offered beside another way is none.
fn demanded(looks: &ClientVisits) -> Option<Judgement> {
    let demand = looks.demands.iter().find(|demand| demand.compelling)?;
    let Demand { place, matched, client, .. } = demand;
    let Label { zh, en } = client.label();
    Some(
        Judgement::violation(text!(
            zh: "页面要求使用{zh}：{place} 中有“{matched}”",
            en: "the page demands {en}: {place} holds \"{matched}\""
        ))
        .fact("client", en)
        .fact("place", place)
        .fact("matched", matched),
    )
}

/// A current browser is turned away or refused. What happens to old or embedded ones alone is a device's doing and no demand.
fn refused(looks: &ClientVisits, pages: &[Got<'_>]) -> Option<Judgement> {
    let mainstream = || looks.visits.iter().filter(|visit| is_mainstream(&visit.browser));
    let told = mainstream().find_map(|visit| Some((&visit.browser, visit.answer.seen()?.turned_away.as_ref()?)));
    if let Some((browser, words)) = told {
        let reason = text!(zh: "以 {browser} 访问被拒绝：“{words}”", en: "{browser} is turned away: \"{words}\"");
        return Some(Judgement::violation(reason).fact("browser", browser).fact("turned_away", words));
    }
    let kept_out = mainstream().find(|visit| match &visit.answer {
        Outcome::Seen(answer) => matches!(answer.status, 400..=428 | 430..=499),
        Outcome::Failed(failure) => matches!(failure.class, FailureClass::AccessDenied | FailureClass::NotAPage),
    });
    let browser = &kept_out?.browser;
    let others = Some(names(pages)).filter(|others| !others.is_empty())?;
    let reason = text!(
        zh: "以 {browser} 访问得不到页面，以 {others} 访问可以",
        en: "{browser} gets no page, while {others} do"
    );
    Some(Judgement::violation(reason).fact("browser", browser).fact("others", others))
}

/// At one address, a current browser gets next to nothing of what another gets.
fn shortened(pages: &[Got<'_>]) -> Option<Judgement> {
    let ((browser, short), (best, most)) = browsers::shortened(pages)?;
    let (few, many) = (short.text_length, most.text_length);
    let reason = text!(
        zh: "以 {browser} 访问只得到 {few} 个字符，以 {best} 访问得到 {many} 个",
        en: "{browser} gets {few} characters of text, {best} gets {many}"
    );
    Some(Judgement::review(reason).fact("browser", browser).fact("others", best))
}
