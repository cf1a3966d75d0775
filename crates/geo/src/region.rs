//! Where an address is in the sense of the Provisions, out of what the sources claim.
//!
//! Invariant: only a code that names a country has a say. `EU` and `AP` name a registry's area, `A1` and `A2` proxies and satellites,
//! `ZZ`, `XX` and `T1` nothing: they are kept as claims, and the region stays unknown when there is nothing else.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::LazyLock;

use ipnet::IpNet;
use model::facts::hosting::{Claim, Region};
use serde::Deserialize;

/// Codes of two letters that name no country: `XK` (Kosovo) is the one user-assigned code (`AA`, `QM` to `QZ`, `XA` to `XZ`, `ZZ`) that does.
fn names_a_country(code: &str) -> bool {
    match code.as_bytes() {
        b"EU" | b"AP" | b"AA" | b"ZZ" | [b'Q', b'M'..=b'Z'] => false,
        b"XK" => true,
        [b'X', _] => false,
        [one, two] => one.is_ascii_uppercase() && two.is_ascii_uppercase(),
        _ => false,
    }
}

fn of_country(code: &str) -> Region {
    match code {
        "CN" => Region::Mainland,
        "HK" | "MO" | "TW" => Region::HongKongMacaoTaiwan,
        _ => Region::Abroad,
    }
}

/// The region of an address. A source that names a country for a special range is believed: so can a network of one's own be described.
pub(crate) fn of(ip: IpAddr, claims: &[Claim]) -> Region {
    let named = claims.iter().map(|claim| claim.value.as_str()).filter(|code| names_a_country(code));
    let regions: BTreeSet<Region> = named.map(of_country).collect();
    match (regions.len(), regions.first()) {
        (1, Some(region)) => *region,
        (0, _) if SPECIAL.iter().any(|range| range.contains(&ip)) => Region::Special,
        (0, _) => Region::Unknown,
        _ => Region::Disputed,
    }
}

#[derive(Deserialize)]
struct Special {
    ranges: Vec<String>,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let file: Special = toml::from_str(include_str!("../data/special_ranges.toml")).expect("data/special_ranges.toml is a list");
    file.ranges.iter().map(|range| range.parse().expect("data/special_ranges.toml lists ranges")).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn region(ip: &str, codes: &[&str]) -> Region {
        let claims: Vec<Claim> = codes.iter().map(|code| Claim { source: "test".into(), value: (*code).into() }).collect();
        of(ip.parse().expect("an address"), &claims)
    }

    #[test]
    fn regions_by_code() {
        assert_eq!(region("8.8.8.8", &["CN"]), Region::Mainland);
        for code in ["HK", "MO", "TW"] {
            assert_eq!(region("8.8.8.8", &[code]), Region::HongKongMacaoTaiwan);
        }
        for code in ["US", "SG", "XK", "GB"] {
            assert_eq!(region("8.8.8.8", &[code]), Region::Abroad);
        }
        for code in ["EU", "AP", "ZZ", "XX", "A1", "A2", "O1", "T1", "AA", "QZ", "XZ", "", "cn", "CHN"] {
            assert_eq!(region("8.8.8.8", &[code]), Region::Unknown, "{code}");
        }
    }

    #[test]
    fn sources_agree_or_not() {
        assert_eq!(region("8.8.8.8", &["CN", "CN"]), Region::Mainland);
        assert_eq!(region("8.8.8.8", &["US", "DE"]), Region::Abroad, "different countries, one region");
        assert_eq!(region("8.8.8.8", &["CN", "HK"]), Region::Disputed);
        assert_eq!(region("8.8.8.8", &["CN", "US", "CN"]), Region::Disputed);
        assert_eq!(region("8.8.8.8", &["CN", "EU", "ZZ"]), Region::Mainland);
    }

    #[test]
    fn special_ranges() {
        for ip in [
            "127.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.168.1.1",
            "198.19.0.1",
            "240.0.0.1",
        ] {
            assert_eq!(region(ip, &[]), Region::Special, "{ip}");
        }
        for ip in ["::", "::1", "fe80::1", "fd00::1", "2001:db8::1", "2002::1", "2001::1", "ff02::1", "64:ff9b::1"] {
            assert_eq!(region(ip, &[]), Region::Special, "{ip}");
        }
        for ip in ["9.255.255.255", "11.0.0.0", "100.128.0.0", "172.32.0.0", "::2", "2001:200::1", "2400::1"] {
            assert_eq!(region(ip, &[]), Region::Unknown, "{ip}");
        }
        assert_eq!(region("127.3.0.1", &["CN"]), Region::Mainland, "one's own network as described");
        assert_eq!(region("127.3.0.1", &["ZZ"]), Region::Special);
    }
}
