//! The ledger: which institution runs which application, by whose word, and what is permitted there.

pub mod attribute;
pub mod claim;
pub mod entity;
pub mod reconciliation;
pub mod source;
pub mod truth;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::institution::{Application, ApplicationKind, Institution};
use crate::permission::Grant;
use crate::subject::SubjectId;

/// One row of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Entry {
    /// The institution; `None` when the row does not name one.
    pub institution: Option<Institution>,
    /// The application.
    pub application: Application,
    /// What may be done to it; `None` means the default, L1.
    pub grant: Option<Grant>,
    /// Columns that the product does not know, by header.
    pub notes: BTreeMap<String, String>,
    /// The file and line, or the service, that said so.
    pub source: String,
}

impl Entry {
    /// The subject that this application is judged as; `None` for kinds that no rule judges by itself yet (apps, accounts) and for
    /// addresses without a host.
    pub fn subject(&self) -> Option<SubjectId> {
        let host = self.application.host.as_ref()?;
        match self.application.kind {
            ApplicationKind::WebSite => {
                Some(SubjectId::site(format!("{}{}", self.application.authority()?, self.application.path)))
            }
            ApplicationKind::MailSystem => Some(SubjectId::mail(&host.ascii)),
            _ => None,
        }
    }

    /// What makes two rows the same row: kind, address and institution.
    pub fn key(&self) -> String {
        let owner = self.institution.as_ref().map_or("", |institution| institution.key());
        let address = self.subject().map_or_else(|| self.application.address.clone(), |subject| subject.to_string());
        format!("{:?}|{address}|{owner}", self.application.kind)
    }
}
