//! The rows of a file of names, whichever of its forms it has.

use csv::ReaderBuilder;
use model::facts::discovery::FoundBy;
use model::text::Text;
use serde_json::Value;

use crate::ledger::encoding;
use crate::names::{LARGEST_FILE, NamesError, Reading};

/// The columns and keys that hold names.
const CT_NAMES: [&str; 7] = ["name_value", "common_name", "dns_names", "all_domains", "domain", "host", "name"];
const DNS_NAMES: [&str; 7] = ["rrname", "rdata", "query", "answer", "domain", "host", "name"];

/// Reads a file.
pub(super) fn read(bytes: &[u8], by: FoundBy) -> Result<Reading, NamesError> {
    if bytes.len() > LARGEST_FILE {
        return Err(NamesError::TooLarge);
    }
    let text = encoding::decode(bytes);
    let mut reading = Reading::default();
    match text.trim_start().as_bytes().first() {
        Some(b'[') => array(&text, by, &mut reading)?,
        Some(b'{') => json_lines(&text, by, &mut reading),
        _ => table(&text, by, &mut reading)?,
    }
    Ok(reading)
}

fn keys(by: FoundBy) -> [&'static str; 7] {
    if by == FoundBy::PassiveDns { DNS_NAMES } else { CT_NAMES }
}

fn array(text: &str, by: FoundBy, reading: &mut Reading) -> Result<(), NamesError> {
    let values: Vec<Value> = serde_json::from_str(text).map_err(|error| NamesError::Json(error.to_string()))?;
    for (line, value) in (1..).zip(&values) {
        object(line, value, by, reading);
    }
    Ok(())
}

fn json_lines(text: &str, by: FoundBy, reading: &mut Reading) {
    for (line, row) in (1..).zip(text.lines()).filter(|(_, row)| !row.trim().is_empty()) {
        match serde_json::from_str(row) {
            Ok(value) => object(line, &value, by, reading),
            Err(error) => {
                let reason = Text::new(format!("不是 JSON：{error}"), format!("no JSON: {error}"));
                reading.reject(line, row, reason);
            }
        }
    }
}

/// Takes the names of one record; certstream wraps its own in `data`.
fn object(line: u64, value: &Value, by: FoundBy, reading: &mut Reading) {
    let record = value.get("data").filter(|data| data.is_object()).unwrap_or(value);
    let record = record.get("leaf_cert").unwrap_or(record);
    let addresses = by == FoundBy::PassiveDns && !holds_names(record.get("rrtype").and_then(Value::as_str).unwrap_or("CNAME"));
    let mut met = false;
    for key in keys(by) {
        let Some(value) = record.get(key) else { continue };
        met = true;
        if key == "rdata" && addresses {
            continue;
        }
        match value {
            Value::String(names) => cell(line, names, by, reading),
            Value::Array(names) => names.iter().filter_map(Value::as_str).for_each(|name| cell(line, name, by, reading)),
            _ => {}
        }
    }
    if !met {
        let text: String = value.to_string().chars().take(200).collect();
        reading.reject(line, &text, Text::new("没有域名字段", "no field with names"));
    }
}

/// Whether the data of a record type is a name.
fn holds_names(kind: &str) -> bool {
    ["CNAME", "NS", "PTR", "DNAME", "MX", "SRV"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Takes the names of one cell: crt.sh writes several with line feeds between, and mail exchangers stand behind their preference. A name of
/// an organisation, which a certificate may hold for want of a host, has no dot and is passed over.
fn cell(line: u64, text: &str, by: FoundBy, reading: &mut Reading) {
    for part in text.split(['\n', ',', ';']) {
        let name = if by == FoundBy::PassiveDns { part.split_whitespace().next_back().unwrap_or_default() } else { part };
        if name.contains('.') {
            reading.take(line, name);
        }
    }
}

/// A table with a header, or a host on a line.
fn table(text: &str, by: FoundBy, reading: &mut Reading) -> Result<(), NamesError> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let delimiter = [b',', b'\t', b';'].into_iter().find(|delimiter| first.as_bytes().contains(delimiter));
    let Some(delimiter) = delimiter else {
        hosts(text, by, reading);
        return Ok(());
    };
    let mut reader = ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let headers = reader.headers().cloned().unwrap_or_default();
    let position = |wanted: &str| headers.iter().position(|header| header.trim().eq_ignore_ascii_case(wanted));
    let columns: Vec<usize> = keys(by).into_iter().filter_map(position).collect();
    let (kind, data) = (position("rrtype"), position("rdata"));
    if columns.is_empty() {
        return Err(NamesError::Columns(keys(by)[0]));
    }
    for record in reader.into_records() {
        let Ok(record) = record else { break };
        let line = record.position().map_or(0, csv::Position::line);
        let addresses = kind.and_then(|kind| record.get(kind)).is_some_and(|kind| !holds_names(kind.trim()));
        let held: Vec<&str> = columns
            .iter()
            .filter(|column| !(addresses && Some(**column) == data))
            .filter_map(|column| record.get(*column))
            .collect();
        if held.is_empty() {
            let row: Vec<&str> = record.iter().collect();
            reading.reject(line, &row.join(","), Text::new("缺少域名列", "the column with the name is missing"));
        }
        held.into_iter().for_each(|names| cell(line, names, by, reading));
    }
    Ok(())
}

fn hosts(text: &str, by: FoundBy, reading: &mut Reading) {
    for (line, row) in (1..).zip(text.lines()) {
        let row = row.trim();
        // A table of one column has its header first.
        let is_header = keys(by).iter().any(|key| row.eq_ignore_ascii_case(key));
        if !row.is_empty() && !row.starts_with('#') && !is_header {
            reading.take(line, row);
        }
    }
}
