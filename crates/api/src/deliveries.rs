//! Deliveries that sources push, and how they stand.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use model::ledger::source::{Delivery, DeliveryState, SourceKind};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::time;
use utoipa::ToSchema;

use crate::fault::{Envelope, Fault, Message};
use crate::intake::Offered;
use crate::server::Shared;
use crate::tokens;
use crate::upload::{self, Upload};

/// How a delivery stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// Its number.
    id: i64,
    /// Kind of source.
    kind: &'static str,
    /// Name of the source.
    name: String,
    /// `open`, `applied`, `held`, `refused` or `discarded`.
    state: &'static str,
    /// SHA-256 of its bytes.
    digest: String,
    /// When it came (RFC 3339).
    at: String,
    /// Why it is held or refused.
    reason: Option<Message>,
    /// What it held and changed.
    counts: Counts,
    /// The first of the rows that were not taken.
    rejected: Vec<BadRow>,
}

/// What a delivery held and changed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct Counts {
    /// Rows read, bad ones too.
    rows: u64,
    /// Rows that were not taken.
    rejected: u64,
    /// What is new.
    added: u64,
    /// What is known and changed.
    changed: u64,
    /// What is known and did not.
    unchanged: u64,
    /// What the source says no more.
    withdrawn: u64,
}

/// A row that was not taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct BadRow {
    /// Line or record, from 1.
    line: u64,
    /// Column or field.
    column: Option<String>,
    /// The value.
    value: String,
    /// What is wrong with it.
    reason: Message,
}

impl From<Delivery> for Standing {
    fn from(delivery: Delivery) -> Self {
        let counts = delivery.counts;
        Self {
            id: delivery.id,
            kind: delivery.source.kind.word(),
            name: delivery.source.name,
            state: match delivery.state {
                DeliveryState::Open => "open",
                DeliveryState::Applied => "applied",
                DeliveryState::Held => "held",
                DeliveryState::Refused => "refused",
                DeliveryState::Discarded => "discarded",
            },
            digest: delivery.digest.to_string(),
            at: delivery.at.to_string(),
            reason: delivery.reason.map(Message::from),
            counts: Counts {
                rows: counts.rows,
                rejected: counts.rejected,
                added: counts.added,
                changed: counts.changed,
                unchanged: counts.unchanged,
                withdrawn: counts.withdrawn,
            },
            rejected: (delivery.rejected.into_iter())
                .map(|row| BadRow { line: row.line, column: row.column, value: row.value, reason: row.reason.into() })
                .collect(),
        }
    }
}

/// What a push may tell beside its bytes.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Told {
    /// Name of the file, whose ending tells its form: `roster.xlsx`.
    #[serde(default)]
    file: String,
}

/// Takes a delivery of a source; the body is the file as it is, gzip too.
#[utoipa::path(
    post, path = "/api/v1/sources/{kind}/{name}/deliveries", tag = "deliveries", security(("token" = [])),
    params(
        ("kind" = String, Path, description = "kind of source, as `icp`"),
        ("name" = String, Path, description = "name of the source"),
        ("file" = Option<String>, Query, description = "name of the file, whose ending tells its form: `roster.xlsx`"),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 202, body = Standing, description = "taken, held for a person or refused: see its state"),
        (status = 400, body = Envelope), (status = 401, body = Envelope), (status = 403, body = Envelope),
        (status = 404, body = Envelope), (status = 408, body = Envelope), (status = 413, body = Envelope),
        (status = 503, body = Envelope, description = "busy: come back after `Retry-After` seconds"),
    )
)]
pub(crate) async fn push(
    State(shared): State<Arc<Shared>>,
    path: Result<Path<(String, String)>, PathRejection>,
    told: Result<Query<Told>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Standing>), Fault> {
    let settings = &shared.settings;
    let token = tokens::of(&headers, &settings.tokens)?;
    let Path((kind, name)) = path.map_err(|_| Fault::bad_name())?;
    let kind = SourceKind::ALL.iter().copied().find(|known| known.word() == kind).ok_or_else(Fault::unknown_kind)?;
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Fault::bad_name());
    }
    if !token.may(kind, &name) {
        return Err(Fault::forbidden());
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > settings.max_bytes) {
        return Err(Fault::too_large(settings.max_bytes));
    }
    let file: String = told.map(|Query(told)| told.file).unwrap_or_default();
    let file: String = file.chars().filter(|c| !c.is_control() && *c != '/').take(100).collect();
    let origin = format!("{}: {}", token.name, if file.is_empty() { "push" } else { &file });

    // The turn comes first: while others have it, the body stays with its sender.
    let turn = turn(&shared.pushes, settings.wait_s).await?;
    let upload = upload::receive(body, settings).await?;
    if upload.bytes == 0 {
        return Err(Fault::empty());
    }
    let delivery = deliver(&shared, turn, kind, name, origin, upload).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}

/// How a delivery stands.
#[utoipa::path(
    get, path = "/api/v1/deliveries/{id}", tag = "deliveries", security(("token" = [])),
    params(("id" = i64, Path, description = "its number")),
    responses((status = 200, body = Standing), (status = 401, body = Envelope), (status = 404, body = Envelope))
)]
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<i64>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<Standing>, Fault> {
    let token = tokens::of(&headers, &shared.settings.tokens)?;
    let Path(id) = id.map_err(|_| Fault::not_found())?;
    let delivery = shared.intake.delivery(id).await.map_err(failed)?;
    // Whether deliveries of others exist is not told either.
    let delivery = delivery.filter(|delivery| token.may(delivery.source.kind, &delivery.source.name));
    delivery.map(|delivery| Json(delivery.into())).ok_or_else(Fault::not_found)
}

/// A turn to have something taken in.
pub(crate) type Turn = tokio::sync::OwnedSemaphorePermit;

/// Waits for a turn, not for ever.
pub(crate) async fn turn(turns: &Arc<Semaphore>, wait_s: f64) -> Result<Turn, Fault> {
    let waited = time::timeout(Duration::from_secs_f64(wait_s), Arc::clone(turns).acquire_owned()).await;
    waited.map_err(|_| Fault::busy(wait_s.ceil() as u64))?.map_err(|_| Fault::busy(wait_s.ceil() as u64))
}

/// Has a delivery taken in, in a task of its own: a client that hangs up does not leave it half done.
pub(crate) async fn deliver(
    shared: &Arc<Shared>,
    turn: Turn,
    kind: SourceKind,
    name: String,
    origin: String,
    upload: Upload,
) -> Result<Delivery, Fault> {
    let Upload { file, digest, bytes } = upload;
    let offered = Offered { kind, name, origin, file, digest, bytes, at: Timestamp::now() };
    let intake = Arc::clone(&shared.intake);
    let taking = tokio::spawn(async move {
        let delivery = intake.deliver(offered).await;
        drop(turn);
        delivery
    });
    taking.await.map_err(|_| Fault::failed())?.map_err(failed)
}

fn failed(error: crate::intake::IntakeError) -> Fault {
    tracing::error!(%error, "intake");
    Fault::failed()
}
