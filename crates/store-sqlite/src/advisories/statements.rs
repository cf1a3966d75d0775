//! Statements and the indexes over their names and products.
//!
//! Invariant: a statement's row is never rewritten, and `statement_names` and `statement_products` have rows for those that are there alone.

use std::collections::BTreeSet;

use model::advisory::{Product, Statement};
use model::ledger::source::Source;
use ports::advisories::{Noted, Stated};
use ports::ledger::{Change, NoSuchSource};
use rusqlite::{Connection, OptionalExtension, Row as Found, ToSql, params};

use super::marks;
use super::numbers::{Numbers, Table};
use crate::fault::Fault;
use crate::ledger::batch::for_chunks;
use crate::ledger::registry::Sources;
use crate::ledger::{limit, text, time_of};

/// A source's number is in the bits of its statements' numbers from here on, as with claims.
const SOURCE_BITS: i64 = 32;

/// The columns of a statement, as [`stated`] reads them.
const COLUMNS: &str = "id, delivery, since, body";

/// Statements ready to be compared and written, made before the writer is asked.
pub struct Batch {
    /// Each name once, in their order.
    rows: Vec<Row>,
    /// For every statement as given: its row, and whether it is the one that counts.
    given: Vec<(usize, bool)>,
}

struct Row {
    number: u32,
    name: String,
    aliases: BTreeSet<String>,
    products: Vec<String>,
    /// A new one is worth a mark.
    bears: bool,
    body: String,
}

impl Row {
    fn of(number: usize, statement: &Statement) -> Result<Self, Fault> {
        Ok(Self {
            number: number as u32,
            name: statement.id.clone(),
            aliases: statement.aliases.iter().filter(|alias| **alias != statement.id).cloned().collect(),
            products: statement.products().into_iter().map(ToString::to_string).collect(),
            bears: !statement.affects.is_empty() || !statement.aliases.is_empty() || !statement.standing.is_live(),
            body: serde_json::to_string(statement)?,
        })
    }
}

impl Batch {
    /// The statements in the order of their names, of which the last of equals counts.
    pub fn of(statements: &[Statement]) -> Result<Self, Fault> {
        let mut order: Vec<usize> = (0..statements.len()).collect();
        order.sort_by_key(|index| &statements[*index].id);
        let mut rows = Vec::with_capacity(statements.len());
        let mut given = vec![(0, false); statements.len()];
        for (place, index) in order.iter().enumerate() {
            let counts = order.get(place + 1).is_none_or(|next| statements[*next].id != statements[*index].id);
            given[*index] = (rows.len(), counts);
            if counts {
                rows.push(Row::of(rows.len(), &statements[*index])?);
            }
        }
        Ok(Self { rows, given })
    }

    /// What is told of the statements as they were given, from what is known of the rows.
    fn told(&self, noted: &[Noted]) -> Vec<Noted> {
        let tell = |(row, counts): &(usize, bool)| {
            let noted = noted[*row];
            if *counts { noted } else { Noted { change: Change::Same, ..noted } }
        };
        self.given.iter().map(tell).collect()
    }
}

/// The numbers between which a source's statements are.
fn of_source(source: i64) -> [i64; 2] {
    [source << SOURCE_BITS, (source + 1) << SOURCE_BITS]
}

/// How statements of a source stand to what it said before.
pub fn compare(connection: &Connection, source: i64, batch: &Batch) -> Result<Vec<Noted>, Fault> {
    Ok(batch.told(&compare_rows(connection, source, batch)?))
}

fn compare_rows(connection: &Connection, source: i64, batch: &Batch) -> Result<Vec<Noted>, Fault> {
    let sql = |lists: &str| {
        format!(
            "with given (number, wanted) as (values {lists}) select number, id, body from given \
             cross join statement_names on statement_names.name = wanted and statement > ?1 and statement < ?2 and own = 1 \
             cross join statements on id = statement"
        )
    };
    let mut noted = vec![Noted { id: 0, change: Change::Added }; batch.rows.len()];
    let [from, to] = of_source(source);
    fn bind(row: &Row) -> [&dyn ToSql; 2] {
        [&row.number, &row.name]
    }
    for_chunks(connection, sql, &[&from, &to], &batch.rows, bind, |_, select| {
        let mut found = select.raw_query();
        while let Some(known) = found.next()? {
            let number = known.get::<_, u32>(0)? as usize;
            noted[number] = Noted { id: known.get(1)?, change: change(text(known, 2)?, &batch.rows[number].body) };
        }
        Ok(())
    })?;
    Ok(noted)
}

