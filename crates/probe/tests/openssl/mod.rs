//! `openssl s_server` and `sslscan` as child processes, for the tests and the bench of the TLS survey.
#![allow(dead_code, reason = "the test and the bench each use a part")]
#![allow(clippy::expect_used, reason = "helpers of tests fail by panic")]

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use dialer::dialer::Dialer;
use dialer::permit::Permit;
use dialer::settings::Settings;
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use probe::probes::Probes;

/// The name in the servers' certificates.
pub const HOST: &str = "www.example.cn";
pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Whether both tools are there; prints a word when not.
pub fn installed() -> bool {
    let there = ["openssl", "sslscan"].iter().all(|tool| {
        Command::new(tool).arg("--help").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    });
    if !there {
        eprintln!("skipped: install openssl and sslscan");
    }
    there
}

/// Runs `openssl` in `folder`; the arguments are split at spaces.
pub fn openssl(folder: &Path, arguments: &str) {
    let command = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).stdin(Stdio::null()).output();
    let output = command.expect("openssl runs");
    assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes `NAME.pem` and `NAME.key`, signed by themselves, with a key as `-newkey` takes it.
pub fn certificate(folder: &Path, name: &str, key: &str) {
    let files = format!("-keyout {name}.key -out {name}.pem");
    openssl(
        folder,
        &format!("req -x509 -newkey {key} -nodes {files} -subj /CN={HOST} -addext subjectAltName=DNS:{HOST} -days 30"),
    );
}

/// A running `openssl s_server`, stopped when dropped.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    pub fn start(folder: &Path, arguments: &str) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-www"])
            .args(arguments.split(' '))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl runs");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = lines.find_map(|line| line.ok()?.strip_prefix("ACCEPT 127.0.0.1:")?.parse().ok());
        // What it prints for each connection must go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port: port.expect("the port that it listens on") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).expect("stopped");
    }
}

/// What `sslscan` prints as XML about a port.
pub fn sslscan(port: u16) -> String {
    let output = Command::new("sslscan")
        .args(["--xml=-", "--no-heartbleed", "--no-fallback", &format!("--sni-name={HOST}"), &format!("127.0.0.1:{port}")])
        .stdin(Stdio::null())
        .output()
        .expect("sslscan runs");
    String::from_utf8(output.stdout).expect("text")
}

/// Probes that may dial loopback at any pace, with a permit for a survey.
pub fn probes() -> (Probes, Permit) {
    let settings = Settings {
        resolvers: vec!["127.0.0.1:9".into()],
        allow_ranges: vec!["127.0.0.0/8".into()],
        per_ip_rate: 1_000_000,
        per_ip_burst: 100_000,
        per_network_rate: 1_000_000,
        per_host_concurrency: 100,
        ..Settings::default()
    };
    let dialer = Dialer::new(settings, Arc::new(|| "2026-07-22T02:00:00Z".parse().expect("a time"))).expect("settings");
    let grant = Grant { level: AccessLevel::L2, document: "授权书".into(), until: None };
    let permit = dialer.permit(&SubjectId::site(HOST), Some(&grant), AccessLevel::L2, "tls").expect("a permit");
    (Probes::new(dialer).expect("probes"), permit)
}
