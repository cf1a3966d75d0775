//! Mail policy records: MX, SPF (RFC 7208), DMARC (RFC 7489 and its successor's tree walk).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::dns::{Answer, Mx};
use crate::observation::Failure;

/// Mail records of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailDns {
    /// The domain, A-label form.
    pub domain: String,
    /// Mail exchangers.
    pub mx: Answer<Mx>,
    /// SPF.
    pub spf: Spf,
    /// DMARC.
    pub dmarc: Dmarc,
}

/// What happens to senders that match a mechanism (RFC 7208, 4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// `+`
    Pass,
    /// `-`
    Fail,
    /// `~`
    SoftFail,
    /// `?`
    Neutral,
}

/// What makes an SPF record a PermError (RFC 7208).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpfProblem {
    /// More than one record at one name (4.5); with the name.
    SeveralRecords(String),
    /// A term that is no mechanism or modifier (4.6.1); with name and term.
    Syntax {
        /// Where the record stands.
        domain: String,
        /// The offending term.
        term: String,
    },
    /// More than ten mechanisms that need look-ups (4.6.4).
    TooManyLookups,
    /// More than two look-ups without an answer (4.6.4).
    TooManyVoidLookups,
    /// An `include` or `redirect` to a name without a record (5.2, 6.1); with the name.
    MissingTarget(String),
    /// Records that include each other; with the name met again.
    Loop(String),
}

/// SPF of a domain, evaluated as far as that is possible without a sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spf {
    /// The records at the domain that start with `v=spf1`.
    pub records: Vec<String>,
    /// Terms that need look-ups, counted through `include` and `redirect`.
    pub lookups: u32,
    /// Look-ups that found nothing.
    pub void_lookups: u32,
    /// The qualifier of the `all` that is reached in the end (through `redirect`); `None` without one, which means neutral.
    pub all: Option<Qualifier>,
    /// What breaks the record.
    pub problems: Vec<SpfProblem>,
    /// A question of the evaluation that was not answered: the facts above are then incomplete.
    pub unanswered: Option<Failure>,
}

/// What a DMARC record asks receivers to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DmarcPolicy {
    /// `none`
    None,
    /// `quarantine`
    Quarantine,
    /// `reject`
    Reject,
}

/// A DMARC record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DmarcRecord {
    /// The record as published.
    pub text: String,
    /// `p`; `None` when missing or not one of the three.
    pub policy: Option<DmarcPolicy>,
    /// `sp`, the policy for subdomains.
    pub subdomain_policy: Option<DmarcPolicy>,
    /// `np`, the policy for names that do not exist.
    pub nonexistent_policy: Option<DmarcPolicy>,
    /// `pct`, 100 unless said.
    pub percent: u8,
    /// `t=y`: the successor's test mode.
    pub test_mode: bool,
    /// `rua`, addresses for reports.
    pub reports_to: Vec<String>,
    /// What is wrong with its syntax.
    pub problems: Vec<String>,
}

/// DMARC of a domain, inheritance honoured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dmarc {
    /// The names asked, from the domain upwards: `_dmarc.mail.x.gov.cn`, `_dmarc.x.gov.cn`.
    pub asked: Vec<String>,
    /// Where the record in force stands; `None` when there is none.
    pub found_at: Option<String>,
    /// The records found there. More than one means that none holds (RFC 7489, 6.6.3).
    pub records: Vec<DmarcRecord>,
    /// A question that was not answered: a record may exist all the same.
    pub unanswered: Option<Failure>,
}
