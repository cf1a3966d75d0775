//! The portals (门户网站) among an institution's sites. Names of one site are counted once: `www.` and the bare domain, and the one
//! Chinese name that stands beside the one English name (Art. 5 ¶1).

use std::collections::BTreeSet;

use model::facts::register::{Estate, Register};
use model::institution::{Application, ApplicationKind, OwnerStatus, SiteRole};

use crate::facts::site;

/// The portals of an institution.
pub struct Portals {
    /// Those that the ledger calls portals, one name each.
    pub declared: Vec<String>,
    /// These and the sites without a role that have a portal's form, one name each.
    pub likely: Vec<String>,
    /// How many sites are in use.
    pub sites: usize,
}

/// The portals in the ledger's entries. Retired and unconfirmed sites and columns on a platform do not count.
pub fn of(estate: &Estate) -> Portals {
    let active = |site: &&Application| site.kind == ApplicationKind::WebSite && site.status == OwnerStatus::Active;
    let sites: Vec<_> = estate.applications.iter().filter(active).collect();
    let own = || sites.iter().copied().filter(|site| site.path.is_empty());
    let declared = own().filter(|site| site.role == Some(SiteRole::Portal));
    let likely = own().filter(|site| site.role == Some(SiteRole::Portal) || (site.role.is_none() && has_form(site)));
    Portals { declared: names(declared), likely: names(likely), sites: sites.len() }
}

fn has_form(site: &Application) -> bool {
    site::portal(&Register { application: site.clone(), ..Register::default() }) == Some(true)
}

/// One name for each site. English and Chinese names cannot be paired by their text, so the larger group counts.
fn names<'a>(sites: impl Iterator<Item = &'a Application>) -> Vec<String> {
    let (mut english, mut chinese) = (BTreeSet::new(), BTreeSet::new());
    for site in sites {
        let authority = site.authority().unwrap_or_else(|| site.address.clone());
        let name = authority.strip_prefix("www.").unwrap_or(&authority).to_owned();
        let is_chinese = site.host.as_ref().is_some_and(|host| host.is_idn());
        if is_chinese { &mut chinese } else { &mut english }.insert(name);
    }
    let larger = if chinese.len() > english.len() { chinese } else { english };
    larger.into_iter().collect()
}
