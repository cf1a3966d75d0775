//! Connections that read, each in a snapshot of its own, beside the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use crate::fault::Fault;
use crate::schema;

/// The most idle connections that are kept open.
const MOST_IDLE: usize = 4;

/// Opens connections as they are needed and keeps a few.
pub struct Readers {
    pool: Arc<Pool>,
}

struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    /// Readers of the file at `path`.
    pub fn new(path: &Path) -> Self {
        Self { pool: Arc::new(Pool { path: path.to_path_buf(), idle: Mutex::default() }) }
    }

    /// Does `work` in one read transaction, on a thread that may block.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let pool = self.pool.clone();
        tokio::task::spawn_blocking(move || pool.run(work)).await.unwrap_or(Err(Fault::Stopped))
    }
}

impl Pool {
    fn run<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let idle = self.idle().pop();
        let mut connection = idle.map_or_else(|| schema::open_reader(&self.path), Ok)?;
        let snapshot = connection.transaction()?;
        let found = work(&snapshot)?;
        snapshot.finish()?;
        let mut idle = self.idle();
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
        Ok(found)
    }

    /// Nothing that can panic runs under the lock, so a poisoned one still guards whole content.
    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
