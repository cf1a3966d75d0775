//! What subjects consist of.
//!
//! Invariant: `holds` has a row for each product of each component in `subjects`; whatever writes one writes the other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::advisory::{Component, Product};
use model::subject::SubjectId;
use ports::advisories::Holder;
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
    products: BTreeSet<String>,
}

impl Look {
    /// The components that a look at a subject has found.
    pub fn of(subject: &SubjectId, at: Timestamp, components: &[Component]) -> Result<Self, Fault> {
        let body = serde_json::to_string(components)?;
        Ok(Self { subject: subject.to_string(), at: at.as_millisecond(), body, products: products(components) })
    }
}

fn products(components: &[Component]) -> BTreeSet<String> {
    components.iter().flat_map(|component| &component.products).map(ToString::to_string).collect()
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
    let before = products(&before);
    let mut delete = connection.prepare_cached("delete from holds where product = ?1 and subject = ?2")?;
    for product in before.difference(&look.products) {
        delete.execute([Table::Products.number(connection, product)?, subject])?;
    }
    let mut insert = connection.prepare_cached("insert into holds (product, subject) values (?1, ?2)")?;
    for product in look.products.difference(&before) {
        insert.execute([Table::Products.number(connection, product)?, subject])?;
    }
    let mut update = connection.prepare_cached("update subjects set seen = ?2, components = ?3 where id = ?1")?;
    update.execute(params![subject, look.at, look.body])?;
    marks::put_subject(connection, subject)?;
    Ok(change)
}

/// The components of a subject.
pub fn of(connection: &Connection, subject: &str) -> Result<Option<Holder>, Fault> {
    let mut select =
        connection.prepare_cached("select subject, seen, components from subjects where subject = ?1 and seen is not null")?;
    select.query_row([subject], |row| Ok(holder(row))).optional()?.transpose()
}

/// The subjects that hold one of some products.
pub fn holders(connection: &Connection, products: &[Product], after: Option<&str>, most: usize) -> Result<Vec<Holder>, Fault> {
    let after = after.map(|after| Table::Subjects.find(connection, after)).transpose()?.flatten().unwrap_or_default();
    let mut next =
        connection.prepare_cached("select subject from holds where product = ?1 and subject > ?2 order by subject limit ?3")?;
    // Product by product, so that each is a walk along the index and nothing is sorted but a page of each.
    let mut subjects: BTreeSet<i64> = BTreeSet::new();
    for product in Table::Products.find_all(connection, products.iter().map(Product::as_str))? {
        for subject in next.query_map(params![product, after, limit(most)], |row| row.get(0))? {
            subjects.insert(subject?);
        }
    }
    let mut select = connection.prepare_cached("select subject, seen, components from subjects where id = ?1")?;
    let holder = |subject: i64| select.query_row([subject], |row| Ok(holder(row)))?;
    subjects.into_iter().take(most).map(holder).collect()
}

/// Those of some products that any subject holds.
pub fn held(connection: &Connection, products: Vec<Product>) -> Result<Vec<Product>, Fault> {
    let mut select = connection.prepare_cached(
        "select exists (select 1 from holds where product = (select id from products where products.product = ?1))",
    )?;
    let mut held = Vec::new();
    for product in products {
        if select.query_row([product.as_str()], |row| row.get(0))? {
            held.push(product);
        }
    }
    Ok(held)
}

fn holder(row: &Row) -> Result<Holder, Fault> {
    let (subject, body): (String, String) = (row.get(0)?, row.get(2)?);
    let components = read(&subject, &body)?;
    Ok(Holder { subject: records::subject(subject)?, components, seen: time_of(row.get(1)?)? })
}

fn read(subject: &str, body: &str) -> Result<Vec<Component>, Fault> {
    serde_json::from_str(body).map_err(|error| Fault::damaged(format!("the components of {subject}"), error))
}
