//! Facts out of active tests: templates (L3), a harmless provocation (L3), default passwords (L4).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::{Failure, Outcome};

/// What the template engine proved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Proofs {
    /// Where the templates were applied: an address without path.
    pub target: String,
    /// Name and digest of the set of templates.
    pub catalogue: String,
    /// Templates that ran to their end.
    pub ran: u32,
    /// Templates that were refused, by reason.
    pub refused: BTreeMap<String, u32>,
    /// Templates that could not run to their end, by reason.
    pub failed: BTreeMap<String, u32>,
    /// What matched.
    pub hits: Vec<Proof>,
    /// Why no template ran, or the rest did not.
    pub stopped: Option<Failure>,
}

/// A template that matched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Proof {
    /// Id of the template.
    pub template: String,
    /// Its name.
    pub name: String,
    /// Severity as the template states it: `info`, `low`, `medium`, `high`, `critical`.
    pub severity: String,
    /// Vulnerabilities that it proves: `CVE-…`.
    pub vulnerabilities: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The request that matched: `GET https://…`, `DNS A …`, `TLS host:443`, `TCP host:22`.
    pub request: String,
    /// The matchers that matched, by name or kind.
    pub matched: Vec<String>,
    /// What the extractors took, bounded.
    pub extracted: BTreeMap<String, Vec<String>>,
}

/// One request that a protection device should stop, beside the same request without the provocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Provocation {
    /// The address with the provocation.
    pub url: String,
    /// Status of the plain request.
    pub plain: u16,
    /// Status of the provoking one; `None` when the connection was cut.
    pub provoked: Option<u16>,
    /// Whether it was stopped: another status, a block page, a cut connection.
    pub stopped: bool,
    /// The device, where its page tells it.
    pub device: Option<String>,
}

/// Trials of vendors' default passwords on the accounts that the operator listed. No name of an account beyond the operator's list and no
/// password is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PasswordTrials {
    /// Name and digest of the operator's list.
    pub list: String,
    /// One entry a place and account, in the order tried.
    pub trials: Vec<Trial>,
    /// Why trials ended early: a throttle, a lock.
    pub stopped: Option<Failure>,
}

/// A trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// Where: `ftp host:21`, `https://host/login`.
    pub place: String,
    /// The product whose defaults were tried.
    pub product: String,
    /// The account.
    pub account: String,
    /// Attempts made, at most three.
    pub attempts: u8,
    /// Whether a default was accepted.
    pub accepted: Outcome<bool>,
}
