//! A run: every subject of a plan observed, judged and recorded, several at a time, resumable.

use futures::stream::{self, StreamExt};
use model::bundle::Bundle;
use model::facts::Fact;
use model::facts::register::Register;
use model::name::HostName;
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;
use model::verdict::Verdict;
use ports::store::{Run, Sealed};
use tokio::sync::watch;

use crate::plan::{Assignment, Plan};
use crate::{Engine, EngineError};

/// Hears how a run goes on.
pub trait Progress: Send + Sync {
    /// The run begins with `done` of `total` subjects recorded by an earlier process.
    fn begun(&self, total: usize, done: usize);
    /// A subject has been recorded.
    fn recorded(&self, bundle: &Bundle, verdicts: &[Verdict]);
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything is recorded.
    Complete,
    /// It was stopped; the same plan goes on where it was.
    Stopped {
        /// Subjects recorded so far.
        done: usize,
        /// Subjects in all.
        total: usize,
    },
}

impl Engine {
    /// Works through `plan`, or through what an earlier process left of it. When `stop` turns true, no new subject is begun and
    /// those under way are given up; what is recorded stays.
    ///
    /// # Errors
    /// When store or blobs fail. What was recorded before is safe.
    pub async fn run(
        &self,
        plan: &Plan,
        fresh: bool,
        progress: &dyn Progress,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(Run, Ending), EngineError> {
        let run = self.store.open_run(plan.digest()?, self.clock.now(), fresh).await?;
        let total = plan.assignments.len();
        let open: Vec<_> = plan.assignments.iter().filter(|work| !run.done.contains(&work.subject)).collect();
        let mut done = total - open.len();
        progress.begun(total, done);
        let id = run.id;
        let mut finished = stream::iter(open).map(|work| self.settle(id, work)).buffer_unordered(self.limits.subjects_at_a_time);
        loop {
            let settled = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => {
                    return Ok((run.clone(), Ending::Stopped { done, total }));
                }
                settled = finished.next() => settled,
            };
            let Some(sealed) = settled.transpose()? else { break };
            done += 1;
            tracing::info!(subject = %sealed.bundle.subject, "recorded");
            progress.recorded(&sealed.bundle, &sealed.verdicts);
        }
        drop(finished);
        self.store.close_run(id, self.clock.now()).await?;
        Ok((run, Ending::Complete))
    }

    /// One subject from looking to the record.
    async fn settle(&self, run: i64, work: &Assignment) -> Result<Sealed, EngineError> {
        let observations = self.observe(work).await?;
        let bundle = Bundle::seal(work.subject.clone(), self.clock.now(), self.policy.clone(), observations)?;
        let verdicts = rules::judge(&bundle)?;
        let sealed = [Sealed { bundle, verdicts }];
        self.store.record(run, &sealed).await?;
        let [sealed] = sealed;
        Ok(sealed)
    }
}

impl Engine {
    /// The failure of every resolver to answer at all, asked for a name of the plan; `None` when one answers, whatever it says.
    pub async fn resolver_is_dead(&self, plan: &Plan) -> Option<Failure> {
        let hosts = plan.assignments.iter().filter_map(|work| {
            let host = Register::of(&work.ledger)?.application.host.as_ref()?;
            let permit = self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L1, "resolver check").ok()?;
            Some((permit, host))
        });
        let (permit, host) = hosts.take(1).next()?;
        let root = HostName { ascii: host.suffix.clone(), ..HostName::default() };
        let seen = self.probes.host_dns(&permit, if host.suffix.is_empty() { host } else { &root }).await;
        seen.a.failure().filter(|failure| failure.class == FailureClass::ResolverTimeout).cloned()
    }
}
