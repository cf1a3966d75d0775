//! From a ledger to what is to be judged.

use std::collections::BTreeMap;

use model::digest::Digest;
use model::facts::register::Register;
use model::facts::{Kind, Payload};
use model::institution::OwnerStatus;
use model::ledger::Entry;
use model::permission::Grant;
use model::subject::{SubjectId, SubjectKind};
use rules::CATALOG;

use crate::estate;

/// One subject with what the ledger says of it.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The subject.
    pub subject: SubjectId,
    /// The ledger's word: a register or an estate.
    pub ledger: Payload,
    /// What is permitted.
    pub grant: Option<Grant>,
}

/// All that a run has to do, in the order of subjects.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The work.
    pub assignments: Vec<Assignment>,
}

impl Plan {
    /// Every site and mail domain of a ledger, and every institution in it.
    pub fn of_ledger(entries: &[Entry]) -> Self {
        let mut plan = Self::of_applications(entries);
        plan.assignments.extend(estate::estates(entries).into_iter().map(|estate| Assignment {
            subject: SubjectId::institution(estate.institution.key()),
            ledger: estate.into(),
            grant: None,
        }));
        plan
    }

    /// The sites and mail domains alone: what a check of single addresses can say. An institution's estate is not among them,
    /// because a few addresses are not all that it runs.
    pub fn of_applications(entries: &[Entry]) -> Self {
        let superiors = estate::hosts_by_institution(entries);
        let mut assignments = BTreeMap::new();
        for entry in entries {
            let Some(subject) = entry.subject() else { continue };
            // What is someone else's binds nobody here.
            if entry.application.status == OwnerStatus::ThirdParty {
                continue;
            }
            let parent = entry.institution.as_ref().and_then(|institution| institution.parent.as_ref());
            let register = Register {
                institution: entry.institution.clone(),
                application: entry.application.clone(),
                superior_hosts: parent.and_then(|code| superiors.get(code.as_str())).cloned().unwrap_or_default(),
            };
            let assignment = Assignment { subject: subject.clone(), ledger: register.into(), grant: entry.grant.clone() };
            assignments.entry(subject).or_insert(assignment);
        }
        Self { assignments: assignments.into_values().collect() }
    }

    /// The sites alone: what can be mapped.
    pub fn of_sites(entries: &[Entry]) -> Self {
        let mut plan = Self::of_applications(entries);
        plan.assignments.retain(|work| work.subject.kind == SubjectKind::Site);
        plan
    }

    /// Names the plan, so that an interrupted run of the same plan is found again.
    ///
    /// # Errors
    /// Never for ledgers of ours: their JSON form always exists.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        let words: Vec<_> = self.assignments.iter().map(|work| (&work.subject, &work.ledger, &work.grant)).collect();
        Digest::of_json(&words)
    }
}

/// Whether some rule for this kind of subject reads observations of `kind`.
pub fn is_needed(subject: SubjectKind, kind: Kind) -> bool {
    CATALOG.iter().any(|rule| rule.scope.contains(&subject) && rule.needs.contains(&kind))
}
