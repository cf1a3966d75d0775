//! Cases: small worlds with the verdict they must get. Each rule's `cases/*.json` holds some; `xtask capture-case` makes them out
//! of stored verdicts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use model::bundle::Bundle;
use model::facts::{Kind, Payload};
use model::observation::{Failure, Observation, Outcome, Source};
use model::policy::Policy;
use model::subject::SubjectId;
use model::verdict::{Grade, Value, Verdict};
use serde::{Deserialize, Serialize};

/// One case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows, in a sentence.
    pub note: String,
    /// The subject.
    pub subject: SubjectId,
    /// Reference time.
    pub at: Timestamp,
    /// Settings that differ from the default.
    #[serde(default)]
    pub policy: Policy,
    /// What was seen.
    pub observations: Vec<Look>,
    /// What must come out.
    pub expect: Expect,
}

/// An observation in short: either `seen` or `kind` with `failed`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Payload>,
    /// What was looked for in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Why in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failure>,
    /// Age at the reference time, in hours.
    #[serde(default)]
    pub age_h: i64,
}

/// The expected verdict.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Value.
    pub verdict: Value,
    /// Grade of a violation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// Facts that must be among the verdict's.
    #[serde(default)]
    pub facts: BTreeMap<String, String>,
}

impl Case {
    /// The sealed evidence of the case.
    ///
    /// # Errors
    /// A sentence that says which observation is neither seen nor failed.
    pub fn bundle(&self) -> Result<Bundle, String> {
        let observations = self.observations.iter().map(|look| self.observation(look)).collect::<Result<_, _>>()?;
        Bundle::seal(self.subject.clone(), self.at, self.policy.clone(), observations).map_err(|error| error.to_string())
    }

    fn observation(&self, look: &Look) -> Result<Observation, String> {
        let (kind, outcome) = match (&look.seen, look.kind, &look.failed) {
            (Some(payload), None, None) => (payload.kind(), Outcome::Seen(payload.clone())),
            (None, Some(kind), Some(failure)) => (kind, Outcome::Failed(failure.clone())),
            _ => return Err("an observation of a case has either `seen`, or `kind` and `failed`".into()),
        };
        let time = self.at - SignedDuration::from_hours(look.age_h);
        let source = match kind {
            Kind::Attestation => Source::Declaration,
            kind if kind.is_told() => Source::Register,
            _ => Source::Probe,
        };
        Ok(Observation {
            subject: self.subject.clone(),
            kind,
            source,
            instrument: "case/1".into(),
            vantage: "case".into(),
            started: time,
            finished: time,
            outcome,
        })
    }

    /// How a verdict differs from the expected one, in a sentence.
    pub fn difference(&self, verdict: &Verdict) -> Option<String> {
        let missing = self.expect.facts.iter().find(|(name, value)| verdict.facts.get(*name) != Some(value));
        if (verdict.value, verdict.grade) != (self.expect.verdict, self.expect.grade) {
            let (got, wanted) = ((verdict.value, verdict.grade), (self.expect.verdict, self.expect.grade));
            Some(format!("got {got:?}, expected {wanted:?}: {}", verdict.reason.en))
        } else {
            missing.map(|(name, value)| format!("fact {name} is {:?}, expected {value:?}", verdict.facts.get(name)))
        }
    }
}
