//! Fingerprint sets from disk: files and folders named in the settings, read and unpacked for the engine.
//!
//! The sets are not shipped: a user loads the publisher's present edition. What cannot be read is an error with the file's name, since a
//! set that silently is not there would look like a site without technologies.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use fingerprints::{Set, Source};
use flate2::read::GzDecoder;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::paths::Paths;

/// Greatest size of one file, unpacked, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Greatest size of all files, unpacked, in bytes.
const MOST_IN_ALL: u64 = 512 << 20;
/// Greatest number of files.
const MOST_FILES: usize = 50_000;
/// Greatest depth of folders.
const MOST_DEPTH: usize = 12;

/// Where fingerprint sets lie, each as published: a file, a folder, or a list of them. `.json`, `.xml`, `.yaml` and `.yml` are read, and
/// these packed as `.gz`; folders are read with everything below them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FingerprintPaths {
    /// Wappalyzer-format technologies with `categories.json`: the folder `src` of github.com/enthec/webappanalyzer.
    pub wappalyzer: Paths,
    /// Rapid7 Recog: the folder `xml` of github.com/rapid7/recog.
    pub recog: Paths,
    /// FingerprintHub: its YAML folder `web-fingerprint`, or `web_fingerprint_v3.json` or `web_fingerprint_v4.json`.
    pub fingerprinthub: Paths,
    /// EHole: `finger.json`.
    pub ehole: Paths,
    /// Signs of protection devices: `wafw00f-rules.json`.
    pub wafw00f: Paths,
}

/// Why a set could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintError {
    /// The file or folder could not be read.
    #[error("[fingerprints] {set}: cannot read {path}: {error}; correct the path or its permissions")]
    Read {
        /// The set's key in the settings.
        set: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Too large.
    #[error("[fingerprints] {set}: {path} is larger than a fingerprint set can be ({most}); name the set's own folder")]
    TooLarge {
        /// The set's key in the settings.
        set: &'static str,
        /// Which.
        path: PathBuf,
        /// The limit in words.
        most: &'static str,
    },
    /// Nothing there that could be loaded.
    #[error(
        "[fingerprints] {set}: {path} holds no .json, .xml, .yaml or .yml (or .gz of these); unpack the publisher's archive first"
    )]
    Empty {
        /// The set's key in the settings.
        set: &'static str,
        /// Which.
        path: PathBuf,
    },
}

/// Reads everything that the settings name, in the order of paths.
///
/// # Errors
/// The first path that cannot be read, is too large or holds nothing.
pub fn load(paths: &FingerprintPaths) -> Result<Vec<Source>, FingerprintError> {
    let sets = [
        (Set::Wappalyzer, &paths.wappalyzer),
        (Set::Recog, &paths.recog),
        (Set::FingerprintHub, &paths.fingerprinthub),
        (Set::Ehole, &paths.ehole),
        (Set::Wafw00f, &paths.wafw00f),
    ];
    let mut loader = Loader { set: Set::Wappalyzer, total: 0, sources: Vec::new() };
    for (set, paths) in sets {
        loader.set = set;
        for path in paths.all() {
            let before = loader.sources.len();
            loader.walk(path, path, 0)?;
            if loader.sources.len() == before {
                return Err(FingerprintError::Empty { set: set.name(), path: path.clone() });
            }
        }
    }
    Ok(loader.sources)
}

struct Loader {
    set: Set,
    total: u64,
    sources: Vec<Source>,
}

impl Loader {
    /// Reads a file, or what lies below a folder. Links are followed only where the settings name them.
    fn walk(&mut self, root: &Path, path: &Path, depth: usize) -> Result<(), FingerprintError> {
        let meta = if depth == 0 { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) };
        let meta = meta.map_err(|error| self.unread(path, error))?;
        if meta.is_dir() {
            if depth == MOST_DEPTH {
                return Err(self.too_large(path, "12 folders deep"));
            }
            let entries: Result<Vec<_>, _> =
                std::fs::read_dir(path).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
            let mut entries = entries.map_err(|error| self.unread(path, error))?;
            entries.sort();
            return entries.iter().try_for_each(|entry| self.walk(root, entry, depth + 1));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        let known = [".json", ".xml", ".yaml", ".yml"].iter().any(|ending| plain.ends_with(ending));
        // A file that the settings name itself is read whatever its name; a pipe or device never is.
        if meta.is_file() && (known || depth == 0) { self.file(root, path, plain.len() < name.len()) } else { Ok(()) }
    }

