//! What an institution declares of an application: answers to what cannot be seen from outside.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The latest answers. `None` where the question was not answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attestation {
    /// Day of the answers; of the oldest, when they were given on several days.
    pub answered_on: Option<Date>,
    /// Who answered.
    pub answered_by: String,
    /// Documents that prove the answers: names and digests.
    pub documents: Vec<String>,
    /// Level of classified protection (等级保护), 1 to 5.
    pub protection_level: Option<u8>,
    /// Number of its filing with public security.
    pub protection_number: Option<String>,
    /// Whether the application carries important business (承载重要业务应用).
    pub important_business: Option<bool>,
    /// Day of the last security assessment.
    pub assessed_on: Option<Date>,
    /// Whether building or running it is outsourced.
    pub outsourced: Option<bool>,
    /// Whether the contract names the contractor's duties of network and data security.
    pub contract_duties: Option<bool>,
    /// Whether the highest privileges are with own staff.
    pub top_privileges_own: Option<bool>,
    /// Whether ended grants to outside staff are withdrawn.
    pub grants_withdrawn: Option<bool>,
    /// Days for which logs are kept.
    pub log_days: Option<u32>,
    /// Whether logs are backed up.
    pub log_backup: Option<bool>,
    /// Whether there is disaster recovery and backup.
    pub backup: Option<bool>,
    /// Services that are approved to be open, `tcp/443`, ascending; empty when the question was not answered.
    pub approved_services: Vec<String>,
}
