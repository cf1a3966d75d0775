//! What every store must do.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use model::digest::Digest;
use model::subject::SubjectId;

use super::sample::{moment, sealed, site};
use crate::store::{MOST_VERDICTS, Purpose, Sealed, Store};

/// Reading before anything was written yields nothing and no error.
pub async fn an_empty_store_has_nothing(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    assert_eq!(store.subjects().await.expect("subjects"), []);
    assert_eq!(store.last_run(Purpose::Check).await.expect("last run"), None);
    assert_eq!(store.latest(&site("a")).await.expect("latest"), None);
    assert_eq!(store.of_run(1, &site("a")).await.expect("of run"), None);
    assert_eq!(store.verdicts("").await.expect("verdicts"), []);
    assert_eq!(store.bundle(Digest::of(b"")).await.expect("bundle"), None);
}

/// A record comes back equal in every way in which it can be asked for, times to the millisecond and verdicts in their order.
pub async fn a_record_comes_back_as_it_was(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let record = sealed(&site("a"), moment(123), "引号 ' \" 与 \u{1f600}", 5);
    let run = begin(&*store, b"plan").await;
    store.record(run, std::slice::from_ref(&record)).await.expect("record");
    let digest = record.bundle.digest().expect("digest");
    assert_eq!(store.bundle(digest).await.expect("bundle").as_ref(), Some(&record.bundle));
    assert_eq!(store.of_run(run, &site("a")).await.expect("of run").as_ref(), Some(&record));
    assert_eq!(store.latest(&site("a")).await.expect("latest").as_ref(), Some(&record));
    assert_eq!(store.of_run(run, &site("b")).await.expect("of run"), None);
    assert_eq!(store.of_run(run + 1, &site("a")).await.expect("of run"), None);
}

/// Delivery is at least once, so a second delivery must do no harm.
pub async fn recording_again_changes_nothing(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    let records = [sealed(&site("a"), moment(1), "first", 2), sealed(&site("a"), moment(1), "second", 2)];
    store.record(run, &records).await.expect("record");
    store.record(run, &records[..1]).await.expect("again");
    // The second was recorded last, and repeating the first does not make it newer.
    assert_eq!(store.latest(&site("a")).await.expect("latest").as_ref(), Some(&records[1]));
    assert_eq!(store.verdicts("").await.expect("verdicts").len(), 4);
}

/// The rules may say something else of the same evidence.
pub async fn other_verdicts_of_a_bundle_replace_the_first(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    let record = sealed(&site("a"), moment(1), "", 3);
    store.record(run, std::slice::from_ref(&record)).await.expect("record");
    let fewer = Sealed { verdicts: record.verdicts[1..].to_vec(), ..record };
    store.record(run, std::slice::from_ref(&fewer)).await.expect("replace");
    assert_eq!(store.of_run(run, &site("a")).await.expect("of run").as_ref(), Some(&fewer));
    assert_eq!(store.verdicts("").await.expect("verdicts").len(), 2);
    let later = begin(&*store, b"later").await;
    let mut reworded = fewer.clone();
    reworded.verdicts[0].reason.en = "reworded".into();
    store.record(later, std::slice::from_ref(&reworded)).await.expect("record");
    assert_eq!(store.of_run(run, &site("a")).await.expect("of run").as_ref(), Some(&fewer));
    let id = reworded.verdicts[0].id.to_string();
    assert_eq!(store.verdicts(&id).await.expect("verdicts"), reworded.verdicts[..1]);
}

/// Evidence is never overwritten.
pub async fn another_bundle_in_a_run_is_kept_beside_the_first(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    let (newer, older) = (sealed(&site("a"), moment(2), "", 1), sealed(&site("a"), moment(1), "", 1));
    store.record(run, std::slice::from_ref(&newer)).await.expect("first");
    store.record(run, std::slice::from_ref(&older)).await.expect("second");
    assert_eq!(store.of_run(run, &site("a")).await.expect("of run").as_ref(), Some(&older));
    let digest = newer.bundle.digest().expect("digest");
    assert_eq!(store.bundle(digest).await.expect("bundle").as_ref(), Some(&newer.bundle));
}

/// A batch for a run that does not exist leaves no trace.
pub async fn a_batch_is_all_or_nothing(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let record = sealed(&site("a"), moment(1), "", 1);
    assert!(store.record(7, std::slice::from_ref(&record)).await.is_err());
    assert_eq!(store.subjects().await.expect("subjects"), []);
    assert_eq!(store.bundle(record.bundle.digest().expect("digest")).await.expect("bundle"), None);
    // The store works on after a refusal.
    let run = begin(&*store, b"plan").await;
    store.record(run, &[record]).await.expect("record");
}

/// An unfinished run with the same plan goes on; one with another plan does not.
pub async fn a_run_is_taken_up_where_it_stopped(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    store.record(run, &[sealed(&site("b"), moment(1), "", 1), sealed(&site("a"), moment(1), "", 1)]).await.expect("record");
    let other = store.open_run(Digest::of(b"other plan"), Purpose::Check, moment(2), false).await.expect("other");
    assert_ne!(other.id, run);
    assert_eq!(other.done, BTreeSet::new());
    let again = store.open_run(Digest::of(b"plan"), Purpose::Check, moment(3), false).await.expect("again");
    assert_eq!((again.id, again.started), (run, moment(0)));
    assert_eq!(again.done, BTreeSet::from([site("a"), site("b")]));
}

