//! Recordings: begun and ended, listed, fetched, removed.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use exchange::input::Command;
use exchange::record::RecordingRecord;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_stream::wrappers::ReceiverStream;

use super::{Api, ApiError, Shared, beside};
use crate::media::recorder::shelf::{self, Shelved};
use crate::store::Store;

/// Bytes of a file that are read at once.
const PIECE_BYTES: usize = 64 * 1024;
/// Such pieces that wait for who reads them.
const PIECES_WAITING: usize = 4;

/// Whether a call is recorded from now on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    on: bool,
    #[serde(default)]
    device: Option<String>,
}

/// A file, with what the database knows of it.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    #[serde(flatten)]
    file: Shelved,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordingRecord>,
}

/// Begins or ends the recording of a call.
pub(super) async fn switch(
    State(api): Shared,
    Path(call): Path<String>,
    Json(Wish { on, device }): Json<Wish>,
) -> Result<Json<Value>, ApiError> {
    let Ok(call) = call.parse::<u64>() else {
        let words = format!("`{}` is no number of a call", crate::log::Plain(&call));
        return Err(ApiError::new(StatusCode::BAD_REQUEST, words));
    };
    super::groups::command(api, Command::Record { call, device, on }).await
}

/// All files, the oldest first.
pub(super) async fn list(State(api): Shared) -> Result<Json<Vec<Listed>>, ApiError> {
    beside(move || {
        let files = shelf::list(&api.recordings).map_err(|error| unreadable(&error))?;
        // Without a database the files are there all the same.
        let store = Store::open_to_read(&api.data).ok();
        let of = |file: &str| store.as_ref().and_then(|store| store.recording_of(file).ok().flatten());
        Ok(Json(files.into_iter().map(|file| Listed { record: of(&file.file), file }).collect()))
    })
    .await
}

/// The sound.
pub(super) async fn fetch(State(api): Shared, Path(name): Path<String>) -> Result<Response, ApiError> {
    let path = place(&api, &name)?;
    let file = beside(move || File::open(&path).map_err(|error| absent(&name, &error))).await?;
    let (pieces, coming) = tokio::sync::mpsc::channel(PIECES_WAITING);
    tokio::task::spawn_blocking(move || read(file, &pieces));
    let body = Body::from_stream(ReceiverStream::new(coming));
    Ok(([(header::CONTENT_TYPE, "audio/wav")], body).into_response())
}

/// Removes one.
pub(super) async fn remove(State(api): Shared, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    let path = place(&api, &name)?;
    beside(move || {
        std::fs::remove_file(&path).map_err(|error| absent(&name, &error))?;
        tracing::info!("recording {name} is gone: somebody removed it");
        Ok(Json(json!({ "said": format!("recording {name} is gone") })))
    })
    .await
}

/// Reads a file for somebody who may not wait for it to its end.
fn read(mut file: File, pieces: &tokio::sync::mpsc::Sender<io::Result<Vec<u8>>>) {
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).map(|len| {
            piece.truncate(len);
            piece
        });
        let is_last = read.as_ref().map_or(true, Vec::is_empty);
        let is_end = read.as_ref().is_ok_and(Vec::is_empty);
        if is_end || pieces.blocking_send(read).is_err() || is_last {
            return;
        }
    }
}

fn place(api: &Api, name: &str) -> Result<PathBuf, ApiError> {
    if shelf::is_name(name) {
        return Ok(api.recordings.join(name));
    }
    let words = format!("`{}` is no name of a recording; `recordings` lists them", crate::log::Plain(name));
    Err(ApiError::new(StatusCode::BAD_REQUEST, words))
}

fn absent(name: &str, error: &io::Error) -> ApiError {
    if error.kind() == io::ErrorKind::NotFound {
        let words = format!("there is no recording {name}; `recordings` lists them");
        return ApiError::new(StatusCode::NOT_FOUND, words);
    }
    unreadable(error)
}

fn unreadable(error: &io::Error) -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, format!("recordings can't be read: {error}"))
}
