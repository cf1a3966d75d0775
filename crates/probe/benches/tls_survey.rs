//! TLS surveys per CPU second, ours and `sslscan`'s, of the same `openssl s_server` processes in one run.
//!
//! `cargo bench -p probe` prints one line for each tool: hosts per second of the tool's own CPU time, the servers' left out.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench measures and prints, and has nobody to report errors to"
)]

#[path = "../tests/openssl/mod.rs"]
mod openssl;

use openssl::{HOST, LOOPBACK, Server, certificate, installed, probes, sslscan};
use tokio::runtime::Builder;

const HOSTS: usize = 20;
/// Rounds of ours, so that the clock's ticks are small beside what is measured.
const ROUNDS: usize = 10;
/// Ticks of the kernel's clock per second, as Linux has it on every architecture that it reports them for.
const TICKS: f64 = 100.0;

fn main() {
    if !installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    certificate(folder.path(), "rsa", "rsa:2048");
    let start = |_| Server::start(folder.path(), "-cert rsa.pem -key rsa.key");
    let servers: Vec<Server> = (0..HOSTS).map(start).collect();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (probes, permit) = probes();

    let before = ticks(13);
    let (mut connections, mut suites) = (0, 0);
    for _ in 0..ROUNDS {
        let survey = |server: &Server| {
            let (probes, permit, port) = (&probes, &permit, server.port);
            async move { probes.tls_survey(permit, HOST, Some(LOOPBACK), port).await.expect("a survey").survey }
        };
        for done in runtime.block_on(futures::future::join_all(servers.iter().map(survey))) {
            connections += done.connections;
            suites += done.versions.iter().map(|version| version.suites.len()).sum::<usize>();
        }
    }
    let (ours, surveys) = (ticks(13) - before, (HOSTS * ROUNDS) as f64);
    println!(
        "mingcha: {:.0} hosts per CPU second ({:.0} connections and {:.0} suites each)",
        surveys / ours,
        f64::from(connections) / surveys,
        suites as f64 / surveys
    );

    let before = ticks(15);
    let found: usize = servers.iter().map(|server| sslscan(server.port).matches("<cipher ").count()).sum();
    println!("sslscan: {:.0} hosts per CPU second ({} suites each)", HOSTS as f64 / (ticks(15) - before), found / HOSTS);
}

/// CPU seconds of this process (`field` 13) or of its children that have ended (15), user and system together (proc(5)).
fn ticks(field: usize) -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    let fields: Vec<f64> = after_name.split_whitespace().skip(1).map(|field| field.parse().expect("a number")).collect();
    (fields[field - 3] + fields[field - 2]) / TICKS
}
