//! From what many sources say to one truth: which names mean one thing, which value is in force, what contradicts what.
//!
//! Invariant: everything here is a function of claims. Nothing is decided that cannot be explained, and nothing is lost by deciding.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod classify;
pub mod divisions;
pub mod entries;
pub mod extracts;
pub mod identity;
pub mod names;
pub mod reconcile;
pub mod resolve;
pub mod signs;
pub mod trust;
pub mod truth;
pub mod values;
