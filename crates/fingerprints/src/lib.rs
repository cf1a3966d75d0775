//! Technologies told by their signs: fingerprint sets in the field's own formats, compiled into one engine.
//!
//! Invariant: a function of its arguments alone; a page costs what its bytes cost, not what the catalogue holds; a broken pattern costs
//! itself and is reported with its place.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod banner;
mod builder;
mod catalogue;
mod dialect;
mod engine;
mod formats;
mod html;
mod input;
mod literals;
mod matcher;
mod prefilter;
mod resolve;
mod selector;
mod source;
mod version;

pub use banner::Recognised;
pub use catalogue::Catalogue;
pub use input::{Favicon, PageInput};
pub use source::{Count, Set, Skipped, Source};
