//! The only way out: every connection, every datagram and every DNS question of the product passes here.
//!
//! Invariant: nothing is sent without a [`Permit`](permit::Permit), which only [`Dialer::permit`](dialer::Dialer::permit) makes; nothing is
//! sent to an address that the scope guard refuses; nothing is sent faster than the limiter lets it; and whatever is sent is on
//! [`account`]. No other crate opens a socket to the outside.

pub mod account;
pub mod connection;
mod datagram;
pub mod dialer;
pub mod dns;
mod guard;
mod limiter;
pub mod permit;
mod prober;
pub mod settings;
pub mod survey;

#[cfg(test)]
mod tests;
