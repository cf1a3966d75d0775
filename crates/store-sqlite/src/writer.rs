//! The one thread that writes.
//!
//! Invariant: a call gets its answer after the transaction that holds its work is committed, and never a success when it is not.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use crate::fault::Fault;

/// The most calls in one transaction, so that the first does not wait for long.
const MOST_GROUPED: usize = 256;

/// The end of a shared transaction.
type Fate = Result<(), Arc<Fault>>;

/// Hands work to the writing thread. When dropped, it waits for the thread, so that the file is closed.
pub struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub fn start(connection: Connection) -> Result<Self, Fault> {
        let (jobs, waiting) = mpsc::channel();
        let thread = thread::Builder::new().name("store-writer".into()).spawn(move || serve(connection, &waiting));
        Ok(Self { jobs: Some(jobs), thread: Some(thread.map_err(Fault::Thread)?) })
    }

    /// Does `work` in a transaction and returns when it is committed. When `work` fails, nothing of it remains.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (answer, answered) = oneshot::channel();
        let task = Task { work: Some(work), outcome: Err(Fault::Stopped), answer };
        let jobs = self.jobs.as_ref().ok_or(Fault::Stopped)?;
        jobs.send(Box::new(task)).map_err(|_| Fault::Stopped)?;
        answered.await.unwrap_or(Err(Fault::Stopped))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Without a sender the thread ends after the work that still waits.
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Work of any result type.
trait Job: Send {
    /// Does it.
    fn run(&mut self, connection: &Connection) -> Result<(), &Fault>;

    /// Answers the caller.
    fn settle(self: Box<Self>, fate: Fate);
}

struct Task<T, F> {
    work: Option<F>,
    outcome: Result<T, Fault>,
    answer: oneshot::Sender<Result<T, Fault>>,
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T, Fault> + Send> Job for Task<T, F> {
    fn run(&mut self, connection: &Connection) -> Result<(), &Fault> {
        if let Some(work) = self.work.take() {
            self.outcome = work(connection);
        }
        self.outcome.as_ref().map(|_| ())
    }

    fn settle(self: Box<Self>, fate: Fate) {
        let fate = fate.map_err(Fault::Transaction);
        let answer = match self.work {
            // Its own failure says more than that of the transaction.
            None => self.outcome.and_then(|value| fate.map(|()| value)),
            Some(_) => fate.and(self.outcome),
        };
        // A caller that went away needs no answer.
        let _ = self.answer.send(answer);
    }
}

fn serve(mut connection: Connection, waiting: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(MOST_GROUPED - 1));
        let fate = transact(&mut connection, &mut group).map_err(Arc::new);
        group.into_iter().for_each(|job| job.settle(fate.clone()));
    }
}

/// One transaction over a group; each job of several in a savepoint of its own, so that one's failure is not the others'.
fn transact(connection: &mut Connection, group: &mut [Box<dyn Job>]) -> Result<(), Fault> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let [job] = group {
        // For a savepoint SQLite copies every page before it is changed; a job alone is undone with its transaction.
        if job.run(&transaction).is_ok() {
            transaction.commit()?;
        }
        return Ok(());
    }
    for job in group {
        let savepoint = transaction.savepoint()?;
        match job.run(&savepoint) {
            Ok(()) => savepoint.commit()?,
            // On a full disk or an input/output error SQLite may give up the whole transaction, also the work of those before.
            Err(fault) if savepoint.is_autocommit() => return Err(Fault::GivenUp(fault.to_string())),
            Err(_) => savepoint.finish()?,
        }
    }
    Ok(transaction.commit()?)
}
