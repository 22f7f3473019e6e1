//! Calls that run.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use exchange::input::Command;
use serde_json::{Value, json};

use super::{ApiError, Shared, beside};
use crate::live::LiveCall;

pub(super) async fn list(State(api): Shared) -> Json<Vec<LiveCall>> {
    Json(api.watch.look(|live| live.calls.values().cloned().collect()))
}

pub(super) async fn hang_up(State(api): Shared, Path(call): Path<String>) -> Result<Json<Value>, ApiError> {
    let Ok(call) = call.parse::<u64>() else {
        let words = format!("`{}` is no number of a call", crate::log::Plain(&call));
        return Err(ApiError::new(StatusCode::BAD_REQUEST, words));
    };
    let said = beside(move || Ok(api.orders.command(Command::Hangup { call })?)).await?;
    Ok(Json(json!({ "said": said })))
}
