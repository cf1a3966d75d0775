//! DOM006: a domain or its filing in somebody else's name.

use jiff::civil::Date;
use model::facts::Kind;
use model::facts::extracts::{DomainRegistration, IcpFilings};
use model::facts::register::Register;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::provisions;
use crate::facts::registrant::{Ground, disclosed, ground};
use crate::facts::same_name::{Nature, Owner, Same, nature};
use crate::facts::{filings, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM006",
    title: Label {
        zh: "域名持有者或 ICP 备案主体不是开办单位", en: "domain or its ICP filing in another's name"
    },
    area: Area::Domain,
    scope: &[SubjectKind::Site],
    severity: Severity::High,
    grade: Grade::Violation,
    basis: &[provisions("第五条第三款", "Art. 5 ¶3"), provisions("第十二条", "Art. 12")],
    needs: &[Kind::Register, Kind::Standing, Kind::DomainRegistration, Kind::IcpFilings],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// Whom one register names.
struct Voice<'a> {
    register: Label,
    name: &'a str,
    same: Same,
    nature: Nature,
    /// The day since which it does.
    on: Option<Date>,
}

const REGISTRATION: Label = Label { zh: "域名注册信息", en: "the domain's registration" };
const FILING: Label = Label { zh: "ICP 备案", en: "the ICP filing" };

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(site::not_bound(kind));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let Some((domain, ground)) = ground(register) else {
        return Err(Undetermined::ambiguous(text!(zh: "登记地址中没有域名", en: "the registered address holds no domain")));
    };
    if ground == Ground::Superiors {
        return Ok(Judgement::not_applicable(text!(
            zh: "网站使用上级单位域名 {domain} 下的名称",
            en: "the site's name lies below its superior's domain, {domain}"
        )));
    }
    let owner = Owner::of(view)?;
    let voices = voices(view, &owner)?;
    let own = &owner.institution.name;
    // Non-empty by construction.
    let Some(worst) = voices.iter().max_by_key(|voice| voice.same) else {
        return Err(Undetermined::owner_unknown());
    };
    let (Label { zh, en }, name) = (worst.register, worst.name);
    let judgement = match worst.same {
        Same::Same => Judgement::pass(text!(
            zh: "{zh}显示域名 {domain} 属于“{own}”",
            en: "{en} names the institution, \"{own}\", for {domain}"
        )),
        Same::Former => Judgement::advice(text!(
            zh: "{zh}中域名 {domain} 仍登记为开办单位的曾用名“{name}”",
            en: "{en} names \"{name}\" for {domain}, a name that the institution had before"
        )),
        Same::Successor => Judgement::advice(text!(
            zh: "{zh}中域名 {domain} 已属承继单位“{name}”，台账仍为“{own}”",
            en: "{en} names the successor, \"{name}\", for {domain}; the ledger still names \"{own}\""
        )),
        Same::Alike => Judgement::review(text!(
            zh: "{zh}中域名 {domain} 的持有者“{name}”与开办单位“{own}”名称相近而不相同",
            en: "{en} names \"{name}\" for {domain}, which is like the institution's name, \"{own}\", and not the same"
        )),
        Same::Other => {
            let reason = text!(
                zh: "{zh}显示域名 {domain} 属于“{name}”，不是开办单位“{own}”",
                en: "{en} names \"{name}\" for {domain}, not the institution, \"{own}\""
            );
            if is_certain(worst, &voices, &owner, ground) { Judgement::violation(reason) } else { Judgement::review(reason) }
        }
    };
    Ok(judgement.fact("domain", domain).fact("holder", name).fact("match", format!("{:?}", worst.same).to_lowercase()))
}

/// Whether another holder is a finding without a person's look: the text names persons; a body's name is no slip; a company may hold the
/// domain on the institution's behalf unless both registers name one. Not when the registers disagree, the ledger may be the older, or
/// the domain may be a platform's.
fn is_certain(worst: &Voice<'_>, voices: &[Voice<'_>], owner: &Owner<'_>, ground: Ground) -> bool {
    let agreed = voices.iter().all(|voice| voice.same == Same::Other);
    let ledger = owner.standing.and_then(|standing| standing.since);
    let newer = matches!((worst.on, ledger), (Some(register), Some(ledger)) if register > ledger);
    let behalf = worst.nature == Nature::Company && voices.len() < 2;
    agreed && ground == Ground::Own && !newer && !behalf
}

/// Everyone that the registers name.
fn voices<'a>(view: &View<'a>, owner: &Owner<'_>) -> Result<Vec<Voice<'a>>, Undetermined> {
    let (registration, filed) = (view.need::<DomainRegistration>(), view.need::<IcpFilings>());
    let mut voices = Vec::new();
    if let Ok(registration) = &registration
        && let Some(name) = disclosed(registration)
    {
        let on = registration.updated_on.or(registration.registered_on);
        voices.push(Voice { register: REGISTRATION, name, same: owner.compare(name, ""), nature: nature(name, ""), on });
    }
    // Sites of several institutions may be filed under one domain: the institution's own filing speaks, if there is one.
    let filing = filed.iter().flat_map(|filed| filings::of_domain(&filed.0)).filter(|filing| !filing.owner.is_empty());
    if let Some((same, filing)) =
        filing.map(|filing| (owner.compare(&filing.owner, &filing.uscc), filing)).min_by_key(|(same, _)| *same)
    {
        let (name, nature) = (filing.owner.as_str(), nature(&filing.owner, &filing.nature));
        voices.push(Voice { register: FILING, name, same, nature, on: filing.issued_on });
    }
    match (voices.is_empty(), registration, filed) {
        (false, ..) => Ok(voices),
        (true, Err(missing), Err(_)) => Err(missing),
        (true, Ok(_), Err(_)) => Err(Undetermined::ambiguous(text!(
            zh: "域名注册信息未公开持有者，ICP 备案数据未导入",
            en: "the registration does not disclose the holder, and no ICP extract is loaded"
        ))),
        (true, _, Ok(_)) => Err(Undetermined::ambiguous(text!(
            zh: "域名持有者未知，ICP 备案数据中没有该域名",
            en: "the holder is not known, and the ICP extract does not hold the domain"
        ))),
    }
}
