//! Errors that say what to do.

use axum::Json;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::running::CommandError;
use crate::store::StoreError;

/// What a client is told when something can't be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// The HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// What is wrong, and what would be right.
    pub error: String,
}

impl ApiError {
    /// An error of a status.
    pub fn new(status: StatusCode, error: impl Into<String>) -> ApiError {
        ApiError { status: status.as_u16(), error: error.into() }
    }

    pub(super) fn broke_off() -> ApiError {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "the server broke off; its log says why")
    }
}

impl From<CommandError> for ApiError {
    fn from(error: CommandError) -> ApiError {
        let status = match &error {
            CommandError::Refused(_) => StatusCode::CONFLICT,
            CommandError::Ended | CommandError::NoAnswer => StatusCode::SERVICE_UNAVAILABLE,
        };
        ApiError::new(status, error.to_string())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}

/// A path that leads nowhere.
pub(super) async fn unknown_path(uri: Uri) -> ApiError {
    let path = crate::log::Plain(uri.path()).to_string();
    ApiError::new(
        StatusCode::NOT_FOUND,
        format!(
            "there is nothing at {path}; there are status, devices, calls, music, recordings, records, events, check, reload, stop \
                 below {}",
            super::ROOT
        ),
    )
}
