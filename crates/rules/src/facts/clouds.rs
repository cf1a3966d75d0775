//! On which cloud a site runs, and what the list of assessed platforms says of it. What is assessed is a platform, not a company: that a
//! company has one tells nothing of its other clouds.

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::facts::extracts::{CloudAssessments, ListedName};
use model::facts::hosting::{Hosting, ProviderRole, Region};
use model::facts::register::Register;
use model::plain_name::plain;
use model::text;
use model::verdict::{Judgement, Undetermined};
use model::view::View;

use crate::facts::site;

/// An assessment holds for three years (云计算服务安全评估办法) when the list does not say until when.
const VALID_YEARS: i32 = 3;

/// A cloud of the site's, and the list's word on it.
#[derive(Debug)]
pub struct Cloud<'a> {
    /// The provider as the catalogue of providers names it.
    pub provider: &'a str,
    /// What the list says.
    pub listed: Listed<'a>,
}

/// What the list says of a provider.
#[derive(Debug)]
pub enum Listed<'a> {
    /// The platform of that name, by its name or another.
    Platform(&'a ListedName),
    /// Platforms of the provider under names of their own; which one the site uses, if any, nobody saw.
    Operator(Vec<&'a ListedName>),
    /// Nothing.
    Nothing,
}

/// The clouds that the site's addresses and names point to.
pub enum Clouds<'a> {
    /// Some.
    Some(Vec<Cloud<'a>>),
    /// None that the duty is about: it does not bind the site, or its addresses are in networks of another kind, such as an own data centre.
    None(Judgement),
}

/// The clouds of an organ's own site.
///
/// # Errors
/// When nobody knows whose the site is, where the addresses are, they are those of a delivery network or a protection device in front of the site, or the
/// list is not loaded.
pub fn of<'a>(view: &View<'a>) -> Result<Clouds<'a>, Undetermined> {
    let kind = view.institution_type()?;
    if !kind.is_organ() {
        return Ok(Clouds::None(site::not_an_organ(kind)));
    }
    if let Some(column) = site::column(view.need::<Register>()?) {
        return Ok(Clouds::None(column));
    }
    let hosting = view.need::<Hosting>()?;
    let signs = || hosting.addresses.iter().flat_map(|address| &address.providers).chain(&hosting.providers);
    let named = |role: ProviderRole| {
        let mut names: Vec<&str> = signs().filter(|sign| sign.role == role).map(|sign| sign.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let clouds = named(ProviderRole::Cloud);
    if clouds.is_empty() {
        let fronts = [named(ProviderRole::Cdn), named(ProviderRole::Waf)].concat().join(", ");
        return none(hosting, &fronts);
    }
    let list = view.need::<CloudAssessments>()?;
    let cloud = |provider| Cloud { provider, listed: listed(list, provider) };
    Ok(Clouds::Some(clouds.into_iter().map(cloud).collect()))
}

fn none<'a>(hosting: &Hosting, fronts: &str) -> Result<Clouds<'a>, Undetermined> {
    if !fronts.is_empty() {
        return Err(Undetermined::ambiguous(text!(
            zh: "地址属于内容分发或防护服务（{fronts}），其后的云平台不可见",
            en: "the addresses are those of a delivery or protection service ({fronts}); what cloud stands behind it is not seen"
        )));
    }
    let known = |address: &model::facts::hosting::AddressHosting| !address.networks.is_empty() || !address.providers.is_empty();
    let is_told = !hosting.addresses.is_empty() && hosting.addresses.iter().all(|at| known(at) || at.region == Region::Special);
    if !is_told {
        return Err(Undetermined::ambiguous(text!(
            zh: "地址归属的网络未知，不能判断是否使用云平台",
            en: "nobody knows whose network the addresses are in, so whether a cloud is used is not known"
        )));
    }
    Ok(Clouds::None(Judgement::not_applicable(text!(
        zh: "地址不属于已知的云平台（自建机房或一般托管）",
        en: "the addresses belong to no known cloud: an own data centre, or plain hosting"
    ))))
}

fn listed<'a>(list: &'a CloudAssessments, provider: &str) -> Listed<'a> {
    let wanted = plain(provider);
    if let Some(platform) = list.platforms.iter().find(|platform| platform.names().any(|name| plain(name) == wanted)) {
        return Listed::Platform(platform);
    }
    let related = |platform: &&ListedName| {
        let operators = [&platform.operator].into_iter().chain(&platform.providers).map(String::as_str);
        let names = platform.names().chain(operators);
        names.map(plain).any(|name| !name.is_empty() && (name.contains(&wanted) || wanted.contains(&name)))
    };
    let related: Vec<_> = list.platforms.iter().filter(related).collect();
    if related.is_empty() { Listed::Nothing } else { Listed::Operator(related) }
}

/// The last day on which an assessment holds, as far as the list tells.
pub fn valid_until(platform: &ListedName) -> Option<Date> {
    let by_rule = || platform.issued_on?.checked_add(VALID_YEARS.years()).ok()?.yesterday().ok();
    platform.valid_until.or_else(by_rule)
}
