//! Connect probes per second of processor time, beside `nmap -sT` on the same ports, against listeners in a process of their own.
//!
//! `cargo bench -p dialer --bench connect` prints both and their ratio; without nmap the first alone.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, reason = "a bench measures and prints")]

mod peer;

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::Arc;

use dialer::dialer::Dialer;
use dialer::settings::Settings;
use dialer::survey::PortState;
use futures::StreamExt;
use jiff::Timestamp;
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;
use peer::{Peer, processor_seconds};

/// 127.9.0.0 to 127.9.1.143, a hundred ports each: ten open, the others closed.
const ADDRESSES: u32 = 400;
const PORTS: u16 = 100;
const OPEN: usize = 10;
/// Addresses surveyed at a time.
const AT_A_TIME: usize = 16;

fn main() {
    if Peer::is_wanted() {
        return listen();
    }
    let peer = Peer::start();
    let open: Vec<u16> = peer.word.split(',').map(|port| port.parse().unwrap()).collect();
    // Ports below those that the system draws, where nothing listens, make up the rest.
    let ports: Vec<u16> = open.iter().copied().chain(10_000..).take(PORTS.into()).collect();
    let probes = f64::from(ADDRESSES) * f64::from(PORTS);

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (before, _) = processor_seconds();
    let (found, counted) = runtime.block_on(async { runtime.spawn(survey(ports.clone())).await.unwrap() });
    let ours = probes / (processor_seconds().0 - before);
    println!("survey: {ours:.0} connect probes per processor second; {found} open found, {counted} connections on the account");
    assert_eq!((found, counted), (ADDRESSES as usize * OPEN, u64::from(ADDRESSES) * OPEN as u64));

    match nmap(&ports) {
        Some(spent) => {
            let theirs = probes / spent;
            println!("nmap -sT: {theirs:.0} connect probes per processor second; ratio {:.2}", ours / theirs);
        }
        None => println!("nmap is not installed: nothing to compare with"),
    }
}

async fn survey(ports: Vec<u16>) -> (usize, u64) {
    let wide = Settings {
        allow_ranges: vec!["127.0.0.0/8".into()],
        resolvers: vec!["127.0.0.1".into()],
        per_ip_rate: 10_000_000,
        per_ip_burst: 10_000_000,
        per_network_rate: 10_000_000,
        per_host_concurrency: 10_000,
        max_connections: 4096,
        ..Settings::default()
    };
    let dialer = Dialer::new(wide, Arc::new(|| Timestamp::UNIX_EPOCH)).unwrap();
    let (asked, ports) = (&dialer, &ports);
    let one = |number: u32| async move {
        let ip = Ipv4Addr::from_bits(Ipv4Addr::new(127, 9, 0, 0).to_bits() + number);
        let host = ip.to_string();
        let grant = Grant { level: AccessLevel::L2, document: "bench".into(), until: None };
        let permit = asked.permit(&SubjectId::site(host.as_str()), Some(&grant), AccessLevel::L2, "survey").unwrap();
        let states = asked.survey(&permit, &host, IpAddr::V4(ip), ports).await;
        states.iter().filter(|(_, state)| *state == PortState::Open).count()
    };
    let surveys = futures::stream::iter(0..ADDRESSES).map(one).buffer_unordered(AT_A_TIME);
    let found = surveys.fold(0, |sum, found| std::future::ready(sum + found)).await;
    let counted = dialer.account().entries().iter().map(|entry| entry.totals.connections).sum();
    (found, counted)
}

/// The processor seconds that nmap takes for the same.
fn nmap(ports: &[u16]) -> Option<f64> {
    let list: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let (_, before) = processor_seconds();
    let mut command = Command::new("nmap");
    command.args(["-sT", "-n", "-Pn", "-T5", "--max-retries", "1", "-oX", "/dev/null", "-p", &list.join(",")]);
    let status = command.args(["127.9.0.0/24", "127.9.1.0-143"]).stdout(Stdio::null()).status().ok()?;
    assert!(status.success());
    Some(processor_seconds().1 - before)
}

fn listen() {
    let listeners: Vec<TcpListener> = (0..OPEN).map(|_| TcpListener::bind("0.0.0.0:0").unwrap()).collect();
    let ports: Vec<String> = listeners.iter().map(|listener| listener.local_addr().unwrap().port().to_string()).collect();
    println!("{}", ports.join(","));
    let accept = |listener: TcpListener| std::thread::spawn(move || listener.incoming().for_each(drop));
    let threads: Vec<_> = listeners.into_iter().map(accept).collect();
    threads.into_iter().for_each(|thread| drop(thread.join()));
}
