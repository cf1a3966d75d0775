//! Deliveries of sources, taken into the ledger's store.
