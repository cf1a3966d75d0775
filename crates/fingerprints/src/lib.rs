//! Technologies told by their signs: fingerprint sets in the field's own formats, compiled into one engine.
//!
//! Invariant: a function of its arguments alone; a page costs what its bytes cost, not what the catalogue holds; a broken pattern costs
//! itself and is reported with its place.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
