//! Vulnerability matching: from advisories and components to who is affected, both ways, by index.
//!
//! Invariant: pure. No network, no store, no clock; the index gives exactly what comparing everything with everything would.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod components;
pub mod cycles;
pub mod index;
pub mod matching;
pub mod merge;
pub mod naming;
pub mod product;
pub mod range;
pub mod report;
pub mod scripts;
pub mod slow;
pub mod suppliers;
pub mod urgency;
pub mod version;
