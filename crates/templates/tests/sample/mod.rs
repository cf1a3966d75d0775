//! The published templates of the sample data.

use std::path::{Path, PathBuf};
use std::process::Command;

use templates::Source;

/// The published templates, unpacked; `None` without sample data.
pub fn sources() -> Option<Vec<Source>> {
    let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA").map(PathBuf::from) else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return None;
    };
    let packed = std::fs::read_dir(folder.join("06-nuclei-templates")).unwrap();
    let packed = packed.map(|entry| entry.unwrap().path()).find(|path| path.to_string_lossy().ends_with(".tar.xz")).unwrap();
    let unpacked = tempfile::tempdir().unwrap();
    let done = Command::new("tar").arg("-xf").arg(&packed).arg("-C").arg(unpacked.path()).status().unwrap();
    assert!(done.success(), "tar -xf {}", packed.display());
    let mut sources = Vec::new();
    walk(unpacked.path(), unpacked.path(), &mut sources);
    Some(sources)
}

fn walk(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(root, &path, sources);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            sources.push(Source { name, bytes: std::fs::read(&path).unwrap() });
        }
    }
}
