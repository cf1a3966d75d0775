//! Runs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::digest::Digest;
use model::subject::SubjectId;
use ports::store::{NoSuchRun, Run};
use rusqlite::{Connection, OptionalExtension, params};

use crate::fault::Fault;
use crate::records;

/// Takes up the unfinished run with this plan, or begins one.
pub fn open(connection: &Connection, plan: Digest, at: Timestamp, fresh: bool) -> Result<Run, Fault> {
    let (plan, at) = (plan.to_string(), at.as_millisecond());
    if fresh {
        let abandon = "update runs set state = 'abandoned', ended = ?2 where plan = ?1 and state = 'open'";
        connection.prepare_cached(abandon)?.execute(params![plan, at])?;
    }
    let unfinished = "select id, started from runs where plan = ?1 and state = 'open' order by id desc limit 1";
    let found = connection.prepare_cached(unfinished)?.query_row([&plan], |row| Ok((row.get(0)?, row.get(1)?)));
    let (id, started) = match found.optional()? {
        Some(run) => run,
        None => {
            let begin = "insert into runs (plan, started, state) values (?1, ?2, 'open') returning id";
            (connection.prepare_cached(begin)?.query_row(params![plan, at], |row| row.get(0))?, at)
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

/// The newest run.
pub fn last(connection: &Connection) -> Result<Option<Run>, Fault> {
    let newest = "select id, started from runs order by id desc limit 1";
    let found = connection.prepare_cached(newest)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.map(|(id, started)| read(connection, id, started)).transpose()
}

/// Fails when there is no such run.
pub fn require(connection: &Connection, run: i64) -> Result<(), Fault> {
    let there = connection.prepare_cached("select 1 from runs where id = ?1")?.exists([run])?;
    if there { Ok(()) } else { Err(NoSuchRun(run).into()) }
}

fn read(connection: &Connection, id: i64, started: i64) -> Result<Run, Fault> {
    let started = Timestamp::from_millisecond(started).map_err(|error| Fault::damaged(format!("run {id}"), error))?;
    let mut done = connection.prepare_cached("select distinct subject from records where run = ?1")?;
    let rows = done.query_map([id], |row| row.get(0))?;
    let done = rows.map(|subject| records::subject(subject?)).collect::<Result<BTreeSet<SubjectId>, Fault>>()?;
    Ok(Run { id, started, done })
}
