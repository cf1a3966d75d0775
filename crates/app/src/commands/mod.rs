//! One file a command.

pub mod advisory;
pub mod check;
pub mod config;
pub mod demo;
pub mod lab;
pub mod ledger;
pub mod map;
pub mod rejudge;
pub mod report;
pub mod rules;
pub mod serve;
pub mod source;
pub mod sweep;
pub mod sync;
pub mod templates;
pub mod verify;
