//! Findings as they are read.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::advisory::{Certainty, Closed, Closing, Component, Finding, FindingId};
use ports::advisories::Turn;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::numbers::Table;
use crate::fault::Fault;
use crate::ledger::{limit, text, time_of};
use crate::records;

/// What has no column of its own.
#[derive(Serialize, Deserialize)]
pub struct Body {
    /// The component.
    pub component: Component,
    /// How sure.
    pub certainty: Certainty,
    /// Why it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Closing>,
}

/// A finding with its subject's last look, as [`finding`] reads it.
const SELECT: &str = "select subjects.subject, name, opened, confirmed, closed, seen, body, digest, findings.subject from findings \
                      cross join subjects on subjects.id = findings.subject \
                      cross join vulnerabilities on vulnerabilities.id = vulnerability";

/// The findings of a vulnerability by any of its names, up to the subject at which `most` is reached.
pub fn page(
    connection: &Connection,
    names: &[String],
    open: bool,
    after: Option<&str>,
    most: usize,
) -> Result<Vec<Finding>, Fault> {
    let after = after.map(|after| Table::Subjects.find(connection, after)).transpose()?.flatten().unwrap_or_default();
    let numbers = Table::Vulnerabilities.find_all(connection, names.iter().map(String::as_str))?;
    let which = if open { "and closed is null" } else { "" };
    let mut next = connection.prepare_cached(&format!(
        "select subject from findings where vulnerability = ?1 and subject > ?2 {which} order by subject limit ?3"
    ))?;
    let mut subjects: Vec<i64> = Vec::new();
    for number in &numbers {
        for subject in next.query_map(params![number, after, limit(most)], |row| row.get(0))? {
            subjects.push(subject?);
        }
    }
    subjects.sort_unstable();
    let last = most.checked_sub(1).and_then(|last| subjects.get(last)).copied().unwrap_or(i64::MAX);
    let mut select = connection.prepare_cached(&format!(
        "{SELECT} where vulnerability = ?1 and findings.subject > ?2 and findings.subject <= ?3 {which}"
    ))?;
    let mut found: Vec<(i64, [u8; 32], Finding)> = Vec::new();
    for number in numbers {
        let mut rows = select.query(params![number, after, last])?;
        while let Some(row) = rows.next()? {
            found.push((row.get(8)?, row.get(7)?, finding(row)?));
        }
    }
    found.sort_by_key(|(subject, digest, _)| (*subject, *digest));
    Ok(found.into_iter().map(|(.., finding)| finding).collect())
}

/// The findings on a subject.
pub fn on(connection: &Connection, subject: &str) -> Result<Vec<Finding>, Fault> {
    let Some(subject) = Table::Subjects.find(connection, subject)? else { return Ok(Vec::new()) };
    let mut select = connection.prepare_cached(&format!("{SELECT} where findings.subject = ?1 order by name, digest"))?;
    let mut rows = select.query([subject])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(finding(row)?);
    }
    Ok(found)
}

/// A finding.
pub fn one(connection: &Connection, id: FindingId) -> Result<Option<Finding>, Fault> {
    let mut select = connection.prepare_cached(&format!("{SELECT} where digest = ?1"))?;
    select.query_row([<[u8; 32]>::from(id.0)], |row| Ok(finding(row))).optional()?.transpose()
}

fn finding(row: &Row) -> Result<Finding, Fault> {
    let (subject, vulnerability): (String, String) = (row.get(0)?, row.get(1)?);
    let body: Body = serde_json::from_str(text(row, 6)?)
        .map_err(|error| Fault::damaged(format!("the finding of {vulnerability} on {subject}"), error))?;
    let (confirmed, closed, seen): (i64, Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?, row.get(5)?);
    // An open finding is confirmed by each look that found the same, which writes no finding.
    let confirmed = seen.filter(|seen| closed.is_none() && *seen > confirmed).unwrap_or(confirmed);
    let closed = closed.zip(body.why).map(|(at, why)| Ok::<_, Fault>(Closed { at: time_of(at)?, why })).transpose()?;
    Ok(Finding {
        subject: records::subject(subject)?,
        vulnerability,
        component: body.component,
        certainty: body.certainty,
        opened: time_of(row.get(2)?)?,
        confirmed: time_of(confirmed)?,
        closed,
    })
}

/// Those of some names that have open findings.
pub fn with_open(connection: &Connection, names: Vec<String>) -> Result<Vec<String>, Fault> {
    let mut select = connection.prepare_cached(
        "select exists (select 1 from findings where closed is null \
         and vulnerability = (select id from vulnerabilities where vulnerabilities.name = ?1))",
    )?;
    let mut open = Vec::new();
    for name in names {
        if select.query_row([&name], |row| row.get(0))? {
            open.push(name);
        }
    }
    Ok(open)
}

/// Names of vulnerabilities with the number of their open findings.
pub fn open_vulnerabilities(connection: &Connection, most: usize) -> Result<Vec<(String, u64)>, Fault> {
    let mut select = connection.prepare_cached(
        "select name, open from (select vulnerability, count(*) as open from findings where closed is null group by vulnerability) \
         join vulnerabilities on id = vulnerability order by open desc, name limit ?1",
    )?;
    let found = select.query_map([limit(most)], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// How many findings of a vulnerability were opened and closed on each day.
pub fn turns(connection: &Connection, names: &[String]) -> Result<Vec<Turn>, Fault> {
    let mut select = connection.prepare_cached("select day, opened, closed from finding_days where vulnerability = ?1")?;
    let mut days: BTreeMap<Date, Turn> = BTreeMap::new();
    for vulnerability in Table::Vulnerabilities.find_all(connection, names.iter().map(String::as_str))? {
        let mut rows = select.query([vulnerability])?;
        while let Some(row) = rows.next()? {
            let day = text(row, 0)?.parse().map_err(|error: jiff::Error| Fault::damaged("a day", error))?;
            let turn = days.entry(day).or_insert(Turn { day, opened: 0, closed: 0 });
            turn.opened += row.get::<_, i64>(1)?;
            turn.closed += row.get::<_, i64>(2)?;
        }
    }
    Ok(days.into_values().filter(|turn| turn.opened != 0 || turn.closed != 0).collect())
}
