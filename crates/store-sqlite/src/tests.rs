//! The conformance suite, and what is particular to a file: damage, a full disk, newer versions, and a process that is killed.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use ports::conformance::sample;
use ports::store::Purpose;
use tempfile::TempDir;

use super::*;

ports::store_suite!(|| {
    let folder = folder();
    move || Arc::new(SqliteStore::open(folder.path().join("store.db")).expect("open")) as Arc<dyn Store>
});

fn folder() -> TempDir {
    tempfile::tempdir().expect("temporary folder")
}

fn record(number: usize) -> Sealed {
    sample::sealed(&sample::site(&format!("s{number}")), sample::moment(0), &"x".repeat(2_000), 3)
}

fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("store.db");
    drop(SqliteStore::open(&path).expect("open"));
    Connection::open(&path).and_then(|file| file.pragma_update(None, "user_version", 99)).expect("age");
    let error = SqliteStore::open(&path).err().expect("newer");
    assert!(matches!(error, StoreError::TooNew { found: 99, .. }), "{error}");
}

#[test]
fn another_programs_database_is_refused_and_left_alone() {
    let folder = folder();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).expect("open");
    other.execute_batch("create table theirs (x)").expect("fill");
    let error = SqliteStore::open(&path).err().expect("foreign");
    assert!(chain(&error).contains("another program"), "{}", chain(&error));
    let tables = other.query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0));
    assert_eq!(tables, Ok(1));
}

#[test]
fn a_file_that_is_no_database_is_damaged() {
    let folder = folder();
    let path = folder.path().join("store.db");
    fs::write(&path, "这不是数据库".repeat(100)).expect("write");
    let error = SqliteStore::open(&path).err().expect("no database");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_place_that_cannot_be_opened_is_named() {
    let folder = folder();
    let path = folder.path().join("no such folder").join("store.db");
    let error = SqliteStore::open(&path).err().expect("no folder");
    assert!(matches!(error, StoreError::Unavailable { operation: "open", .. }), "{error}");
    assert!(error.to_string().contains("no such folder"), "{error}");
}

#[tokio::test]
async fn overwritten_pages_are_damage() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).expect("open");
    let run = store.open_run(Digest::of(b"plan"), Purpose::Check, sample::moment(0), false).await.expect("open run");
    store.record(run.id, &(0..200).map(record).collect::<Vec<_>>()).await.expect("record");
    drop(store);
    let mut bytes = fs::read(&path).expect("read");
    bytes[8_192..].fill(0xa5);
    fs::write(&path, bytes).expect("overwrite");
    let store = SqliteStore::open(&path).expect("the first page is whole");
    let error = store.subjects().await.expect_err("damaged");
    assert!(matches!(error, StoreError::Damaged { .. }), "{}", chain(&error));
}

#[tokio::test]
async fn evidence_that_was_edited_is_refused() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).expect("open");
    let run = store.open_run(Digest::of(b"plan"), Purpose::Check, sample::moment(0), false).await.expect("open run");
    store.record(run.id, &[record(1)]).await.expect("record");
    let editor = Connection::open(&path).expect("open");
    editor.execute("update observations set body = replace(body, 'xx', 'yy')", []).expect("edit");
    let error = store.latest(&sample::site("s1")).await.expect_err("edited");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(chain(&error).contains("does not match its digest"), "{}", chain(&error));
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_what_was_kept_stays() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let connection = schema::STORE.open(&path).expect("open");
    // SQLite says "full" at a limit of pages just as at the end of a disk.
    connection.pragma_update_and_check(None, "max_page_count", 100, |_| Ok(())).expect("limit");
    let store = SqliteStore::with(&path, connection).expect("start");
    let run = store.open_run(Digest::of(b"plan"), Purpose::Check, sample::moment(0), false).await.expect("open run").id;
    let mut kept = 0;
    let error = loop {
        match store.record(run, &[record(kept)]).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(kept > 0);
    assert!(matches!(error, StoreError::Unavailable { operation: "record", .. }), "{}", chain(&error));
    assert!(chain(&error).contains("full"), "{}", chain(&error));
    assert_eq!(store.subjects().await.expect("subjects").len(), kept);
    drop(store);
    let store = SqliteStore::open(&path).expect("open with room again");
    store.record(run, &[record(kept)]).await.expect("record");
    assert_eq!(store.subjects().await.expect("subjects").len(), kept + 1);
}

