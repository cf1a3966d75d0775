//! What subjects consist of.
//!
//! Invariant: `holds` has a row for each product and version of the components in `subjects`; whatever writes one writes the other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::advisory::{Component, Product};
use model::subject::SubjectId;
use ports::advisories::{Hold, Holder};
use ports::ledger::Change;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::marks;
use super::numbers::Table;
use crate::fault::Fault;
use crate::ledger::{limit, time_of};
use crate::records;

/// What a look has found, ready to be written.
pub struct Look {
    subject: String,
    at: i64,
    body: String,
    /// Products and versions.
    holds: BTreeSet<(String, String)>,
}

impl Look {
    /// The components that a look at a subject has found.
    pub fn of(subject: &SubjectId, at: Timestamp, components: &[Component]) -> Result<Self, Fault> {
        let (body, holds) = (serde_json::to_string(components)?, holds(components)?);
        Ok(Self { subject: subject.to_string(), at: at.as_millisecond(), body, holds })
    }
}

fn holds(components: &[Component]) -> Result<BTreeSet<(String, String)>, Fault> {
    let mut holds = BTreeSet::new();
    for component in components {
        let version = serde_json::to_string(&component.version)?;
        holds.extend(component.products.iter().map(|product| (product.to_string(), version.clone())));
    }
    Ok(holds)
}

/// Puts what a look has found in place of what was known.
pub fn put(connection: &Connection, look: &Look) -> Result<Change, Fault> {
    let subject = Table::Subjects.number(connection, &look.subject)?;
    let mut select = connection.prepare_cached("select seen, components from subjects where id = ?1 and seen is not null")?;
    let known: Option<(i64, String)> = select.query_row([subject], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let change = match &known {
        Some((seen, _)) if *seen > look.at => return Ok(Change::Same),
        Some((seen, body)) if *body == look.body => {
            if *seen < look.at {
                connection.prepare_cached("update subjects set seen = ?2 where id = ?1")?.execute([subject, look.at])?;
            }
            return Ok(Change::Same);
        }
        Some(_) => Change::Changed,
        None => Change::Added,
    };
    let before = known.map(|(_, body)| read(&look.subject, &body)).transpose()?.unwrap_or_default();
    let before = holds(&before)?;
    let of = |(product, version): &(String, String)| -> Result<[i64; 3], Fault> {
        Ok([Table::Products.number(connection, product)?, Table::Readings.number(connection, version)?, subject])
    };
    let mut delete = connection.prepare_cached("delete from holds where product = ?1 and reading = ?2 and subject = ?3")?;
    for gone in before.difference(&look.holds) {
        delete.execute(of(gone)?)?;
    }
    let mut insert = connection.prepare_cached("insert into holds (product, reading, subject) values (?1, ?2, ?3)")?;
    for new in look.holds.difference(&before) {
        insert.execute(of(new)?)?;
    }
    let mut update = connection.prepare_cached("update subjects set seen = ?2, components = ?3 where id = ?1")?;
    update.execute(params![subject, look.at, look.body])?;
    marks::put_subject(connection, subject)?;
    Ok(change)
}

/// What subjects consist of.
pub fn of(connection: &Connection, subjects: &[SubjectId]) -> Result<Vec<Holder>, Fault> {
    let mut select = connection
        .prepare_cached("select id, subject, seen, components from subjects where subject = ?1 and seen is not null")?;
    let mut found: BTreeMap<i64, Holder> = BTreeMap::new();
    for subject in subjects {
        let known = select.query_row([subject.to_string()], |row| Ok((row.get(0)?, holder(row)))).optional()?;
        if let Some((id, holder)) = known {
            found.insert(id, holder?);
        }
    }
    Ok(found.into_values().collect())
}

/// The versions in which any subject holds some products.
pub fn held(connection: &Connection, products: &[Product]) -> Result<Vec<Hold>, Fault> {
    // From one version to the next, however many hold it.
    let mut next =
        connection.prepare_cached("select reading from holds where product = ?1 and reading > ?2 order by reading limit 1")?;
    let mut select = connection.prepare_cached("select reading from readings where id = ?1")?;
    let mut held = BTreeSet::new();
    for product in products {
        let Some(number) = Table::Products.find(connection, product.as_str())? else { continue };
        let mut last = 0;
        while let Some(reading) = next.query_row([number, last], |row| row.get(0)).optional()? {
            let version: String = select.query_row([reading], |row| row.get(0))?;
            let version = serde_json::from_str(&version).map_err(|error| Fault::damaged(format!("reading {reading}"), error))?;
            held.insert(Hold { product: product.clone(), version });
            last = reading;
        }
    }
    Ok(held.into_iter().collect())
}

/// The subjects that hold a version of a product.
pub fn holders(connection: &Connection, hold: &Hold, after: Option<&str>, most: usize) -> Result<Vec<SubjectId>, Fault> {
    let product = Table::Products.find(connection, hold.product.as_str())?;
    let reading = Table::Readings.find(connection, &serde_json::to_string(&hold.version)?)?;
    let Some((product, reading)) = product.zip(reading) else { return Ok(Vec::new()) };
    let after = after.map(|after| Table::Subjects.find(connection, after)).transpose()?.flatten().unwrap_or_default();
    let mut select = connection.prepare_cached(
        "select subjects.subject from holds cross join subjects on id = holds.subject \
         where product = ?1 and reading = ?2 and holds.subject > ?3 order by holds.subject limit ?4",
    )?;
    let names = select.query_map(params![product, reading, after, limit(most)], |row| row.get(0))?;
    names.map(|name| records::subject(name?)).collect()
}

fn holder(row: &Row) -> Result<Holder, Fault> {
    let (subject, body): (String, String) = (row.get(1)?, row.get(3)?);
    let components = read(&subject, &body)?;
    Ok(Holder { subject: records::subject(subject)?, components, seen: time_of(row.get(2)?)? })
}

fn read(subject: &str, body: &str) -> Result<Vec<Component>, Fault> {
    serde_json::from_str(body).map_err(|error| Fault::damaged(format!("the components of {subject}"), error))
}
