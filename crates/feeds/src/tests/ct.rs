//! Looks at the lab's certificate transparency log.

use ingest::source::input::Input;
use ingest::source::{Record, Sink, Stopped};
use jiff::Timestamp;
use lab::ct_log::{CtLog, Mischief};
use model::ledger::source::{Rejected, SourceKind};
use serde_json::Value;

use crate::delivery::{Marker, Outcome};
use crate::error::FeedError;
use crate::source::Feed;
use crate::tests::{Bench, bench};

async fn log_of(names: std::ops::Range<usize>) -> CtLog {
    let log = CtLog::start().await.expect("a log");
    issue(&log, names);
    log
}

fn issue(log: &CtLog, names: std::ops::Range<usize>) {
    let at = Timestamp::from_second(1_790_000_000).expect("a time");
    for number in names {
        log.issue("甲市人民政府", &[&format!("www.x{number}.gov.cn")], at).expect("a certificate");
    }
}

fn feed_of(log: &CtLog) -> Feed {
    let place = format!("ct:{}", log.url());
    Feed { log_key: Some(log.key()), back_off_s: 0.001, ..Feed::new(SourceKind::CtLog, "实验日志", place) }
}

/// The first names of the entries of a look, which is one delivery.
fn names(outcome: &Outcome) -> Vec<String> {
    let [fetched] = outcome.new.as_slice() else { panic!("{outcome:?}") };
    let text = std::fs::read_to_string(fetched.file.path()).expect("a delivery");
    let first =
        |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["dns_names"][0].as_str().expect("a name").to_owned();
    text.lines().map(first).collect()
}

fn expected(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("www.x{number}.gov.cn")).collect()
}

async fn look(bench: &Bench, feed: &Feed, last: Option<&Marker>) -> Outcome {
    bench.fetcher.fetch(feed, last).await.expect("a look")
}

#[tokio::test]
async fn each_look_goes_on_after_the_one_before() {
    let (log, bench) = (log_of(0..5).await, bench(&[]));
    let feed = feed_of(&log);
    let first = look(&bench, &feed, None).await;
    assert_eq!(names(&first), expected(0..5));
    let text = std::fs::read_to_string(first.new[0].file.path()).expect("a delivery");
    let line: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    assert_eq!((line["subject"]["O"].as_str(), line["entry"].as_u64()), (Some("甲市人民政府"), Some(0)));
    assert_eq!(line["entry_timestamp"], "2026-09-21T14:13:20Z");

    assert!(look(&bench, &feed, Some(&first.new[0].marker)).await.new.is_empty());
    issue(&log, 5..8);
    let second = look(&bench, &feed, Some(&first.new[0].marker)).await;
    assert_eq!(names(&second), expected(5..8));
    assert!(second.new[0].name.ends_with("/entries-5-7.jsonl"), "{}", second.new[0].name);
}

#[tokio::test]
async fn a_first_look_begins_near_the_end_and_a_long_log_comes_in_parts() {
    let (log, bench) = (log_of(0..21).await, bench(&[]));
    for backlog in 1..=21 {
        let feed = Feed { log_backlog: backlog, log_entries: 4, ..feed_of(&log) };
        let mut seen = Vec::new();
        let mut marker = None;
        loop {
            let outcome = look(&bench, &feed, marker.as_ref()).await;
            let Some(fetched) = outcome.new.first() else { break };
            seen.extend(names(&outcome));
            marker = Some(fetched.marker.clone());
        }
        assert_eq!(seen, expected(21 - backlog as usize..21), "{backlog}");
    }
}

#[tokio::test]
async fn a_log_may_give_fewer_entries_than_asked_for() {
    let (log, bench) = (log_of(0..10).await, bench(&[]));
    log.misbehave(Mischief::ShortBatches(3));
    assert_eq!(names(&look(&bench, &feed_of(&log), None).await), expected(0..10));
    assert_eq!(log.requests().iter().filter(|request| request.contains("get-entries")).count(), 4);
}

