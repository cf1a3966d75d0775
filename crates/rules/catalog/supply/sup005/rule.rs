//! SUP005: third-party scripts from hosts that nobody should trust.

use jiff::civil::Date;
use model::facts::Kind;
use model::facts::extracts::{ThreatListing, ThreatListings};
use model::facts::register::Register;
use model::facts::scripts::{Script, Scripts};
use model::name::ZHENGWU;
use model::observation::FailureClass;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::domains::is_within;
use crate::facts::rendered::on_own_page;
use crate::facts::{poisoned, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "SUP005",
    title: Label {
        zh: "引用失效、恶意或曾被投毒的第三方脚本",
        en: "third-party script from a lapsed, malicious or poisoned host",
    },
    area: Area::SupplyChain,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第二十七条", "Art. 27")],
    needs: &[Kind::Register, Kind::Scripts, Kind::ThreatListings],
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
    let scripts = view.need::<Scripts>()?;
    let foreign: Vec<&Script> = scripts.scripts.iter().filter(|script| script.third_party).collect();
    let lists = view.need::<ThreatListings>();
    let listed = lists.as_ref().map_or(&[][..], |lists| &lists.listed);
    let worst = foreign.iter().filter_map(|script| suspicion(script, listed, view.today())).max_by_key(|found| found.grade);
    let described = |judgement: Judgement| judgement.fact("third_party", foreign.len()).fact("beyond", scripts.beyond);
    if let Some(judgement) = worst {
        return on_own_page(described(judgement), register, &scripts.page);
    }
    let loose: Vec<&str> =
        foreign.iter().filter(|script| !script.pinned && !is_official(&script.host)).map(|script| script.url.as_str()).collect();
    if let Some(first) = loose.first() {
        let number = loose.len();
        let advice = Judgement::advice(text!(
            zh: "{number} 个第三方脚本未设置完整性校验（SRI），例如 {first}",
            en: "{number} third-party scripts are not pinned (subresource integrity), for example {first}"
        ));
        let told = if lists.is_ok() { "asked" } else { "not asked" };
        return on_own_page(described(advice).fact("not_pinned", number).fact("threat_lists", told), register, &scripts.page);
    }
    if scripts.beyond > 0 {
        let beyond = scripts.beyond;
        return Err(Undetermined::ambiguous(
            text!(zh: "另有 {beyond} 个脚本未检查", en: "{beyond} further scripts were not looked at"),
        ));
    }
    if foreign.is_empty() {
        return Ok(described(Judgement::pass(
            text!(zh: "首页未引用第三方脚本", en: "the home page loads no third-party script"),
        )));
    }
    let asked = &lists?.hosts;
    if let Some(script) = foreign.iter().find(|script| !asked.contains(&script.host)) {
        let host = &script.host;
        return Err(Undetermined::ambiguous(text!(
            zh: "{host} 尚未与威胁情报名单比对",
            en: "{host} was not looked up in the threat lists"
        )));
    }
    let number = foreign.len();
    Ok(described(Judgement::pass(text!(
        zh: "{number} 个第三方脚本的主机不在威胁情报名单中，均有完整性校验或来自政务网站",
        en: "the hosts of {number} third-party scripts are on no threat list; the scripts are pinned or a government site's"
    ))))
}

/// True of government sites and of the register of official marks, whose loaders sites have to embed and cannot pin.
fn is_official(host: &str) -> bool {
    ["gov.cn", ZHENGWU, "conac.cn"].into_iter().any(|domain| is_within(host, domain))
}

/// The gravest that is held against the host of a script.
fn suspicion(script: &Script, listed: &[ThreatListing], today: Date) -> Option<Judgement> {
    let found = [was_poisoned(script), is_listed(script, listed, today), is_gone(script)];
    let worst = found.into_iter().flatten().max_by_key(|judgement| judgement.grade)?;
    Some(worst.fact("script", &script.url).fact("host", &script.host))
}

fn was_poisoned(script: &Script) -> Option<Judgement> {
    let known = poisoned::of(&script.host)?;
    let (url, Label { zh, en }, since) = (&script.url, known.what, known.since);
    let reason = text!(
        zh: "第三方脚本 {url} 的来源于 {since} 被通报：{zh}",
        en: "the source of the third-party script {url} was reported on {since}: {en}"
    );
    Some(if known.proven { Judgement::violation(reason) } else { Judgement::review(reason) })
}

fn is_listed(script: &Script, listed: &[ThreatListing], today: Date) -> Option<Judgement> {
    let stands = |listing: &&ThreatListing| {
        listing.host == script.host && listing.live && listing.until.is_none_or(|until| today <= until)
    };
    // A domain above it or another address on it may be somebody else's.
    let is_its_own = |listing: &ThreatListing| listing.indicator == script.host || listing.indicator == script.url;
    let listing = listed.iter().filter(stands).max_by_key(|listing| is_its_own(listing))?;
    let (url, ThreatListing { by, threat, indicator, .. }) = (&script.url, listing);
    let reason = text!(
        zh: "第三方脚本 {url} 的来源涉及威胁情报名单（{by}）中的 {indicator}（{threat}）",
        en: "the source of the third-party script {url} has to do with {indicator} ({threat}) on a threat list ({by})"
    );
    Some(if is_its_own(listing) { Judgement::violation(reason) } else { Judgement::review(reason) })
}

fn is_gone(script: &Script) -> Option<Judgement> {
    script.failure.as_ref().filter(|failure| failure.class == FailureClass::NameNotFound)?;
    let Script { url, host, .. } = script;
    Some(Judgement::violation(text!(
        zh: "第三方脚本 {url} 的域名 {host} 不存在",
        en: "the host {host} of the third-party script {url} does not exist"
    )))
}
