//! Marks: names and subjects that are to be worked off.
//!
//! Invariant: marking anew gives a new number, and a mark is taken away by its number, so one made meanwhile stays.

use std::collections::BTreeSet;

use model::subject::SubjectId;
use ports::advisories::Mark;
use rusqlite::Connection;

use crate::fault::Fault;
use crate::ledger::limit;
use crate::records;

/// Marks names.
pub fn put_names(connection: &Connection, names: &BTreeSet<String>) -> Result<(), Fault> {
    let mut put = connection.prepare_cached("insert or replace into pending_names (name) values (?1)")?;
    for name in names {
        put.execute([name])?;
    }
    Ok(())
}

/// Marks a subject.
pub fn put_subject(connection: &Connection, subject: i64) -> Result<(), Fault> {
    connection.prepare_cached("insert or replace into pending_subjects (subject) values (?1)")?.execute([subject])?;
    Ok(())
}

/// Names that are marked.
pub fn names(connection: &Connection, most: usize) -> Result<Vec<Mark<String>>, Fault> {
    let mut select = connection.prepare_cached("select name, mark from pending_names order by mark limit ?1")?;
    let marks = select.query_map([limit(most)], |row| Ok(Mark { of: row.get(0)?, number: row.get(1)? }))?;
    Ok(marks.collect::<Result<_, _>>()?)
}

/// Subjects that are marked.
pub fn subjects(connection: &Connection, most: usize) -> Result<Vec<Mark<SubjectId>>, Fault> {
    let mut select = connection.prepare_cached(
        "select subjects.subject, mark from pending_subjects join subjects on id = pending_subjects.subject order by mark limit ?1",
    )?;
    let mut rows = select.query([limit(most)])?;
    let mut marks = Vec::new();
    while let Some(row) = rows.next()? {
        marks.push(Mark { of: records::subject(row.get(0)?)?, number: row.get(1)? });
    }
    Ok(marks)
}

/// Takes away marks.
pub fn remove(connection: &Connection, names: &[Mark<String>], subjects: &[Mark<SubjectId>]) -> Result<(), Fault> {
    let mut delete = connection.prepare_cached("delete from pending_names where mark = ?1")?;
    for mark in names {
        delete.execute([mark.number])?;
    }
    let mut delete = connection.prepare_cached("delete from pending_subjects where mark = ?1")?;
    for mark in subjects {
        delete.execute([mark.number])?;
    }
    Ok(())
}
