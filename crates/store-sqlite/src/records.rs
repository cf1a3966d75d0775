//! Records: observations once by digest, bundles that cite them, and a record's verdicts.

use model::bundle::{Bundle, Written};
use model::digest::Digest;
use model::observation::Observation;
use model::subject::SubjectId;
use model::verdict::Verdict;
use ports::store::{MOST_VERDICTS, Sealed};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::fault::Fault;
use crate::runs;

/// A sealed record as rows, made before the writer is asked.
pub struct Rows {
    subject: String,
    reference_ms: i64,
    reference_time: String,
    bundle: String,
    policy: String,
    observations: Vec<Named>,
    /// The digests of the observations, as JSON.
    cited: String,
    /// The verdicts, as JSON.
    verdicts: String,
    verdict_ids: Vec<String>,
}

/// JSON and its name.
struct Named {
    id: String,
    body: String,
}

impl Rows {
    /// The rows of a record.
    pub fn of(sealed: &Sealed) -> Result<Self, Fault> {
        let bundle = &sealed.bundle;
        let written = &sealed.written;
        let observations = written.ids.iter().zip(&written.bodies);
        Ok(Self {
            subject: bundle.subject.to_string(),
            reference_ms: bundle.at.as_millisecond(),
            reference_time: bundle.at.to_string(),
            bundle: bundle.digest_with(&written.ids)?.to_string(),
            policy: serde_json::to_string(&bundle.policy)?,
            cited: serde_json::to_string(&written.ids)?,
            observations: observations.map(|(id, body)| Named { id: id.to_string(), body: body.clone() }).collect(),
            verdicts: serde_json::to_string(&sealed.verdicts)?,
            verdict_ids: sealed.verdicts.iter().map(|verdict| verdict.id.to_string()).collect(),
        })
    }
}

/// Writes records of a run.
pub fn record(connection: &Connection, run: i64, all: &[Rows]) -> Result<(), Fault> {
    runs::require(connection, run)?;
    all.iter().try_for_each(|rows| {
        put_bundle(connection, rows)?;
        put_record(connection, run, rows)
    })
}

fn put_bundle(connection: &Connection, rows: &Rows) -> Result<(), Fault> {
    let head = "insert into bundles (digest, subject, reference_time, policy, observations) values (?1, ?2, ?3, ?4, ?5) \
                on conflict (digest) do nothing";
    let new = connection.prepare_cached(head)?.execute(params![
        rows.bundle,
        rows.subject,
        rows.reference_time,
        rows.policy,
        rows.cited
    ])?;
    if new == 0 {
        return Ok(());
    }
    let mut observation =
        connection.prepare_cached("insert into observations (digest, body) values (?1, ?2) on conflict (digest) do nothing")?;
    for seen in &rows.observations {
        observation.execute(params![seen.id, seen.body])?;
    }
    Ok(())
}

fn put_record(connection: &Connection, run: i64, rows: &Rows) -> Result<(), Fault> {
    // The same record again keeps its place in the order; its verdicts are replaced.
    let mark = "insert into records (run, subject, bundle, reference_ms, verdicts) values (?1, ?2, ?3, ?4, ?5) \
                on conflict (run, subject, bundle) do update set verdicts = excluded.verdicts returning id";
    let mark: i64 = connection
        .prepare_cached(mark)?
        .query_row(params![run, rows.subject, rows.bundle, rows.reference_ms, rows.verdicts], |row| row.get(0))?;
    connection.prepare_cached("delete from verdicts where record = ?1")?.execute([mark])?;
    let mut put = connection.prepare_cached("insert into verdicts (id, record) values (?1, ?2) on conflict do nothing")?;
    for id in &rows.verdict_ids {
        put.execute(params![id, mark])?;
    }
    Ok(())
}

/// What a run recorded last of a subject.
pub fn of_run(connection: &Connection, run: i64, subject: &str) -> Result<Option<Sealed>, Fault> {
    let newest = "select id, bundle, verdicts from records where run = ?1 and subject = ?2 order by id desc limit 1";
    let found = connection.prepare_cached(newest)?.query_row(params![run, subject], record_row).optional()?;
    found.map(|(id, row)| sealed(connection, id, &row)).transpose()
}

/// The newest record of a subject that a run checked.
pub fn latest(connection: &Connection, subject: &str) -> Result<Option<Sealed>, Fault> {
    let newest = "select records.id, bundle, verdicts from records join runs on runs.id = run \
                  where subject = ?1 and purpose = 'check' order by reference_ms desc, records.id desc limit 1";
    let found = connection.prepare_cached(newest)?.query_row([subject], record_row).optional()?;
    found.map(|(id, row)| sealed(connection, id, &row)).transpose()
}

