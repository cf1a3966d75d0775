//! Names resolved (A and AAAA) per second of processor time, against a responder in a process of its own on loopback.
//!
//! `cargo bench -p dialer --bench dns` prints one line: both types, A alone, and both with 20 000 names at a time. Every answer is
//! matched, read, kept and accounted for, each name for a subject of its own.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used, reason = "a bench measures and prints")]

mod peer;

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Instant;

use dialer::dialer::Dialer;
use dialer::dns::RecordType;
use dialer::settings::Settings;
use futures::StreamExt;
use jiff::Timestamp;
use model::permission::AccessLevel;
use model::subject::SubjectId;
use peer::{Peer, processor_seconds};

/// What the application allocates with, too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NAMES: usize = 100_000;

fn main() {
    if Peer::is_wanted() {
        return respond();
    }
    let peer = Peer::start();
    println!("{}", [run(&peer, 1000, true), run(&peer, 1000, false), run(&peer, 20_000, true)].join("; "));
}

/// Resolves all names, so many at a time, with a dialer of its own, and says how it went.
fn run(peer: &Peer, at_a_time: usize, both: bool) -> String {
    let settings = Settings { resolvers: vec![peer.word.clone()], ..Settings::default() };
    let dialer = Dialer::new(settings, Arc::new(|| Timestamp::UNIX_EPOCH)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (before, _) = processor_seconds();
    let started = Instant::now();
    let resolving = resolve(dialer.clone(), at_a_time, both);
    let resolved = runtime.block_on(async { runtime.spawn(resolving).await.unwrap() });
    let wall = started.elapsed().as_secs_f64();
    let rate = NAMES as f64 / (processor_seconds().0 - before);
    let counted: u64 = dialer.account().entries().iter().map(|entry| entry.totals.queries).sum();
    let counted = counted + dialer.account().overflow().queries;
    let asked = if both { "A and AAAA" } else { "A alone" };
    format!(
        "{rate:.0} names ({asked}) per processor second, {at_a_time} at a time: {resolved} of {NAMES} answered, \
         {counted} questions in {wall:.2} s, at most {} MiB",
        peak_memory()
    )
}

async fn resolve(dialer: Dialer, at_a_time: usize, both: bool) -> usize {
    let ask = |number: usize| {
        let dialer = &dialer;
        async move {
            let name = format!("h{number}.example.cn");
            let permit = dialer.permit(&SubjectId::site(name.as_str()), None, AccessLevel::L1, "dns").unwrap();
            if both {
                let host = dialer.dns().host(&permit, &name).await;
                host.a.records().len() == 1 && host.aaaa.records().len() == 1
            } else {
                dialer.dns().ask(&permit, &name, RecordType::A).await.answer.records().len() == 1
            }
        }
    };
    let answered = futures::stream::iter(0..NAMES).map(ask).buffer_unordered(at_a_time);
    answered.filter(|good| std::future::ready(*good)).count().await
}

/// The most memory that this process has held so far, in MiB (proc_pid_status(5), VmHWM).
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// Answers every question with one address of the type asked for.
fn respond() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    println!("{}", socket.local_addr().unwrap());
    let mut packet = [0_u8; 1500];
    loop {
        let (_, from) = socket.recv_from(&mut packet).unwrap();
        let mut end = 12;
        while packet[end] != 0 {
            end += usize::from(packet[end]) + 1;
        }
        let six = packet[end + 2] == 28;
        end += 5;
        // An answer to one question with one record, nothing else (RFC 1035, 4.1.1).
        packet[2] |= 0x80;
        packet[4..12].copy_from_slice(&[0, 1, 0, 1, 0, 0, 0, 0]);
        let address = [32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
        let (kind, address) = if six { (28, &address[..]) } else { (1, &[192, 0, 2, 9][..]) };
        let head = [0xc0, 12, 0, kind, 0, 1, 0, 0, 1, 44, 0, address.len() as u8];
        packet[end..end + 12].copy_from_slice(&head);
        end += 12;
        packet[end..end + address.len()].copy_from_slice(address);
        socket.send_to(&packet[..end + address.len()], from).unwrap();
    }
}
