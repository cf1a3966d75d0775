//! Hunter (鹰图): tables as its pages export them, and answers of its API.

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

/// Exports of Hunter.
pub static FORMAT: Format =
    Format { kind: SourceKind::Hunter, doc: Label { zh: include_str!("hunter.zh.md"), en: include_str!("hunter.md") }, read };

const SHAPE: Shape = Shape { expected: "Hunter JSON", lists: &[&["data", "arr"]] };

columns! {
    "a Hunter export",
    needs [Ip Domain Url] [Port];
    Ip "ip" = "IP地址";
    Domain "domain" = "域名";
    Url "url" = "网址";
    Port "port" = "端口";
    Protocol "protocol" = "协议" | "应用协议";
    BaseProtocol "base_protocol" = "传输协议" | "通讯协议";
    Component "component" = "应用组件" | "组件" | "应用/组件" | "组件信息";
    Title "web_title" = "网站标题" | "标题";
    Icp "number" = "备案号" | "ICP备案号";
    Updated "updated_at" = "更新时间" | "探查时间" | "最后更新时间";
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    ip: Loose,
    domain: Loose,
    url: Loose,
    port: Loose,
    protocol: Loose,
    base_protocol: Loose,
    component: Vec<Part>,
    updated_at: Loose,
    web_title: Loose,
    number: Loose,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    name: Loose,
    version: Loose,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if matches!(input.start().trim_ascii_start().first(), Some(b'{' | b'[')) {
        return documents::typed(input, &SHAPE, sink, |rows, found: Found| {
            let part = found.component.first();
            let service = Service {
                port: found.port.port(),
                transport: &found.base_protocol.0,
                service: &found.protocol.0,
                product: part.map_or("", |part| &part.name.0),
                version: part.map_or("", |part| &part.version.0),
            };
            let place = Place { address: &found.ip.0, hosts: vec![&found.domain.0, &found.url.0], ..Place::default() };
            let look = Look { title: &found.web_title.0, filing: &found.number.0, ..Look::default() };
            services::seen(rows, &place, &service, &look, when(&found.updated_at.0, Clock::Beijing))
        });
    }
    rows::of_table(input, &COLUMNS, sink, |rows, row| {
        // "Nginx/1.24.0, jQuery/3.6": the first is the server.
        let part = row.text(C::Component).split([',', '，', ';', '；']).next().unwrap_or_default();
        let (product, version) = part.split_once(['/', '|']).unwrap_or((part, ""));
        let service = Service {
            port: row.text(C::Port).parse().ok(),
            transport: row.text(C::BaseProtocol),
            service: row.text(C::Protocol),
            product,
            version,
        };
        let place = Place { address: row.text(C::Ip), hosts: vec![row.text(C::Domain), row.text(C::Url)], ..Place::default() };
        let look = Look { title: row.text(C::Title), filing: row.text(C::Icp), ..Look::default() };
        services::seen(rows, &place, &service, &look, when(row.text(C::Updated), Clock::Beijing))
    })
}