/// Equal texts say the same. So do unequal ones with equal content, which another version may have written in another order.
fn change(known: &str, said: &str) -> Change {
    let read = |text| serde_json::from_str::<Statement>(text).ok();
    if known == said || read(known).is_some_and(|known| Some(known) == read(said)) { Change::Same } else { Change::Changed }
}

/// Takes statements of a delivery.
pub fn put(connection: &Connection, source: i64, delivery: i64, at: i64, batch: &Batch) -> Result<Vec<Noted>, Fault> {
    let mut made = connection.prepare_cached("select statements from sources where id = ?1")?;
    let made: i64 = made.query_row([source], |row| row.get(0)).optional()?.ok_or(NoSuchSource(source))?;
    let mut noted = match made {
        0 => vec![Noted { id: 0, change: Change::Added }; batch.rows.len()],
        _ => compare_rows(connection, source, batch)?,
    };
    let mut fresh: Vec<(i64, &Row)> = Vec::new();
    let mut marked: BTreeSet<String> = BTreeSet::new();
    for (row, noted) in batch.rows.iter().zip(&mut noted).filter(|(_, noted)| noted.change != Change::Same) {
        match take_out(connection, noted.id)? {
            Some(before) => marked.extend(to_mark(&before, row)?),
            None if row.bears => drop(marked.insert(row.name.clone())),
            None => {}
        }
        noted.id = of_source(source)[0] + made + fresh.len() as i64 + 1;
        fresh.push((noted.id, row));
    }
    if !fresh.is_empty() {
        insert(connection, delivery, at, &fresh)?;
        let mut update = connection.prepare_cached("update sources set statements = ?2 where id = ?1")?;
        update.execute([source, made + fresh.len() as i64])?;
        marks::put_names(connection, &marked)?;
        new_edition(connection)?;
    }
    Ok(batch.told(&noted))
}

/// The names under which something may follow from a statement in place of another.
fn to_mark(before: &Statement, row: &Row) -> Result<Vec<String>, Fault> {
    let now: Statement = serde_json::from_str(&row.body)?;
    if before.matches_like(&now) {
        return Ok(Vec::new());
    }
    let left = before.aliases.iter().filter(|alias| !now.aliases.contains(alias));
    Ok(left.cloned().chain([now.id.clone()]).collect())
}

fn insert(connection: &Connection, delivery: i64, at: i64, fresh: &[(i64, &Row)]) -> Result<(), Fault> {
    // "or fail", since a statement that undoes its own rows when it fails has SQLite copy every page before it is changed; here the
    // whole transaction is undone.
    let mut put = connection
        .prepare_cached("insert or fail into statements (id, name, delivery, since, body) values (?1, ?2, ?3, ?4, ?5)")?;
    let mut numbers = Numbers::new(connection, Table::Products);
    let mut names: Vec<(&str, i64, bool)> = Vec::new();
    let mut products: Vec<(i64, i64)> = Vec::new();
    for (id, row) in fresh {
        put.execute(params![id, row.name, delivery, at, row.body])?;
        names.push((&row.name, *id, true));
        names.extend(row.aliases.iter().map(|alias| (alias.as_str(), *id, false)));
        for product in &row.products {
            products.push((numbers.get(product)?, *id));
        }
    }
    // In the order of their keys, so that neighbours in the index are written one after the other.
    names.sort_unstable();
    products.sort_unstable();
    fn name<'r>((name, id, own): &'r (&str, i64, bool)) -> [&'r dyn ToSql; 3] {
        [name, id, own]
    }
    let sql = |lists: &str| format!("insert or fail into statement_names (name, statement, own) values {lists}");
    for_chunks(connection, sql, &[], &names, name, |_, insert| Ok(insert.raw_execute().map(drop)?))?;
    fn product((product, id): &(i64, i64)) -> [&dyn ToSql; 2] {
        [product, id]
    }
    let sql = |lists: &str| format!("insert or fail into statement_products (product, statement) values {lists}");
    for_chunks(connection, sql, &[], &products, product, |_, insert| Ok(insert.raw_execute().map(drop)?))
}

/// Takes a statement out with its places in the indexes; what it said.
fn take_out(connection: &Connection, id: i64) -> Result<Option<Statement>, Fault> {
    let mut delete = connection.prepare_cached("delete from statements where id = ?1 returning body")?;
    let Some(body) = delete.query_row([id], |row| row.get::<_, String>(0)).optional()? else { return Ok(None) };
    let statement = read(id, &body)?;
    let mut delete = connection.prepare_cached("delete from statement_names where name = ?1 and statement = ?2")?;
    for name in statement.names() {
        delete.execute(params![name, id])?;
    }
    let mut delete = connection.prepare_cached(
        "delete from statement_products where product = (select id from products where products.product = ?1) and statement = ?2",
    )?;
    for product in statement.products() {
        delete.execute(params![product.as_str(), id])?;
    }
    Ok(Some(statement))
}

