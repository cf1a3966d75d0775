//! Claims: those that are live in one table, those that are closed in another.
//!
//! Invariant: a claim's row is never rewritten. It moves from one table to the other, and keeps its number.

use model::ledger::claim::{Claim, Held, Says};
use model::ledger::entity::{EntityId, EntityKind};
use ports::ledger::{Change, Placed};
use rusqlite::{Connection, Row as Found, ToSql, params};

use super::batch::for_chunks;
use super::registry::{self, Sources};
use super::{entity_of, limit, names, range, text, time_of, written};
use crate::fault::Fault;

/// A source's number is in the bits of its claims' numbers from here on. Below them is room for four thousand million claims; above
/// them, while numbers are to be exact in JavaScript too (2^53), for two million sources.
const SOURCE_BITS: i64 = 32;

/// The columns of a live claim, as [`held`] reads them.
const COLUMNS: &str = "id, entity, source, part, line, delivery, since, says";

/// Claims ready to be compared and written, made before the writer is asked.
pub struct Batch {
    /// Each entity and part once, in their order, so that neighbours in the index are written one after the other.
    rows: Vec<Row>,
    /// For every claim as given: its row, and whether it is the one that counts.
    given: Vec<(usize, bool)>,
}

struct Row {
    number: u32,
    entity: String,
    part: String,
    line: i64,
    says: String,
}

impl Batch {
    /// The claims in the order of entity and part, of which the last of equals counts.
    pub fn of(claims: &[Claim]) -> Result<Self, Fault> {
        // Prefixes are letters, which come after the colon: this is the order of the written form.
        let key = |index: usize| {
            let Claim { entity, part, .. } = &claims[index];
            (entity.kind.prefix(), &entity.key, part)
        };
        let mut order: Vec<usize> = (0..claims.len()).collect();
        order.sort_by(|a, b| key(*a).cmp(&key(*b)));
        let (mut rows, mut json) = (Vec::with_capacity(claims.len()), Vec::new());
        let mut given = vec![(0, false); claims.len()];
        for (place, index) in order.iter().enumerate() {
            let counts = order.get(place + 1).is_none_or(|next| key(*next) != key(*index));
            given[*index] = (rows.len(), counts);
            if counts {
                let claim = &claims[*index];
                // In one piece of memory first, so that each text takes what it needs and no more.
                json.clear();
                serde_json::to_writer(&mut json, &claim.says)?;
                rows.push(Row {
                    number: rows.len() as u32,
                    entity: written(&claim.entity),
                    part: claim.part.clone(),
                    line: i64::try_from(claim.line).unwrap_or(i64::MAX),
                    says: String::from_utf8_lossy(&json).into_owned(),
                });
            }
        }
        Ok(Self { rows, given })
    }

    /// What is told of the claims as they were given, from what is known of the rows.
    fn told(&self, placed: &[Placed]) -> Vec<Placed> {
        let tell = |(row, counts): &(usize, bool)| {
            let placed = placed[*row];
            if *counts { placed } else { Placed { change: Change::Same, ..placed } }
        };
        self.given.iter().map(tell).collect()
    }

    /// True when no other row of the batch speaks of this row's entity.
    fn is_alone(&self, row: usize) -> bool {
        let same = |other: Option<&Row>| other.is_some_and(|other| other.entity == self.rows[row].entity);
        !same(row.checked_sub(1).and_then(|before| self.rows.get(before))) && !same(self.rows.get(row + 1))
    }
}

/// How claims of a source stand to what it said before.
pub fn compare(connection: &Connection, source: i64, batch: &Batch) -> Result<Vec<Placed>, Fault> {
    Ok(batch.told(&compare_rows(connection, source, batch)?))
}

