//! The published templates: how many are taken, why the others are not, and that those taken find what they are for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test that reads files")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use templates::{Answer, Belief, Catalogue, HttpAnswer, Request, Source, StoredAnswer, Target};

/// The published templates, unpacked; `None` without sample data.
fn sources() -> Option<Vec<Source>> {
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

#[test]
fn real() {
    let Some(sources) = sources() else { return };
    let count = sources.len();
    let started = Instant::now();
    let catalogue = Catalogue::read(sources);
    eprintln!("{} of {count} taken in {:?}: {:?}", catalogue.templates().len(), started.elapsed(), catalogue.refused_by_class());
    for refusal in catalogue.refused() {
        println!("{refusal}");
    }
    let target = Target::of("https://www.example.gov.cn/").unwrap();
    for template in catalogue.templates() {
        let mut run = template.run(&target);
        while let Some(request) = run.request() {
            println!("URL {} {}", template.id(), request.line("h"));
            run.fail();
        }
    }
    let started = Instant::now();
    let page = "<html><title>x</title>".to_owned() + &"<p>Lorem ipsum</p>".repeat(5000);
    let headers = [("server".to_owned(), "nginx".to_owned())];
    let stored = StoredAnswer {
        url: "https://www.example.gov.cn/",
        redirected: false,
        status: 200,
        headers: &headers,
        body: page.as_bytes(),
    };
    let proofs = catalogue.offline(&stored);
    eprintln!("{:?} {:?}", started.elapsed(), proofs.iter().map(|proof| &proof.template).collect::<Vec<_>>());
    let started = Instant::now();
    catalogue.offline(&stored);
    eprintln!("again {:?}", started.elapsed());
    let _ = (Answer::banner(b""), Belief::Full, Target::of(""));
    let _ = |a: HttpAnswer<'_>, b: Request| (a.status, b);
}
