//! The registration of a domain.

use model::facts::extracts::DomainRegistration;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Held;
use model::ledger::entity::EntityKind;
use model::ledger::source::SourceKind;

use super::{Told, as_of, day, list, of_kinds, text};

/// Sources of registrations.
pub const KINDS: [SourceKind; 2] = [SourceKind::Rdap, SourceKind::Whois];

/// The newest answer about the domain; `None` when nobody asked for it. These sources deliver one domain at a time, so that a later delivery
/// of theirs says nothing of this one: the answer is as old as its own claim.
pub fn of(domain: &str, about: &[Held]) -> Option<Told<DomainRegistration>> {
    let is_asked = |held: &&Held| held.claim.entity.kind == EntityKind::Domain && held.claim.entity.key == domain;
    // RDAP is the successor of WHOIS: of answers of one time it is the better.
    let newest =
        of_kinds(about, &KINDS).filter(is_asked).max_by_key(|held| (held.since, held.source.kind == SourceKind::Rdap))?;
    let says = &newest.claim.says;
    let fact = DomainRegistration {
        as_of: as_of(newest.since),
        domain: domain.into(),
        registrant: says.get(&A::Registrant).cloned().filter(|name| !name.is_empty()),
        registrar: text(says, A::Registrar),
        registered_on: day(says, A::RegisteredOn),
        expires_on: day(says, A::ExpiresOn),
        updated_on: day(says, A::UpdatedOn),
        status: list(says, A::RegistrationStatus),
    };
    Some(Told { fact, at: newest.since })
}