#[tokio::test]
async fn a_log_that_does_not_prove_what_it_says_delivers_nothing() {
    for (mischief, grows, word) in [
        (Mischief::Fork, true, "forked"),
        (Mischief::Fork, false, "forked"),
        (Mischief::Shrink(3), false, "shrunk"),
        (Mischief::Shrink(0), false, "shrunk to nothing"),
        (Mischief::BadSignature, true, "signed"),
    ] {
        let (log, bench) = (log_of(0..5).await, bench(&[]));
        let feed = feed_of(&log);
        let first = look(&bench, &feed, None).await;
        if grows {
            issue(&log, 5..7);
        }
        log.misbehave(mischief);
        let error = bench.fetcher.fetch(&feed, Some(&first.new[0].marker)).await.expect_err("a log that lies");
        assert!(matches!(&error, FeedError::Log { problem, .. } if problem.contains(word)), "{mischief:?}: {error}");
        assert_eq!(bench.files(), 1, "only the first delivery is on disk");
        // Once it behaves again, the marker is still good.
        log.misbehave(Mischief::None);
        assert_eq!(look(&bench, &feed, Some(&first.new[0].marker)).await.new.len(), usize::from(grows));
    }
}

#[tokio::test]
async fn entries_that_are_not_those_of_the_tree_are_noticed() {
    let (log, bench) = (log_of(0..6).await, bench(&[]));
    log.misbehave(Mischief::OtherEntries);
    for log_entries in [3, 100] {
        let feed = Feed { log_entries, ..feed_of(&log) };
        let error = bench.fetcher.fetch(&feed, None).await.expect_err("other entries");
        assert!(matches!(error, FeedError::Log { .. }), "{error}");
    }
    assert_eq!(bench.files(), 0);
}

#[tokio::test]
async fn a_server_that_lags_behind_is_no_liar() {
    let (log, bench) = (log_of(0..6).await, bench(&[]));
    let feed = feed_of(&log);
    let first = look(&bench, &feed, None).await;
    log.misbehave(Mischief::Lag(4));
    assert!(look(&bench, &feed, Some(&first.new[0].marker)).await.new.is_empty());
}

#[tokio::test]
async fn an_empty_log_and_a_wrong_key_say_what_they_are() {
    let (log, bench) = (log_of(0..0).await, bench(&[]));
    assert!(look(&bench, &feed_of(&log), None).await.new.is_empty());
    let feed = Feed { log_key: Some("AAAA".into()), ..feed_of(&log) };
    let error = bench.fetcher.fetch(&feed, None).await.expect_err("no key");
    assert!(matches!(error, FeedError::Settings { .. }), "{error}");
}

/// Keeps what an importer reads, and stops for nothing.
#[derive(Default)]
struct Kept {
    sightings: Vec<String>,
    claims: usize,
    rejected: usize,
}

impl Sink for Kept {
    fn take(&mut self, record: Record) -> Result<(), Stopped> {
        match record {
            Record::Claim(_) => self.claims += 1,
            Record::Sighting(seen) => self.sightings.push(format!("{} {}", seen.asset, seen.first)),
            Record::Statement(statement) => panic!("{statement:?}"),
        }
        Ok(())
    }

    fn reject(&mut self, _: Rejected) -> Result<(), Stopped> {
        self.rejected += 1;
        Ok(())
    }

    fn row(&mut self) {}
}

#[tokio::test]
async fn the_importer_reads_what_is_delivered() {
    let (log, bench) = (log_of(0..3).await, bench(&[]));
    log.append(b"no certificate", Timestamp::UNIX_EPOCH);
    let outcome = look(&bench, &feed_of(&log), None).await;
    let fetched = &outcome.new[0];
    let file = std::fs::File::open(fetched.file.path()).expect("a delivery");
    let mut input = Input::new(&fetched.name, fetched.at, file).expect("an input");
    let mut kept = Kept::default();
    let format = ingest::source::format(SourceKind::CtLog).expect("a format");
    (format.read)(&mut input, &mut kept).expect("readable");
    let host = |number| format!("host:www.x{number}.gov.cn 2026-09-21T14:13:20Z");
    assert_eq!(kept.sightings, [host(0), host(1), host(2)]);
    assert_eq!((kept.claims, kept.rejected), (3, 1), "owners are claimed; the entry without a certificate is reported");
}
