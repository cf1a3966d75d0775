//! Rows of a ledger as claims, and what is in force as a row again.
//!
//! Invariant: nothing is lost on the way but the line of the file, which the claim itself keeps: entry → claims → what is in force → entry
//! is the identity but for the name of the source.

use std::collections::BTreeMap;

use model::institution::{Application, ApplicationKind, DivisionCode, Institution, OwnerStatus};
use model::ledger::Entry;
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, LifeState, Says};
use model::ledger::entity::EntityKind;
use model::ledger::truth::Truth;
use model::permission::{AccessLevel, Grant};
use model::uscc::Uscc;
use readers::names;

use crate::{identity, values};

/// What a row says of its institution; `None` when it cannot be named.
pub fn claim_of_institution(institution: &Institution, line: u64) -> Option<Claim> {
    let entity = identity::institution(institution.uscc.as_ref(), &institution.name)?;
    Some(Claim { entity, part: String::new(), says: says_of_institution(institution), line })
}

/// What a row says of its application; `None` when it cannot be named.
pub fn claim_of_application(entry: &Entry, line: u64) -> Option<Claim> {
    let entity = identity::application(&entry.application)?;
    Some(Claim { entity, part: String::new(), says: says_of_application(entry), line })
}

/// Takes only what there is.
fn put(says: &mut Says, attribute: Attribute, value: Option<String>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        says.insert(attribute, value);
    }
}

/// What a row says of its institution. Sources with the same columns use it too.
pub fn says_of_institution(institution: &Institution) -> Says {
    let mut says = Says::new();
    put(&mut says, Attribute::Name, Some(institution.name.clone()));
    put(&mut says, Attribute::ShortNames, Some(institution.short_names.join(";")));
    put(&mut says, Attribute::Uscc, institution.uscc.as_ref().map(Uscc::to_string));
    put(&mut says, Attribute::Type, institution.kind.and_then(values::word));
    put(&mut says, Attribute::Level, institution.level.and_then(values::word));
    put(&mut says, Attribute::Division, institution.division.as_ref().map(DivisionCode::to_string));
    put(&mut says, Attribute::ParentUscc, institution.parent.as_ref().map(Uscc::to_string));
    let duties = institution.administrative_duties.map(|duties| if duties { "yes" } else { "no" }.to_owned());
    put(&mut says, Attribute::AdministrativeDuties, duties);
    put(&mut says, Attribute::State, institution.state.map(|state| state.word().to_owned()));
    put(&mut says, Attribute::Successor, institution.successor.clone());
    says
}

fn says_of_application(entry: &Entry) -> Says {
    let Entry { institution, application, grant, notes, .. } = entry;
    let mut says = Says::new();
    put(&mut says, Attribute::Name, Some(application.name.clone()));
    put(&mut says, Attribute::Address, Some(application.address.clone()));
    put(&mut says, Attribute::Role, application.role.and_then(values::word));
    put(&mut says, Attribute::State, state_of(application.status).map(|state| state.word().to_owned()));
    if let Some(owner) = institution {
        put(&mut says, Attribute::Owner, Some(owner.name.clone()));
        put(&mut says, Attribute::OwnerUscc, owner.uscc.as_ref().map(Uscc::to_string));
    }
    if let Some(grant) = grant {
        put(&mut says, Attribute::GrantLevel, values::word(grant.level));
        put(&mut says, Attribute::GrantDocument, Some(grant.document.clone()));
        put(&mut says, Attribute::GrantUntil, grant.until.map(|day| day.to_string()));
    }
    if !notes.is_empty() {
        put(&mut says, Attribute::Notes, serde_json::to_string(notes).ok());
    }
    says
}

/// A row in use says nothing of its state: that it is there is what confirms the application.
fn state_of(status: OwnerStatus) -> Option<LifeState> {
    match status {
        OwnerStatus::Active => None,
        OwnerStatus::Retired => Some(LifeState::Retired),
        OwnerStatus::Candidate => Some(LifeState::Candidate),
        OwnerStatus::ThirdParty => Some(LifeState::ThirdParty),
    }
}

fn status_of(state: LifeState) -> OwnerStatus {
    match state {
        LifeState::Candidate => OwnerStatus::Candidate,
        LifeState::ThirdParty => OwnerStatus::ThirdParty,
        LifeState::Retired => OwnerStatus::Retired,
        _ => OwnerStatus::Active,
    }
}

