//! Everything that changes, as server-sent events. Who comes back says the number of the last event that it has
//! (`Last-Event-ID`) and gets what it missed, as far as that is kept.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event as Sent, KeepAlive};
use exchange::output::Event;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::{Stream, StreamExt};

use super::Shared;

pub(super) async fn events(
    State(api): Shared,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let since = api.watch.since(last);
    let gap = since.has_gap.then(|| missed("events"));
    let missed_ones = since.events.into_iter().map(|event| sent(&event));
    let coming = BroadcastStream::new(since.coming).map(|event| match event {
        Ok(event) => sent(&event),
        Err(BroadcastStreamRecvError::Lagged(count)) => missed(&format!("{count} events")),
    });
    let stream = tokio_stream::iter(gap.into_iter().chain(missed_ones)).chain(coming).map(Ok);
    Sse::new(stream).keep_alive(KeepAlive::default())
}

fn sent(event: &Arc<Event>) -> Sent {
    let json = serde_json::to_string(&**event).unwrap_or_default();
    Sent::default().id(event.number.to_string()).data(json)
}

/// Who gets this asks for the whole state anew.
fn missed(what: &str) -> Sent {
    Sent::default().event("gap").data(format!("{{\"missed\":\"{what}\"}}"))
}
