//! Bytes from outside, read into the facts of `model`.
//!
//! Invariant: every function here is a function of its arguments alone, ends in time linear in its input, bounds what it returns
//! and never panics, whatever the bytes. Nothing here says whether a fact is good or bad: that is for the rules.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod access;
pub mod certificate;
pub mod charset;
pub mod clients;
pub mod ct;
pub mod dmarc;
pub mod entrances;
pub mod favicon;
pub mod filings;
pub mod found_names;
pub mod headers;
pub mod marks;
pub mod names;
pub mod organisations;
pub mod page;
pub mod personal;
pub mod robots;
pub mod services;
pub mod sitemap;
pub mod spf;
pub mod tls;
pub mod words;
