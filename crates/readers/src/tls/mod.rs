//! TLS as a server shows it before any key is agreed on: hellos to send, and readers for what comes back in the clear.
//!
//! Covers SSLv2, SSLv3 (RFC 6101), TLS 1.0 to 1.3 (RFC 2246, 4346, 5246, 8446) and TLCP (GB/T 38636-2020). Our own, because a TLS library
//! speaks only what is still safe, and a survey asks for the rest.
//!
//! Invariant: nothing here agrees on a key or keeps a secret; what is read is bounded by [`records::FLIGHT_LIMIT`].

mod cursor;
pub mod hello;
pub mod names;
pub mod records;
pub mod server;
pub mod sslv2;

/// A protocol version, in the order in which facts list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// SSL 2.0.
    Ssl2,
    /// SSL 3.0.
    Ssl3,
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
    /// TLCP, the national protocol; not one of TLS's versions though its records look alike.
    Tlcp,
}

impl Version {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Ssl2, Self::Ssl3, Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13, Self::Tlcp];

    /// The name in facts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ssl2 => "SSLv2",
            Self::Ssl3 => "SSLv3",
            Self::Tls10 => "TLSv1.0",
            Self::Tls11 => "TLSv1.1",
            Self::Tls12 => "TLSv1.2",
            Self::Tls13 => "TLSv1.3",
            Self::Tlcp => "TLCP",
        }
    }

    /// The number on the wire.
    pub fn number(self) -> u16 {
        match self {
            Self::Ssl2 => 0x0002,
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
            Self::Tlcp => 0x0101,
        }
    }
}

/// Bytes that break the protocol, with what they were meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed {0}")]
pub struct Malformed(pub &'static str);
