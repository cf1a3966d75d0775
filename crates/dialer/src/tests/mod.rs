//! Tests over loopback: real sockets, short time-outs, no sleeps.

mod connect;
mod dns;
mod dnssec;
mod server;
mod survey;

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use model::permission::AccessLevel;
use model::subject::SubjectId;

use crate::dialer::Dialer;
use crate::permit::Permit;
use crate::settings::Settings;

/// 22 July 2026, 10:00 in China.
fn noon() -> Timestamp {
    "2026-07-22T02:00:00Z".parse().expect("a time")
}

/// Settings for loopback with short time-outs.
fn settings(resolver: SocketAddr) -> Settings {
    Settings {
        resolvers: vec![resolver.to_string()],
        allow_ranges: vec!["127.0.0.0/8".into(), "::1".into()],
        connect_timeout_s: 0.3,
        dns_timeout_s: 0.4,
        per_ip_rate: 10_000,
        per_network_rate: 10_000,
        ..Settings::default()
    }
}

fn dialer(settings: Settings) -> Dialer {
    Dialer::new(settings, Arc::new(noon)).expect("settings")
}

fn permit(dialer: &Dialer) -> Permit {
    dialer.permit(&SubjectId::site("www.example.cn"), None, AccessLevel::L1, "test").expect("a permit")
}
