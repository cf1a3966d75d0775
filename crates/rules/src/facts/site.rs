//! What a site is, from its ledger entry.

use model::facts::register::Register;
use model::institution::{InstitutionType, SiteRole};
use model::name::HostName;
use model::text;
use model::verdict::{Judgement, Undetermined};

/// The host in the site's registered address.
///
/// # Errors
/// When the registered address holds no host name.
pub fn host(register: &Register) -> Result<&HostName, Undetermined> {
    register.application.host.as_ref().ok_or_else(|| {
        let address = &register.application.address;
        Undetermined::ambiguous(text!(
            zh: "登记地址“{address}”中没有可识别的域名",
            en: "the registered address \"{address}\" holds no host name"
        ))
    })
}

/// The answer of rules that bind 党政机关 alone, for everyone else.
pub fn not_an_organ(kind: InstitutionType) -> Judgement {
    let label = kind.label();
    let (zh, en) = (label.zh, label.en);
    Judgement::not_applicable(text!(
        zh: "开办单位为{zh}，本条只约束党政机关",
        en: "the owner is: {en}; this duty binds party and government organs only"
    ))
}

/// Whether the site is its institution's portal (门户网站): as registered, else by its form: the root of `www.` or of the registrable domain.
pub fn is_portal(register: &Register) -> bool {
    let site = &register.application;
    site.role.map_or_else(
        || {
            site.path.is_empty()
                && site.host.as_ref().is_some_and(|host| {
                    let apex = host.registrable.as_deref();
                    apex == Some(host.ascii.as_str()) || host.ascii.strip_prefix("www.") == apex
                })
        },
        |role| role == SiteRole::Portal,
    )
}
