//! The platform's HTTP API: deliveries that sources push, and reports from the public.
//!
//! Invariants: what is done with a delivery is behind [`intake::Intake`]; a body goes to a temporary file piece by piece, so that memory
//! stays flat; personal data in a report is masked before anything is kept.
//!
//! TLS is the business of a reverse proxy in front: institutions need SM2 certificates there, which no TLS library of this program serves.
//! So the API listens on loopback unless the configuration says otherwise.

mod complaints;
mod deliveries;
pub mod fault;
pub mod intake;
mod rates;
pub mod server;
pub mod settings;
#[cfg(test)]
mod tests;
mod tokens;
mod upload;
