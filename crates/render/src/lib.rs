//! What people and other programs read: HTML pages, terminal text, JSON, SARIF and the pages of the rules.
//!
//! Invariant: a function from view models to text. Nothing here reads a clock, a file or a socket, and every string that came
//! from outside is escaped and stripped of control characters on its way out.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod html;
pub mod json;
pub mod listing;
pub mod map;
pub mod reconciliation;
pub mod report;
pub mod rule_page;
pub mod sarif;
pub mod summary;
pub mod terminal;
pub mod truth;

mod clean;
mod evidence;
#[cfg(test)]
mod sample;
