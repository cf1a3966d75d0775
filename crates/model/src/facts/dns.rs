//! Facts out of the domain name system.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::Failure;

/// The answer to one question, with the four outcomes kept apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer<T> {
    /// Records, in the order of their text.
    Records(Vec<T>),
    /// The name exists, the type does not (NODATA, RFC 2308).
    Empty,
    /// The name does not exist (NXDOMAIN).
    NameNotFound,
    /// SERVFAIL, REFUSED, no answer in time.
    Failed(Failure),
}

impl<T> Answer<T> {
    /// The records; none unless there are some.
    pub fn records(&self) -> &[T] {
        match self {
            Self::Records(records) => records,
            _ => &[],
        }
    }

    /// The failure, if the question was not answered.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// Addresses and aliases of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostDns {
    /// The host asked for, A-label form.
    pub name: String,
    /// The aliases followed, in order (CNAME).
    pub aliases: Vec<String>,
    /// IPv4 addresses.
    pub a: Answer<Ipv4Addr>,
    /// IPv6 addresses.
    pub aaaa: Answer<Ipv6Addr>,
}

impl HostDns {
    /// All addresses, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        let v4 = self.a.records().iter().map(|ip| IpAddr::from(*ip));
        v4.chain(self.aaaa.records().iter().map(|ip| IpAddr::from(*ip)))
    }
}

/// A mail exchanger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Mx {
    /// Preference; lower is tried first.
    pub preference: u16,
    /// Host, A-label form without final dot; empty for the "null MX" of RFC 7505.
    pub host: String,
}

/// Start of authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Soa {
    /// Primary name server.
    pub mname: String,
    /// Mailbox of the responsible person, in DNS form.
    pub rname: String,
    /// Serial number.
    pub serial: u32,
}

/// Whether the zone's signatures hold (RFC 4033, section 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dnssec {
    /// A chain of trust leads here and holds.
    Secure,
    /// The parent proves that there is none.
    Insecure,
    /// There is one and it is broken; with the validator's words.
    Bogus(String),
    /// It could not be found out.
    Indeterminate(Failure),
}

/// Records of a registrable domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneDns {
    /// The domain, A-label form.
    pub zone: String,
    /// Name servers.
    pub ns: Answer<String>,
    /// Start of authority.
    pub soa: Answer<Soa>,
    /// Mail exchangers.
    pub mx: Answer<Mx>,
    /// Text records, lossily decoded, strings of one record joined.
    pub txt: Answer<String>,
    /// Certification authority authorisation, presentation form.
    pub caa: Answer<String>,
    /// Delegation signer records at the parent, presentation form.
    pub ds: Answer<String>,
    /// Keys, presentation form.
    pub dnskey: Answer<String>,
    /// Validation state.
    pub dnssec: Dnssec,
}
