//! Entries of the registers of filings, marks and site codes.

use std::collections::BTreeMap;

use model::facts::extracts::{Filing, Filings};
use model::facts::page::MarkClass;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Held;
use model::ledger::entity::EntityKind;
use model::ledger::source::SourceKind;

use super::lookup::Lookup;
use super::{Delivered, Told, as_of, day, list, of_kinds, text};

/// What one register holds of the subject under its domain and the numbers on its page; `None` when the register never delivered.
pub fn of(kind: SourceKind, lookup: &Lookup, about: &[Held], delivered: &Delivered) -> Option<Told<Filings>> {
    let numbers = match kind {
        SourceKind::Icp => &lookup.icp,
        SourceKind::Police => &lookup.police,
        SourceKind::Mark => &lookup.marks,
        SourceKind::SiteCode => &lookup.codes,
        _ => return None,
    };
    let kinds = [kind];
    let said: Vec<&Held> = of_kinds(about, &kinds).filter(|held| is_filing(held)).collect();
    let at = delivered.rests_on(&kinds, said.iter().copied())?;
    // By source and number; what is said under the number itself is the whole, under a domain or site it is in brief.
    let mut entries: BTreeMap<(String, i64), Filing> = BTreeMap::new();
    for held in said.iter().filter(|held| held.claim.entity.kind == EntityKind::Filing) {
        let filing = read(held);
        entries.insert((key(&filing), held.source.id), filing);
    }
    for held in said.iter().filter(|held| held.claim.entity.kind != EntityKind::Filing) {
        let brief = read(held);
        let filing = entries.entry((key(&brief), held.source.id)).or_insert(brief);
        if !lookup.domain.is_empty() && !filing.domains.contains(&lookup.domain) {
            filing.domains.push(lookup.domain.clone());
        }
    }
    let mut held: Vec<Filing> = entries.into_values().collect();
    held.dedup();
    let fact = Filings { as_of: as_of(at), domain: lookup.domain.clone(), numbers: numbers.clone(), held };
    Some(Told { fact, at })
}

fn is_filing(held: &Held) -> bool {
    let claim = &held.claim;
    claim.entity.kind == EntityKind::Filing
        || (matches!(claim.entity.kind, EntityKind::Domain | EntityKind::Site) && claim.says.contains_key(&A::Number))
}

fn key(filing: &Filing) -> String {
    crate::identity::filing(&filing.number).map(|filing| filing.key).unwrap_or_default()
}

fn read(held: &Held) -> Filing {
    let says = &held.claim.says;
    let number = text(says, A::Number);
    Filing {
        number: if number.is_empty() { held.claim.entity.key.clone() } else { number },
        other_numbers: Vec::new(),
        owner: text(says, A::Owner),
        uscc: text(says, A::OwnerUscc),
        nature: text(says, A::OwnerNature),
        domains: list(says, A::Domains),
        site: text(says, A::Name),
        class: match says.get(&A::MarkClass).map(String::as_str) {
            Some("party_government") => Some(MarkClass::PartyGovernment),
            Some("public_institution") => Some(MarkClass::PublicInstitution),
            _ => None,
        },
        issued_on: day(says, A::IssuedOn),
        valid_until: day(says, A::ValidUntil),
        validity: text(says, A::Validity),
    }
}
