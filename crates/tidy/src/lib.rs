//! The laws of the house as tests; see `tests/`. The crate itself holds nothing.
