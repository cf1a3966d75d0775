//! ORG007: an app or account whose verification is missing or another's.

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
use crate::facts::same_name::{Owner, Same};
use crate::facts::site;

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG007",
    title: Label {
        zh: "应用或公众账号未经主体认证，或认证主体不是开办单位",
        en: "app or account not verified, or verified as somebody else",
    },
    area: Area::Institution,
    scope: &[SubjectKind::App, SubjectKind::MiniProgram, SubjectKind::Account],
    severity: Severity::Medium,
    grade: Grade::Violation,
    basis: &[provisions("第七条", "Art. 7")],
    needs: &[Kind::Register, Kind::Standing, Kind::Listings],
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
        return Err(Undetermined::ambiguous(text!(zh: "平台数据中没有该应用或账号", en: "the platforms' data do not hold it")));
    }
    let owner = Owner::of(view)?;
    // No subject at all is worse than another one; what the source does not tell comes last.
    let (told, silent): (Vec<&Listing>, Vec<&Listing>) = listings.iter().partition(|listing| subject(listing).is_some());
    let told: Vec<_> = told.into_iter().map(|listing| (same(&owner, listing), listing)).collect();
    let worst = told.iter().max_by_key(|(same, _)| same.map_or(u8::MAX, |same| same as u8));
    match worst {
        Some((found, listing)) if *found != Some(Same::Same) => Ok(finding(&owner, *found, listing)),
        _ => match silent.first() {
            Some(Listing { platform, .. }) => Err(Undetermined::ambiguous(text!(
                zh: "{platform} 的数据未说明认证主体",
                en: "the data of {platform} do not tell the verified subject"
            ))),
            None => Ok(Judgement::pass(text!(
                zh: "各平台的认证主体均为开办单位",
                en: "every platform has verified the institution as its subject"
            ))),
        },
    }
}

/// The subject that a platform has verified; empty when it says that it verified none. App stores have no field for it: they take up verified
/// developers alone and show whom.
fn subject(listing: &Listing) -> Option<&str> {
    let developer = Some(listing.developer.as_str()).filter(|name| !name.is_empty());
    listing.verified_subject.as_deref().or(developer)
}

/// How the verified subject stands to the owner; `None` when the platform verified none.
fn same(owner: &Owner<'_>, listing: &Listing) -> Option<Same> {
    let subject = subject(listing).filter(|subject| !subject.is_empty())?;
    Some(owner.compare(subject, &listing.subject_uscc))
}

fn finding(owner: &Owner<'_>, same: Option<Same>, listing: &Listing) -> Judgement {
    let (platform, own) = (&listing.platform, &owner.institution.name);
    let subject = subject(listing).unwrap_or_default();
    let judgement = match same {
        None => {
            Judgement::violation(text!(zh: "{platform} 显示未认证主体", en: "{platform} says that it has verified no subject"))
        }
        Some(Same::Other) => Judgement::violation(text!(
            zh: "{platform} 的认证主体是“{subject}”，不是开办单位“{own}”",
            en: "the subject verified by {platform} is \"{subject}\", not the institution, \"{own}\""
        )),
        Some(Same::Alike) => Judgement::review(text!(
            zh: "{platform} 的认证主体“{subject}”与开办单位“{own}”名称相近而不相同",
            en: "the subject verified by {platform}, \"{subject}\", has a name like the institution's, \"{own}\", and not the same"
        )),
        Some(Same::Same | Same::Former | Same::Successor) => Judgement::advice(text!(
            zh: "{platform} 的认证主体“{subject}”是开办单位“{own}”的曾用名或承继单位，认证信息或台账需更新",
            en: "the subject verified by {platform}, \"{subject}\", is a former name or the successor of \"{own}\": one of both is out of date"
        )),
    };
    judgement.fact("platform", platform).fact("verified", subject)
}
