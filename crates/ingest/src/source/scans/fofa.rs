//! FOFA: tables and JSON lines as its pages export them, and answers of its API.

use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::Deserialize;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows;
use crate::source::services::{self, Look, Loose, Place, Service, product, when};
use crate::source::table::columns;
use crate::source::times::Clock;
use crate::source::{Format, Sink, SourceError};

/// Exports of FOFA.
pub static FORMAT: Format =
    Format { kind: SourceKind::Fofa, doc: Label { zh: include_str!("fofa.zh.md"), en: include_str!("fofa.md") }, read };

const SHAPE: Shape = Shape { expected: "FOFA JSON", lists: &[&["results"]] };

columns! {
    "a FOFA export",
    needs [Host Ip] [Port];
    Host "host" = "主机" | "link" | "网站地址";
    Ip "ip" = "IP地址";
    Port "port" = "端口";
    Domain "domain" = "域名";
    Protocol "protocol" = "协议";
    BaseProtocol "base_protocol" = "传输协议";
    Server "server" = "服务";
    Product "product" = "产品";
    Version "version" = "版本";
    Updated "lastupdatetime" = "更新时间" | "mtime";
    Title "title" = "标题" | "网站标题";
    Icon "icon_hash" = "图标哈希";
    Icp "icp" = "备案号" | "ICP备案号";
}

/// A row, whichever form it came in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    host: Loose,
    ip: Loose,
    port: Loose,
    protocol: Loose,
    base_protocol: Loose,
    server: Loose,
    product: Loose,
    version: Loose,
    lastupdatetime: Loose,
    title: Loose,
    icon_hash: Loose,
    icp: Loose,
}

/// The API answers with lists of values in the order of the fields that were asked for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    List(Vec<Loose>),
    Object(Box<Found>),
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if matches!(input.start().trim_ascii_start().first(), Some(b'{' | b'[')) {
        return documents::typed(input, &SHAPE, sink, |rows, answer: Answer| match answer {
            Answer::Object(found) => found.hand_on(rows),
            Answer::List(values) => match of_list(values) {
                Some(found) => found.hand_on(rows),
                None => rows.reject(
                    None,
                    "",
                    Text::new(
                        "API 结果应按 host,ip,port[,protocol,server,product,version,lastupdatetime] 的顺序请求",
                        "results of the API are asked for as host,ip,port[,protocol,server,product,version,lastupdatetime]",
                    ),
                ),
            },
        });
    }
    rows::of_table(input, &COLUMNS, sink, |rows, row| {
        let cell = |column: C| Loose(row.text(column).to_owned());
        let host = if row.text(C::Host).is_empty() { C::Domain } else { C::Host };
        let found = Found {
            host: cell(host),
            ip: cell(C::Ip),
            port: cell(C::Port),
            protocol: cell(C::Protocol),
            base_protocol: cell(C::BaseProtocol),
            server: cell(C::Server),
            product: cell(C::Product),
            version: cell(C::Version),
            lastupdatetime: cell(C::Updated),
            title: cell(C::Title),
            icon_hash: cell(C::Icon),
            icp: cell(C::Icp),
        };
        found.hand_on(rows)
    })
}

fn of_list(values: Vec<Loose>) -> Option<Found> {
    let mut values = values.into_iter();
    let found = Found { host: values.next()?, ip: values.next()?, port: values.next()?, ..Found::default() };
    let mut rest = || values.next().unwrap_or_default();
    let found = Found { protocol: rest(), server: rest(), product: rest(), version: rest(), lastupdatetime: rest(), ..found };
    values.next().is_none().then_some(found)
}

impl Found {
    fn hand_on(&self, rows: &mut rows::Rows<'_>) -> Result<(), crate::source::Stopped> {
        let (name, version) = match self.product.0.split(',').next().unwrap_or_default() {
            "" => product(&self.server.0),
            name => (name, self.version.0.split(',').next().unwrap_or_default()),
        };
        let service = Service {
            port: self.port.port(),
            transport: &self.base_protocol.0,
            service: &self.protocol.0,
            product: name,
            version,
        };
        let place = Place { address: &self.ip.0, hosts: vec![&self.host.0], ..Place::default() };
        let look = Look { title: &self.title.0, icon: &self.icon_hash.0, filing: &self.icp.0, ..Look::default() };
        services::seen(rows, &place, &service, &look, when(&self.lastupdatetime.0, Clock::Beijing))
    }
}
