//! Where an address is and whose it is: country, network, provider, out of databases that the user loads.
//!
//! Invariant: a function of its arguments alone. Sources that disagree are all kept, and none is guessed over.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod atlas;
mod mmdb;
mod prefixes;
mod providers;
mod published;
mod ranges;
mod region;
mod signs;
mod source;
mod suffixes;
mod table;

pub use atlas::Atlas;
pub use published::{Listed, TakeListed, published};
pub use signs::Signs;
pub use source::{Kind, Skipped, Source, SourceError, What};
