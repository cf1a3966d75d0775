//! Passive DNS in the Common Output Format (draft-dulaunoy-dnsop-passive-dns-cof), JSON lines, or a table of the same fields.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::source::documents::{self, Shape};
use crate::source::input::Input;
use crate::source::rows::{self, Rows};
use crate::source::table::columns;
use crate::source::times::{self, Clock};
use crate::source::{Format, Sink, SourceError, Stopped, assets, lines};

/// Passive DNS.
pub static FORMAT: Format = Format {
    kind: SourceKind::PassiveDns,
    doc: Label { zh: include_str!("passive_dns.zh.md"), en: include_str!("passive_dns.md") },
    read,
};

const SHAPE: Shape = Shape { expected: "passive DNS JSON", lists: &[] };
/// The most answers of one row that are kept.
const MOST_DATA: usize = 10_000;

/// A row. Texts are borrowed from it: millions are read.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    rrname: Word<'a>,
    #[serde(borrow)]
    rrtype: Word<'a>,
    #[serde(borrow, default)]
    rdata: Data<'a>,
    #[serde(default)]
    time_first: Time,
    #[serde(default)]
    time_last: Time,
    #[serde(default)]
    zone_time_first: Time,
    #[serde(default)]
    zone_time_last: Time,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let start = input.start().trim_ascii_start();
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match start.first() {
        Some(b'{' | b'[') => {}
        _ if first_line.iter().any(|byte| matches!(byte, b',' | b'\t' | b';')) => return table(input, sink),
        _ => return hosts(input, sink),
    }
    documents::records(input, &SHAPE, sink, &mut |rows, text| match serde_json::from_str::<Row<'_>>(text) {
        Ok(row) => row.hand_on(rows),
        Err(error) => documents::reject(rows, text, &error),
    })
}

columns! {
    "a passive DNS table",
    needs [Name];
    Name "rrname" = "域名" | "query" | "domain" | "host" | "name";
    Kind "rrtype" = "记录类型" | "type";
    Data "rdata" = "解析值" | "answer" | "value";
    First "time_first" = "首次发现时间" | "first_seen";
    Last "time_last" = "最近发现时间" | "last_seen";
    ZoneFirst "zone_time_first" = "区首次时间";
    ZoneLast "zone_time_last" = "区最近时间";
}

/// The same in a table; several answers of a row have semicolons between, and a row without a type has addresses.
fn table(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    rows::of_table(input, &COLUMNS, sink, |rows, row| {
        let mut times = [None; 4];
        for (time, column) in times.iter_mut().zip([C::First, C::Last, C::ZoneFirst, C::ZoneLast]) {
            let Some(text) = row.get(column) else { continue };
            *time = times::moment(text, Clock::Utc);
            if time.is_none() {
                return rows.reject(Some("time"), text, Text::new("时间无法识别", "the time cannot be read"));
            }
        }
        let [first, last, zone_first, zone_last] = times;
        let kind = if row.text(C::Kind).is_empty() { "A" } else { row.text(C::Kind) };
        let data = row.text(C::Data).split(';').map(str::trim).filter(|text| !text.is_empty());
        answers(rows, row.text(C::Name), kind, data, first.or(zone_first), last.or(zone_last))
    })
}

/// A host on a line; a table of one column has its header first.
fn hosts(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    lines::each(input, sink, |rows, line| {
        if line.starts_with('#') || rows.line == 1 && COLUMNS.recognise(line).is_some() {
            return Ok(());
        }
        rows.count();
        match host(line.trim()) {
            Host::Name(name) => rows.seen(EntityId::new(EntityKind::Host, name), "listed".into(), None),
            Host::Other => Ok(()),
            Host::Bad => rows.no_host("rrname", line),
        }
    })
}

impl Row<'_> {
    fn hand_on(&self, rows: &mut Rows<'_>) -> Result<(), Stopped> {
        let data: &[Word<'_>] = match &self.rdata {
            Data::One(word) => std::slice::from_ref(word),
            Data::Many(words) => words,
        };
        let first = self.time_first.0.or(self.zone_time_first.0);
        let last = self.time_last.0.or(self.zone_time_last.0);
        answers(rows, &self.rrname.0, &self.rrtype.0, data.iter().map(|word| &*word.0), first, last)
    }
}

