//! A small government Internet on loopback: names, certificates, web servers and the registry of official marks, with the truth about it
//! written down by hand. It knows none of the product's crates, so what it expects cannot be copied from what the product does.
//!
//! Invariant: it listens on addresses of `127.0.0.0/8` only.

pub mod authority;
pub mod counting;
pub mod ct_log;
pub mod error;
pub mod lab;
pub mod mapped;
pub mod names;
mod registers;
pub mod services;
pub mod streets;
mod tables;
pub mod tls_peers;
pub mod truth;
pub mod web;
pub mod world;
