//! Sources and deliveries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::digest::Digest;
use model::ledger::source::{Counts, Delivery, DeliveryState, Source, SourceKind};
use ports::ledger::{NoSuchDelivery, NoSuchSource};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::fault::Fault;

/// Sources by their numbers, looked up when a row first names one.
pub struct Sources<'c> {
    connection: &'c Connection,
    known: BTreeMap<i64, Source>,
}

impl<'c> Sources<'c> {
    /// None looked up yet.
    pub fn new(connection: &'c Connection) -> Self {
        Self { connection, known: BTreeMap::new() }
    }

    /// Where they are looked up.
    pub fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// The source with this number.
    pub fn get(&mut self, id: i64) -> Result<Source, Fault> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let mut select = self.connection.prepare_cached("select id, kind, name from sources where id = ?1")?;
        let found = select.query_row([id], |row| Ok(source_of(row))).optional()?.ok_or(NoSuchSource(id))??;
        self.known.insert(id, found.clone());
        Ok(found)
    }
}

/// The source with this kind and name, made if it is new.
pub fn source(connection: &Connection, kind: SourceKind, name: &str) -> Result<Source, Fault> {
    let insert = "insert into sources (kind, name) values (?1, ?2) on conflict (kind, name) do nothing";
    connection.prepare_cached(insert)?.execute(params![kind.word(), name])?;
    let mut select = connection.prepare_cached("select id from sources where kind = ?1 and name = ?2")?;
    let id = select.query_row(params![kind.word(), name], |row| row.get(0))?;
    Ok(Source { id, kind, name: name.to_owned() })
}

/// All sources.
pub fn sources(connection: &Connection) -> Result<Vec<Source>, Fault> {
    let mut select = connection.prepare_cached("select id, kind, name from sources order by id")?;
    let mut rows = select.query([])?;
    let mut sources = Vec::new();
    while let Some(row) = rows.next()? {
        sources.push(source_of(row)?);
    }
    Ok(sources)
}

/// Writes down how far a source has been fetched.
pub fn put_mark(connection: &Connection, source: i64, at: Timestamp, mark: &str) -> Result<(), Fault> {
    let put = "insert into marks (source, at, mark) select id, ?2, ?3 from sources where id = ?1 \
               on conflict (source) do update set at = excluded.at, mark = excluded.mark";
    match connection.prepare_cached(put)?.execute(params![source, at.as_millisecond(), mark])? {
        0 => Err(NoSuchSource(source).into()),
        _ => Ok(()),
    }
}

/// How far a source has been fetched, and when it was looked at.
pub fn mark(connection: &Connection, source: i64) -> Result<Option<(Timestamp, String)>, Fault> {
    let mut select = connection.prepare_cached("select at, mark from marks where source = ?1")?;
    let found: Option<(i64, String)> = select.query_row([source], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    found.map(|(at, mark)| Ok((super::time_of(at)?, mark))).transpose()
}

fn source_of(row: &Row) -> Result<Source, Fault> {
    let (id, word): (i64, String) = (row.get(0)?, row.get(1)?);
    let kind = SourceKind::ALL.iter().copied().find(|kind| kind.word() == word);
    let kind = kind.ok_or_else(|| Fault::damaged(format!("source {id}"), format!("there is no kind of source {word}")))?;
    Ok(Source { id, kind, name: row.get(2)? })
}

/// How many claims a source has made.
pub fn claims_made(connection: &Connection, source: i64) -> Result<i64, Fault> {
    let mut select = connection.prepare_cached("select claims from sources where id = ?1")?;
    Ok(select.query_row([source], |row| row.get(0)).optional()?.ok_or(NoSuchSource(source))?)
}

/// Opens a delivery.
pub fn open_delivery(connection: &Connection, delivery: &Delivery) -> Result<i64, Fault> {
    claims_made(connection, delivery.source.id)?;
    // Its number is known when it has a row.
    connection.execute("insert into deliveries (source, delivery) values (?1, '')", [delivery.source.id])?;
    let id = connection.last_insert_rowid();
    put_delivery(connection, &Delivery { id, ..delivery.clone() })?;
    Ok(id)
}

/// A delivery of which nothing is taken yet, and that has no number.
pub fn opened(source: &Source, origin: &str, digest: Digest, at: Timestamp) -> Delivery {
    Delivery {
        id: 0,
        source: source.clone(),
        origin: origin.to_owned(),
        digest,
        at,
        state: DeliveryState::Open,
        reason: None,
        counts: Counts::default(),
        rejected: Vec::new(),
    }
}

/// Writes down how a delivery stands.
pub fn put_delivery(connection: &Connection, delivery: &Delivery) -> Result<(), Fault> {
    let at = Timestamp::from_millisecond(delivery.at.as_millisecond()).unwrap_or(delivery.at);
    let body = serde_json::to_string(&Delivery { at, ..delivery.clone() })?;
    let mut update = connection.prepare_cached("update deliveries set delivery = ?2 where id = ?1")?;
    if update.execute(params![delivery.id, body])? == 0 { Err(NoSuchDelivery(delivery.id).into()) } else { Ok(()) }
}

/// A delivery by its number.
pub fn delivery(connection: &Connection, id: i64) -> Result<Option<Delivery>, Fault> {
    let mut select = connection.prepare_cached("select id, delivery from deliveries where id = ?1")?;
    select.query_row([id], |row| Ok(delivery_of(row))).optional()?.transpose()
}

/// The newest deliveries.
pub fn deliveries(connection: &Connection, source: Option<i64>, most: usize) -> Result<Vec<Delivery>, Fault> {
    let of_source = if source.is_some() { "source = ?1" } else { "?1 is null" };
    let sql = format!("select id, delivery from deliveries where {of_source} order by id desc limit ?2");
    let mut select = connection.prepare_cached(&sql)?;
    let mut rows = select.query(params![source, super::limit(most)])?;
    let mut deliveries = Vec::new();
    while let Some(row) = rows.next()? {
        deliveries.push(delivery_of(row)?);
    }
    Ok(deliveries)
}

fn delivery_of(row: &Row) -> Result<Delivery, Fault> {
    let (id, body): (i64, String) = (row.get(0)?, row.get(1)?);
    serde_json::from_str(&body).map_err(|error| Fault::damaged(format!("delivery {id}"), error))
}

/// Whether a source has a delivery with this number.
pub fn is_delivery(connection: &Connection, source: i64, id: i64) -> Result<(), Fault> {
    let mut select = connection.prepare_cached("select 1 from deliveries where id = ?1 and source = ?2")?;
    if select.exists([id, source])? { Ok(()) } else { Err(NoSuchDelivery(id).into()) }
}
