//! Fetching what sources deliver: by HTTP with ETag, from S3-compatible buckets, from watched folders, from certificate transparency logs.
//!
//! Invariants: nothing is parsed here but what the way of delivery itself needs; a delivery goes to a temporary file piece by piece, so that
//! memory stays flat; only places that the configuration names are dialled; an error leaves the marker as it was.

mod bucket;
mod ct;
pub mod delivery;
pub mod error;
mod folder;
pub mod source;
#[cfg(test)]
mod tests;
mod web;

use std::path::PathBuf;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::delivery::{Marker, Outcome};
use crate::error::FeedError;
use crate::source::{Feed, Place};
use crate::web::{Answer, Question, Web};

/// What all looks share.
#[derive(Clone, Debug)]
pub struct FetcherSettings {
    /// Folder for temporary files; it needs room for [`delivery::MOST_AT_ONCE`] deliveries.
    pub spool: PathBuf,
    /// PEM files with root certificates that are trusted beside the built-in ones.
    pub extra_root_certificates: Vec<PathBuf>,
    /// What the product calls itself.
    pub user_agent: String,
    /// Upstream proxy, as `http://host:port`. Unset: none.
    pub proxy: Option<String>,
}

/// Looks up a secret by the name of its environment variable.
pub type Secrets = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Fetches deliveries.
pub struct Fetcher {
    web: Web,
    spool: PathBuf,
    secrets: Secrets,
}

impl Fetcher {
    /// A fetcher. `secrets` is `|name| std::env::var(name).ok()` in the product.
    ///
    /// # Errors
    /// When a root certificate or the proxy cannot be used.
    pub fn new(settings: &FetcherSettings, secrets: Secrets) -> Result<Self, FeedError> {
        Ok(Self { web: Web::new(settings)?, spool: settings.spool.clone(), secrets })
    }

    /// Looks at a source once. `last` is the marker of the last delivery that was taken in; one of another place counts for nothing.
    ///
    /// # Errors
    /// When nothing can be had. Nothing is delivered then, and the next look tries the same again.
    pub async fn fetch(&self, feed: &Feed, last: Option<&Marker>) -> Result<Outcome, FeedError> {
        match feed.place()? {
            Place::Web(url) => self.document(feed, url, last).await,
            Place::Folder { folder, pattern } => {
                let (feed, last, spool) = (feed.clone(), last.cloned(), self.spool.clone());
                let look = move || folder::look(&feed, &folder, &pattern, last.as_ref(), &spool);
                tokio::task::spawn_blocking(look).await.map_err(|error| FeedError::Spool(std::io::Error::other(error)))?
            }
            Place::Bucket { endpoint, bucket, prefix } => {
                let keys = match (&feed.access_key_env, &feed.secret_key_env) {
                    (Some(id), Some(key)) => Some(rusty_s3::Credentials::new(self.secret(feed, id)?, self.secret(feed, key)?)),
                    _ => None,
                };
                let place = bucket::Place { feed, endpoint: &endpoint, bucket: &bucket, prefix: &prefix, keys };
                place.look(&self.web, last).await
            }
            Place::Log(url) => ct::Log { web: &self.web, feed, url, spool: &self.spool }.look(last).await,
        }
    }

    async fn document(&self, feed: &Feed, url: Url, last: Option<&Marker>) -> Result<Outcome, FeedError> {
        let known = match last {
            Some(Marker::Web { place, etag, modified, digest }) if *place == feed.place => {
                Some((etag.as_deref(), modified.as_deref(), digest))
            }
            _ => None,
        };
        let question = Question {
            headers: self.headers(feed)?,
            etag: known.and_then(|(etag, ..)| etag),
            modified: known.and_then(|(_, modified, _)| modified),
            max_bytes: feed.max_bytes,
            url,
            feed,
        };
        let Answer::Document { body, etag, modified } = self.web.get(&question).await? else { return Ok(Outcome::default()) };
        let name = web::shown(&question.url);
        body.check(&name)?;
        if known.is_some_and(|(.., digest)| *digest == body.digest) {
            return Ok(Outcome::default());
        }
        let marker = Marker::Web { place: feed.place.clone(), etag, modified, digest: body.digest };
        Ok(Outcome { new: vec![body.fetched(name, Timestamp::now(), marker)], faulty: Vec::new() })
    }

    /// The configured headers with their secrets.
    fn headers(&self, feed: &Feed) -> Result<HeaderMap, FeedError> {
        let mut headers = HeaderMap::new();
        for (name, variable) in &feed.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|error| feed.wrong(&error.to_string()))?;
            let mut value = HeaderValue::try_from(self.secret(feed, variable)?)
                .map_err(|_| FeedError::Secret { feed: feed.name.clone(), variable: variable.clone() })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn secret(&self, feed: &Feed, variable: &str) -> Result<String, FeedError> {
        (self.secrets)(variable).ok_or_else(|| FeedError::Secret { feed: feed.name.clone(), variable: variable.into() })
    }
}
