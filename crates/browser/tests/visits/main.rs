//! Visits with the real Chromium to pages on the loopback interface. Without Chromium every test here fails and says what to install.

mod clicks;
mod render;
mod world;
