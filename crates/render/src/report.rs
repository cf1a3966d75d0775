//! View models: what a report is made of, and the questions every format asks of it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::Fact;
use model::facts::register::{Estate, Register};
use model::institution::{Application, Institution};
use model::observation::Observation;
use model::rule::{Area, Rule, Severity};
use model::text::Text;
use model::verdict::{Grade, Value, Verdict};

/// Times are shown in China Standard Time, where the duties bind.
const CHINA_OFFSET_HOURS: i8 = 8;

/// One subject with its evidence and what the rules say of it.
#[derive(Clone, Copy, Debug)]
pub struct SubjectReport<'a> {
    /// The sealed evidence.
    pub bundle: &'a Bundle,
    /// The verdicts on it.
    pub verdicts: &'a [Verdict],
    /// Screenshots by digest. A report tells which are missing.
    pub images: &'a BTreeMap<Digest, Vec<u8>>,
}

/// The rules that were applied, in the order of the catalogue.
#[derive(Clone, Copy)]
pub struct Catalogue<'a>(
    /// The rules.
    pub &'a [&'a Rule],
);

/// The circumstances of a report.
#[derive(Clone, Debug)]
pub struct Meta<'a> {
    /// When the report is written.
    pub generated: Timestamp,
    /// Version of the product.
    pub version: &'a str,
    /// From where was looked.
    pub vantage: String,
    /// What a reader must know about this run, for example that no browser was installed.
    pub notes: Vec<Text>,
    /// Whether the picture of the application is part of it.
    pub map: bool,
}

impl<'a> SubjectReport<'a> {
    /// The institution that runs the subject, if the ledger tells.
    pub fn institution(&self) -> Option<&'a Institution> {
        let registered = self.newest::<Register>().and_then(|register| register.institution.as_ref());
        registered.or_else(|| self.newest::<Estate>().map(|estate| &estate.institution))
    }

    /// The application as the ledger describes it.
    pub fn application(&self) -> Option<&'a Application> {
        self.newest::<Register>().map(|register| &register.application)
    }

    /// The name of the subject for people: as registered, else its id.
    pub fn name(&self) -> String {
        let application = self.application().map(|application| application.name.as_str());
        let institution = self.newest::<Estate>().map(|estate| estate.institution.name.as_str());
        let name = application.or(institution).filter(|name| !name.is_empty());
        name.map_or_else(|| self.bundle.subject.key.clone(), str::to_owned)
    }

    /// The digest of the bundle as the verdicts carry it; computed when there are none.
    pub fn digest(&self) -> Option<Digest> {
        self.verdicts.first().map(|verdict| verdict.bundle).or_else(|| self.bundle.digest().ok())
    }

    /// The verdicts of one value: the gravest grade first, then the highest severity, then by rule.
    pub fn sorted(&self, value: Value) -> Vec<&'a Verdict> {
        let mut found: Vec<_> = self.verdicts.iter().filter(|verdict| verdict.value == value).collect();
        found.sort_by(|one, other| rank(one).cmp(&rank(other)));
        found
    }

    /// The observations by their names.
    pub(crate) fn observations(&self) -> BTreeMap<Digest, &'a Observation> {
        self.bundle.observations.iter().filter_map(|seen| Some((seen.id().ok()?, seen))).collect()
    }

    /// The newest payload of a kind.
    pub(crate) fn newest<T: Fact>(&self) -> Option<&'a T> {
        let of_kind = self.bundle.observations.iter().filter(|seen| seen.kind == T::KIND);
        let newest = of_kind.filter(|seen| seen.outcome.seen().is_some()).max_by_key(|seen| seen.finished)?;
        newest.outcome.seen().and_then(T::of)
    }
}

impl<'a> Catalogue<'a> {
    /// The rule with this id.
    pub fn find(&self, id: &str) -> Option<&'a Rule> {
        self.0.iter().copied().find(|rule| rule.id == id)
    }

    /// The title of a rule; its id when the catalogue does not know it (any more).
    pub fn title(&self, id: &str) -> Text {
        self.find(id).map_or_else(|| Text::same(id), |rule| rule.title.to_text())
    }

    /// The area of a rule.
    pub fn area(&self, id: &str) -> Option<Area> {
        self.find(id).map(|rule| rule.area)
    }

    /// True when any rule belongs to the area.
    pub fn covers(&self, area: Area) -> bool {
        self.0.iter().any(|rule| rule.area == area)
    }
}

/// A moment on the clocks of China, to the minute.
pub(crate) fn minute(at: Timestamp) -> String {
    TimeZone::fixed(jiff::tz::offset(CHINA_OFFSET_HOURS)).to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The first digits of a digest, enough to name it in print.
pub(crate) fn short(digest: Digest) -> String {
    digest.to_string().chars().take(16).collect()
}

fn rank(verdict: &Verdict) -> (Reverse<Option<Grade>>, Reverse<Severity>, &str) {
    (Reverse(verdict.grade), Reverse(verdict.severity), &verdict.rule)
}
