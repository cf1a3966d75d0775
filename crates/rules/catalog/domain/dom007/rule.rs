//! DOM007: a domain that outlives its application or institution, or whose registration runs out.

use model::facts::Kind;
use model::facts::dns::HostDns;
use model::facts::extracts::{DomainRegistration, IcpFilings};
use model::facts::register::Register;
use model::facts::standing::Standing;
use model::facts::web::{PlainVisit, SecureVisit};
use model::institution::OwnerStatus;
use model::ledger::claim::LifeState;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::{Label, Text};
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::domains::display;
use crate::facts::same_name::{Owner, Same};
use crate::facts::{filings, registrant, site, visits};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM007",
    title: Label {
        zh: "停用后域名仍在解析，或域名注册将要到期",
        en: "domain still in use after its application ended, or about to lapse",
    },
    area: Area::Domain,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第十二条", "Art. 12")],
    needs: &[
        Kind::Register,
        Kind::Standing,
        Kind::HostDns,
        Kind::PlainVisit,
        Kind::SecureVisit,
        Kind::DomainRegistration,
        Kind::IcpFilings,
    ],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// Days after the end within which closing down is still under way: the text says 及时 and gives no number.
const CLOSING_DAYS: i32 = 30;

fn judge(view: &View<'_>) -> Ruling {
    if let Some(none) = site::no_application(view) {
        return Ok(none);
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    match ended(view, register)? {
        Some(end) => outlived(view, &end),
        None => {
            let registration = view.need::<DomainRegistration>()?;
            Ok(registrant::term_of_live(registration, view.today()).fact("domain", &registration.domain))
        }
    }
}

/// What has ended, in words, and whether it was so long ago that its name should be gone.
struct End {
    what: Text,
    is_long_ago: bool,
}

/// Whether application or institution has ended. A merged institution whose successor holds the filing lives on.
fn ended(view: &View<'_>, register: &Register) -> Result<Option<End>, Undetermined> {
    let standing = view.need::<Standing>().ok();
    let days = |since: Option<jiff::civil::Date>| since.is_none_or(|since| (view.today() - since).get_days() > CLOSING_DAYS);
    let state = standing.and_then(|standing| standing.state);
    if state == Some(LifeState::Retired) || register.application.status == OwnerStatus::Retired {
        let since = standing.filter(|standing| standing.state == Some(LifeState::Retired)).and_then(|standing| standing.since);
        let what = text!(zh: "台账登记应用已停用", en: "the ledger says that the application is no longer used");
        return Ok(Some(End { what, is_long_ago: days(since) }));
    }
    let Some(institution) = &register.institution else { return Ok(None) };
    let owner = Owner::of(view).ok().and_then(|owner| owner.standing);
    let name = &institution.name;
    let what = match owner.and_then(|owner| owner.state).or(institution.state) {
        Some(LifeState::Abolished) => text!(zh: "开办单位“{name}”已撤销", en: "the institution, \"{name}\", is abolished"),
        Some(LifeState::Merged) if !is_taken_over(view) => {
            text!(zh: "开办单位“{name}”已合并", en: "the institution, \"{name}\", is merged into another")
        }
        _ => return Ok(None),
    };
    Ok(Some(End { what, is_long_ago: days(owner.and_then(|owner| owner.state_since)) }))
}

/// Whether the successor holds the domain's filing.
fn is_taken_over(view: &View<'_>) -> bool {
    let (Ok(owner), Ok(filed)) = (Owner::of(view), view.need::<IcpFilings>()) else { return false };
    filings::of_domain(&filed.0).any(|filing| owner.compare(&filing.owner, &filing.uscc) == Same::Successor)
}

/// The name of what has ended: whether it is still there, and what it leads to.
fn outlived(view: &View<'_>, End { what, is_long_ago }: &End) -> Ruling {
    let dns = view.need::<HostDns>()?;
    let host = site::host(view.need::<Register>()?)?;
    let (name, zh, en) = (display(host), &what.zh, &what.en);
    if dns.addresses().next().is_none() {
        return match dns.a.failure().or(dns.aaaa.failure()) {
            Some(failure) => Err(Undetermined::failed(Kind::HostDns, failure)),
            None => {
                Ok(Judgement::pass(text!(zh: "{zh}，域名 {name} 已停止解析", en: "{en}, and {name} does not resolve any more")))
            }
        };
    }
    let visits = [view.outcome::<SecureVisit>()?.map(|visit| &visit.0), view.outcome::<PlainVisit>()?.map(|visit| &visit.0)];
    let page = |visit| match visits::end(visit) {
        visits::End::Page(hop) => Some(hop),
        _ => None,
    };
    let pages: Vec<_> = visits.iter().filter_map(|outcome| page(outcome.seen()?)).collect();
    if let Some(end) = pages.iter().find(|hop| !hop.host.same_site(host)) {
        let to = display(&end.host);
        let reason =
            text!(zh: "{zh}，域名 {name} 仍在解析并跳转到 {to}", en: "{en}, and {name} still resolves and leads to {to}");
        return Ok(Judgement::review(reason).fact("host", &host.unicode).fact("redirects_to", &end.host.unicode));
    }
    let reason = match pages.first() {
        Some(_) => text!(zh: "{zh}，域名 {name} 仍在解析且网站仍可访问", en: "{en}, and {name} still resolves and serves pages"),
        None => text!(zh: "{zh}，域名 {name} 仍在解析", en: "{en}, and {name} still resolves"),
    };
    let finding = if *is_long_ago { Judgement::violation } else { Judgement::review };
    Ok(finding(reason).fact("host", &host.unicode).fact("serves", if pages.is_empty() { "no" } else { "yes" }))
}
