//! Adapters that keep everything in memory: for tests, and for a check of one target that leaves nothing behind.
//!
//! Invariant: they pass the same conformance suites as the durable adapters. A clone is a second handle on the same content.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use model::bundle::Bundle;
use model::digest::Digest;
use model::subject::SubjectId;
use model::verdict::Verdict;

use crate::blobs::{BlobError, Blobs};
use crate::store::{MOST_VERDICTS, NoSuchRun, Purpose, Run, Sealed, Store, StoreError};

/// How the place is named in errors.
const PLACE: &str = "memory";

/// A [`Store`] in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

/// [`Blobs`] in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobs {
    kept: Arc<Mutex<BTreeMap<Digest, Vec<u8>>>>,
}

#[derive(Debug, Default)]
struct State {
    /// A run's number is its place here plus one.
    runs: Vec<Opened>,
    /// In the order of recording.
    records: Vec<Recorded>,
}

#[derive(Debug)]
struct Opened {
    plan: Digest,
    purpose: Purpose,
    started: Timestamp,
    unfinished: bool,
}

#[derive(Debug)]
struct Recorded {
    run: i64,
    digest: Digest,
    sealed: Sealed,
}

impl State {
    /// The records of runs that check.
    fn checked(&self) -> impl Iterator<Item = &Recorded> {
        let checks = |run: i64| usize::try_from(run - 1).ok().and_then(|index| self.runs.get(index));
        self.records.iter().filter(move |record| checks(record.run).is_some_and(|run| run.purpose == Purpose::Check))
    }

    fn run(&self, id: i64) -> Option<Run> {
        let index = usize::try_from(id).ok()?.checked_sub(1)?;
        let opened = self.runs.get(index)?;
        let of_run = self.records.iter().filter(|record| record.run == id);
        let done: BTreeSet<_> = of_run.map(|record| record.sealed.bundle.subject.clone()).collect();
        Some(Run { id, started: opened.started, done })
    }

    fn opened(&mut self, id: i64, operation: &'static str) -> Result<&mut Opened, StoreError> {
        let index = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        index.and_then(|index| self.runs.get_mut(index)).ok_or_else(|| StoreError::Unavailable {
            place: PLACE.into(),
            operation,
            source: Box::new(NoSuchRun(id)),
        })
    }

    fn record(&mut self, run: i64, digest: Digest, sealed: &Sealed) {
        let same = |record: &&mut Recorded| record.run == run && record.digest == digest;
        match self.records.iter_mut().find(same) {
            Some(record) => record.sealed.clone_from(sealed),
            None => self.records.push(Recorded { run, digest, sealed: sealed.clone() }),
        }
    }
}

impl MemoryStore {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn open_run(&self, plan: Digest, purpose: Purpose, at: Timestamp, fresh: bool) -> Result<Run, StoreError> {
        let mut state = self.state();
        let same = |run: &Opened| run.plan == plan && run.purpose == purpose;
        let unfinished = state.runs.iter().rposition(|run| run.unfinished && same(run));
        let index = match unfinished {
            Some(index) if !fresh => index,
            _ => {
                state.runs.iter_mut().filter(|run| same(run)).for_each(|run| run.unfinished = false);
                let started = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
                state.runs.push(Opened { plan, purpose, started, unfinished: true });
                state.runs.len() - 1
            }
        };
        let id = i64::try_from(index + 1).unwrap_or(i64::MAX);
        state.run(id).ok_or_else(|| damaged("the list of runs", NoSuchRun(id)))
    }

    async fn record(&self, run: i64, sealed: &[Sealed]) -> Result<(), StoreError> {
        let mut state = self.state();
        state.opened(run, "record")?;
        let digests = sealed.iter().map(|each| each.bundle.digest()).collect::<Result<Vec<_>, _>>();
        for (digest, each) in digests.map_err(|error| damaged("a bundle", error))?.into_iter().zip(sealed) {
            state.record(run, digest, each);
        }
        Ok(())
    }

    async fn close_run(&self, run: i64, _at: Timestamp) -> Result<(), StoreError> {
        self.state().opened(run, "close run")?.unfinished = false;
        Ok(())
    }

    async fn last_run(&self, purpose: Purpose) -> Result<Option<Run>, StoreError> {
        let state = self.state();
        let last = state.runs.iter().rposition(|run| run.purpose == purpose);
        Ok(last.and_then(|index| state.run(i64::try_from(index + 1).ok()?)))
    }

    async fn of_run(&self, run: i64, subject: &SubjectId) -> Result<Option<Sealed>, StoreError> {
        let state = self.state();
        let mut newest_first = state.records.iter().rev();
        let found = newest_first.find(|record| record.run == run && record.sealed.bundle.subject == *subject);
        Ok(found.map(|record| record.sealed.clone()))
    }

    async fn subjects(&self) -> Result<Vec<SubjectId>, StoreError> {
        let state = self.state();
        let subjects = state.checked().map(|record| &record.sealed.bundle.subject);
        let by_text: BTreeMap<String, SubjectId> = subjects.map(|subject| (subject.to_string(), subject.clone())).collect();
        Ok(by_text.into_values().collect())
    }

    async fn latest(&self, subject: &SubjectId) -> Result<Option<Sealed>, StoreError> {
        let state = self.state();
        let of_subject = state.checked().filter(|record| record.sealed.bundle.subject == *subject);
        // Of equals `max_by_key` takes the last, which is the one recorded last.
        let newest = of_subject.max_by_key(|record| record.sealed.bundle.at.as_millisecond());
        Ok(newest.map(|record| record.sealed.clone()))
    }

    async fn verdicts(&self, prefix: &str) -> Result<Vec<Verdict>, StoreError> {
        let prefix = prefix.to_ascii_lowercase();
        let state = self.state();
        let all = state.records.iter().flat_map(|record| &record.sealed.verdicts);
        let named = all.map(|verdict| (verdict.id.to_string(), verdict)).filter(|(id, _)| id.starts_with(&prefix));
        let by_id: BTreeMap<String, &Verdict> = named.collect();
        Ok(by_id.into_values().take(MOST_VERDICTS).cloned().collect())
    }

    async fn bundle(&self, digest: Digest) -> Result<Option<Bundle>, StoreError> {
        let state = self.state();
        Ok(state.records.iter().find(|record| record.digest == digest).map(|record| record.sealed.bundle.clone()))
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
        let digest = Digest::of(bytes);
        lock(&self.kept).entry(digest).or_insert_with(|| bytes.to_vec());
        Ok(digest)
    }

    async fn get(&self, digest: Digest) -> Result<Option<Vec<u8>>, BlobError> {
        Ok(lock(&self.kept).get(&digest).cloned())
    }
}

/// Nothing that can panic runs under a lock of ours, so a poisoned one still guards whole content.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn damaged(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Damaged { place: PLACE.into(), what: what.into(), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::store_suite!(|| {
        let store = MemoryStore::default();
        move || Arc::new(store.clone()) as Arc<dyn Store>
    });

    crate::blobs_suite!(|| {
        let blobs = MemoryBlobs::default();
        move || Arc::new(blobs.clone()) as Arc<dyn Blobs>
    });
}
