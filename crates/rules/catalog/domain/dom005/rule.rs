//! DOM005: a portal that is not `www.□□□.gov.cn`, or a department's site that is not under its government's domain.

use model::facts::Kind;
use model::facts::register::Register;
use model::institution::{AdminLevel, Institution, InstitutionType, SiteRole};
use model::name::{HostName, ZHENGWU};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, whole};
use crate::facts::site::{self, Organ};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM005",
    title: Label { zh: "政府网站域名结构不规范", en: "structure of a government site's domain name" },
    area: Area::Domain,
    scope: &[SubjectKind::Site],
    severity: Severity::Low,
    grade: Grade::Review,
    basis: &[whole(&acts::DOMAIN_NOTICE), whole(&acts::SITE_GUIDELINE)],
    needs: &[Kind::Register],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

/// The portal of the State Council, to which its departments are subordinate; it lies under no domain of a region.
const STATE_COUNCIL: &str = "www.gov.cn";

fn judge(view: &View<'_>) -> Ruling {
    let institution = view.institution()?;
    let organ = site::organ(institution);
    let outside = matches!(organ, Organ::NotAdministrative | Organ::Township);
    if institution.kind.ok_or_else(Undetermined::type_unknown)? != InstitutionType::PartyGovernment || outside {
        let name = &institution.name;
        return Ok(Judgement::not_applicable(text!(
            zh: "{name}不是县级以上人民政府或其部门，域名结构要求只约束政府网站",
            en: "{name} is no government at county level or above and no department of one, which the forms of names bind"
        )));
    }
    let register = view.need::<Register>()?;
    if let Some(column) = site::column(register) {
        return Ok(column);
    }
    let host = site::host(register)?;
    let name = &host.unicode;
    if host.under(ZHENGWU) {
        return Ok(Judgement::pass(text!(zh: "域名 {name} 为“.政务”中文域名", en: "{name} is a Chinese name under .政务")));
    }
    if !host.under("gov.cn") || register.application.role == Some(SiteRole::Part) {
        return Ok(Judgement::not_applicable(text!(
            zh: "{name} 不是“.gov.cn”下的门户网站或部门网站",
            en: "{name} is not a portal or a department's site under .gov.cn"
        )));
    }
    let central = institution.level == Some(AdminLevel::Central)
        || register.superior_hosts.iter().any(|superior| superior.ascii == STATE_COUNCIL);
    if organ == Organ::Government || central || (organ == Organ::Outpost && has_portal_form(host)) {
        portal(register, host)
    } else {
        department(register, institution, host)
    }
}

/// `www.□□□.gov.cn`.
fn has_portal_form(host: &HostName) -> bool {
    let below_www = host.ascii.strip_prefix("www.");
    host.ascii == STATE_COUNCIL || (below_www.is_some() && below_www == host.registrable.as_deref())
}

fn portal(register: &Register, host: &HostName) -> Ruling {
    let name = &host.unicode;
    let judgement = if has_portal_form(host) {
        Judgement::pass(text!(zh: "域名 {name} 为“www.□□□.gov.cn”结构", en: "{name} has the form www.□□□.gov.cn"))
    } else if site::portal(register) == Some(true) {
        Judgement::review(text!(
            zh: "门户网站域名 {name} 不是“www.□□□.gov.cn”结构",
            en: "the portal's name {name} does not have the form www.□□□.gov.cn"
        ))
    } else {
        return Err(site::portal_unknown(host));
    };
    Ok(judgement.fact("host", name).fact("expected", "www.□□□.gov.cn"))
}

fn department(register: &Register, institution: &Institution, host: &HostName) -> Ruling {
    let name = &host.unicode;
    let superiors: Vec<_> = register.superior_hosts.iter().filter(|superior| superior.under("gov.cn")).collect();
    let is_below = Some(host.ascii.as_str()) != host.registrable.as_deref() && !has_portal_form(host);
    let known = superiors.iter().map(|superior| superior.unicode.as_str()).collect::<Vec<_>>().join(" ");
    let judgement = if is_below && superiors.iter().any(|superior| superior.same_site(host)) {
        Judgement::pass(text!(
            zh: "部门网站域名 {name} 位于上级网站（{known}）的域名之下",
            en: "the department's name {name} lies under the domain of its superior's site ({known})"
        ))
    } else if superiors.is_empty() || (is_below && site::is_vertically_managed(institution)) {
        return Err(Undetermined::ambiguous(text!(
            zh: "台账未登记 {name} 应归属的上级政府或主管部门网站域名",
            en: "the ledger does not hold the domain of the government or department to which {name} should belong"
        )));
    } else if institution.level.is_none() {
        return Err(Undetermined::level_unknown());
    } else {
        Judgement::review(text!(
            zh: "部门网站域名 {name} 不在上级网站（{known}）的域名之下",
            en: "the department's name {name} does not lie under the domain of its superior's site ({known})"
        ))
    };
    Ok(judgement.fact("host", name).fact("expected", "○○○.□□□.gov.cn").fact("superior_hosts", known))
}
