//! The provocation.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::facts::proofs::Provocation;
use model::observation::{Failure, FailureClass};
use model::permission::AccessLevel;

use super::server::{names, page, path, web};
use super::{granted, probes};

const PLAIN: &[u8] = b"<title>x</title><p>a page</p>";

/// What a provocation finds on a server that answers it so, and any plain request with a page.
async fn provoke(provoked: Vec<u8>) -> Result<Provocation, Failure> {
    let provoked = Arc::new(provoked);
    let server = web(move |head| {
        let provokes = path(head).contains("%3Cscript%3E");
        if provokes { provoked.to_vec() } else { page("200 OK", "Content-Type: text/html\r\n", PLAIN) }
    })
    .await;
    let (probes, _) = probes(names(&[]).await, server.port, vec![]);
    probes.provocation(&granted(&probes, AccessLevel::L3), "http://www.example.cn/?a=1").await
}

#[tokio::test]
async fn a_page_that_takes_no_notice() {
    let found = provoke(page("200 OK", "Content-Type: text/html\r\n", PLAIN)).await.expect("a comparison");
    assert!(!found.stopped && found.device.is_none());
    assert_eq!((found.plain, found.provoked), (200, Some(200)));
    assert!(found.url.starts_with("http://www.example.cn/?a=1&mingcha-protection-check="), "{}", found.url);
}

#[tokio::test]
async fn ways_to_be_stopped() {
    let block = page("405 No", "Content-Type: text/html\r\n", b"<img src='//errors.aliyun.com/error.png'>");
    let cases =
        [(block, Some(405), Some("阿里云 WAF")), (page("403 Forbidden", "", b"no"), Some(403), None), (Vec::new(), None, None)];
    for (answer, status, device) in cases {
        let found = provoke(answer).await.expect("a comparison");
        assert!(found.stopped);
        assert_eq!((found.provoked, found.device.as_deref()), (status, device));
    }
}

#[tokio::test]
async fn what_says_nothing_of_a_device() {
    for (answer, class) in [
        (page("500 Internal Server Error", "", b"x"), FailureClass::ServerError),
        (page("429 Too Many Requests", "", b"x"), FailureClass::RateLimited),
        (page("404 Not Found", "", b"x"), FailureClass::NotAPage),
        (b"HTTP/1.1 200 OK\r\nX-Then: hang\r\n".to_vec(), FailureClass::ReadTimeout),
    ] {
        let failure = provoke(answer).await.expect_err("no comparison");
        assert_eq!(failure.class, class, "{failure:?}");
    }
}

#[tokio::test]
async fn it_needs_its_level_and_a_page_to_compare_with() {
    let server = web(|_| page("403 Forbidden", "", b"no")).await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    let refused = probes.provocation(&permit, "http://www.example.cn/").await.expect_err("refused");
    assert_eq!(refused.class, FailureClass::NotPermitted);
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
    let denied = probes.provocation(&granted(&probes, AccessLevel::L3), "http://www.example.cn/").await.expect_err("no page");
    assert_eq!(denied.class, FailureClass::AccessDenied);
}
