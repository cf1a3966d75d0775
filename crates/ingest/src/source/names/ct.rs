//! Certificate transparency: entries that were read from a log, and files of entries from crt.sh, certstream and others.

use jiff::Timestamp;
use ledger::signs::{Shown, Sign};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, Says, Sighting};
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use readers::ct::LoggedCertificate;
use serde::Deserialize;

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::{self, Rows, put};
use crate::source::services::Loose;
use crate::source::table::columns;
use crate::source::times::{Clock, epoch, moment};
use crate::source::{Format, Record, Sink, SourceError, Stopped, assets, lines};

/// Files of entries.
pub static FORMAT: Format =
    Format { kind: SourceKind::CtLog, doc: Label { zh: include_str!("ct.zh.md"), en: include_str!("ct.md") }, read };

const SHAPE: Shape = Shape { expected: "certificate transparency entries", lists: &[] };
/// The most names of one certificate that are kept.
const MOST_NAMES: usize = 1000;

columns! {
    "a table of certificates",
    needs [NameValue Domain];
    NameValue "name_value" = "证书域名" | "dns_names" | "all_domains" | "names";
    CommonName "common_name" = "通用名" | "cn";
    Domain "domain" = "域名" | "host" | "name" | "主机名";
    Serial "serial_number" = "序列号" | "serial";
    Fingerprint "fingerprint" = "指纹" | "sha256" | "fingerprint_sha256";
    Organisation "organization" = "组织" | "organisation" | "subject_organization";
    Logged "entry_timestamp" = "记录时间" | "timestamp" | "seen";
}

/// An entry: of crt.sh at the top, of certstream below `data` and `leaf_cert`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    name_value: Names,
    common_name: Names,
    dns_names: Names,
    all_domains: Names,
    domain: Names,
    host: Names,
    name: Names,
    serial_number: Loose,
    fingerprint: Loose,
    entry_timestamp: Loose,
    seen: Loose,
    subject: Option<Subject>,
    data: Option<Box<Entry>>,
    leaf_cert: Option<Box<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Subject {
    #[serde(rename = "O", alias = "organization")]
    organisation: Loose,
}

/// Names in one text or in a list; of anything else none.
#[derive(Default)]
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => vec![text],
            Value::Array(values) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }))
    }
}

/// A certificate, whichever form it came in.
#[derive(Default)]
struct Certificate<'a> {
    names: Vec<&'a str>,
    serial: &'a str,
    fingerprint: &'a str,
    organisation: &'a str,
    logged: Option<Timestamp>,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let start = input.start().trim_ascii_start();
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match start.first() {
        Some(b'{' | b'[') => documents::typed(input, &SHAPE, sink, |rows, entry: Entry| entry.hand_on(rows)),
        _ if first_line.iter().any(|byte| matches!(byte, b',' | b'\t' | b';')) => {
            rows::of_table(input, &COLUMNS, sink, |rows, row| {
                let names = [C::NameValue, C::CommonName, C::Domain].map(|column| row.text(column));
                let certificate = Certificate {
                    names: names.to_vec(),
                    serial: row.text(C::Serial),
                    fingerprint: row.text(C::Fingerprint),
                    organisation: row.text(C::Organisation),
                    logged: moment(row.text(C::Logged), Clock::Utc),
                };
                certificate.hand_on(rows)
            })
        }
        _ => lines::each(input, sink, |rows, line| {
            // A table of one column has its header first.
            let is_header = rows.line == 1 && COLUMNS.recognise(line).is_some();
            if line.starts_with('#') || is_header {
                return Ok(());
            }
            rows.count();
            match assets::name(line) {
                Some(_) => Certificate { names: vec![line.trim()], ..Certificate::default() }.hand_on(rows),
                None => rows.no_host("name", line),
            }
        }),
    }
}

impl Entry {
    fn hand_on(&self, rows: &mut Rows<'_>) -> Result<(), Stopped> {
        let outer = self.data.as_deref().unwrap_or(self);
        let entry = outer.leaf_cert.as_deref().unwrap_or(outer);
        let fields = [
            &entry.name_value,
            &entry.common_name,
            &entry.dns_names,
            &entry.all_domains,
            &entry.domain,
            &entry.host,
            &entry.name,
        ];
        let logged = moment(&entry.entry_timestamp.0, Clock::Utc);
        // certstream has seconds with a fraction.
        let seen = || outer.seen.0.split('.').next().and_then(|seconds| seconds.parse().ok()).and_then(epoch);
        let certificate = Certificate {
            names: fields.into_iter().flat_map(|names| &names.0).map(String::as_str).collect(),
            serial: &entry.serial_number.0,
            fingerprint: &entry.fingerprint.0,
            organisation: entry.subject.as_ref().map_or("", |subject| &subject.organisation.0),
            logged: logged.or_else(seen),
        };
        certificate.hand_on(rows)
    }
}

impl Certificate<'_> {
    fn hand_on(&self, rows: &mut Rows<'_>) -> Result<(), Stopped> {
        let texts = self.names.iter().flat_map(|text| text.split(['\n', ',', ';', ' '])).map(str::trim);
        let mut texts = texts.filter(|text| !text.is_empty()).take(MOST_NAMES).peekable();
        if texts.peek().is_none() {
            return rows.reject(None, "", Text::new("没有域名字段", "no field with names"));
        }
        let what = what(if self.serial.is_empty() { self.fingerprint } else { self.serial });
        let mut hosts: Vec<String> = Vec::new();
        for text in texts {
            match assets::name(text) {
                Some(name) => hosts.push(name),
                // A mailbox, an address, or the name of an organisation, which has no dot.
                None if text.contains('@') || !text.contains('.') || assets::address(text).is_some() => {}
                None => rows.no_host("name", text)?,
            }
        }
        hosts.sort_unstable();
        hosts.dedup();
        let mut says = Says::new();
        put(&mut says, Attribute::Owner, self.organisation);
        for host in hosts {
            let asset = EntityId::new(EntityKind::Host, host);
            if !says.is_empty() {
                rows.claim(asset.clone(), "", says.clone())?;
            }
            rows.seen(asset, what.clone(), self.logged.map(|at| (at, at)))?;
        }
        Ok(())
    }
}

/// What a certificate says that was read from a log at `line`, its index there: a sighting of each of its hosts, and whose they are where it
/// names an organisation.
pub fn records(certificate: &LoggedCertificate, line: u64) -> Vec<Record> {
    let what = what(&certificate.serial);
    let mut says = Says::new();
    put(&mut says, Attribute::Owner, certificate.organisation.as_deref().unwrap_or_default());
    let mut hosts: Vec<String> = certificate.names.iter().filter_map(|name| assets::name(name)).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let mut records = Vec::with_capacity(hosts.len());
    for host in hosts {
        let asset = EntityId::new(EntityKind::Host, host);
        if !says.is_empty() {
            records.push(Record::Claim(Claim { entity: asset.clone(), part: String::new(), says: says.clone(), line }));
        }
        let (first, last) = (certificate.logged, certificate.logged);
        records.push(Record::Sighting(Sighting { asset, what: what.clone(), first, last }));
    }
    records
}

/// `certificate 5f01`: by serial number or fingerprint in lower case, without colons and leading zeros, which some write and some do not; or just
/// `certificate`.
fn what(number: &str) -> String {
    let shown = Sign::certificate(number).map(|sign| Shown { port: None, sign });
    shown.map_or_else(|| "certificate".into(), |shown| shown.what())
}
