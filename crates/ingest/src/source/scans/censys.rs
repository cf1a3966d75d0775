//! Hosts of Censys' search API, version 2.

use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::services::{self, Loose, Place, Service, when};
use crate::source::times::Clock;
use crate::source::{Format, Sink, SourceError};

/// Hosts of Censys.
pub static FORMAT: Format =
    Format { kind: SourceKind::Censys, doc: Label { zh: include_str!("censys.zh.md"), en: include_str!("censys.md") }, read };

const SHAPE: Shape = Shape { expected: "Censys JSON", lists: &[&["result", "hits"], &["hits"], &["results"]] };

#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    host: Host,
    result: Option<Host>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Host {
    ip: String,
    name: String,
    services: Vec<Seen>,
    dns: Dns,
    last_updated_at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dns {
    names: Vec<String>,
    reverse_dns: Reverse,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reverse {
    names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Seen {
    port: Loose,
    service_name: String,
    extended_service_name: String,
    transport_protocol: String,
    software: Vec<Software>,
    observed_at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Software {
    product: Option<String>,
    version: Option<String>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, answer: Answer| {
        let host = answer.result.unwrap_or(answer.host);
        let mut place = Place { address: &host.ip, hosts: vec![host.name.as_str()] };
        place.hosts.extend(host.dns.names.iter().chain(&host.dns.reverse_dns.names).map(String::as_str));
        for seen in &host.services {
            let software = seen.software.iter().find(|software| software.product.is_some());
            let named = [&seen.extended_service_name, &seen.service_name].into_iter().find(|name| !name.is_empty());
            let service = Service {
                port: seen.port.port(),
                transport: if seen.transport_protocol == "QUIC" { "udp" } else { &seen.transport_protocol },
                service: named.map_or("", String::as_str),
                product: software.and_then(|software| software.product.as_deref()).unwrap_or_default(),
                version: software.and_then(|software| software.version.as_deref()).unwrap_or_default(),
            };
            let at = [&seen.observed_at, &host.last_updated_at].into_iter().find(|text| !text.is_empty());
            let at = at.map_or(Ok(None), |text| when(text, Clock::Utc));
            services::seen(rows, &place, &service, at)?;
        }
        if host.services.is_empty() {
            services::seen_as(rows, &place, "listed", when(&host.last_updated_at, Clock::Utc))?;
        }
        Ok(())
    })
}
