//! The watch over advisories: what a new advisory or a new component means for the findings that are open.
//!
//! Invariant: what changed is written down with the change and worked off later, so that a crash between both loses nothing.
