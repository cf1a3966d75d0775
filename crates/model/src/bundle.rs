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

/// The observations of a bundle as written: to make them takes the JSON of all evidence, so whoever seals hands them on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The digests of the observations, in the bundle's order.
    pub ids: Vec<Digest>,
    /// Their JSON, in the same order; each digest is that of its JSON.
    pub bodies: Vec<String>,
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
        Ok(Self::seal_written(subject, at, policy, observations)?.0)
    }

    /// As [`Bundle::seal`], with the observations as written.
    ///
    /// # Errors
    /// As [`Bundle::seal`].
    pub fn seal_written(
        subject: SubjectId,
        at: Timestamp,
        policy: Policy,
        observations: Vec<Observation>,
    ) -> Result<(Self, Written), serde_json::Error> {
        let named = observations.into_iter().map(|seen| {
            let body = serde_json::to_string(&seen)?;
            Ok((Digest::of(body.as_bytes()), body, seen))
        });
        let mut named = named.collect::<Result<Vec<_>, serde_json::Error>>()?;
        named.sort_by_key(|(id, ..)| *id);
        named.dedup_by_key(|(id, ..)| *id);
        let mut written = Written::default();
        let mut observations = Vec::with_capacity(named.len());
        for (id, body, seen) in named {
            written.ids.push(id);
            written.bodies.push(body);
            observations.push(seen);
        }
        Ok((Self { subject, at, policy, observations }, written))
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