fn compare_rows(connection: &Connection, source: i64, batch: &Batch) -> Result<Vec<Placed>, Fault> {
    let sql = |lists: &str| {
        format!(
            "with given (number, entity, part) as (values {lists}) \
             select number, id, says, exists (select 1 from claims as others where others.entity = given.entity \
             and (others.source <> ?1 or others.part <> given.part)) \
             from given left join claims on claims.entity = given.entity and source = ?1 and claims.part = given.part"
        )
    };
    let unknown = Placed { id: 0, change: Change::Added, alone: true };
    let mut placed = vec![unknown; batch.rows.len()];
    for_chunks(
        connection,
        sql,
        &[&source],
        &batch.rows,
        |row| [&row.number, &row.entity, &row.part],
        |_, select| {
            let mut found = select.raw_query();
            while let Some(known) = found.next()? {
                let number = known.get::<_, u32>(0)? as usize;
                let alone = !known.get::<_, bool>(3)? && batch.is_alone(number);
                placed[number] = match known.get(1)? {
                    Some(id) => Placed { id, change: change(text(known, 2)?, &batch.rows[number].says), alone },
                    None => Placed { alone, ..unknown },
                };
            }
            Ok(())
        },
    )?;
    Ok(placed)
}

/// Equal texts say the same. So do unequal ones with equal content, which another version may have written in another order.
fn change(known: &str, says: &str) -> Change {
    let read = |text| serde_json::from_str::<Says>(text).ok();
    if known == says || read(known).is_some_and(|known| Some(known) == read(says)) { Change::Same } else { Change::Changed }
}

/// Takes claims of a delivery.
pub fn apply(connection: &Connection, source: i64, delivery: i64, at: i64, batch: &Batch) -> Result<Vec<Placed>, Fault> {
    let made = registry::claims_made(connection, source)?;
    registry::is_delivery(connection, source, delivery)?;
    let mut placed = compare_rows(connection, source, batch)?;
    let mut fresh: Vec<(i64, &Row)> = Vec::new();
    for (row, placed) in batch.rows.iter().zip(&mut placed).filter(|(_, placed)| placed.change != Change::Same) {
        if placed.change == Change::Changed {
            close(connection, placed.id, at)?;
        }
        placed.id = (source << SOURCE_BITS) + made + fresh.len() as i64 + 1;
        fresh.push((placed.id, row));
    }
    // "or fail", since a statement that undoes its own rows when it fails has SQLite copy every page before it is changed; here the
    // whole transaction is undone.
    let sql = |lists: &str| {
        format!(
            "with given (id, entity, part, line, says) as (values {lists}) \
             insert or fail into claims ({COLUMNS}) select id, entity, ?1, part, line, ?2, ?3, says from given"
        )
    };
    fn bind<'r>((id, row): &'r (i64, &Row)) -> [&'r dyn ToSql; 5] {
        [id, &row.entity, &row.part, &row.line, &row.says]
    }
    for_chunks(connection, sql, &[&source, &delivery, &at], &fresh, bind, |_, insert| {
        insert.raw_execute()?;
        Ok(())
    })?;
    if !fresh.is_empty() {
        let mut update = connection.prepare_cached("update sources set claims = ?2 where id = ?1")?;
        update.execute([source, made + fresh.len() as i64])?;
    }
    Ok(batch.told(&placed))
}

/// Closes a live claim; the entity of which it spoke.
fn close(connection: &Connection, id: i64, at: i64) -> Result<Option<String>, Fault> {
    let keep = format!("insert into past_claims ({COLUMNS}, until) select {COLUMNS}, ?2 from claims where id = ?1");
    if connection.prepare_cached(&keep)?.execute([id, at])? == 0 {
        return Ok(None);
    }
    let mut delete = connection.prepare_cached("delete from claims where id = ?1 returning entity")?;
    Ok(Some(delete.query_row([id], |row| row.get(0))?))
}

/// Closes live claims.
pub fn withdraw(connection: &Connection, at: i64, claims: &[i64]) -> Result<Vec<EntityId>, Fault> {
    let mut entities = Vec::with_capacity(claims.len());
    for id in claims {
        entities.extend(close(connection, *id, at)?);
    }
    entities.sort_unstable();
    entities.dedup();
    entities.iter().map(|name| entity_of(name)).collect()
}

