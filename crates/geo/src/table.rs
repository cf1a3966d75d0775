//! Tables in CSV: `first,last,value…` as ip-location-db publishes them, or `range,value…`, with or without a header.
//!
//! Invariant: a bad row is counted and told, and the good ones are used.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::ranges::{Gathered, Ranges};
use crate::source::{BadRows, SourceError, What, clean};

/// The most rows, about eight times as many as the Internet's routing table has.
const MOST_ROWS: usize = 8_000_000;

/// Countries by ranges.
pub(crate) struct Countries(Ranges);

/// Networks by ranges. An organisation is kept once a network, as the first row has it.
pub(crate) struct Networks {
    ranges: Ranges,
    known: Vec<(u32, Box<str>)>,
}

impl Countries {
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Option<What>), SourceError> {
        let (ranges, skipped) = rows(bytes, |cells| {
            let code = cells.next().unwrap_or_default();
            let code = <[u8; 2]>::try_from(code.as_bytes()).ok().filter(|code| code.iter().all(u8::is_ascii_alphanumeric));
            code.map(|[one, two]| u32::from(u16::from_be_bytes([one.to_ascii_uppercase(), two.to_ascii_uppercase()])))
                .ok_or("the country is not a code of two letters")
        })?;
        Ok((Self(ranges), skipped))
    }

    pub(crate) fn get(&self, ip: IpAddr) -> Option<String> {
        let [.., one, two] = self.0.get(ip)?.to_be_bytes();
        Some([one, two].into_iter().map(char::from).collect())
    }
}

impl Networks {
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Option<What>), SourceError> {
        let mut known: Vec<(u32, Box<str>)> = Vec::new();
        let mut places = BTreeMap::new();
        let (ranges, skipped) = rows(bytes, |cells| {
            let number = cells.next().unwrap_or_default();
            let number: u32 = digits(number).parse().map_err(|_| "the network's number is none")?;
            Ok(*places.entry(number).or_insert_with(|| {
                known.push((number, clean(cells.next().unwrap_or_default()).into()));
                (known.len() - 1) as u32
            }))
        })?;
        Ok((Self { ranges, known }, skipped))
    }

    pub(crate) fn get(&self, ip: IpAddr) -> Option<(u32, String)> {
        let (number, organisation) = self.known.get(self.ranges.get(ip)? as usize)?;
        Some((*number, organisation.to_string()))
    }
}

/// A network's number without the letters some write before it.
pub(crate) fn digits(number: &str) -> &str {
    number.strip_prefix("AS").or_else(|| number.strip_prefix("as")).unwrap_or(number)
}

fn rows(
    bytes: &[u8],
    mut value: impl FnMut(&mut dyn Iterator<Item = &str>) -> Result<u32, &'static str>,
) -> Result<(Ranges, Option<What>), SourceError> {
    if bytes.contains(&0) {
        return Err(SourceError::NotText);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes);
    let (mut record, mut gathered, mut bad) = (csv::ByteRecord::new(), Gathered::default(), BadRows::default());
    let mut seen = 0;
    // Only reading from a slice can fail here, and that does not.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        seen += 1;
        if seen > MOST_ROWS {
            return Err(SourceError::TooManyRows(MOST_ROWS));
        }
        if seen == 1 && is_header(&record) {
            continue;
        }
        let read = text(&record).and_then(|cells| {
            let mut cells = cells.into_iter();
            let (first, last) = range(&mut cells)?;
            gathered.add(first, last, value(&mut cells)?)
        });
        if let Err(reason) = read {
            let line = record.position().map_or(0, csv::Position::line);
            bad.add(|| format!("line {line}"), reason);
        }
    }
    let skipped = bad.finish(gathered.len())?;
    Ok((gathered.build(), skipped))
}

/// The first four cells. A cell that runs over lines is a quote that was not closed, and has swallowed rows.
fn text(record: &csv::ByteRecord) -> Result<Vec<&str>, &'static str> {
    if record.as_slice().contains(&b'\n') {
        return Err("a quoted cell runs over the line's end");
    }
    record.iter().take(4).map(|cell| str::from_utf8(cell).map_err(|_| "not UTF-8")).collect()
}

