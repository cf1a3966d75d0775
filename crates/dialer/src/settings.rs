//! The `[net]` part of the configuration: how, from where and how gently the product reaches out.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the product reaches out. Every key has a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Resolvers to ask, as `192.0.2.53` or `192.0.2.53:5353`, in order of preference. Empty: the name servers in `/etc/resolv.conf`.
    pub resolvers: Vec<String>,
    /// Ranges (CIDR) that may be dialled although they are loopback, private or otherwise refused: for test networks and intranets.
    pub allow_ranges: Vec<String>,
    /// PEM files with root certificates that are trusted beside the built-in ones.
    pub extra_root_certificates: Vec<PathBuf>,
    /// File with the root zone's keys (DNSKEY records) for DNSSEC. Unset: IANA's, which are built in.
    pub dnssec_anchor: Option<PathBuf>,
    /// What the product calls itself in HTTP requests.
    pub user_agent: String,
    /// New connections per second to one address.
    pub per_ip_rate: u32,
    /// New connections that one address may get at once after a pause.
    pub per_ip_burst: u32,
    /// New connections per second to one network (/24 of IPv4, /48 of IPv6); as many may come at once after a pause.
    pub per_network_rate: u32,
    /// Connections open to one host at a time.
    pub per_host_concurrency: usize,
    /// Connections open at a time in all.
    pub max_connections: usize,
    /// Where a test network serves a port: `"443" = 18443` dials 18443 where 443 is meant.
    pub port_map: BTreeMap<String, u16>,
    /// Own address to send from. Unset: the system's choice.
    pub source_address: Option<IpAddr>,
    /// Upstream proxy for all connections, as `http://host:port` (CONNECT). DNS questions do not pass it.
    pub proxy: Option<String>,
    /// Name of this vantage point; it stands in every observation.
    pub vantage: String,
    /// Longest wait for a connection, in seconds.
    pub connect_timeout_s: f64,
    /// Longest wait for a complete answer once connected, in seconds.
    pub read_timeout_s: f64,
    /// Longest wait for the answer to one DNS question, repetitions included, in seconds.
    pub dns_timeout_s: f64,
    /// Longest body that is read, in bytes after decompression.
    pub body_limit_bytes: usize,
    /// Times of day (China standard time) in which dialling is allowed, as `22:00-06:00`. Empty: always.
    pub windows: Vec<String>,
    /// Hosts, `*.suffixes` and ranges (CIDR) that are never dialled. Wins over every permission.
    pub exclude: Vec<String>,
    /// File to which every connection, and every failed attempt at one, is appended as a line of JSON: to whom, for which subject, when,
    /// why and how much, to be shown to an asset's owner. Empty: `contacts.jsonl` beside the store.
    pub contact_log: PathBuf,
}

/// Where from to look: another address of our own, another proxy, other resolvers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vantage {
    /// Its name, which stands in every observation.
    pub name: String,
    /// Own address to send from. Unset: the system's choice.
    pub source_address: Option<IpAddr>,
    /// Upstream proxy, as `http://host:port`. Unset: none.
    pub proxy: Option<String>,
    /// Resolvers to ask, in order of preference. Empty: those of `[net]`.
    pub resolvers: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            resolvers: Vec::new(),
            allow_ranges: Vec::new(),
            extra_root_certificates: Vec::new(),
            dnssec_anchor: None,
            user_agent: "Mozilla/5.0 (compatible; Mingcha/0.1; government site compliance check)".into(),
            per_ip_rate: 5,
            per_ip_burst: 10,
            per_network_rate: 20,
            per_host_concurrency: 4,
            max_connections: 512,
            port_map: BTreeMap::new(),
            source_address: None,
            proxy: None,
            vantage: "local".into(),
            connect_timeout_s: 10.0,
            read_timeout_s: 20.0,
            dns_timeout_s: 5.0,
            body_limit_bytes: 2 * 1024 * 1024,
            windows: Vec::new(),
            exclude: Vec::new(),
            contact_log: PathBuf::new(),
        }
    }
}

