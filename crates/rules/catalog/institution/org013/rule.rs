//! ORG013: registers, page and certificate name different institutions.

use model::facts::Kind;
use model::facts::extracts::{DomainRegistration, Filing, Filings, IcpFilings, MarkRegister, PoliceFilings, SiteCodes};
use model::facts::page::HomePage;
use model::facts::register::Register;
use model::facts::rendered::RenderedPage;
use model::facts::tls::TlsHandshake;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::registrant::{Ground, disclosed, ground};
use crate::facts::rendered::is_elsewhere;
use crate::facts::same_name::{Owner, Same};
use crate::facts::{filings, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG013",
    title: Label { zh: "开办主体信息在各来源中不一致", en: "sources name different institutions" },
    area: Area::Institution,
    scope: &[SubjectKind::Site],
    severity: Severity::Low,
    grade: Grade::Review,
    basis: &[
        provisions("第四条第一款", "Art. 4 ¶1"),
        provisions("第五条", "Art. 5"),
        provisions("第八条", "Art. 8"),
        provisions("第九条", "Art. 9"),
    ],
    needs: &[
        Kind::Register,
        Kind::Standing,
        Kind::HomePage,
        Kind::RenderedPage,
        Kind::TlsHandshake,
        Kind::DomainRegistration,
        Kind::IcpFilings,
        Kind::PoliceFilings,
        Kind::MarkRegister,
        Kind::SiteCodes,
    ],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// Whom a source names, by name and code.
type Voice<'a> = (Label, &'a str, &'a str);

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let owner = Owner::of(view)?;
    let own = &owner.institution.name;
    let mut voices = of_page(view, register);
    voices.extend(of_registers(view, register));
    if voices.is_empty() {
        return Err(Undetermined::ambiguous(text!(
            zh: "除台账外没有来源说明开办主体",
            en: "no source but the ledger names an institution"
        )));
    }
    let differing: Vec<_> = voices.iter().filter(|(_, name, code)| owner.compare(name, code) >= Same::Successor).collect();
    if differing.is_empty() {
        let sources = voices.iter().map(|(source, ..)| source.zh).collect::<Vec<_>>().join("、");
        return Ok(Judgement::pass(text!(
            zh: "{sources}与台账登记的开办单位“{own}”一致",
            en: "every source that names an institution names that of the ledger, \"{own}\""
        ))
        .fact("sources", voices.len()));
    }
    let zh = differing.iter().map(|(source, name, _)| format!("{}为“{name}”", source.zh)).collect::<Vec<_>>().join("，");
    let en = differing.iter().map(|(source, name, _)| format!("{}: \"{name}\"", source.en)).collect::<Vec<_>>().join(", ");
    let reason = text!(
        zh: "台账登记的开办单位是“{own}”，{zh}",
        en: "the ledger names \"{own}\"; others name somebody else ({en})"
    );
    Ok(Judgement::review(reason).fact("differing", en).fact("sources", voices.len()))
}

/// Whom the page and the certificate name. Of several names on a page one has to be the owner's.
fn of_page<'a>(view: &View<'a>, register: &Register) -> Vec<Voice<'a>> {
    let page = view.need::<RenderedPage>().map(|rendered| &rendered.page).or_else(|_| view.need::<HomePage>()).ok();
    let own = |page: &&HomePage| !register.application.host.as_ref().is_some_and(|host| is_elsewhere(host, &page.url));
    let names = page.filter(own).map(|page| page.institutions.as_slice()).unwrap_or_default();
    let owner = Owner::of(view).ok();
    let is_own = |name: &&String| owner.as_ref().is_some_and(|owner| owner.compare(name, "") < Same::Successor);
    let named = names.iter().find(is_own).or(names.first());
    let leaf = view.need::<TlsHandshake>().ok().and_then(|handshake| handshake.chain.first());
    let organisation = leaf.and_then(|leaf| leaf.organisation.as_ref()).filter(|name| !name.is_ascii());
    let page = named.map(|name| (Label { zh: "网页标明的主办单位", en: "the page" }, name.as_str(), ""));
    let certificate = organisation.map(|name| (Label { zh: "证书主体", en: "the certificate" }, name.as_str(), ""));
    page.into_iter().chain(certificate).collect()
}

/// Whom the registers name for the site's own domain.
fn of_registers<'a>(view: &View<'a>, register: &Register) -> Vec<Voice<'a>> {
    if ground(register).is_none_or(|(_, ground)| ground != Ground::Own) {
        return Vec::new();
    }
    let holder = view.need::<DomainRegistration>().ok().and_then(disclosed);
    let mut voices: Vec<Voice<'a>> =
        holder.map(|name| (Label { zh: "域名持有者", en: "the domain's holder" }, name, "")).into_iter().collect();
    let registers: [(Label, Option<&'a Filings>); 4] = [
        (Label { zh: "ICP 备案主体", en: "the ICP filing" }, view.need::<IcpFilings>().ok().map(|filed| &filed.0)),
        (Label { zh: "公安备案主体", en: "the public-security filing" }, view.need::<PoliceFilings>().ok().map(|filed| &filed.0)),
        (Label { zh: "网上标识登记单位", en: "the mark" }, view.need::<MarkRegister>().ok().map(|filed| &filed.0)),
        (Label { zh: "网站标识码登记单位", en: "the site code" }, view.need::<SiteCodes>().ok().map(|filed| &filed.0)),
    ];
    // Sites of several institutions may be filed under one domain: one of the entries has to be the owner's.
    let owner = Owner::of(view).ok();
    let distance = |entry: &&Filing| owner.as_ref().map(|owner| owner.compare(&entry.owner, &entry.uscc));
    for (label, filed) in registers {
        let entries = filed.into_iter().flat_map(filings::of_domain).filter(|entry| !entry.owner.is_empty());
        let nearest = entries.min_by_key(distance);
        voices.extend(nearest.map(|entry| (label, entry.owner.as_str(), entry.uscc.as_str())));
    }
    voices
}
