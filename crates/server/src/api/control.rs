//! What operators do with the server itself.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiError, Shared, beside};
use crate::reload::Report;

/// A configuration to be checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Candidate {
    file: String,
    text: String,
}

pub(super) async fn check(
    State(api): Shared,
    Json(Candidate { file, text }): Json<Candidate>,
) -> Result<Json<Report>, ApiError> {
    let settings = crate::config::parse(&file, &text)
        .map_err(|errors| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, errors.to_string()))?;
    let report = api.watch.look(|live| api.reloader.report(&settings, Some(live)));
    Ok(Json(report))
}

pub(super) async fn reload(State(api): Shared) -> Result<Json<Report>, ApiError> {
    beside(move || {
        let report = api.reloader.reload(Some(&api.watch));
        report.map(Json).map_err(|errors| {
            let words = format!("the old configuration stays:\n{errors}");
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, words)
        })
    })
    .await
}

/// How to stop.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Stop {
    now: bool,
}

pub(super) async fn stop(State(api): Shared, Json(Stop { now }): Json<Stop>) -> Json<Value> {
    let calls = api.watch.look(|live| live.calls.len());
    let said = if now {
        api.orders.halt();
        "it stops at once".to_owned()
    } else {
        api.orders.stop();
        format!("it stops: no new calls, {calls} may end; idle phones go to their next server now")
    };
    tracing::info!("stopping, as an operator asked");
    Json(json!({ "said": said }))
}
