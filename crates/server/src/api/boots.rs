//! Boots: what each phone asked for since it was switched on, where it stands, and what to do.

use std::sync::PoisonError;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use super::{ApiError, Shared};
use crate::clock::unix_ms;
use crate::log::Plain;
use crate::provision::boot::{Advice, Boot};

/// A phone's boot.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    boot: Boot,
    #[serde(flatten)]
    advice: Advice,
}

fn shown(boot: &Boot) -> Shown {
    Shown { boot: boot.clone(), advice: boot.explain(unix_ms()) }
}

/// All phones, by name.
pub(super) async fn list(State(api): Shared) -> Json<Vec<Shown>> {
    let Some(boots) = &api.boots else { return Json(Vec::new()) };
    Json(boots.lock().unwrap_or_else(PoisonError::into_inner).all().map(shown).collect())
}

/// One phone, by name or address.
pub(super) async fn one(State(api): Shared, Path(name): Path<String>) -> Result<Json<Shown>, ApiError> {
    let boots = api.boots.as_ref().map(|boots| boots.lock().unwrap_or_else(PoisonError::into_inner));
    let found = boots.as_ref().and_then(|boots| boots.of(&name)).map(shown);
    found.map(Json).ok_or_else(|| {
        let said = format!("{} has asked for no file since this server began", Plain(&name));
        ApiError::new(StatusCode::NOT_FOUND, said)
    })
}
