//! What the configuration says of a source that is fetched: one entry of `[[sources]]`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use model::ledger::source::SourceKind;
use reqwest::header::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::FeedError;

/// A source that is fetched. `kind`, `name` and `place` have no default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// Kind of source, by its machine name: `icp`, `roster`, `ct` …
    pub kind: SourceKind,
    /// Name of the source, unique within the kind: who delivers.
    pub name: String,
    /// Where it lies: `https://host/file.csv.gz`, `file:/folder/*.csv`, `s3://bucket/prefix`, or `ct:https://log.example/2026/` for a
    /// certificate transparency log (RFC 6962).
    pub place: String,
    /// How often to look: `6h`, `30m`.
    #[serde(default = "defaults::every")]
    #[schemars(with = "String")]
    pub every: SignedDuration,
    /// The most bytes of one delivery, as it is transferred.
    #[serde(default = "defaults::max_bytes")]
    pub max_bytes: u64,
    /// Longest time for one look with all its repetitions, in seconds.
    #[serde(default = "defaults::timeout_s")]
    pub timeout_s: f64,
    /// Longest silence of the other side, in seconds.
    #[serde(default = "defaults::idle_timeout_s")]
    pub idle_timeout_s: f64,
    /// Pause before the first repetition, in seconds; it doubles with every further one.
    #[serde(default = "defaults::back_off_s")]
    pub back_off_s: f64,
    /// HTTP headers to send, each with the environment variable that holds its value: `Authorization = "ICP_TOKEN"`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Hosts to which the server may send us on, beside itself.
    #[serde(default)]
    pub redirect_hosts: Vec<String>,
    /// Folder: a file is complete when nothing has touched it for so many seconds.
    #[serde(default = "defaults::settle_s")]
    pub settle_s: f64,
    /// Bucket: the service's address, as `https://s3.example.gov.cn`.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Bucket: the region that goes into the signature.
    #[serde(default = "defaults::region")]
    pub region: String,
    /// Bucket: environment variable with the access key's id. Unset: the bucket is read without signing.
    #[serde(default)]
    pub access_key_env: Option<String>,
    /// Bucket: environment variable with the secret access key.
    #[serde(default)]
    pub secret_key_env: Option<String>,
    /// Certificate transparency log: its public key (SubjectPublicKeyInfo, DER) in base64, as log lists print it.
    #[serde(default)]
    pub log_key: Option<String>,
    /// Certificate transparency log: where the first look begins, in entries before the end of the log.
    #[serde(default = "defaults::log_backlog")]
    pub log_backlog: u64,
    /// Certificate transparency log: the most entries of one delivery.
    #[serde(default = "defaults::log_entries")]
    pub log_entries: u64,
}

mod defaults {
    use jiff::SignedDuration;

    pub fn every() -> SignedDuration {
        SignedDuration::from_hours(6)
    }
    pub fn max_bytes() -> u64 {
        2 << 30
    }
    pub fn timeout_s() -> f64 {
        3600.0
    }
    pub fn idle_timeout_s() -> f64 {
        30.0
    }
    pub fn back_off_s() -> f64 {
        2.0
    }
    pub fn settle_s() -> f64 {
        10.0
    }
    pub fn region() -> String {
        "us-east-1".into()
    }
    pub fn log_backlog() -> u64 {
        10_000
    }
    pub fn log_entries() -> u64 {
        100_000
    }
}

/// Where a source lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// One document of an HTTP(S) server.
    Web(Url),
    /// The files of a folder whose names fit a pattern.
    Folder {
        /// The folder.
        folder: PathBuf,
        /// File names, with `*`, `?` and `[…]`.
        pattern: glob::Pattern,
    },
    /// The objects of a bucket below a prefix.
    Bucket {
        /// The service.
        endpoint: Url,
        /// The bucket.
        bucket: String,
        /// What keys begin with; may be empty.
        prefix: String,
    },
    /// A certificate transparency log.
    Log(Url),
}

