//! Counts over verdicts, and the summary of a sweep that grows by one small row a subject.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use model::bundle::Bundle;
use model::facts::Kind;
use model::institution::{AdminLevel, InstitutionType};
use model::observation::Failure;
use model::subject::{SubjectId, SubjectKind};
use model::text;
use model::text::Text;
use model::verdict::{Cause, Grade, Undetermined, Value, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::SubjectReport;

/// How many verdicts there are of each value, violations by grade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// A "must" is not met.
    pub violation: u32,
    /// A person decides.
    pub review: u32,
    /// Good practice.
    pub advice: u32,
    /// The evidence does not decide.
    pub undetermined: u32,
    /// The duty is met.
    pub pass: u32,
    /// The duty does not bind.
    pub not_applicable: u32,
}

/// What a sweep found, without the evidence: small enough for a whole country.
#[derive(Clone, Debug, Default)]
pub struct SweepSummary {
    pub(crate) subjects: Vec<SubjectRow>,
    pub(crate) owners: BTreeMap<String, OwnerRow>,
    pub(crate) rules: BTreeMap<String, Counts>,
    pub(crate) causes: BTreeMap<Cause, u32>,
    pub(crate) total: Counts,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
}

/// One subject of a sweep.
#[derive(Clone, Debug)]
pub(crate) struct SubjectRow {
    pub(crate) subject: SubjectId,
    pub(crate) name: String,
    pub(crate) owner: Option<String>,
    pub(crate) counts: Counts,
    pub(crate) link: Option<String>,
}

/// One institution of a sweep.
#[derive(Clone, Debug)]
pub(crate) struct OwnerRow {
    pub(crate) name: String,
    pub(crate) kind: Option<InstitutionType>,
    pub(crate) level: Option<AdminLevel>,
    pub(crate) subjects: u32,
    pub(crate) counts: Counts,
    /// The institution's own page, or else the first of its applications'.
    pub(crate) link: Option<String>,
}

impl Counts {
    /// The counts of some verdicts.
    pub fn of<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> Self {
        let mut counts = Self::default();
        verdicts.into_iter().for_each(|verdict| counts.count(verdict));
        counts
    }

    /// Violations of all grades.
    pub fn violations(&self) -> u32 {
        self.violation + self.review + self.advice
    }

    /// All verdicts.
    pub fn total(&self) -> u32 {
        self.violations() + self.undetermined + self.pass + self.not_applicable
    }

    /// The exit status that the outside contract gives these counts: 1 when a duty is violated or may be, 0 otherwise.
    /// Advice violates nothing.
    pub fn exit_status(&self) -> u8 {
        u8::from(self.violation + self.review > 0)
    }

    fn count(&mut self, verdict: &Verdict) {
        let counter = match (verdict.value, verdict.grade) {
            (Value::Pass, _) => &mut self.pass,
            (Value::NotApplicable, _) => &mut self.not_applicable,
            (Value::Undetermined, _) => &mut self.undetermined,
            (Value::Violation, Some(Grade::Review)) => &mut self.review,
            (Value::Violation, Some(Grade::Advice)) => &mut self.advice,
            (Value::Violation, _) => &mut self.violation,
        };
        *counter += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.violation += other.violation;
        self.review += other.review;
        self.advice += other.advice;
        self.undetermined += other.undetermined;
        self.pass += other.pass;
        self.not_applicable += other.not_applicable;
    }

    /// The gravest come first when sorted by this in falling order.
    pub(crate) fn weight(&self) -> (u32, u32, u32, u32) {
        (self.violation, self.review, self.advice, self.undetermined)
    }
}

