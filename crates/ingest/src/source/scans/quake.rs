//! Quake (360): answers of its API and JSON exports, and tables.

use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::documents::{self, Shape, nullable};
use crate::source::input::Input;
use crate::source::rows;
use crate::source::services::{self, Look, Loose, Place, Service, when};
use crate::source::table::columns;
use crate::source::times::Clock;
use crate::source::{Format, Sink, SourceError};

/// Exports of Quake.
pub static FORMAT: Format =
    Format { kind: SourceKind::Quake, doc: Label { zh: include_str!("quake.zh.md"), en: include_str!("quake.md") }, read };

const SHAPE: Shape = Shape { expected: "Quake JSON", lists: &[&["data"]] };

#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    ip: Loose,
    port: Loose,
    transport: Loose,
    hostname: Loose,
    domain: Loose,
    time: Loose,
    service: Spoken,
    components: Vec<Part>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spoken {
    name: Loose,
    product: Loose,
    version: Loose,
    http: Option<Http>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    host: Loose,
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
struct Part {
    product_name_en: Loose,
    product_name_cn: Loose,
    version: Loose,
}

columns! {
    "a Quake export",
    needs [Ip Domain] [Port];
    Ip "ip" = "IP地址";
    Domain "domain" = "域名" | "网站Host" | "host";
    Hostname "hostname" = "主机名" | "rDNS";
    Port "port" = "端口";
    Transport "transport" = "传输层协议" | "传输协议";
    Service "service_name" = "服务" | "service" | "应用协议" | "服务名称" | "协议";
    Product "product" = "产品" | "组件名称" | "应用名称";
    Version "version" = "版本" | "组件版本" | "应用版本";
    Title "title" = "网站标题" | "标题";
    Time "time" = "时间" | "更新时间" | "发现时间";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if matches!(input.start().trim_ascii_start().first(), Some(b'{' | b'[')) {
        return documents::typed(input, &SHAPE, sink, |rows, found: Found| {
            let no_http = Http::default();
            let http = found.service.http.as_ref().unwrap_or(&no_http);
            let part = found.components.first();
            let named = |part: &Part| {
                if part.product_name_en.0.is_empty() { part.product_name_cn.0.clone() } else { part.product_name_en.0.clone() }
            };
            let (product, version) = match (found.service.product.0.as_str(), part) {
                ("", Some(part)) => (named(part), part.version.0.clone()),
                (product, _) => (product.to_owned(), found.service.version.0.clone()),
            };
            // `http/ssl` is https, `tls/…` stays.
            let spoken = if found.service.name.0 == "http/ssl" { "https" } else { &found.service.name.0 };
            let service = Service {
                port: found.port.port(),
                transport: &found.transport.0,
                service: spoken,
                product: &product,
                version: &version,
            };
            let (hosts, told) = (vec![found.domain.0.as_str(), &http.host.0], vec![found.hostname.0.as_str()]);
            let look = Look { title: &http.title.0, icon: &http.favicon.hash.0, ..Look::default() };
            services::seen(rows, &Place { address: &found.ip.0, hosts, told }, &service, &look, when(&found.time.0, Clock::Utc))
        });
    }
    rows::of_table(input, &COLUMNS, sink, |rows, row| {
        let service = Service {
            port: row.text(C::Port).parse().ok(),
            transport: row.text(C::Transport),
            service: row.text(C::Service),
            product: row.text(C::Product),
            version: row.text(C::Version),
        };
        let place = Place { address: row.text(C::Ip), hosts: vec![row.text(C::Domain)], told: vec![row.text(C::Hostname)] };
        let look = Look { title: row.text(C::Title), ..Look::default() };
        services::seen(rows, &place, &service, &look, when(row.text(C::Time), Clock::Beijing))
    })
}
