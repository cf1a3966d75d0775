//! Looks at one document over HTTP.

use std::sync::Arc;

use jiff::Timestamp;
use lab::authority::Authority;
use lab::world::behaviour::CertificateKind;
use rustls::ServerConfig;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::error::FeedError;
use crate::tests::peer::{Peer, Reply, answer, written};
use crate::tests::{bench, bench_with, contents, feed};

const DATA: &str = "域名,单位\nwww.a.gov.cn,甲局\n";

/// The bodies of what one look brings.
async fn look(peer: &Peer) -> Result<Vec<String>, FeedError> {
    let bench = bench(&[]);
    let outcome = bench.fetcher.fetch(&feed(&format!("{}/icp.csv", peer.base)), None).await?;
    Ok(contents(&outcome).into_iter().map(|(_, body)| body).collect())
}

#[tokio::test]
async fn an_entity_tag_makes_the_next_look_cheap() {
    let peer = Peer::start(|_, head| match head.contains("if-none-match: \"v1\"") {
        true => answer(304, "", ""),
        false => answer(200, "ETag: \"v1\"\r\nLast-Modified: Thu, 26 Nov 2026 12:00:00 GMT\r\n", DATA),
    })
    .await;
    let bench = bench(&[]);
    let feed = feed(&format!("{}/icp.csv?key=geheim", peer.base));
    let first = bench.fetcher.fetch(&feed, None).await.expect("a delivery");
    assert_eq!(contents(&first), [("icp.csv".to_owned(), DATA.to_owned())], "the query is not part of the name");
    let marker = &first.new[0].marker;
    let second = bench.fetcher.fetch(&feed, Some(marker)).await.expect("no change");
    assert!(second.new.is_empty());
    assert!(peer.asked()[1].contains("if-modified-since: thu, 26 nov 2026"), "{:?}", peer.asked());
    // A marker of another place counts for nothing.
    let moved = crate::source::Feed { place: format!("{}/new.csv", peer.base), ..feed };
    assert_eq!(bench.fetcher.fetch(&moved, Some(marker)).await.expect("a delivery").new.len(), 1);
    drop(first);
    assert_eq!(bench.files(), 0, "temporary files go with their deliveries");
}

