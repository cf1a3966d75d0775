//! readers.
