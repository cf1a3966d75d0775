//! The lab's web servers: one door per address and port, behaviours by host and path.
//!
//! Invariant: a request costs no more than a look-up; all pages are made before the first door opens.

mod answers;
mod body;
mod console;
pub mod doors;
pub(crate) mod html;
mod picture;
pub(crate) mod registry;
mod tls;
