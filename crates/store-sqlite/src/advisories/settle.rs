//! What followed from changes, and the end of their marks.
//!
//! Invariant: `finding_days` counts every opening and closing of a row of `findings` once; whatever changes one changes the other.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::advisory::{Certainty, Closed, Finding, FindingId};
use ports::advisories::{Moved, Settlement, day_of};
use rusqlite::{Connection, OptionalExtension, params};

use super::findings::Body;
use super::marks;
use super::numbers::{Numbers, Table};
use crate::fault::Fault;
use crate::ledger::time_of;

/// A finding ready to be written.
pub struct Row {
    digest: [u8; 32],
    vulnerability: String,
    subject: String,
    certainty: Certainty,
    opened: i64,
    confirmed: i64,
    body: String,
}

impl Row {
    /// An open finding.
    pub fn of(finding: &Finding) -> Result<Self, Fault> {
        let body = Body { component: finding.component.clone(), certainty: finding.certainty, why: None };
        Ok(Self {
            digest: finding.id().0.into(),
            vulnerability: finding.vulnerability.clone(),
            subject: finding.subject.to_string(),
            certainty: finding.certainty,
            opened: finding.opened.as_millisecond(),
            confirmed: finding.confirmed.as_millisecond(),
            body: serde_json::to_string(&body)?,
        })
    }
}

/// Writes down what followed and takes away the marks.
pub fn settle(connection: &Connection, settlement: &Settlement, found: &[Row]) -> Result<Moved, Fault> {
    let mut tally = Tally::default();
    let mut moved = find(connection, found, &mut tally)?;
    for (from, to) in &settlement.renamed {
        rename(connection, *from, *to, &mut tally)?;
    }
    for (id, closed) in &settlement.closed {
        moved.closed += u64::from(close(connection, *id, closed, &mut tally)?);
    }
    tally.write(connection)?;
    marks::remove(connection, &settlement.names, &settlement.subjects)?;
    Ok(moved)
}

/// Opened and closed, by vulnerability and day.
#[derive(Default)]
struct Tally(BTreeMap<(i64, Date), (i64, i64)>);

impl Tally {
    fn add(&mut self, vulnerability: i64, at: i64, opened: i64, closed: i64) -> Result<(), Fault> {
        let turn = self.0.entry((vulnerability, day_of(time_of(at)?))).or_default();
        *turn = (turn.0 + opened, turn.1 + closed);
        Ok(())
    }

    fn write(self, connection: &Connection) -> Result<(), Fault> {
        let mut put = connection.prepare_cached(
            "insert into finding_days (vulnerability, day, opened, closed) values (?1, ?2, ?3, ?4) \
             on conflict (vulnerability, day) do update set opened = opened + excluded.opened, closed = closed + excluded.closed",
        )?;
        for ((vulnerability, day), (opened, closed)) in self.0 {
            put.execute(params![vulnerability, day.to_string(), opened, closed])?;
        }
        Ok(())
    }
}

fn find(connection: &Connection, found: &[Row], tally: &mut Tally) -> Result<Moved, Fault> {
    let mut subjects = Numbers::new(connection, Table::Subjects);
    let mut vulnerabilities = Numbers::new(connection, Table::Vulnerabilities);
    let mut known = connection.prepare_cached("select id, closed is null, body, confirmed from findings where digest = ?1")?;
    let mut insert = connection.prepare_cached(
        "insert into findings (digest, vulnerability, subject, certainty, opened, confirmed, body) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut confirm = connection.prepare_cached("update findings set certainty = ?2, confirmed = ?3, body = ?4 where id = ?1")?;
    let mut reopen = connection.prepare_cached(
        "update findings set certainty = ?2, confirmed = ?3, body = ?4, opened = ?5, closed = null where id = ?1",
    )?;
    let mut moved = Moved::default();
    for row in found {
        let held: Option<(i64, bool, String, i64)> =
            known.query_row([row.digest], |held| Ok((held.get(0)?, held.get(1)?, held.get(2)?, held.get(3)?))).optional()?;
        let certainty = row.certainty as i64;
        match &held {
            Some((_, true, body, confirmed)) if (body, *confirmed) == (&row.body, row.confirmed) => {}
            Some((id, true, ..)) => drop(confirm.execute(params![id, certainty, row.confirmed, row.body])?),
            Some((id, ..)) => drop(reopen.execute(params![id, certainty, row.confirmed, row.body, row.opened])?),
            None => {
                let (vulnerability, subject) = (vulnerabilities.get(&row.vulnerability)?, subjects.get(&row.subject)?);
                insert.execute(params![row.digest, vulnerability, subject, certainty, row.opened, row.confirmed, row.body])?;
            }
        }
        if held.is_some_and(|(_, open, ..)| open) {
            moved.confirmed += 1;
        } else {
            moved.opened += 1;
            tally.add(vulnerabilities.get(&row.vulnerability)?, row.opened, 1, 0)?;
        }
    }
    Ok(moved)
}

fn rename(connection: &Connection, from: FindingId, to: FindingId, tally: &mut Tally) -> Result<(), Fault> {
    let mut select =
        connection.prepare_cached("select id, vulnerability, opened, closed is null from findings where digest = ?1")?;
    let mut held = |id: FindingId| -> Result<Option<(i64, i64, i64, bool)>, Fault> {
        let digest = <[u8; 32]>::from(id.0);
        Ok(select.query_row([digest], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).optional()?)
    };
    let (Some(before), Some(now)) = (held(from)?, held(to)?) else { return Ok(()) };
    connection.prepare_cached("delete from findings where id = ?1")?.execute([before.0])?;
    let (id, vulnerability, opened, _) = now;
    if before.3 {
        connection.prepare_cached("update findings set opened = ?2 where id = ?1")?.execute([id, opened.min(before.2)])?;
        // It was opened under its old name already.
        tally.add(vulnerability, opened, -1, 0)?;
    }
    Ok(())
}

/// Whether there was something to close.
fn close(connection: &Connection, id: FindingId, closed: &Closed, tally: &mut Tally) -> Result<bool, Fault> {
    let mut select =
        connection.prepare_cached("select id, vulnerability, body from findings where digest = ?1 and closed is null")?;
    let open: Option<(i64, i64, String)> =
        select.query_row([<[u8; 32]>::from(id.0)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((row, vulnerability, body)) = open else { return Ok(false) };
    let body: Body = serde_json::from_str(&body).map_err(|error| Fault::damaged(format!("finding {id}"), error))?;
    let body = serde_json::to_string(&Body { why: Some(closed.why.clone()), ..body })?;
    let at = closed.at.as_millisecond();
    connection.prepare_cached("update findings set closed = ?2, body = ?3 where id = ?1")?.execute(params![row, at, body])?;
    tally.add(vulnerability, at, 0, 1)?;
    Ok(true)
}
