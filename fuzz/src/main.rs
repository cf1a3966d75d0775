//! One program for all fuzz targets, on LLVM's libFuzzer: `FUZZ_TARGET` names the target, `scripts/fuzz.sh` builds and runs it.
//!
//! Invariant: a target states what must hold for any bytes, by `assert!`. That nothing panics, that an input takes less than five seconds
//! and the process less than a gibibyte is seen to by libFuzzer.
#![no_main]

mod input;
mod sets;
mod tables;
mod templates;
mod texts;
mod versions;
mod web;
mod wire;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

/// A target: reads one input.
type Target = fn(&[u8]);

/// Every target by its name, which is also its folder in `seeds`.
const TARGETS: &[(&str, Target)] = &[
    ("answer", web::answer),
    ("banner", sets::banner),
    ("certificate", wire::certificate),
    ("charset", web::charset),
    ("cpe", versions::cpe),
    ("clients", web::clients),
    ("ehole", sets::ehole),
    ("entrances", web::entrances),
    ("fingerprinthub", sets::fingerprinthub),
    ("geo", tables::geo),
    ("greeted", wire::greeted),
    ("ledger", tables::ledger),
    ("mail", texts::mail),
    ("names", texts::names),
    ("page", web::page),
    ("providers", tables::providers),
    ("purl_version", versions::purl_version),
    ("question", wire::question),
    ("recog", sets::recog),
    ("robots", web::robots),
    ("scripts", sets::scripts),
    ("sitemap", web::sitemap),
    ("source", tables::source),
    ("technologies", sets::technologies),
    ("templates", templates::templates),
    ("tls", wire::tls),
    ("wafw00f", sets::wafw00f),
    ("wappalyzer", sets::wappalyzer),
];

static CHOSEN: OnceLock<Target> = OnceLock::new();

/// Takes the target that `FUZZ_TARGET` names. Without one the names are printed, for the script.
fn choose() {
    let wanted = std::env::var("FUZZ_TARGET").unwrap_or_default();
    match TARGETS.iter().find(|(name, _)| *name == wanted) {
        Some((_, target)) => drop(CHOSEN.set(*target)),
        None => {
            TARGETS.iter().for_each(|(name, _)| println!("{name}"));
            std::process::exit(if wanted.is_empty() { 0 } else { 2 });
        }
    }
}

fuzz_target!(init: choose(), |bytes: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        target(bytes);
    }
});
