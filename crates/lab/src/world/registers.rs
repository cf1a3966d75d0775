//! What registers, lists and declarations say of what an institution runs. What is not said agrees with the page and the ledger.

use serde::Deserialize;

/// What is said of one site.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Registers {
    /// The registrable domain, where the lab's suffixes do not tell it as the public suffix list does.
    pub domain: Option<String>,
    /// The holder in the domain's registration; the institution unless said, hidden when empty.
    pub registrant: Option<String>,
    /// Days from the start of the lab until the registration ends.
    pub expires_in_days: Option<i64>,
    /// The number under which the site is filed (ICP), when it is not the one made up for it; not filed when empty.
    pub icp: Option<String>,
    /// In whose name.
    pub icp_owner: Option<String>,
    /// In whose name the site is filed with public security.
    pub police_owner: Option<String>,
    /// In whose name its mark is registered.
    pub mark_owner: Option<String>,
    /// The state of its mark: `有效` unless said.
    pub mark_state: Option<String>,
    /// What the institution answers.
    pub answers: Answers,
}

/// What an institution answers of a site or mail system.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// True when nobody answered.
    pub missing: bool,
    /// Level of classified protection; 3 unless said.
    pub level: Option<u8>,
    /// Days since the last assessment; 100 unless said.
    pub assessed_days_ago: Option<i64>,
    /// Whether the contract names the contractor's duties; yes unless said.
    pub contract_duties: Option<bool>,
    /// Days for which logs are kept; 400 unless said.
    pub log_days: Option<u32>,
    /// Services that it has approved to be open, as `tcp/443 tcp/22`; not answered unless said.
    pub approved: String,
}

/// An app, mini program or public account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// What it is.
    pub kind: ListedKind,
    /// Name.
    pub name: String,
    /// Package name, or `platform/id`.
    pub id: String,
    /// Where it is offered or lives.
    pub on: Vec<OnPlatform>,
}

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListedKind {
    /// A mobile app.
    App,
    /// A mini program.
    Mini,
    /// A public account.
    Account,
}

impl ListedKind {
    /// The kind of subject.
    pub fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Mini => "mini",
            Self::Account => "account",
        }
    }

    /// The kind of application as the ledger writes it.
    pub fn application(self) -> &'static str {
        match self {
            Self::App => "mobile_app",
            Self::Mini => "mini_program",
            Self::Account => "public_account",
        }
    }
}

/// Its place on one platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnPlatform {
    /// The platform as the data write it.
    pub platform: String,
    /// Address of the page; empty for accounts.
    #[serde(default)]
    pub page: String,
    /// Developer or verified subject; the institution unless said.
    pub subject: Option<String>,
    /// True when the page shows no mark.
    #[serde(default)]
    pub unmarked: bool,
}
