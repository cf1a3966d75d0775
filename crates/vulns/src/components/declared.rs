//! Components out of a declared bill of materials, as claims keep it.

use model::advisory::{Channel, Reading, Told};
use model::ledger::attribute::Attribute;
use model::ledger::claim::Held;
use model::ledger::entity::EntityKind;

use super::identity::{Found, Sign};
use crate::product::{from_cpe, from_purl};
use crate::version::reading;

/// Live claims about components.
pub(super) fn components<'a>(claims: &'a [&'a Held]) -> impl Iterator<Item = &'a Held> {
    claims.iter().copied().filter(|held| held.claim.entity.kind == EntityKind::Component && held.until.is_none())
}

/// The component of a claim: by its package URL and CPE name, else by its name.
pub(super) fn component(held: &Held) -> Option<Found> {
    let said = |attribute| held.claim.says.get(&attribute).map_or("", String::as_str);
    let package = from_purl(said(Attribute::Purl)).ok();
    let cpe = from_cpe(said(Attribute::Cpe)).ok();
    let told = match said(Attribute::Version) {
        "" => None,
        version => Some(version.to_owned()),
    };
    let told = told.or_else(|| package.as_ref()?.version.clone()).or_else(|| cpe.as_ref()?.full_version());
    let told = told.unwrap_or_default();
    let is_packaged =
        package.as_ref().is_some_and(|package| matches!(package.product.package_type(), Some("deb" | "rpm" | "apk")));
    let version = match reading(&told, Channel::Sbom) {
        // Its version is kept with the revision, which the distribution's advisories name; those of the author do not know it.
        Reading { told: Told::Exact | Told::Backported, .. } if is_packaged => {
            Reading { number: told.trim().to_owned(), told: Told::Backported }
        }
        version => version,
    };
    let (place, identity) = held.claim.entity.key.split_once('#').unwrap_or(("", &held.claim.entity.key));
    let name = match said(Attribute::Name) {
        "" => identity,
        name => name,
    };
    let sign = Sign {
        names: vec![name],
        products: package.into_iter().map(|package| package.product).chain(cpe.map(|cpe| cpe.product)).collect(),
        version,
        channel: Channel::Sbom,
        confidence: 100,
        place,
        evidence: identity,
    };
    sign.found()
}
