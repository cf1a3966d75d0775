//! Reasoning that several rules share: plain functions over facts, never over other rules' verdicts.

pub mod domains;
pub mod marks;
pub mod site;
