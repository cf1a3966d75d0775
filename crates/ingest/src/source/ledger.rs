//! Ledger files (应用台账): one row an application with its institution and what is permitted, read as claims.

use std::collections::HashMap;

use model::institution::{ApplicationKind, OwnerStatus};
use model::ledger::Entry;
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::{Claim, LifeState, Says};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::Label;
use model::uscc::Uscc;

use crate::ledger::{COLUMNS, row};
use crate::source::claims::put;
use crate::source::input::Input;
use crate::source::table;
use crate::source::{Format, Record, Sink, SourceError, entity, values};

/// The format.
pub static FORMAT: Format =
    Format { kind: SourceKind::Ledger, doc: Label { zh: include_str!("ledger.zh.md"), en: include_str!("ledger.md") }, read };

/// The most institutions whose claims are remembered, which takes about 50 MiB; those of later ones are handed on with every row.
const MOST_INSTITUTIONS: usize = 100_000;

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let name = input.name.to_owned();
    let mut institutions = Institutions::default();
    table::rows(input, &COLUMNS, sink, &mut |row, sink| {
        let (entry, _) = row::entry(row, &name)?;
        for claim in claims_of(&entry, row.line) {
            if let Some(claim) = institutions.next(claim) {
                sink.take(Record::Claim(claim))?;
            }
        }
        Ok(())
    })
}

/// What the file said so far of its institutions, which come again with each of their applications.
#[derive(Default)]
struct Institutions(HashMap<String, Says>);

impl Institutions {
    /// The claim with all that earlier rows said of the institution; `None` when nothing is new.
    fn next(&mut self, mut claim: Claim) -> Option<Claim> {
        if claim.entity.kind != EntityKind::Institution {
            return Some(claim);
        }
        if let Some(said) = self.0.get_mut(&claim.entity.key) {
            if claim.says.iter().all(|(attribute, value)| said.get(attribute) == Some(value)) {
                return None;
            }
            said.extend(claim.says);
            claim.says = said.clone();
        } else if self.0.len() < MOST_INSTITUTIONS {
            self.0.insert(claim.entity.key.clone(), claim.says.clone());
        }
        Some(claim)
    }
}

/// What a row says: one claim of its institution and one of its application. The spelling is that of `ledger::entries::claims_of`.
fn claims_of(entry: &Entry, line: u64) -> Vec<Claim> {
    let claim = |entity, says| Claim { entity, part: String::new(), says, line };
    let institution = entry.institution.as_ref().and_then(|institution| {
        let entity = entity::institution(institution.uscc.as_ref(), &institution.name)?;
        let mut says = Says::new();
        put(&mut says, A::Name, institution.name.clone());
        put(&mut says, A::ShortNames, institution.short_names.join(";"));
        put(&mut says, A::Uscc, institution.uscc.as_ref().map(Uscc::to_string));
        put(&mut says, A::Type, institution.kind.map(|kind| values::word(&kind)));
        put(&mut says, A::Level, institution.level.map(|level| values::word(&level)));
        put(&mut says, A::Division, institution.division.as_ref().map(ToString::to_string));
        put(&mut says, A::ParentUscc, institution.parent.as_ref().map(Uscc::to_string));
        let duties = institution.administrative_duties.map(|duties| if duties { "yes" } else { "no" }.to_owned());
        put(&mut says, A::AdministrativeDuties, duties);
        Some(claim(entity, says))
    });
    let application = application(entry).map(|entity| claim(entity, of_application(entry)));
    institution.into_iter().chain(application).collect()
}

fn application(entry: &Entry) -> Option<EntityId> {
    let application = &entry.application;
    let kind = EntityKind::of_application(application.kind);
    let key = match application.kind {
        ApplicationKind::WebSite => format!("{}{}", application.authority()?, application.path),
        ApplicationKind::MailSystem => application.host.as_ref()?.ascii.clone(),
        ApplicationKind::MobileApp => application.address.clone(),
        ApplicationKind::MiniProgram | ApplicationKind::PublicAccount => match application.address.split_once('/') {
            Some((platform, id)) => return Some(entity::on_platform(kind, platform, id)),
            None => application.address.clone(),
        },
    };
    (!key.is_empty()).then(|| EntityId::new(kind, key))
}

fn of_application(entry: &Entry) -> Says {
    let Entry { institution, application, grant, notes, .. } = entry;
    let mut says = Says::new();
    put(&mut says, A::Name, application.name.clone());
    put(&mut says, A::Address, application.address.clone());
    put(&mut says, A::Role, application.role.map(|role| values::word(&role)));
    put(&mut says, A::State, state_of(application.status).map(|state| state.word().to_owned()));
    if let Some(owner) = institution {
        put(&mut says, A::Owner, owner.name.clone());
        put(&mut says, A::OwnerUscc, owner.uscc.as_ref().map(Uscc::to_string));
    }
    if let Some(grant) = grant {
        put(&mut says, A::GrantLevel, values::word(&grant.level));
        put(&mut says, A::GrantDocument, grant.document.clone());
        put(&mut says, A::GrantUntil, grant.until.map(|day| day.to_string()));
    }
    if !notes.is_empty() {
        put(&mut says, A::Notes, serde_json::to_string(notes).ok());
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
