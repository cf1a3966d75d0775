//! Objects of an S3-compatible bucket: those below a prefix that were not taken yet, in the order of their keys.
//!
//! Requests are signed as AWS Signature Version 4 asks, in the query; the bytes go the way of every other look over HTTP(S).

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use rusty_s3::actions::{GetObject, ListObjectsV2};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use url::Url;

use crate::delivery::{MOST_ITEMS, Marker, Outcome, Spooled};
use crate::error::FeedError;
use crate::source::Feed;
use crate::web::{Question, Web};

/// The most pages of a listing.
const MOST_PAGES: usize = 1_000;
/// The most bytes of one page of a listing: 1000 keys of 1024 bytes, percent-encoded, with their fields.
const LISTING_BYTES: u64 = 8 << 20;
/// A signature outlives the longest look at one object.
const VALID: Duration = Duration::from_secs(6 * 3600);

/// A bucket as it is asked.
pub(crate) struct Place<'a> {
    pub feed: &'a Feed,
    pub endpoint: &'a Url,
    pub bucket: &'a str,
    pub prefix: &'a str,
    pub keys: Option<Credentials>,
}

/// An object of a listing.
struct Object {
    key: String,
    etag: String,
}

impl Place<'_> {
    /// A look at the bucket.
    pub async fn look(&self, web: &Web, last: Option<&Marker>) -> Result<Outcome, FeedError> {
        // Path style: it needs no name in DNS for the bucket, and every compatible service knows it.
        let bucket = Bucket::new(self.endpoint.clone(), UrlStyle::Path, self.bucket.to_owned(), self.feed.region.clone());
        let bucket = bucket.map_err(|error| self.feed.wrong(&format!("bucket: {error}")))?;
        let objects = self.list(web, &bucket).await?;
        let mut taken = match last {
            Some(Marker::Bucket { place, taken }) if *place == self.name() => taken.clone(),
            _ => BTreeMap::new(),
        };
        taken.retain(|key, _| objects.binary_search_by(|object| object.key.as_str().cmp(key)).is_ok());
        let new = objects.iter().filter(|object| taken.get(&object.key) != Some(&object.etag));
        let mut outcome = Outcome::default();
        for object in new.collect::<Vec<_>>() {
            if outcome.is_over() {
                break;
            }
            let place = format!("s3://{}/{}", self.bucket, object.key);
            match self.take(web, &bucket, &object.key, &place).await {
                Ok(body) => {
                    taken.insert(object.key.clone(), object.etag.clone());
                    let marker = Marker::Bucket { place: self.name(), taken: taken.clone() };
                    outcome.new.push(body.fetched(place, Timestamp::now(), marker));
                }
                Err(error) => outcome.pass_over(error)?,
            }
        }
        Ok(outcome)
    }

    async fn take(&self, web: &Web, bucket: &Bucket, key: &str, place: &str) -> Result<Spooled, FeedError> {
        let url = GetObject::new(bucket, self.keys.as_ref(), key).sign(VALID);
        let body = web.document(&self.question(url, self.feed.max_bytes)).await?;
        body.check(place)?;
        Ok(body)
    }

    /// All objects below the prefix that are data, in the order of their keys.
    async fn list(&self, web: &Web, bucket: &Bucket) -> Result<Vec<Object>, FeedError> {
        let mut objects = Vec::new();
        let mut token: Option<String> = None;
        for pages in 0.. {
            if objects.len() > MOST_ITEMS || pages == MOST_PAGES {
                return Err(FeedError::TooMany { place: self.name(), what: "objects", limit: MOST_ITEMS });
            }
            let mut action = ListObjectsV2::new(bucket, self.keys.as_ref());
            action.with_prefix(self.prefix);
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let body = web.document(&self.question(action.sign(VALID), LISTING_BYTES)).await?;
            let text = tokio::fs::read_to_string(body.file.path()).await.map_err(FeedError::Spool)?;
            let page = ListObjectsV2::parse_response(&text).map_err(|error| FeedError::Protocol {
                place: self.name(),
                problem: format!("no listing of a bucket: {error}"),
            })?;
            for content in page.contents {
                // A key that ends in a slash stands for a folder.
                if !content.key.ends_with('/') && content.size != Some(0) {
                    objects.push(Object { key: content.key, etag: content.etag.or(content.last_modified).unwrap_or_default() });
                }
            }
            token = page.next_continuation_token;
            if token.is_none() {
                break;
            }
        }
        objects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        objects.dedup_by(|a, b| a.key == b.key);
        Ok(objects)
    }

    fn question(&self, url: Url, max_bytes: u64) -> Question<'_> {
        Question { url, feed: self.feed, headers: HeaderMap::new(), etag: None, modified: None, max_bytes }
    }

    fn name(&self) -> String {
        format!("s3://{}/{} at {}", self.bucket, self.prefix, self.endpoint)
    }
}
