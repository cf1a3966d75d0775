//! The `[api]` part of the configuration.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use model::digest::Digest;
use model::ledger::source::SourceKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The HTTP API. Every key has a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on. Loopback: a reverse proxy in front speaks TLS.
    pub listen: SocketAddr,
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether browsers reach us over https, so that cookies are for https alone. False is for tests on loopback.
    pub https: bool,
    /// Who may push deliveries of what. Empty: nobody.
    pub tokens: Vec<Token>,
    /// The most bytes of a delivery that is pushed.
    pub max_bytes: u64,
    /// Folder for temporary files. Empty: the system's.
    pub spool: PathBuf,
    /// Connections open at a time.
    pub max_connections: usize,
    /// Longest silence of a client, in seconds.
    pub idle_timeout_s: f64,
    /// How long a push waits while another is taken in, in seconds; then the client is asked to come back.
    pub wait_s: f64,
    /// How long running requests may take when the program ends, in seconds. Deliveries that are being taken in are always completed.
    pub shutdown_s: f64,
    /// Reports from the public.
    pub complaints: Complaints,
}

/// Reports from the public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Complaints {
    /// Whether they are taken, by form and API.
    pub enabled: bool,
    /// Name of the source of kind `complaints` under which they are kept.
    pub source: String,
    /// Reports that one address (IPv6: one /64) may send in an hour.
    pub per_client_per_hour: u32,
    /// Reports that are taken in an hour in all.
    pub per_hour: u32,
}

/// Who may push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Whose it is; it stands in the origin of deliveries.
    pub name: String,
    /// SHA-256 of the token in hexadecimal: `printf %s TOKEN | sha256sum`. Tokens are random and at least 32 characters long.
    pub sha256: Digest,
    /// Kinds of source that it may deliver.
    pub kinds: Vec<SourceKind>,
    /// Names of sources that it may deliver. Empty: all of those kinds.
    #[serde(default)]
    pub sources: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8460)),
            trusted_proxies: Vec::new(),
            https: true,
            tokens: Vec::new(),
            max_bytes: 2 << 30,
            spool: PathBuf::new(),
            max_connections: 256,
            idle_timeout_s: 30.0,
            wait_s: 30.0,
            shutdown_s: 30.0,
            complaints: Complaints::default(),
        }
    }
}

impl Default for Complaints {
    fn default() -> Self {
        Self { enabled: true, source: "网上投诉举报".into(), per_client_per_hour: 10, per_hour: 600 }
    }
}

/// A key that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("api.{key}: {problem}")]
pub struct SettingsError {
    key: &'static str,
    problem: &'static str,
}

impl Settings {
    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// With the key that is wrong and what would be right.
    pub fn check(&self) -> Result<(), SettingsError> {
        let wrong = |key, problem| Err(SettingsError { key, problem });
        let seconds = |value: f64| value > 0.0 && value <= 86_400.0;
        match () {
            () if !seconds(self.idle_timeout_s) => wrong("idle_timeout_s", "seconds above 0 and at most a day"),
            () if !seconds(self.wait_s) => wrong("wait_s", "seconds above 0 and at most a day"),
            () if !seconds(self.shutdown_s) => wrong("shutdown_s", "seconds above 0 and at most a day"),
            () if self.max_connections == 0 => wrong("max_connections", "at least 1"),
            () if self.tokens.iter().any(|token| token.kinds.is_empty()) => {
                wrong("tokens", "a token names the kinds that it may deliver")
            }
            () if self.tokens.iter().any(|token| token.kinds.contains(&SourceKind::Person)) => {
                wrong("tokens", "decisions of persons are not delivered")
            }
            () if self.complaints.source.is_empty() => wrong("complaints.source", "a name"),
            () => Ok(()),
        }
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.idle_timeout_s)
    }

    pub(crate) fn spool_folder(&self) -> PathBuf {
        if self.spool.as_os_str().is_empty() { std::env::temp_dir() } else { self.spool.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound_and_wrong_keys_are_named() {
        assert_eq!(Settings::default().check(), Ok(()));
        let text = "[[tokens]]\nname = \"甲\"\nsha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"\nkinds = [\"person\"]";
        let settings: Settings = toml::from_str(text).expect("readable");
        assert!(settings.check().is_err_and(|error| error.to_string().contains("api.tokens")));
        assert!(toml::from_str::<Settings>("colour = 1").is_err());
    }
}
