//! The words of the product: institutions, applications, observations, rules, verdicts.
//!
//! Invariant: nothing here reads a clock, draws a random number or touches the outside world. Everything is plain data that
//! survives a JSON round trip, and every collection has an order, so that equal content has an equal digest.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod advisory;
pub mod basis;
pub mod bundle;
pub mod digest;
pub mod facts;
pub mod institution;
pub mod ledger;
pub mod name;
pub mod observation;
pub mod passwords;
pub mod permission;
pub mod plain_name;
pub mod policy;
pub mod rule;
pub mod subject;
pub mod text;
pub mod uscc;
pub mod verdict;
pub mod view;
