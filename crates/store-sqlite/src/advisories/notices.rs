//! Notices to institutions.

use jiff::Timestamp;
use model::advisory::Notice;
use rusqlite::{Connection, params};

use super::numbers::Table;
use crate::fault::Fault;
use crate::ledger::text;

/// A notice's vulnerability and its body.
pub type Row = (String, String);

/// Notices ready to be written.
pub fn rows(notices: &[Notice]) -> Result<Vec<Row>, Fault> {
    let row = |notice: &Notice| {
        let at = Timestamp::from_millisecond(notice.at.as_millisecond()).unwrap_or(notice.at);
        Ok((notice.vulnerability.clone(), serde_json::to_string(&Notice { at, ..notice.clone() })?))
    };
    notices.iter().map(row).collect()
}

/// Keeps notices.
pub fn put(connection: &Connection, rows: &[Row]) -> Result<(), Fault> {
    let mut insert = connection.prepare_cached("insert into notices (vulnerability, notice) values (?1, ?2)")?;
    for (vulnerability, body) in rows {
        insert.execute(params![Table::Vulnerabilities.number(connection, vulnerability)?, body])?;
    }
    Ok(())
}

/// The notices of a vulnerability by any of its names, oldest first.
pub fn of(connection: &Connection, names: &[String]) -> Result<Vec<Notice>, Fault> {
    let mut select = connection.prepare_cached("select id, notice from notices where vulnerability = ?1")?;
    let mut found: Vec<(i64, Notice)> = Vec::new();
    for vulnerability in Table::Vulnerabilities.find_all(connection, names.iter().map(String::as_str))? {
        let mut rows = select.query([vulnerability])?;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let notice = serde_json::from_str(text(row, 1)?).map_err(|error| Fault::damaged(format!("notice {id}"), error))?;
            found.push((id, notice));
        }
    }
    found.sort_by_key(|(id, _)| *id);
    Ok(found.into_iter().map(|(_, notice)| notice).collect())
}