/// The numbers of a source's live claims.
pub fn live(connection: &Connection, source: i64, after: i64, most: usize) -> Result<Vec<i64>, Fault> {
    let (from, to) = (source << SOURCE_BITS, (source + 1) << SOURCE_BITS);
    let mut select = connection.prepare_cached("select id from claims where id > ?1 and id < ?2 order by id limit ?3")?;
    let found = select.query_map(params![from.max(after), to, limit(most)], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Claims about entities, now or at a time.
pub fn about(connection: &Connection, about: &[EntityId], at: Option<i64>) -> Result<Vec<Held>, Fault> {
    let sql = match at {
        None => format!("select {COLUMNS}, null from claims where entity = ?1 and ?2 is null order by source, part"),
        Some(_) => format!(
            "select {COLUMNS}, null from claims where entity = ?1 and since <= ?2 \
             union all select {COLUMNS}, until from past_claims where entity = ?1 and since <= ?2 and until > ?2 order by source, part"
        ),
    };
    let (mut select, mut sources) = (connection.prepare_cached(&sql)?, Sources::new(connection));
    let mut claims = Vec::new();
    for name in names(about) {
        let mut rows = select.query(params![name, at])?;
        while let Some(row) = rows.next()? {
            claims.push(held(row, &mut sources)?);
        }
    }
    Ok(claims)
}

/// All claims ever made about an entity.
pub fn history(connection: &Connection, about: &EntityId) -> Result<Vec<Held>, Fault> {
    let sql = format!(
        "select {COLUMNS}, null from claims where entity = ?1 \
         union all select {COLUMNS}, until from past_claims where entity = ?1 order by since, id"
    );
    let (mut select, mut sources) = (connection.prepare_cached(&sql)?, Sources::new(connection));
    let mut rows = select.query([about.to_string()])?;
    let mut claims = Vec::new();
    while let Some(row) = rows.next()? {
        claims.push(held(row, &mut sources)?);
    }
    Ok(claims)
}

/// Live claims about entities of a kind.
pub fn page(connection: &Connection, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Held>, Fault> {
    let sql = format!("select {COLUMNS}, null from claims where entity > ?1 and entity < ?2 order by entity, source, part");
    let (mut select, mut sources) = (connection.prepare_cached(&sql)?, Sources::new(connection));
    let mut rows = select.query(range(kind, after))?;
    let mut page: Vec<Held> = Vec::new();
    while let Some(row) = rows.next()? {
        let claim = held(row, &mut sources)?;
        if page.len() >= most && page.last().is_none_or(|last| last.claim.entity != claim.claim.entity) {
            break;
        }
        page.push(claim);
    }
    Ok(page)
}

/// What a claim says, live or closed, with its source and since when in milliseconds.
pub fn said(connection: &Connection, id: i64) -> Result<(Says, i64, i64), Fault> {
    let mut select = connection.prepare_cached(
        "select says, source, since from claims where id = ?1 union all select says, source, since from past_claims where id = ?1",
    )?;
    let mut rows = select.query([id])?;
    let row =
        rows.next()?.ok_or_else(|| Fault::damaged(format!("claim {id}"), "what is in force names it, and it is not there"))?;
    Ok((says(id, row, 0)?, row.get(1)?, row.get(2)?))
}

fn says(id: i64, row: &Found, column: usize) -> Result<Says, Fault> {
    serde_json::from_str(text(row, column)?).map_err(|error| Fault::damaged(format!("claim {id}"), error))
}

/// A claim from its columns, with the time until which it held after them.
fn held(row: &Found, sources: &mut Sources) -> Result<Held, Fault> {
    let id: i64 = row.get(0)?;
    let says = says(id, row, 7)?;
    let entity = entity_of(text(row, 1)?)?;
    let until: Option<i64> = row.get(8)?;
    Ok(Held {
        id,
        source: sources.get(row.get(2)?)?,
        claim: Claim { entity, part: row.get(3)?, says, line: row.get::<_, i64>(4)?.unsigned_abs() },
        delivery: row.get(5)?,
        since: time_of(row.get(6)?)?,
        until: until.map(time_of).transpose()?,
    })
}
