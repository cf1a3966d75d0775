//! The ICP numbers of a page beside the register's extract. The part before `-n` names the subject, `-n` one of its sites: another `n` of
//! the same subject is a slip, another subject's number is somebody else's filing.

use model::facts::extracts::{Filing, Filings};
use model::facts::page::IcpNumber;
use model::plain_name::plain;
use model::text;
use model::text::Label;
use model::verdict::{Judgement, Undetermined};
use model::view::View;

use crate::facts::filings;

const WHAT: Label = Label { zh: "ICP 备案", en: "the ICP filing" };

/// What the extract makes of the well-formed numbers of a page. `shape` is the judgement on how they are written; it stands when the
/// register agrees.
///
/// # Errors
/// When the owner is not known, or the extract is older than the site.
pub fn compare(view: &View<'_>, filed: &Filings, numbers: &[IcpNumber], shape: Judgement) -> Result<Judgement, Undetermined> {
    let shown: Vec<&str> = numbers.iter().filter_map(|number| number.number.as_deref()).collect();
    // The number under which the domain is filed, if the page shows it; else any that the register holds.
    let of_domain: Vec<&Filing> = filings::of_domain(filed).collect();
    let on_page = |filing: &&&Filing| shown.iter().any(|number| same_subject(number, &filing.number));
    let entry = of_domain.iter().find(on_page).copied();
    let entry = entry.or_else(|| filed.held.iter().find(|filing| on_page(&filing)));
    match entry {
        Some(entry) => held(view, filed, entry, &shown, shape),
        None => absent(view, filed, &of_domain, &shown.join(", ")),
    }
}

fn same_subject(one: &str, other: &str) -> bool {
    plain(filings::base(one)) == plain(filings::base(other))
}

/// The register holds the subject part of a number on the page.
fn held(view: &View<'_>, filed: &Filings, entry: &Filing, shown: &[&str], shape: Judgement) -> Result<Judgement, Undetermined> {
    let number = &entry.number;
    if let Some(judgement) = filings::amiss(view, filed, entry, WHAT)? {
        return Ok(judgement);
    }
    let is_it = |shown: &&str| plain(shown) == plain(number) || filings::base(shown) == *shown;
    if shown.iter().any(is_it) {
        return Ok(shape.fact("compared", "yes"));
    }
    let shown = shown.join(", ");
    Ok(Judgement::advice(text!(
        zh: "首页标明 {shown}，该域名的备案编号是 {number}，主体相同而序号不同",
        en: "the home page shows {shown}; the domain is filed as {number}: the same subject, another of its sites"
    ))
    .fact("registered", number))
}

/// The register holds none of the numbers.
fn absent(view: &View<'_>, filed: &Filings, of_domain: &[&Filing], shown: &str) -> Result<Judgement, Undetermined> {
    if let Some(own) = of_domain.first() {
        let (registered, subject) = (&own.number, &own.owner);
        return Ok(Judgement::violation(text!(
            zh: "首页标明的 {shown} 不是该域名的备案编号，备案数据中为 {registered}（{subject}）",
            en: "the home page shows {shown}; the register holds the domain as {registered} ({subject})"
        ))
        .fact("registered", registered));
    }
    filings::is_expected(view, filed)?;
    // An extract may be of one province: the lack of an entry is for a person to look up.
    Ok(Judgement::review(text!(
        zh: "备案数据中没有 {shown}，也没有该域名",
        en: "the register's extract holds neither {shown} nor this domain"
    ))
    .fact("registered", ""))
}
