//! Live music: whether it is heard.

use axum::Json;
use axum::extract::State;

use super::Shared;
use crate::media::live::SourceState;

/// All live sources.
pub(super) async fn list(State(api): Shared) -> Json<Vec<SourceState>> {
    Json(api.music.read())
}
