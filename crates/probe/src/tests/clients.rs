//! Visits as several browsers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::observation::FailureClass;

use super::probes;
use super::server::{names, page, web};
use crate::clients::{BROWSERS, FetchedVisits};

async fn visits(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> FetchedVisits {
    let server = web(answer).await;
    let (probes, permit) = probes(names(&[]).await, server.port, vec![]);
    let fetched = probes.clients(&permit, "http://www.example.cn/").await;
    assert_eq!(server.connections.load(Ordering::SeqCst), 1, "the next browser takes the connection that is there");
    fetched
}

#[tokio::test]
async fn every_browser_comes_under_its_name_and_ours() {
    let fetched = visits(|head| {
        assert!(head.contains("Mingcha/"), "{head}");
        assert!(!head.contains("\r\nCookie:"), "another browser has no cookies: {head}");
        let body = if head.contains("Trident") {
            "<title>示例市</title><p>政务公开 办事服务"
        } else if head.contains("MicroMessenger") {
            return page("403 Forbidden", "Content-Type: text/html; charset=utf-8\r\n", b"<title>403</title>no");
        } else {
            "<title>提示</title><p>本系统仅支持IE浏览器，请更换。"
        };
        page("200 OK", "Content-Type: text/html; charset=utf-8\r\nSet-Cookie: a=1\r\n", body.as_bytes())
    })
    .await;
    let visits = &fetched.visits.visits;
    let browsers: Vec<&str> = visits.iter().map(|visit| visit.browser.as_str()).collect();
    assert_eq!(browsers, BROWSERS.map(|(browser, _)| browser));
    for visit in visits {
        let answer = visit.answer.seen().expect("an answer");
        match visit.browser.as_str() {
            "edge-ie-mode" => {
                assert_eq!((answer.title.as_str(), answer.text_length, &answer.turned_away), ("示例市", 8, &None));
            }
            "wechat-android" => assert_eq!((answer.status, answer.turned_away.as_deref()), (403, None)),
            _ => assert_eq!(answer.turned_away.as_deref(), Some("本系统仅支持IE浏览器，请更换")),
        }
    }
    assert_eq!(fetched.bodies.len(), 3, "each body once");
}

#[tokio::test]
async fn a_site_that_asks_to_slow_down_is_left_alone() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let fetched = visits(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        page("429 Too Many Requests", "", b"slow")
    })
    .await;
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(fetched.visits.visits.len(), BROWSERS.len());
    let limited = |visit: &model::facts::clients::ClientVisit| visit.answer.failure().map(|failure| failure.class);
    assert!(fetched.visits.visits.iter().all(|visit| limited(visit) == Some(FailureClass::RateLimited)));
}

#[tokio::test]
async fn block_pages_and_lost_visits_are_failures() {
    let fetched = visits(|head| match head {
        head if head.contains("Trident") => {
            page("405 No", "Content-Type: text/html\r\n", b"<img src='//errors.aliyun.com/error.png'>")
        }
        head if head.contains("iPhone") => page("200 OK", "Content-Type: text/html\r\n", b"<title>x</title><p>x"),
        _ => page("500 Internal Server Error", "", b"x"),
    })
    .await;
    let class = |browser: &str| {
        let visit = fetched.visits.visits.iter().find(|visit| visit.browser == browser).expect("a visit");
        visit.answer.failure().map(|failure| failure.class)
    };
    assert_eq!(class("edge-ie-mode"), Some(FailureClass::BlockPage));
    assert_eq!(class("safari-iphone"), None);
    assert_eq!(class("chrome-windows"), Some(FailureClass::ServerError));
}
