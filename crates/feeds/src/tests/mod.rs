//! Scenarios: looks at peers on loopback that behave in every way a server may, and at folders.

mod bucket;
mod ct;
mod folder;
mod peer;
mod web;

use std::collections::BTreeMap;
use std::path::PathBuf;

use model::ledger::source::SourceKind;
use tempfile::TempDir;

use crate::source::Feed;
use crate::{Fetcher, FetcherSettings};

/// A fetcher with a folder of its own, which knows these secrets.
pub struct Bench {
    pub fetcher: Fetcher,
    pub folder: TempDir,
}

pub fn bench(secrets: &[(&str, &str)]) -> Bench {
    bench_with(secrets, Vec::new())
}

/// The same with further roots.
pub fn bench_with(secrets: &[(&str, &str)], extra_root_certificates: Vec<PathBuf>) -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let secrets: BTreeMap<String, String> = secrets.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let settings =
        FetcherSettings { spool: folder.path().into(), extra_root_certificates, user_agent: "Mingcha/test".into(), proxy: None };
    let fetcher = Fetcher::new(&settings, Box::new(move |name| secrets.get(name).cloned())).expect("a fetcher");
    Bench { fetcher, folder }
}

/// A feed that is as impatient as a test.
pub fn feed(place: &str) -> Feed {
    Feed { back_off_s: 0.001, idle_timeout_s: 5.0, settle_s: 0.0, ..Feed::new(SourceKind::Icp, "省通管局", place) }
}

impl Bench {
    /// Deliveries that are still on disk.
    pub fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).expect("a folder").count()
    }
}

/// Names and bytes of deliveries.
pub fn contents(outcome: &crate::delivery::Outcome) -> Vec<(String, String)> {
    let read = |fetched: &crate::delivery::Fetched| {
        let text = std::fs::read_to_string(fetched.file.path()).expect("a delivery");
        assert_eq!(fetched.digest, model::digest::Digest::of(text.as_bytes()));
        assert_eq!(fetched.bytes, text.len() as u64);
        (fetched.name.rsplit('/').next().expect("a name").to_owned(), text)
    };
    outcome.new.iter().map(read).collect()
}
