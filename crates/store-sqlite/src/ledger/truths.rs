//! What is in force, clustered by division.
//!
//! Invariant: `division_counts` holds how many rows `truths` has by division and kind; whatever writes one writes the other.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::institution::DivisionCode;
use model::ledger::attribute::Attribute;
use model::ledger::claim::LifeState;
use model::ledger::entity::EntityId;
use model::ledger::truth::{Sole, Truth};
use ports::store::Imported;
use rusqlite::{Connection, OptionalExtension, Row as Found, ToSql, params};

use super::batch::for_chunks;
use super::registry::Sources;
use super::{body, entity_of, names, optional_text, text, written};
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
    /// Whether most are likely to be new, so that they are looked for only where they cannot be added.
    new: bool,
    /// Entities to be taken out.
    gone: Vec<String>,
}

struct Row {
    entity: String,
    kind: &'static str,
    division: Option<String>,
    state: &'static str,
    owner: Option<String>,
    name: String,
    truth: String,
}

impl Batch {
    /// Truths, and entities to be taken out.
    pub fn of(truths: &[Truth], gone: &[EntityId]) -> Result<Self, Fault> {
        let name = |truth: &Truth| truth.get(Attribute::Name).unwrap_or_default().to_owned();
        let row = |truth: &Truth| {
            let rest = (&truth.owner, &truth.division, truth.state);
            Ok(Row::of(&truth.entity, rest, name(truth), body::write(truth)?))
        };
        let rows = rows_of(truths, |truth| &truth.entity, row)?;
        Ok(Self { rows, given: truths.len(), new: false, gone: names(gone) })
    }

    /// The same of what one claim alone tells.
    pub fn of_soles(soles: &[Sole]) -> Result<Self, Fault> {
        let row = |sole: &Sole| {
            let rest = (&sole.owner, &sole.division, sole.state);
            Ok(Row::of(&sole.entity, rest, sole.name.clone(), body::refer(sole)?))
        };
        let rows = rows_of(soles, |sole| &sole.entity, row)?;
        Ok(Self { rows, given: soles.len(), new: true, gone: Vec::new() })
    }
}

/// The rows of what is given, in the order of its entities, of which the last of equals counts.
fn rows_of<T>(given: &[T], entity: fn(&T) -> &EntityId, row: impl Fn(&T) -> Result<Row, Fault>) -> Result<Vec<Row>, Fault> {
    fn key(entity: &EntityId) -> (&str, &str) {
        (entity.kind.prefix(), &entity.key)
    }
    let mut order: Vec<&T> = given.iter().collect();
    order.sort_by(|a, b| key(entity(a)).cmp(&key(entity(b))));
    order.dedup_by(|later, kept| {
        let same = entity(later) == entity(kept);
        if same {
            *kept = *later;
        }
        same
    });
    let mut rows = Vec::with_capacity(order.len());
    for given in order {
        rows.push(row(given)?);
    }
    Ok(rows)
}

impl Row {
    fn of(
        entity: &EntityId,
        (owner, division, state): (&Option<EntityId>, &Option<DivisionCode>, LifeState),
        name: String,
        truth: String,
    ) -> Self {
        Self {
            entity: written(entity),
            kind: entity.kind.prefix(),
            division: division.as_ref().map(|code| code.as_str().to_owned()),
            state: state.word(),
            owner: owner.as_ref().map(written),
            name,
            truth,
        }
    }

    /// Whether what is found, from its third column on, is this row.
    fn is(&self, found: &Found, sources: &mut Sources) -> Result<bool, Fault> {
        let truth = text(found, 6)?;
        Ok(optional_text(found, 2)? == self.division.as_deref()
            && text(found, 3)? == self.state
            && optional_text(found, 4)? == self.owner.as_deref()
            && text(found, 5)? == self.name
            && (truth == self.truth || body::same(&self.entity, truth, &self.truth, sources)?))
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
struct Tally<'b>(BTreeMap<(Cow<'b, str>, &'static str), i64>);

impl<'b> Tally<'b> {
    fn add(&mut self, division: Option<impl Into<Cow<'b, str>>>, kind: &'static str, difference: i64) {
        let division = division.map(Into::into).unwrap_or_default();
        *self.0.entry((division, kind)).or_default() += difference;
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
                clear.execute(params![division, kind])?;
            }
        }
        Ok(())
    }
}

/// A row with the number that it gets if it is written anew.
type Numbered<'b> = (i64, &'b Row);