/// Names of columns have neither a dot nor a colon, addresses do.
fn is_header(record: &csv::ByteRecord) -> bool {
    record.get(0).is_some_and(|cell| !cell.is_empty() && !cell.iter().any(|byte| matches!(byte, b'.' | b':')))
}

fn range<'c>(cells: &mut impl Iterator<Item = &'c str>) -> Result<(IpAddr, IpAddr), &'static str> {
    let first = cells.next().unwrap_or_default();
    if first.contains('/') {
        let range: IpNet = first.parse().map_err(|_| "the range is none")?;
        return Ok((range.network(), range.broadcast()));
    }
    let address = |cell: &str| cell.parse::<IpAddr>().map_err(|_| "an end of the range is no address");
    Ok((address(first)?, address(cells.next().unwrap_or_default())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn countries_by_ends_and_by_range() {
        let (countries, skipped) =
            Countries::read(b"1.0.0.0,1.0.0.255,cn\n2001:db8::/32,HK\n1.0.0.8,1.0.0.9,MO\r\n").expect("a table");
        assert!(skipped.is_none());
        let get = |ip| countries.get(at(ip));
        assert_eq!(get("1.0.0.0").as_deref(), Some("CN"));
        assert_eq!(get("1.0.0.9").as_deref(), Some("MO"), "the narrower has the say");
        assert_eq!(get("1.0.0.10").as_deref(), Some("CN"));
        assert_eq!(get("2001:db8:ffff::1").as_deref(), Some("HK"));
        assert_eq!((get("1.0.1.0"), get("0.255.255.255"), get("2001:db9::")), (None, None, None));
    }

    #[test]
    fn networks_with_a_header_and_quotes() {
        let csv = b"network,autonomous_system_number,autonomous_system_organization\n192.0.2.0/24,64496,\"Example, \x07Inc.\"\n198.51.100.0/24,AS64496,Other\n";
        let (networks, skipped) = Networks::read(csv).expect("a table");
        assert!(skipped.is_none());
        assert_eq!(networks.get(at("192.0.2.200")), Some((64496, "Example, Inc.".into())));
        assert_eq!(networks.get(at("198.51.100.1")), Some((64496, "Example, Inc.".into())));
        assert_eq!(networks.get(at("198.51.101.1")), None);
    }

    #[test]
    fn bad_rows_are_counted_with_the_first() {
        let csv = b"1.0.0.0,1.0.0.255,CN\n1.0.1.0,1.0.0.0,CN\n\nx.y,1.0.0.0,CN\n1.0.2.0,1.0.2.9,CHN\n1.0.3.0,::1,CN\n1.0.4.0/33,CN\n\xff,1,CN\n";
        let (countries, skipped) = Countries::read(csv).expect("a table");
        let Some(What::Rows { count, first, reason }) = skipped else { panic!("rows are bad") };
        assert_eq!((count, first.as_str(), reason.as_str()), (6, "line 2", "the range ends before it begins"));
        assert_eq!(countries.get(at("1.0.0.7")).as_deref(), Some("CN"));
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told() {
        let (_, skipped) = Networks::read(b"1.0.0.0,1.0.0.1,1,A\n1.0.1.0,1.0.1.1,2,\"B\n1.0.2.0,1.0.2.1,3,C\n").expect("a table");
        assert!(matches!(skipped, Some(What::Rows { count: 1, .. })));
    }

    #[test]
    fn tables_without_any_good_row() {
        let error = |bytes: &[u8]| Countries::read(bytes).map(|_| ()).expect_err("no table").to_string();
        assert_eq!(error(b""), "is empty");
        assert_eq!(error(b"range,country\n"), "is empty");
        assert_eq!(error(b"1.0.0.0,1.0.0.1,13335,Org\n"), "has no usable row; line 1: the country is not a code of two letters");
        assert!(error(b"\0\0\x01binary").contains("neither"));
    }
}
