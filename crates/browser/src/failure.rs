//! The browser's words for what went wrong, put into our classes.

use model::observation::{Failure, FailureClass};

use crate::cdp::CdpError;
use crate::error::BrowserError;
use crate::ticket::Ticket;

/// Why a page's document could not be had. What the dialer said of the destination comes before the browser's guess. An answer
/// without a body is an error to the browser; there the status tells.
pub fn of_document(error: &str, url: &str, status: Option<u16>, ticket: &Ticket) -> Failure {
    let class = match status {
        Some(401 | 403 | 405 | 407 | 451) => FailureClass::AccessDenied,
        Some(429) => FailureClass::RateLimited,
        Some(500..) => FailureClass::ServerError,
        Some(400..) => FailureClass::NotAPage,
        _ => class(error),
    };
    let told = status.map_or_else(|| error.to_owned(), |status| format!("{error} (status {status})"));
    refusal(url, ticket).unwrap_or_else(|| Failure::new(class, format!("{url}: {told}")))
}

/// What the dialer said of an address' host, if it refused it or did not reach it.
pub fn refusal(url: &str, ticket: &Ticket) -> Option<Failure> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?.trim_start_matches('[').trim_end_matches(']');
    ticket.refusal(host, url.port_or_known_default()?)
}

/// Why our own tool could not be used on a page.
pub fn of_tool(error: &CdpError) -> Failure {
    Failure::new(FailureClass::ToolFailed, format!("browser: {error}"))
}

/// Why there is no browser for a page.
pub fn of_start(error: &BrowserError) -> Failure {
    let class = match error {
        BrowserError::NotInstalled(_) | BrowserError::Disabled => FailureClass::ToolMissing,
        _ => FailureClass::ToolFailed,
    };
    Failure::new(class, error.to_string())
}

/// The class of a network error of Chromium's.
fn class(error: &str) -> FailureClass {
    use FailureClass as F;
    match error.trim_start_matches("net::ERR_") {
        "NAME_NOT_RESOLVED" => F::NameNotFound,
        "CONNECTION_REFUSED" => F::ConnectionRefused,
        "CONNECTION_RESET" | "CONNECTION_CLOSED" | "CONNECTION_ABORTED" | "EMPTY_RESPONSE" => F::ConnectionReset,
        "TIMED_OUT" | "CONNECTION_TIMED_OUT" => F::ReadTimeout,
        "ADDRESS_UNREACHABLE" => F::Unreachable,
        "TOO_MANY_REDIRECTS" => F::TooManyRedirects,
        // What Chromium says when it finds a download, an answer without content or a way into another program where a page should be.
        "ABORTED" | "UNKNOWN_URL_SCHEME" => F::NotAPage,
        other if other.starts_with("SSL_") || other.starts_with("CERT_") || other.starts_with("BAD_SSL") => F::TlsFailed,
        "PROXY_CONNECTION_FAILED" | "TUNNEL_CONNECTION_FAILED" | "PROXY_AUTH_UNSUPPORTED" | "INSUFFICIENT_RESOURCES" => {
            F::ToolFailed
        }
        _ => F::ProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chromiums_errors_have_classes() {
        assert_eq!(class("net::ERR_SSL_VERSION_OR_CIPHER_MISMATCH"), FailureClass::TlsFailed);
        assert_eq!(class("net::ERR_EMPTY_RESPONSE"), FailureClass::ConnectionReset);
        assert_eq!(class("net::ERR_UNKNOWN_URL_SCHEME"), FailureClass::NotAPage);
        assert_eq!(class("net::ERR_INVALID_HTTP_RESPONSE"), FailureClass::ProtocolError);
    }
}
