//! Servers made to hold a visitor for ever: what they cost has an end.

use std::time::{Duration, Instant};

use model::observation::FailureClass;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::probes;
use super::server::{names, page, web};
use crate::probes::Fetched;

/// Visits the server on `port`; what came of it, and how it failed, before or after the first answer.
async fn visit(port: u16) -> (Option<Fetched>, Option<FailureClass>) {
    let (probes, permit) = probes(names(&[]).await, port, vec![]);
    match probes.visit(&permit, "http://www.example.cn/").await {
        Ok(fetched) => {
            let broken = fetched.visit.broken.as_ref().map(|failure| failure.class);
            (Some(fetched), broken)
        }
        Err(failure) => (None, Some(failure.class)),
    }
}

/// A server that answers every request so.
async fn answering(answer: Vec<u8>) -> u16 {
    web(move |_| answer.clone()).await.port
}

/// A server that says `word` without end, a bit every few milliseconds, once it has heard a byte.
async fn tarpit(word: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut pace = tokio::time::interval(Duration::from_millis(5));
                let _ = stream.read_u8().await;
                while stream.write_all(word).await.is_ok() {
                    pace.tick().await;
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_head_without_end_is_given_up() {
    let fields = [b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: aaaaaaaaaaaaaaaa\r\n".repeat(200_000)].concat();
    let one_field = [b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec(), vec![b'a'; 5_000_000]].concat();
    for answer in [fields, one_field] {
        let (fetched, failure) = visit(answering(answer).await).await;
        assert!(fetched.is_none() && failure.is_some(), "{failure:?}");
    }
}

#[tokio::test]
async fn a_drip_ends_at_the_time_limit() {
    // No HTTP, which is read as a page without a head; fields without end; answers that are none.
    for word in [&b"X"[..], b"HTTP/1.1 200 OK\r\nX-More: a\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"] {
        let started = Instant::now();
        let (_, failure) = visit(tarpit(word).await).await;
        assert!(matches!(failure, Some(FailureClass::ReadTimeout | FailureClass::ProtocolError)), "{failure:?}");
        // The limit is half a second; a machine under load may take its time.
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn fields_with_controls_are_left_out_and_the_page_is_read() {
    let fields = "Server: 政府\x1b[2J\r\nContent-Type: text/html\r\nSet-Cookie: a\x1bb=1\r\n";
    let (fetched, failure) = visit(answering(page("200 OK", fields, b"<title>x</title>")).await).await;
    let fetched = fetched.expect("a page");
    assert_eq!((fetched.html.as_deref(), failure), (Some("<title>x</title>"), None));
    let names: Vec<&str> = fetched.visit.hops[0].headers.iter().map(|header| header.name.as_str()).collect();
    assert_eq!((names, fetched.visit.hops[0].cookies.len()), (vec!["content-type", "content-length"], 0));
}
