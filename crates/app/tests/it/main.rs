//! The product as its users run it: the real binary against servers on loopback. One test binary, so that it links once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod advisories;
mod bad_input;
mod demo;
mod ledger;
mod map;
mod program;
mod real;
mod resume;
mod servers;
mod stranger;
mod templates;
