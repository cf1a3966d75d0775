//! The Chrome DevTools Protocol over a pair of pipes: JSON messages that end in a NUL byte.
//!
//! Own client, because the maintained ones open a TCP port that anybody on the machine may use, and decode every message into typed
//! enumerations that break when the browser is newer than they are. A message that nobody waits for is dropped; a listener that falls
//! behind is cut off, so that a page that raises events without end costs no memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};

/// A longer message ends the connection. A picture of a page of the largest size stays well below it.
const MESSAGE_LIMIT: u64 = 96 * 1024 * 1024;
/// Events that may wait for one listener.
const BACKLOG: usize = 20_000;
/// Longest wait for the answer to one command.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// How a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CdpError {
    /// The browser is gone.
    #[error("the browser has stopped")]
    Closed,
    /// The browser refuses the command.
    #[error("{method}: {message}")]
    Refused {
        /// The command.
        method: String,
        /// The browser's words.
        message: String,
    },
    /// The browser does not answer.
    #[error("{0}: the browser does not answer")]
    Timeout(String),
}

/// An event of a target.
#[derive(Debug)]
pub struct Event {
    /// The session with the target; for `Target.attachedToTarget` the new one.
    pub session: String,
    /// Its name.
    pub method: String,
    /// Its particulars.
    pub params: Value,
}

/// A connection to a browser. Clones share it.
#[derive(Clone)]
pub struct Client {
    outgoing: mpsc::Sender<Vec<u8>>,
    routes: Arc<Mutex<Routes>>,
    next: Arc<AtomicU64>,
}

type Answer = Result<Value, String>;

#[derive(Default)]
struct Routes {
    closed: bool,
    pending: BTreeMap<u64, oneshot::Sender<Answer>>,
    contexts: BTreeMap<String, mpsc::Sender<Event>>,
    sessions: BTreeMap<String, String>,
}

impl Client {
    /// Talks over the two pipes until one of them ends.
    pub fn new(to: pipe::Sender, from: pipe::Receiver) -> Self {
        let (outgoing, messages) = mpsc::channel(256);
        let routes = Arc::new(Mutex::new(Routes::default()));
        tokio::spawn(write(to, messages));
        tokio::spawn(read(from, routes.clone()));
        Self { outgoing, routes, next: Arc::default() }
    }

    /// True once the browser is gone.
    pub fn is_closed(&self) -> bool {
        lock(&self.routes).closed
    }

    /// The events of all targets in a browser context, from now on.
    pub fn listen(&self, context: &str) -> mpsc::Receiver<Event> {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        lock(&self.routes).contexts.insert(context.to_owned(), sender);
        receiver
    }

    /// Ends what [`Client::listen`] began.
    pub fn forget(&self, context: &str) {
        let mut routes = lock(&self.routes);
        routes.contexts.remove(context);
        routes.sessions.retain(|_, of| of != context);
    }

    /// Sends a command to the browser (`session` empty) or to a target and waits for the answer.
    ///
    /// # Errors
    /// When the browser refuses it, is gone or does not answer in time.
    pub async fn call(&self, session: &str, method: &str, params: Value) -> Result<Value, CdpError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        {
            let mut routes = lock(&self.routes);
            if routes.closed {
                return Err(CdpError::Closed);
            }
            routes.pending.insert(id, sender);
        }
        self.send(id, session, method, params).await?;
        match tokio::time::timeout(CALL_TIMEOUT, receiver).await {
            Ok(Ok(Ok(result))) => Ok(result),
            Ok(Ok(Err(message))) => Err(CdpError::Refused { method: method.into(), message }),
            Ok(Err(_)) => Err(CdpError::Closed),
            Err(_) => {
                lock(&self.routes).pending.remove(&id);
                Err(CdpError::Timeout(method.into()))
            }
        }
    }

    /// Sends a command whose answer does not matter.
    pub async fn tell(&self, session: &str, method: &str, params: Value) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        // When the browser is gone, whoever waits for an answer learns it; here nobody does.
        let _ = self.send(id, session, method, params).await;
    }

    async fn send(&self, id: u64, session: &str, method: &str, params: Value) -> Result<(), CdpError> {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.outgoing.send(bytes).await.map_err(|_| CdpError::Closed)
    }
}

impl Routes {
    fn receive(&mut self, mut message: Value) {
        if let Some(id) = message["id"].as_u64() {
            if let Some(waiting) = self.pending.remove(&id) {
                let answer = match message["error"]["message"].as_str() {
                    Some(error) => Err(error.to_owned()),
                    None => Ok(message["result"].take()),
                };
                // Whoever waited may have given up.
                let _ = waiting.send(answer);
            }
            return;
        }
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let params = message["params"].take();
        let session = match method.as_str() {
            "Target.attachedToTarget" => {
                let session = text(&params["sessionId"]);
                self.sessions.insert(session.clone(), text(&params["targetInfo"]["browserContextId"]));
                session
            }
            "Target.detachedFromTarget" => text(&params["sessionId"]),
            _ => text(&message["sessionId"]),
        };
        let Some(context) = self.sessions.get(&session).cloned() else { return };
        if method == "Target.detachedFromTarget" {
            self.sessions.remove(&session);
        }
        if let Some(listener) = self.contexts.get(&context)
            && listener.try_send(Event { session, method, params }).is_err()
        {
            self.contexts.remove(&context);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn lock(routes: &Mutex<Routes>) -> MutexGuard<'_, Routes> {
    routes.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn write(mut to: pipe::Sender, mut messages: mpsc::Receiver<Vec<u8>>) {
    while let Some(message) = messages.recv().await {
        if to.write_all(&message).await.is_err() {
            break;
        }
    }
}

async fn read(from: pipe::Receiver, routes: Arc<Mutex<Routes>>) {
    let mut from = BufReader::with_capacity(256 * 1024, from);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match (&mut from).take(MESSAGE_LIMIT).read_until(0, &mut bytes).await {
            Ok(_) if bytes.last() == Some(&0) => bytes.pop(),
            _ => break,
        };
        match serde_json::from_slice(&bytes) {
            Ok(message) => lock(&routes).receive(message),
            Err(error) => tracing::debug!(%error, "the browser sent a message that is not JSON"),
        }
    }
    let mut routes = lock(&routes);
    // Dropping the senders tells everybody who waits.
    *routes = Routes { closed: true, ..Routes::default() };
}
