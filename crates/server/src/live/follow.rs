//! The thread that follows the events, keeps the last of them for readers that come back, and tells those
//! that watch.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use exchange::output::Event;
use tokio::sync::broadcast;

use super::fold::{Fold, LiveState};

/// Events on their way from the thread of the calls.
pub const EVENTS_MAX: usize = 16_384;
/// Events kept for readers that come back.
pub const HISTORY_MAX: usize = 4096;
/// Events on their way to one reader.
const BROADCAST_MAX: usize = 1024;
/// How long events gather: the thread of the calls wakes nobody more often than this.
const GATHER: Duration = Duration::from_millis(20);

/// What others see.
#[derive(Debug, Clone)]
pub struct Watch {
    shared: Arc<Mutex<Shared>>,
    broadcast: broadcast::Sender<Arc<Event>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: LiveState,
    history: VecDeque<Arc<Event>>,
}

/// The events that a reader missed.
#[derive(Debug)]
pub struct Since {
    /// Those that are still there.
    pub events: Vec<Arc<Event>>,
    /// Whether more are missing.
    pub has_gap: bool,
    /// Those to come.
    pub coming: broadcast::Receiver<Arc<Event>>,
}

/// Follows.
#[derive(Debug)]
pub struct Follower {
    events: Receiver<Event>,
    watch: Watch,
}

impl Follower {
    /// A follower, where events are to be sent, and what others see.
    pub fn new() -> (Follower, SyncSender<Event>, Watch) {
        let (sender, events) = sync_channel(EVENTS_MAX);
        let watch = Watch { shared: Arc::default(), broadcast: broadcast::channel(BROADCAST_MAX).0 };
        (Follower { events, watch: watch.clone() }, sender, watch)
    }

    /// Follows in a thread of its own until the events end; `retell` asks for everything anew.
    pub fn spawn(self, retell: impl Fn() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("events".into()).spawn(move || self.run(retell))
    }

    /// Follows until the events end.
    pub fn run(self, retell: impl Fn()) {
        let mut batch = Vec::new();
        while let Ok(first) = self.events.recv() {
            batch.push(first);
            batch.extend(self.events.try_iter().take(EVENTS_MAX));
            if self.watch.take(batch.drain(..)) == Fold::Gap {
                tracing::debug!("events were missed: live state is asked for anew");
                retell();
            }
            // The next ones may gather meanwhile: who sends must not wake us for each.
            std::thread::sleep(GATHER);
        }
    }
}

impl Watch {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, events: impl Iterator<Item = Event>) -> Fold {
        let mut fold = Fold::Done;
        let mut shared = self.shared();
        for event in events {
            let event = Arc::new(event);
            match shared.state.fold(&event) {
                Fold::Gap => fold = Fold::Gap,
                // What is told anew mends what was missed before.
                Fold::Done if event.change == exchange::output::Change::Anew => fold = Fold::Done,
                Fold::Done => {}
            }
            if shared.history.len() >= HISTORY_MAX {
                shared.history.pop_front();
            }
            shared.history.push_back(Arc::clone(&event));
            // Nobody may be watching.
            let _ = self.broadcast.send(event);
        }
        fold
    }

    /// What is live, looked at while nothing changes.
    pub fn look<T>(&self, at: impl FnOnce(&LiveState) -> T) -> T {
        at(&self.shared().state)
    }

    /// The events after a number, and those to come; none before now without a number.
    pub fn since(&self, number: Option<u64>) -> Since {
        let shared = self.shared();
        // Subscribed under the lock: no event falls between.
        let coming = self.broadcast.subscribe();
        let Some(number) = number else { return Since { events: Vec::new(), has_gap: false, coming } };
        let events: Vec<_> = shared.history.iter().filter(|event| event.number > number).cloned().collect();
        let first = events.first().map_or(shared.state.last_event + 1, |event| event.number);
        Since { has_gap: first > number + 1 || number > shared.state.last_event, events, coming }
    }
}