/// Adds or replaces truths, and takes others out.
pub fn put(connection: &Connection, batch: &Batch) -> Result<Imported, Fault> {
    let (mut tally, mut imported) = (Tally::default(), Imported::default());
    let mut rows = numbered(connection, &batch.rows)?;
    if batch.new {
        let mut others = Vec::new();
        insert(connection, "or ignore", &rows, |chunk, added| {
            imported.added += added as u64;
            if added == chunk.len() {
                chunk.iter().for_each(|(_, row)| tally.add(row.division.as_deref(), row.kind, 1));
            } else {
                others.extend_from_slice(chunk);
            }
        })?;
        rows = others;
    }
    let mut replace = connection
        .prepare_cached("update truths set division = ?2, state = ?3, owner = ?4, name = ?5, truth = ?6 where id = ?1")?;
    let mut delete = connection.prepare_cached("delete from truths where id = ?1")?;
    let mut fresh: Vec<Numbered> = Vec::new();
    for ((number, row), known) in rows.iter().zip(compare(connection, &rows)?) {
        match known {
            Known::Same => continue,
            Known::Added => {}
            Known::Not => {
                imported.added += 1;
                fresh.push((*number, row));
            }
            Known::Differs { id, division: before } => {
                imported.changed += 1;
                tally.add(before, row.kind, -1);
                if id >> DIVISION_BITS == number >> DIVISION_BITS {
                    replace.execute(params![id, row.division, row.state, row.owner, row.name, row.truth])?;
                } else {
                    delete.execute([id])?;
                    fresh.push((*number, row));
                }
            }
        }
        tally.add(row.division.as_deref(), row.kind, 1);
    }
    insert(connection, "or fail", &fresh, |_, _| {})?;
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
    /// The row itself, which was just added.
    Added,
    /// Something else, under this number and in this division.
    Differs {
        id: i64,
        division: Option<String>,
    },
}

fn compare(connection: &Connection, rows: &[Numbered]) -> Result<Vec<Known>, Fault> {
    let sql = |lists: &str| {
        format!(
            "with given (number, wanted) as (values {lists}) \
             select number, id, division, state, owner, name, truth from given cross join truths where entity = wanted"
        )
    };
    fn bind<'r>((number, row): &'r Numbered) -> [&'r dyn ToSql; 2] {
        [number, &row.entity]
    }
    let (mut known, mut sources) = (vec![Known::Not; rows.len()], Sources::new(connection));
    for_chunks(connection, sql, &[], rows, bind, |_, select| {
        let mut found = select.raw_query();
        while let Some(held) = found.next()? {
            let (number, id): (i64, i64) = (held.get(0)?, held.get(1)?);
            // Numbers rise.
            let Ok(place) = rows.binary_search_by_key(&number, |(number, _)| *number) else { continue };
            known[place] = match id {
                id if id == number => Known::Added,
                _ if rows[place].1.is(held, &mut sources)? => Known::Same,
                id => Known::Differs { id, division: held.get(2)? },
            };
        }
        Ok(())
    })?;
    Ok(known)
}

/// Gives rows numbers at the ends of their divisions, in rising order.
fn numbered<'b>(connection: &Connection, rows: &'b [Row]) -> Result<Vec<Numbered<'b>>, Fault> {
    let mut rows: Vec<Numbered> = rows.iter().map(|row| (place(row.division.as_deref()), row)).collect();
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
    Ok(rows)
}

/// Inserts rows under their numbers; `or` says what becomes of those whose entity is there. Tells of each chunk how many were inserted.
fn insert<'b>(
    connection: &Connection,
    or: &str,
    rows: &[Numbered<'b>],
    mut inserted: impl FnMut(&[Numbered<'b>], usize),
) -> Result<(), Fault> {
    let sql = |lists: &str| format!("insert {or} into truths (id, {COLUMNS}) values {lists}");
    fn bind<'r>((id, row): &'r Numbered) -> [&'r dyn ToSql; 7] {
        [id, &row.entity, &row.division, &row.state, &row.owner, &row.name, &row.truth]
    }
    for_chunks(connection, sql, &[], rows, bind, |chunk, insert| {
        inserted(chunk, insert.raw_execute()?);
        Ok(())
    })
}

fn take_out(connection: &Connection, name: &str, tally: &mut Tally<'_>) -> Result<(), Fault> {
    let mut delete = connection.prepare_cached("delete from truths where entity = ?1 returning division")?;
    let division: Option<Option<String>> = delete.query_row([name], |row| row.get(0)).optional()?;
    if let Some(division) = division {
        tally.add(division, entity_of(name)?.kind.prefix(), -1);
    }
    Ok(())
}
