//! Deliveries that are pushed.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;

use crate::server::Api;
use crate::settings::Settings;
use crate::tests::{Answer, Memory, TOKEN, ask, request, settings};

/// `省通管局`, percent-encoded.
const NAME: &str = "%E7%9C%81%E9%80%9A%E7%AE%A1%E5%B1%80";

fn push(name: &str, kind: &str, token: &str, body: impl Into<Body>) -> Request<Body> {
    let path = format!("/api/v1/sources/{kind}/{name}/deliveries?file=icp.csv");
    request("POST", &path).header("authorization", format!("Bearer {token}")).body(body.into()).expect("a request")
}

fn code(answer: &Answer) -> String {
    let json = answer.json();
    assert!(!json["message"]["zh"].as_str().expect("zh").is_empty() && !json["message"]["en"].as_str().expect("en").is_empty());
    format!("{} {}", answer.status.as_u16(), json["code"].as_str().expect("a code"))
}

#[tokio::test]
async fn a_delivery_is_taken_and_told_of_to_its_sender_alone() {
    let memory = Memory::new();
    let api = Api::new(settings(), memory.clone());
    let answer = ask(&api, push(NAME, "icp", TOKEN, "域名\na.gov.cn\n")).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let json = answer.json();
    assert_eq!((json["state"].as_str(), json["counts"]["rows"].as_u64()), (Some("applied"), Some(2)));
    assert_eq!((json["kind"].as_str(), json["name"].as_str()), (Some("icp"), Some("省通管局")));
    assert_eq!(memory.deliveries()[0].origin, "省通管局: icp.csv");

    let show = |token: &str, id: &str| {
        let request = request("GET", &format!("/api/v1/deliveries/{id}"));
        request.header("authorization", format!("bearer {token}")).body(Body::empty()).expect("a request")
    };
    assert_eq!(ask(&api, show(TOKEN, "1")).await.json()["id"], 1);
    for (token, id, expected) in [
        ("another", "1", "404 not_found"),
        (TOKEN, "2", "404 not_found"),
        (TOKEN, "x", "404 not_found"),
        ("?", "1", "401 unauthorized"),
    ] {
        assert_eq!(code(&ask(&api, show(token, id)).await), expected);
    }
}

#[tokio::test]
async fn what_may_not_be_pushed_is_refused_with_a_code() {
    let memory = Memory::new();
    let api = Api::new(settings(), memory.clone());
    let bare = request("POST", &format!("/api/v1/sources/icp/{NAME}/deliveries")).body(Body::from("x")).expect("a request");
    assert_eq!(code(&ask(&api, bare).await), "401 unauthorized");
    for (request, expected) in [
        (push(NAME, "icp", "wrong", "x"), "401 unauthorized"),
        (push("other", "icp", TOKEN, "x"), "403 forbidden"),
        (push(NAME, "police", TOKEN, "x"), "403 forbidden"),
        (push(NAME, "person", TOKEN, "x"), "403 forbidden"),
        (push(NAME, "weather", TOKEN, "x"), "404 unknown_kind"),
        (push("%00", "icp", TOKEN, "x"), "400 bad_name"),
        (push("%ff", "icp", TOKEN, "x"), "400 bad_name"),
        (push(NAME, "icp", TOKEN, ""), "400 empty"),
        (push(NAME, "icp", TOKEN, "x".repeat(1001)), "413 too_large"),
    ] {
        assert_eq!(code(&ask(&api, request).await), expected);
    }
    assert!(memory.bodies().is_empty());
}

#[tokio::test]
async fn a_page_is_refused_by_its_state_and_a_failure_tells_nothing_of_the_inside() {
    let api = Api::new(settings(), Memory::new());
    let answer = ask(&api, push(NAME, "icp", TOKEN, "<html>")).await;
    assert_eq!((answer.status.as_u16(), answer.json()["reason"]["zh"].as_str()), (202, Some("是网页")));
    let answer = ask(&api, push(NAME, "icp", TOKEN, "disk full")).await;
    assert_eq!(code(&answer), "500 failed");
    assert!(!answer.body.contains("secret"));
}

