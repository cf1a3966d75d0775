//! What the benches share: a peer in a process of its own, so that its time is not counted as ours, and the time that is.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A peer process: this bench started again. It is ended with its handle.
pub struct Peer {
    child: Child,
    /// What it said on its first line.
    pub word: String,
}

/// The variable that makes a bench a peer.
const ROLE: &str = "MINGCHA_BENCH_PEER";

impl Peer {
    /// Starts the peer and waits for its first line.
    pub fn start() -> Self {
        let bench = std::env::current_exe().unwrap();
        let mut child = Command::new(bench).env(ROLE, "1").stdout(Stdio::piped()).spawn().unwrap();
        let mut word = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut word).unwrap();
        Self { child, word: word.trim().to_owned() }
    }

    /// Whether this process is to be one.
    pub fn is_wanted() -> bool {
        std::env::var_os(ROLE).is_some()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor seconds of this process, and of its children that have been waited for (proc_pid_stat(5), fields 14 to 17).
pub fn processor_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap() / 100.0;
    (ticks(14) + ticks(15), ticks(16) + ticks(17))
}
