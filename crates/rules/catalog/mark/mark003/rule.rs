//! MARK003: a mark that its register does not hold, or holds for another institution or domain.

use model::facts::Kind;
use model::facts::extracts::{Filing, Filings, MarkRegister};
use model::facts::page::Mark;
use model::facts::register::Register;
use model::facts::rendered::RenderedPage;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::rendered::on_own_page;
use crate::facts::same_name::Owner;
use crate::facts::{filings, marks, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "MARK003",
    title: Label {
        zh: "网上标识未登记，或不属于该单位、该域名", en: "official mark not in the register, or another's"
    },
    area: Area::Mark,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第九条", "Art. 9")],
    needs: &[Kind::Register, Kind::Standing, Kind::RenderedPage, Kind::MarkRegister, Kind::DomainRegistration],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

const WHAT: Label = Label { zh: "网上标识", en: "the mark" };

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let page = view.need::<RenderedPage>()?;
    let shown: Vec<&Mark> = marks::shown(page)?.into_iter().map(|seen| &seen.mark).collect();
    if shown.is_empty() {
        return Ok(marks::none_shown());
    }
    // The loader's address holds the code of the mark that it draws.
    let loaders = page.page.marks.iter().filter(|mark| !mark.commented_out);
    let numbers: Vec<&str> =
        shown.into_iter().chain(loaders).flat_map(|mark| [&mark.code, &mark.id]).flatten().map(String::as_str).collect();
    let Some(first) = numbers.first() else {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页的网上标识没有编号，无法与登记数据核对",
            en: "the mark on the home page carries no number to look up"
        )));
    };
    let entries = &view.need::<MarkRegister>()?.0;
    let judgement = match numbers.iter().find_map(|number| filings::of_number(entries, number).next()) {
        Some(entry) => held(view, register, entry)?,
        None => absent(view, entries, first, &numbers)?,
    };
    on_own_page(judgement.fact("number", first), register, &page.page.url)
}

/// The register holds the mark: does it hold today, for this institution and this domain?
fn held(view: &View<'_>, register: &Register, entry: &Filing) -> Ruling {
    let number = &entry.number;
    if let Some(Label { zh, en }) = filings::flaw(&entry.validity, entry.valid_until, view.today()) {
        return Ok(Judgement::violation(text!(zh: "网上标识 {number} {zh}", en: "the mark {number} is {en}")).fact("state", en));
    }
    let host = site::host(register)?;
    let domain = host.registrable.as_deref().unwrap_or(&host.ascii);
    if !entry.domains.is_empty() && !entry.domains.iter().any(|held| held == domain || *held == host.ascii) {
        let domains = entry.domains.join(", ");
        return Ok(Judgement::violation(text!(
            zh: "网上标识 {number} 登记的域名是 {domains}，不是 {domain}",
            en: "the mark {number} is registered for {domains}, not for {domain}"
        ))
        .fact("registered_for", domains));
    }
    Ok(filings::whose(&Owner::of(view)?, entry, WHAT).unwrap_or_else(|| {
        Judgement::pass(text!(
            zh: "网上标识 {number} 已登记，与开办单位和域名一致",
            en: "the mark {number} is registered for this institution and domain"
        ))
    }))
}

/// The register does not hold the number. It may know the site by a number of the other form (a certificate's id, a code).
fn absent(view: &View<'_>, entries: &Filings, number: &str, all: &[&str]) -> Ruling {
    // Sites of several institutions may be registered under one domain.
    let owner = Owner::of(view)?;
    let own = filings::of_domain(entries).min_by_key(|entry| owner.compare(&entry.owner, &entry.uscc));
    if let Some(entry) = own {
        let registered = &entry.number;
        let comparable = filings::numbers(entry).any(|held| all.iter().any(|shown| is_code(shown) == is_code(held)));
        if !comparable {
            return held(view, view.need::<Register>()?, entry);
        }
        return Ok(Judgement::violation(text!(
            zh: "首页标识编号 {number} 不在登记数据中，该域名登记的标识是 {registered}",
            en: "the mark {number} is not in the register, which holds {registered} for this domain"
        ))
        .fact("registered", registered));
    }
    filings::is_expected(view, entries)?;
    Ok(Judgement::violation(text!(
        zh: "登记数据中没有网上标识 {number}，也没有该域名",
        en: "the register holds neither the mark {number} nor this domain"
    )))
}

/// True of the code in the loader's address, `CA` and digits; false of a certificate's id.
fn is_code(number: &str) -> bool {
    number.starts_with("CA")
}