    fn file(&mut self, root: &Path, path: &Path, packed: bool) -> Result<(), FingerprintError> {
        if self.sources.len() == MOST_FILES {
            return Err(self.too_large(path, "50,000 files"));
        }
        let file = File::open(path).map_err(|error| self.unread(path, error))?;
        let mut bytes = Vec::new();
        let most = MOST_BYTES.min(MOST_IN_ALL - self.total);
        let read = if packed {
            GzDecoder::new(file).take(most + 1).read_to_end(&mut bytes)
        } else {
            file.take(most + 1).read_to_end(&mut bytes)
        };
        let length = read.map_err(|error| self.unread(path, error))? as u64;
        if length > most {
            return Err(self.too_large(path, "64 MiB a file, 512 MiB in all"));
        }
        self.total += length;
        let below = path.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
        let name = below.map_or_else(|| path.file_name().unwrap_or_default().to_string_lossy(), |below| below.to_string_lossy());
        self.sources.push(Source { set: self.set, name: name.into_owned(), bytes });
        Ok(())
    }

    fn unread(&self, path: &Path, error: std::io::Error) -> FingerprintError {
        FingerprintError::Read { set: self.set.name(), path: path.to_owned(), error }
    }

    fn too_large(&self, path: &Path, most: &'static str) -> FingerprintError {
        FingerprintError::TooLarge { set: self.set.name(), path: path.to_owned(), most }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use super::*;

    fn pack(path: &Path, bytes: &[u8]) {
        let mut packed = flate2::write::GzEncoder::new(File::create(path).expect("a file"), flate2::Compression::fast());
        packed.write_all(bytes).and_then(|()| packed.finish().map(drop)).expect("written");
    }

    fn wappalyzer(path: &Path) -> FingerprintPaths {
        FingerprintPaths { wappalyzer: Paths::One(path.to_owned()), ..FingerprintPaths::default() }
    }

    #[test]
    fn folders_files_and_packed_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir(root.join("technologies")).expect("a folder");
        std::fs::write(root.join("technologies/a.json"), r#"{"A": {"html": "quux"}}"#).expect("written");
        std::fs::write(root.join("README.md"), "no").expect("written");
        pack(&root.join("categories.json.gz"), br#"{"1": {"name": "CMS", "priority": 1}}"#);
        let settings = format!("wappalyzer = {root:?}\nehole = [\"{}\"]", root.join("technologies/a.json").display());
        let paths: FingerprintPaths = toml::from_str(&settings).expect("settings");
        let sources = load(&paths).expect("sources");
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["categories.json.gz", "technologies/a.json", "a.json"]);
        assert_eq!(sources[0].bytes, br#"{"1": {"name": "CMS", "priority": 1}}"#);
        assert_eq!(load(&FingerprintPaths::default()).expect("nothing").len(), 0);
    }

    #[test]
    fn errors_name_the_file_and_the_setting() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = load(&wappalyzer(&folder.path().join("nowhere"))).expect_err("missing").to_string();
        assert!(missing.starts_with("[fingerprints] wappalyzer: cannot read ") && missing.contains("nowhere"), "{missing}");
        assert!(matches!(load(&wappalyzer(folder.path())), Err(FingerprintError::Empty { .. })));
        pack(&folder.path().join("bomb.json.gz"), &vec![b' '; MOST_BYTES as usize + 1]);
        assert!(matches!(load(&wappalyzer(folder.path())), Err(FingerprintError::TooLarge { .. })));
        std::fs::write(folder.path().join("bomb.json.gz"), "not packed").expect("written");
        assert!(matches!(load(&wappalyzer(folder.path())), Err(FingerprintError::Read { .. })));
    }
}