/// Takes out statements and marks their names.
pub fn withdraw(connection: &Connection, numbers: &[i64]) -> Result<u64, Fault> {
    let (mut gone, mut marked) = (0, BTreeSet::new());
    for number in numbers {
        if let Some(statement) = take_out(connection, *number)? {
            gone += 1;
            marked.extend(statement.names().map(ToOwned::to_owned));
        }
    }
    if gone > 0 {
        marks::put_names(connection, &marked)?;
        new_edition(connection)?;
    }
    Ok(gone)
}

fn new_edition(connection: &Connection) -> Result<(), Fault> {
    connection.prepare_cached("update watch set edition = edition + 1")?.execute([])?;
    Ok(())
}

/// A number that is another one after statements have changed.
pub fn edition(connection: &Connection) -> Result<i64, Fault> {
    Ok(connection.prepare_cached("select edition from watch")?.query_row([], |row| row.get(0))?)
}

/// The numbers of a source's statements.
pub fn live(connection: &Connection, source: i64, after: i64, most: usize) -> Result<Vec<i64>, Fault> {
    let [from, to] = of_source(source);
    let mut select = connection.prepare_cached("select id from statements where id > ?1 and id < ?2 order by id limit ?3")?;
    let found = select.query_map(params![from.max(after), to, limit(most)], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The statements that bear or list some names.
pub fn named(connection: &Connection, names: &[String], most: usize) -> Result<Vec<Stated>, Fault> {
    let mut bearing =
        connection.prepare_cached("select statement from statement_names where name = ?1 order by statement limit ?2")?;
    let mut ids: BTreeSet<i64> = BTreeSet::new();
    for name in names {
        for id in bearing.query_map(params![name, limit(most)], |row| row.get(0))? {
            ids.insert(id?);
        }
    }
    let mut select = connection.prepare_cached(&format!("select {COLUMNS} from statements where id = ?1"))?;
    let mut sources = Sources::new(connection);
    ids.into_iter().map(|id| select.query_row([id], |row| Ok(stated(row, &mut sources)))?).collect()
}

/// The names of the statements about some products.
pub fn names_about(connection: &Connection, products: &[Product]) -> Result<Vec<String>, Fault> {
    let mut select = connection.prepare_cached(
        "select name from statement_products cross join statements on id = statement \
         where product = (select id from products where products.product = ?1)",
    )?;
    let mut names = BTreeSet::new();
    for product in products {
        for name in select.query_map([product.as_str()], |row| row.get(0))? {
            names.insert(name?);
        }
    }
    Ok(names.into_iter().collect())
}

/// Statements by number.
pub fn page(connection: &Connection, after: i64, most: usize) -> Result<Vec<Stated>, Fault> {
    let mut select =
        connection.prepare_cached(&format!("select {COLUMNS} from statements where id > ?1 order by id limit ?2"))?;
    let (mut rows, mut sources) = (select.query([after, limit(most)])?, Sources::new(connection));
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(stated(row, &mut sources)?);
    }
    Ok(page)
}

/// How many statements each source makes. Their names are counted, whose index is the smallest.
pub fn counts(connection: &Connection) -> Result<Vec<(Source, u64)>, Fault> {
    let mut select = connection
        .prepare_cached("select statement >> ?1 as source, count(*) from statement_names where own = 1 group by 1 order by 1")?;
    let (mut rows, mut sources) = (select.query([SOURCE_BITS])?, Sources::new(connection));
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push((sources.get(row.get(0)?)?, row.get::<_, i64>(1)?.unsigned_abs()));
    }
    Ok(counts)
}

fn stated(row: &Found, sources: &mut Sources) -> Result<Stated, Fault> {
    let id: i64 = row.get(0)?;
    Ok(Stated {
        id,
        source: sources.get(id >> SOURCE_BITS)?,
        delivery: row.get(1)?,
        since: time_of(row.get(2)?)?,
        statement: read(id, text(row, 3)?)?,
    })
}

fn read(id: i64, body: &str) -> Result<Statement, Fault> {
    serde_json::from_str(body).map_err(|error| Fault::damaged(format!("statement {id}"), error))
}
