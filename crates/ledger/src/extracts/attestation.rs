//! What an institution declared of an application.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::facts::attestation::Attestation;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Held;
use model::ledger::source::SourceKind;
use model::view::day_in_china;

use super::lookup::Lookup;
use super::{Told, list, of_kinds, parts};

/// The latest answers: each question's newest answer about the application itself, else about the institution as a whole. `None` when nobody
/// answered anything.
pub fn of(lookup: &Lookup, about: &[Held]) -> Option<Told<Attestation>> {
    let kinds = [SourceKind::Attestation];
    let is_asked = |held: &&Held| {
        let entity = Some(&held.claim.entity);
        entity == lookup.subject.as_ref() || entity == lookup.institution.as_ref()
    };
    let mut answers: Vec<&Held> = of_kinds(about, &kinds).filter(is_asked).collect();
    // Later ones overwrite: first the institution's, then the application's own; each from old to new.
    answers.sort_by_key(|held| (Some(&held.claim.entity) == lookup.subject.as_ref(), answered(held), held.since));
    let mut latest: BTreeMap<A, (&String, &Held)> = BTreeMap::new();
    for held in &answers {
        latest.extend(held.claim.says.iter().map(|(attribute, answer)| (*attribute, (answer, *held))));
    }
    let used = || latest.iter().filter(|(attribute, _)| is_question(**attribute)).map(|(_, (_, held))| *held);
    let at: Timestamp = used().map(|held| held.since).min()?;
    let get = |attribute: A| latest.get(&attribute).map(|(answer, _)| answer.as_str());
    let flag = |attribute: A| match get(attribute) {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => None,
    };
    let mut documents: Vec<String> = used().flat_map(|held| list(&held.claim.says, A::Documents)).collect();
    documents.sort();
    documents.dedup();
    let fact = Attestation {
        answered_on: used().map(answered).min(),
        answered_by: get(A::AnsweredBy).unwrap_or_default().into(),
        documents,
        protection_level: get(A::ProtectionLevel).and_then(|level| level.parse().ok()),
        protection_number: get(A::ProtectionNumber).map(Into::into),
        important_business: flag(A::ImportantBusiness),
        assessed_on: get(A::AssessedOn).and_then(|day| day.parse().ok()),
        outsourced: flag(A::Outsourced),
        contract_duties: flag(A::ContractDuties),
        top_privileges_own: flag(A::TopPrivilegesOwn),
        grants_withdrawn: flag(A::GrantsWithdrawn),
        log_days: get(A::LogDays).and_then(|days| days.parse().ok()),
        log_backup: flag(A::LogBackup),
        backup: flag(A::Backup),
        approved_services: get(A::ApprovedServices).map(parts).unwrap_or_default(),
    };
    Some(Told { fact, at })
}

/// The day of the answers: as written, else that of the delivery.
fn answered(held: &Held) -> Date {
    super::day(&held.claim.says, A::AnsweredOn).unwrap_or_else(|| day_in_china(held.since))
}

/// True of attributes that answer a question of the questionnaire which rules read.
fn is_question(attribute: A) -> bool {
    matches!(
        attribute,
        A::ProtectionLevel
            | A::ProtectionNumber
            | A::ImportantBusiness
            | A::AssessedOn
            | A::Outsourced
            | A::ContractDuties
            | A::TopPrivilegesOwn
            | A::GrantsWithdrawn
            | A::LogDays
            | A::LogBackup
            | A::Backup
            | A::ApprovedServices
    )
}
