//! A server on loopback that answers byte for byte as it is told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What to answer.
pub enum Reply {
    /// These bytes; then the connection ends.
    Bytes(Vec<u8>),
    /// These bytes; then silence.
    Silence(Vec<u8>),
}

/// A running peer.
pub struct Peer {
    /// `http://127.0.0.1:port`.
    pub base: String,
    heads: Arc<Mutex<Vec<String>>>,
}

/// An answer with a status, header lines and a body of full length.
pub fn answer(status: u16, headers: &str, body: &str) -> Reply {
    Reply::Bytes(written(status, headers, body.len(), body))
}

/// An answer that announces `length` bytes and gives `body`.
pub fn written(status: u16, headers: &str, length: usize, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
}

impl Peer {
    /// Answers every request by its head; `number` counts from 0.
    pub async fn start(mut reply: impl FnMut(usize, &str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            let mut silent = Vec::new();
            for number in 0.. {
                let Ok((mut stream, _)) = listener.accept().await else { return };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => break,
                    }
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                kept.lock().expect("no panic").push(head.clone());
                let (bytes, ends) = match reply(number, &head) {
                    Reply::Bytes(bytes) => (bytes, true),
                    Reply::Silence(bytes) => (bytes, false),
                };
                // The other side may have hung up: that is for the test to say.
                let _ = stream.write_all(&bytes).await;
                if ends {
                    let _ = stream.shutdown().await;
                } else {
                    silent.push(stream);
                }
            }
        });
        Self { base, heads }
    }

    /// What was asked so far, in lower case.
    pub fn asked(&self) -> Vec<String> {
        self.heads.lock().expect("no panic").iter().map(|head| head.to_lowercase()).collect()
    }
}
