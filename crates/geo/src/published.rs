//! Lists of providers as cdncheck publishes them: `cdn`, `waf`, `cloud` with ranges, `common` with suffixes of aliases, all by provider.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use model::facts::hosting::ProviderRole;

use crate::providers::{Gathered, known_name};
use crate::source::{BadRows, SourceError, What, clean};
use crate::suffixes::is_suffix;

/// The most ranges and suffixes, about fifteen times as many as published in 2026.
const MOST_ROWS: usize = 2_000_000;

/// A row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// A range of addresses.
    Range {
        /// The provider, by the name that the product has for it.
        provider: String,
        /// What the provider does there.
        role: ProviderRole,
        /// The range, without bits behind its length.
        range: IpNet,
    },
    /// A suffix of aliases.
    Suffix {
        /// The provider, as for a range.
        provider: String,
        /// What the provider does there.
        role: ProviderRole,
        /// The suffix.
        suffix: String,
    },
}

/// Takes a row or what is wrong with it, and the place where it stands, as `cdn/Example/3`.
pub type TakeListed<'f> = &'f mut dyn FnMut(&dyn Fn() -> String, Result<Listed, &'static str>);

/// Reads a list row by row.
///
/// # Errors
/// When it is no such list, or has too many rows.
pub fn published(bytes: &[u8], take: TakeListed<'_>) -> Result<(), SourceError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(SourceError::Empty);
    }
    let sets: BTreeMap<String, BTreeMap<String, Vec<String>>> = serde_json::from_slice(bytes).map_err(SourceError::Json)?;
    let rows: usize = sets.values().flat_map(BTreeMap::values).map(Vec::len).sum();
    if rows > MOST_ROWS {
        return Err(SourceError::TooManyRows(MOST_ROWS));
    }
    for (set, providers) in &sets {
        for (provider, rows) in providers {
            let provider = clean(provider);
            for (index, row) in rows.iter().enumerate() {
                take(&|| format!("{}/{provider}/{}", clean(set), index + 1), listed(set, &provider, row));
            }
        }
    }
    Ok(())
}

/// Reads a list into `gathered`.
pub(crate) fn read(bytes: &[u8], gathered: &mut Gathered) -> Result<Option<What>, SourceError> {
    let (mut bad, mut usable) = (BadRows::default(), 0);
    published(bytes, &mut |place, row| match row {
        Ok(row) => {
            usable += 1;
            match row {
                Listed::Range { provider, role, range } => gathered.add_range(&provider, role, range),
                Listed::Suffix { provider, role, suffix } => gathered.add_suffix(&provider, role, &suffix),
            }
        }
        Err(reason) => bad.add(place, reason),
    })?;
    bad.finish(usable)
}

fn listed(set: &str, provider: &str, row: &str) -> Result<Listed, &'static str> {
    let role = match set {
        "cdn" => ProviderRole::Cdn,
        "waf" => ProviderRole::Waf,
        "cloud" => ProviderRole::Cloud,
        "common" if !is_suffix(row) => return Err("the suffix is no name"),
        "common" => {
            let role = role_by_name(provider);
            return Ok(Listed::Suffix { provider: known_name(provider, role), role, suffix: row.into() });
        }
        _ => return Err("the set is none of cdn, waf, cloud, common"),
    };
    let alone = || row.parse::<IpAddr>().map(IpNet::from);
    let range = row.parse::<IpNet>().or_else(|_| alone()).map_err(|_| "the range is none")?;
    Ok(Listed::Range { provider: known_name(provider, role), role, range: range.trunc() })
}

/// `common` has content delivery and protection side by side; the names tell which, and most are content delivery.
fn role_by_name(provider: &str) -> ProviderRole {
    let protects = ["waf", "盾", "卫士"].iter().any(|word| provider.to_ascii_lowercase().contains(word));
    if protects && !provider.contains("CDN") { ProviderRole::Waf } else { ProviderRole::Cdn }
}
