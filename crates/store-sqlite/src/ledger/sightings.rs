//! Sightings, clustered by asset.

use std::collections::BTreeMap;

use model::ledger::claim::Sighting;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::Source;
use ports::ledger::Seen;
use ports::store::Imported;
use rusqlite::{Connection, Row as Found, ToSql};

use super::batch::for_chunks;
use super::registry::{self, Sources};
use super::{entity_of, names, range, text, time_of};
use crate::fault::Fault;

/// Sightings ready to be written, made before the writer is asked: each asset and what once, in their order.
pub struct Batch {
    rows: Vec<Row>,
    given: usize,
}

struct Row {
    asset: String,
    what: String,
    first: i64,
    last: i64,
}

impl Batch {
    /// The sightings, those of one asset and what as one.
    pub fn of(sightings: &[Sighting]) -> Self {
        let row = |seen: &Sighting| Row {
            asset: seen.asset.to_string(),
            what: seen.what.clone(),
            first: seen.first.as_millisecond(),
            last: seen.last.as_millisecond(),
        };
        let mut rows: Vec<Row> = sightings.iter().map(row).collect();
        rows.sort_unstable_by(|a, b| (&a.asset, &a.what).cmp(&(&b.asset, &b.what)));
        rows.dedup_by(|next, kept| {
            let same = next.asset == kept.asset && next.what == kept.what;
            if same {
                (kept.first, kept.last) = (kept.first.min(next.first), kept.last.max(next.last));
            }
            same
        });
        Self { rows, given: sightings.len() }
    }
}

/// Takes sightings of a source: first those that are new, then, where some were known, those that widen an interval.
pub fn sight(connection: &Connection, source: i64, batch: &Batch) -> Result<Imported, Fault> {
    registry::claims_made(connection, source)?;
    // "or ignore" and "or fail" rather than undoing a statement's own rows, as with claims.
    let add = |lists: &str| {
        format!(
            "with given (asset, what, first, last) as (values {lists}) \
             insert or ignore into sightings (asset, source, what, first, last) select asset, ?1, what, first, last from given"
        )
    };
    let widen = |lists: &str| {
        format!(
            "with given (asset, what, first, last) as (values {lists}) \
             insert or fail into sightings (asset, source, what, first, last) select asset, ?1, what, first, last from given where true \
             on conflict (asset, source, what) do update set first = min(first, excluded.first), last = max(last, excluded.last) \
             where excluded.first < first or excluded.last > last"
        )
    };
    fn bind(row: &Row) -> [&dyn ToSql; 4] {
        [&row.asset, &row.what, &row.first, &row.last]
    }
    let mut imported = Imported::default();
    for_chunks(connection, add, &[&source], &batch.rows, bind, |chunk, add| {
        let added = add.raw_execute()?;
        imported.added += added as u64;
        if added == chunk.len() {
            return Ok(());
        }
        for_chunks(connection, widen, &[&source], chunk, bind, |_, widen| {
            imported.changed += widen.raw_execute()? as u64;
            Ok(())
        })
    })?;
    imported.unchanged = batch.given as u64 - imported.added - imported.changed;
    Ok(imported)
}

/// What was seen of an asset.
pub fn of_asset(connection: &Connection, asset: &EntityId) -> Result<Vec<(Source, Sighting)>, Fault> {
    let mut select =
        connection.prepare_cached("select source, what, first, last from sightings where asset = ?1 order by source, what")?;
    let (mut rows, mut sources) = (select.query([asset.to_string()])?, Sources::new(connection));
    let mut sightings = Vec::new();
    while let Some(row) = rows.next()? {
        let (first, last) = (time_of(row.get(2)?)?, time_of(row.get(3)?)?);
        sightings.push((sources.get(row.get(0)?)?, Sighting { asset: asset.clone(), what: row.get(1)?, first, last }));
    }
    Ok(sightings)
}

/// The assets of a kind of which one of these was seen. There is no index for it: it is asked of few addresses, once a delivery, and an
/// index would slow down every import.
pub fn sighted(
    connection: &Connection,
    kind: EntityKind,
    whats: &[String],
    most: usize,
) -> Result<Vec<(EntityId, String)>, Fault> {
    let marks: Vec<String> = (3..whats.len() + 3).map(|number| format!("?{number}")).collect();
    let mut select = connection.prepare(&format!(
        "select distinct asset, what from sightings where asset > ?1 and asset < ?2 and what in ({}) order by asset, what",
        marks.join(",")
    ))?;
    let mut rows = select.query(rusqlite::params_from_iter(range(kind, None).iter().chain(whats)))?;
    let (mut counts, mut found): (BTreeMap<String, usize>, Vec<_>) = (BTreeMap::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (asset, what) = (text(row, 0)?, text(row, 1)?);
        let count = counts.entry(what.to_owned()).or_default();
        *count += 1;
        if *count <= most {
            found.push((entity_of(asset)?, what.to_owned()));
        }
    }
    Ok(found)
}

/// Assets of a kind that were seen.
pub fn page(connection: &Connection, kind: EntityKind, after: Option<&EntityId>, most: usize) -> Result<Vec<Seen>, Fault> {
    // The rows stand in the order of the groups, so that they are added up as they are read, and reading stops with the page.
    let mut select = connection.prepare_cached(
        "select asset, source, min(first), max(last) from sightings where asset > ?1 and asset < ?2 \
         group by asset, source order by asset, source",
    )?;
    let (mut rows, mut sources) = (select.query(range(kind, after))?, Sources::new(connection));
    let mut page: Vec<Seen> = Vec::new();
    while let Some(row) = rows.next()? {
        let seen = seen_of_row(row, &mut sources)?;
        if page.len() >= most && page.last().is_none_or(|last| last.asset != seen.asset) {
            break;
        }
        page.push(seen);
    }
    Ok(page)
}

/// What was seen of these assets.
pub fn seen_of(connection: &Connection, assets: &[EntityId]) -> Result<Vec<Seen>, Fault> {
    let mut select = connection.prepare_cached(
        "select asset, source, min(first), max(last) from sightings where asset = ?1 group by asset, source order by source",
    )?;
    let mut sources = Sources::new(connection);
    let mut found = Vec::new();
    for name in names(assets) {
        let mut rows = select.query([name])?;
        while let Some(row) = rows.next()? {
            found.push(seen_of_row(row, &mut sources)?);
        }
    }
    Ok(found)
}

fn seen_of_row(row: &Found, sources: &mut Sources) -> Result<Seen, Fault> {
    let (first, last) = (time_of(row.get(2)?)?, time_of(row.get(3)?)?);
    Ok(Seen { asset: entity_of(text(row, 0)?)?, source: sources.get(row.get(1)?)?, first, last })
}