impl Settings {
    /// Longest wait for a connection.
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.connect_timeout_s)
    }

    /// Longest wait for a complete answer once connected.
    pub fn read_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.read_timeout_s)
    }

    /// Longest wait for the answer to one DNS question.
    pub fn dns_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.dns_timeout_s)
    }

    /// Refuses numbers that cannot be meant, so that the rest of the crate need not ask again.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let times = [
            ("connect_timeout_s", self.connect_timeout_s),
            ("read_timeout_s", self.read_timeout_s),
            ("dns_timeout_s", self.dns_timeout_s),
        ];
        for (key, seconds) in times {
            if !(0.001..=3600.0).contains(&seconds) {
                return Err(SettingsError::Value {
                    key,
                    value: seconds.to_string(),
                    wanted: "a time from 0.001 to 3600 seconds",
                });
            }
        }
        let counts = [
            ("per_ip_rate", u64::from(self.per_ip_rate)),
            ("per_ip_burst", u64::from(self.per_ip_burst)),
            ("per_network_rate", u64::from(self.per_network_rate)),
            ("per_host_concurrency", self.per_host_concurrency as u64),
            ("max_connections", self.max_connections as u64),
            ("body_limit_bytes", self.body_limit_bytes as u64),
        ];
        for (key, count) in counts {
            if count == 0 {
                return Err(SettingsError::Value { key, value: "0".into(), wanted: "at least 1" });
            }
        }
        Ok(())
    }

    /// `port_map` with its ports as numbers.
    pub(crate) fn ports(&self) -> Result<BTreeMap<u16, u16>, SettingsError> {
        let entry = |(from, to): (&String, &u16)| match from.parse() {
            Ok(from) => Ok((from, *to)),
            Err(_) => Err(SettingsError::Value { key: "port_map", value: from.clone(), wanted: "a port number as a string" }),
        };
        self.port_map.iter().map(entry).collect()
    }

    /// Host and port of `proxy`.
    pub(crate) fn proxy_address(&self) -> Result<Option<String>, SettingsError> {
        let Some(proxy) = &self.proxy else { return Ok(None) };
        let address = proxy.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        match address.filter(|address| !address.contains(['/', '@']) && address.contains(':')) {
            Some(address) => Ok(Some(address.into())),
            None => Err(SettingsError::Value {
                key: "proxy",
                value: proxy.clone(),
                wanted: "an HTTP proxy without log-in such as http://192.0.2.8:3128",
            }),
        }
    }

    /// The resolvers to ask; those of the system when none is configured.
    pub(crate) fn name_servers(&self) -> Result<Vec<SocketAddr>, SettingsError> {
        if self.resolvers.is_empty() {
            let path = Path::new("/etc/resolv.conf");
            let text = std::fs::read_to_string(path).map_err(|source| SettingsError::File {
                key: "resolvers",
                path: path.into(),
                source,
            })?;
            let servers = system_servers(&text);
            return if servers.is_empty() { Err(SettingsError::NoResolver) } else { Ok(servers) };
        }
        let server = |text: &String| {
            socket_address(text).ok_or_else(|| SettingsError::Value {
                key: "resolvers",
                value: text.clone(),
                wanted: "an address such as 192.0.2.53 or 192.0.2.53:5353",
            })
        };
        self.resolvers.iter().map(server).collect()
    }
}

/// The `nameserver` lines of resolv.conf(5). The codec's own reader would bring a parser for all its other options, which we do not use.
fn system_servers(text: &str) -> Vec<SocketAddr> {
    let server = |line: &str| socket_address(line.trim().strip_prefix("nameserver")?.trim());
    text.lines().filter_map(server).take(3).collect()
}

fn socket_address(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 53)))
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A key's value is not of the form it needs.
    #[error("net.{key}: \"{value}\" is not {wanted}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What is wanted.
        wanted: &'static str,
    },
    /// A file that a key names cannot be read.
    #[error("net.{key}: cannot read {}", path.display())]
    File {
        /// The key.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// No resolver is configured and the system names none.
    #[error("net.resolvers is empty and /etc/resolv.conf names no server: set net.resolvers")]
    NoResolver,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_default_and_unknown_ones_are_refused() {
        let settings: Settings = toml::from_str("").expect("empty");
        assert_eq!(settings, Settings::default());
        assert!(settings.check().is_ok());
        assert!(toml::from_str::<Settings>("per_ip_rat = 3").is_err());
        let settings: Settings = toml::from_str("connect_timeout_s = 3\n[port_map]\n443 = 18443").expect("settings");
        assert_eq!(settings.connect_timeout(), Duration::from_secs(3));
        assert_eq!(settings.ports().expect("ports"), BTreeMap::from([(443, 18443)]));
    }

    #[test]
    fn numbers_that_cannot_be_meant_are_refused() {
        for text in
            ["connect_timeout_s = 0", "read_timeout_s = nan", "dns_timeout_s = -1", "per_ip_rate = 0", "max_connections = 0"]
        {
            let settings: Settings = toml::from_str(text).expect(text);
            assert!(matches!(settings.check(), Err(SettingsError::Value { .. })), "{text}");
        }
        let settings = Settings { port_map: BTreeMap::from([("https".into(), 1)]), ..Settings::default() };
        assert!(settings.ports().is_err());
    }

    #[test]
    fn resolvers_come_with_and_without_port() {
        let words = ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"];
        let settings = Settings { resolvers: words.map(String::from).to_vec(), ..Settings::default() };
        let ports: Vec<u16> = settings.name_servers().expect("servers").iter().map(SocketAddr::port).collect();
        assert_eq!(ports, [53, 5353, 53, 5353]);
        assert!(Settings { resolvers: vec!["dns.example".into()], ..Settings::default() }.name_servers().is_err());
    }

    #[test]
    fn the_systems_name_servers_are_read() {
        let text = "# comment\nsearch example.cn\nnameserver 192.0.2.1\nnameserver fe80::1%eth0\n  nameserver\t2001:db8::1 \n";
        assert_eq!(system_servers(text), ["192.0.2.1:53".parse().expect("v4"), "[2001:db8::1]:53".parse().expect("v6")]);
    }
}
