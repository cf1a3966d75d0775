//! Numbers of products, versions, subjects and vulnerabilities.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use crate::fault::Fault;

/// What is numbered.
#[derive(Clone, Copy)]
pub enum Table {
    /// Products.
    Products,
    /// Versions as they were told.
    Readings,
    /// Subjects.
    Subjects,
    /// Vulnerabilities, by chief name.
    Vulnerabilities,
}

impl Table {
    /// The table and the column of names.
    fn names(self) -> [&'static str; 2] {
        match self {
            Self::Products => ["products", "product"],
            Self::Readings => ["readings", "reading"],
            Self::Subjects => ["subjects", "subject"],
            Self::Vulnerabilities => ["vulnerabilities", "name"],
        }
    }

    /// The number of a name, if it has one.
    pub fn find(self, connection: &Connection, name: &str) -> Result<Option<i64>, Fault> {
        let [table, column] = self.names();
        let mut select = connection.prepare_cached(&format!("select id from {table} where {column} = ?1"))?;
        Ok(select.query_row([name], |row| row.get(0)).optional()?)
    }

    /// The numbers of those names that have one.
    pub fn find_all<'n>(self, connection: &Connection, names: impl Iterator<Item = &'n str>) -> Result<Vec<i64>, Fault> {
        names.filter_map(|name| self.find(connection, name).transpose()).collect()
    }

    /// The number of a name, given if it has none.
    pub fn number(self, connection: &Connection, name: &str) -> Result<i64, Fault> {
        if let Some(known) = self.find(connection, name)? {
            return Ok(known);
        }
        let [table, column] = self.names();
        connection.prepare_cached(&format!("insert into {table} ({column}) values (?1)"))?.execute([name])?;
        Ok(connection.last_insert_rowid())
    }
}

/// Numbers that a call has asked for.
pub struct Numbers<'c> {
    connection: &'c Connection,
    table: Table,
    known: BTreeMap<String, i64>,
}

impl<'c> Numbers<'c> {
    /// None asked for yet.
    pub fn new(connection: &'c Connection, table: Table) -> Self {
        Self { connection, table, known: BTreeMap::new() }
    }

    /// The number of a name, given if it has none.
    pub fn get(&mut self, name: &str) -> Result<i64, Fault> {
        if let Some(known) = self.known.get(name) {
            return Ok(*known);
        }
        let number = self.table.number(self.connection, name)?;
        self.known.insert(name.to_owned(), number);
        Ok(number)
    }
}
