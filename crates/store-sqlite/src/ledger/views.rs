//! Reading what is in force: by entity, by region, by owner.

use std::collections::{BTreeMap, HashMap};

use model::institution::DivisionCode;
use model::ledger::claim::LifeState;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::truth::{ApplicationLine, Truth};
use ports::ledger::{DivisionCount, Region, subtree};
use rusqlite::{Connection, OptionalExtension, Row as Found, params};

use super::registry::Sources;
use super::truths::{DIVISION_BITS, numbers};
use super::{body, entity_of, limit, names, optional_text, range, text};
use crate::fault::Fault;

/// The columns of a truth, as [`truth_of`] reads them.
const COLUMNS: &str = "entity, division, state, owner, truth";

/// What is in force of these entities.
pub fn of(connection: &Connection, of: &[EntityId]) -> Result<Vec<Truth>, Fault> {
    let mut select = connection.prepare_cached(&format!("select {COLUMNS} from truths where entity = ?1"))?;
    let mut sources = Sources::new(connection);
    let mut truths = Vec::new();
    for name in names(of) {
        truths.extend(select.query_row([name], |row| Ok(truth_of(row, &mut sources))).optional()?.transpose()?);
    }
    Ok(truths)
}

/// The names of what is in force of a kind.
pub fn names_of(
    connection: &Connection,
    kind: EntityKind,
    after: Option<&EntityId>,
    most: usize,
) -> Result<Vec<EntityId>, Fault> {
    let [from, to] = range(kind, after);
    let sql = "select entity from truths where entity > ?1 and entity < ?2 order by entity limit ?3";
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query(params![from, to, limit(most)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entity_of(text(row, 0)?)?);
    }
    Ok(found)
}

/// What is in force of a region's entities of a kind.
pub fn page(
    connection: &Connection,
    kind: EntityKind,
    region: &Region,
    after: Option<&EntityId>,
    most: usize,
) -> Result<Vec<Truth>, Fault> {
    let of_kind = "entity > ?1 and entity < ?2 order by entity limit ?3";
    // Of everything the index gives the page; of a region its own rows are looked through, however many others there are.
    let sql = match stretch(region) {
        None => format!("select {COLUMNS} from truths where {of_kind}"),
        Some((from, to)) => format!(
            "select {COLUMNS} from truths where id in (select id from truths not indexed where id >= {from} and id < {to} and {of_kind}) \
             order by entity"
        ),
    };
    let [from, to] = range(kind, after);
    let (mut select, mut sources) = (connection.prepare(&sql)?, Sources::new(connection));
    let mut rows = select.query(params![from, to, limit(most)])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(truth_of(row, &mut sources)?);
    }
    Ok(page)
}

/// The applications of a region with their owners.
pub fn applications(connection: &Connection, region: &Region, most: usize) -> Result<Vec<ApplicationLine>, Fault> {
    let (from, to) = stretch(region).unwrap_or((0, i64::MAX));
    let mut select = connection
        .prepare_cached("select id, entity, division, state, owner, name from truths where id >= ?1 and id < ?2 order by id")?;
    let mut rows = select.query([from, to])?;
    let mut lines: Vec<ApplicationLine> = Vec::new();
    // Institutions stand among the applications that they run, so that most names of owners are met on the way.
    let mut institutions: HashMap<String, String> = HashMap::new();
    let (mut place, mut start) = (0, 0);
    while let Some(row) = rows.next()? {
        let next = row.get::<_, i64>(0)? >> DIVISION_BITS;
        if next != place {
            order(&mut lines[start..]);
            (place, start) = (next, lines.len());
            if lines.len() >= most {
                break;
            }
        }
        let entity = entity_of(text(row, 1)?)?;
        if entity.kind.application().is_some() {
            lines.push(line_of(row, entity)?);
        } else if entity.kind == EntityKind::Institution {
            institutions.insert(entity.key, row.get(5)?);
        }
    }
    order(&mut lines[start..]);
    lines.truncate(most);
    name_owners(connection, &mut lines, institutions)?;
    Ok(lines)
}

