//! What is in force, clustered by division.
//!
//! Invariant: `division_counts` holds how many rows `truths` has by division and kind; whatever writes one writes the other.

use std::collections::BTreeMap;

use model::ledger::attribute::Attribute;
use model::ledger::entity::EntityId;
use model::ledger::truth::Truth;
use ports::store::Imported;
use rusqlite::{Connection, OptionalExtension, Row as Found, ToSql, params};

use super::batch::for_chunks;
use super::{body, entity_of, names, optional_text, text};
use crate::fault::Fault;

/// The number of a division is in the bits of its truths' numbers from here on: below them is room for eight thousand million truths,
/// above them for nine digits.
pub const DIVISION_BITS: i64 = 33;

/// The columns beside the number.
const COLUMNS: &str = "entity, division, state, owner, name, truth";

/// Truths ready to be written, made before the writer is asked.
pub struct Batch {
    /// Each entity once.
    rows: Vec<Row>,
    given: usize,
    /// Entities to be taken out.
    gone: Vec<String>,
}

struct Row {
    number: u32,
    entity: String,
    kind: &'static str,
    division: Option<String>,
    state: &'static str,
    owner: Option<String>,
    name: String,
    truth: String,
}

impl Batch {
    /// The truths in the order of their entities, of which the last of equals counts.
    pub fn of(truths: &[Truth], gone: &[EntityId]) -> Result<Self, Fault> {
        fn key(truth: &Truth) -> (&str, &str) {
            (truth.entity.kind.prefix(), &truth.entity.key)
        }
        let mut order: Vec<&Truth> = truths.iter().collect();
        order.sort_by(|a, b| key(a).cmp(&key(b)));
        order.dedup_by(|later, kept| {
            let same = later.entity == kept.entity;
            if same {
                *kept = *later;
            }
            same
        });
        let row = |(number, truth): (usize, &Truth)| {
            Ok(Row {
                number: number as u32,
                entity: truth.entity.to_string(),
                kind: truth.entity.kind.prefix(),
                division: truth.division.as_ref().map(ToString::to_string),
                state: truth.state.word(),
                owner: truth.owner.as_ref().map(ToString::to_string),
                name: truth.get(Attribute::Name).unwrap_or_default().to_owned(),
                truth: body::write(truth)?,
            })
        };
        let rows = order.into_iter().enumerate().map(row).collect::<Result<_, Fault>>()?;
        Ok(Self { rows, given: truths.len(), gone: names(gone) })
    }
}

impl Row {
    /// Whether what is found, from its third column on, is this row.
    fn is(&self, found: &Found) -> Result<bool, Fault> {
        Ok(optional_text(found, 2)? == self.division.as_deref()
            && text(found, 3)? == self.state
            && optional_text(found, 4)? == self.owner.as_deref()
            && text(found, 5)? == self.name
            && text(found, 6)? == self.truth)
    }
}

/// The digits of a division as a number of nine digits; 0 for none.
fn place(division: Option<&str>) -> i64 {
    let digits = division.unwrap_or_default();
    let number = digits.bytes().take(9).fold(0, |number, digit| number * 10 + i64::from(digit.saturating_sub(b'0')));
    number * 10_i64.pow(9 - digits.len().min(9) as u32)
}

/// The numbers of the truths in divisions whose codes begin with `digits`: from, and to without it.
pub fn numbers(digits: &str) -> (i64, i64) {
    let from = place(Some(digits));
    let width = 10_i64.pow(9 - digits.len().min(9) as u32);
    (from << DIVISION_BITS, (from + width) << DIVISION_BITS)
}

/// Counts of a division and kind that change, by how much.
#[derive(Default)]
struct Tally(BTreeMap<(String, String), i64>);

impl Tally {
    fn add(&mut self, division: Option<&str>, kind: &str, difference: i64) {
        let key = (division.unwrap_or_default().to_owned(), kind.to_owned());
        *self.0.entry(key).or_default() += difference;
    }

    fn write(&self, connection: &Connection) -> Result<(), Fault> {
        let mut put = connection.prepare_cached(
            "insert into division_counts (division, kind, entities) values (?1, ?2, ?3) \
             on conflict (division, kind) do update set entities = entities + excluded.entities",
        )?;
        let mut clear =
            connection.prepare_cached("delete from division_counts where division = ?1 and kind = ?2 and entities = 0")?;
        for ((division, kind), difference) in self.0.iter().filter(|(_, difference)| **difference != 0) {
            put.execute(params![division, kind, difference])?;
            if *difference < 0 {
                clear.execute([division, kind])?;
            }
        }
        Ok(())
    }
}

