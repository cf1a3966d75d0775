//! What can go wrong when a lab is built or started.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

/// Why there is no lab.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A file of the world cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the world does not follow its format.
    #[error("{file} is no world file; see crates/lab/world for examples")]
    Parse {
        /// The file.
        file: String,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The world contradicts itself.
    #[error("the world does not fit together: {0}")]
    World(String),
    /// A row of the truth cannot be understood.
    #[error("{file}, line {line}: {reason}")]
    Truth {
        /// The table.
        file: &'static str,
        /// Line, counted from one.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// A certificate could not be made.
    #[error("cannot make the certificate for {host}")]
    Certificate {
        /// For whom.
        host: String,
        /// Why.
        #[source]
        source: rcgen::Error,
    },
    /// A TLS server could not be set up.
    #[error("cannot set up tls")]
    Tls(#[source] rustls::Error),
    /// A zone could not be built.
    #[error("cannot build the zone {zone}: {reason}")]
    Zone {
        /// The zone.
        zone: String,
        /// What is wrong.
        reason: String,
    },
    /// No port is free on every address.
    #[error("cannot listen on {address}; is another lab running, or the limit of open files too low (ulimit -n)?")]
    Listen {
        /// The address.
        address: IpAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file for the product cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}
