//! A rule's window on a bundle. It answers questions and remembers what was asked, so every verdict cites its evidence.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::bundle::Bundle;
use crate::facts::register::Register;
use crate::facts::{Fact, Kind, Payload};
use crate::institution::{Institution, InstitutionType, OwnerStatus};
use crate::observation::{Observation, Outcome};
use crate::policy::Policy;
use crate::rule::Rule;
use crate::subject::SubjectId;
use crate::verdict::Undetermined;

/// Days are those of China Standard Time, where the duties bind.
const CHINA_OFFSET_HOURS: i8 = 8;

/// The day in China Standard Time, for reasons that name a date.
pub fn day_in_china(at: Timestamp) -> Date {
    TimeZone::fixed(jiff::tz::offset(CHINA_OFFSET_HOURS)).to_datetime(at).date()
}

/// What one rule sees of one bundle.
pub struct View<'a> {
    bundle: &'a Bundle,
    rule: &'a Rule,
    read: RefCell<BTreeSet<usize>>,
}

impl<'a> View<'a> {
    /// The view that `rule` gets of `bundle`.
    pub fn new(bundle: &'a Bundle, rule: &'a Rule) -> Self {
        Self { bundle, rule, read: RefCell::default() }
    }

    /// The subject.
    pub fn subject(&self) -> &'a SubjectId {
        &self.bundle.subject
    }

    /// Reference time of the judgement.
    pub fn at(&self) -> Timestamp {
        self.bundle.at
    }

    /// The day of the judgement in China.
    pub fn today(&self) -> Date {
        day_in_china(self.bundle.at)
    }

    /// Settings.
    pub fn policy(&self) -> &'a Policy {
        &self.bundle.policy
    }

    /// The vantage point from which the subject is judged: the one that wrote down the ledger's word. Looks from elsewhere show what other
    /// visitors see; they never stand in for those from home.
    fn home(&self) -> Option<&'a str> {
        let of_ledger = |seen: &&Observation| matches!(seen.kind, Kind::Register | Kind::Estate);
        self.bundle.observations.iter().find(of_ledger).map(|seen| seen.vantage.as_str())
    }

    /// The newest conclusive observation of a kind from home, or else the newest failure. `None` when nobody looked.
    /// Newest conclusive wins over a newer failure, as long as it is fresh enough to decide.
    fn newest(&self, kind: Kind) -> Option<(usize, &'a Observation)> {
        assert!(self.rule.needs.contains(&kind), "undeclared need {kind:?} of {}", self.rule.id);
        let home = self.home();
        let wanted = move |seen: &Observation| seen.kind == kind && home.is_none_or(|home| seen.vantage == home);
        let of_kind = || self.bundle.observations.iter().enumerate().filter(move |(_, seen)| wanted(seen));
        let by_age = |seen: &(usize, &Observation)| (seen.1.finished, seen.0);
        of_kind()
            .filter(|(_, seen)| seen.outcome.seen().is_some() && self.age_days(seen) <= self.greatest_age(kind))
            .max_by_key(by_age)
            .or_else(|| of_kind().max_by_key(by_age))
    }

    /// Greatest age in days at which evidence of a kind decides. What an institution declares carries days of its own, which rules judge.
    fn greatest_age(&self, kind: Kind) -> i64 {
        match kind {
            Kind::Attestation => i64::MAX,
            kind if kind.is_list() => i64::from(self.bundle.policy.list_max_age_days),
            _ => i64::from(self.rule.max_age_days),
        }
    }

    fn age_days(&self, seen: &Observation) -> i64 {
        self.bundle.at.duration_since(seen.finished).as_hours() / 24
    }

    /// The outcome of looking for `T`, for rules to which a failure is evidence (a refused connection on port 443).
    ///
    /// # Errors
    /// When nobody looked, or too long ago.
    pub fn outcome<T: Fact>(&self) -> Result<Outcome<&'a T>, Undetermined> {
        let (index, seen) = self.newest(T::KIND).ok_or_else(|| Undetermined::not_observed(T::KIND))?;
        self.read.borrow_mut().insert(index);
        let age = self.age_days(seen);
        if age > self.greatest_age(T::KIND) {
            return Err(Undetermined::stale(T::KIND, age));
        }
        Ok(match &seen.outcome {
            Outcome::Failed(failure) => Outcome::Failed(failure.clone()),
            Outcome::Seen(payload) => Outcome::Seen(Self::typed(payload)?),
        })
    }

    fn typed<T: Fact>(payload: &'a Payload) -> Result<&'a T, Undetermined> {
        T::of(payload).ok_or_else(|| Undetermined::not_observed(T::KIND))
    }

    /// The payload of kind `T`. Missing, failed or stale evidence flows out as undetermined.
    ///
    /// # Errors
    /// When nobody looked, looking failed, or it was too long ago.
    pub fn need<T: Fact>(&self) -> Result<&'a T, Undetermined> {
        match self.outcome()? {
            Outcome::Seen(fact) => Ok(fact),
            Outcome::Failed(failure) => Err(Undetermined::failed(T::KIND, &failure)),
        }
    }

    /// The institution that runs the subject.
    ///
    /// # Errors
    /// When the ledger does not tell, or holds it for a candidate that nobody has confirmed.
    pub fn institution(&self) -> Result<&'a Institution, Undetermined> {
        let register = self.need::<Register>()?;
        if register.application.status == OwnerStatus::Candidate {
            return Err(Undetermined::owner_unconfirmed());
        }
        register.institution.as_ref().ok_or_else(Undetermined::owner_unknown)
    }

    /// The type of the institution that runs the subject.
    ///
    /// # Errors
    /// When the ledger does not tell the institution or its type.
    pub fn institution_type(&self) -> Result<InstitutionType, Undetermined> {
        self.institution()?.kind.ok_or_else(Undetermined::type_unknown)
    }

    /// The places in the bundle of the observations that were read, in order.
    pub fn evidence(&self) -> Vec<usize> {
        self.read.borrow().iter().copied().collect()
    }
}