#[tokio::test]
async fn a_server_without_entity_tags_is_told_by_the_digest() {
    let peer = Peer::start(|_, _| answer(200, "", DATA)).await;
    let (bench, feed) = (bench(&[]), feed(&format!("{}/x", peer.base)));
    let first = bench.fetcher.fetch(&feed, None).await.expect("a delivery");
    let second = bench.fetcher.fetch(&feed, Some(&first.new[0].marker)).await.expect("no change");
    assert!(second.new.is_empty());
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_not_for_ever() {
    let peer = Peer::start(|number, _| match number {
        0 => answer(503, "", "later"),
        1 => answer(429, "Retry-After: 0\r\n", ""),
        _ => answer(200, "", DATA),
    })
    .await;
    assert_eq!(look(&peer).await.expect("a delivery"), [DATA]);
    assert_eq!(peer.asked().len(), 3);

    let down = Peer::start(|_, _| answer(500, "", "")).await;
    assert!(matches!(look(&down).await, Err(FeedError::Status { status: 500, .. })));
    assert_eq!(down.asked().len(), 4);

    let asks_for_a_day = Peer::start(|_, _| answer(429, "Retry-After: 86400\r\n", "")).await;
    assert!(matches!(look(&asks_for_a_day).await, Err(FeedError::Busy { wait_s: 86400, .. })));
    assert_eq!(asks_for_a_day.asked().len(), 1);

    let gone = Peer::start(|_, _| answer(404, "", "")).await;
    assert!(matches!(look(&gone).await, Err(FeedError::Status { status: 404, .. })));
    assert_eq!(gone.asked().len(), 1, "what asking again cannot mend is not asked again");
}

#[tokio::test]
async fn a_half_body_is_never_a_short_file() {
    let half = Peer::start(|_, _| Reply::Bytes(written(200, "", DATA.len() + 9, DATA))).await;
    let error = look(&half).await.expect_err("half a body");
    let (got, announced) = (DATA.len() as u64, Some(DATA.len() as u64 + 9));
    assert!(matches!(&error, FeedError::Broken { got: g, expected, .. } if *g == got && *expected == announced), "{error}");
}

#[tokio::test]
async fn what_broke_off_is_resumed_where_the_server_can() {
    let (first, rest) = DATA.split_at(13);
    let peer = Peer::start(move |number, _| match number {
        0 => Reply::Bytes(written(200, "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n", DATA.len(), first)),
        _ => answer(206, &format!("ETag: \"v1\"\r\nContent-Range: bytes 13-{}/{}\r\n", DATA.len() - 1, DATA.len()), rest),
    })
    .await;
    assert_eq!(look(&peer).await.expect("a delivery"), [DATA]);
    assert!(peer.asked()[1].contains("range: bytes=13-") && peer.asked()[1].contains("if-range: \"v1\""), "{:?}", peer.asked());
}

#[tokio::test]
async fn a_resumed_part_that_does_not_fit_is_fetched_from_the_start() {
    let peer = Peer::start(move |number, _| match number {
        0 => Reply::Bytes(written(200, "ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n", DATA.len(), &DATA[..13])),
        1 => answer(206, &format!("Content-Range: bytes 6-{}/{}\r\n", DATA.len() - 1, DATA.len()), &DATA[6..]),
        _ => answer(200, "", DATA),
    })
    .await;
    assert_eq!(look(&peer).await.expect("a delivery"), [DATA]);
}

#[tokio::test]
async fn an_error_page_or_nothing_is_no_delivery() {
    let page = Peer::start(|_, _| answer(200, "Content-Type: text/csv\r\n", "\r\n<!DOCTYPE html><title>请登录</title>")).await;
    assert!(matches!(look(&page).await, Err(FeedError::HtmlPage { .. })));
    let nothing = Peer::start(|_, _| answer(200, "", "")).await;
    assert!(matches!(look(&nothing).await, Err(FeedError::Empty { .. })));
}

#[tokio::test]
async fn size_is_bounded_whether_it_is_announced_or_not() {
    let announced = Peer::start(|_, _| Reply::Silence(written(200, "", 1 << 30, ""))).await;
    let small = |peer: &Peer| crate::source::Feed { max_bytes: 10, ..feed(&format!("{}/x", peer.base)) };
    let error = bench(&[]).fetcher.fetch(&small(&announced), None).await.expect_err("too large");
    assert!(matches!(error, FeedError::TooLarge { limit: 10, .. }));
    let endless = Peer::start(|_, _| {
        Reply::Silence(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n01234567890123456789012345678901\r\n".to_vec())
    })
    .await;
    let error = bench(&[]).fetcher.fetch(&small(&endless), None).await.expect_err("too large");
    assert!(matches!(error, FeedError::TooLarge { limit: 10, .. }));
}

#[tokio::test]
async fn silence_ends_a_look() {
    let patience = |peer: &Peer, idle_timeout_s, timeout_s| {
        let feed = feed(&format!("{}/x", peer.base));
        crate::source::Feed { idle_timeout_s, timeout_s, ..feed }
    };
    let mute = Peer::start(|_, _| Reply::Silence(Vec::new())).await;
    let error = bench(&[]).fetcher.fetch(&patience(&mute, 0.02, 60.0), None).await.expect_err("no answer");
    assert!(matches!(error, FeedError::Slow { what: "the answer", .. }), "{error}");
    let stalls = Peer::start(|_, _| Reply::Silence(written(200, "", 100, "abc"))).await;
    let error = bench(&[]).fetcher.fetch(&patience(&stalls, 0.02, 60.0), None).await.expect_err("half an answer");
    assert!(matches!(error, FeedError::Slow { what: "the next piece", .. }), "{error}");
    let error = bench(&[]).fetcher.fetch(&patience(&stalls, 60.0, 0.02), None).await.expect_err("half an answer");
    assert!(matches!(error, FeedError::Slow { what: "the look", .. }), "{error}");
}

#[tokio::test]
async fn redirects_are_followed_within_bounds() {
    let moved = Peer::start(|_, head| match head.starts_with("GET /new") {
        true => answer(200, "", DATA),
        false => answer(302, "Location: /new.csv\r\n", ""),
    })
    .await;
    assert_eq!(look(&moved).await.expect("a delivery"), [DATA]);

    let round = Peer::start(|_, _| answer(302, "Location: /again\r\n", "")).await;
    let error = look(&round).await.expect_err("a circle");
    assert!(matches!(error, FeedError::Redirect { .. }) && round.asked().len() == 6, "{error}");

    let elsewhere = Peer::start(|_, _| answer(301, "Location: http://localhost:1/metadata\r\n", "")).await;
    let error = look(&elsewhere).await.expect_err("another host");
    assert!(error.to_string().contains("redirect_hosts"), "{error}");
}

#[tokio::test]
async fn secrets_go_to_the_place_alone() {
    let target = Peer::start(|_, _| answer(200, "", DATA)).await;
    // The same machine under another name: another host.
    let other = target.base.replace("127.0.0.1", "localhost");
    let location = format!("Location: {other}/x\r\n");
    let peer = Peer::start(move |_, _| answer(302, &location, "")).await;
    let headers = [("Authorization".to_owned(), "TOKEN".to_owned())].into();
    let feed = crate::source::Feed { headers, redirect_hosts: vec!["localhost".into()], ..feed(&format!("{}/x", peer.base)) };
    let outcome = bench(&[("TOKEN", "Bearer geheim")]).fetcher.fetch(&feed, None).await.expect("a delivery");
    assert_eq!(outcome.new.len(), 1);
    assert!(peer.asked()[0].contains("authorization: bearer geheim"));
    assert!(!target.asked()[0].contains("geheim"));
    let error = bench(&[]).fetcher.fetch(&feed, None).await.expect_err("no secret");
    assert!(matches!(error, FeedError::Secret { .. }), "{error}");
}

#[tokio::test]
async fn what_cannot_be_reached_says_so() {
    let error = bench(&[]).fetcher.fetch(&feed("http://127.0.0.1:1/x"), None).await.expect_err("nobody there");
    assert!(matches!(error, FeedError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn https_needs_a_certificate_under_a_trusted_root() {
    let authority = Authority::new(Timestamp::now()).expect("an authority");
    let issued = authority.issue("localhost", &[], CertificateKind::Good).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(issued.chain, issued.key.into()).expect("a pair");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let place = format!("https://localhost:{}/icp.csv", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us hangs up.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.write_all(&written(200, "", DATA.len(), DATA)).await;
            let _ = stream.shutdown().await;
        }
    });

    let error = bench(&[]).fetcher.fetch(&feed(&place), None).await.expect_err("no trust");
    assert!(matches!(&error, FeedError::Unreachable { problem, .. } if problem.contains("certificate")), "{error}");
    let root = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(root.path(), authority.root_pem()).expect("written");
    let bench = bench_with(&[], vec![root.path().into()]);
    let outcome = bench.fetcher.fetch(&feed(&place), None).await.expect("a delivery");
    assert_eq!(contents(&outcome)[0].1, DATA);
}
