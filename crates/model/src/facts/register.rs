//! What the ledger says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::institution::{Application, Institution};
use crate::name::HostName;

/// The ledger's entry of one site or mail domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Register {
    /// The institution that runs it; `None` when the ledger does not tell.
    pub institution: Option<Institution>,
    /// The application. For a mail domain, the mail system or the site it was derived from.
    pub application: Application,
    /// Hosts of the superior institution's web sites, for the structure of domain names (国办函〔2018〕55号).
    pub superior_hosts: Vec<HostName>,
}

/// All that one institution runs, as far as the ledger knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Estate {
    /// The institution.
    pub institution: Institution,
    /// Its applications, retired ones too, ordered by address.
    pub applications: Vec<Application>,
}
