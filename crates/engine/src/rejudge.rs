//! Judging again what is stored, without touching anyone's server.

use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::Kind;
use model::observation::Observation;
use model::subject::SubjectId;
use model::verdict::{Grade, Value, Verdict};
use ports::store::{Purpose, Sealed};

use crate::lists::Lists;
use crate::observe::Notebook;
use crate::plan::Assignment;
use crate::{Engine, EngineError};

/// At which moment stored evidence is judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Now: certificates may have expired since, evidence may have grown stale, registers, lists and advisories may say something new.
    Now,
    /// The moment at which the evidence was sealed: shows what changed rules or settings alone change.
    Sealed,
}

/// A verdict that is another than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Subject.
    pub subject: SubjectId,
    /// Rule.
    pub rule: String,
    /// Value and grade before; `None` when the rule is new.
    pub before: Option<(Value, Option<Grade>)>,
    /// Value and grade now.
    pub after: (Value, Option<Grade>),
}

impl Engine {
    /// Judges the newest evidence of every subject again, records the result and returns what changed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn rejudge(&self, moment: Moment) -> Result<Vec<Change>, EngineError> {
        let now = self.clock.now();
        let run = self.store.open_run(Digest::of(format!("rejudge {now}").as_bytes()), Purpose::Check, now, true).await?;
        let lists = self.lists().await?;
        let mut changes = Vec::new();
        for subject in self.store.subjects().await? {
            let Some(before) = self.store.latest(&subject).await? else { continue };
            let at = if moment == Moment::Now { now } else { before.bundle.at };
            let observations = match moment {
                Moment::Now => self.refreshed(&subject, before.bundle.observations, &lists).await?,
                Moment::Sealed => before.bundle.observations,
            };
            let (bundle, written) = Bundle::seal_written(subject, at, self.policy.clone(), observations)?;
            let verdicts = rules::judge_with(&bundle, written.ids.clone())?;
            changes.extend(verdicts.iter().filter_map(|verdict| change(&before.verdicts, verdict)));
            self.store.record(run.id, &[Sealed { bundle, written, verdicts }]).await?;
        }
        self.store.close_run(run.id, self.clock.now()).await?;
        Ok(changes)
    }

    /// What was seen then, with what registers, lists and advisories say of it now. Without a ledger, or its word, nothing can be looked up.
    pub(crate) async fn refreshed(
        &self,
        subject: &SubjectId,
        before: Vec<Observation>,
        lists: &Lists,
    ) -> Result<Vec<Observation>, EngineError> {
        let word = before.iter().find(|seen| matches!(seen.kind, Kind::Register | Kind::Estate));
        let word = word.and_then(|seen| seen.outcome.seen().cloned());
        let (Some(ledger), Some(_)) = (word, &self.ledger) else { return Ok(before) };
        let work = Assignment { subject: subject.clone(), ledger, grant: None };
        let seen = before.into_iter().filter(|seen| !seen.kind.is_looked_up()).collect();
        let mut notebook = Notebook::holding(self, subject, seen);
        self.look_up(&work, lists, &mut notebook).await?;
        Ok(notebook.into_observations())
    }
}

fn change(before: &[Verdict], after: &Verdict) -> Option<Change> {
    let known = before.iter().find(|verdict| verdict.rule == after.rule).map(|verdict| (verdict.value, verdict.grade));
    let now = (after.value, after.grade);
    (known != Some(now)).then(|| Change { subject: after.subject.clone(), rule: after.rule.clone(), before: known, after: now })
}
