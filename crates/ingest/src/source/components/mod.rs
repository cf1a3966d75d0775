//! What software is made of, and how long it is cared for.

mod cyclonedx;
pub mod eol;
pub mod sbom;
mod spdx;
#[cfg(test)]
mod tests;
