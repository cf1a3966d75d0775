//! Hosts of Censys' search API, version 2.

use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::services::{self, Look, Loose, Place, Service, when};
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
    ip: Loose,
    name: Loose,
    #[serde(deserialize_with = "nullable")]
    services: Vec<Seen>,
    #[serde(deserialize_with = "nullable")]
    dns: Dns,
    last_updated_at: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Dns {
    #[serde(deserialize_with = "nullable")]
    names: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    reverse_dns: Reverse,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reverse {
    #[serde(deserialize_with = "nullable")]
    names: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Seen {
    port: Loose,
    service_name: Loose,
    extended_service_name: Loose,
    transport_protocol: Loose,
    #[serde(deserialize_with = "nullable")]
    software: Vec<Software>,
    observed_at: Loose,
    #[serde(deserialize_with = "nullable")]
    http: Http,
    #[serde(deserialize_with = "nullable")]
    tls: Tls,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    #[serde(deserialize_with = "nullable")]
    response: Response,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    html_title: Loose,
    #[serde(deserialize_with = "nullable")]
    favicons: Vec<Icon>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Icon {
    md5_hash: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tls {
    #[serde(deserialize_with = "nullable")]
    certificates: Certificates,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Certificates {
    #[serde(deserialize_with = "nullable")]
    leaf_data: Leaf,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Leaf {
    fingerprint: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Software {
    product: Loose,
    version: Loose,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, answer: Answer| {
        let host = answer.result.unwrap_or(answer.host);
        let mut hosts = vec![host.name.0.as_str()];
        hosts.extend(host.dns.names.iter().map(String::as_str));
        let told = host.dns.reverse_dns.names.iter().map(String::as_str).collect();
        let place = Place { address: &host.ip.0, hosts, told };
        for seen in &host.services {
            let software = seen.software.iter().find(|software| !software.product.0.is_empty());
            let named = [&seen.extended_service_name, &seen.service_name].into_iter().find(|name| !name.0.is_empty());
            let service = Service {
                port: seen.port.port(),
                transport: if seen.transport_protocol.0 == "QUIC" { "udp" } else { &seen.transport_protocol.0 },
                service: named.map_or("", |name| &name.0),
                product: software.map_or("", |software| &software.product.0),
                version: software.map_or("", |software| &software.version.0),
            };
            let at = [&seen.observed_at, &host.last_updated_at].into_iter().find(|text| !text.0.is_empty());
            let at = at.map_or(Ok(None), |text| when(&text.0, Clock::Utc));
            let answer = &seen.http.response;
            let icon = answer.favicons.first().map_or("", |icon| &icon.md5_hash.0);
            let certificate = &seen.tls.certificates.leaf_data.fingerprint.0;
            let look = Look { title: &answer.html_title.0, icon, certificate, ..Look::default() };
            services::seen(rows, &place, &service, &look, at)?;
        }
        if host.services.is_empty() {
            services::seen_as(rows, &place, "listed", when(&host.last_updated_at.0, Clock::Utc))?;
        }
        Ok(())
    })
}
