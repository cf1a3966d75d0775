//! Laws on source files.
#![allow(clippy::expect_used, reason = "a law that cannot be read has failed")]

use std::fs;
use std::path::{Path, PathBuf};

const LONGEST: usize = 600;

fn sources() -> Vec<(PathBuf, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut open = vec![crates];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the workspace can be read") {
            let path = entry.expect("an entry can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).expect("sources are UTF-8")));
            }
        }
    }
    found
}

fn complain(law: &str, wrong: impl Fn(&str) -> bool) {
    let bad: Vec<_> = sources().into_iter().filter(|(_, text)| wrong(text)).map(|(path, _)| path.display().to_string()).collect();
    assert!(bad.is_empty(), "{law}:\n{}", bad.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    complain("files open with //!", |text| !text.starts_with("//! "));
}

#[test]
fn files_stay_readable() {
    complain("files have at most 600 lines", |text| text.lines().count() > LONGEST);
}

#[test]
fn no_test_is_ignored() {
    // Put together here, so that this file does not find itself.
    let mark = ["#[", "ignore"].concat();
    complain("no test is ignored", move |text| text.contains(&mark));
}
