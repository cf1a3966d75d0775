//! MARK007: an app's or account's page without the official mark.

use model::facts::Kind;
use model::facts::extracts::{Listing, Listings};
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
    id: "MARK007",
    title: Label {
        zh: "应用下载页或公众账号页未加注网上标识", en: "app or account page without the official mark"
    },
    area: Area::Mark,
    scope: &[SubjectKind::App, SubjectKind::MiniProgram, SubjectKind::Account],
    severity: Severity::Low,
    grade: Grade::Review,
    basis: &[provisions("第九条第二款", "Art. 9 ¶2")],
    needs: &[Kind::Register, Kind::Listings],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let listings = &view.need::<Listings>()?.listings;
    if listings.is_empty() {
        return Err(Undetermined::ambiguous(text!(zh: "数据中没有该应用或账号的页面", en: "the data hold no page of it")));
    }
    let platforms = |shows: Option<bool>| {
        let of = |listing: &&Listing| listing.shows_mark == shows;
        listings.iter().filter(of).map(|listing| listing.platform.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (without, unknown) = (platforms(Some(false)), platforms(None));
    if !without.is_empty() {
        // The text has the authorities bring the platforms to it, so that the owner alone cannot be blamed.
        return Ok(Judgement::review(text!(
            zh: "{without} 的页面未加注网上标识",
            en: "the page on {without} shows no official mark"
        ))
        .fact("platforms", without));
    }
    if !unknown.is_empty() {
        return Err(Undetermined::ambiguous(text!(
            zh: "数据未说明 {unknown} 的页面是否加注网上标识",
            en: "the data do not tell whether the page on {unknown} shows the mark"
        )));
    }
    Ok(Judgement::pass(text!(zh: "各平台页面均加注网上标识", en: "every page shows the official mark")))
}
