//! Notices: an institution is told which of its applications a vulnerability reaches.

use jiff::Timestamp;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::advisory::finding::FindingId;
use crate::institution::DivisionCode;
use crate::ledger::entity::EntityId;
use crate::rule::Severity;
use crate::text::Text;

/// What one institution was told of one vulnerability.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The vulnerability's chief name.
    pub vulnerability: String,
    /// The institution.
    pub institution: EntityId,
    /// Its name; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub institution_name: String,
    /// Its division.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionCode>,
    /// The findings that it speaks of, ascending.
    pub findings: Vec<FindingId>,
    /// How grave the vulnerability is.
    pub severity: Severity,
    /// The last day for mending.
    pub due: Date,
    /// When it was written.
    pub at: Timestamp,
    /// Who had it written.
    pub by: String,
    /// The notice, line by line.
    pub text: Text,
}
