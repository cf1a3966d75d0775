//! VULN002: an entrance for staff or administrators is open to everyone.

use model::facts::Kind;
use model::facts::clients::{Audience, Entrance, EntrancePage, Entrances, SystemKind, Way};
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::rendered::{is_elsewhere, on_own_page};
use crate::facts::{entrances, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "VULN002",
    title: Label { zh: "工作人员或管理入口向互联网开放", en: "staff or administration entrance open to everyone" },
    area: Area::Weakness,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第十九条", "Art. 19")],
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
    let own = |page: &EntrancePage| register.application.host.as_ref().is_none_or(|site| !is_elsewhere(site, &page.url));
    let (here, elsewhere): (Vec<_>, Vec<_>) = entrances::open(doors).partition(|(_, page)| own(page));
    let graded = here.iter().filter_map(|(entrance, page)| Some((grade(page)?, *entrance, *page)));
    let staff: Vec<_> = graded.collect();
    let described = |judgement: Judgement| judgement.fact("staff", staff.len()).fact("elsewhere", elsewhere.len());
    // The first of the gravest.
    if let Some((grade, entrance, page)) = staff.iter().rev().max_by_key(|(grade, ..)| *grade) {
        return on_own_page(described(finding(*grade, entrance, page)), register, &doors.page);
    }
    if let Some((entrance, _)) = here.iter().find(|(_, page)| page.audience == Audience::Unknown && asks(page)) {
        let url = &entrance.url;
        return Err(Undetermined::ambiguous(text!(
            zh: "登录入口 {url} 面向公众还是工作人员未知",
            en: "whether the sign-in at {url} is for the public or for staff was not seen"
        )));
    }
    entrances::absence(view, doors)?;
    let number = doors.entrances.len();
    Ok(described(Judgement::pass(text!(
        zh: "首页可达的 {number} 个入口中没有向互联网开放的工作人员或管理入口",
        en: "none of {number} entrances that the home page leads to is one for staff or administrators"
    ))))
}

/// How grave it is that everyone gets to the entrance; `None` when it is for the public, or nothing tells that it is not.
fn grade(page: &EntrancePage) -> Option<Grade> {
    use SystemKind as S;
    match (page.audience, page.system) {
        (Audience::Public, _) => None,
        // A gateway is what lets known devices in, and web mail has rules of its own.
        (Audience::Staff, Some(S::Vpn | S::Mail)) => Some(Grade::Review),
        // A certificate or token may be what limits it to known devices.
        (Audience::Staff, _) if page.ways.contains(&Way::Certificate) => Some(Grade::Review),
        // Without a sign-in it may be a page about such a system.
        (Audience::Staff, _) if page.ways == [Way::Open] => Some(Grade::Review),
        (Audience::Staff, _) => Some(Grade::Violation),
        (Audience::Unknown, Some(S::Office | S::ContentManagement | S::Console | S::Vpn)) => Some(Grade::Review),
        (Audience::Unknown, _) => None,
    }
}

/// True of a page that asks who one is.
fn asks(page: &EntrancePage) -> bool {
    page.status == 401 || page.ways.iter().any(|way| *way != Way::Open)
}

fn finding(grade: Grade, entrance: &Entrance, page: &EntrancePage) -> Judgement {
    let (url, title) = (&entrance.url, &page.title);
    let Label { zh, en } = entrances::system(page.system);
    let judgement = if grade == Grade::Violation {
        Judgement::violation(text!(
            zh: "{zh}入口 {url}（{title}）任何人均可从互联网访问",
            en: "anybody on the Internet gets to the entrance of {en} at {url} ({title})"
        ))
    } else {
        Judgement::review(text!(
            zh: "{zh}入口 {url}（{title}）可从互联网访问，是否限制接入地址或设备待核实",
            en: "the entrance of {en} at {url} ({title}) is reached from the Internet; whether addresses or devices are limited is to be verified"
        ))
    };
    let product = page.product.as_deref().unwrap_or_default();
    judgement.fact("entrance", url).fact("system", en).fact("product", product).fact("signs", page.signs.join("; "))
}
