//! How the server is.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Shared;
use crate::counters::Counted;

/// How the server is.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    version: &'static str,
    process: u32,
    started_ms: i64,
    addresses: Vec<String>,
    data: String,
    devices: usize,
    registered: usize,
    in_lobby: usize,
    calls: usize,
    last_event: u64,
    counters: Counted,
}

pub(super) async fn status(State(api): Shared) -> Json<Status> {
    let plan = api.published.current().plan;
    let (registered, calls, last_event) = api.watch.look(|live| {
        let registered = live.devices.values().filter(|device| device.registered).count();
        (registered, live.calls.len(), live.last_event)
    });
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        process: std::process::id(),
        started_ms: api.started_ms,
        addresses: api.addresses.iter().map(ToString::to_string).collect(),
        data: api.data.display().to_string(),
        devices: plan.devices.len(),
        registered,
        in_lobby: plan.devices.values().filter(|device| device.lobby).count(),
        calls,
        last_event,
        counters: api.counters.read(),
    })
}
