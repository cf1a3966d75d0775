//! Who may name whom. A crate without a row fails; so does a dependency that its row does not list.
#![allow(clippy::expect_used, reason = "a law that cannot be read has failed")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Each crate with the crates of ours that it may name, innermost first. Development dependencies are free.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    // The pure line: functions of their arguments.
    ("readers", &["model"]),
    ("fingerprints", &["model"]),
    ("geo", &["model"]),
    ("ledger", &["model", "readers"]),
    ("vulns", &["model"]),
    ("templates", &["model"]),
    ("rules", &["model"]),
    ("render", &["model"]),
    ("ports", &["model"]),
    // Adapters and the outside.
    ("store-sqlite", &["model", "ports"]),
    ("blobs-folder", &["model", "ports"]),
    ("ingest", &["model", "readers", "fingerprints", "geo", "ledger", "vulns", "templates"]),
    ("watch", &["model", "ports", "vulns"]),
    ("intake", &["model", "ports", "ledger", "ingest"]),
    ("feeds", &["model", "readers"]),
    ("dialer", &["model", "readers"]),
    ("probe", &["model", "readers", "templates", "dialer"]),
    ("browser", &["model", "readers", "dialer"]),
    // The order of work.
    (
        "engine",
        &[
            "model",
            "readers",
            "fingerprints",
            "geo",
            "ledger",
            "vulns",
            "templates",
            "rules",
            "ports",
            "watch",
            "dialer",
            "probe",
            "browser",
        ],
    ),
    // Who calls from outside.
    ("api", &["model", "readers"]),
    // The lab is a world of its own: it knows nothing of the product that it tests.
    ("lab", &[]),
    // The only crate that names adapters.
    (
        "app",
        &[
            "model",
            "readers",
            "fingerprints",
            "geo",
            "ledger",
            "vulns",
            "templates",
            "watch",
            "rules",
            "render",
            "ports",
            "store-sqlite",
            "blobs-folder",
            "ingest",
            "intake",
            "feeds",
            "dialer",
            "probe",
            "browser",
            "engine",
            "api",
            "lab",
        ],
    ),
    ("xtask", &["app", "model", "rules", "ports", "store-sqlite"]),
    ("tidy", &[]),
];

/// Third-party crates that only some of ours may name: sockets, databases, browsers.
const DRIVERS: &[(&str, &[&str])] = &[
    (
        "tokio",
        &[
            "intake",
            "watch",
            "feeds",
            "api",
            "dialer",
            "probe",
            "browser",
            "engine",
            "store-sqlite",
            "blobs-folder",
            "lab",
            "app",
            "xtask",
        ],
    ),
    ("rusqlite", &["store-sqlite"]),
    ("hyper", &["probe", "api", "lab"]),
    ("rustls", &["probe", "feeds", "lab", "app"]),
    ("reqwest", &["feeds"]),
    ("axum", &["api"]),
    ("hickory-proto", &["dialer", "lab"]),
    ("hickory-resolver", &["dialer"]),
    ("hickory-net", &["dialer", "lab"]),
    ("hickory-server", &["lab"]),
    ("command-fds", &["browser"]),
    ("clap", &["app", "xtask"]),
    ("anyhow", &["app", "xtask"]),
];

fn packages() -> Vec<Package> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().expect("cargo metadata runs in the workspace").packages
}

fn names(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

#[test]
fn arrows_point_inward() {
    let table: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let Some(allowed) = table.get(package.name.as_str()) else {
            wrong.push(format!("{} has no row in the layer table", package.name));
            continue;
        };
        let ours = names(&package).into_iter().filter(|name| table.contains_key(name.as_str()));
        let outside = ours.filter(|name| !allowed.contains(&name.as_str()));
        wrong.extend(outside.map(|name| format!("{} may not name {name}", package.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn drivers_stay_behind_their_crate() {
    let mut wrong = Vec::new();
    for package in packages() {
        for (driver, allowed) in DRIVERS {
            if names(&package).contains(*driver) && !allowed.contains(&package.name.as_str()) {
                wrong.push(format!("{} may not name {driver}", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_names_every_crate_and_no_other() {
    let map =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ARCHITECTURE.md")).expect("the map exists");
    let rows: BTreeSet<&str> =
        map.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |")).map(|row| row.0).collect();
    let crates: BTreeSet<String> = packages().iter().map(|package| package.name.to_string()).collect();
    let crates: BTreeSet<&str> = crates.iter().map(String::as_str).collect();
    assert_eq!(rows, crates, "docs/ARCHITECTURE.md, table of crates");
}
