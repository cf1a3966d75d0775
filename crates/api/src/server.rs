//! Routes, what every answer carries, and the loop that serves connections until the program ends.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time;
use tower::ServiceExt as _;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::fault::Fault;
use crate::intake::Intake;
use crate::rates::Rates;
use crate::settings::Settings;
use crate::{complaints, deliveries};

/// The most bytes of a request that is no delivery.
const SMALL: usize = 64 << 10;
/// Reports that are taken in at a time.
const REPORTS: usize = 1;
/// Deliveries that are taken in at a time: the store has one writer.
const PUSHES: usize = 1;

/// What all requests share.
pub(crate) struct Shared {
    pub settings: Settings,
    pub intake: Arc<dyn Intake>,
    pub rates: Rates,
    /// Turns to push a delivery.
    pub pushes: Arc<Semaphore>,
    /// Turns to send a report: a large delivery does not hold it up.
    pub reports: Arc<Semaphore>,
}

/// The API, ready to serve.
#[derive(Clone)]
pub struct Api {
    shared: Arc<Shared>,
    router: Router,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "明察 Mingcha", description = "数据报送与投诉举报接口 / Interface for deliveries and reports"),
    tags(
        (name = "deliveries", description = "数据来源报送 / deliveries of sources"),
        (name = "complaints", description = "投诉举报 / reports from the public"),
    )
)]
struct Description;

/// All routes; those for reports can be left out.
fn routes(with_reports: bool) -> OpenApiRouter<Arc<Shared>> {
    // A delivery is bounded by its own limit, as it goes to disk.
    let pushing = OpenApiRouter::new().routes(routes!(deliveries::push)).layer(DefaultBodyLimit::disable());
    let mut small = OpenApiRouter::new().routes(routes!(deliveries::show));
    if with_reports {
        small = small
            .routes(routes!(complaints::post))
            .route("/complaints", get(complaints::show).post(complaints::send))
            .route("/complaints/style.css", get(complaints::style));
    }
    let small = small.layer(DefaultBodyLimit::max(SMALL));
    OpenApiRouter::with_openapi(Description::openapi()).merge(pushing).merge(small)
}

/// The description of the API (OpenAPI 3.1), JSON.
///
/// # Errors
/// When it cannot be written, which would be a fault of the program.
pub fn description() -> Result<String, serde_json::Error> {
    let mut description = routes(true).split_for_parts().1;
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    description.components.get_or_insert_default().add_security_scheme("token", token);
    description.to_pretty_json().map(|text| text + "\n")
}

impl Api {
    /// The API over an intake. `settings` have been checked.
    pub fn new(settings: Settings, intake: Arc<dyn Intake>) -> Self {
        let rates = Rates::new(settings.complaints.per_client_per_hour, settings.complaints.per_hour);
        let (pushes, reports) = (Arc::new(Semaphore::new(PUSHES)), Arc::new(Semaphore::new(REPORTS)));
        let shared = Arc::new(Shared { settings, intake, rates, pushes, reports });
        let router = routes(shared.settings.complaints.enabled).split_for_parts().0;
        let router = router
            .fallback(async || Fault::not_found())
            .method_not_allowed_fallback(async || Fault::wrong_method())
            .layer(middleware::map_response(guarded))
            .with_state(Arc::clone(&shared));
        Self { shared, router }
    }

    /// The routes, for tests and for those who serve them themselves. A request must carry `ConnectInfo<SocketAddr>`.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Serves until `end`; then running requests are completed within the configured time, and deliveries that are being taken in at any
    /// rate.
    ///
    /// # Errors
    /// When connections can be accepted no more.
    pub async fn serve(&self, listener: TcpListener, end: impl Future<Output = ()> + Send) -> io::Result<()> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "the API speaks no TLS: only a reverse proxy should reach it");
        }
        let open = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(self.shared.settings.max_connections));
        let mut end = std::pin::pin!(end);
        loop {
            let accepted = tokio::select! {
                () = &mut end => break,
                // A place first: those for whom there is none wait in the system's queue.
                accepted = async { (Arc::clone(&places).acquire_owned().await, listener.accept().await) } => accepted,
            };
            match accepted {
                (Ok(place), Ok((stream, peer))) => {
                    let connection = open.watch(self.connection(stream, peer));
                    tokio::spawn(async move {
                        // A client that breaks off is its own business.
                        let _ = connection.await;
                        drop(place);
                    });
                }
                // Out of descriptors: better served late than not at all.
                (_, Err(error)) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    time::sleep(Duration::from_millis(100)).await;
                }
                (Err(_), _) => break,
            }
        }
        drop(listener);
        let _ = time::timeout(Duration::from_secs_f64(self.shared.settings.shutdown_s), open.shutdown()).await;
        // Who has all the turns knows that nothing is being taken in.
        let _ = self.shared.pushes.acquire_many(PUSHES as u32).await;
        let _ = self.shared.reports.acquire_many(REPORTS as u32).await;
        Ok(())
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
    ) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + Send + use<> {
        let router = self.router.clone();
        let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let router = router.clone();
            async move { Ok::<_, Infallible>(router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {})) }
        });
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.shared.settings.idle_timeout())
            .max_buf_size(SMALL)
            .serve_connection(TokioIo::new(stream), service)
    }
}

/// What every answer carries: nothing is kept, framed, sniffed or run.
async fn guarded(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The address of the client: that of the connection, or what a trusted proxy says of it.
pub(crate) struct Client(pub IpAddr);

impl FromRequestParts<Arc<Shared>> for Client {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Fault> {
        let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or_else(Fault::failed)?;
        let trusted = &shared.settings.trusted_proxies;
        let mut client = peer.ip().to_canonical();
        let said = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let mut said: Vec<&str> = said.flat_map(|value| value.split(',')).collect();
        // From the nearest outward, as long as those who say it are ours.
        while trusted.contains(&client) {
            let Some(next) = said.pop().and_then(|address| address.trim().parse::<IpAddr>().ok()) else { break };
            client = next.to_canonical();
        }
        Ok(Self(client))
    }
}
