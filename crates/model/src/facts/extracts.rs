//! What imported registers and lists say of one subject. Each register is a kind of its own, so that rules cite it.
//!
//! Invariant: nothing found in a register that was asked is an empty list, which decides; a register that was never delivered is no
//! observation at all.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facts::page::MarkClass;

/// What one register of filings, marks or codes holds of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Filings {
    /// The day of the extract.
    pub as_of: Option<Date>,
    /// The registrable domain that was looked up, A-label form; empty for a site without one.
    pub domain: String,
    /// The numbers that were looked up: those that the page shows.
    pub numbers: Vec<String>,
    /// What the register holds under the domain or a number, in the order of numbers.
    pub held: Vec<Filing>,
}

/// One entry of such a register. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Filing {
    /// Number as the register writes it.
    pub number: String,
    /// Other forms of the number: a mark's certificate id beside its code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_numbers: Vec<String>,
    /// Name of the subject (主办单位).
    pub owner: String,
    /// The subject's code as the register writes it.
    pub uscc: String,
    /// Nature of the subject (主办单位性质): the words of `InstitutionType`, else the register's own.
    pub nature: String,
    /// Registrable domains, A-label form.
    pub domains: Vec<String>,
    /// Name of the site.
    pub site: String,
    /// Class of a mark.
    pub class: Option<MarkClass>,
    /// Day of issue or approval.
    pub issued_on: Option<Date>,
    /// Last day of validity.
    pub valid_until: Option<Date>,
    /// `valid`, `suspended`, `revoked`, `expired`, else the register's own word.
    pub validity: String,
}

/// ICP filings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct IcpFilings(pub Filings);

/// Public-security filings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PoliceFilings(pub Filings);

/// The register of official marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MarkRegister(pub Filings);

/// The list of government-site codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SiteCodes(pub Filings);

/// The registration of a domain (RDAP, RFC 9083; WHOIS).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DomainRegistration {
    /// The day of the answer.
    pub as_of: Option<Date>,
    /// The domain, A-label form.
    pub domain: String,
    /// The holder; `None` when the answer names none.
    pub registrant: Option<String>,
    /// Registrar.
    pub registrar: String,
    /// Day of registration.
    pub registered_on: Option<Date>,
    /// Day on which it ends.
    pub expires_on: Option<Date>,
    /// Day of the last change.
    pub updated_on: Option<Date>,
    /// Status words as RFC 8056 and EPP write them: `client transfer prohibited`, `pendingDelete`.
    pub status: Vec<String>,
}

/// Where an app is offered, or where an account or mini program lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Listings {
    /// The day of the data.
    pub as_of: Option<Date>,
    /// One entry a platform, in the order of platforms.
    pub listings: Vec<Listing>,
}

/// One platform's listing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Listing {
    /// The platform as the source writes it.
    pub platform: String,
    /// Name of the app or account there.
    pub name: String,
    /// Developer.
    pub developer: String,
    /// The subject that the platform verified: empty when it says that it verified none, `None` when the source does not tell.
    pub verified_subject: Option<String>,
    /// That subject's code, or an app's developer's; empty when unknown.
    pub subject_uscc: String,
    /// Day of that verification.
    pub verified_on: Option<Date>,
    /// Version.
    pub version: String,
    /// SHA-256 of the signer's certificate.
    pub signer: String,
    /// Address of the page where it is offered.
    pub download_page: String,
    /// That page's host, A-label form; empty without a page.
    pub download_host: String,
    /// Whether the page shows the official mark; `None` when the source does not tell.
    pub shows_mark: Option<bool>,
}

/// The list of filed app distribution platforms, as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FiledPlatforms {
    /// The day of the list.
    pub as_of: Option<Date>,
    /// The platforms, in the order of names.
    pub platforms: Vec<ListedName>,
}

/// Cloud platforms that passed the assessment and have to do with the subject's providers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CloudAssessments {
    /// The day of the list.
    pub as_of: Option<Date>,
    /// The providers that were looked up.
    pub providers: Vec<String>,
    /// Entries whose name, other names or operator has to do with one of them, in the order of names.
    pub platforms: Vec<ListedName>,
}

/// An entry of a list of platforms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListedName {
    /// Name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Who operates it.
    pub operator: String,
    /// The names under which catalogues of address ranges know that operator.
    pub providers: Vec<String>,
    /// Registrable domains of its own, A-label form.
    pub domains: Vec<String>,
    /// Day of filing or assessment.
    pub issued_on: Option<Date>,
    /// Last day of validity.
    pub valid_until: Option<Date>,
    /// `valid`, `suspended`, `revoked`, `expired`, else the list's own word.
    pub validity: String,
}

impl ListedName {
    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// What threat lists say of hosts that the pages draw on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ThreatListings {
    /// Day of the oldest delivery that this rests on.
    pub as_of: Option<Date>,
    /// Hosts that were looked up, ascending.
    pub hosts: Vec<String>,
    /// Those that are listed, in the order of hosts.
    pub listed: Vec<ThreatListing>,
}

/// A host on a threat list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ThreatListing {
    /// The host that the page draws on.
    pub host: String,
    /// What is listed: the host, a domain above it, an address on it.
    pub indicator: String,
    /// Kind of threat, as listed.
    pub threat: String,
    /// Who lists it.
    pub by: String,
    /// Since when.
    pub since: Option<Date>,
    /// The last day on which the list holds it to be one; `None` when it does not tell.
    pub until: Option<Date>,
    /// False when the list says that it is over.
    pub live: bool,
}