/// Orders the lines of one place, which may be written with six digits and with nine.
fn order(lines: &mut [ApplicationLine]) {
    fn key(line: &ApplicationLine) -> (Option<&DivisionCode>, &str, &str) {
        (line.division.as_ref(), line.entity.kind.prefix(), &line.entity.key)
    }
    lines.sort_by(|a, b| key(a).cmp(&key(b)));
}

fn line_of(row: &Found, entity: EntityId) -> Result<ApplicationLine, Fault> {
    Ok(ApplicationLine {
        name: row.get(5)?,
        state: state_of(text(row, 3)?)?,
        owner: optional_text(row, 4)?.map(entity_of).transpose()?,
        owner_name: String::new(),
        division: division_of(optional_text(row, 2)?)?,
        entity,
    })
}

fn name_owners(
    connection: &Connection,
    lines: &mut [ApplicationLine],
    mut institutions: HashMap<String, String>,
) -> Result<(), Fault> {
    let mut select = connection.prepare_cached("select name from truths where entity = ?1")?;
    for line in lines {
        let Some(owner) = &line.owner else { continue };
        let is_institution = owner.kind == EntityKind::Institution;
        line.owner_name = match institutions.get(&owner.key).filter(|_| is_institution) {
            Some(name) => name.clone(),
            None => {
                let name: String = select.query_row([owner.to_string()], |row| row.get(0)).optional()?.unwrap_or_default();
                if is_institution {
                    institutions.insert(owner.key.clone(), name.clone());
                }
                name
            }
        };
    }
    Ok(())
}

/// The applications that an institution runs.
pub fn applications_of(connection: &Connection, owner: &EntityId) -> Result<Vec<EntityId>, Fault> {
    let mut select = connection.prepare_cached("select entity from truths where owner = ?1 order by entity")?;
    let mut rows = select.query([owner.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entity_of(text(row, 0)?)?);
    }
    found.retain(|entity| entity.kind.application().is_some());
    Ok(found)
}

/// Numbers of entities by division.
pub fn count(connection: &Connection, region: &Region) -> Result<Vec<DivisionCount>, Fault> {
    let mut select = connection.prepare_cached("select division, kind, entities from division_counts order by division, kind")?;
    let mut rows = select.query([])?;
    let mut counts: BTreeMap<Option<DivisionCode>, BTreeMap<EntityKind, u64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let division = division_of(Some(text(row, 0)?).filter(|code| !code.is_empty()))?;
        if region.holds(division.as_ref()) {
            let kind = entity_of(&format!("{}:any", text(row, 1)?))?.kind;
            counts.entry(division).or_default().insert(kind, row.get::<_, i64>(2)?.unsigned_abs());
        }
    }
    Ok(counts.into_iter().map(|(division, entities)| DivisionCount { division, entities }).collect())
}

/// The stretch of numbers in which a region's truths are; `None` for everything.
fn stretch(region: &Region) -> Option<(i64, i64)> {
    match region {
        Region::All => None,
        Region::Nowhere => Some((0, 1 << DIVISION_BITS)),
        Region::Subtree(top) => Some(subtree(top)).filter(|digits| !digits.is_empty()).map(numbers),
    }
}

fn truth_of(row: &Found, sources: &mut Sources) -> Result<Truth, Fault> {
    let name = text(row, 0)?;
    let body = body::read(name, text(row, 4)?, sources)?;
    Ok(Truth {
        entity: entity_of(name)?,
        aliases: body.aliases,
        attributes: body.attributes,
        state: state_of(text(row, 2)?)?,
        owner: optional_text(row, 3)?.map(entity_of).transpose()?,
        division: division_of(optional_text(row, 1)?)?,
        confidence: body.confidence,
    })
}

fn state_of(word: &str) -> Result<LifeState, Fault> {
    LifeState::of_word(word).ok_or_else(|| Fault::damaged("a state", format!("there is no state {word}")))
}

fn division_of(code: Option<&str>) -> Result<Option<DivisionCode>, Fault> {
    let read = |code: &str| code.parse().map_err(|error| Fault::damaged(format!("the division {code}"), error));
    code.map(read).transpose()
}
