//! Devices: those of the plan, with what is live of them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use exchange::input::{Command, Reset};
use exchange::plan::{Button, Device};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skinny::json::nearest;

use super::{ApiError, Shared, beside};
use crate::adopt::Amendment;
use crate::live::LiveDevice;
use crate::log::Plain;
use crate::published::{Current, Origin};

/// A device.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    name: String,
    description: String,
    numbers: Vec<String>,
    origin: Origin,
    lobby: bool,
    registered: bool,
    #[serde(flatten)]
    live: Option<Live>,
}

#[derive(Debug, Serialize)]
struct Live {
    since_ms: i64,
    reason: String,
    address: String,
    protocol: u8,
    device_type: u32,
}

fn shown(name: &str, device: &Device, current: &Current, live: Option<&LiveDevice>) -> Shown {
    let numbers = device.buttons.iter().filter_map(|button| match button {
        Button::Line { number, .. } => Some(number.clone()),
        _ => None,
    });
    Shown {
        name: name.to_owned(),
        description: device.description.clone(),
        numbers: numbers.collect(),
        origin: current.origin(name),
        lobby: device.lobby,
        registered: live.is_some_and(|live| live.registered),
        live: live.map(|live| Live {
            since_ms: live.since_ms,
            reason: live.reason.clone(),
            address: live.address.clone(),
            protocol: live.protocol,
            device_type: live.device_type,
        }),
    }
}

pub(super) async fn list(State(api): Shared) -> Json<Vec<Shown>> {
    let current = api.published.current();
    let devices = api.watch.look(|live| {
        let each = current.plan.devices.iter();
        each.map(|(name, device)| shown(name, device, &current, live.devices.get(name))).collect()
    });
    Json(devices)
}

pub(super) async fn one(State(api): Shared, Path(name): Path<String>) -> Result<Json<Shown>, ApiError> {
    let current = api.published.current();
    let upper = name.to_ascii_uppercase();
    let found = [&name, &upper].into_iter().find_map(|name| current.plan.devices.get_key_value(name));
    let Some((known, device)) = found else {
        return Err(unknown(&current, &name));
    };
    Ok(Json(api.watch.look(|live| shown(known, device, &current, live.devices.get(known)))))
}

fn unknown(current: &Current, name: &str) -> ApiError {
    let near = nearest(&name.to_ascii_uppercase(), current.plan.devices.keys().map(String::as_str));
    let hint = near.map_or_else(
        || "`lineside ctl devices` lists them".to_owned(),
        |near| format!("the nearest is {near}"),
    );
    ApiError::new(StatusCode::NOT_FOUND, format!("there is no device {}; {hint}", Plain(name)))
}

/// What adopting needs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Adopt {
    number: Option<String>,
    name: Option<String>,
}

pub(super) async fn adopt(
    State(api): Shared,
    Path(device): Path<String>,
    Json(Adopt { number, name }): Json<Adopt>,
) -> Result<Json<Value>, ApiError> {
    amend(api, Amendment::Adopt { device, number, name }).await
}

/// What replacing needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replace {
    with: String,
}

pub(super) async fn replace(
    State(api): Shared,
    Path(old): Path<String>,
    Json(Replace { with }): Json<Replace>,
) -> Result<Json<Value>, ApiError> {
    amend(api, Amendment::Replace { old, new: with }).await
}

pub(super) async fn forget(State(api): Shared, Path(device): Path<String>) -> Result<Json<Value>, ApiError> {
    amend(api, Amendment::Forget { device }).await
}

async fn amend(api: std::sync::Arc<super::Api>, amendment: Amendment) -> Result<Json<Value>, ApiError> {
    let said = beside(move || Ok(api.orders.amend(amendment)?)).await?;
    Ok(Json(json!({ "said": said })))
}

/// How to reset.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    how: Ways,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ways {
    Reset,
    Restart,
    ApplyConfig,
}

pub(super) async fn reset(
    State(api): Shared,
    Path(device): Path<String>,
    Json(How { how }): Json<How>,
) -> Result<Json<Value>, ApiError> {
    let how = match how {
        Ways::Reset => Reset::Reset,
        Ways::Restart => Reset::Restart,
        Ways::ApplyConfig => Reset::ApplyConfig,
    };
    let current = api.published.current();
    let is_known = current.plan.devices.contains_key(&device.to_ascii_uppercase())
        || current.plan.devices.contains_key(&device);
    if !is_known {
        return Err(unknown(&current, &device));
    }
    let said = beside(move || Ok(api.orders.command(Command::Reset { device, how })?)).await?;
    Ok(Json(json!({ "said": said })))
}
