//! Looking at one subject: which probes run, in which order, and how what they saw becomes observations.

mod links;
mod mail;
mod page;
mod site;

use jiff::Timestamp;
use model::facts::{Fact, Kind, Payload};
use model::observation::{Failure, FailureClass, Observation, Outcome, Source};
use model::subject::{SubjectId, SubjectKind};

use crate::plan::{Assignment, is_needed};
use crate::{Engine, EngineError};

impl Engine {
    /// Everything that can be seen of a subject within its permission; failures too.
    pub(crate) async fn observe(&self, work: &Assignment) -> Result<Vec<Observation>, EngineError> {
        let mut notebook = Notebook::new(self, &work.subject);
        notebook.write_ledger(work.ledger.clone());
        match work.subject.kind {
            SubjectKind::Site => self.observe_site(work, &mut notebook).await?,
            SubjectKind::Mail => self.observe_mail(work, &mut notebook).await?,
            SubjectKind::Institution => {}
        }
        Ok(notebook.observations)
    }
}

impl Engine {
    /// What is known of a subject on which our own tool crashed: the ledger's word, and that looking failed.
    pub(crate) fn crashed(&self, work: &Assignment) -> Vec<Observation> {
        let mut notebook = Notebook::new(self, &work.subject);
        notebook.write_ledger(work.ledger.clone());
        let failure = Failure::new(FailureClass::ToolFailed, "crashed");
        let probed = |kind: &Kind| is_needed(work.subject.kind, *kind) && !matches!(kind, Kind::Register | Kind::Estate);
        let probed: Vec<Kind> = Kind::ALL.iter().copied().filter(probed).collect();
        notebook.write_failure(&probed, "engine/1", notebook.begin(), &failure);
        notebook.observations
    }
}

/// Collects the observations of one subject.
pub(crate) struct Notebook<'a> {
    engine: &'a Engine,
    subject: &'a SubjectId,
    observations: Vec<Observation>,
}

impl<'a> Notebook<'a> {
    fn new(engine: &'a Engine, subject: &'a SubjectId) -> Self {
        Self { engine, subject, observations: Vec::new() }
    }

    /// The time at which a look begins.
    fn begin(&self) -> Timestamp {
        self.engine.clock.now()
    }

    /// Writes down the outcome of a look that began at `started`.
    fn write<T: Fact + Into<Payload>>(&mut self, instrument: &str, started: Timestamp, outcome: Outcome<T>) {
        let outcome = outcome.map(Into::into);
        self.push(T::KIND, Source::Probe, instrument, started, outcome);
    }

    fn write_ledger(&mut self, payload: Payload) {
        let now = self.begin();
        self.push(payload.kind(), Source::Register, "ledger/1", now, Outcome::Seen(payload));
    }

    /// Writes down that several kinds could not be seen, for one reason.
    fn write_failure(&mut self, kinds: &[Kind], instrument: &str, started: Timestamp, failure: &Failure) {
        for kind in kinds {
            self.push(*kind, Source::Probe, instrument, started, Outcome::Failed(failure.clone()));
        }
    }

    fn push(&mut self, kind: Kind, source: Source, instrument: &str, started: Timestamp, outcome: Outcome<Payload>) {
        self.observations.push(Observation {
            subject: self.subject.clone(),
            kind,
            source,
            instrument: instrument.into(),
            vantage: self.engine.dialer.settings().vantage.clone(),
            started,
            finished: self.engine.clock.now(),
            outcome,
        });
    }
}
