//! The probes: how a host is looked at, on top of the dialer.
//!
//! Invariant: probes record and never judge. They open no socket of their own, and everything that a server sends is bounded in size,
//! time and number before it is kept.

mod body;
pub mod clients;
pub mod crawl;
pub mod discover;
pub mod entrances;
mod exchange;
mod mail;
pub mod passwords;
pub mod probes;
pub mod proofs;
mod provocation;
pub mod scripts;
mod services;
pub mod tls;
pub mod tls_survey;
mod walk;

#[cfg(test)]
mod tests;
