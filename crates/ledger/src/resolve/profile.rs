//! What resolution needs to know of an institution.

use std::collections::BTreeSet;

use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::Held;
use model::ledger::entity::{EntityId, EntityKind};
use model::uscc::Uscc;

use crate::{trust, values};

/// An institution as its sources name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name under which it is filed.
    pub entity: EntityId,
    /// Its names today, the most trusted first.
    pub names: Vec<String>,
    /// Its short names.
    pub short_names: Vec<String>,
    /// Names it had before.
    pub former_names: Vec<String>,
    /// For one that is filed by its name: the code that sources tell, when they tell only one.
    pub told: Option<Uscc>,
    /// Its division; else the one in its code.
    pub division: Option<DivisionCode>,
}

impl Profile {
    /// The institution of which `claims` speak: all live claims that are filed under `entity`, and no others. `None` for entities that are
    /// no institution.
    pub fn of_claims(entity: &EntityId, claims: &[Held]) -> Option<Self> {
        if entity.kind != EntityKind::Institution {
            return None;
        }
        let by_name = entity.key.starts_with('~');
        let codes: BTreeSet<Uscc> = said(claims, Attribute::Uscc).filter_map(|code| code.parse().ok()).collect();
        let told = if by_name && codes.len() == 1 { codes.into_iter().next() } else { None };
        let coded = || {
            let code: Uscc = if by_name { told.clone()? } else { entity.key.parse().ok()? };
            code.division().parse().ok()
        };
        let division = said(claims, Attribute::Division).find_map(|code| code.parse().ok()).or_else(coded);
        let mut names: Vec<String> = Vec::new();
        // What is filed by its name may be described by claims that give only other things.
        let filed = entity.key.strip_prefix('~');
        for name in filed.into_iter().chain(said(claims, Attribute::Name)) {
            if !names.iter().any(|known| crate::names::same(known, name)) {
                names.push(name.to_owned());
            }
        }
        let list = |attribute| said(claims, attribute).flat_map(values::parts).map(str::to_owned).collect::<BTreeSet<_>>();
        Some(Self {
            entity: entity.clone(),
            names,
            short_names: list(Attribute::ShortNames).into_iter().collect(),
            former_names: list(Attribute::FormerNames).into_iter().collect(),
            division,
            told,
        })
    }
}

/// The values of an attribute, the most trusted first.
fn said(claims: &[Held], attribute: Attribute) -> impl Iterator<Item = &str> {
    let mut voices: Vec<(u8, std::cmp::Reverse<jiff::Timestamp>, &str)> = claims
        .iter()
        .filter_map(|held| {
            let value = held.claim.says.get(&attribute)?.as_str();
            Some((trust::rank(attribute, held.source.kind)?, std::cmp::Reverse(held.since), value))
        })
        .collect();
    voices.sort_unstable();
    voices.into_iter().map(|(.., value)| value)
}
