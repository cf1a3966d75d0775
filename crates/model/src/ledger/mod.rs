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
use crate::subject::{SubjectId, SubjectKind};

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
    /// The subject that this application is judged as; `None` for sites and mail systems whose address holds no host, and for apps and
    /// accounts without one.
    pub fn subject(&self) -> Option<SubjectId> {
        let application = &self.application;
        let listed = |kind| {
            let key = application.address.trim();
            (!key.is_empty()).then(|| SubjectId { kind, key: key.into() })
        };
        match application.kind {
            ApplicationKind::WebSite => Some(SubjectId::site(format!("{}{}", application.authority()?, application.path))),
            ApplicationKind::MailSystem => Some(SubjectId::mail(&application.host.as_ref()?.ascii)),
            ApplicationKind::MobileApp => listed(SubjectKind::App),
            ApplicationKind::MiniProgram => listed(SubjectKind::MiniProgram),
            ApplicationKind::PublicAccount => listed(SubjectKind::Account),
        }
    }

    /// What makes two rows the same row: kind, address and institution.
    pub fn key(&self) -> String {
        let owner = self.institution.as_ref().map_or("", |institution| institution.key());
        let hosted = self.application.host.as_ref().and_then(|_| self.subject());
        let address = hosted.map_or_else(|| self.application.address.clone(), |subject| subject.to_string());
        format!("{:?}|{address}|{owner}", self.application.kind)
    }
}
