//! The configuration file: one struct a concern, every key with a default, unknown keys refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use ingest::paths::Paths;
use model::ledger::source::SourceKind;
use model::policy::Policy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How the product reaches out: resolvers, permitted ranges, pace, time-outs.
    pub net: dialer::settings::Settings,
    /// The browser that renders pages.
    pub browser: browser::settings::Settings,
    /// Thresholds and choices that rules read.
    pub policy: Policy,
    /// Bounds of the work.
    pub limits: Limits,
    /// Where ledger, observations and verdicts are kept.
    pub store: Place,
    /// Where raw evidence is kept.
    pub blobs: Place,
    /// Files of lists and registers by kind (`mingcha source formats`), a path or a list of paths each: `clouds = "clouds.csv"`. They are
    /// imported before each check and sweep, which costs nothing when they have not changed.
    pub lists: BTreeMap<SourceKind, Paths>,
    /// Sources that are fetched: `mingcha source sync`.
    pub sources: Vec<feeds::source::Feed>,
    /// When a delivery is held for a person.
    pub intake: Intake,
    /// The HTTP interface of `mingcha serve`.
    pub api: api::settings::Settings,
    /// Databases of countries and networks, and lists of providers.
    pub geo: ingest::geo::Settings,
    /// Fingerprint sets, by which technologies and products are told.
    pub fingerprints: ingest::fingerprints::FingerprintPaths,
    /// What a map looks at.
    pub map: Map,
    /// Bounds of fetching the scripts of a home page.
    pub scripts: probe::scripts::ScriptBounds,
    /// Active tests, which run where a grant reaches L3 or L4 and nowhere else.
    pub active: Active,
    /// Further vantage points: names and sites are looked at from each of them as well. Together they are as polite as one.
    pub vantages: Vec<dialer::settings::Vantage>,
    /// The queue between workers. Accepted for the coming versions: this one works in one process.
    pub queue: Place,
}

/// Bounds of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Subjects worked on at a time. What they may send is bounded under `[net]`.
    pub subjects_at_a_time: usize,
    /// External links looked at per site.
    pub links_per_site: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { subjects_at_a_time: 64, links_per_site: 50 }
    }
}

/// When a delivery is held for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Intake {
    /// A whole delivery that would withdraw more than this share of what its source says, in per cent, is held.
    pub hold_above_percent: u64,
    /// Sources that say less than this many things are never held.
    pub hold_from: u64,
}

impl Default for Intake {
    fn default() -> Self {
        Self { hold_above_percent: 50, hold_from: 5 }
    }
}

/// What a map looks at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Map {
    /// TCP ports that a survey tries where the grant reaches L2. Unset: the product's own list of usual ones.
    pub ports: Option<Vec<u16>>,
    /// UDP ports that a survey asks where the grant reaches L2. Unset: the product's own list of usual ones.
    pub udp_ports: Option<Vec<u16>>,
    /// Bounds of the walk over a site's own pages where the grant reaches L2.
    pub crawl: probe::crawl::CrawlBounds,
    /// Extracts of certificate transparency logs: a path or a list of paths to files of crt.sh's or certstream's JSON, tables, or a host on
    /// a line.
    pub ct_logs: Paths,
    /// Exports of passive DNS: a path or a list of paths to files in the Common Output Format, tables, or a host on a line.
    pub passive_dns: Paths,
}

/// Active tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Active {
    /// Templates of the nuclei format: a path or a list of paths to files and folders. What is not known to be harmless is refused
    /// (L3, see docs/TEMPLATES.md).
    pub templates: Paths,
    /// Bounds of applying templates to one site.
    pub proofs: probe::proofs::ProofBounds,
    /// Your list of vendors' default passwords (L4); none is shipped. Without it no password is tried.
    pub default_passwords: Option<PathBuf>,
    /// Seconds before each attempt to sign in but the first.
    pub password_pause_s: u64,
}

