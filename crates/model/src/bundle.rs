//! Sealed evidence: all that one judgement may know.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::observation::Observation;
use crate::policy::Policy;
use crate::subject::SubjectId;

/// Everything that the rules may know about a subject at one moment. Named by its digest; judged twice, it judges the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bundle {
    /// The subject.
    pub subject: SubjectId,
    /// Reference time: the only clock a rule has.
    pub at: Timestamp,
    /// Settings that rules may read.
    pub policy: Policy,
    /// Observations, in the order of their digests.
    pub observations: Vec<Observation>,
}

impl Bundle {
    /// Seals observations: orders them by digest, so that the order of arrival never matters.
    ///
    /// # Errors
    /// When an observation has no JSON form, which none of ours lacks.
    pub fn seal(
        subject: SubjectId,
        at: Timestamp,
        policy: Policy,
        observations: Vec<Observation>,
    ) -> Result<Self, serde_json::Error> {
        let mut named = observations.into_iter().map(|seen| Ok((seen.id()?, seen))).collect::<Result<Vec<_>, _>>()?;
        named.sort_by_key(|(id, _)| *id);
        named.dedup_by_key(|(id, _)| *id);
        Ok(Self { subject, at, policy, observations: named.into_iter().map(|(_, seen)| seen).collect() })
    }

    /// The digests of its observations, in their order. To make them takes the JSON of all evidence: ask once.
    ///
    /// # Errors
    /// As [`Bundle::seal`].
    pub fn ids(&self) -> Result<Vec<Digest>, serde_json::Error> {
        self.observations.iter().map(Observation::id).collect()
    }

    /// The name of the bundle: the digest over subject, time, policy and the digests of its observations.
    ///
    /// # Errors
    /// As [`Bundle::seal`].
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        self.digest_with(&self.ids()?)
    }

    /// The name of the bundle, for one who has [`Bundle::ids`] already.
    ///
    /// # Errors
    /// As [`Bundle::seal`].
    pub fn digest_with(&self, ids: &[Digest]) -> Result<Digest, serde_json::Error> {
        Digest::of_json(&(&self.subject, self.at, &self.policy, ids))
    }
}
