//! A run: every subject of a plan observed, judged and recorded, several at a time, resumable.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;
use jiff::SignedDuration;
use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::Fact;
use model::facts::components::SupplierReach;
use model::facts::register::Register;
use model::name::HostName;
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;
use model::subject::SubjectId;
use ports::store::{Run, Sealed};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::lists::Lists;
use crate::plan::{Assignment, Plan};
use crate::{Engine, EngineError, Scope};

/// How old an unfinished run may be to be taken up again: its first records must not be stale beside its last.
const RESUMABLE: SignedDuration = SignedDuration::from_hours(72);

/// Hears how a run goes on.
pub trait Progress: Send + Sync {
    /// The run begins with `done` of `total` subjects recorded by an earlier process.
    fn begun(&self, total: usize, done: usize);
    /// A subject has been recorded.
    fn recorded(&self, sealed: &Sealed);
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
    /// Works through `plan`, or through what an earlier process left of it under the same policy within the last three days. When `stop`
    /// turns true, no new subject is begun and those under way are given up; what is recorded stays.
    ///
    /// # Errors
    /// When store or blobs fail. What was recorded before is safe.
    pub async fn run(
        self: &Arc<Self>,
        plan: &Plan,
        fresh: bool,
        progress: &dyn Progress,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(Run, Ending), EngineError> {
        let (work, now) = (Digest::of_json(&(plan.digest()?, &self.policy))?, self.clock.now());
        let purpose = self.scope.purpose();
        let mut run = self.store.open_run(work, purpose, now, fresh).await?;
        if now.duration_since(run.started) > RESUMABLE {
            run = self.store.open_run(work, purpose, now, true).await?;
        }
        let total = plan.assignments.len();
        let open: Vec<_> = plan.assignments.iter().filter(|work| !run.done.contains(&work.subject)).collect();
        let mut done = total - open.len();
        progress.begun(total, done);
        let lists = Arc::new(self.lists().await?);
        let mut waiting = open.into_iter();
        // What an earlier process recorded may have suppliers as well.
        let mut supplied: Vec<SubjectId> = run.done.iter().cloned().collect();
        let mut under_way = JoinSet::new();
        loop {
            // A task a subject, so that all cores read and judge; dropping the set gives up what is under way.
            for work in waiting.by_ref().take(self.limits.subjects_at_a_time - under_way.len()) {
                under_way.spawn(self.clone().settle(run.id, work.clone(), lists.clone()));
            }
            let settled = tokio::select! {
                biased;
                Ok(_) = stop.wait_for(|stop| *stop) => return Ok((run, Ending::Stopped { done, total })),
                settled = under_way.join_next() => settled,
            };
            let Some(settled) = settled else { break };
            let sealed = settled.map_err(|_| EngineError::Stopped)??;
            done += 1;
            tracing::info!(subject = %sealed.bundle.subject, "recorded");
            if has_supplier(&sealed.bundle) {
                supplied.push(sealed.bundle.subject.clone());
            }
            progress.recorded(&sealed);
        }
        if let Some(watch) = &self.watch {
            watch.settle(self.clock.now()).await?;
            self.judge_supplied(run.id, supplied, &lists).await?;
        }
        self.store.close_run(run.id, self.clock.now()).await?;
        Ok((run, Ending::Complete))
    }

    /// How far a supplier reaches is known when everything was looked at: what has one is judged once more.
    async fn judge_supplied(&self, run: i64, supplied: Vec<SubjectId>, lists: &Lists) -> Result<(), EngineError> {
        if self.scope == Scope::Map {
            return Ok(());
        }
        for subject in supplied {
            let Some(before) = self.store.of_run(run, &subject).await? else { continue };
            if !has_supplier(&before.bundle) {
                continue;
            }
            let observations = self.refreshed(&subject, before.bundle.observations, lists).await?;
            let (bundle, written) = Bundle::seal_written(subject, self.clock.now(), self.policy.clone(), observations)?;
            let verdicts = rules::judge_with(&bundle, written.ids.clone())?;
            self.store.record(run, &[Sealed { bundle, written, verdicts }]).await?;
        }
        Ok(())
    }

    /// One subject from looking to the record. What panics while reading hostile bytes costs that subject's observations, not the run.
    async fn settle(self: Arc<Self>, run: i64, work: Assignment, lists: Arc<Lists>) -> Result<Sealed, EngineError> {
        let observations = match AssertUnwindSafe(self.observe(&work, &lists)).catch_unwind().await {
            Ok(observations) => observations?,
            Err(_) => {
                tracing::error!(subject = %work.subject, "our own tool crashed on this subject; please report it");
                self.crashed(&work)
            }
        };
        let (bundle, written) = Bundle::seal_written(work.subject, self.clock.now(), self.policy.clone(), observations)?;
        let verdicts = match self.scope {
            Scope::Map => Vec::new(),
            Scope::Check { .. } => rules::judge_with(&bundle, written.ids.clone())?,
        };
        let sealed = [Sealed { bundle, written, verdicts }];
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

fn has_supplier(bundle: &Bundle) -> bool {
    let told = bundle.observations.iter().filter_map(|seen| seen.outcome.seen()).find_map(SupplierReach::of);
    told.is_some_and(|reach| !reach.suppliers.is_empty())
}

#[cfg(test)]
mod tests {
    use dialer::dialer::Dialer;
    use jiff::Timestamp;
    use model::facts::register::Estate;
    use model::policy::Policy;
    use model::subject::SubjectId;
    use ports::clock::Fixed;
    use ports::memory::{MemoryBlobs, MemoryStore};
    use probe::probes::Probes;

    use super::*;
    use crate::Limits;
    use crate::instruments::Instruments;
    use crate::mapping::Mapping;

    struct Deaf;

    impl Progress for Deaf {
        fn begun(&self, _: usize, _: usize) {}
        fn recorded(&self, _: &Sealed) {}
    }

    fn engine(store: &MemoryStore, now: &str, policy: Policy) -> Arc<Engine> {
        let now: Timestamp = now.parse().expect("a time");
        let settings = dialer::settings::Settings { resolvers: vec!["127.0.0.1:9".into()], ..Default::default() };
        let dialer = Dialer::new(settings, Arc::new(move || now)).expect("settings");
        Arc::new(Engine {
            store: Arc::new(store.clone()),
            ledger: None,
            watch: None,
            blobs: Arc::new(MemoryBlobs::default()),
            clock: Arc::new(Fixed(now)),
            probes: Probes::new(dialer.clone()).expect("probes"),
            dialer,
            browser: Err(Failure::new(FailureClass::ToolMissing, "none in this test")),
            policy,
            limits: Limits { subjects_at_a_time: 1, links_per_site: 0 },
            scope: Scope::Check { map: false },
            instruments: Instruments::default(),
            mapping: Mapping {
                atlas: Arc::default(),
                catalogue: Arc::new(fingerprints::Catalogue::build(Vec::new())),
                ports: Vec::new(),
                udp_ports: Vec::new(),
                crawl: probe::crawl::CrawlBounds::default(),
                names: Arc::default(),
                known: Arc::default(),
            },
            vantages: Vec::new(),
        })
    }

    /// An institution: nothing is sent for it.
    fn plan() -> Plan {
        let subject = SubjectId::institution("11100000000013127D");
        Plan { assignments: vec![Assignment { subject, ledger: Estate::default().into(), grant: None }] }
    }

    /// The number of the run, which is stopped before it begins or goes on to its end though nobody can stop it any more.
    async fn run(engine: &Arc<Engine>, stopped: bool) -> i64 {
        let (_, stop) = watch::channel(stopped);
        let (run, ending) = engine.run(&plan(), false, &Deaf, stop).await.expect("a run");
        assert_eq!(ending, if stopped { Ending::Stopped { done: 0, total: 1 } } else { Ending::Complete });
        run.id
    }

    #[tokio::test]
    async fn a_run_is_taken_up_again_while_it_is_fresh_and_under_the_same_policy() {
        let store = MemoryStore::default();
        let first = run(&engine(&store, "2026-03-01T00:00:00Z", Policy::default()), true).await;
        assert_eq!(run(&engine(&store, "2026-03-03T00:00:00Z", Policy::default()), true).await, first);
        let other = Policy { dead_link_gap_s: 7, ..Policy::default() };
        assert_ne!(run(&engine(&store, "2026-03-03T00:00:00Z", other), true).await, first);
        let later = run(&engine(&store, "2026-03-05T00:00:00Z", Policy::default()), true).await;
        assert_ne!(later, first);
        assert_eq!(run(&engine(&store, "2026-03-06T00:00:00Z", Policy::default()), false).await, later);
    }
}
