//! Permission to send: made by [`Dialer::permit`](crate::dialer::Dialer::permit) alone, asked for by everything that sends.

use std::sync::Arc;

use model::permission::AccessLevel;
use model::subject::SubjectId;

/// Leave to send something for one subject. Its fields are private and nothing but the dialer makes one, so no probe can go round it.
#[derive(Clone, Debug)]
pub struct Permit {
    subject: Arc<SubjectId>,
    level: AccessLevel,
    purpose: &'static str,
}

impl Permit {
    pub(crate) fn new(subject: &SubjectId, level: AccessLevel, purpose: &'static str) -> Self {
        Self { subject: Arc::new(subject.clone()), level, purpose }
    }

    /// For whom.
    pub fn subject(&self) -> &SubjectId {
        &self.subject
    }

    /// For whom, to keep.
    pub(crate) fn shared_subject(&self) -> Arc<SubjectId> {
        Arc::clone(&self.subject)
    }

    /// How far it goes.
    pub fn level(&self) -> AccessLevel {
        self.level
    }

    /// What for, in a word: `visit`, `dns`, `browser`.
    pub fn purpose(&self) -> &'static str {
        self.purpose
    }
}
