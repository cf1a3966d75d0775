//! Runs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::digest::Digest;
use model::subject::SubjectId;
use ports::store::{NoSuchRun, Purpose, Run};
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::Fault;
use crate::records;

/// Takes up the unfinished run with this plan and purpose, or begins one.
pub fn open(connection: &Connection, plan: Digest, purpose: Purpose, at: Timestamp, fresh: bool) -> Result<Run, Fault> {
    let (plan, purpose, at) = (plan.to_string(), word(purpose), at.as_millisecond());
    if fresh {
        let abandon = "update runs set state = 'abandoned', ended = ?2 where plan = ?1 and purpose = ?3 and state = 'open'";
        connection.prepare_cached(abandon)?.execute(params![plan, at, purpose])?;
    }
    let unfinished = "select id, started from runs where plan = ?1 and purpose = ?2 and state = 'open' order by id desc limit 1";
    let found = connection.prepare_cached(unfinished)?.query_row(params![plan, purpose], |row| Ok((row.get(0)?, row.get(1)?)));
    let (id, started) = match found.optional()? {
        Some(run) => run,
        None => {
            let begin = "insert into runs (plan, started, state, purpose) values (?1, ?2, 'open', ?3) returning id";
            (connection.prepare_cached(begin)?.query_row(params![plan, at, purpose], |row| row.get(0))?, at)
        }
    };
    read(connection, id, started)
}

/// Marks a run as finished; one that has ended keeps its end.
pub fn close(connection: &Connection, run: i64, at: Timestamp) -> Result<(), Fault> {
    require(connection, run)?;
    let close = "update runs set state = 'finished', ended = ?2 where id = ?1 and state = 'open'";
    connection.prepare_cached(close)?.execute(params![run, at.as_millisecond()])?;
    Ok(())
}

/// The newest run with this purpose.
pub fn last(connection: &Connection, purpose: Purpose) -> Result<Option<Run>, Fault> {
    let newest = "select id, started from runs where purpose = ?1 order by id desc limit 1";
    let found = connection.prepare_cached(newest)?.query_row([word(purpose)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.map(|(id, started)| read(connection, id, started)).transpose()
}

/// Fails when there is no such run.
pub fn require(connection: &Connection, run: i64) -> Result<(), Fault> {
    let there = connection.prepare_cached("select 1 from runs where id = ?1")?.exists([run])?;
    if there { Ok(()) } else { Err(NoSuchRun(run).into()) }
}

/// The purpose as it is stored.
fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Check => "check",
        Purpose::Map => "map",
    }
}

fn read(connection: &Connection, id: i64, started: i64) -> Result<Run, Fault> {
    let started = Timestamp::from_millisecond(started).map_err(|error| Fault::damaged(format!("run {id}"), error))?;
    let mut done = connection.prepare_cached("select distinct subject from records where run = ?1")?;
    let rows = done.query_map([id], |row| row.get(0))?;
    let done = rows.map(|subject| records::subject(subject?)).collect::<Result<BTreeSet<SubjectId>, Fault>>()?;
    Ok(Run { id, started, done })
}
