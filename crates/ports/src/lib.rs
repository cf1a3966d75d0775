//! What the engine asks of the outside, as traits. Adapters point here; the engine never names one.
//!
//! Invariant: scaling up changes speed, not meaning. Each trait has one conformance suite in [`conformance`], run against every adapter.

pub mod advisories;
pub mod blobs;
pub mod clock;
pub mod conformance;
pub mod ledger;
pub mod memory;
pub mod memory_advisories;
pub mod memory_ledger;
pub mod store;
