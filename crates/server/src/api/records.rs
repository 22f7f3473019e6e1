//! Records of calls that ended, a page at a time.

use axum::Json;
use axum::extract::{Query, State};
use exchange::record::{CallRecord, RecordingRecord, RelayRecord};

use super::{ApiError, Shared, beside};
use crate::records::{Filter, StreamRow};
use crate::store::Store;

pub(super) async fn calls(
    State(api): Shared,
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<CallRecord>>, ApiError> {
    beside(move || Ok(Json(Store::open_to_read(&api.data)?.calls(&filter)?))).await
}

pub(super) async fn streams(
    State(api): Shared,
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<StreamRow>>, ApiError> {
    beside(move || Ok(Json(Store::open_to_read(&api.data)?.streams(&filter)?))).await
}

pub(super) async fn relays(
    State(api): Shared,
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<RelayRecord>>, ApiError> {
    beside(move || Ok(Json(Store::open_to_read(&api.data)?.relays(&filter)?))).await
}

pub(super) async fn recordings(
    State(api): Shared,
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<RecordingRecord>>, ApiError> {
    beside(move || Ok(Json(Store::open_to_read(&api.data)?.recordings(&filter)?))).await
}
