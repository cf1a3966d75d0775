//! The API on a socket.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::server::Api;
use crate::settings::Settings;
use crate::tests::{Memory, TOKEN, settings};

async fn read(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

fn push(body: &str) -> String {
    let name = "%E7%9C%81%E9%80%9A%E7%AE%A1%E5%B1%80";
    format!(
        "POST /api/v1/sources/icp/{name}/deliveries HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn the_end_waits_for_what_is_being_taken_in() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let memory = Memory::closed();
    let api = Api::new(settings(), memory.clone());
    let (end, ended) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move { api.serve(listener, async { drop(ended.await) }).await });

    let mut client = TcpStream::connect(address).await.expect("a connection");
    client.write_all(push("over a socket").as_bytes()).await.expect("sent");
    // A second client has its answer while the first one's delivery is being taken in.
    let mut other = TcpStream::connect(address).await.expect("a connection");
    other.write_all(b"GET /complaints HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
    assert!(read(&mut other).await.contains("互联网政务应用投诉举报"));
    end.send(()).expect("serving");
    memory.gate.add_permits(1);
    assert!(read(&mut client).await.starts_with("HTTP/1.1 202"));
    serving.await.expect("no panic").expect("an orderly end");
    assert_eq!(memory.bodies(), ["over a socket"]);
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let api = Api::new(Settings { idle_timeout_s: 0.05, max_connections: 1, ..settings() }, Memory::new());
    let serving = tokio::spawn(async move { api.serve(listener, std::future::pending()).await });
    let mut silent = TcpStream::connect(address).await.expect("a connection");
    silent.write_all(b"GET /compl").await.expect("sent");
    // There is room for one: the next is served once the silent one was let go.
    let mut client = TcpStream::connect(address).await.expect("a connection");
    client.write_all(b"GET /complaints HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
    let answer = tokio::time::timeout(Duration::from_secs(20), read(&mut client)).await.expect("served");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    serving.abort();
}
