//! What registers say beside what was seen.
