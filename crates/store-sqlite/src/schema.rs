//! Opening a file: pragmas and numbered migrations.
//!
//! Parameters are written `?1`, not `$1`: SQLite takes `$1` for a name and numbers it by first appearance, so that parameters out of
//! order would be bound to the wrong places without a word.
//!
//! Invariant: a migration and the version it leads to are one transaction, so a file is always of one version. Migrations that were
//! released are never edited; a change is a new file.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::fault::Fault;

/// What a file of ours holds.
pub struct Schema {
    /// SQLite's `application_id`, by which a file of one kind is not taken for another.
    application: i32,
    /// In order; the first leads from version 0 to version 1.
    migrations: &'static [&'static str],
}

/// The store.
pub const STORE: Schema = Schema {
    application: 0,
    migrations: &[
        include_str!("../migrations/0001_ledger_runs_records.sql"),
        include_str!("../migrations/0002_purpose_of_runs.sql"),
        include_str!("../migrations/0003_ledger.sql"),
        include_str!("../migrations/0004_marks.sql"),
        include_str!("../migrations/0005_ledger_rows.sql"),
        include_str!("../migrations/0006_watch.sql"),
    ],
};

/// Raw evidence. The number is "mcbl".
pub const BLOBS: Schema = Schema { application: 0x6d63_626c, migrations: &[include_str!("../migrations/blobs/0001_blobs.sql")] };

/// How long a call waits for another process's transaction. Ours last milliseconds, a large import some seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Prepared statements that a connection keeps: all that we have, since those for many rows take long to prepare.
const STATEMENTS: usize = 128;

/// A connection that only reads.
pub fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

impl Schema {
    /// A connection for the writer, on a file of the newest schema.
    pub fn open(&self, path: &Path) -> Result<Connection, Fault> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        // Before anything is changed, so that a file of another program or a newer version stays as it is.
        self.check(&connection)?;
        // Of a new file alone: half as many pages are half as many calls to write them, and rows of the ledger are wide.
        connection.pragma_update(None, "page_size", 8_192)?;
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "full")?;
        // The indexes over digests are written all over: they stay in memory (KiB), and the log is carried over in large pieces (pages).
        connection.pragma_update(None, "cache_size", -98_304)?;
        connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        self.migrate(&mut connection)?;
        Ok(connection)
    }

    fn known(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }

    /// The version of the file, if we may work on it.
    fn check(&self, connection: &Connection) -> Result<u32, Fault> {
        let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let tables: i64 = connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 && (found == 0 || application != self.application) {
            return Err(Fault::Foreign);
        }
        if found > self.known() {
            return Err(Fault::TooNew { found, known: self.known() });
        }
        Ok(found)
    }

    fn migrate(&self, connection: &mut Connection) -> Result<(), Fault> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Asked again inside the transaction: another process may have migrated meanwhile.
        let from = self.check(&transaction)?;
        for (version, migration) in (1..).zip(self.migrations).filter(|(version, _)| *version > from) {
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.pragma_update(None, "application_id", self.application)?;
        }
        Ok(transaction.commit()?)
    }
}
