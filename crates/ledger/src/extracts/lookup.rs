//! What the ledger is asked about a subject.

use std::collections::BTreeSet;

use model::facts::page::{HomePage, Mark};
use model::facts::register::Register;
use model::ledger::attribute::Attribute;
use model::ledger::claim::Held;
use model::ledger::entity::{EntityId, EntityKind};
use model::subject::{SubjectId, SubjectKind};

use crate::identity::filing;

/// The most numbers of one kind that are taken from a page: a hostile page holds thousands.
const MOST_NUMBERS: usize = 16;

/// What a subject is looked up by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lookup {
    /// The subject as the ledger names it.
    pub subject: Option<EntityId>,
    /// The institution that runs it, as far as the ledger's entry tells its code.
    pub institution: Option<EntityId>,
    /// The host, A-label form; empty for subjects without one.
    pub host: String,
    /// The registrable domain, A-label form; empty for subjects without one.
    pub domain: String,
    /// ICP numbers on the page.
    pub icp: Vec<String>,
    /// Public-security numbers on the page.
    pub police: Vec<String>,
    /// Codes and certificate ids of marks on the page.
    pub marks: Vec<String>,
    /// Site codes on the page.
    pub codes: Vec<String>,
}

impl Lookup {
    /// By what the ledger's entry and the pages say. `marks` are those that a browser saw beside those in the pages' source.
    pub fn of<'a>(
        subject: &SubjectId,
        register: Option<&Register>,
        pages: &[&'a HomePage],
        marks: impl IntoIterator<Item = &'a Mark>,
    ) -> Self {
        let host = register.and_then(|register| register.application.host.as_ref());
        let institution = register.and_then(|register| register.institution.as_ref());
        let code = institution.and_then(|institution| institution.uscc.as_ref());
        let marks: Vec<&Mark> =
            pages.iter().flat_map(|page| &page.marks).chain(marks).filter(|mark| !mark.commented_out).collect();
        let pages = || pages.iter();
        Self {
            subject: subject.to_string().parse().ok(),
            institution: code.map(|code| EntityId::new(EntityKind::Institution, code.as_str())),
            host: host.map(|host| host.ascii.clone()).unwrap_or_default(),
            domain: host.and_then(|host| host.registrable.clone()).unwrap_or_default(),
            icp: few(pages().flat_map(|page| &page.icp).filter_map(|number| number.number.as_deref())),
            police: few(pages().flat_map(|page| &page.police).map(|number| number.text.as_str())),
            marks: few(marks.iter().flat_map(|mark| [&mark.code, &mark.id]).flatten().map(String::as_str)),
            codes: few(pages().flat_map(|page| &page.site_codes).filter(|code| code.well_formed).map(|code| code.code.as_str())),
        }
    }

    /// The entities to ask for first.
    pub fn first(&self) -> Vec<EntityId> {
        let mut wanted: BTreeSet<EntityId> = self.subject.iter().chain(&self.institution).cloned().collect();
        if !self.domain.is_empty() {
            wanted.insert(EntityId::new(EntityKind::Domain, self.domain.as_str()));
        }
        if !self.host.is_empty() {
            // A register names a site by its root; a column's own filing would be its platform's.
            wanted.insert(EntityId::new(EntityKind::Site, self.host.as_str()));
        }
        // A page may leave `-1` out, or show the subject's number alone.
        for number in &self.icp {
            let base = number.split_once('号').map_or(number.clone(), |(base, _)| format!("{base}号"));
            wanted.extend([number.clone(), format!("{base}-1"), base].iter().filter_map(|number| filing(number)));
        }
        let digits = |number: &String| number.chars().filter(char::is_ascii_digit).collect::<String>();
        wanted.extend(self.police.iter().flat_map(|number| [filing(number), filing(&digits(number))]).flatten());
        wanted.extend(self.marks.iter().chain(&self.codes).filter_map(|number| filing(number)));
        wanted.into_iter().filter(|entity| !entity.key.is_empty()).collect()
    }

    /// The entities to ask for next: the filings that the first answers name.
    pub fn then(&self, about: &[Held]) -> Vec<EntityId> {
        let asset = |held: &&Held| matches!(held.claim.entity.kind, EntityKind::Domain | EntityKind::Site);
        let number = |held: &Held| filing(held.claim.says.get(&Attribute::Number)?);
        let known: BTreeSet<&EntityId> = about.iter().map(|held| &held.claim.entity).collect();
        let named: BTreeSet<EntityId> = about.iter().filter(asset).filter_map(number).collect();
        named.into_iter().filter(|entity| !known.contains(entity)).collect()
    }

    /// The assets under which the subject may have been seen.
    pub fn assets(&self) -> Vec<EntityId> {
        let host = (!self.host.is_empty()).then(|| EntityId::new(EntityKind::Host, self.host.as_str()));
        let is_own = self.host == self.domain || self.host.strip_prefix("www.") == Some(self.domain.as_str());
        let domain = (is_own && !self.domain.is_empty()).then(|| EntityId::new(EntityKind::Domain, self.domain.as_str()));
        host.into_iter().chain(domain).collect()
    }

    /// Whether registers know the subject by a domain.
    pub fn is_hosted(subject: SubjectKind) -> bool {
        matches!(subject, SubjectKind::Site | SubjectKind::Mail)
    }
}

fn few<'a>(numbers: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for number in numbers {
        if kept.len() < MOST_NUMBERS && !kept.iter().any(|known| known == number) {
            kept.push(number.to_owned());
        }
    }
    kept
}
