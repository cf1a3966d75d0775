//! Looks at buckets: at a peer of our own, and at moto's S3 where it is installed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rusty_s3::actions::{CreateBucket, PutObject};
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use crate::delivery::Marker;
use crate::error::FeedError;
use crate::source::Feed;
use crate::tests::peer::{Peer, Reply, answer};
use crate::tests::{Bench, bench, contents, feed};

fn feed_of(endpoint: &str, place: &str) -> Feed {
    Feed { endpoint: Some(endpoint.into()), access_key_env: Some("ID".into()), secret_key_env: Some("KEY".into()), ..feed(place) }
}

fn with_keys() -> Bench {
    bench(&[("ID", "reader"), ("KEY", "geheim")])
}

fn listing(objects: &[(&str, &str, u64)], next: Option<&str>) -> Reply {
    let contents: String = objects
        .iter()
        .map(|(key, etag, size)| {
            format!("<Contents><Key>{key}</Key><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Contents>")
        })
        .collect();
    let next = next.map(|token| format!("<NextContinuationToken>{token}</NextContinuationToken>")).unwrap_or_default();
    let truncated = !next.is_empty();
    let page = format!(
        "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
         <IsTruncated>{truncated}</IsTruncated><EncodingType>url</EncodingType>{next}{contents}</ListBucketResult>"
    );
    answer(200, "Content-Type: application/xml\r\n", &page)
}

/// Two pages, with a folder's key and an empty object between.
fn two_pages(head: &str) -> Reply {
    match head {
        _ if head.contains("list-type=2") && head.contains("continuation-token=zwei") => {
            listing(&[("icp/a%20b.csv", "1", 3), ("icp/leer", "0", 0)], None)
        }
        _ if head.contains("list-type=2") => listing(&[("icp/", "0", 0), ("icp/c.csv", "2", 3)], Some("zwei")),
        _ if head.starts_with("GET /b/icp/a%20b.csv?") => answer(200, "", "one"),
        _ if head.starts_with("GET /b/icp/c.csv?") => answer(200, "", "two"),
        _ => answer(404, "", ""),
    }
}

#[tokio::test]
async fn objects_come_once_in_the_order_of_their_keys() {
    let peer = Peer::start(|_, head| two_pages(head)).await;
    let feed = feed_of(&peer.base, "s3://b/icp/");
    let bench = with_keys();
    let first = bench.fetcher.fetch(&feed, None).await.expect("a look");
    assert_eq!(contents(&first), [("a b.csv".to_owned(), "one".to_owned()), ("c.csv".to_owned(), "two".to_owned())]);
    assert!(peer.asked().iter().all(|head| head.contains("x-amz-signature=")), "every request is signed");
    let second = bench.fetcher.fetch(&feed, Some(&first.new[0].marker)).await.expect("a look");
    assert_eq!(contents(&second).len(), 1);
    let third = bench.fetcher.fetch(&feed, Some(&second.new[0].marker)).await.expect("a look");
    assert!(third.new.is_empty());
}

#[tokio::test]
async fn a_changed_object_comes_again_and_one_that_is_gone_is_forgotten() {
    let peer = Peer::start(|number, head| match head.contains("list-type=2") {
        true if number == 0 => listing(&[("a", "1", 1), ("z", "1", 1)], None),
        true => listing(&[("a", "2", 1)], None),
        false => answer(200, "", &number.to_string()),
    })
    .await;
    let feed = feed_of(&peer.base, "s3://b");
    let first = with_keys().fetcher.fetch(&feed, None).await.expect("a look");
    let second = with_keys().fetcher.fetch(&feed, Some(&first.new[1].marker)).await.expect("a look");
    let [again] = second.new.as_slice() else { panic!("{second:?}") };
    assert!(matches!(&again.marker, Marker::Bucket { taken, .. } if taken.keys().collect::<Vec<_>>() == ["a"]));
}