impl Default for Active {
    fn default() -> Self {
        Self {
            templates: Paths::default(),
            proofs: probe::proofs::ProofBounds::default(),
            default_passwords: None,
            password_pause_s: probe::passwords::PAUSE.as_secs(),
        }
    }
}

/// A place given by URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    /// `sqlite:/path/file.db` for the store; `sqlite:/path/file.db` or `file:/path/folder` for blobs. Empty: `mingcha.db` and `blobs.db`
    /// below the user's data folder (`$XDG_DATA_HOME/mingcha`, else `~/.local/share/mingcha`, else `/var/lib/mingcha`).
    pub url: String,
}

/// Where raw evidence is kept.
pub enum BlobsPlace {
    /// A file a blob.
    Folder(PathBuf),
    /// All in one SQLite file.
    File(PathBuf),
}

impl Config {
    /// Reads a configuration file; without one, every key has its default.
    pub fn load(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the configuration {}", path.display()))?;
        let config: Self = toml::from_str(&text).with_context(|| format!("the configuration {} is not valid", path.display()))?;
        if !config.queue.url.is_empty() {
            tracing::warn!("the configuration's [queue] is not read by this version");
        }
        for feed in &config.sources {
            feed.place().with_context(|| format!("the configuration {} is not valid: [[sources]]", path.display()))?;
        }
        Ok(config)
    }

    /// The store's file.
    pub fn store_file(&self) -> anyhow::Result<PathBuf> {
        place("store.url", &self.store.url, "sqlite:", "mingcha.db")
    }

    /// A folder beside the store, for what belongs to it.
    pub fn beside_store(&self, name: &str) -> anyhow::Result<PathBuf> {
        Ok(self.store_file()?.with_file_name(name))
    }

    /// The file for contacts.
    pub fn contact_log(&self) -> anyhow::Result<PathBuf> {
        match &self.net.contact_log {
            path if path.as_os_str().is_empty() => Ok(self.store_file()?.with_file_name("contacts.jsonl")),
            path => Ok(path.clone()),
        }
    }

    /// Where raw evidence is kept.
    pub fn blobs_place(&self) -> anyhow::Result<BlobsPlace> {
        match self.blobs.url.starts_with("file:") {
            true => Ok(BlobsPlace::Folder(place("blobs.url", &self.blobs.url, "file:", "blobs")?)),
            false => Ok(BlobsPlace::File(place("blobs.url", &self.blobs.url, "sqlite:", "blobs.db")?)),
        }
    }
}

fn place(key: &str, url: &str, scheme: &str, name: &str) -> anyhow::Result<PathBuf> {
    if url.is_empty() {
        return Ok(data_folder().join(name));
    }
    let path = url.strip_prefix(scheme).with_context(|| format!("{key} = \"{url}\": this build knows {scheme}… only"))?;
    let path = path.strip_prefix("//").unwrap_or(path);
    anyhow::ensure!(!path.is_empty(), "{key} = \"{url}\" names no path");
    Ok(path.into())
}

fn data_folder() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || from("HOME").map(|home| home.join(".local/share"));
    from("XDG_DATA_HOME").or_else(home).unwrap_or_else(|| "/var/lib".into()).join("mingcha")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_survive_a_round_trip_and_unknown_keys_are_refused() {
        let config = Config::default();
        assert_eq!(toml::from_str::<Config>(&toml::to_string(&config).unwrap()).unwrap(), config);
        let error = toml::from_str::<Config>("[net]\nresolver = []").unwrap_err().to_string();
        assert!(error.contains("resolver"), "{error}");
    }

    #[test]
    fn places_are_urls() {
        let at = |url: &str| place("store.url", url, "sqlite:", "x");
        assert_eq!(at("sqlite:/a/b.db").unwrap(), PathBuf::from("/a/b.db"));
        assert_eq!(at("sqlite:///a/b.db").unwrap(), PathBuf::from("/a/b.db"));
        assert_eq!(at("sqlite:b.db").unwrap(), PathBuf::from("b.db"));
        assert!(at("postgres://h/b").unwrap_err().to_string().contains("sqlite:"));
    }
}
