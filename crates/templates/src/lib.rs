//! Harmless proofs: a safe subset of the nuclei template format, read, refused or compiled, and matched against answers.
//!
//! Invariant: pure. What is not known to be harmless is refused, with the reason; nothing here sends anything.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
