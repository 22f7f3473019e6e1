//! What is set for a line or a phone from outside: messages that wait, forwards, do not disturb.

use axum::Json;
use axum::extract::{Path, State};
use exchange::input::{Command, DoNotDisturb, ForwardWhen};
use serde::Deserialize;
use serde_json::Value;

use super::groups::command;
use super::{ApiError, Shared};

/// How many messages wait.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Messages {
    waiting: u32,
}

/// Lights or darkens the lamp of a line, as voicemail does.
pub(super) async fn messages(
    State(api): Shared,
    Path(line): Path<String>,
    Json(Messages { waiting }): Json<Messages>,
) -> Result<Json<Value>, ApiError> {
    command(api, Command::MessagesWait { line, waiting }).await
}

/// Where calls go, and when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forward {
    when: ForwardWhen,
    /// Left out: no longer.
    to: Option<String>,
}

/// Sends a line's calls to another number.
pub(super) async fn forward(
    State(api): Shared,
    Path(line): Path<String>,
    Json(Forward { when, to }): Json<Forward>,
) -> Result<Json<Value>, ApiError> {
    command(api, Command::Forward { line, when, to }).await
}

/// How much a phone's user wants to be disturbed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disturb {
    how: DoNotDisturb,
}

/// Disturbs the user of a phone no more, or again.
pub(super) async fn do_not_disturb(
    State(api): Shared,
    Path(device): Path<String>,
    Json(Disturb { how }): Json<Disturb>,
) -> Result<Json<Value>, ApiError> {
    command(api, Command::DoNotDisturb { device, how }).await
}
