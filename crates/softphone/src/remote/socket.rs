//! The stream of events, and commands on the same WebSocket.

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::REQUEST_BYTES_MAX;
use super::routes::{Shared, obey};

/// Whose events; everybody's where it is absent.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    phone: Option<String>,
}

/// Upgrades to a WebSocket.
pub(super) async fn events(
    State(shared): State<Shared>,
    Query(wanted): Query<Wanted>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade.max_message_size(REQUEST_BYTES_MAX).max_frame_size(REQUEST_BYTES_MAX);
    upgrade.on_upgrade(move |socket| speak(socket, shared, wanted.phone))
}

/// Events go out, commands come in, until the other side has had enough.
async fn speak(mut socket: WebSocket, shared: Shared, phone: Option<String>) {
    let mut events = shared.fleet.events.subscribe();
    // Whoever reads this knows that no event is missed from here on.
    let hello = json!({ "event": "listening", "phones": shared.fleet.names() });
    if socket.send(text(&hello)).await.is_err() {
        return;
    }
    loop {
        let answer = tokio::select! {
            event = events.recv() => match event {
                Ok(event) if phone.as_ref().is_none_or(|phone| *phone == event.phone) => {
                    Message::Text(event.line.as_str().into())
                }
                Ok(_) => continue,
                Err(RecvError::Lagged(lost)) => text(&json!({ "event": "lost", "value": lost })),
                Err(RecvError::Closed) => return,
            },
            received = socket.recv() => match received {
                Some(Ok(Message::Text(line))) => text(&order(&shared, line.as_str()).await),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        if socket.send(answer).await.is_err() {
            return;
        }
    }
}

fn text(object: &Value) -> Message {
    Message::Text(object.to_string().into())
}

/// A command for a phone; `id` comes back with the answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    #[serde(default)]
    id: Value,
    phone: String,
    command: String,
}

async fn order(shared: &Shared, line: &str) -> Value {
    let Order { id, phone, command } = match serde_json::from_str(line) {
        Ok(order) => order,
        Err(error) => return json!({ "event": "answer", "error": error.to_string() }),
    };
    let Some(handle) = shared.fleet.phone(&phone) else {
        return json!({ "event": "answer", "id": id, "error": "no such phone" });
    };
    let done = tokio::task::spawn_blocking(move || obey(&handle, &command)).await;
    match done {
        Ok(Ok(value)) => json!({ "event": "answer", "id": id, "value": value }),
        Ok(Err(wrong)) => json!({ "event": "answer", "id": id, "error": wrong.words() }),
        Err(error) => json!({ "event": "answer", "id": id, "error": error.to_string() }),
    }
}