/// A fresh run begins with nothing done, and what it abandoned stays abandoned.
pub async fn a_fresh_run_abandons_the_unfinished_one(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    store.record(run, &[sealed(&site("a"), moment(1), "", 1)]).await.expect("record");
    let fresh = store.open_run(Digest::of(b"plan"), Purpose::Check, moment(2), true).await.expect("fresh");
    assert!(fresh.id > run);
    assert_eq!((fresh.started, fresh.done), (moment(2), BTreeSet::new()));
    store.close_run(fresh.id, moment(3)).await.expect("close");
    let next = store.open_run(Digest::of(b"plan"), Purpose::Check, moment(4), false).await.expect("next");
    assert!(next.id > fresh.id);
    assert!(store.of_run(run, &site("a")).await.expect("of run").is_some());
}

/// After its end a plan is carried out anew.
pub async fn a_finished_run_is_not_taken_up(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    store.close_run(run, moment(1)).await.expect("close");
    store.close_run(run, moment(2)).await.expect("close again");
    let next = store.open_run(Digest::of(b"plan"), Purpose::Check, moment(3), false).await.expect("next");
    assert!(next.id > run);
    assert_eq!(next.started, moment(3));
}

/// The newest run is the one opened last, finished or not, whatever its plan and its clock.
pub async fn the_last_run_is_the_newest(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let first = store.open_run(Digest::of(b"one"), Purpose::Check, moment(10), false).await.expect("first");
    let second = store.open_run(Digest::of(b"two"), Purpose::Check, moment(5), false).await.expect("second");
    store.record(second.id, &[sealed(&site("a"), moment(6), "", 1)]).await.expect("record");
    store.close_run(second.id, moment(7)).await.expect("close");
    store.open_run(Digest::of(b"one"), Purpose::Check, moment(20), false).await.expect("taken up");
    let last = store.last_run(Purpose::Check).await.expect("last run").expect("there are runs");
    assert!(last.id > first.id);
    assert_eq!((last.id, last.started, last.done), (second.id, moment(5), BTreeSet::from([site("a")])));
}

/// A mapping run of the same plan is a run of its own, and what it records answers no question about verdicts.
pub async fn a_mapping_run_stays_apart(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let (first, second) = (site("a"), site("b"));
    let check = store.open_run(Digest::of(b"plan"), Purpose::Check, moment(1), false).await.expect("check");
    let map = store.open_run(Digest::of(b"plan"), Purpose::Map, moment(2), false).await.expect("map");
    assert_ne!(check.id, map.id);
    let (judged, mapped) = (sealed(&first, moment(3), "judged", 2), sealed(&first, moment(4), "mapped", 0));
    store.record(check.id, std::slice::from_ref(&judged)).await.expect("record");
    store.record(map.id, &[mapped.clone(), sealed(&second, moment(4), "mapped", 0)]).await.expect("record");
    assert_eq!(store.latest(&first).await.expect("latest"), Some(judged));
    assert_eq!(store.subjects().await.expect("subjects"), std::slice::from_ref(&first));
    assert_eq!(store.of_run(map.id, &first).await.expect("of run"), Some(mapped));
    assert_eq!(store.last_run(Purpose::Check).await.expect("last run").expect("a run").id, check.id);
    assert_eq!(store.last_run(Purpose::Map).await.expect("last run").expect("a run").done.len(), 2);
}

/// Nothing can be recorded in, or closed, that was never opened.
pub async fn an_unknown_run_is_an_error(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    for run in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert!(store.record(run, &[]).await.is_err(), "record in run {run}");
        assert!(store.close_run(run, moment(1)).await.is_err(), "close run {run}");
    }
}

/// A record that arrives late does not hide a newer one; of two at one millisecond the one recorded last counts.
pub async fn the_latest_is_by_reference_time_then_by_recording(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let first = begin(&*store, b"one").await;
    let newest = sealed(&site("a"), moment(1_001), "", 1);
    store.record(first, std::slice::from_ref(&newest)).await.expect("newest");
    let second = begin(&*store, b"two").await;
    store.record(second, &[sealed(&site("a"), moment(1_000), "", 1)]).await.expect("older");
    assert_eq!(store.latest(&site("a")).await.expect("latest").as_ref(), Some(&newest));
    let same_moment = sealed(&site("a"), moment(1_001), "recorded later", 1);
    store.record(second, std::slice::from_ref(&same_moment)).await.expect("same moment");
    assert_eq!(store.latest(&site("a")).await.expect("latest").as_ref(), Some(&same_moment));
    let hair_earlier = moment(1_001).checked_add(jiff::SignedDuration::from_nanos(-1)).expect("in range");
    store.record(second, &[sealed(&site("a"), hair_earlier, "", 1)]).await.expect("hair earlier");
    assert_eq!(store.latest(&site("a")).await.expect("latest").as_ref(), Some(&same_moment));
}

