//! Tests over loopback: real sockets, short time-outs, no sleeps.

mod clients;
mod crawl;
mod discover;
mod entrances;
mod hostile;
mod mail;
mod passwords;
mod proofs;
mod provocation;
mod scripts;
mod server;
mod services;
mod tls;
mod tls_survey;
mod web;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use dialer::dialer::Dialer;
use dialer::permit::Permit;
use dialer::settings::Settings;
use model::permission::{AccessLevel, Grant};
use model::subject::SubjectId;

use crate::probes::Probes;

/// Probes that ask `resolver` and may dial loopback, where `port` serves 80 and 443.
fn probes(resolver: SocketAddr, port: u16, roots: Vec<PathBuf>) -> (Probes, Permit) {
    let settings = Settings {
        resolvers: vec![resolver.to_string()],
        allow_ranges: vec!["127.0.0.0/8".into()],
        extra_root_certificates: roots,
        port_map: [("80".to_owned(), port), ("443".to_owned(), port)].into(),
        per_ip_rate: 10_000,
        per_ip_burst: 1000,
        per_network_rate: 10_000,
        connect_timeout_s: 2.0,
        read_timeout_s: 0.5,
        dns_timeout_s: 0.4,
        body_limit_bytes: 100_000,
        ..Settings::default()
    };
    let dialer = Dialer::new(settings, Arc::new(|| "2026-07-22T02:00:00Z".parse().expect("a time"))).expect("settings");
    let permit = dialer.permit(&SubjectId::site("www.example.cn"), None, AccessLevel::L1, "visit").expect("a permit");
    (Probes::new(dialer).expect("probes"), permit)
}

/// A permit for L2, granted.
fn detectable(probes: &Probes) -> Permit {
    granted(probes, AccessLevel::L2)
}

/// A permit for a level, granted.
fn granted(probes: &Probes, level: AccessLevel) -> Permit {
    let grant = Grant { level, document: "授权书 1 号".into(), until: None };
    let subject = SubjectId::site("www.example.cn");
    probes.dialer.permit(&subject, Some(&grant), level, "test").expect("a permit")
}