#[tokio::test]
async fn a_read_only_store_is_an_error() {
    let folder = folder();
    let path = folder.path().join("store.db");
    let connection = schema::STORE.open(&path).expect("open");
    // The rights of files do not bind a superuser, who may run this test; this pragma binds everyone.
    connection.pragma_update(None, "query_only", true).expect("lock");
    let store = SqliteStore::with(&path, connection).expect("start");
    let opened = store.open_run(Digest::of(b"plan"), Purpose::Check, sample::moment(0), false).await;
    let error = opened.expect_err("read-only");
    assert!(matches!(error, StoreError::Unavailable { operation: "open run", .. }), "{error}");
    assert!(chain(&error).contains("readonly"), "{}", chain(&error));
    assert_eq!(store.subjects().await.expect("subjects"), []);
}

#[tokio::test]
async fn one_refusal_does_not_spoil_the_others_of_its_group() {
    let folder = folder();
    let store = Arc::new(SqliteStore::open(folder.path().join("store.db")).expect("open"));
    let run = store.open_run(Digest::of(b"plan"), Purpose::Check, sample::moment(0), false).await.expect("open run").id;
    let calls: Vec<_> = (0..100)
        .map(|number| {
            let store = store.clone();
            // Every tenth names a run that does not exist.
            let run = if number % 10 == 0 { 404 } else { run };
            tokio::spawn(async move { store.record(run, &[record(number)]).await.is_ok() })
        })
        .collect();
    let mut succeeded = 0;
    for call in calls {
        succeeded += usize::from(call.await.expect("no panic"));
    }
    assert_eq!(succeeded, 90);
    assert_eq!(store.subjects().await.expect("subjects").len(), 90);
}

/// Names the file in which the child process records.
const CHILD: &str = "STORE_SQLITE_CRASH_TEST_FILE";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill() {
    if let Some(path) = std::env::var_os(CHILD) {
        return record_until_killed(Path::new(&path)).await;
    }
    const ACKNOWLEDGED: usize = 200;
    let folder = folder();
    let path = folder.path().join("store.db");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "tests::what_was_acknowledged_survives_a_kill", "--nocapture"])
        .env(CHILD, &path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("child");
    let output = BufReader::new(child.stdout.take().expect("piped"));
    let lines = output.lines().map(|line| line.expect("line"));
    let mut acknowledged = lines.filter_map(|line| line.strip_prefix("acknowledged ").map(ToOwned::to_owned));
    let mut names: Vec<String> = acknowledged.by_ref().take(ACKNOWLEDGED).collect();
    child.kill().expect("kill");
    // What it had printed before the signal was acknowledged too.
    names.extend(acknowledged);
    child.wait().expect("wait");
    assert!(names.len() >= ACKNOWLEDGED);
    let store = SqliteStore::open(&path).expect("open after the kill");
    let run = store.open_run(Digest::of(b"plan"), Purpose::Check, sample::moment(0), false).await.expect("taken up");
    for name in &names {
        let subject = sample::site(name);
        assert!(run.done.contains(&subject), "{name} was acknowledged");
        assert!(store.of_run(run.id, &subject).await.expect("of run").is_some(), "{name} was acknowledged");
    }
}

/// Four callers record for ever and print what was acknowledged.
async fn record_until_killed(path: &Path) {
    let store = Arc::new(SqliteStore::open(path).expect("open"));
    let run = store.open_run(Digest::of(b"plan"), Purpose::Check, sample::moment(0), false).await.expect("open run").id;
    let callers = (0..4_usize).map(|caller| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (caller..).step_by(4) {
                store.record(run, &[record(number)]).await.expect("record");
                // One write call, so that a line is whole or absent.
                std::io::stdout().write_all(format!("\nacknowledged s{number}\n").as_bytes()).expect("parent listens");
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("no panic");
    }
}
