//! Banners of Shodan, a JSON object on a line.

use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::services::{self, Look, Loose, Place, Service, when};
use crate::source::times::Clock;
use crate::source::{Format, Sink, SourceError};

/// Banners of Shodan.
pub static FORMAT: Format =
    Format { kind: SourceKind::Shodan, doc: Label { zh: include_str!("shodan.zh.md"), en: include_str!("shodan.md") }, read };

const SHAPE: Shape = Shape { expected: "Shodan JSON", lists: &[&["matches"], &["data"]] };

#[derive(Default, Deserialize)]
#[serde(default)]
struct Banner {
    ip_str: Option<String>,
    port: Loose,
    transport: Option<String>,
    product: Option<String>,
    version: Option<Loose>,
    #[serde(deserialize_with = "nullable")]
    hostnames: Vec<String>,
    timestamp: Loose,
    ssl: Option<Ssl>,
    #[serde(deserialize_with = "nullable")]
    http: Http,
    #[serde(rename = "_shodan", deserialize_with = "nullable")]
    crawler: Crawler,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ssl {
    #[serde(deserialize_with = "nullable")]
    cert: Certificate,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Certificate {
    #[serde(deserialize_with = "nullable")]
    fingerprint: Fingerprint,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fingerprint {
    sha256: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    title: Loose,
    #[serde(deserialize_with = "nullable")]
    favicon: Icon,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Icon {
    hash: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Crawler {
    module: Option<String>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, banner: Banner| {
        let module = banner.crawler.module.as_deref().unwrap_or_default();
        // The module is the protocol that the crawler spoke: "https", "http-simple-new", "ssh".
        let spoken = module.split('-').next().unwrap_or(module);
        let spoken = if spoken == "http" && banner.ssl.is_some() { "https" } else { spoken };
        let service = Service {
            port: banner.port.port(),
            transport: banner.transport.as_deref().unwrap_or_default(),
            service: spoken,
            product: banner.product.as_deref().unwrap_or_default(),
            version: banner.version.as_ref().map_or("", |version| &version.0),
        };
        // Names of the reverse tree and of the certificate.
        let told = banner.hostnames.iter().map(String::as_str).collect();
        let place = Place { address: banner.ip_str.as_deref().unwrap_or_default(), told, ..Place::default() };
        let certificate = banner.ssl.as_ref().map_or("", |ssl| &ssl.cert.fingerprint.sha256.0);
        let look = Look { title: &banner.http.title.0, icon: &banner.http.favicon.hash.0, certificate, ..Look::default() };
        services::seen(rows, &place, &service, &look, when(&banner.timestamp.0, Clock::Utc))
    })
}
