//! Sources of the ledger: one module a format, all behind one door.
//!
//! Invariant: a format is read as a stream, so that a file of any length costs a bounded share of memory; the sink may stop or slow the
//! reading at any record. What a format means is written in the Markdown page beside its module.

mod delimited;
pub mod encoding;
pub mod input;
pub mod json;
mod sheet;
pub mod table;
#[cfg(test)]
mod testing;
pub mod values;

use model::ledger::claim::{Claim, Sighting};
use model::ledger::source::{Rejected, SourceKind};
use model::text::Label;

use crate::source::input::Input;

/// What a source says, in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// It says something of an entity.
    Claim(Claim),
    /// It saw something.
    Sighting(Sighting),
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
    #[error("{name} is not {expected}: {problem}")]
    Unlike {
        /// The delivery.
        name: String,
        /// What was expected.
        expected: &'static str,
        /// What was found instead, and what would be right.
        problem: String,
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
pub static FORMATS: &[&Format] = &[];

/// The format of a kind of source; `None` for kinds that are not read from files.
pub fn format(kind: SourceKind) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.kind == kind)
}
