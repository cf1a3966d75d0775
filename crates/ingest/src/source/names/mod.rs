//! Where names turn up: zones, passive DNS, certificates.

pub mod ct;
pub mod passive_dns;
#[cfg(test)]
mod tests;
pub mod zone;
