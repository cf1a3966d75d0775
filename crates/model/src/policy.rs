//! Settings that rules may read. They are part of what was judged, so they are sealed with the evidence.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::subject::SubjectId;

/// Thresholds and choices of the supervising body. Numbers are whole, so that a verdict never hangs on rounding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Whether the mark of the registry CONAC counts as the official mark while the new one is piloted (Q&A 6 on Art. 9).
    pub accept_legacy_mark: bool,
    /// The mark must lie in the lowest part of the page: share of the page's height, in per mille.
    pub mark_bottom_permille: u32,
    /// How far the mark's middle may be from the page's middle: share of the page's width, in per mille.
    pub mark_centre_permille: u32,
    /// The least time between the two looks that make a link a dead one, in seconds.
    pub dead_link_gap_s: u32,
    /// RSA keys below this many bits are weak.
    pub weak_rsa_bits: u32,
    /// Greatest age of an imported register or list that still decides, in days.
    pub list_max_age_days: u32,
    /// Approved exceptions.
    pub exemptions: Vec<Exemption>,
}

/// A person's decision that a rule does not bind a subject, with the document that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Rule id, for example `ORG001`.
    pub rule: String,
    /// The subject.
    pub subject: SubjectId,
    /// Number and title of the approval.
    pub document: String,
    /// Last day on which it holds.
    pub until: Option<Date>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            accept_legacy_mark: true,
            mark_bottom_permille: 250,
            mark_centre_permille: 150,
            dead_link_gap_s: 30,
            weak_rsa_bits: 2048,
            list_max_age_days: 180,
            exemptions: Vec::new(),
        }
    }
}
