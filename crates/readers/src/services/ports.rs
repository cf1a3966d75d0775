//! Ports that are surveyed unless others are named, and what usually stands on each.

use std::sync::LazyLock;

use model::facts::services::{Protocol, Transport};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    port: Vec<Port>,
}

/// One row; `data/ports.toml` says what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Port {
    number: u16,
    #[serde(default)]
    transport: Transport,
    protocols: Vec<Protocol>,
    #[serde(default)]
    tls: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the reader of the table"))]
    why: String,
}

#[expect(clippy::expect_used, reason = "the file is compiled in and every test reads it")]
static TABLE: LazyLock<Vec<Port>> = LazyLock::new(|| {
    toml::from_str::<Table>(include_str!("../../data/ports.toml")).expect("data/ports.toml is a list of ports").port
});

/// The numbers of all ports of a transport in the table, ascending.
pub fn usual(transport: Transport) -> Vec<u16> {
    TABLE.iter().filter(|port| port.transport == transport).map(|port| port.number).collect()
}

/// What usually stands on a port, likelier first.
pub fn hints(transport: Transport, number: u16) -> &'static [Protocol] {
    row(transport, number).map_or(&[], |port| port.protocols.as_slice())
}

/// Whether TLS usually begins with the first byte on a TCP port.
pub fn usually_tls(number: u16) -> bool {
    row(Transport::Tcp, number).is_some_and(|port| port.tls)
}

fn row(transport: Transport, number: u16) -> Option<&'static Port> {
    TABLE.iter().find(|port| port.transport == transport && port.number == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_protocol_has_a_port() {
        for transport in [Transport::Tcp, Transport::Udp] {
            let numbers = usual(transport);
            assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        }
        let missing: Vec<_> =
            Protocol::ALL.iter().filter(|protocol| !TABLE.iter().any(|port| port.protocols.contains(protocol))).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(TABLE.iter().all(|port| !port.protocols.is_empty() && !port.why.is_empty()));
        assert!(usually_tls(443) && !usually_tls(80));
        assert_eq!(hints(Transport::Tcp, 22), [Protocol::Ssh]);
    }
}
