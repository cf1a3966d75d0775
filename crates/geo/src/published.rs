//! Lists of providers as cdncheck publishes them: `cdn`, `waf`, `cloud` with ranges, `common` with suffixes of aliases, all by provider.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use model::facts::hosting::ProviderRole;

use crate::providers::Gathered;
use crate::source::{BadRows, SourceError, What, clean};
use crate::suffixes::is_suffix;

/// The most ranges and suffixes, about fifteen times as many as published in 2026.
const MOST_ROWS: usize = 2_000_000;

/// Reads a list into `gathered`.
pub(crate) fn read(bytes: &[u8], gathered: &mut Gathered) -> Result<Option<What>, SourceError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(SourceError::Empty);
    }
    let sets: BTreeMap<String, BTreeMap<String, Vec<String>>> = serde_json::from_slice(bytes).map_err(SourceError::Json)?;
    let rows: usize = sets.values().flat_map(BTreeMap::values).map(Vec::len).sum();
    if rows > MOST_ROWS {
        return Err(SourceError::TooManyRows(MOST_ROWS));
    }
    let (mut bad, mut usable) = (BadRows::default(), 0);
    for (set, providers) in &sets {
        for (provider, rows) in providers {
            for (index, row) in rows.iter().enumerate() {
                match take(set, &clean(provider), row, gathered) {
                    Ok(()) => usable += 1,
                    Err(reason) => bad.add(|| format!("{}/{}/{}", clean(set), clean(provider), index + 1), reason),
                }
            }
        }
    }
    bad.finish(usable)
}

fn take(set: &str, provider: &str, row: &str, gathered: &mut Gathered) -> Result<(), &'static str> {
    let role = match set {
        "cdn" => ProviderRole::Cdn,
        "waf" => ProviderRole::Waf,
        "cloud" => ProviderRole::Cloud,
        "common" if !is_suffix(row) => return Err("the suffix is no name"),
        "common" => {
            gathered.add_suffix(provider, role_by_name(provider), row);
            return Ok(());
        }
        _ => return Err("the set is none of cdn, waf, cloud, common"),
    };
    let alone = || row.parse::<IpAddr>().map(IpNet::from);
    let range = row.parse::<IpNet>().or_else(|_| alone()).map_err(|_| "the range is none")?;
    gathered.add_range(provider, role, range.trunc());
    Ok(())
}

/// `common` has content delivery and protection side by side; the names tell which, and most are content delivery.
fn role_by_name(provider: &str) -> ProviderRole {
    let protects = ["waf", "盾", "卫士"].iter().any(|word| provider.to_ascii_lowercase().contains(word));
    if protects && !provider.contains("CDN") { ProviderRole::Waf } else { ProviderRole::Cdn }
}
