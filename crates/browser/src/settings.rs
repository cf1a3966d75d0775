//! The `[browser]` part of the configuration.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How pages are rendered. Every key has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether pages are rendered at all. Without a browser the rules that need one stay undetermined.
    pub enabled: bool,
    /// The Chromium program.
    pub executable: PathBuf,
    /// System user as whom Chromium runs when the product itself runs as root; otherwise without effect.
    pub user: String,
    /// Pages that are open at a time.
    pub pages: usize,
    /// Longest time for one page, in seconds; the click test of a page has as much again.
    pub page_timeout_s: u64,
    /// A page has settled once its network has been silent for so long, in milliseconds.
    pub settle_ms: u64,
    /// Width of the window, in CSS pixels.
    pub viewport_width: u32,
    /// Height of the window, in CSS pixels.
    pub viewport_height: u32,
    /// Height at which the picture of a page is cut, in CSS pixels.
    pub screenshot_limit_px: u32,
    /// Bytes that one page may send and receive, those of its click test included.
    pub bytes_per_page: u64,
    /// External links that are clicked on one page.
    pub clicks: usize,
    /// Pages after which Chromium is started afresh.
    pub restart_after: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            executable: "/usr/bin/chromium".into(),
            user: "nobody".into(),
            pages: 2,
            page_timeout_s: 30,
            settle_ms: 500,
            viewport_width: 1366,
            viewport_height: 768,
            screenshot_limit_px: 12_000,
            bytes_per_page: 20 * 1024 * 1024,
            clicks: 3,
            restart_after: 200,
        }
    }
}
