//! Writes the generated files.

use std::fs;

use anyhow::Context;

/// Writes every file that differs and says which.
pub fn run() -> anyhow::Result<()> {
    for (path, content) in app::generated::files() {
        let file = crate::root().join(&path);
        if fs::read_to_string(&file).ok().as_ref() == Some(&content) {
            continue;
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(&file, content).with_context(|| format!("cannot write {path}"))?;
        eprintln!("wrote {path}");
    }
    Ok(())
}
