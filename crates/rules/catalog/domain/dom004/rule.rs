//! DOM004: a 党政机关's web sites under more than one Chinese or more than one English registered domain.

use std::collections::BTreeSet;

use model::facts::Kind;
use model::facts::register::Estate;
use model::institution::{Application, ApplicationKind, OwnerStatus, SiteRole};
use model::permission::AccessLevel;
use model::rule::{Area, Rule, Severity};
use model::subject::SubjectKind;
use model::text;
use model::text::Label;
use model::verdict::{Grade, Judgement, Ruling, Undetermined};
use model::view::View;

use crate::acts::{self, provisions, whole};
use crate::facts::{domains, site};

/// The rule.
pub static RULE: Rule = Rule {
    id: "DOM004",
    title: Label {
        zh: "党政机关网站注册多个中文域名或多个英文域名",
        en: "more than one Chinese or English domain for an organ's site",
    },
    area: Area::Domain,
    scope: &[SubjectKind::Institution],
    severity: Severity::Low,
    grade: Grade::Review,
    basis: &[provisions("第五条第一款", "Art. 5 ¶1"), whole(&acts::DOMAIN_NOTICE)],
    needs: &[Kind::Estate],
    level: AccessLevel::L0,
    max_age_days: 30,
    revision: 1,
    doc: Label { zh: include_str!("rule.zh.md"), en: include_str!("rule.md") },
    judge,
};

fn judge(view: &View<'_>) -> Ruling {
    let estate = view.need::<Estate>()?;
    let kind = estate.institution.kind.ok_or_else(Undetermined::type_unknown)?;
    if !kind.is_organ() {
        return Ok(site::not_an_organ(kind));
    }
    let sites: Vec<_> = estate.applications.iter().filter(|application| is_own_site(application)).collect();
    if sites.is_empty() {
        let reason = text!(zh: "台账中没有该单位在用的网站", en: "the ledger holds no web site that the institution uses");
        return Ok(Judgement::not_applicable(reason));
    }
    let (mut english, mut chinese) = (BTreeSet::new(), BTreeSet::new());
    for host in sites.iter().filter_map(|site| site.host.as_ref()) {
        if let Some(domain) = host.registrable.as_deref() {
            if host.is_idn() {
                chinese.insert(domain)
            } else {
                english.insert(domain)
            };
        }
    }
    let (english_count, chinese_count) = (english.len(), chinese.len());
    let judgement = if english_count > 1 || chinese_count > 1 {
        Judgement::review(text!(
            zh: "在用网站共使用 {english_count} 个英文域名、{chinese_count} 个中文域名",
            en: "its web sites in use lie under {english_count} English and {chinese_count} Chinese domains"
        ))
    } else if let Some(site) = sites.iter().find(|site| site.host.is_none()) {
        let address = &site.address;
        return Err(Undetermined::ambiguous(text!(
            zh: "登记地址“{address}”中没有可识别的域名，无法计数",
            en: "the registered address \"{address}\" holds no host name, so the domains cannot be counted"
        )));
    } else {
        Judgement::pass(text!(
            zh: "在用网站使用 {english_count} 个英文域名、{chinese_count} 个中文域名",
            en: "its web sites in use lie under {english_count} English and {chinese_count} Chinese domains"
        ))
    };
    let judgement = judgement.fact("english_domains", list(english)).fact("chinese_domains", list(chinese));
    Ok(match main_domain(&sites) {
        Some(domain) => judgement.fact("main_domain", domain),
        None => judgement,
    })
}

/// In use, the institution's own, and no column on a platform.
fn is_own_site(application: &Application) -> bool {
    application.kind == ApplicationKind::WebSite && application.status == OwnerStatus::Active && application.path.is_empty()
}

/// The domain of the registered portal, the one that is declared the main domain (主域名).
fn main_domain<'a>(sites: &[&'a Application]) -> Option<std::borrow::Cow<'a, str>> {
    let portal = sites.iter().find(|site| site.role == Some(SiteRole::Portal))?;
    portal.host.as_ref().map(domains::display)
}

fn list(domains: BTreeSet<&str>) -> String {
    domains.into_iter().collect::<Vec<_>>().join(" ")
}
