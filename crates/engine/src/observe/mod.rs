//! Looking at one subject: which probes run, in which order, and how what they saw becomes observations.

mod active;
mod client_side;
mod components;
mod entrances;
mod links;
mod mail;
mod page;
mod registers;
mod site;
mod surroundings;
mod survey;

use jiff::Timestamp;
use ledger::extracts::Told;
use model::facts::{Fact, Kind, Payload};
use model::observation::{Failure, FailureClass, Observation, Outcome, Source};
use model::subject::{SubjectId, SubjectKind};

use crate::lists::Lists;
use crate::plan::{Assignment, is_needed};
use crate::{Engine, EngineError};

impl Engine {
    /// Everything that can be seen of a subject within its permission; failures too.
    pub(crate) async fn observe(&self, work: &Assignment, lists: &Lists) -> Result<Vec<Observation>, EngineError> {
        let mut notebook = Notebook::new(self, &work.subject);
        notebook.write_ledger(work.ledger.clone());
        match work.subject.kind {
            SubjectKind::Site => self.observe_site(work, &mut notebook).await?,
            SubjectKind::Mail => self.observe_mail(work, &mut notebook).await?,
            // What registers and lists say of them is all that there is.
            SubjectKind::Institution | SubjectKind::App | SubjectKind::MiniProgram | SubjectKind::Account => {}
        }
        self.look_up(work, lists, &mut notebook).await?;
        Ok(notebook.observations)
    }

    /// What registers, lists, declarations and advisories say of what was seen. Nothing is sent to anyone.
    pub(crate) async fn look_up(&self, work: &Assignment, lists: &Lists, notebook: &mut Notebook<'_>) -> Result<(), EngineError> {
        let lookup = self.observe_registers(work, lists, notebook).await?;
        self.observe_components(work, &lookup, lists, notebook).await
    }
}

impl Engine {
    /// The name of the vantage point from which everything is looked at.
    fn home(&self) -> &str {
        &self.dialer.settings().vantage
    }

    /// Whether a look at a site is wanted: by the map, or by some rule.
    fn wants(&self, kind: Kind) -> bool {
        self.scope.maps() || is_needed(SubjectKind::Site, kind)
    }

    /// What is known of a subject on which our own tool crashed: the ledger's word, and that looking failed.
    pub(crate) fn crashed(&self, work: &Assignment) -> Vec<Observation> {
        let mut notebook = Notebook::new(self, &work.subject);
        notebook.write_ledger(work.ledger.clone());
        let failure = Failure::new(FailureClass::ToolFailed, "crashed");
        let probed = |kind: &Kind| is_needed(work.subject.kind, *kind) && !kind.is_told();
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
        Self::holding(engine, subject, Vec::new())
    }

    /// With what was observed before.
    pub(crate) fn holding(engine: &'a Engine, subject: &'a SubjectId, observations: Vec<Observation>) -> Self {
        Self { engine, subject, observations }
    }

    /// All of it.
    pub(crate) fn into_observations(self) -> Vec<Observation> {
        self.observations
    }

    /// The time at which a look begins.
    fn begin(&self) -> Timestamp {
        self.engine.clock.now()
    }

    /// Writes down the outcome of a look that began at `started`.
    fn write<T: Fact + Into<Payload>>(&mut self, instrument: &str, started: Timestamp, outcome: Outcome<T>) {
        let home = self.engine.home();
        self.write_from(home, instrument, started, outcome);
    }

    /// Writes down the outcome of a look from another vantage point.
    fn write_from<T: Fact + Into<Payload>>(&mut self, vantage: &str, instrument: &str, started: Timestamp, outcome: Outcome<T>) {
        self.push(T::KIND, Source::Probe, instrument, vantage, started, outcome.map(Into::into));
    }

    fn write_ledger(&mut self, payload: Payload) {
        let now = self.begin();
        let home = self.engine.home();
        self.push(payload.kind(), Source::Register, "ledger/1", home, now, Outcome::Seen(payload));
    }

    /// Writes down what a register, list or declaration says, as of the time at which it was delivered; only what rules read.
    fn write_told<T: Fact + Into<Payload>>(&mut self, source: Source, instrument: &str, told: Option<Told<T>>) {
        let Some(Told { fact, at }) = told.filter(|_| is_needed(self.subject.kind, T::KIND)) else { return };
        self.observations.push(Observation {
            subject: self.subject.clone(),
            kind: T::KIND,
            source,
            instrument: instrument.into(),
            vantage: self.engine.home().into(),
            started: at,
            finished: at,
            outcome: Outcome::Seen(fact.into()),
        });
    }

    /// The payload of a kind that was seen from home.
    fn seen<T: Fact>(&self) -> Option<&T> {
        let home = self.engine.home();
        let of_kind = self.observations.iter().filter(|seen| seen.kind == T::KIND && seen.vantage == home);
        of_kind.filter_map(|seen| seen.outcome.seen()).find_map(T::of)
    }

    /// Writes down that several kinds could not be seen, for one reason.
    fn write_failure(&mut self, kinds: &[Kind], instrument: &str, started: Timestamp, failure: &Failure) {
        for kind in kinds {
            let home = self.engine.home();
            self.push(*kind, Source::Probe, instrument, home, started, Outcome::Failed(failure.clone()));
        }
    }

    fn push(
        &mut self,
        kind: Kind,
        source: Source,
        instrument: &str,
        vantage: &str,
        started: Timestamp,
        outcome: Outcome<Payload>,
    ) {
        self.observations.push(Observation {
            subject: self.subject.clone(),
            kind,
            source,
            instrument: instrument.into(),
            vantage: vantage.into(),
            started,
            finished: self.engine.clock.now(),
            outcome,
        });
    }
}
