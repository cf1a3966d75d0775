//! The real sets, read from the folder `MINGCHA_SAMPLE_DATA`.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "shared by tests and a bench, which read files"
)]

use std::io::Read;
use std::path::Path;
use std::process::Command;

use fingerprints::{Set, Source};

/// All sets, or `None` with a word when there are none.
pub fn all() -> Option<Vec<Source>> {
    Set::ALL.into_iter().map(set).collect::<Option<Vec<_>>>().map(|sets| sets.concat())
}

/// One set.
pub fn set(set: Set) -> Option<Vec<Source>> {
    let Some(root) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return None;
    };
    let folder = Path::new(&root).join("02-fingerprints");
    Some(match set {
        Set::Wappalyzer => archive(set, &folder.join("wappalyzer-enthec/webappanalyzer-technologies.tar.xz"), ".json"),
        Set::Recog => plain(set, &folder.join("recog/xml")),
        Set::FingerprintHub => {
            let mut sources = archive(set, &folder.join("fingerprinthub/fingerprinthub-web-yaml.tar.xz"), ".yaml");
            for name in ["web_fingerprint_v3.json.gz", "web_fingerprint_v4.json.gz"] {
                let mut bytes = Vec::new();
                let packed = std::fs::File::open(folder.join("fingerprinthub").join(name)).unwrap();
                flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
                sources.push(Source { set, name: name.to_owned(), bytes });
            }
            sources
        }
        Set::Ehole => vec![file(set, &folder.join("ehole/finger.json"))],
        Set::Wafw00f => vec![file(set, &Path::new(&root).join("07-waf-cdn/wafw00f-rules.json"))],
    })
}

fn file(set: Set, path: &Path) -> Source {
    Source { set, name: path.file_name().unwrap().to_string_lossy().into_owned(), bytes: std::fs::read(path).unwrap() }
}

fn plain(set: Set, folder: &Path) -> Vec<Source> {
    std::fs::read_dir(folder).unwrap().map(|entry| file(set, &entry.unwrap().path())).collect()
}

fn archive(set: Set, packed: &Path, ending: &str) -> Vec<Source> {
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar").arg("-xf").arg(packed).arg("-C").arg(folder.path()).status().unwrap();
    assert!(unpacked.success(), "tar -xf {}", packed.display());
    let mut sources = Vec::new();
    walk(set, folder.path(), ending, &mut sources);
    sources
}

fn walk(set: Set, folder: &Path, ending: &str, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(set, &path, ending, sources);
        } else if path.to_string_lossy().ends_with(ending) {
            sources.push(file(set, &path));
        }
    }
}