/// An institution as rules see it. What no source tells is not filled in, but for the type that its code tells and the level of its division.
pub fn institution_of(truth: &Truth) -> Institution {
    let text = |attribute| truth.get(attribute).unwrap_or_default().to_owned();
    let uscc: Option<Uscc> = truth.get(Attribute::Uscc).and_then(|code| code.parse().ok());
    let division: Option<DivisionCode> = truth.get(Attribute::Division).and_then(|code| code.parse().ok());
    Institution {
        name: text(Attribute::Name),
        short_names: truth.get(Attribute::ShortNames).into_iter().flat_map(values::parts).map(str::to_owned).collect(),
        kind: truth
            .get(Attribute::Type)
            .and_then(values::of_word)
            .or_else(|| uscc.as_ref().and_then(|code| code.institution_type())),
        level: truth.get(Attribute::Level).and_then(values::of_word).or_else(|| division.as_ref().map(DivisionCode::level)),
        parent: truth.get(Attribute::ParentUscc).and_then(|code| code.parse().ok()),
        administrative_duties: truth.get(Attribute::AdministrativeDuties).and_then(values::yes),
        state: truth.get(Attribute::State).and_then(LifeState::of_word),
        successor: truth.get(Attribute::Successor).map(str::to_owned),
        uscc,
        division,
    }
}

/// An application with its institution as a row. `None` for entities that are no application, and for sites and mail systems whose address
/// cannot be read.
pub fn entry_of(application: &Truth, owner: Option<&Truth>) -> Option<Entry> {
    let institution = owner.map(institution_of).or_else(|| owner_by_name(application));
    Some(Entry {
        institution: institution.filter(|institution| !institution.key().is_empty()),
        application: application_of(application)?,
        grant: grant_of(application),
        notes: notes_of(application),
        source: source_of(application),
    })
}

/// The institution that an application names, when nothing else is known of it.
fn owner_by_name(application: &Truth) -> Option<Institution> {
    let owner = application.owner.as_ref()?;
    let uscc: Option<Uscc> = owner.key.parse().ok();
    let told =
        [Attribute::Owner, Attribute::VerifiedSubject, Attribute::Developer].into_iter().find_map(|at| application.get(at));
    let kind = uscc.as_ref().and_then(|code| code.institution_type());
    Some(Institution { name: told.unwrap_or_default().to_owned(), kind, uscc, ..Institution::default() })
}

fn application_of(truth: &Truth) -> Option<Application> {
    let kind = truth.entity.kind.application()?;
    // A site that no ledger lists has no address but its name.
    let told = truth.get(Attribute::Address).filter(|address| !is_by_address_alone(truth, address));
    let address = told.unwrap_or(&truth.entity.key).to_owned();
    let application = Application {
        kind,
        name: truth.get(Attribute::Name).unwrap_or_default().to_owned(),
        role: truth.get(Attribute::Role).and_then(values::of_word),
        status: status_of(truth.state),
        ..Application::default()
    };
    let written = match kind {
        ApplicationKind::WebSite => address.as_str(),
        // A mail system may be given by an address of its own, such as postmaster@example.gov.cn.
        ApplicationKind::MailSystem => address.rsplit('@').next().unwrap_or(&address),
        _ => return Some(Application { address, ..application }),
    };
    // What cannot be read gives way to the name under which the application is filed.
    let read = names::address(written).ok().or_else(|| names::address(&truth.entity.key).ok())?;
    Some(Application { host: Some(read.host), port: read.port, path: read.path, address, ..application })
}

/// True of an IP address that is told of a site with a name, because it goes by that address too: visitors go by the name.
fn is_by_address_alone(site: &Truth, told: &str) -> bool {
    let by_address = |text: &str| names::address(text).is_ok_and(|read| read.host.suffix.is_empty());
    site.entity.kind == EntityKind::Site && by_address(told) && !by_address(&site.entity.key)
}

fn grant_of(truth: &Truth) -> Option<Grant> {
    let level: AccessLevel = truth.get(Attribute::GrantLevel).and_then(values::of_word)?;
    let until = match truth.get(Attribute::GrantUntil).map(str::parse) {
        None => None,
        Some(Ok(day)) => Some(day),
        // An end that cannot be read must not become none.
        Some(Err(_)) => return None,
    };
    Some(Grant { level, document: truth.get(Attribute::GrantDocument).unwrap_or_default().to_owned(), until })
}

fn notes_of(truth: &Truth) -> BTreeMap<String, String> {
    truth.get(Attribute::Notes).and_then(|notes| serde_json::from_str(notes).ok()).unwrap_or_default()
}

/// The source whose word on the address is in force, else of the first attribute.
fn source_of(truth: &Truth) -> String {
    let told = truth.attributes.get(&Attribute::Address).or_else(|| truth.attributes.values().next());
    told.map(|held| held.source.name.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
