//! Visits with the real Chromium to pages on the loopback interface. Without Chromium every test here fails and says what to install.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong, also in its helpers")]

mod clicks;
mod render;
mod world;
