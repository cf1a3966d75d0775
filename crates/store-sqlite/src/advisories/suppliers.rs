//! Suppliers and what they reach.

use std::collections::BTreeMap;

use model::advisory::Certainty;
use model::facts::components::{Shared, SupplierSign};
use ports::advisories::Supplied;
use rusqlite::{Connection, params};

use super::numbers::Table;
use crate::fault::Fault;
use crate::ledger::limit;

/// The bodies of the signs of each supplier.
pub fn by_name(signs: &[SupplierSign]) -> Result<Vec<(String, String)>, Fault> {
    let mut by_name: BTreeMap<&str, Vec<&SupplierSign>> = BTreeMap::new();
    for sign in signs {
        by_name.entry(&sign.name).or_default().push(sign);
    }
    by_name.into_iter().map(|(name, signs)| Ok((name.to_owned(), serde_json::to_string(&signs)?))).collect()
}

/// Puts a subject's signs in place of those that were known.
pub fn put(connection: &Connection, subject: &str, signs: &[(String, String)]) -> Result<(), Fault> {
    let subject = Table::Subjects.number(connection, subject)?;
    let mut select =
        connection.prepare_cached("select supplier, signs from supplier_signs where subject = ?1 order by supplier")?;
    let known = select.query_map([subject], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let known: Vec<(String, String)> = known.collect::<Result<_, _>>()?;
    if known == signs {
        return Ok(());
    }
    connection.prepare_cached("delete from supplier_signs where subject = ?1")?.execute([subject])?;
    let mut insert = connection.prepare_cached("insert into supplier_signs (supplier, subject, signs) values (?1, ?2, ?3)")?;
    for (supplier, signs) in signs {
        insert.execute(params![supplier, subject, signs])?;
    }
    Ok(())
}

/// The suppliers with the number of their subjects.
pub fn all(connection: &Connection, most: usize) -> Result<Vec<(String, u32)>, Fault> {
    let mut select = connection.prepare_cached(
        "select supplier, count(*) from supplier_signs group by supplier order by count(*) desc, supplier limit ?1",
    )?;
    let found = select.query_map([limit(most)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// How far a supplier reaches.
pub fn supplied(connection: &Connection, supplier: &str, least: Certainty) -> Result<Supplied, Fault> {
    let mut subjects = connection.prepare_cached("select count(*) from supplier_signs where supplier = ?1")?;
    // "cross join" fixes the order: from the supplier's subjects to their findings, both by index.
    let mut select = connection.prepare_cached(
        "select name, count(distinct signs.subject) from supplier_signs signs cross join findings on findings.subject = signs.subject \
         cross join vulnerabilities on vulnerabilities.id = vulnerability \
         where supplier = ?1 and closed is null and certainty >= ?2 group by vulnerability order by 2 desc, name",
    )?;
    let shared = select
        .query_map(params![supplier, least as i64], |row| Ok(Shared { vulnerability: row.get(0)?, subjects: row.get(1)? }))?;
    let open = shared.collect::<Result<_, _>>()?;
    Ok(Supplied { subjects: subjects.query_row([supplier], |row| row.get(0))?, open })
}

/// How many of a supplier's subjects have an open finding of some vulnerabilities.
pub fn supplied_with(connection: &Connection, supplier: &str, least: Certainty, of: &[String]) -> Result<u32, Fault> {
    let numbers = Table::Vulnerabilities.find_all(connection, of.iter().map(String::as_str))?;
    let mut select = connection.prepare_cached(
        "select count(*) from supplier_signs signs where supplier = ?1 and exists (select 1 from findings \
         where findings.subject = signs.subject and closed is null and certainty >= ?2 \
         and vulnerability in (select value from json_each(?3)))",
    )?;
    Ok(select.query_row(params![supplier, least as i64, serde_json::to_string(&numbers)?], |row| row.get(0))?)
}
