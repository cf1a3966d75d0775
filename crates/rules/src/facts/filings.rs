//! Entries of filing and mark registers: whether they hold, whose they are, and whether one is to be expected at all.

use jiff::civil::Date;
use model::facts::extracts::{DomainRegistration, Filing, Filings};
use model::facts::register::Register;
use model::facts::standing::Standing;
use model::plain_name::plain;
use model::text;
use model::text::Label;
use model::verdict::{Judgement, Undetermined};
use model::view::View;

use crate::facts::registrant::{Ground, ground};
use crate::facts::same_name::{Owner, Same};

/// The entries under the site's own domain.
pub fn of_domain(filings: &Filings) -> impl Iterator<Item = &Filing> {
    filings.held.iter().filter(|filing| !filings.domain.is_empty() && filing.domains.contains(&filings.domain))
}

/// The entries under a number, in any of its forms, blanks and letters' width apart.
pub fn of_number<'a>(filings: &'a Filings, number: &str) -> impl Iterator<Item = &'a Filing> {
    let wanted = plain(number);
    filings.held.iter().filter(move |filing| numbers(filing).any(|number| !wanted.is_empty() && plain(number) == wanted))
}

/// The numbers of an entry.
pub fn numbers(filing: &Filing) -> impl Iterator<Item = &str> {
    std::iter::once(filing.number.as_str()).chain(filing.other_numbers.iter().map(String::as_str))
}

/// The subject part of an ICP number: `京ICP备05000001号` of `京ICP备05000001号-2`.
pub fn base(number: &str) -> &str {
    number.split_once('号').map_or(number, |(head, _)| number.get(..head.len() + '号'.len_utf8()).unwrap_or(number))
}

/// Why an entry does not hold on a day; `None` when it does.
pub fn flaw(validity: &str, valid_until: Option<Date>, today: Date) -> Option<Label> {
    match (validity, valid_until) {
        ("revoked", _) => Some(Label { zh: "已注销", en: "revoked" }),
        ("suspended", _) => Some(Label { zh: "已暂停", en: "suspended" }),
        ("expired", _) => Some(Label { zh: "已过期", en: "expired" }),
        (_, Some(until)) if until < today => Some(Label { zh: "已过期", en: "expired" }),
        _ => None,
    }
}

/// What is wrong with the entry that the site claims for its own: it does not hold, is another's, or is for other domains. `what` names the
/// entry. `None` when nothing is.
///
/// # Errors
/// When it is not known whose the site or the domain is.
pub fn amiss(view: &View<'_>, filed: &Filings, entry: &Filing, what: Label) -> Result<Option<Judgement>, Undetermined> {
    let (Filing { number, domains, .. }, Label { zh, en }) = (entry, what);
    if let Some(flaw) = flaw(&entry.validity, entry.valid_until, view.today()) {
        let (flaw_zh, flaw_en) = (flaw.zh, flaw.en);
        let reason = text!(zh: "{zh} {number} {flaw_zh}", en: "{en} {number} is {flaw_en}");
        return Ok(Some(Judgement::violation(reason).fact("state", flaw_en)));
    }
    let lent = ground(view.need::<Register>()?).is_some_and(|(_, ground)| ground != Ground::Own);
    // A name below another's domain may be filed by whoever holds the domain.
    let whose = whose(&Owner::of(view)?, entry, what).filter(|_| !lent || !domains.contains(&filed.domain));
    if whose.is_some() || domains.is_empty() || filed.domain.is_empty() || domains.contains(&filed.domain) {
        return Ok(whose);
    }
    let (domain, held) = (&filed.domain, domains.join(", "));
    let reason = text!(
        zh: "{zh} {number} 的域名是 {held}，不含 {domain}",
        en: "{en} {number} is for {held}, not for {domain}"
    );
    Ok(Some(Judgement::violation(reason).fact("filed_for", held)))
}

/// What follows from an entry's subject for a duty of the owner's; `None` when the entry is the owner's. `what` names the entry.
pub fn whose(owner: &Owner<'_>, filing: &Filing, what: Label) -> Option<Judgement> {
    let Filing { owner: name, uscc, number, .. } = filing;
    if name.is_empty() && uscc.is_empty() {
        return None;
    }
    let Label { zh, en } = what;
    let own = &owner.institution.name;
    let (judgement, word) = match owner.compare(name, uscc) {
        Same::Same => return None,
        Same::Former => (
            Judgement::advice(text!(
                zh: "{zh} {number} 登记的主体“{name}”是开办单位的曾用名，尚未变更",
                en: "{en} {number} is registered under \"{name}\", a name that the institution had before"
            )),
            "former",
        ),
        Same::Successor => (
            Judgement::advice(text!(
                zh: "{zh} {number} 已登记在承继单位“{name}”名下，台账仍为“{own}”",
                en: "{en} {number} is registered to the successor \"{name}\"; the ledger still names \"{own}\""
            )),
            "successor",
        ),
        Same::Alike => (
            Judgement::review(text!(
                zh: "{zh} {number} 登记的主体“{name}”与开办单位“{own}”名称相近而不相同",
                en: "{en} {number} is registered to \"{name}\", a name like the institution's, \"{own}\", and not the same"
            )),
            "alike",
        ),
        Same::Other => (
            Judgement::violation(text!(
                zh: "{zh} {number} 登记的主体是“{name}”，不是开办单位“{own}”",
                en: "{en} {number} is registered to \"{name}\", not to the institution, \"{own}\""
            )),
            "other",
        ),
    };
    Some(judgement.fact("registered_to", name).fact("match", word))
}

/// Lets a lack of entries in a register count.
///
/// # Errors
/// When the extract is older than the site, as far as the ledger or the domain's registration tell how old that is.
pub fn is_expected(view: &View<'_>, filings: &Filings) -> Result<(), Undetermined> {
    let ledger = view.need::<Standing>().ok().and_then(|standing| standing.known_since);
    let registered = view.need::<DomainRegistration>().ok().and_then(|registration| registration.registered_on);
    match (filings.as_of, ledger.max(registered)) {
        (Some(extract), Some(site)) if site > extract => Err(Undetermined::ambiguous(text!(
            zh: "数据截至 {extract}，早于网站的首次记录（{site}），不能据此判定没有登记",
            en: "the extract is of {extract}, older than the site, which is known since {site}; that it holds no entry says nothing"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_of_numbers() {
        assert_eq!(base("京ICP备05000001号-12"), "京ICP备05000001号");
        assert_eq!(base("京ICP备05000001号"), "京ICP备05000001号");
        assert_eq!(base("62000002000001"), "62000002000001");
    }
}