/// Subjects that any run checked.
pub fn subjects(connection: &Connection) -> Result<Vec<SubjectId>, Fault> {
    let mut all = connection.prepare_cached(
        "select distinct subject from records join runs on runs.id = run where purpose = 'check' order by subject",
    )?;
    let rows = all.query_map([], |row| row.get(0))?;
    rows.map(|text| subject(text?)).collect()
}

/// Verdicts by the first digits of their ids.
pub fn verdicts(connection: &Connection, prefix: &str) -> Result<Vec<Verdict>, Fault> {
    // 'g' follows the last hexadecimal digit, so the range is all that begins with the prefix, and it can use the key.
    let matching = "select verdicts.id, records.verdicts from verdicts join records on records.id = record \
                    where verdicts.id >= ?1 and verdicts.id < ?2 \
                    and record = (select max(record) from verdicts other where other.id = verdicts.id) order by verdicts.id limit ?3";
    let mut matching = connection.prepare_cached(matching)?;
    let most = i64::try_from(MOST_VERDICTS).unwrap_or(i64::MAX);
    let rows = matching.query_map(params![prefix, format!("{prefix}g"), most], named)?;
    rows.map(|row| the_verdict(&row?)).collect()
}

/// The verdict with this id among those of its record.
fn the_verdict(row: &Named) -> Result<Verdict, Fault> {
    let what = || format!("verdict {}", row.id);
    let all: Vec<Verdict> = serde_json::from_str(&row.body).map_err(|error| Fault::damaged(what(), error))?;
    let found = all.into_iter().find(|verdict| verdict.id.to_string() == row.id);
    found.ok_or_else(|| Fault::damaged(what(), "it is not in its record"))
}

/// A bundle by its digest, with its observations as written.
pub fn bundle(connection: &Connection, digest: &str) -> Result<Option<(Bundle, Written)>, Fault> {
    let head = "select subject, reference_time, policy, observations from bundles where digest = ?1";
    let texts = |row: &Row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
    let found: Option<[String; 4]> = connection.prepare_cached(head)?.query_row([digest], texts).optional()?;
    let Some([subject_text, at, policy, cited]) = found else { return Ok(None) };
    let what = || format!("bundle {digest}");
    let ids: Vec<Digest> = serde_json::from_str(&cited).map_err(|error| Fault::damaged(what(), error))?;
    let bodies = ids.iter().map(|id| body(connection, *id)).collect::<Result<Vec<_>, _>>()?;
    let observations = ids.iter().zip(&bodies).map(|(id, body)| observation(*id, body)).collect::<Result<_, _>>()?;
    let bundle = Bundle {
        subject: subject(subject_text)?,
        at: at.parse().map_err(|error: jiff::Error| Fault::damaged(what(), error))?,
        policy: serde_json::from_str(&policy).map_err(|error| Fault::damaged(what(), error))?,
        observations,
    };
    Ok(Some((bundle, Written { ids, bodies })))
}

/// Reads a subject as it is stored.
pub fn subject(text: String) -> Result<SubjectId, Fault> {
    text.parse().map_err(|error: model::subject::NotASubject| Fault::damaged(format!("subject {text}"), error))
}

fn named(row: &Row) -> rusqlite::Result<Named> {
    Ok(Named { id: row.get(0)?, body: row.get(1)? })
}

/// A record's row: its number, its bundle and its verdicts.
fn record_row(row: &Row) -> rusqlite::Result<(i64, Named)> {
    Ok((row.get(0)?, Named { id: row.get(1)?, body: row.get(2)? }))
}

fn sealed(connection: &Connection, record: i64, row: &Named) -> Result<Sealed, Fault> {
    let what = || format!("record {record}");
    let bundle = bundle(connection, &row.id)?;
    let (bundle, written) = bundle.ok_or_else(|| Fault::damaged(what(), format!("bundle {} is missing", row.id)))?;
    let verdicts = serde_json::from_str(&row.body).map_err(|error| Fault::damaged(what(), error))?;
    Ok(Sealed { bundle, written, verdicts })
}

/// Evidence is checked against its digest: what was changed behind our back is no evidence.
fn body(connection: &Connection, id: Digest) -> Result<String, Fault> {
    let what = || format!("observation {id}");
    let body = "select body from observations where digest = ?1";
    let body: Option<String> = connection.prepare_cached(body)?.query_row([id.to_string()], |row| row.get(0)).optional()?;
    let body = body.ok_or_else(|| Fault::damaged(what(), "it is missing"))?;
    if Digest::of(body.as_bytes()) != id {
        return Err(Fault::damaged(what(), "its content does not match its digest: the store was changed from outside"));
    }
    Ok(body)
}

fn observation(id: Digest, body: &str) -> Result<Observation, Fault> {
    serde_json::from_str(body).map_err(|error| Fault::damaged(format!("observation {id}"), error))
}
