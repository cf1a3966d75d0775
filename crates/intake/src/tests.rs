//! Deliveries and decisions against the in-memory store.
