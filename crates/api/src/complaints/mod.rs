//! Reports from the public (投诉举报), by API and by a form that needs no script.
//!
//! Invariants: personal data is masked before anything is kept; how to reach the reporter, and from which address a report came, is not
//! kept at all.

mod form;
mod report;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use jiff::Timestamp;
use model::ledger::source::{DeliveryState, SourceKind};
use model::text::Text;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

pub(crate) use form::{send, show, style};

use crate::complaints::report::Report;
use crate::deliveries;
use crate::fault::{Envelope, Fault};
use crate::server::{Client, Shared};
use crate::upload;

/// How long a report waits for its turn, in seconds.
const WAIT_S: f64 = 10.0;

/// What the reporter gets.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// Number under which the report is kept.
    receipt: String,
}

/// Takes a report from the public.
#[utoipa::path(
    post, path = "/api/v1/complaints", tag = "complaints", request_body = Report,
    responses(
        (status = 202, body = Receipt), (status = 400, body = Envelope), (status = 415, body = Envelope), (status = 422, body = Envelope),
        (status = 429, body = Envelope, description = "too many: come back after `Retry-After` seconds"), (status = 503, body = Envelope),
    )
)]
pub(crate) async fn post(
    State(shared): State<Arc<Shared>>,
    Client(client): Client,
    report: Result<Json<Report>, JsonRejection>,
) -> Result<(StatusCode, Json<Receipt>), Fault> {
    let Json(report) = report.map_err(|rejection| {
        // The rejection's own words name the field; they are serde's, in English.
        let words = Text::new("请求内容不是规定的 JSON", rejection.body_text().chars().take(200).collect::<String>());
        Fault::new(rejection.status(), "invalid", words)
    })?;
    let receipt = take(&shared, client, &report, "API").await?;
    Ok((StatusCode::ACCEPTED, Json(Receipt { receipt })))
}

/// Keeps a report as a delivery of one line; its receipt number.
async fn take(shared: &Arc<Shared>, client: IpAddr, report: &Report, way: &str) -> Result<String, Fault> {
    let at = Timestamp::now();
    let receipt = report::receipt(at)?;
    let line = report.line(&receipt, at)?;
    shared.rates.take(client, Instant::now()).map_err(|wait| Fault::too_many(wait.as_secs() + 1))?;
    let mut bytes = serde_json::to_vec(&line).map_err(|_| Fault::failed())?;
    bytes.push(b'\n');
    let upload = upload::written(&bytes, &shared.settings)?;
    let turn = deliveries::turn(&shared.reports, WAIT_S).await?;
    let (kind, name) = (SourceKind::Complaints, shared.settings.complaints.source.clone());
    let delivery = deliveries::deliver(shared, turn, kind, name, format!("{way} {receipt}.jsonl"), upload).await?;
    if delivery.state == DeliveryState::Refused || delivery.counts.rejected > 0 {
        tracing::error!(delivery = delivery.id, "a report was not taken by its importer");
        return Err(Fault::failed());
    }
    Ok(receipt)
}
