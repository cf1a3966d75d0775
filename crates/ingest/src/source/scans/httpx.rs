//! Results of httpx, a JSON object on a line.

use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::services::{self, Look, Loose, Place, Service, product, when};
use crate::source::times::Clock;
use crate::source::{Format, Sink, SourceError, assets};

/// Results of httpx.
pub static FORMAT: Format =
    Format { kind: SourceKind::Httpx, doc: Label { zh: include_str!("httpx.zh.md"), en: include_str!("httpx.md") }, read };

const SHAPE: Shape = Shape { expected: "httpx JSON lines", lists: &[] };

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    timestamp: String,
    url: String,
    input: String,
    port: Loose,
    scheme: String,
    webserver: String,
    /// Once the address, since version 1.7 the host; the address then is in `host_ip`.
    host: String,
    host_ip: String,
    failed: bool,
    title: Loose,
    favicon: Loose,
    #[serde(deserialize_with = "nullable")]
    tls: Tls,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tls {
    serial: Loose,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    documents::typed(input, &SHAPE, sink, |rows, answer: Answer| {
        if answer.failed {
            return Ok(());
        }
        let named = if answer.url.is_empty() { &answer.input } else { &answer.url };
        let (name, version) = product(&answer.webserver);
        let service = Service { port: answer.port.port(), transport: "tcp", service: &answer.scheme, product: name, version };
        let is_address = assets::address(&answer.host).is_some();
        let address = if is_address { &answer.host } else { &answer.host_ip };
        let hosts = if is_address { vec![named] } else { vec![named, &answer.host] };
        let place = Place { address, hosts: hosts.into_iter().map(String::as_str).collect(), ..Place::default() };
        let (title, icon, certificate) = (&answer.title.0, &answer.favicon.0, &answer.tls.serial.0);
        let look = Look { title, icon, certificate, ..Look::default() };
        services::seen(rows, &place, &service, &look, when(&answer.timestamp, Clock::Utc))
    })
}
