//! The public-security number of a page beside the register's extract.

use model::facts::extracts::Filings;
use model::facts::page::PoliceNumber;
use model::text;
use model::text::Label;
use model::verdict::{Judgement, Undetermined};
use model::view::View;

use crate::facts::filings;

const WHAT: Label = Label { zh: "公安机关备案", en: "the public-security filing" };

/// What the extract makes of the number. `shape` is the judgement on how it is written; it stands when the register agrees.
///
/// # Errors
/// When the owner is not known, or the extract is older than the site.
pub fn compare(view: &View<'_>, filed: &Filings, shown: &PoliceNumber, shape: Judgement) -> Result<Judgement, Undetermined> {
    let Some(entry) = filed.held.iter().find(|filing| digits(&filing.number) == shown.digits) else {
        return absent(view, filed, shown);
    };
    Ok(filings::amiss(view, filed, entry, WHAT)?.unwrap_or_else(|| shape.fact("compared", "yes")))
}

/// The register does not hold the number.
fn absent(view: &View<'_>, filed: &Filings, shown: &PoliceNumber) -> Result<Judgement, Undetermined> {
    let shown = &shown.text;
    if let Some(own) = filings::of_domain(filed).next() {
        let registered = &own.number;
        return Ok(Judgement::violation(text!(
            zh: "首页标明的 {shown} 不是该域名的公安机关备案号，备案数据中为 {registered}",
            en: "the home page shows {shown}; the register holds the domain as {registered}"
        ))
        .fact("registered", registered));
    }
    filings::is_expected(view, filed)?;
    // An extract may be of one province: the lack of an entry is for a person to look up.
    Ok(Judgement::review(text!(
        zh: "公安备案数据中没有 {shown}，也没有该域名",
        en: "the register's extract holds neither {shown} nor this domain"
    ))
    .fact("registered", ""))
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
