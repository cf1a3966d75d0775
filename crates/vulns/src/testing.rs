//! What several tests build their worlds from.

use model::advisory::{Standing, Statement};
use model::ledger::source::SourceKind;

/// A statement that says nothing but its name.
pub(crate) fn statement(source: SourceKind, id: &str) -> Statement {
    Statement {
        source,
        id: id.to_owned(),
        aliases: Vec::new(),
        title: String::new(),
        standing: Standing::Live,
        published: None,
        modified: None,
        scores: Vec::new(),
        weaknesses: Vec::new(),
        affects: Vec::new(),
        remedy: String::new(),
        references: Vec::new(),
        exploited: None,
        likelihood: None,
    }
}
