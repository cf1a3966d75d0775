//! An interrupted sweep goes on where it was; what was recorded is not done again.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use lab::world::World;

use crate::program::{Program, lab};

/// Sites of the sweep; many enough that it cannot be over before it is interrupted.
const SITES: usize = 400;

#[test]
fn ctrl_c_keeps_what_is_recorded() {
    let program = Program::new();
    let running = lab(World::replicate(SITES), &program.path("."));
    let without_browser = std::fs::read_to_string(running.lab.config_file()).unwrap() + "\n[browser]\nenabled = false\n";
    let config = program.file("no-browser.toml", without_browser + "\n[limits]\nsubjects_at_a_time = 2\n");
    let ledger = running.lab.ledger_file().to_str().unwrap().to_owned();
    let sweep = ["sweep", "--config", config.to_str().unwrap(), "--ledger", &ledger, "--format", "json", "-v"];

    let mut child = program.command(&sweep).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // The first record tells that there is something to keep.
    lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("recorded"))).expect("a first record").unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("interrupted") && line.contains("of")), "{rest:?}");

    let resumed = program.run(&sweep).expect(resumed_status());
    assert!(resumed.err.contains("going on with an unfinished run"), "{}", resumed.err);
    assert!(resumed.json()["subjects"].as_array().unwrap().len() >= SITES);
}

/// The replicated sites are healthy but for what a replica cannot have; the status only tells that the sweep ran to its end.
fn resumed_status() -> i32 {
    1
}
