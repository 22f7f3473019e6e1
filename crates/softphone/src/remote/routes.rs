//! The requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AddError, Fleet, REQUEST_BYTES_MAX, guard, socket};
use crate::console::{Command, Console, ConsoleError, Reply};
use crate::handle::Handle;
use crate::show;
use crate::web::Rights;

/// Longest wait that a request may ask for.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// What requests share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub fleet: Arc<Fleet>,
    pub token: Option<String>,
}

/// All requests.
pub(super) fn router(fleet: Arc<Fleet>, token: Option<String>) -> Router {
    let shared = Shared { fleet, token };
    Router::new()
        .route("/phones", get(phones).post(add))
        .route("/phones/{name}", get(screen))
        .route("/phones/{name}/screen", get(screen_text))
        .route("/phones/{name}/history", get(history))
        .route("/phones/{name}/messages", get(messages))
        .route("/phones/{name}/do", post(command))
        .route("/phones/{name}/pages/{*page}", any(page))
        .route("/events", get(socket::events))
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}

/// An answer that says what is wrong.
#[derive(Debug)]
pub(super) struct Wrong(StatusCode, String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

fn find(shared: &Shared, name: &str) -> Result<Handle, Wrong> {
    shared.fleet.phone(name).ok_or_else(|| Wrong(StatusCode::NOT_FOUND, "no such phone".to_owned()))
}

async fn phones(State(shared): State<Shared>) -> Json<Value> {
    let shown = |name: String| {
        let handle = shared.fleet.phone(&name)?;
        let (model, state) = handle.peek(|phone| (phone.profile().model, show::registration(phone)));
        Some(json!({ "phone": name, "model": model, "registration": state }))
    };
    Json(json!({ "phones": shared.fleet.names().into_iter().filter_map(shown).collect::<Vec<_>>() }))
}

/// A phone to plug in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPhone {
    name: String,
    #[serde(default = "usual_model")]
    model: String,
    #[serde(default)]
    servers: Vec<String>,
    /// Where its own pages are, beside those under the control.
    web: Option<SocketAddr>,
    /// The page that says who may press its keys there.
    authentication: Option<String>,
}

fn usual_model() -> String {
    "7960".to_owned()
}

async fn add(State(shared): State<Shared>, Json(new): Json<NewPhone>) -> Result<Response, Wrong> {
    let NewPhone { name, model, servers, web, authentication } = new;
    let rights = Rights { page: authentication, login: None };
    // Names of servers are looked up, which may take its time.
    let resolved = tokio::task::spawn_blocking(move || crate::resolve(&servers)).await;
    let bad = |why: String| Wrong(StatusCode::BAD_REQUEST, why);
    let servers =
        resolved.map_err(|error| bad(error.to_string()))?.map_err(|error| bad(error.to_string()))?;
    let handle = shared.fleet.add(&name, &model, servers, rights, web).map_err(|error| match error {
        AddError::Taken(_) => Wrong(StatusCode::CONFLICT, error.to_string()),
        other => bad(other.to_string()),
    })?;
    let mut shown = handle.peek(show::screen_json);
    shown["web"] = json!(shared.fleet.web(&name));
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

async fn screen(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Json<Value>, Wrong> {
    let handle = find(&shared, &name)?;
    let quality = handle.audio(|audio| audio.quality());
    let mut shown = handle.peek(show::screen_json);
    let quality = quality.map(|q| {
        json!({
            "codec": q.codec, "packets": q.packets, "lost": q.lost, "jitter_ms": q.jitter_ms, "mos": q.mos,
        })
    });
    shown["quality"] = quality.unwrap_or(Value::Null);
    shown["page"] = json!(shared.fleet.site(&name).and_then(|site| site.shown_words()));
    shown["web"] = json!(shared.fleet.web(&name));
    Ok(Json(shown))
}

/// A page that the phone serves itself.
async fn page(
    State(shared): State<Shared>,
    Path((name, page)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Wrong> {
    let site = shared.fleet.site(&name);
    let site = site.ok_or_else(|| Wrong(StatusCode::NOT_FOUND, "no such phone".to_owned()))?;
    Ok(site.answer(&page, request).await)
}

async fn screen_text(State(shared): State<Shared>, Path(name): Path<String>) -> Result<String, Wrong> {
    Ok(find(&shared, &name)?.screen() + "\n")
}

async fn history(State(shared): State<Shared>, Path(name): Path<String>) -> Result<Json<Value>, Wrong> {
    let handle = find(&shared, &name)?;
    match Console::new(handle).command(&Command::History) {
        Ok(Reply::Said(_, object)) => Ok(Json(object)),
        _ => Ok(Json(json!({ "history": [] }))),
    }
}

/// How many messages.
#[derive(Debug, Deserialize)]
struct Count {
    #[serde(default = "usual_count")]
    count: usize,
}

fn usual_count() -> usize {
    50
}

async fn messages(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(Count { count }): Query<Count>,
) -> Result<Json<Value>, Wrong> {
    let last = find(&shared, &name)?.last_messages(count.min(crate::TRANSCRIPT_MAX));
    let lines: Vec<String> = last.iter().map(ToString::to_string).collect();
    Ok(Json(json!({ "messages": lines })))
}

/// A command of the console.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    command: String,
}

async fn command(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Json(order): Json<Order>,
) -> Result<Json<Value>, Wrong> {
    let handle = find(&shared, &name)?;
    // Waits block: they are no business of the thread that answers others.
    let done = tokio::task::spawn_blocking(move || obey(&handle, &order.command)).await;
    done.map_err(|error| Wrong(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?.map(Json)
}

/// Does what a line of the console says, but for what touches files or ends the program.
pub(super) fn obey(handle: &Handle, line: &str) -> Result<Value, Wrong> {
    let bad = |why: String| Wrong(StatusCode::BAD_REQUEST, why);
    let command = Command::parse(line).map_err(|error| bad(error.to_string()))?;
    let Some(command) = command else { return Ok(json!({ "done": true })) };
    match &command {
        Command::Play(_) | Command::Record(_) | Command::Quit | Command::Wait(_) => {
            return Err(Wrong(StatusCode::FORBIDDEN, "not over the remote control".to_owned()));
        }
        Command::WaitFor(_, time) if *time > WAIT_MAX => {
            return Err(bad(format!("a wait has at most {} s", WAIT_MAX.as_secs())));
        }
        _ => {}
    }
    match Console::new(handle.clone()).command(&command) {
        Ok(Reply::Said(_, object)) => Ok(object),
        Ok(_) => Ok(json!({ "done": true })),
        Err(ConsoleError::Refused(refused)) => Err(Wrong(StatusCode::CONFLICT, refused.to_string())),
        Err(ConsoleError::NotSeen(seen)) => Err(Wrong(StatusCode::REQUEST_TIMEOUT, seen.to_string())),
        Err(error) => Err(bad(error.to_string())),
    }
}

impl Wrong {
    /// What is wrong.
    pub(super) fn words(&self) -> &str {
        &self.1
    }
}