/// Adds or replaces truths, and takes others out.
pub fn put(connection: &Connection, batch: &Batch) -> Result<Imported, Fault> {
    let mut replace = connection
        .prepare_cached("update truths set division = ?2, state = ?3, owner = ?4, name = ?5, truth = ?6 where id = ?1")?;
    let mut delete = connection.prepare_cached("delete from truths where id = ?1")?;
    let mut tally = Tally::default();
    let mut imported = Imported::default();
    let mut fresh: Vec<(i64, &Row)> = Vec::new();
    for (row, known) in batch.rows.iter().zip(compare(connection, &batch.rows)?) {
        let division = row.division.as_deref();
        match known {
            Known::Same => continue,
            Known::Not => {
                imported.added += 1;
                fresh.push((place(division), row));
            }
            Known::Differs { id, division: before } => {
                imported.changed += 1;
                tally.add(before.as_deref(), row.kind, -1);
                if id >> DIVISION_BITS == place(division) {
                    replace.execute(params![id, row.division, row.state, row.owner, row.name, row.truth])?;
                } else {
                    delete.execute([id])?;
                    fresh.push((place(division), row));
                }
            }
        }
        tally.add(division, row.kind, 1);
    }
    insert(connection, fresh)?;
    for name in &batch.gone {
        take_out(connection, name, &mut tally)?;
    }
    tally.write(connection)?;
    imported.unchanged = batch.given as u64 - imported.added - imported.changed;
    Ok(imported)
}

/// What the store has of a row's entity.
#[derive(Clone)]
enum Known {
    Not,
    Same,
    /// Something else, under this number and in this division.
    Differs {
        id: i64,
        division: Option<String>,
    },
}

fn compare(connection: &Connection, rows: &[Row]) -> Result<Vec<Known>, Fault> {
    let sql = |lists: &str| {
        format!(
            "with given (number, wanted) as (values {lists}) \
             select number, id, division, state, owner, name, truth from given cross join truths where entity = wanted"
        )
    };
    let mut known = vec![Known::Not; rows.len()];
    for_chunks(
        connection,
        sql,
        &[],
        rows,
        |row| [&row.number, &row.entity],
        |_, select| {
            let mut found = select.raw_query();
            while let Some(held) = found.next()? {
                let number = held.get::<_, u32>(0)? as usize;
                let same = rows[number].is(held)?;
                known[number] = if same { Known::Same } else { Known::Differs { id: held.get(1)?, division: held.get(2)? } };
            }
            Ok(())
        },
    )?;
    Ok(known)
}

/// Inserts rows at the ends of the divisions whose numbers they come with.
fn insert(connection: &Connection, mut rows: Vec<(i64, &Row)>) -> Result<(), Fault> {
    // Stable, so that the rows of a division stay in the order of their entities.
    rows.sort_by_key(|(place, _)| *place);
    let mut last = connection.prepare_cached("select id from truths where id >= ?1 and id < ?2 order by id desc limit 1")?;
    let mut end: Option<i64> = None;
    for (id, _) in &mut rows {
        let (from, to) = (*id << DIVISION_BITS, (*id + 1) << DIVISION_BITS);
        let before = match end.filter(|end| (from..to).contains(end)) {
            Some(end) => end,
            None => last.query_row([from, to], |row| row.get(0)).optional()?.unwrap_or(from),
        };
        *id = before + 1;
        end = Some(*id);
    }
    let sql = |lists: &str| format!("insert or fail into truths (id, {COLUMNS}) values {lists}");
    fn bind<'r>((id, row): &'r (i64, &Row)) -> [&'r dyn ToSql; 7] {
        [id, &row.entity, &row.division, &row.state, &row.owner, &row.name, &row.truth]
    }
    for_chunks(connection, sql, &[], &rows, bind, |_, insert| {
        insert.raw_execute()?;
        Ok(())
    })
}

fn take_out(connection: &Connection, name: &str, tally: &mut Tally) -> Result<(), Fault> {
    let mut delete = connection.prepare_cached("delete from truths where entity = ?1 returning division")?;
    let division: Option<Option<String>> = delete.query_row([name], |row| row.get(0)).optional()?;
    if let Some(division) = division {
        tally.add(division.as_deref(), entity_of(name)?.kind.prefix(), -1);
    }
    Ok(())
}
