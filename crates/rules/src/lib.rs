//! The catalogue: what is judged, one folder per rule under `catalog/<area>/<id>/`.
//!
//! Invariant: a rule is a function of its [`View`](model::view::View). It names `model` and nothing else, so it cannot fetch,
//! wait, log or remember.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod acts;
pub mod case;
pub mod facts;
mod judge;

pub use judge::{judge, judge_rule, judge_with};
use model::rule::Rule;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    CATALOG.iter().copied().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
