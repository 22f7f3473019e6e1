//! Follows the events, keeps the last of them for readers that come back, and tells those that watch.
//!
//! Whoever asks takes in first what has been told meanwhile, so an answer is never behind. The thread is there
//! for those that watch, and so that nothing overflows while nobody asks.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender, TryRecvError, bounded};
use exchange::output::{Change, Event};
use tokio::sync::broadcast;

use super::fold::{Fold, LiveState};

/// Events on their way from the thread of the calls.
pub const EVENTS_MAX: usize = 16_384;
/// Events kept for readers that come back.
pub const HISTORY_MAX: usize = 4096;
/// Events on their way to one reader.
const BROADCAST_MAX: usize = 1024;
/// How long events gather while somebody watches: the thread of the calls wakes nobody more often than this.
const GATHER: Duration = Duration::from_millis(20);
/// How long while nobody does; [`EVENTS_MAX`] of them are those of 3,000 calls a second.
const GATHER_UNWATCHED: Duration = Duration::from_millis(250);

/// What others see.
#[derive(Debug, Clone)]
pub struct Watch {
    shared: Arc<Mutex<Shared>>,
    broadcast: broadcast::Sender<Arc<Event>>,
    /// Events were missed, and nobody has asked for everything anew yet.
    has_gap: Arc<AtomicBool>,
    events: Receiver<Event>,
}

#[derive(Debug, Default)]
struct Shared {
    state: LiveState,
    history: VecDeque<Arc<Event>>,
}

/// Whether more events may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    May,
    Never,
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
    watch: Watch,
}

impl Follower {
    /// A follower, where events are to be sent, and what others see.
    pub fn new() -> (Follower, Sender<Event>, Watch) {
        let (sender, events) = bounded(EVENTS_MAX);
        let broadcast = broadcast::channel(BROADCAST_MAX).0;
        let watch = Watch { shared: Arc::default(), broadcast, has_gap: Arc::default(), events };
        (Follower { watch: watch.clone() }, sender, watch)
    }

    /// Follows in a thread of its own until the events end; `retell` asks for everything anew.
    pub fn spawn(self, retell: impl Fn() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("events".into()).spawn(move || {
            crate::priority::behind_calls();
            self.run(retell);
        })
    }

    /// Follows until the events end.
    pub fn run(self, retell: impl Fn()) {
        let watch = self.watch;
        loop {
            let mut something = Select::new();
            something.recv(&watch.events);
            something.ready();
            let more = watch.latest().1;
            if watch.has_gap.swap(false, Ordering::Relaxed) {
                tracing::debug!("events were missed: live state is asked for anew");
                retell();
            } else if more == More::Never {
                return;
            }
            // The next ones may gather meanwhile: who sends must not wake us for each.
            let is_watched = watch.broadcast.receiver_count() > 0;
            std::thread::sleep(if is_watched { GATHER } else { GATHER_UNWATCHED });
        }
    }
}

impl Watch {
    /// What is shared, with everything taken in that was told until now; in the order in which it was told, since
    /// it is taken under the lock alone.
    fn latest(&self) -> (MutexGuard<'_, Shared>, More) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        // More than that came meanwhile: the next look's.
        for _ in 0..EVENTS_MAX {
            match self.events.try_recv() {
                Ok(event) => self.take(&mut shared, event),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return (shared, More::Never),
            }
        }
        (shared, More::May)
    }

    fn take(&self, shared: &mut Shared, event: Event) {
        let event = Arc::new(event);
        match shared.state.fold(&event) {
            Fold::Gap => self.has_gap.store(true, Ordering::Relaxed),
            // What is told anew mends what was missed before.
            Fold::Done if event.change == Change::Anew => self.has_gap.store(false, Ordering::Relaxed),
            Fold::Done => {}
        }
        if shared.history.len() >= HISTORY_MAX {
            shared.history.pop_front();
        }
        shared.history.push_back(Arc::clone(&event));
        // Nobody may be watching.
        let _ = self.broadcast.send(event);
    }

    /// What is live, looked at while nothing changes.
    pub fn look<T>(&self, at: impl FnOnce(&LiveState) -> T) -> T {
        at(&self.latest().0.state)
    }

    /// The events after a number, and those to come; none before now without a number.
    pub fn since(&self, number: Option<u64>) -> Since {
        let (shared, _) = self.latest();
        // Subscribed under the lock: no event falls between.
        let coming = self.broadcast.subscribe();
        let Some(number) = number else { return Since { events: Vec::new(), has_gap: false, coming } };
        let events: Vec<_> = shared.history.iter().filter(|event| event.number > number).cloned().collect();
        let first = events.first().map_or(shared.state.last_event + 1, |event| event.number);
        Since { has_gap: first > number + 1 || number > shared.state.last_event, events, coming }
    }
}
