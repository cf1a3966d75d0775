//! Zone files, and lists of new or of all domains.

use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::input::Input;
use crate::source::rows::Rows;
use crate::source::times::{Clock, moment};
use crate::source::{Format, Sink, SourceError, Stopped, assets, lines};

/// Zone files and lists of domains.
pub static FORMAT: Format =
    Format { kind: SourceKind::Zone, doc: Label { zh: include_str!("zone.zh.md"), en: include_str!("zone.md") }, read };

/// The records of a zone by which a name is seen, with the form of what they say.
const RECORDS: [&str; 5] = ["NS", "A", "AAAA", "CNAME", "DS"];
const CLASSES: [&str; 3] = ["IN", "CH", "HS"];

/// What holds from one line of a zone to the next.
#[derive(Default)]
struct Zone {
    /// Behind names without a final dot; without a final dot of its own.
    origin: String,
    owner: String,
    /// Inside the brackets of a record over several lines.
    is_open: bool,
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let mut zone = Zone::default();
    lines::each(input, sink, |rows, line| zone.line(rows, line))
}

impl Zone {
    fn line(&mut self, rows: &mut Rows<'_>, line: &str) -> Result<(), Stopped> {
        let text = line.split(';').next().unwrap_or(line).trim_end();
        if text.is_empty() || text.starts_with(['#', '!']) || text.starts_with("//") {
            return Ok(());
        }
        if std::mem::take(&mut self.is_open) {
            self.is_open = !text.contains(')');
            return Ok(());
        }
        if let Some(directive) = text.strip_prefix('$') {
            if let Some(origin) = directive.strip_prefix("ORIGIN") {
                self.origin = origin.trim().trim_matches('.').to_owned();
            }
            return Ok(());
        }
        if let Some(domain) = dnsmasq(text) {
            return listed(rows, domain, None);
        }
        let is_indented = text.starts_with([' ', '\t']);
        let mut words: Vec<&str> = text.split([' ', '\t']).filter(|word| !word.is_empty()).take(40).collect();
        if let [day, domain] = words[..]
            && let Some(at) = moment(day, Clock::Utc)
        {
            return listed(rows, domain, Some(at));
        }
        if let [one] = words[..]
            && !is_indented
        {
            // A ranked list has `1,example.cn`.
            let domain = one
                .split_once(',')
                .filter(|(rank, _)| rank.bytes().all(|byte| byte.is_ascii_digit()))
                .map_or(one, |(_, rest)| rest);
            return listed(rows, domain, None);
        }
        if !is_indented {
            self.owner = self.absolute(words.remove(0));
        }
        self.record(rows, &words)
    }

    /// A record of which the owner is known: `[ttl] [class] type data`, the first two in either order.
    fn record(&mut self, rows: &mut Rows<'_>, words: &[&str]) -> Result<(), Stopped> {
        let skipped = words
            .iter()
            .take(2)
            .take_while(|word| {
                word.starts_with(|first: char| first.is_ascii_digit()) || CLASSES.contains(&word.to_ascii_uppercase().as_str())
            })
            .count();
        let rest = words.get(skipped..).unwrap_or_default();
        self.is_open = rest.contains(&"(") && !rest.contains(&")");
        let [kind, data, ..] = rest else {
            rows.count();
            return rows.reject(
                None,
                &words.join(" "),
                Text::new("不是域名，也不是区文件记录", "neither a domain nor a record of a zone"),
            );
        };
        let kind = kind.to_ascii_uppercase();
        if !kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            rows.count();
            return rows.reject(None, &words.join(" "), Text::new("不是区文件记录", "no record of a zone"));
        }
        if !RECORDS.contains(&kind.as_str()) {
            return Ok(());
        }
        rows.count();
        let data = match kind.as_str() {
            "A" | "AAAA" => assets::address(data).map(|ip| ip.to_string()),
            // Which key it is says nothing of the name.
            "DS" => Some(String::new()),
            _ => assets::name(&self.absolute(data)),
        };
        let Some(data) = data else {
            return rows.reject(Some(&kind), &words.join(" "), Text::new("记录值无法识别", "the record's data cannot be read"));
        };
        match domain(&self.owner) {
            Some(asset) => rows.seen(asset, format!("{kind} {data}").trim_end().to_owned(), None),
            // The zone itself may be a suffix of one label.
            None if self.owner.is_empty() || !self.owner.contains('.') => Ok(()),
            None => rows.no_host("owner", &self.owner),
        }
    }

    fn absolute(&self, name: &str) -> String {
        match name.strip_suffix('.') {
            Some(whole) => whole.to_owned(),
            None if name == "@" => self.origin.clone(),
            None if self.origin.is_empty() => name.to_owned(),
            None => format!("{name}.{}", self.origin),
        }
    }
}

/// The domain of a line of dnsmasq: `server=/example.cn/114.114.114.114`.
fn dnsmasq(text: &str) -> Option<&str> {
    let (option, rest) = text.split_once("=/")?;
    ["server", "address", "local", "ipset", "nftset"].contains(&option).then(|| rest.split('/').next().unwrap_or(rest))
}

fn listed(rows: &mut Rows<'_>, text: &str, at: Option<jiff::Timestamp>) -> Result<(), Stopped> {
    rows.count();
    match domain(text) {
        Some(asset) => rows.seen(asset, "listed".into(), at.map(|at| (at, at))),
        None => rows.no_host("domain", text),
    }
}

/// The entity of a name: a registrable domain is a domain, a name below one is a host.
fn domain(text: &str) -> Option<EntityId> {
    let name = assets::name(text)?;
    let registrable = readers::names::host(&name)?.registrable;
    let kind = if registrable.as_ref() == Some(&name) { EntityKind::Domain } else { EntityKind::Host };
    Some(EntityId::new(kind, name))
}
