//! ORG005: a site whose name is neither its institution's nor region and duty with the institution's name shown.

use model::facts::Kind;
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::home::Home;
use crate::facts::{naming, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "ORG005",
    title: Label {
        zh: "网站名称不规范或未标明实体机构名称", en: "site name not in order, or institution not named"
    },
    area: Area::Institution,
    scope: &[SubjectKind::Site],
    severity: Severity::Low,
    grade: Grade::Review,
    basis: &[provisions("第八条", "Art. 8"), whole(&acts::ONLINE_NAMES)],
    needs: &[Kind::Register, Kind::HomePage, Kind::RenderedPage],
    level: AccessLevel::L1,
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
    let institution = view.institution()?;
    let name = &institution.name;
    if name.trim().is_empty() {
        return Err(Undetermined::owner_unknown());
    }
    let home = Home::of(view)?;
    let page = home.best;
    let title = page.title.trim();
    let site_names = || std::iter::once(&page.title).chain(&page.site_names);
    let own_names = || std::iter::once(name).chain(&institution.short_names);
    if let Some(own) = own_names().find(|own| site_names().any(|shown| naming::contains(shown, own))) {
        let reason = text!(zh: "网站名称“{title}”使用机构名称“{own}”", en: "the site's name \"{title}\" holds the institution's name \"{own}\"");
        return Ok(Judgement::pass(reason).fact("title", title).fact("matched", own));
    }
    if site_names().all(|shown| naming::is_no_name(shown)) {
        return Err(Undetermined::ambiguous(text!(
            zh: "首页标题“{title}”不是网站名称，可能是错误页面或标题缺失",
            en: "the title \"{title}\" is no name of a site: an error page, or none"
        )));
    }
    let regions = naming::regions(name);
    let region = regions.iter().find(|region| site_names().any(|shown| naming::contains(shown, region)));
    let named = page.institutions.iter().chain([&page.text]).any(|words| naming::contains(words, name));
    if let (Some(region), true) = (region, named) {
        let reason = text!(
            zh: "网站名称“{title}”以区域名“{region}”加职责名命名，首页标明实体机构名称“{name}”",
            en: "the site's name \"{title}\" is made of region ({region}) and duty, and the home page names the institution, {name}"
        );
        return Ok(Judgement::pass(reason).fact("title", title).fact("matched", region));
    }
    home.absence()?;
    let (zh, en) = if named {
        ("首页标明了该机构名称", "the home page does name it")
    } else {
        ("首页也未标明该机构名称", "the home page does not name it either")
    };
    let reason = text!(
        zh: "网站名称“{title}”中没有“{name}”的名称、规范简称，{zh}",
        en: "the site's name \"{title}\" holds neither the name nor a short name of {name}; {en}"
    );
    Ok(Judgement::review(reason).fact("title", title).fact("region_in_title", region.is_some()).fact("institution_named", named))
}
