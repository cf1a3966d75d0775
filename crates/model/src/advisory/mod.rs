//! Words of vulnerability matching: what is vulnerable, what was found where, and what follows from both.
//!
//! Invariant: each statement keeps its source; statements about one vulnerability are grouped by their names and never melted into one.

pub mod component;
pub mod finding;
pub mod notice;
pub mod product;
pub mod statement;

pub use component::{Channel, Component, Reading, Told};
pub use finding::{Certainty, Closed, Closing, Finding, FindingId};
pub use notice::Notice;
pub use product::Product;
pub use statement::{Affected, Bound, Condition, Ordering, Score, Span, Standing, Statement, System, Versions};
