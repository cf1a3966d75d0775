//! Links between names, by their pair in either order.

use std::collections::BTreeMap;

use model::ledger::claim::Link;
use model::ledger::entity::EntityId;
use ports::store::Imported;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{names, text};
use crate::fault::Fault;

/// Writes down links.
pub fn put(connection: &Connection, links: &[Link]) -> Result<Imported, Fault> {
    let mut select = connection.prepare_cached("select link from links where lesser = ?1 and greater = ?2")?;
    let mut put = connection.prepare_cached(
        "insert into links (lesser, greater, link) values (?1, ?2, ?3) \
         on conflict (lesser, greater) do update set link = excluded.link",
    )?;
    let mut imported = Imported::default();
    for link in links {
        let (alias, entity) = (link.alias.to_string(), link.entity.to_string());
        let pair = if alias < entity { [alias, entity] } else { [entity, alias] };
        match select.query_row([&pair[0], &pair[1]], |row| Ok(link_of(row))).optional()?.transpose()? {
            Some(held) if stays(&held, link) => {
                imported.unchanged += 1;
                continue;
            }
            Some(_) => imported.changed += 1,
            None => imported.added += 1,
        }
        put.execute(params![pair[0], pair[1], serde_json::to_string(link)?])?;
    }
    Ok(imported)
}

/// A person's link stays against the program's, and any against one that differs in its time alone.
fn stays(held: &Link, link: &Link) -> bool {
    (held.person.is_some() && link.person.is_none()) || *held == Link { at: held.at, ..link.clone() }
}

/// The links that name one of these entities.
pub fn of(connection: &Connection, of: &[EntityId]) -> Result<Vec<Link>, Fault> {
    let mut select = connection.prepare_cached(
        "select link from links where lesser = ?1 union all select link from links where greater = ?1 and lesser <> ?1",
    )?;
    let mut links = Vec::new();
    for name in names(of) {
        let mut rows = select.query([name])?;
        while let Some(row) = rows.next()? {
            links.push(link_of(row)?);
        }
    }
    Ok(ordered(links))
}

/// All links.
pub fn all(connection: &Connection) -> Result<Vec<Link>, Fault> {
    let mut select = connection.prepare_cached("select link from links")?;
    let mut rows = select.query([])?;
    let mut links = Vec::new();
    while let Some(row) = rows.next()? {
        links.push(link_of(row)?);
    }
    Ok(ordered(links))
}

/// By alias and entity, each once.
fn ordered(links: Vec<Link>) -> Vec<Link> {
    let key = |link: Link| ((link.alias.to_string(), link.entity.to_string()), link);
    links.into_iter().map(key).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn link_of(row: &Row) -> Result<Link, Fault> {
    serde_json::from_str(text(row, 0)?).map_err(|error| Fault::damaged("a link", error))
}