/// Hands on what one row of passive DNS says: its owner with each answer, and the hosts that answers name.
pub(crate) fn answers<'a>(
    rows: &mut Rows<'_>,
    owner: &str,
    kind: &str,
    data: impl Iterator<Item = &'a str>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
) -> Result<(), Stopped> {
    let times = first.or(last).zip(last.or(first));
    let kind = match kind.trim() {
        kind if !kind.is_empty() && kind.len() <= 16 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            kind.to_ascii_uppercase()
        }
        kind => return rows.reject(Some("rrtype"), kind, Text::new("记录类型无法识别", "the record type cannot be read")),
    };
    let asset = match host(owner) {
        Host::Name(name) => Some(EntityId::new(EntityKind::Host, name)),
        Host::Other => None,
        Host::Bad => return rows.no_host("rrname", owner),
    };
    let form = Form::of(&kind);
    if form == Form::Other {
        let Some(asset) = asset else { return Ok(()) };
        return rows.seen(asset, kind, times);
    }
    for text in data {
        let value = match form {
            Form::Address => assets::address(text).map(|ip| ip.to_string()),
            _ => target(text),
        };
        // A mail exchanger of "." and the like: there is none.
        let Some(value) = value else {
            if !matches!(text.trim(), "" | "." | "0 .") {
                rows.reject(Some("rdata"), text, Text::new("记录值无法识别", "the record's data cannot be read"))?;
            }
            continue;
        };
        if form == Form::Name {
            rows.seen(EntityId::new(EntityKind::Host, value.clone()), format!("target of {kind}"), times)?;
        }
        if let Some(asset) = &asset {
            let mut what = String::with_capacity(kind.len() + 1 + value.len());
            what.push_str(&kind);
            what.push(' ');
            what.push_str(&value);
            rows.seen(asset.clone(), what, times)?;
        }
    }
    Ok(())
}

/// What the data of a record type is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Address,
    Name,
    Other,
}

impl Form {
    fn of(kind: &str) -> Self {
        match kind {
            "A" | "AAAA" => Self::Address,
            "CNAME" | "NS" | "PTR" | "DNAME" | "MX" | "SRV" => Self::Name,
            _ => Self::Other,
        }
    }
}

enum Host {
    Name(String),
    /// A name that is no host's: a label of a service (`_dmarc`), or of the reverse tree.
    Other,
    Bad,
}

fn host(text: &str) -> Host {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.starts_with('_') || text.contains("._") || text.ends_with(".arpa") || !text.contains('.') && !text.contains(' ') {
        return Host::Other;
    }
    assets::name(text).map_or(Host::Bad, Host::Name)
}

/// The host that an answer names; behind preference, weight and port where the type has them.
fn target(text: &str) -> Option<String> {
    match host(text.rsplit([' ', '\t']).next().unwrap_or(text)) {
        Host::Name(name) => Some(name),
        Host::Other | Host::Bad => None,
    }
}

/// A text, borrowed where it has no escapes.
#[derive(Default)]
struct Word<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Word<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Word<'de>, E> {
                Ok(Word(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// One answer or several.
enum Data<'a> {
    One(Word<'a>),
    Many(Vec<Word<'a>>),
}

impl Default for Data<'_> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Data<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Data<'de>, E> {
                Ok(Data::One(Word(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Data<'de>, E> {
                Ok(Data::One(Word(Cow::Owned(text.to_owned()))))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Data<'de>, A::Error> {
                let mut words = Vec::new();
                while words.len() < MOST_DATA {
                    match list.next_element()? {
                        Some(word) => words.push(word),
                        None => return Ok(Data::Many(words)),
                    }
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Data::Many(words))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A time: seconds since 1970, or a text where a server writes one.
#[derive(Clone, Copy, Default)]
struct Time(Option<Timestamp>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds since 1970")
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Time, E> {
                let at = i64::try_from(seconds).ok().and_then(times::epoch);
                at.map(|at| Time(Some(at))).ok_or_else(|| E::custom("a time beyond the calendar"))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Time, E> {
                Err(E::custom("a time before 1970"))
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Time, E> {
                self.visit_u64(seconds as u64)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Time, E> {
                let at = times::moment(text, Clock::Utc);
                at.map(|at| Time(Some(at))).ok_or_else(|| E::custom("the time cannot be read"))
            }

            fn visit_unit<E>(self) -> Result<Time, E> {
                Ok(Time(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
