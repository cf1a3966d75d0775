//! Reasoning that several rules share: plain functions over facts, never over other rules' verdicts.

pub mod certificates;
pub mod county;
pub mod domains;
pub mod exit_prompt;
pub mod home;
pub mod mail_use;
pub mod marks;
pub mod naming;
pub mod portals;
pub mod protections;
pub mod rendered;
pub mod site;
pub mod visits;
