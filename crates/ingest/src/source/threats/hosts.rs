//! Lists of malicious hosts, addresses and URLs: hosts files, plain lists, Maltrail's, rules of blockers.

use std::net::IpAddr;

use model::ledger::source::SourceKind;
use model::text::Label;

use crate::source::input::Input;
use crate::source::threats::{claim, of_kind};
use crate::source::{Format, Sink, SourceError, assets, lines};

/// Lists of hosts.
pub static FORMAT: Format =
    Format { kind: SourceKind::HostsList, doc: Label { zh: include_str!("hosts.zh.md"), en: include_str!("hosts.md") }, read };

/// What an entry is called whose list tells no kind.
const KIND: &str = "malicious";

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    lines::each(input, sink, |rows, line| {
        for entry in entries(line) {
            rows.count();
            claim(rows, "host", entry, "", of_kind(KIND))?;
        }
        Ok(())
    })
}

/// The entries of a line; none for remarks and for the names that every machine has.
fn entries(line: &str) -> Vec<&str> {
    let line = line.trim();
    if line.starts_with(['#', '!', ';', '[']) && !is_bracketed_address(line) || line.starts_with("//") {
        return Vec::new();
    }
    // A `#` within a URL is its fragment: a remark has a blank before it.
    let line = line.split(" #").next().unwrap_or(line).split("\t#").next().unwrap_or(line).trim();
    if let Some((_, rest)) = line.split_once("=/") {
        return rest.split('/').next().into_iter().collect();
    }
    if let Some(rule) = line.strip_prefix("||") {
        return rule.split(['^', '/', '$']).next().into_iter().collect();
    }
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else { return Vec::new() };
    match assets::address(first) {
        Some(ip) if is_sinkhole(ip) => words.filter(|name| name.contains('.') && assets::address(name).is_none()).collect(),
        _ => vec![line],
    }
}

/// Addresses to which hosts files send what they block; `::1 localhost` and its like have no dot and fall away with them.
fn is_sinkhole(ip: IpAddr) -> bool {
    ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() || matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())
}

fn is_bracketed_address(line: &str) -> bool {
    line.split_once(']').is_some_and(|(start, _)| assets::address(&format!("{start}]")).is_some())
}
