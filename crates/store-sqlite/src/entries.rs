//! Ledger rows as `Store::import` keeps them.

use model::ledger::Entry;
use ports::store::Imported;
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::Fault;

/// A row: its key and its JSON.
pub type Row = (String, String);

/// Rows ready to be written, made before the writer is asked.
pub fn rows(entries: &[Entry]) -> Result<Vec<Row>, Fault> {
    entries.iter().map(|entry| Ok((entry.key(), serde_json::to_string(entry)?))).collect()
}

/// Adds or replaces rows.
pub fn import(connection: &Connection, rows: &[Row]) -> Result<Imported, Fault> {
    let mut known = connection.prepare_cached("select entry = ?2 from ledger where key = ?1")?;
    let mut put = connection.prepare_cached(
        "insert into ledger (key, entry) values (?1, ?2) on conflict (key) do update set entry = excluded.entry",
    )?;
    let mut imported = Imported::default();
    for (key, entry) in rows {
        let same: Option<bool> = known.query_row(params![key, entry], |row| row.get(0)).optional()?;
        match same {
            Some(true) => {
                imported.unchanged += 1;
                continue;
            }
            Some(false) => imported.changed += 1,
            None => imported.added += 1,
        }
        put.execute(params![key, entry])?;
    }
    Ok(imported)
}

/// All rows, by key.
pub fn entries(connection: &Connection) -> Result<Vec<Entry>, Fault> {
    let mut all = connection.prepare_cached("select key, entry from ledger order by key")?;
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (key, entry): Row = row?;
        serde_json::from_str(&entry).map_err(|error| Fault::damaged(format!("ledger row {key}"), error))
    })
    .collect()
}
