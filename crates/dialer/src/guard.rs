//! The scope guard: which addresses, hosts and hours are out of bounds.
//!
//! Invariant: exclusions win over everything; a refused range opens only by `allow_ranges`; an address hidden in another
//! (IPv4-mapped, NAT64, 6to4) is judged as the hidden one.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::Offset;
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;

use crate::settings::{Settings, SettingsError};

/// China standard time, which has had no summer time since 1991: dates of grants and hours of windows are meant in it.
pub(crate) const CHINA: Offset = Offset::constant(8);

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, c: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

/// IANA IPv4 Special-Purpose Address Registry, and multicast (RFC 5771). Metadata services of clouds live in link-local and shared space.
const REFUSED_V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 0, 8), "unspecified"),
    (v4(10, 0, 0, 0, 8), "private"),
    (v4(100, 64, 0, 0, 10), "carrier-grade NAT"),
    (v4(127, 0, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 0, 16), "link-local"),
    (v4(172, 16, 0, 0, 12), "private"),
    (v4(192, 0, 0, 0, 24), "protocol assignments"),
    (v4(192, 0, 2, 0, 24), "documentation"),
    (v4(192, 88, 99, 0, 24), "6to4 relay"),
    (v4(192, 168, 0, 0, 16), "private"),
    (v4(198, 18, 0, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 0, 24), "documentation"),
    (v4(203, 0, 113, 0, 24), "documentation"),
    (v4(224, 0, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 0, 4), "reserved"),
];

/// IANA IPv6 Special-Purpose Address Registry, as far as it lies within 2000::/3; all outside is refused as a whole.
const REFUSED_V6: &[(Ipv6Net, &str)] = &[
    (v6(0x2001, 0, 0, 23), "protocol assignments"),
    (v6(0x2001, 0x0db8, 0, 32), "documentation"),
    (v6(0x3fff, 0, 0, 20), "documentation"),
];

const GLOBAL_UNICAST: Ipv6Net = v6(0x2000, 0, 0, 3);
const NAT64: Ipv6Net = v6(0x0064, 0xff9b, 0, 96);
const SIX_TO_FOUR: Ipv6Net = v6(0x2002, 0, 0, 16);

/// Longest name of a host, without final dot (RFC 1035, 2.3.4).
pub(crate) const LONGEST_HOST: usize = 253;

/// Ports of other protocols to which no browser goes, wherever an address or a redirect points (Fetch standard, 2.9 "port blocking").
const NO_VISITORS_PORTS: &[u16] = &[
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110, 111,
    113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554,
    556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666,
    6667, 6668, 6669, 6679, 6697, 10080,
];

/// What may be dialled at all, before any permission.
#[derive(Debug)]
pub(crate) struct Guard {
    allowed: Vec<IpNet>,
    excluded_hosts: BTreeSet<String>,
    excluded_suffixes: Vec<String>,
    excluded_ranges: Vec<IpNet>,
    windows: Vec<(Time, Time)>,
}

