//! Sources of the ledger: one module a format, all behind one door.
//!
//! Invariant: a format is read as a stream, so that a file of any length costs a bounded share of memory; the sink may stop or slow the
//! reading at any record. What a format means is written in the Markdown page beside its module.

pub mod accounts;
pub mod advisories;
pub mod app_store;
mod assets;
pub mod attestation;
pub mod claims;
pub mod complaints;
pub mod components;
mod delimited;
pub mod divisions;
mod documents;
pub mod encoding;
pub mod icp;
pub mod input;
pub mod json;
pub mod ledger;
mod lines;
pub mod lists;
pub mod mark;
mod metered;
pub mod names;
pub mod police;
pub mod ranges;
pub mod registration;
pub mod roster;
pub(crate) mod rows;
pub mod scans;
mod services;
mod sheet;
pub mod site_code;
pub mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod threats;
mod times;
pub mod values;
mod xml;

use model::advisory::Statement;
use model::ledger::claim::{Claim, Sighting};
use model::ledger::source::{Rejected, SourceKind};
use model::text::{Label, Text};

use crate::source::input::Input;

/// What a source says, in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// It says something of an entity.
    Claim(Claim),
    /// It saw something.
    Sighting(Sighting),
    /// It says that something is vulnerable.
    Statement(Box<Statement>),
}

/// Takes what a format reads.
pub trait Sink {
    /// Takes a record.
    ///
    /// # Errors
    /// When no more is wanted: reading ends with the same error.
    fn take(&mut self, record: Record) -> Result<(), Stopped>;

    /// Takes note of a row or record that is not taken.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    fn reject(&mut self, rejected: Rejected) -> Result<(), Stopped>;

    /// Counts a row or record that was read, good or bad; called once for each, before its claims.
    fn row(&mut self);
}

/// The sink wants no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the import was stopped")]
pub struct Stopped;

/// Why a delivery as a whole cannot be read. Rows before the fault may have been taken.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The sink wants no more.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// The bytes cannot be read: the disk, a compressed file that ends too early.
    #[error("{name} cannot be read to its end: {source}; fetch it again")]
    Io {
        /// The delivery.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An HTML page where data should be.
    #[error("{name} is an HTML page, not {expected}: the server answered with an error or log-in page")]
    HtmlPage {
        /// The delivery.
        name: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Larger, deeper or longer than we are ready to read.
    #[error("{name}: {what} is over the limit of {limit}: split it")]
    TooLarge {
        /// The delivery.
        name: String,
        /// What is too large.
        what: &'static str,
        /// The limit, in the unit that `what` tells.
        limit: u64,
    },
    /// Nothing in it is what the format asks for.
    #[error("{name} is not {expected}: {}", .problem.en)]
    Unlike {
        /// The delivery.
        name: String,
        /// What was expected.
        expected: &'static str,
        /// What was found instead, and what would be right.
        problem: Text,
    },
}

/// A format: how the files of a kind of source are read.
pub struct Format {
    /// The kind of source.
    pub kind: SourceKind,
    /// The written format, a Markdown page in both languages: columns or fields, an example, what is checked, what is left out.
    pub doc: Label,
    /// Reads a delivery into a sink.
    pub read: fn(&mut Input<'_>, &mut dyn Sink) -> Result<(), SourceError>,
}

/// All formats, in the order of their kinds.
pub static FORMATS: &[&Format] = &[
    &roster::FORMAT,
    &ledger::FORMAT,
    &icp::FORMAT,
    &police::FORMAT,
    &mark::FORMAT,
    &site_code::FORMAT,
    &registration::rdap::FORMAT,
    &registration::whois::FORMAT,
    &divisions::FORMAT,
    &names::zone::FORMAT,
    &names::passive_dns::FORMAT,
    &names::ct::FORMAT,
    &scans::fofa::FORMAT,
    &scans::quake::FORMAT,
    &scans::hunter::FORMAT,
    &scans::zoomeye::FORMAT,
    &scans::shodan::FORMAT,
    &scans::censys::FORMAT,
    &scans::nmap::FORMAT,
    &scans::httpx::FORMAT,
    &scans::nuclei::FORMAT,
    &app_store::FORMAT,
    &accounts::MINI_PROGRAMS,
    &accounts::ACCOUNTS,
    &lists::PLATFORMS,
    &lists::CLOUDS,
    &lists::AUTHORITIES,
    &ranges::FORMAT,
    &threats::urlhaus::FORMAT,
    &threats::openphish::FORMAT,
    &threats::hosts::FORMAT,
    &threats::stix::FORMAT,
    &threats::misp::FORMAT,
    &advisories::nvd::FORMAT,
    &advisories::cve_list::FORMAT,
    &advisories::osv::FORMAT,
    &advisories::ghsa::FORMAT,
    &advisories::retirejs::FORMAT,
    &advisories::cnvd::FORMAT,
    &advisories::cnnvd::FORMAT,
    &advisories::csaf::FORMAT,
    &advisories::kev::FORMAT,
    &advisories::epss::FORMAT,
    &components::eol::FORMAT,
    &lists::SUPPLIERS,
    &attestation::FORMAT,
    &components::sbom::FORMAT,
    &complaints::FORMAT,
];

/// The format of a kind of source; `None` for kinds that are not read from files.
pub fn format(kind: SourceKind) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.kind == kind)
}
