//! ORG006: an app offered on a platform that is not filed.

use model::facts::Kind;
use model::facts::extracts::{FiledPlatforms, ListedName, Listing, Listings};
use model::facts::register::Register;
use model::name::ZHENGWU;
use model::permission::AccessLevel;
use model::plain_name::plain;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::domains::is_within;
use crate::facts::{filings, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG006",
    title: Label { zh: "移动应用程序在未备案的分发平台上架", en: "app offered on a platform that is not filed" },
    area: Area::Institution,
    scope: &[SubjectKind::App],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第六条", "Art. 6")],
    needs: &[Kind::Register, Kind::Listings, Kind::FiledPlatforms],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// Where a listing is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// On a filed platform, or a site of the state's or the owner's own.
    Allowed,
    /// On a platform whose name is like a filed one's, or that has no address to compare.
    Unclear,
    /// On none of the filed ones.
    NotFiled,
}

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let own: Vec<&str> = view.need::<Register>()?.superior_hosts.iter().filter_map(|host| host.registrable.as_deref()).collect();
    let listings = &view.need::<Listings>()?.listings;
    if listings.is_empty() {
        return Err(Undetermined::ambiguous(text!(zh: "应用商店数据中没有该应用", en: "the listings do not hold the app")));
    }
    let filed = &view.need::<FiledPlatforms>()?.platforms;
    let filed: Vec<&ListedName> =
        filed.iter().filter(|listed| filings::flaw(&listed.validity, listed.valid_until, view.today()).is_none()).collect();
    let placed: Vec<_> = listings.iter().map(|listing| (place(listing, &filed, &own), listing.platform.as_str())).collect();
    let at = |wanted: Place| {
        placed.iter().filter(|(place, _)| *place == wanted).map(|(_, platform)| *platform).collect::<Vec<_>>().join(", ")
    };
    let (not_filed, unclear) = (at(Place::NotFiled), at(Place::Unclear));
    let judgement = if !not_filed.is_empty() {
        Judgement::violation(text!(
            zh: "应用在未列入备案名单的平台分发：{not_filed}",
            en: "the app is offered on platforms that are not on the list of filed ones: {not_filed}"
        ))
    } else if !unclear.is_empty() {
        Judgement::review(text!(
            zh: "平台名称与备案名单不能对应，需人工核对：{unclear}",
            en: "these platforms cannot be matched with the list of filed ones, a person has to look: {unclear}"
        ))
    } else {
        Judgement::pass(text!(
            zh: "应用均在已备案平台或机关事业单位网站分发",
            en: "the app is offered on filed platforms or sites of public bodies alone"
        ))
    };
    Ok(judgement.fact("not_filed", not_filed).fact("unclear", unclear))
}

fn place(listing: &Listing, filed: &[&ListedName], own: &[&str]) -> Place {
    let (name, host) = (plain(&listing.platform), listing.download_host.as_str());
    let on_own_site = !host.is_empty() && ["gov.cn", ZHENGWU].iter().chain(own).any(|domain| is_within(host, domain));
    let is_filed = |listed: &&ListedName| {
        let by_host = !host.is_empty() && listed.domains.iter().any(|domain| is_within(host, domain));
        by_host || listed.names().any(|listed| plain(listed) == name)
    };
    let is_like = |listed: &&ListedName| {
        listed.names().map(plain).any(|listed| !listed.is_empty() && (listed.contains(&name) || name.contains(&listed)))
    };
    if on_own_site || filed.iter().any(is_filed) {
        Place::Allowed
    } else if host.is_empty() || filed.iter().any(is_like) {
        Place::Unclear
    } else {
        Place::NotFiled
    }
}