impl Feed {
    /// A feed with every key that has a default at it.
    pub fn new(kind: SourceKind, name: impl Into<String>, place: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            place: place.into(),
            every: defaults::every(),
            max_bytes: defaults::max_bytes(),
            timeout_s: defaults::timeout_s(),
            idle_timeout_s: defaults::idle_timeout_s(),
            back_off_s: defaults::back_off_s(),
            headers: BTreeMap::new(),
            redirect_hosts: Vec::new(),
            settle_s: defaults::settle_s(),
            endpoint: None,
            region: defaults::region(),
            access_key_env: None,
            secret_key_env: None,
            log_key: None,
            log_backlog: defaults::log_backlog(),
            log_entries: defaults::log_entries(),
        }
    }

    /// Refuses what cannot be meant, and tells where the source lies. Worth calling when the configuration is read.
    ///
    /// # Errors
    /// With the key that is wrong and what would be right.
    pub fn place(&self) -> Result<Place, FeedError> {
        let times = [self.timeout_s, self.idle_timeout_s, self.back_off_s, self.settle_s];
        if times.iter().any(|seconds| !(0.0..=1e6).contains(seconds)) || self.timeout_s == 0.0 || self.idle_timeout_s == 0.0 {
            return Err(self.wrong("times are seconds from 0 to 1000000, time-outs above 0"));
        }
        if !self.every.is_positive() {
            return Err(self.wrong("every is a time above 0, as 6h"));
        }
        if let Some(name) = self.headers.keys().find(|name| HeaderName::try_from(name.as_str()).is_err()) {
            return Err(self.wrong(&format!("headers: {name:?} is not a header's name")));
        }
        if let Some(pattern) = self.place.strip_prefix("file:") {
            self.folder(pattern)
        } else if let Some(rest) = self.place.strip_prefix("s3://") {
            self.bucket(rest)
        } else if let Some(log) = self.place.strip_prefix("ct:") {
            if self.log_key.is_none() || self.log_entries == 0 || self.log_backlog == 0 {
                return Err(self.wrong("a log needs log_key, its public key in base64; log_entries and log_backlog are above 0"));
            }
            // A base without the last slash would lose its last part when paths are joined to it.
            let log = if log.ends_with('/') { log.to_owned() } else { format!("{log}/") };
            self.url(&log).map(Place::Log)
        } else {
            self.url(&self.place).map(Place::Web)
        }
    }

    fn folder(&self, path: &str) -> Result<Place, FeedError> {
        let path = path.strip_prefix("//").unwrap_or(path);
        let (folder, pattern) = path.rsplit_once('/').unwrap_or(("", path));
        if !folder.starts_with('/') || folder.contains(['*', '?', '[']) || pattern.is_empty() {
            return Err(self.wrong("a folder is written file:/absolute/folder/*.csv, with wildcards in the file's name alone"));
        }
        let pattern = glob::Pattern::new(pattern).map_err(|error| self.wrong(&error.to_string()))?;
        Ok(Place::Folder { folder: folder.into(), pattern })
    }

    fn bucket(&self, rest: &str) -> Result<Place, FeedError> {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let Some(endpoint) = &self.endpoint else {
            return Err(self.wrong("a bucket needs endpoint, the service's address, as https://s3.example.gov.cn"));
        };
        if bucket.is_empty() {
            return Err(self.wrong("a bucket is written s3://bucket/prefix"));
        }
        if self.access_key_env.is_some() != self.secret_key_env.is_some() {
            return Err(self.wrong("access_key_env and secret_key_env go together"));
        }
        Ok(Place::Bucket { endpoint: self.url(endpoint)?, bucket: bucket.into(), prefix: prefix.into() })
    }

    fn url(&self, text: &str) -> Result<Url, FeedError> {
        let url = Url::parse(text).map_err(|error| self.wrong(&format!("{text:?} is not a URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(self.wrong("a place begins with https://, http://, file:/, s3:// or ct:https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(self.wrong("no password in a URL: name an environment variable under headers"));
        }
        Ok(url)
    }

    pub(crate) fn wrong(&self, problem: &str) -> FeedError {
        FeedError::Settings { feed: format!("{} {}", self.kind.word(), self.name), problem: problem.into() }
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout_s)
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.idle_timeout_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(toml: &str) -> Result<Place, String> {
        let feed: Feed = toml::from_str(toml).map_err(|error| error.to_string())?;
        feed.place().map_err(|error| error.to_string())
    }

    #[test]
    fn places_are_told_apart() {
        let base = "kind = \"icp\"\nname = \"省通管局\"\nevery = \"30m\"\n";
        let place = |rest: &str| parsed(&format!("{base}{rest}"));
        assert!(matches!(place("place = \"https://a.example/icp.csv.gz\""), Ok(Place::Web(_))));
        let folder = place("place = \"file:/srv/icp/*.csv\"").expect("a folder");
        assert!(
            matches!(&folder, Place::Folder { folder, pattern } if folder == &PathBuf::from("/srv/icp") && pattern.matches("a.csv"))
        );
        let bucket = place("place = \"s3://registers/icp/\"\nendpoint = \"http://127.0.0.1:9000\"").expect("a bucket");
        assert!(matches!(&bucket, Place::Bucket { bucket, prefix, .. } if bucket == "registers" && prefix == "icp/"));
        let log = place("place = \"ct:https://log.example/2026\"\nlog_key = \"AAAA\"").expect("a log");
        assert_eq!(log, Place::Log(Url::parse("https://log.example/2026/").expect("a URL")));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_would_be_right() {
        let base = "kind = \"icp\"\nname = \"x\"\n";
        for (rest, word) in [
            ("place = \"file:relative/*.csv\"", "absolute"),
            ("place = \"file:/a/*/b.csv\"", "wildcards"),
            ("place = \"s3://bucket/p\"", "endpoint"),
            ("place = \"ftp://a.example/x\"", "https://"),
            ("place = \"https://u:p@a.example/x\"", "environment variable"),
            ("place = \"ct:https://log.example/\"", "log_key"),
            ("place = \"https://a.example/x\"\nidle_timeout_s = 0", "time-outs above 0"),
            ("place = \"https://a.example/x\"\ncolour = 1", "unknown field"),
        ] {
            let error = parsed(&format!("{base}{rest}")).expect_err(rest);
            assert!(error.contains(word), "{rest}: {error}");
        }
    }

    #[test]
    fn the_written_defaults_are_those_of_new() {
        let read: Feed = toml::from_str("kind = \"icp\"\nname = \"x\"\nplace = \"https://a.example/x\"").expect("a feed");
        assert_eq!(read, Feed::new(SourceKind::Icp, "x", "https://a.example/x"));
    }
}