impl SweepSummary {
    /// Adds one subject. `link` is where its own page lies, relative to the summary.
    pub fn add(&mut self, bundle: &Bundle, verdicts: &[Verdict], link: Option<String>) {
        let images = BTreeMap::new();
        let report = SubjectReport { bundle, verdicts, images: &images };
        let counts = Counts::of(verdicts);
        let institution = report.institution().filter(|institution| !institution.key().is_empty());
        if let Some(institution) = institution {
            let owner = self.owners.entry(institution.key().into()).or_insert_with(|| OwnerRow {
                name: institution.name.clone(),
                kind: institution.kind,
                level: institution.level,
                subjects: 0,
                counts: Counts::default(),
                link: None,
            });
            if owner.link.is_none() || bundle.subject.kind == SubjectKind::Institution {
                owner.link.clone_from(&link);
            }
            owner.subjects += 1;
            owner.counts.add(&counts);
        }
        for verdict in verdicts {
            self.rules.entry(verdict.rule.clone()).or_default().count(verdict);
            if let Some(cause) = &verdict.cause {
                *self.causes.entry(cause.clone()).or_default() += 1;
            }
        }
        self.total.add(&counts);
        self.from = Some(self.from.map_or(bundle.at, |from| from.min(bundle.at)));
        self.to = Some(self.to.map_or(bundle.at, |to| to.max(bundle.at)));
        self.subjects.push(SubjectRow {
            subject: bundle.subject.clone(),
            name: report.name(),
            owner: institution.map(|institution| institution.name.clone()),
            counts,
            link,
        });
    }

    /// The counts over all subjects.
    pub fn counts(&self) -> Counts {
        self.total
    }

    /// The number of subjects.
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// The institutions, those with most violations first.
    pub(crate) fn worst_owners(&self) -> Vec<&OwnerRow> {
        let mut owners: Vec<_> = self.owners.values().collect();
        owners.sort_by_key(|owner| Reverse(owner.counts.weight()));
        owners
    }

    /// The subjects, those with most violations first.
    pub(crate) fn worst_subjects(&self) -> Vec<&SubjectRow> {
        let mut subjects: Vec<_> = self.subjects.iter().collect();
        subjects.sort_by_key(|subject| Reverse(subject.counts.weight()));
        subjects
    }

    /// The rules that are violated, most often first.
    pub(crate) fn worst_rules(&self) -> Vec<(&str, &Counts)> {
        let violated = self.rules.iter().filter(|(_, counts)| counts.violations() > 0);
        let mut rules: Vec<_> = violated.map(|(rule, counts)| (rule.as_str(), counts)).collect();
        rules.sort_by_key(|(_, counts)| Reverse(counts.weight()));
        rules
    }

    /// Why verdicts are undetermined, most often first.
    pub(crate) fn worst_causes(&self) -> Vec<(Text, u32)> {
        let mut causes: Vec<_> = self.causes.iter().map(|(cause, count)| (words(cause), *count)).collect();
        causes.sort_by_key(|(_, count)| Reverse(*count));
        causes
    }

    /// True when no subject was added.
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }
}

/// A cause in words, without the particulars of one subject.
fn words(cause: &Cause) -> Text {
    match cause {
        Cause::NotObserved(kind) => Undetermined::not_observed(*kind).reason,
        Cause::Failed(kind, class) => Undetermined::failed(*kind, &Failure::new(*class, "")).reason,
        Cause::Stale(kind) => {
            let kind = kind.label();
            Text::new(format!("“{}”已过时效", kind.zh), format!("{} is too old", kind.en))
        }
        Cause::OwnerUnknown => Undetermined::owner_unknown().reason,
        Cause::TypeUnknown => Undetermined::type_unknown().reason,
        Cause::LevelUnknown => Undetermined::level_unknown().reason,
        Cause::ListNotLoaded(name) => match Kind::ALL.iter().find(|kind| kind.is_list() && kind.label().en == name) {
            Some(kind) => Undetermined::not_observed(*kind).reason,
            None => text!(zh: "未导入名录“{name}”", en: "the list {name} is not loaded"),
        },
        Cause::Ambiguous => text!(zh: "证据不一致，需人工判断", en: "the evidence points both ways"),
        Cause::RuleCrashed => text!(zh: "检测规则内部错误", en: "the rule crashed"),
    }
}
