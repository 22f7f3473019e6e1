//! Hunt groups and night services: who takes part, what is on.

use axum::Json;
use axum::extract::{Path, State};
use exchange::input::Command;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Api, ApiError, Shared, beside};

/// Whether something is on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    on: bool,
}

/// Switches a night service.
pub(super) async fn night(
    State(api): Shared,
    Path(name): Path<String>,
    Json(Switch { on }): Json<Switch>,
) -> Result<Json<Value>, ApiError> {
    command(api, Command::NightService { name, on }).await
}

/// Lets a phone take part in its hunt groups, or not.
pub(super) async fn hunt(
    State(api): Shared,
    Path(device): Path<String>,
    Json(Switch { on }): Json<Switch>,
) -> Result<Json<Value>, ApiError> {
    command(api, Command::HuntLog { device, logged_in: on }).await
}

pub(super) async fn command(api: std::sync::Arc<Api>, command: Command) -> Result<Json<Value>, ApiError> {
    let said = beside(move || Ok(api.orders.command(command)?)).await?;
    Ok(Json(json!({ "said": said })))
}
