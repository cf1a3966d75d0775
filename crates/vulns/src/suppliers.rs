//! Who builds and runs a subject, by the signs that pages, products, certificates and names leave.

use std::collections::BTreeSet;

use model::facts::components::{SignedBy, SupplierSign};
use model::facts::hosting::Hosting;
use model::facts::page::HomePage;
use model::facts::technology::{Technologies, Technology};
use model::facts::tls::TlsHandshake;
use model::institution::Institution;
use model::name::HostName;
use model::plain_name::plain;

/// Words that only names of companies hold.
const COMPANY: [&str; 8] = ["公司", "集团", "中心有限", "工作室", "co.", "ltd", "inc", "corp"];
/// Categories of products that are a supplier's work for the institution, and not a part of the web at large.
const BUILT: [&str; 4] = ["cms", "oa", "content management", "办公"];
/// The most signs of one subject, and the longest evidence in characters.
const MOST: usize = 20;
const LONGEST: usize = 200;

/// What of a subject tells its suppliers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs<'a> {
    /// The institution that runs it: its own departments and names are no suppliers.
    pub institution: Option<&'a Institution>,
    /// Its pages: as sent, as rendered.
    pub pages: &'a [&'a HomePage],
    /// Its products.
    pub technologies: Option<&'a Technologies>,
    /// Its certificate.
    pub handshake: Option<&'a TlsHandshake>,
    /// Its host.
    pub host: Option<&'a HostName>,
    /// The name for which its host is an alias in the end.
    pub alias: Option<&'a HostName>,
    /// Its addresses: clouds and networks of content delivery are CLOUD's affair, not suppliers.
    pub hosting: Option<&'a Hosting>,
}

/// The signs, ascending, each once.
pub fn of(signs: &Signs<'_>) -> Vec<SupplierSign> {
    let mut found = BTreeSet::new();
    for name in signs.pages.iter().flat_map(|page| &page.suppliers) {
        if is_company(name) {
            found.insert(sign(name, SignedBy::Footer, name));
        }
    }
    for product in signs.technologies.iter().flat_map(|told| &told.found).filter(|product| is_built(product)) {
        let maker = product.vendor.as_deref().unwrap_or(&product.name);
        found.insert(sign(maker, SignedBy::Product, &product.name));
    }
    let leaf = signs.handshake.and_then(|handshake| handshake.chain.first());
    if let Some(organisation) = leaf.and_then(|leaf| leaf.organisation.as_deref()).filter(|name| is_company(name)) {
        found.insert(sign(organisation, SignedBy::Certificate, organisation));
    }
    found.extend(shared_host(signs));
    found.retain(|sign| !sign.name.is_empty() && !is_own(&sign.name, signs.institution));
    found.into_iter().take(MOST).collect()
}

fn sign(name: &str, by: SignedBy, evidence: &str) -> SupplierSign {
    let bounded = |text: &str| text.trim().chars().take(LONGEST).collect::<String>();
    SupplierSign { name: bounded(name), by, evidence: bounded(evidence) }
}

/// "技术支持：信息中心" names a department, not a supplier.
fn is_company(name: &str) -> bool {
    let name = name.to_lowercase();
    COMPANY.iter().any(|word| name.contains(word))
}

fn is_built(product: &Technology) -> bool {
    let is_built = |category: &String| {
        let category = category.to_lowercase();
        BUILT.iter().any(|word| if word.len() == 2 { category == *word } else { category.contains(word) })
    };
    product.categories.iter().any(is_built)
}

/// The domain behind which the subject's name is an alias, unless it is a cloud's or a delivery network's.
fn shared_host(signs: &Signs<'_>) -> Option<SupplierSign> {
    let (host, alias, hosting) = (signs.host?, signs.alias?, signs.hosting?);
    let domain = alias.registrable.as_deref()?;
    let mut known = hosting.providers.iter().chain(hosting.addresses.iter().flat_map(|address| &address.providers));
    let is_provider = known.any(|provider| alias.ascii.ends_with(provider.matched.trim_start_matches(['*', '.'])));
    (!host.same_site(alias) && !is_provider).then(|| sign(domain, SignedBy::SharedHost, &alias.ascii))
}

fn is_own(name: &str, institution: Option<&Institution>) -> bool {
    let Some(institution) = institution else { return false };
    let name = plain(name);
    let own = [&institution.name].into_iter().chain(&institution.short_names).map(|own| plain(own));
    own.filter(|own| !own.is_empty()).any(|own| name == own || name.contains(&own))
}

#[cfg(test)]
mod tests {
    use model::facts::hosting::{ProviderBy, ProviderRole, ProviderSign};

    use super::*;

    fn page(suppliers: &[&str]) -> HomePage {
        HomePage { suppliers: suppliers.iter().map(|name| (*name).into()).collect(), ..HomePage::default() }
    }

    fn told(signs: &Signs<'_>) -> Vec<String> {
        of(signs).iter().map(|sign| format!("{:?} {}", sign.by, sign.name)).collect()
    }

    #[test]
    fn a_company_in_the_foot_is_a_supplier_and_a_department_is_none() {
        let home = page(&["云岭软件有限公司", "信息中心", "云岭软件有限公司"]);
        assert_eq!(told(&Signs { pages: &[&home], ..Signs::default() }), ["Footer 云岭软件有限公司"]);
        let own = Institution { name: "云岭软件有限公司".into(), ..Institution::default() };
        assert!(told(&Signs { pages: &[&home], institution: Some(&own), ..Signs::default() }).is_empty());
    }

    #[test]
    fn a_content_management_system_tells_its_maker() {
        let product = |name: &str, vendor: Option<&str>, category: &str| Technology {
            name: name.into(),
            vendor: vendor.map(Into::into),
            categories: vec![category.into()],
            ..Technology::default()
        };
        let found = vec![product("某某建站", Some("云岭软件"), "CMS"), product("jQuery", None, "JavaScript libraries")];
        let technologies = Technologies { found, ..Technologies::default() };
        assert_eq!(told(&Signs { technologies: Some(&technologies), ..Signs::default() }), ["Product 云岭软件"]);
    }

    #[test]
    fn an_alias_of_anothers_domain_is_a_shared_host_unless_it_is_a_providers() {
        let name = |ascii: &str, registrable: &str| HostName {
            ascii: ascii.into(),
            registrable: Some(registrable.into()),
            ..HostName::default()
        };
        let (host, builder) = (name("www.x.gov.cn", "x.gov.cn"), name("site17.builder.com.cn", "builder.com.cn"));
        let mut hosting = Hosting::default();
        let of = |alias: &HostName, hosting: &Hosting| {
            told(&Signs { host: Some(&host), alias: Some(alias), hosting: Some(hosting), ..Signs::default() })
        };
        assert_eq!(of(&builder, &hosting), ["SharedHost builder.com.cn"]);
        assert!(of(&name("portal.x.gov.cn", "x.gov.cn"), &hosting).is_empty());
        hosting.providers = vec![ProviderSign {
            name: "builder".into(),
            role: ProviderRole::Cdn,
            by: ProviderBy::Alias,
            matched: ".builder.com.cn".into(),
            overseas: false,
        }];
        assert!(of(&builder, &hosting).is_empty());
    }
}
