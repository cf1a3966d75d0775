//! Components out of a declared bill of materials, as claims keep it.

use model::advisory::{Channel, Ordering, Reading, Told};
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
    let version = match package.as_ref().map(|package| package.ordering) {
        // The version of a distribution's package is known to its revision; what its author's number says of it is another matter.
        Some(Ordering::Debian | Ordering::Rpm) => match reading(&told, Channel::Sbom).told {
            Told::Exact | Told::Backported => Reading { number: told.trim().to_owned(), told: Told::Backported },
            _ => Reading::default(),
        },
        _ => reading(&told, Channel::Sbom),
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
