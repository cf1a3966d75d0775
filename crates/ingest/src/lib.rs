//! Sources outside, read into the ledger.
//!
//! Invariant: a source is a claim by someone. What it says is kept with its file and line; what cannot be read is reported with line and
//! reason and never guessed; and no file, however made, costs more than a bounded share of memory or makes the program panic.

pub mod fingerprints;
pub mod geo;
pub mod ledger;
pub mod names;
pub mod passwords;
pub mod paths;
pub mod source;
pub mod templates;
