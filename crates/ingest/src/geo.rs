//! Databases of countries and networks and lists of providers, read into an atlas.
//!
//! Invariant: a source that is named in the settings and cannot be used is an error, never an atlas that knows less than its user thinks.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use geo::{Atlas, Kind, Skipped, Source, SourceError, What};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::paths::Paths;

/// The largest source, in bytes and unpacked. The largest database of cities has about 130 MB.
const LARGEST: u64 = 512 << 20;

/// The `[geo]` part of the configuration: databases of countries and networks, lists of providers. None is built in; each is loaded in its
/// publisher's format, gzip-packed or not, and several of one kind are asked side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Countries by address: a path or a list of paths to MaxMind databases (`.mmdb`; GeoIP2, GeoLite2 and flat records) or tables
    /// (`.csv`: first address, last address, country code).
    pub country_db: Paths,
    /// Networks (AS) by address: a path or a list of paths to MaxMind databases or tables (first address, last address, number, organisation).
    pub asn_db: Paths,
    /// Providers of clouds, content delivery and protection: a path or a list of paths to lists in cdncheck's format (`sources_data.json`).
    pub providers: Paths,
}

/// Why a source cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// The file cannot be read or unpacked.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// More bytes than we are ready to read.
    #[error("{} is larger than {limit} bytes, unpacked", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most we read.
        limit: u64,
    },
    /// Its content is of no use.
    #[error("{} {error}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        error: SourceError,
    },
}

/// Loads every source that the settings name; beside the atlas, the rows of them that were left out.
///
/// # Errors
/// When a file cannot be read, or nothing in it can be used for what the settings name it for.
pub fn load(settings: &Settings) -> Result<(Atlas, Vec<Skipped>), GeoError> {
    let (mut sources, mut paths) = (Vec::new(), Vec::new());
    for (kind, given) in
        [(Kind::Country, &settings.country_db), (Kind::Asn, &settings.asn_db), (Kind::Providers, &settings.providers)]
    {
        for path in given.all() {
            let name = name_beside(path, &sources);
            sources.push(Source { name: name.clone(), kind, bytes: read(path)? });
            paths.push((name, path));
        }
    }
    let (atlas, mut skipped) = Atlas::build(sources);
    let whole = skipped.iter().position(|skipped| matches!(skipped.what, What::Whole(_)));
    if let Some(Skipped { source, what: What::Whole(error) }) = whole.map(|place| skipped.swap_remove(place)) {
        let path = paths.into_iter().find(|(name, _)| *name == source).map_or_else(|| source.into(), |(_, path)| path.clone());
        return Err(GeoError::Content { path, error });
    }
    Ok((atlas, skipped))
}

/// The file's name; with a number behind it when a source before has it.
fn name_beside(path: &Path, sources: &[Source]) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    let is_free = |wanted: &String| sources.iter().all(|source| source.name != *wanted);
    let numbered = (2_usize..).map(|number| format!("{name} #{number}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or_default()
}

fn read(path: &Path) -> Result<Vec<u8>, GeoError> {
    let failed = |source| GeoError::Read { path: path.into(), source };
    let bounded = |reader: &mut dyn Read| {
        let mut bytes = Vec::new();
        reader.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
        match bytes.len() as u64 > LARGEST {
            true => Err(GeoError::TooLarge { path: path.into(), limit: LARGEST }),
            false => Ok(bytes),
        }
    };
    let bytes = bounded(&mut File::open(path).map_err(failed)?)?;
    match bytes.starts_with(b"\x1f\x8b") {
        true => bounded(&mut MultiGzDecoder::new(bytes.as_slice())),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests;
