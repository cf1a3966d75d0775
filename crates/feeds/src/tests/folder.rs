//! Looks at folders.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::delivery::{MOST_AT_ONCE, Marker, Outcome};
use crate::error::FeedError;
use crate::source::Feed;
use crate::tests::{bench, contents, feed};

fn feed_of(folder: &Path, pattern: &str) -> Feed {
    feed(&format!("file:{}/{pattern}", folder.display()))
}

async fn look(feed: &Feed, last: Option<&Marker>) -> Outcome {
    bench(&[]).fetcher.fetch(feed, last).await.expect("a look")
}

fn names(outcome: &Outcome) -> Vec<String> {
    outcome.new.iter().map(|fetched| fetched.name.rsplit('/').next().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn complete_files_come_once_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let feed = feed_of(folder.path(), "*.csv");
    for (name, text) in [("b.csv", "2"), ("a.csv", "1"), ("c.txt", "3"), (".d.csv", "4"), ("e.csv.part", "5"), ("f.csv~", "6")] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let bench = bench(&[]);
    let first = bench.fetcher.fetch(&feed, None).await.expect("a look");
    assert_eq!(contents(&first), [("a.csv".to_owned(), "1".to_owned()), ("b.csv".to_owned(), "2".to_owned())]);
    assert!(folder.path().join("a.csv").exists(), "files are left where they are");
    // Each marker goes just as far as its delivery: after a crash between the two, the second comes again.
    assert_eq!(names(&look(&feed, Some(&first.new[0].marker)).await), ["b.csv"]);
    let last = &first.new[1].marker;
    assert!(look(&feed, Some(last)).await.new.is_empty());

    fs::write(folder.path().join("a.csv"), "changed").expect("written");
    fs::rename(folder.path().join("e.csv.part"), folder.path().join("e.csv")).expect("renamed");
    // Written anew with the same content: nothing new.
    fs::write(folder.path().join("b.csv"), "2").expect("written");
    assert_eq!(names(&look(&feed, Some(last)).await), ["a.csv", "e.csv"]);
}

#[tokio::test]
async fn a_file_that_was_just_touched_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a.csv"), "half").expect("written");
    let patient = Feed { settle_s: 3600.0, ..feed_of(folder.path(), "*") };
    assert!(look(&patient, None).await.new.is_empty());
    // A writer that sets the time of writing back does not make its file older.
    let file = fs::File::options().write(true).open(folder.path().join("a.csv")).expect("a file");
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("set");
    assert!(look(&patient, None).await.new.is_empty());
}

#[tokio::test]
async fn nothing_leads_out_of_the_folder() {
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret"), "geheim").expect("written");
    let folder = tempfile::tempdir().expect("a folder");
    symlink(outside.path().join("secret"), folder.path().join("a.csv")).expect("a link");
    symlink(outside.path(), folder.path().join("b.csv")).expect("a link");
    fs::create_dir(folder.path().join("c.csv")).expect("a folder");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path().join("d.csv"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .expect("a named pipe");
    let outcome = look(&feed_of(folder.path(), "*.csv"), None).await;
    assert!(outcome.new.is_empty() && outcome.faulty.is_empty(), "{outcome:?}");
}

#[tokio::test]
async fn a_faulty_file_does_not_hold_up_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("a.csv", ""), ("b.csv", "<html>502"), ("c.csv", "far too long"), ("d.csv", "good")] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let feed = Feed { max_bytes: 10, ..feed_of(folder.path(), "*.csv") };
    let outcome = look(&feed, None).await;
    assert_eq!(names(&outcome), ["d.csv"]);
    assert!(matches!(
        outcome.faulty.as_slice(),
        [FeedError::Empty { .. }, FeedError::HtmlPage { .. }, FeedError::TooLarge { .. }]
    ));
    // They are told of again until they are mended.
    let again = look(&feed, Some(&outcome.new[0].marker)).await;
    assert_eq!((again.new.len(), again.faulty.len()), (0, 3));
}

#[tokio::test]
async fn many_files_come_a_few_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..MOST_AT_ONCE + 3 {
        fs::write(folder.path().join(format!("{number:03}.csv")), number.to_string()).expect("written");
    }
    let feed = feed_of(folder.path(), "*.csv");
    let first = look(&feed, None).await;
    let second = look(&feed, first.new.last().map(|fetched| &fetched.marker)).await;
    assert_eq!((first.new.len(), second.new.len()), (MOST_AT_ONCE, 3));
}

#[tokio::test]
async fn a_folder_that_is_gone_is_an_error() {
    let error = bench(&[]).fetcher.fetch(&feed("file:/no/such/folder/*.csv"), None).await.expect_err("no folder");
    assert!(matches!(error, FeedError::Folder { .. }), "{error}");
}
