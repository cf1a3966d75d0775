//! Requests to the API, most of them without a socket.

mod complaints;
mod deliveries;
mod serving;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use model::digest::Digest;
use model::ledger::source::{Counts, Delivery, DeliveryState, Source, SourceKind};
use model::text::Text;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::intake::{Intake, IntakeError, Offered};
use crate::server::Api;
use crate::settings::{Settings, Token};

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Keeps what it is given in memory.
pub struct Memory {
    taken: Mutex<Vec<(Delivery, String)>>,
    /// A delivery is taken in once there is a permit here.
    pub gate: Semaphore,
}

impl Memory {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { taken: Mutex::new(Vec::new()), gate: Semaphore::new(Semaphore::MAX_PERMITS) })
    }

    /// One that takes nothing in until its gate opens.
    pub fn closed() -> Arc<Self> {
        Arc::new(Self { taken: Mutex::new(Vec::new()), gate: Semaphore::new(0) })
    }

    pub fn bodies(&self) -> Vec<String> {
        self.taken.lock().expect("no panic").iter().map(|(_, body)| body.clone()).collect()
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.taken.lock().expect("no panic").iter().map(|(delivery, _)| delivery.clone()).collect()
    }
}

#[async_trait]
impl Intake for Memory {
    async fn deliver(&self, offered: Offered) -> Result<Delivery, IntakeError> {
        self.gate.acquire().await.expect("open").forget();
        let body = std::fs::read_to_string(offered.file.path()).map_err(|error| IntakeError(error.to_string()))?;
        assert_eq!((offered.digest, offered.bytes), (Digest::of(body.as_bytes()), body.len() as u64));
        if body.contains("disk full") {
            return Err(IntakeError("/var/lib/secret.db: disk full".into()));
        }
        let refused = body.contains("<html");
        let mut taken = self.taken.lock().expect("no panic");
        let delivery = Delivery {
            id: taken.len() as i64 + 1,
            source: Source { id: 1, kind: offered.kind, name: offered.name },
            origin: offered.origin,
            digest: offered.digest,
            at: offered.at,
            state: if refused { DeliveryState::Refused } else { DeliveryState::Applied },
            reason: refused.then(|| Text::new("是网页", "an HTML page")),
            counts: Counts { rows: body.lines().count() as u64, ..Counts::default() },
            rejected: Vec::new(),
        };
        taken.push((delivery.clone(), body));
        Ok(delivery)
    }

    async fn delivery(&self, id: i64) -> Result<Option<Delivery>, IntakeError> {
        Ok(self.deliveries().into_iter().find(|delivery| delivery.id == id))
    }
}

pub fn settings() -> Settings {
    let token = |name: &str, secret: &str, kind, sources: &[&str]| Token {
        name: name.into(),
        sha256: Digest::of(secret.as_bytes()),
        kinds: vec![kind],
        sources: sources.iter().map(|source| (*source).to_owned()).collect(),
    };
    let tokens =
        vec![token("省通管局", TOKEN, SourceKind::Icp, &["省通管局"]), token("公安厅", "another", SourceKind::Police, &[])];
    Settings { tokens, max_bytes: 1000, wait_s: 5.0, https: false, ..Settings::default() }
}

pub fn request(method: &str, path: &str) -> axum::http::request::Builder {
    let peer: SocketAddr = "192.0.2.7:4711".parse().expect("an address");
    Request::builder().method(method).uri(path).extension(ConnectInfo(peer))
}

/// Status, headers and body of an answer.
pub struct Answer {
    pub status: StatusCode,
    pub response: Response<()>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub async fn ask(api: &Api, request: Request<Body>) -> Answer {
    let (parts, body) = api.router().oneshot(request).await.expect("routers do not fail").into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
    Answer { status: parts.status, response: Response::from_parts(parts, ()), body }
}