impl Guard {
    /// Reads `allow_ranges`, `exclude` and `windows`.
    pub(crate) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut guard = Self {
            allowed: Vec::new(),
            excluded_hosts: BTreeSet::new(),
            excluded_suffixes: Vec::new(),
            excluded_ranges: Vec::new(),
            windows: Vec::new(),
        };
        for text in &settings.allow_ranges {
            guard.allowed.push(range(text).ok_or_else(|| bad("allow_ranges", text, "a range such as 10.1.0.0/16"))?);
        }
        for text in &settings.exclude {
            guard.exclude(text).ok_or_else(|| bad("exclude", text, "a host, a suffix such as *.example.cn or a range"))?;
        }
        for text in &settings.windows {
            guard.windows.push(window(text).ok_or_else(|| bad("windows", text, "a span such as 22:00-06:00"))?);
        }
        Ok(guard)
    }

    fn exclude(&mut self, text: &str) -> Option<()> {
        if let Some(range) = range(text) {
            self.excluded_ranges.push(range);
        } else if let Some(suffix) = text.strip_prefix("*.") {
            self.excluded_suffixes.push(format!(".{}", a_label(suffix)?));
        } else {
            self.excluded_hosts.insert(a_label(text)?);
        }
        Some(())
    }

    /// Refuses an excluded host (A-label form or IP literal), and what is too long for one.
    pub(crate) fn check_host(&self, host: &str) -> Result<(), Failure> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if host.len() > LONGEST_HOST {
            let begin: String = host.chars().take(40).collect();
            return Err(Failure::new(FailureClass::ProtocolError, format!("{begin}…: too long for a host's name")));
        }
        if self.excluded_hosts.contains(&host) || self.excluded_suffixes.iter().any(|suffix| host.ends_with(suffix)) {
            return Err(Failure::new(FailureClass::NotPermitted, format!("{host}: excluded by net.exclude")));
        }
        match host.parse() {
            Ok(ip) => self.check_excluded(ip),
            Err(_) => Ok(()),
        }
    }

    /// Refuses an address that is excluded, or in a refused range that is not allowed.
    pub(crate) fn check_address(&self, ip: IpAddr) -> Result<(), Failure> {
        self.check_excluded(ip)?;
        let ip = unwrapped(ip);
        if self.allowed.iter().any(|range| range.contains(&ip)) {
            return Ok(());
        }
        match refused(ip) {
            None => Ok(()),
            Some(words) => {
                let detail = format!("{ip}: {words} address; net.allow_ranges does not name it");
                Err(Failure::new(FailureClass::AddressRefused, detail))
            }
        }
    }

    /// Refuses, to what only does as visitors do, the ports to which no browser goes: no redirect makes us speak HTTP to a mail server.
    pub(crate) fn check_port(level: AccessLevel, port: u16) -> Result<(), Failure> {
        if level <= AccessLevel::L1 && NO_VISITORS_PORTS.contains(&port) {
            let detail = format!("port {port} belongs to another protocol: no visitor's browser goes there");
            return Err(Failure::new(FailureClass::NotPermitted, detail));
        }
        Ok(())
    }

    /// Refuses to send outside the configured hours.
    pub(crate) fn check_time(&self, now: Timestamp) -> Result<(), Failure> {
        let time = CHINA.to_datetime(now).time();
        let open = |(from, to): &(Time, Time)| {
            if from <= to { *from <= time && time < *to } else { time >= *from || time < *to }
        };
        if self.windows.is_empty() || self.windows.iter().any(open) {
            return Ok(());
        }
        Err(Failure::new(FailureClass::NotPermitted, "outside the hours of net.windows"))
    }

    fn check_excluded(&self, ip: IpAddr) -> Result<(), Failure> {
        let hidden = unwrapped(ip);
        if self.excluded_ranges.iter().any(|range| range.contains(&ip) || range.contains(&hidden)) {
            return Err(Failure::new(FailureClass::NotPermitted, format!("{ip}: excluded by net.exclude")));
        }
        Ok(())
    }
}

/// The address inside an IPv4-mapped, NAT64 or 6to4 address; else the address itself.
fn unwrapped(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(outer) = ip else { return ip };
    let [.., a, b, c, d] = outer.octets();
    let [_, _, e, f, g, h, ..] = outer.octets();
    if SIX_TO_FOUR.contains(&outer) {
        Ipv4Addr::new(e, f, g, h).into()
    } else if NAT64.contains(&outer) || outer.to_ipv4_mapped().is_some() {
        Ipv4Addr::new(a, b, c, d).into()
    } else {
        ip
    }
}

fn refused(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => REFUSED_V4.iter().find(|(range, _)| range.contains(&ip)).map(|(_, words)| *words),
        IpAddr::V6(ip) if !GLOBAL_UNICAST.contains(&ip) => Some("special-purpose"),
        IpAddr::V6(ip) => REFUSED_V6.iter().find(|(range, _)| range.contains(&ip)).map(|(_, words)| *words),
    }
}

fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn a_label(host: &str) -> Option<String> {
    idna::domain_to_ascii(host.trim_end_matches('.')).ok().filter(|host| !host.is_empty() && !host.contains('*'))
}

fn window(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    Some((hour_and_minute(from)?, hour_and_minute(to)?))
}

