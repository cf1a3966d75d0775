//! What scans see: a service at a port of a host or an address, written so that the same is recognised again.

use jiff::Timestamp;
use ledger::resolve::sites::leading_to;
use ledger::signs::{Shown, Sign};
use model::ledger::entity::EntityKind;
use model::text::Text;
use serde::{Deserialize, Deserializer};

use crate::source::Stopped;
use crate::source::assets;
use crate::source::rows::{Rows, clean};
use crate::source::times::{self, Clock};

/// The longest name of a service, product or version that is kept, in characters.
const WORD: usize = 60;

/// A service.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Service<'a> {
    /// Port; a service without one is no service.
    pub port: Option<u16>,
    /// `tcp` or `udp`; empty means `tcp`.
    pub transport: &'a str,
    /// Protocol spoken.
    pub service: &'a str,
    /// Product.
    pub product: &'a str,
    /// Its version.
    pub version: &'a str,
}

impl Service<'_> {
    /// `443/tcp https nginx 1.24`: titles, banners and whatever else changes by itself is left out.
    pub fn what(&self) -> String {
        let transport = if self.transport.trim().eq_ignore_ascii_case("udp") { "udp" } else { "tcp" };
        let mut what = format!("{}/{transport}", self.port.unwrap_or(0));
        for word in [clean(self.service, WORD).to_lowercase(), clean(self.product, WORD), clean(self.version, WORD)] {
            if !word.is_empty() {
                what.push(' ');
                what.push_str(&word);
            }
        }
        what
    }
}

/// When something was seen; `None` where the source does not tell, an error with the text that is no time.
pub(crate) type When<'a> = Result<Option<Timestamp>, &'a str>;

/// The time that a source writes, on its clock.
pub(crate) fn when(text: &str, clock: Clock) -> When<'_> {
    if text.trim().is_empty() { Ok(None) } else { times::moment(text, clock).map(Some).ok_or(text) }
}

/// Where a service was seen: names and address, as many as the source tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place<'a> {
    /// Address.
    pub address: &'a str,
    /// Host names that led to the address, with or without scheme and port.
    pub hosts: Vec<&'a str>,
    /// Host names that are told of the address and need not lead there: of the reverse tree, of a certificate.
    pub told: Vec<&'a str>,
}

/// By what a web service is recognised at another address. What is empty or tells nothing is left out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Look<'a> {
    /// Title of its page.
    pub title: &'a str,
    /// Digest of its icon.
    pub icon: &'a str,
    /// Number of an ICP filing on its page.
    pub filing: &'a str,
    /// Serial number or fingerprint of its certificate.
    pub certificate: &'a str,
}

impl Look<'_> {
    /// The signs at a port, as sightings keep them.
    fn whats(&self, port: Option<u16>) -> impl Iterator<Item = String> {
        let certificate = Sign::certificate(self.certificate).map(|sign| Shown { port: None, sign });
        let shown = [Sign::title(self.title), Sign::icon(self.icon), Sign::filing(self.filing)].into_iter().flatten();
        let shown = shown.map(move |sign| Shown { port, sign });
        certificate.into_iter().chain(shown).map(|shown| shown.what())
    }
}

/// Hands on a sighting of `service`, and of the signs of its look, for every name and address of `place`. Names without a dot and empty ones
/// are no places.
pub(crate) fn seen(
    rows: &mut Rows<'_>,
    place: &Place<'_>,
    service: &Service<'_>,
    look: &Look<'_>,
    at: When<'_>,
) -> Result<(), Stopped> {
    if service.port.is_none_or(|port| port == 0) {
        return rows.reject(Some("port"), "", Text::new("缺少端口或端口不在 1 至 65535", "no port from 1 to 65535"));
    }
    let whats: Vec<String> = std::iter::once(service.what()).chain(look.whats(service.port)).collect();
    hand_on(rows, place, &whats, at)
}

/// Hands on a sighting of `what` for every name and address of `place`.
pub(crate) fn seen_as(rows: &mut Rows<'_>, place: &Place<'_>, what: &str, at: When<'_>) -> Result<(), Stopped> {
    hand_on(rows, place, &[what.to_owned()], at)
}

fn hand_on(rows: &mut Rows<'_>, place: &Place<'_>, whats: &[String], at: When<'_>) -> Result<(), Stopped> {
    let times = match at {
        Ok(at) => at.map(|at| (at, at)),
        Err(text) => return rows.reject(Some("time"), text, Text::new("时间无法识别", "the time cannot be read")),
    };
    let mut assets = Vec::new();
    let texts = place.hosts.iter().chain(&place.told).chain([&place.address]);
    for (number, text) in texts.map(|text| assets::host_of(text.trim())).enumerate() {
        match assets::asset(text) {
            Some(asset) if !assets.iter().any(|(_, known)| *known == asset) => assets.push((number < place.hosts.len(), asset)),
            None if text.contains('.') => rows.no_host("host", text)?,
            _ => {}
        }
    }
    if assets.is_empty() {
        return rows.reject(None, place.address, Text::new("没有主机名或 IP 地址", "neither a host name nor an IP address"));
    }
    let address = assets::address(place.address).map(leading_to);
    for (leads, asset) in assets {
        if let Some(resolution) = address.as_ref().filter(|_| leads && asset.kind == EntityKind::Host) {
            rows.seen(asset.clone(), resolution.clone(), times)?;
        }
        for what in whats {
            rows.seen(asset.clone(), what.clone(), times)?;
        }
    }
    Ok(())
}

/// Product and version out of a `Server` header: `nginx/1.24.0 (Ubuntu)` is nginx, 1.24.0.
pub(crate) fn product(header: &str) -> (&str, &str) {
    let first = header.split([' ', '(']).next().unwrap_or(header);
    first.split_once('/').unwrap_or((first, ""))
}

/// A number that some exports write as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loose(pub String);

impl Loose {
    /// The port that it is.
    pub fn port(&self) -> Option<u16> {
        self.0.trim().parse().ok()
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            // Some exports have a list where there is mostly one; the first stands for all.
            Value::Array(values) => values.into_iter().find_map(|value| value.as_str().map(str::to_owned)).unwrap_or_default(),
            _ => String::new(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_written_the_same() {
        let service = Service { port: Some(443), transport: "TCP", service: "HTTPS ", product: "ngi\u{1b}nx", version: "1.24" };
        assert_eq!(service.what(), "443/tcp https nginx 1.24");
        assert_eq!(Service { port: Some(53), transport: "udp", ..Service::default() }.what(), "53/udp");
        assert_eq!(product("nginx/1.24.0 (Ubuntu)"), ("nginx", "1.24.0"));
        assert_eq!(product("Apache"), ("Apache", ""));
    }
}