/// The order is that of the written form, each subject once.
pub async fn subjects_come_in_byte_order(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let mail = SubjectId::mail("example.gov.cn");
    let institution = SubjectId::institution("某某县人民政府");
    let given = [site("b"), institution.clone(), site("a"), mail.clone(), site("B")];
    for plan in [b"one", b"two"] {
        let run = begin(&*store, plan).await;
        let records: Vec<_> = given.iter().map(|subject| sealed(subject, moment(1), "", 1)).collect();
        store.record(run, &records).await.expect("record");
    }
    assert_eq!(store.subjects().await.expect("subjects"), [institution, mail, site("B"), site("a"), site("b")]);
}

/// Any number of leading digits finds a verdict; what is no digit finds nothing.
pub async fn verdicts_are_found_by_prefix(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    let record = sealed(&site("a"), moment(1), "", 200);
    store.record(run, std::slice::from_ref(&record)).await.expect("record");
    let mut ids: Vec<_> = record.verdicts.iter().map(|verdict| verdict.id.to_string()).collect();
    ids.sort();
    for prefix in ["", "0", "f", "5a", &ids[17], &ids[199].to_uppercase()] {
        let found = store.verdicts(prefix).await.expect("verdicts");
        let found: Vec<_> = found.iter().map(|verdict| verdict.id.to_string()).collect();
        let matching = ids.iter().filter(|id| id.starts_with(&prefix.to_lowercase()));
        assert_eq!(found, matching.take(MOST_VERDICTS).cloned().collect::<Vec<_>>(), "prefix {prefix:?}");
    }
    for nonsense in ["%", "_", "x", "' or 1=1 --", "政务", &format!("{}0", ids[0])] {
        assert_eq!(store.verdicts(nonsense).await.expect("verdicts"), [], "prefix {nonsense:?}");
    }
}

/// One call with many subjects, and an empty one.
pub async fn a_large_batch_is_kept(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    store.record(run, &[]).await.expect("nothing to record");
    let records: Vec<_> = (0..2_000).map(|number| sealed(&site(&format!("s{number:04}")), moment(1), "", 3)).collect();
    store.record(run, &records).await.expect("record");
    assert_eq!(store.subjects().await.expect("subjects").len(), 2_000);
    assert_eq!(store.latest(&site("s1999")).await.expect("latest").as_ref(), Some(&records[1_999]));
}

/// Two openings of one place, as of two processes, write at once and both see everything.
pub async fn two_handles_write_at_once(open: &impl Fn() -> Arc<dyn Store>) {
    let handles = [open(), open()];
    let run = begin(&*handles[0], b"plan").await;
    assert_eq!(begin(&*handles[1], b"plan").await, run);
    let writer = |store: Arc<dyn Store>| async move {
        for number in 0..40 {
            // Both write the same subjects, so that each meets rows of the other.
            let record = sealed(&site(&format!("s{number}")), moment(number), "", 2);
            store.record(run, &[record]).await.expect("record");
        }
    };
    join_all(handles.clone().map(writer)).await;
    for store in handles {
        assert_eq!(store.subjects().await.expect("subjects").len(), 40);
    }
}

/// Many callers share one handle.
pub async fn one_handle_serves_many_at_once(open: &impl Fn() -> Arc<dyn Store>) {
    let store = open();
    let run = begin(&*store, b"plan").await;
    let caller = |number| {
        let store = store.clone();
        async move {
            let subject = site(&format!("s{number}"));
            let record = sealed(&subject, moment(number), "", 2);
            store.record(run, std::slice::from_ref(&record)).await.expect("record");
            assert_eq!(store.latest(&subject).await.expect("latest"), Some(record));
        }
    };
    join_all((0..200).map(caller)).await;
    assert_eq!(store.last_run(Purpose::Check).await.expect("last run").expect("a run").done.len(), 200);
}

/// After the last handle is dropped, a new one finds run and records.
pub async fn everything_is_there_after_reopening(open: &impl Fn() -> Arc<dyn Store>) {
    let record = sealed(&site("a"), moment(1), "", 3);
    let run = {
        let store = open();
        let run = begin(&*store, b"plan").await;
        store.record(run, std::slice::from_ref(&record)).await.expect("record");
        run
    };
    let store = open();
    assert_eq!(store.latest(&site("a")).await.expect("latest").as_ref(), Some(&record));
    let again = store.open_run(Digest::of(b"plan"), Purpose::Check, moment(9), false).await.expect("open run");
    assert_eq!((again.id, again.started, again.done), (run, moment(0), BTreeSet::from([site("a")])));
}

async fn begin(store: &dyn Store, plan: &[u8]) -> i64 {
    let almost_a_millisecond = jiff::SignedDuration::from_nanos(999_999);
    let at = moment(0).checked_add(almost_a_millisecond).expect("in range");
    let run = store.open_run(Digest::of(plan), Purpose::Check, at, false).await.expect("open run");
    assert_eq!(run.started, moment(0));
    run.id
}
