//! The DNS engine: questions over a few shared UDP sockets, answers checked, cached and kept apart by outcome.
//!
//! Invariant: "no such name", "no such record", "the server failed" and "no answer in time" are never mixed up, and nothing is asked
//! without a permit. Only this folder knows the codec.

mod cache;
mod dnssec;
pub(crate) mod engine;
mod message;
pub mod resolver;
mod servers;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::facts::dns::{Answer, Mx, Soa};

/// The record types that the product asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Name server.
    Ns,
    /// Start of authority.
    Soa,
    /// Mail exchanger.
    Mx,
    /// Text.
    Txt,
    /// Certification authority authorisation (RFC 8659).
    Caa,
    /// Delegation signer (RFC 4034).
    Ds,
    /// Key of a zone (RFC 4034).
    Dnskey,
}

/// The content of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// IPv4 address.
    A(Ipv4Addr),
    /// IPv6 address.
    Aaaa(Ipv6Addr),
    /// Start of authority.
    Soa(Soa),
    /// Mail exchanger.
    Mx(Mx),
    /// Name (NS), joined strings (TXT) or presentation form (CAA, DS, DNSKEY).
    Text(String),
}

impl Data {
    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::A(ip) => Some((*ip).into()),
            Self::Aaaa(ip) => Some((*ip).into()),
            _ => None,
        }
    }
}

/// What came of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The aliases followed, in order (CNAME), A-label form.
    pub aliases: Vec<String>,
    /// The answer for the name at the end of the aliases.
    pub answer: Answer<Data>,
}

/// What came of a question asked on behalf of a network (RFC 7871).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkReply {
    /// What came.
    pub reply: Reply,
    /// For which length of prefix around the network the answer holds: 0 for everybody. `None`: the resolver did not say, so it may have
    /// left the network out of account.
    pub scope: Option<u8>,
}