fn hour_and_minute(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn bad(key: &'static str, value: &str, wanted: &'static str) -> SettingsError {
    SettingsError::Value { key, value: value.into(), wanted }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn guard(allow: &[&str], exclude: &[&str]) -> Guard {
        let words = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Guard::new(&Settings { allow_ranges: words(allow), exclude: words(exclude), ..Settings::default() }).expect("settings")
    }

    #[test]
    fn special_addresses_are_refused_in_every_guise() {
        let guard = guard(&[], &[]);
        let bad = [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.2.7",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "100::1",
        ];
        for text in bad {
            let failure = guard.check_address(text.parse().expect(text)).expect_err(text);
            assert_eq!(failure.class, FailureClass::AddressRefused, "{text}");
        }
    }

    #[test]
    fn ordinary_addresses_are_not() {
        let guard = guard(&[], &[]);
        for text in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "223.5.5.5",
            "2400:3200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert_eq!(guard.check_address(text.parse().expect(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn allowed_ranges_open_and_exclusions_close() {
        let guard = guard(&["127.0.0.0/8", "fd00::/8"], &["127.0.0.9", "9.9.9.0/24", "*.mil.cn", "Www.政务.cn"]);
        assert_eq!(guard.check_address("127.0.0.1".parse().expect("ip")), Ok(()));
        assert_eq!(guard.check_address("::ffff:127.0.0.1".parse().expect("ip")), Ok(()));
        assert_eq!(guard.check_address("fd00::1".parse().expect("ip")), Ok(()));
        for text in ["127.0.0.9", "::ffff:127.0.0.9", "9.9.9.9"] {
            assert_eq!(guard.check_address(text.parse().expect(text)).expect_err(text).class, FailureClass::NotPermitted);
        }
        for host in ["a.mil.cn", "a.b.MIL.cn.", "www.xn--zfr164b.cn", "9.9.9.1"] {
            assert_eq!(guard.check_host(host).expect_err(host).class, FailureClass::NotPermitted, "{host}");
        }
        for host in ["mil.cn", "amil.cn", "xn--zfr164b.cn"] {
            assert_eq!(guard.check_host(host), Ok(()), "{host}");
        }
    }

    #[test]
    fn windows_may_pass_midnight() {
        let settings = Settings { windows: vec!["22:00-06:00".into(), "12:30-13:00".into()], ..Settings::default() };
        let guard = Guard::new(&settings).expect("settings");
        // 14:00 UTC is 22:00 in China.
        for (text, open) in [
            ("2026-01-01T14:00:00Z", true),
            ("2026-01-01T21:59:59Z", true),
            ("2026-01-01T22:00:00Z", false),
            ("2026-01-01T04:45:00Z", true),
            ("2026-01-01T13:59:59Z", false),
        ] {
            assert_eq!(guard.check_time(text.parse().expect("time")).is_ok(), open, "{text}");
        }
    }

    #[test]
    fn bad_settings_are_named() {
        for (allow, exclude, window) in [("10.0.0.0/40", "", ""), ("", "*.*.cn", ""), ("", "", "25:00-06:00"), ("", "", "night")]
        {
            let list = |text: &str| if text.is_empty() { vec![] } else { vec![text.to_string()] };
            let settings =
                Settings { allow_ranges: list(allow), exclude: list(exclude), windows: list(window), ..Settings::default() };
            assert!(matches!(Guard::new(&settings), Err(SettingsError::Value { .. })), "{settings:?}");
        }
    }

    proptest! {
        #[test]
        fn an_address_hidden_in_ipv6_is_judged_as_itself(bits: u32) {
            let guard = guard(&[], &[]);
            let inner = Ipv4Addr::from_bits(bits);
            let plain = guard.check_address(inner.into()).is_ok();
            prop_assert_eq!(guard.check_address(inner.to_ipv6_mapped().into()).is_ok(), plain);
            let nat64 = Ipv6Addr::from_bits((0x0064_ff9b_u128 << 96) | u128::from(bits));
            prop_assert_eq!(guard.check_address(nat64.into()).is_ok(), plain);
        }
    }
}
