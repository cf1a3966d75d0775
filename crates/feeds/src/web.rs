//! One document over HTTP(S): conditional, bounded in size, time and redirects, repeated where that helps, resumed where it can be.
//!
//! Invariant: what is returned is whole. An answer that ends before its announced length is an error, never a short file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Response, StatusCode};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio::time;
use url::Url;

use crate::FetcherSettings;
use crate::delivery::{Spool, Spooled};
use crate::error::FeedError;
use crate::source::Feed;

/// Redirects that are followed.
const REDIRECTS: usize = 5;
/// Tries of one look, the first included.
const TRIES: u32 = 4;
/// The longest pause between tries; a server that asks for more is left alone until the next look.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// The client behind all looks over HTTP(S).
pub(crate) struct Web {
    client: Client,
    spool: PathBuf,
}

/// What is asked for.
pub(crate) struct Question<'a> {
    pub url: Url,
    pub feed: &'a Feed,
    pub headers: HeaderMap,
    pub etag: Option<&'a str>,
    pub modified: Option<&'a str>,
    pub max_bytes: u64,
}

/// What came.
pub(crate) enum Answer {
    NotModified,
    Document { body: Spooled, etag: Option<String>, modified: Option<String> },
}

/// A try that failed.
struct Failure {
    error: FeedError,
    again: Again,
}

enum Again {
    Never,
    Soon,
    After(Duration),
}

/// What a broken transfer left: its bytes, and the strong entity tag by which the rest may be asked for.
struct Part {
    spool: Spool,
    etag: String,
}

impl From<FeedError> for Failure {
    fn from(error: FeedError) -> Self {
        Self { error, again: Again::Never }
    }
}

