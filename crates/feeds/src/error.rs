//! Why nothing could be fetched: what, where, and what to do.

use std::io;
use std::path::PathBuf;

/// Why a look at a source brought nothing. The marker stays as it was: the next look tries the same again.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The configuration of a source cannot be meant.
    #[error("source {feed}: {problem}")]
    Settings {
        /// Kind and name.
        feed: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A secret is not there.
    #[error("source {feed}: the environment variable {variable} is not set or cannot be sent: set it for the service")]
    Secret {
        /// Kind and name.
        feed: String,
        /// The variable.
        variable: String,
    },
    /// A root certificate or proxy of the configuration cannot be used.
    #[error("feeds: {0}")]
    Client(String),
    /// No connection, or one that broke before an answer.
    #[error("{place} cannot be reached: {problem}; check name, network and certificate")]
    Unreachable {
        /// URL without its query.
        place: String,
        /// Why.
        problem: String,
    },
    /// An answer that is no delivery.
    #[error("{place} answered {status}: {advice}")]
    Status {
        /// URL without its query.
        place: String,
        /// HTTP status.
        status: u16,
        /// What to do.
        advice: &'static str,
    },
    /// The server asks for more patience than one look has.
    #[error("{place} is busy and asks to be left alone for {wait_s} s: look again later, or less often")]
    Busy {
        /// URL without its query.
        place: String,
        /// Seconds.
        wait_s: u64,
    },
    /// A redirect that is not followed.
    #[error("{place} sends on to {to}: {why}")]
    Redirect {
        /// URL without its query.
        place: String,
        /// Where to.
        to: String,
        /// Why it is not followed, and what to do.
        why: &'static str,
    },
    /// Larger than allowed.
    #[error("{place} is larger than {limit} bytes: raise max_bytes if that is right")]
    TooLarge {
        /// URL, key or file.
        place: String,
        /// The limit.
        limit: u64,
    },
    /// Silent, or too slow in all.
    #[error("{place}: {what} took longer than {seconds} s")]
    Slow {
        /// URL without its query.
        place: String,
        /// What took so long.
        what: &'static str,
        /// The limit.
        seconds: f64,
    },
    /// The transfer ended before its end.
    #[error("{place} broke off after {got} bytes{}: look again", of(*.expected))]
    Broken {
        /// URL without its query.
        place: String,
        /// Bytes that came.
        got: u64,
        /// Bytes that were announced.
        expected: Option<u64>,
    },
    /// An HTML page where data should be.
    #[error("{place} is an HTML page, not data: an error or log-in page; check the address and the rights")]
    HtmlPage {
        /// URL, key or file.
        place: String,
    },
    /// Nothing where data should be.
    #[error("{place} is empty: a source that has nothing to say delivers its header")]
    Empty {
        /// URL, key or file.
        place: String,
    },
    /// More than we are ready to look at.
    #[error("{place} holds more than {limit} {what}: split it")]
    TooMany {
        /// Folder or bucket.
        place: String,
        /// What of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An answer that is not what the protocol asks for.
    #[error("{place}: {problem}")]
    Protocol {
        /// URL without its query.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A folder or file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The temporary file cannot be written.
    #[error("the temporary file for a delivery cannot be written: {0}; check the space in the folder for temporary files")]
    Spool(#[source] io::Error),
    /// A certificate transparency log that does not prove what it says. Nothing of it is delivered.
    #[error("the log {place} {problem}: nothing of it is taken; tell the log's operator")]
    Log {
        /// The log.
        place: String,
        /// What is not proved.
        problem: String,
    },
}

impl FeedError {
    /// Whether the fault is that of one file or object, so that others may still be had.
    pub fn is_of_content(&self) -> bool {
        matches!(
            self,
            Self::HtmlPage { .. }
                | Self::Empty { .. }
                | Self::TooLarge { .. }
                | Self::Folder { .. }
                | Self::Status { status: 403 | 404, .. }
        )
    }
}

fn of(expected: Option<u64>) -> String {
    expected.map(|bytes| format!(" of {bytes}")).unwrap_or_default()
}
