//! Records: observations once by digest, bundles that cite them, and a record's verdicts.

use model::bundle::Bundle;
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
    verdicts: Vec<Named>,
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
        let observation = |seen: &Observation| {
            let body = serde_json::to_string(seen)?;
            Ok(Named { id: Digest::of(body.as_bytes()).to_string(), body })
        };
        let verdict = |verdict: &Verdict| Ok(Named { id: verdict.id.to_string(), body: serde_json::to_string(verdict)? });
        Ok(Self {
            subject: bundle.subject.to_string(),
            reference_ms: bundle.at.as_millisecond(),
            reference_time: bundle.at.to_string(),
            bundle: bundle.digest()?.to_string(),
            policy: serde_json::to_string(&bundle.policy)?,
            observations: bundle.observations.iter().map(observation).collect::<Result<_, Fault>>()?,
            verdicts: sealed.verdicts.iter().map(verdict).collect::<Result<_, Fault>>()?,
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
    let head = "insert into bundles (digest, subject, reference_time, policy) values (?1, ?2, ?3, ?4) \
                on conflict (digest) do nothing";
    let new = connection.prepare_cached(head)?.execute(params![rows.bundle, rows.subject, rows.reference_time, rows.policy])?;
    if new == 0 {
        return Ok(());
    }
    let mut observation =
        connection.prepare_cached("insert into observations (digest, body) values (?1, ?2) on conflict (digest) do nothing")?;
    let mut cite =
        connection.prepare_cached("insert into bundle_observations (bundle, place, observation) values (?1, ?2, ?3)")?;
    for (place, seen) in (0_i64..).zip(&rows.observations) {
        observation.execute(params![seen.id, seen.body])?;
        cite.execute(params![rows.bundle, place, seen.id])?;
    }
    Ok(())
}

fn put_record(connection: &Connection, run: i64, rows: &Rows) -> Result<(), Fault> {
    // The update of a column by itself makes `returning` yield the record that was there; its place in the order stays.
    let mark = "insert into records (run, subject, bundle, reference_ms) values (?1, ?2, ?3, ?4) \
                on conflict (run, subject, bundle) do update set run = excluded.run returning id";
    let mark = connection
        .prepare_cached(mark)?
        .query_row(params![run, rows.subject, rows.bundle, rows.reference_ms], |row| row.get::<_, i64>(0))?;
    connection.prepare_cached("delete from verdicts where record = ?1")?.execute([mark])?;
    let mut put = connection.prepare_cached("insert into verdicts (record, place, id, body) values (?1, ?2, ?3, ?4)")?;
    for (place, verdict) in (0_i64..).zip(&rows.verdicts) {
        put.execute(params![mark, place, verdict.id, verdict.body])?;
    }
    Ok(())
}

/// What a run recorded last of a subject.
pub fn of_run(connection: &Connection, run: i64, subject: &str) -> Result<Option<Sealed>, Fault> {
    let newest = "select id, bundle from records where run = ?1 and subject = ?2 order by id desc limit 1";
    let found = connection.prepare_cached(newest)?.query_row(params![run, subject], record_row).optional()?;
    found.map(|(id, bundle)| sealed(connection, id, &bundle)).transpose()
}

/// The newest record of a subject.
pub fn latest(connection: &Connection, subject: &str) -> Result<Option<Sealed>, Fault> {
    let newest = "select id, bundle from records where subject = ?1 order by reference_ms desc, id desc limit 1";
    let found = connection.prepare_cached(newest)?.query_row([subject], record_row).optional()?;
    found.map(|(id, bundle)| sealed(connection, id, &bundle)).transpose()
}

/// Subjects with a record.
pub fn subjects(connection: &Connection) -> Result<Vec<SubjectId>, Fault> {
    let mut all = connection.prepare_cached("select distinct subject from records order by subject")?;
    let rows = all.query_map([], |row| row.get(0))?;
    rows.map(|text| subject(text?)).collect()
}

/// Verdicts by the first digits of their ids.
pub fn verdicts(connection: &Connection, prefix: &str) -> Result<Vec<Verdict>, Fault> {
    // 'g' follows the last hexadecimal digit, so the range is all that begins with the prefix, and it can use the index.
    let matching = "select id, body from verdicts this where id >= ?1 and id < ?2 \
                    and record = (select max(record) from verdicts where id = this.id) order by id limit ?3";
    let mut matching = connection.prepare_cached(matching)?;
    let most = i64::try_from(MOST_VERDICTS).unwrap_or(i64::MAX);
    let rows = matching.query_map(params![prefix, format!("{prefix}g"), most], named)?;
    rows.map(|row| read_verdict(&row?)).collect()
}

/// A bundle by its digest.
pub fn bundle(connection: &Connection, digest: &str) -> Result<Option<Bundle>, Fault> {
    let head = "select subject, reference_time, policy from bundles where digest = ?1";
    let texts = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: Option<(String, String, String)> = connection.prepare_cached(head)?.query_row([digest], texts).optional()?;
    let Some((subject_text, at, policy)) = found else { return Ok(None) };
    let what = || format!("bundle {digest}");
    let cited = "select digest, body from bundle_observations join observations on digest = observation \
                 where bundle = ?1 order by place";
    let mut cited = connection.prepare_cached(cited)?;
    let rows = cited.query_map([digest], named)?;
    Ok(Some(Bundle {
        subject: subject(subject_text)?,
        at: at.parse().map_err(|error: jiff::Error| Fault::damaged(what(), error))?,
        policy: serde_json::from_str(&policy).map_err(|error| Fault::damaged(what(), error))?,
        observations: rows.map(|row| read_observation(&row?)).collect::<Result<_, _>>()?,
    }))
}

/// Reads a subject as it is stored.
pub fn subject(text: String) -> Result<SubjectId, Fault> {
    text.parse().map_err(|error: model::subject::NotASubject| Fault::damaged(format!("subject {text}"), error))
}

fn record_row(row: &Row) -> rusqlite::Result<(i64, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn named(row: &Row) -> rusqlite::Result<Named> {
    Ok(Named { id: row.get(0)?, body: row.get(1)? })
}

fn sealed(connection: &Connection, record: i64, digest: &str) -> Result<Sealed, Fault> {
    let bundle = bundle(connection, digest)?;
    let bundle = bundle.ok_or_else(|| Fault::damaged(format!("record {record}"), format!("bundle {digest} is missing")))?;
    let mut said = connection.prepare_cached("select id, body from verdicts where record = ?1 order by place")?;
    let rows = said.query_map([record], named)?;
    let verdicts = rows.map(|row| read_verdict(&row?)).collect::<Result<_, _>>()?;
    Ok(Sealed { bundle, verdicts })
}

fn read_verdict(row: &Named) -> Result<Verdict, Fault> {
    serde_json::from_str(&row.body).map_err(|error| Fault::damaged(format!("verdict {}", row.id), error))
}

/// Evidence is checked against its digest: what was changed behind our back is no evidence.
fn read_observation(row: &Named) -> Result<Observation, Fault> {
    let what = || format!("observation {}", row.id);
    if Digest::of(row.body.as_bytes()).to_string() != row.id {
        return Err(Fault::damaged(what(), "its content does not match its digest: the store was changed from outside"));
    }
    serde_json::from_str(&row.body).map_err(|error| Fault::damaged(what(), error))
}
