//! Relational databases.

pub(super) mod mysql;
pub(super) mod postgresql;
pub(super) mod tds;
pub(super) mod tns;
