//! Templates from disk: the folders named in the settings, read for the template engine.
//!
//! The templates are not shipped: a user loads the publisher's present edition, or his own. A path that cannot be read is an error; a
//! template that is refused is told by the catalogue, with its class.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ::templates::{Catalogue, Source};

use crate::paths::Paths;

/// Greatest size of one file, in bytes; what is larger is refused as no template.
const MOST_BYTES: u64 = 4 << 20;
/// Greatest size of all files, in bytes.
const MOST_IN_ALL: u64 = 256 << 20;
/// Greatest number of files.
const MOST_FILES: usize = 50_000;
/// Greatest depth of folders.
const MOST_DEPTH: usize = 12;

/// Why templates could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file or folder could not be read.
    #[error("[templates]: cannot read {path}: {error}; correct the path or its permissions")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Too large.
    #[error("[templates]: {path} is larger than a set of templates can be ({most}); name the folders that are wanted")]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The limit in words.
        most: &'static str,
    },
    /// Nothing there that could be loaded.
    #[error("[templates]: {path} holds no .yaml or .yml; unpack the publisher's archive first")]
    Empty {
        /// Which.
        path: PathBuf,
    },
}

/// Reads every `.yaml` and `.yml` that the paths name: files, and folders with everything below them.
///
/// # Errors
/// The first path that cannot be read, is too large or holds nothing.
pub fn load(paths: &Paths) -> Result<Catalogue, TemplateError> {
    let mut loader = Loader::default();
    for path in paths.all() {
        let before = loader.sources.len();
        loader.walk(path, path, 0)?;
        if loader.sources.len() == before {
            return Err(TemplateError::Empty { path: path.clone() });
        }
    }
    Ok(Catalogue::read(loader.sources))
}

#[derive(Default)]
struct Loader {
    total: u64,
    sources: Vec<Source>,
}

impl Loader {
    /// Reads a file, or what lies below a folder. Links are followed only where the settings name them.
    fn walk(&mut self, root: &Path, path: &Path, depth: usize) -> Result<(), TemplateError> {
        let unread = |error| TemplateError::Read { path: path.to_owned(), error };
        let meta = if depth == 0 { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) }.map_err(unread)?;
        if meta.is_dir() {
            if depth == MOST_DEPTH {
                return Err(TemplateError::TooLarge { path: path.to_owned(), most: "12 folders deep" });
            }
            let entries: Result<Vec<_>, _> =
                std::fs::read_dir(path).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
            let mut entries = entries.map_err(unread)?;
            entries.sort();
            return entries.iter().try_for_each(|entry| self.walk(root, entry, depth + 1));
        }
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let known = matches!(ending.as_deref(), Some("yaml" | "yml"));
        // A file that the settings name itself is read whatever its name; a pipe or device never is.
        if meta.is_file() && (known || depth == 0) { self.file(root, path) } else { Ok(()) }
    }

    fn file(&mut self, root: &Path, path: &Path) -> Result<(), TemplateError> {
        let too_large = |most| TemplateError::TooLarge { path: path.to_owned(), most };
        if self.sources.len() == MOST_FILES {
            return Err(too_large("50,000 files"));
        }
        let mut bytes = Vec::new();
        // One byte beyond the bound, by which the engine knows it for too large.
        let read = File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
        self.total += read.map_err(|error| TemplateError::Read { path: path.to_owned(), error })? as u64;
        if self.total > MOST_IN_ALL {
            return Err(too_large("256 MiB in all"));
        }
        let below = path.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
        let name = below.map_or_else(|| path.file_name().unwrap_or_default().to_string_lossy(), |below| below.to_string_lossy());
        self.sources.push(Source { name: name.into_owned(), bytes });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIT: &str = "id: git-config\ninfo: {name: Git}\nhttp:\n  - path: ['{{BaseURL}}/.git/config']\n    matchers: [{type: word, words: ['[core]']}]\n";

    #[test]
    fn folders_and_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        std::fs::create_dir(root.join("exposures")).expect("a folder");
        std::fs::write(root.join("exposures/git-config.yaml"), GIT).expect("written");
        std::fs::write(
            root.join("exposures/post.yml"),
            GIT.replace("git-config\n", "post\n").replace("path:", "method: POST\n    path:"),
        )
        .expect("written");
        std::fs::write(root.join("README.md"), "no").expect("written");
        std::fs::write(root.join("large.yaml"), vec![b' '; MOST_BYTES as usize + 1]).expect("written");
        let catalogue = load(&Paths::One(root.to_owned())).expect("a catalogue");
        assert_eq!(catalogue.templates().iter().map(::templates::Template::id).collect::<Vec<_>>(), ["git-config"]);
        let refused: Vec<String> = catalogue.refused_by_class().into_keys().collect();
        assert_eq!(refused, ["method", "unreadable"]);
        let one = load(&Paths::Several(vec![root.join("exposures/git-config.yaml")])).expect("a catalogue");
        assert_eq!(one.templates().len(), 1);
        assert!(load(&Paths::default()).expect("nothing").is_empty());
    }

    #[test]
    fn errors_name_the_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = load(&Paths::One(folder.path().join("nowhere"))).expect_err("missing").to_string();
        assert!(missing.starts_with("[templates]: cannot read ") && missing.contains("nowhere"), "{missing}");
        assert!(matches!(load(&Paths::One(folder.path().to_owned())), Err(TemplateError::Empty { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_inside_a_folder_are_not_followed() {
        let (folder, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        std::fs::write(elsewhere.path().join("a.yaml"), GIT).expect("written");
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("link")).expect("a link");
        std::os::unix::fs::symlink(elsewhere.path().join("a.yaml"), folder.path().join("b.yaml")).expect("a link");
        assert!(matches!(load(&Paths::One(folder.path().to_owned())), Err(TemplateError::Empty { .. })));
    }
}