#[tokio::test(start_paused = true)]
async fn a_push_waits_for_the_one_before_and_not_for_ever() {
    let memory = Memory::closed();
    let api = Api::new(settings(), memory.clone());
    let first = tokio::spawn({
        let api = api.clone();
        async move { ask(&api, push(NAME, "icp", TOKEN, "first")).await }
    });
    // The clock moves only when nothing else can: by then the first has its turn.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = ask(&api, push(NAME, "icp", TOKEN, "second")).await;
    assert_eq!((code(&second).as_str(), second.header("retry-after")), ("503 busy", "5"));
    // Its body was never asked for: it stays with its sender.
    assert!(memory.bodies().is_empty());
    memory.gate.add_permits(2);
    assert_eq!(first.await.expect("no panic").status, 202);
    assert_eq!(ask(&api, push(NAME, "icp", TOKEN, "third")).await.status, 202);
    assert_eq!(memory.bodies(), ["first", "third"]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_hangs_up_leaves_nothing_half_done() {
    let memory = Memory::closed();
    let api = Api::new(settings(), memory.clone());
    let asking = ask(&api, push(NAME, "icp", TOKEN, "whole"));
    assert!(tokio::time::timeout(Duration::from_secs(1), asking).await.is_err(), "it hangs up while it is taken in");
    memory.gate.add_permits(2);
    // The next one's turn comes after the one before was completed.
    assert_eq!(ask(&api, push(NAME, "icp", TOKEN, "next")).await.status, 202);
    assert_eq!(memory.bodies(), ["whole", "next"]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_or_breaks_is_not_taken() {
    struct Stalls(Option<&'static str>);
    impl hyper::body::Body for Stalls {
        type Data = axum::body::Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
            match self.0.take() {
                Some("broken") => std::task::Poll::Ready(Some(Err(std::io::Error::other("reset")))),
                Some(text) => std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(text.into())))),
                None => std::task::Poll::Pending,
            }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let memory = Memory::new();
    let api = Api::new(Settings { spool: folder.path().into(), ..settings() }, memory.clone());
    assert_eq!(code(&ask(&api, push(NAME, "icp", TOKEN, Body::new(Stalls(Some("half"))))).await), "408 too_slow");
    assert_eq!(code(&ask(&api, push(NAME, "icp", TOKEN, Body::new(Stalls(Some("broken"))))).await), "400 broken_off");
    assert!(memory.bodies().is_empty());
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "temporary files are gone");
    // And the turn was given back.
    assert_eq!(ask(&api, push(NAME, "icp", TOKEN, "whole")).await.status, 202);
}

#[tokio::test]
async fn every_answer_is_guarded_and_errors_are_json() {
    let api = Api::new(settings(), Memory::new());
    let lost = ask(&api, request("GET", "/nowhere").body(Body::empty()).expect("a request")).await;
    assert_eq!(code(&lost), "404 not_found");
    assert!(lost.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!((lost.header("x-content-type-options"), lost.header("cache-control")), ("nosniff", "no-store"));
    let wrong = ask(&api, request("DELETE", "/api/v1/deliveries/1").body(Body::empty()).expect("a request")).await;
    assert_eq!(code(&wrong), "405 wrong_method");
}

#[test]
fn the_written_description_is_that_of_the_routes() {
    let written = include_str!("../../../../docs/openapi.json");
    let description = crate::server::description().expect("a description");
    assert!(written == description, "write it anew: cargo run -p api --example openapi > docs/openapi.json");
    for path in ["/api/v1/sources/{kind}/{name}/deliveries", "/api/v1/deliveries/{id}", "/api/v1/complaints"] {
        assert!(description.contains(path), "{path}");
    }
}