impl Web {
    pub fn new(settings: &FetcherSettings) -> Result<Self, FeedError> {
        let problem = |error: &dyn std::fmt::Display| FeedError::Client(error.to_string());
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls(settings)?)
            .user_agent(&settings.user_agent)
            // Redirects are followed by us, one look at each.
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(15));
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(Proxy::all(proxy).map_err(|error| problem(&error))?);
        }
        Ok(Self { client: builder.build().map_err(|error| problem(&error))?, spool: settings.spool.clone() })
    }

    /// Asks until there is an answer, or no use in asking.
    pub async fn get(&self, question: &Question<'_>) -> Result<Answer, FeedError> {
        let limit = question.feed.timeout();
        let slow = || FeedError::Slow { place: shown(&question.url), what: "the look", seconds: limit.as_secs_f64() };
        time::timeout(limit, self.tries(question)).await.map_err(|_| slow())?
    }

    /// The same for a question without conditions: its answer is a document.
    pub async fn document(&self, question: &Question<'_>) -> Result<Spooled, FeedError> {
        match self.get(question).await? {
            Answer::Document { body, .. } => Ok(body),
            Answer::NotModified => Err(FeedError::Protocol {
                place: shown(&question.url),
                problem: "answered 304 to a question without conditions".into(),
            }),
        }
    }

    async fn tries(&self, question: &Question<'_>) -> Result<Answer, FeedError> {
        let mut part = None;
        let mut pause = Duration::from_secs_f64(question.feed.back_off_s);
        for _ in 1..TRIES {
            let failure = match self.attempt(question, &mut part).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let wait = match failure.again {
                Again::Never => return Err(failure.error),
                Again::Soon => pause,
                Again::After(wait) if wait > LONGEST_PAUSE => {
                    return Err(FeedError::Busy { place: shown(&question.url), wait_s: wait.as_secs() });
                }
                Again::After(wait) => wait.max(pause),
            };
            tracing::debug!(place = shown(&question.url), error = %failure.error, ?wait, "once more");
            time::sleep(wait).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.attempt(question, &mut part).await.map_err(|failure| failure.error)
    }

    async fn attempt(&self, question: &Question<'_>, part: &mut Option<Part>) -> Result<Answer, Failure> {
        let begun = part.take();
        let (url, response) = self.follow(question, begun.as_ref()).await?;
        let place = shown(&url);
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && begun.is_none() && (question.etag.is_some() || question.modified.is_some()) {
            return Ok(Answer::NotModified);
        }
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (etag, modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
        let spool = match (status, begun) {
            (StatusCode::OK, _) => Spool::new(&self.spool, question.max_bytes)?,
            (StatusCode::PARTIAL_CONTENT, Some(begun)) if goes_on(&text(header::CONTENT_RANGE), begun.spool.bytes) => begun.spool,
            _ => return Err(refusal(&place, status, response.headers())),
        };
        let resumable =
            etag.clone().filter(|tag| tag.starts_with('"') && text(header::ACCEPT_RANGES).as_deref() == Some("bytes"));
        match self.receive(response, spool, question.feed, &place).await {
            Ok(body) => Ok(Answer::Document { body, etag, modified }),
            Err((failure, spool)) => {
                *part = spool.zip(resumable).map(|(spool, etag)| Part { spool, etag });
                Err(failure)
            }
        }
    }

    /// Sends the question, and again to where redirects lead.
    async fn follow(&self, question: &Question<'_>, begun: Option<&Part>) -> Result<(Url, Response), Failure> {
        let mut url = question.url.clone();
        for _ in 0..=REDIRECTS {
            let mut headers = question.headers.clone();
            if url.host_str() != question.url.host_str() {
                // What is configured to be sent is a secret between us and the place.
                headers.clear();
            }
            headers.extend(conditions(question, begun));
            let sending = self.client.get(url.clone()).headers(headers).send();
            let idle = question.feed.idle_timeout();
            let slow = |_| FeedError::Slow { place: shown(&url), what: "the answer", seconds: idle.as_secs_f64() };
            let sent =
                time::timeout(idle, sending).await.map_err(|elapsed| Failure { error: slow(elapsed), again: Again::Soon })?;
            let response = sent.map_err(|error| Failure { error: unreachable(&url, &error), again: Again::Soon })?;
            let is_redirect = response.status().is_redirection() && response.status() != StatusCode::NOT_MODIFIED;
            let target = response.headers().get(header::LOCATION).filter(|_| is_redirect);
            let Some(target) = target.and_then(|target| target.to_str().ok()) else { return Ok((url, response)) };
            url = redirect(question, &url, target)?;
        }
        let why = "too many redirects: name the last address as the place";
        Err(FeedError::Redirect { place: shown(&question.url), to: shown(&url), why }.into())
    }

    /// Takes the body. When it breaks, what came is given back beside the failure.
    async fn receive(
        &self,
        mut response: Response,
        mut spool: Spool,
        feed: &Feed,
        place: &str,
    ) -> Result<Spooled, (Failure, Option<Spool>)> {
        let never = |error: FeedError| (Failure::from(error), None);
        let expected = response.content_length().map(|rest| rest.saturating_add(spool.bytes));
        if expected.is_some_and(|bytes| bytes > spool.limit()) {
            return Err(never(FeedError::TooLarge { place: place.into(), limit: spool.limit() }));
        }
        loop {
            let piece = match time::timeout(feed.idle_timeout(), response.chunk()).await {
                Ok(Ok(Some(piece))) => piece,
                Ok(Ok(None)) if expected.is_none_or(|bytes| bytes == spool.bytes) => break,
                Ok(_) => {
                    let error = FeedError::Broken { place: place.into(), got: spool.bytes, expected };
                    return Err((Failure { error, again: Again::Soon }, Some(spool)));
                }
                Err(_) => {
                    let error = FeedError::Slow { place: place.into(), what: "the next piece", seconds: feed.idle_timeout_s };
                    return Err((Failure { error, again: Again::Soon }, Some(spool)));
                }
            };
            spool = spool.push_aside(piece, place).await.map_err(never)?;
        }
        spool.finish().map_err(never)
    }
}

/// TLS with Mozilla's roots and those of the configuration.
fn tls(settings: &FetcherSettings) -> Result<ClientConfig, FeedError> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for path in &settings.extra_root_certificates {
        let wrong = |why: &dyn std::fmt::Display| FeedError::Client(format!("root certificate {}: {why}", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(&error))? {
            roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| FeedError::Client(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The headers that make a question conditional, or ask for the rest of what broke off.
fn conditions(question: &Question<'_>, begun: Option<&Part>) -> HeaderMap {
    let range = begun.map(|part| format!("bytes={}-", part.spool.bytes));
    let fields = match begun {
        Some(part) => [(header::RANGE, range.as_deref()), (header::IF_RANGE, Some(part.etag.as_str()))],
        None => [(header::IF_NONE_MATCH, question.etag), (header::IF_MODIFIED_SINCE, question.modified)],
    };
    let sent = fields.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_str(value?).ok()?)));
    sent.collect()
}

/// Whether a part goes on where ours ends (RFC 9110, 14.4).
fn goes_on(range: &Option<String>, from: u64) -> bool {
    let range = range.as_deref().and_then(|range| range.strip_prefix("bytes "));
    range.and_then(|range| range.split_once('-')).and_then(|(first, _)| first.parse().ok()) == Some(from)
}

fn redirect(question: &Question<'_>, from: &Url, target: &str) -> Result<Url, FeedError> {
    let refused = |to: String, why| FeedError::Redirect { place: shown(from), to, why };
    let to = from.join(target).map_err(|_| refused(target.chars().take(200).collect(), "that is no URL"))?;
    let hosts = &question.feed.redirect_hosts;
    let known = to.host_str() == question.url.host_str() || to.host_str().is_some_and(|host| hosts.iter().any(|h| h == host));
    match to.scheme() {
        "https" => {}
        "http" if from.scheme() == "http" => {}
        _ => return Err(refused(shown(&to), "from https only to https")),
    }
    if !known {
        return Err(refused(shown(&to), "another host: name it under redirect_hosts if that is right"));
    }
    Ok(to)
}

/// An answer without a delivery.
fn refusal(place: &str, status: StatusCode, headers: &HeaderMap) -> Failure {
    let advice = match status.as_u16() {
        401 | 403 => "check the rights and the headers or keys that are sent",
        404 | 410 => "the place is gone: check the address",
        429 => "too many questions: look less often",
        500..=599 => "the server is at fault: look again later",
        _ => "no delivery: check the address",
    };
    let error = FeedError::Status { place: place.into(), status: status.as_u16(), advice };
    let again = match status.as_u16() {
        408 | 429 | 500 | 502..=504 => retry_after(headers, Timestamp::now()).map_or(Again::Soon, Again::After),
        // A part that does not fit ours: from the start.
        206 | 416 => Again::Soon,
        _ => Again::Never,
    };
    Failure { error, again }
}

/// How long the server asks to be left alone: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(value).ok()?.timestamp();
    Some(until.duration_since(now).try_into().unwrap_or_default())
}

fn unreachable(url: &Url, error: &reqwest::Error) -> FeedError {
    // The innermost cause says what happened; the outer ones repeat the URL.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    FeedError::Unreachable { place: shown(url), problem: cause.to_string() }
}

/// A URL as it may be shown: a query may hold a signature or a key.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let wait = |value: &'static str| {
            let headers = [(header::RETRY_AFTER, HeaderValue::from_static(value))].into_iter().collect();
            retry_after(&headers, "2026-11-26T12:00:00Z".parse().expect("a time"))
        };
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("Thu, 26 Nov 2026 12:01:00 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(wait("Thu, 26 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-1"), None);
    }

    #[test]
    fn redirects_stay_encrypted_and_at_known_hosts() {
        let feed = Feed {
            redirect_hosts: vec!["b.example".into()],
            ..Feed::new(model::ledger::source::SourceKind::Icp, "x", "https://a.example/x")
        };
        let url = Url::parse(&feed.place).expect("a URL");
        let question =
            Question { url: url.clone(), feed: &feed, headers: HeaderMap::new(), etag: None, modified: None, max_bytes: 1 };
        for (target, allowed) in [
            ("/y", true),
            ("//b.example/y", true),
            ("https://a.example:8443/y", true),
            ("http://a.example/y", false),
            ("https://c.example/y", false),
            ("https://169.254.169.254/latest", false),
            ("file:///etc/passwd", false),
            ("https://[", false),
        ] {
            assert_eq!(redirect(&question, &url, target).is_ok(), allowed, "{target}");
        }
    }

    #[test]
    fn a_part_must_go_on_where_ours_ends() {
        assert!(goes_on(&Some("bytes 5-9/10".into()), 5));
        for range in [Some("bytes 4-9/10".into()), Some("bytes */10".into()), Some("5-9/10".into()), None] {
            assert!(!goes_on(&range, 5), "{range:?}");
        }
    }
}
