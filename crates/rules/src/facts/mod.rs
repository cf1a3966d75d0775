//! Reasoning that several rules share: plain functions over facts, never over other rules' verdicts.

pub mod attested;
pub mod browsers;
pub mod certificates;
pub mod clouds;
pub mod county;
pub mod cycles;
pub mod domains;
pub mod entrances;
pub mod exit_prompt;
pub mod exposed;
pub mod filings;
pub mod home;
pub mod icp;
pub mod mail_use;
pub mod marks;
pub mod naming;
pub mod poisoned;
pub mod police;
pub mod portals;
pub mod protections;
pub mod registrant;
pub mod rendered;
pub mod same_name;
pub mod site;
pub mod visits;
pub mod vulnerable;