#[tokio::test]
async fn an_object_that_cannot_be_had_does_not_hold_up_the_others() {
    let peer = Peer::start(|_, head| match head {
        _ if head.contains("list-type=2") => listing(&[("a", "1", 1), ("b", "1", 1)], None),
        _ if head.starts_with("GET /b/a?") => answer(403, "", ""),
        _ => answer(200, "", "good"),
    })
    .await;
    let bench = with_keys();
    let outcome = bench.fetcher.fetch(&feed_of(&peer.base, "s3://b"), None).await.expect("a look");
    assert_eq!(contents(&outcome), [("b".to_owned(), "good".to_owned())]);
    assert!(matches!(outcome.faulty.as_slice(), [FeedError::Status { status: 403, .. }]));
}

#[tokio::test]
async fn what_is_no_listing_is_an_error() {
    let page = Peer::start(|_, _| answer(200, "", "<html>portal</html>")).await;
    let error = with_keys().fetcher.fetch(&feed_of(&page.base, "s3://b"), None).await.expect_err("a page");
    assert!(matches!(error, FeedError::Protocol { .. }), "{error}");
    let endless = Peer::start(|_, _| listing(&[], Some("weiter"))).await;
    let error = with_keys().fetcher.fetch(&feed_of(&endless.base, "s3://b"), None).await.expect_err("no end");
    assert!(matches!(error, FeedError::TooMany { .. }), "{error}");
    let refused = Peer::start(|_, _| answer(403, "", "<Error><Code>AccessDenied</Code></Error>")).await;
    let error = with_keys().fetcher.fetch(&feed_of(&refused.base, "s3://b"), None).await.expect_err("refused");
    assert!(matches!(error, FeedError::Status { status: 403, .. }), "{error}");
}

/// moto's S3 server (PyPI `moto[server]`), a peer that nobody here wrote.
struct Moto {
    child: Child,
    endpoint: String,
}

impl Moto {
    fn start() -> Option<Self> {
        let mut command = Command::new("moto_server");
        let mut child = command.args(["-H", "127.0.0.1", "-p", "0"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()?;
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let found = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("Running on ")?.1.trim().to_owned()));
        Some(Self { child, endpoint: found.expect("moto says where it listens") })
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_service_that_nobody_here_wrote_is_read() {
    let Some(moto) = Moto::start() else {
        eprintln!("moto_server is not installed (PyPI moto[server]): S3 was tried on our own peer only");
        return;
    };
    let keys = Credentials::new("reader", "geheim");
    let bucket = Bucket::new(moto.endpoint.parse().expect("a URL"), UrlStyle::Path, "registers", "us-east-1").expect("a bucket");
    let client = reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls()).build().expect("a client");
    let valid = Duration::from_secs(60);
    let put = async |url: url::Url, body: &'static str| {
        let status = client.put(url).header("content-length", body.len()).body(body).send().await.expect("an answer").status();
        assert!(status.is_success(), "{status}");
    };
    put(CreateBucket::new(&bucket, &keys).sign(valid), "").await;
    for (key, body) in [("icp/2026-11 乙.csv", "二"), ("icp/2026-10+甲.csv", "一"), ("mark/x.csv", "三")] {
        put(PutObject::new(&bucket, Some(&keys), key).sign(valid), body).await;
    }
    let feed = feed_of(&moto.endpoint, "s3://registers/icp/");
    let bench = with_keys();
    let first = bench.fetcher.fetch(&feed, None).await.expect("a look");
    let expected = [("2026-10+甲.csv".to_owned(), "一".to_owned()), ("2026-11 乙.csv".to_owned(), "二".to_owned())];
    assert_eq!(contents(&first), expected);
    let last = &first.new[1].marker;
    assert!(bench.fetcher.fetch(&feed, Some(last)).await.expect("a look").new.is_empty());
    put(PutObject::new(&bucket, Some(&keys), "icp/2026-10+甲.csv").sign(valid), "一 neu").await;
    let changed = bench.fetcher.fetch(&feed, Some(last)).await.expect("a look");
    assert_eq!(contents(&changed), [("2026-10+甲.csv".to_owned(), "一 neu".to_owned())]);
}

/// The client asks for a TLS configuration although it never needs one here.
fn tls() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    config.expect("versions").with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
}
