//! Judgements per second on one core: every rule on the evidence of its own cases, over facts in memory.
//!
//! `cargo bench -p rules` prints one line.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench reads files, measures and prints"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use model::bundle::Bundle;
use model::rule::Rule;
use model::view::View;
use rules::CATALOG;
use rules::case::Case;

const JUDGEMENTS: usize = 3_000_000;

fn main() {
    let work = cases();
    let started = Instant::now();
    for (rule, bundle) in work.iter().cycle().take(JUDGEMENTS) {
        let _ = black_box((rule.judge)(&View::new(black_box(bundle), rule)));
    }
    let rate = JUDGEMENTS as f64 / started.elapsed().as_secs_f64();
    println!("{rate:.0} judgements per second on one core ({} rules, {} bundles)", CATALOG.len(), work.len());
}

fn cases() -> Vec<(&'static Rule, Bundle)> {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    let mut work = Vec::new();
    for area in std::fs::read_dir(catalog).unwrap() {
        for rule in CATALOG {
            let Ok(cases) = std::fs::read_dir(area.as_ref().unwrap().path().join(rule.id.to_lowercase()).join("cases")) else {
                continue;
            };
            for case in cases {
                let case: Case = serde_json::from_slice(&std::fs::read(case.unwrap().path()).unwrap()).unwrap();
                work.push((*rule, case.bundle().unwrap()));
            }
        }
    }
    work
}
