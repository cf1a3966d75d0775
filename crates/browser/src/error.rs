//! Why no browser could be started.

use std::path::PathBuf;

/// Why no browser could be started. What goes wrong with a single page is a [`Failure`](model::observation::Failure) instead.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The configuration says so.
    #[error("browser.enabled is false: pages are not rendered")]
    Disabled,
    /// The program is not there.
    #[error("no browser at {}: apt-get install chromium fonts-noto-cjk, or set browser.executable", .0.display())]
    NotInstalled(PathBuf),
    /// The product runs as root, and the user for the browser does not exist.
    #[error("browser.user: the system has no user \"{0}\": create one or name another")]
    NoSuchUser(String),
    /// The directory for the browser's profile cannot be made.
    #[error("make a directory for the browser's profile")]
    Profile(#[source] std::io::Error),
    /// The program cannot be run.
    #[error("run {}", .path.display())]
    Spawn {
        /// The program.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The program runs but does not answer; with the last words it printed.
    #[error("the browser does not answer; it last said: {0}")]
    Silent(String),
    /// The loopback port of the browser's proxy cannot be opened.
    #[error("open a loopback port for the browser's proxy")]
    Proxy(#[source] std::io::Error),
    /// The system gives no random bytes.
    #[error("draw a random credential: {0}")]
    Random(String),
}
