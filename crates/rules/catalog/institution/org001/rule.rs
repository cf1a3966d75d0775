//! ORG001: a county department or a township organ that runs a site of its own.

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::web::Hop;
use model::institution::{AdminLevel, Institution, InstitutionType, OwnerStatus};
use model::name::HostName;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::county;
use crate::facts::site::{self, Organ};
use crate::facts::visits;

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG001",
    title: Label {
        zh: "县级党政机关部门或乡镇党政机关单独建设网站",
        en: "county department or township organ runs a site of its own",
    },
    area: Area::Institution,
    scope: &[SubjectKind::Site],
    severity: Severity::Medium,
    grade: Grade::Review,
    basis: &[provisions("第十条第二款", "Art. 10 ¶2"), whole(&acts::SITE_GUIDELINE)],
    needs: &[Kind::Register, Kind::SecureVisit, Kind::PlainVisit],
    level: AccessLevel::L1,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let kind = view.institution_type()?;
    if !kind.is_organ() {
        return Ok(site::not_an_organ(kind));
    }
    let register = view.need::<Register>()?;
    if register.application.status == OwnerStatus::Retired {
        return Ok(Judgement::not_applicable(text!(zh: "台账登记为已停用", en: "the ledger says that it is no longer used")));
    }
    let institution = view.institution()?;
    // A township entered under its county's or city's division code is a township all the same; 东莞 has no counties in between.
    let level = match site::organ(institution) {
        Organ::Township => AdminLevel::Township,
        _ => institution.level.ok_or_else(Undetermined::level_unknown)?,
    };
    if let Some(spared) = spared(institution, level) {
        return Ok(spared);
    }
    let host = site::host(register)?;
    let superiors = &register.superior_hosts;
    let on_platform = superiors.is_empty() || superiors.iter().any(|superior| superior.same_site(host));
    if superiors.contains(host) || (on_platform && !register.application.path.is_empty()) {
        let name = &host.unicode;
        let reason = text!(zh: "以栏目形式建在 {name} 上，未单独建设网站", en: "a column on {name}, no site of its own");
        return Ok(Judgement::pass(reason).fact("form", "column"));
    }
    own_site(institution, level, host, superiors, &visits::pages(view)?)
}

/// The answer for those whom the article does not mean.
fn spared(institution: &Institution, level: AdminLevel) -> Option<Judgement> {
    let (name, label) = (&institution.name, level.label());
    match level {
        AdminLevel::Township => None,
        AdminLevel::County => county::is_county_organ(name).then(|| {
            Judgement::not_applicable(text!(
                zh: "{name}是县级党政机关本身，不是其部门",
                en: "{name} is one of the county's own organs and no department"
            ))
        }),
        _ => {
            let (zh, en) = (label.zh, label.en);
            Some(Judgement::not_applicable(text!(
                zh: "开办单位为{zh}机关，本条只约束县级部门和乡镇",
                en: "the owner is at {en} level; this duty binds county departments and townships"
            )))
        }
    }
}

/// The answer for a host that is not the superior's: its visitors are sent to the superior's, or it is a site of its own.
fn own_site(institution: &Institution, level: AdminLevel, host: &HostName, superiors: &[HostName], pages: &[&Hop]) -> Ruling {
    let (name, host_name) = (&institution.name, &host.unicode);
    let ends = pages.iter().map(|page| page.host.unicode.as_str()).collect::<Vec<_>>().join(", ");
    if pages.iter().all(|page| superiors.contains(&page.host)) {
        let reason = text!(
            zh: "{host_name} 只跳转到上级网站平台 {ends}，未单独建设网站",
            en: "{host_name} only leads to the superior's platform {ends}; no site of its own"
        );
        return Ok(Judgement::pass(reason).fact("form", "redirect").fact("ends_at", ends));
    }
    if level == AdminLevel::County && site::is_vertically_managed(institution) {
        return Err(Undetermined::ambiguous(text!(
            zh: "{name}由上级部门垂直管理，不是县级党政机关的部门，其网站以国办发〔2017〕47号和主管部门的批准为准",
            en: "{name} is managed by a department of a higher level and is no department of the county; its site is the guideline's and that department's matter"
        )));
    }
    if level == AdminLevel::County && site::organ(institution) == Organ::Outpost {
        return Err(Undetermined::ambiguous(text!(
            zh: "{name}是派出的管理机构，是否属于县级部门以机构编制名录为准",
            en: "{name} is a committee sent out by a government; whether it counts as a county department is the roster's matter"
        )));
    }
    let form = match superiors {
        [] => "own_host",
        _ if superiors.iter().any(|superior| superior.same_site(host)) => "subdomain",
        _ => "own_domain",
    };
    let (zh, en) = match form {
        "subdomain" => ("上级域名下的独立主机名", "a host of its own under its superior's domain"),
        "own_domain" => ("独立域名", "a domain of its own"),
        _ => ("独立主机名", "a host of its own"),
    };
    let (who, who_en) = match level {
        AdminLevel::Township if county::is_street_office(name) => ("街道机关", "a street office"),
        AdminLevel::Township => ("乡镇党政机关", "a township organ"),
        _ if institution.kind == Some(InstitutionType::MassOrganisation) => {
            ("县级群团机关", "a mass organisation of county level")
        }
        _ => ("县级党政机关部门", "a county department"),
    };
    let higher = institution.division.as_ref().is_some_and(county::is_district_of_higher_city);
    let (note, note_en) = if higher {
        ("（直辖市或副省级市的市辖区）", " (in a district of a municipality or sub-provincial city)")
    } else {
        ("", "")
    };
    let reason = text!(
        zh: "{name}为{who}{note}，以{zh} {host_name} 单独建设网站",
        en: "{name} is {who_en}{note_en} and runs a site of its own at {en}, {host_name}"
    );
    Ok(Judgement::review(reason).fact("form", form).fact("ends_at", ends).fact("district_of_higher_city", higher))
}
