//! ZoomEye: answers of its API, version 2 (`data`) and before (`matches`), and tables.

use model::ledger::source::SourceKind;
use model::text::Label;
use serde::Deserialize;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows;
use crate::source::services::{self, Look, Loose, Place, Service, when};
use crate::source::table::columns;
use crate::source::times::Clock;
use crate::source::{Format, Sink, SourceError};

/// Exports of ZoomEye.
pub static FORMAT: Format =
    Format { kind: SourceKind::ZoomEye, doc: Label { zh: include_str!("zoomeye.zh.md"), en: include_str!("zoomeye.md") }, read };

const SHAPE: Shape = Shape { expected: "ZoomEye JSON", lists: &[&["data"], &["matches"]] };

/// What version 2 has at the top, the one before had in `portinfo`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    ip: Loose,
    #[serde(flatten)]
    port: Port,
    portinfo: Option<Port>,
    hostname: Loose,
    domain: Loose,
    site: Loose,
    rdns: Loose,
    update_time: Loose,
    timestamp: Loose,
    title: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Port {
    port: Loose,
    transport: Loose,
    service: Loose,
    #[serde(alias = "app")]
    product: Loose,
    version: Loose,
}

columns! {
    "a ZoomEye export",
    needs [Ip Domain] [Port];
    Ip "ip" = "IP地址";
    Domain "domain" = "域名" | "site" | "网站";
    Hostname "hostname" = "主机名" | "rdns";
    Port "port" = "端口";
    Transport "transport" = "传输协议";
    Service "service" = "服务" | "协议";
    Product "product" = "产品" | "app" | "应用" | "组件";
    Version "version" = "版本";
    Title "title" = "网站标题" | "标题";
    Updated "update_time" = "更新时间" | "时间" | "timestamp";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if matches!(input.start().trim_ascii_start().first(), Some(b'{' | b'[')) {
        return documents::typed(input, &SHAPE, sink, |rows, found: Found| {
            let port = found.portinfo.as_ref().unwrap_or(&found.port);
            let service = Service {
                port: port.port.port(),
                transport: &port.transport.0,
                service: &port.service.0,
                product: &port.product.0,
                version: &port.version.0,
            };
            let (hosts, told) = (vec![found.domain.0.as_str(), &found.site.0], vec![found.hostname.0.as_str(), &found.rdns.0]);
            let time = if found.update_time.0.is_empty() { &found.timestamp.0 } else { &found.update_time.0 };
            let look = Look { title: &found.title.0, ..Look::default() };
            services::seen(rows, &Place { address: &found.ip.0, hosts, told }, &service, &look, when(time, Clock::Utc))
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
        services::seen(rows, &place, &service, &look, when(row.text(C::Updated), Clock::Utc))
    })
}
