//! dialer.
