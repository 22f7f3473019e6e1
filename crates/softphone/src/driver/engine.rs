//! The thread: waits for sockets, time and handles, and lets phones have what is theirs.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::Command;
use super::place::{Common, Place};
use super::seat::State;

/// The token of the waker; sockets have those above.
pub(super) const WAKER: Token = Token(0);
/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;
/// Socket events taken at once.
const EVENTS: usize = 256;

pub(super) struct Engine {
    poll: Poll,
    inbox: Receiver<Command>,
    base: Instant,
    places: Vec<Place>,
    wakes: BTreeSet<(Duration, usize)>,
    common: Common,
    scratch: Vec<u8>,
}

impl Engine {
    pub fn new(poll: Poll, inbox: Receiver<Command>, base: Instant) -> std::io::Result<Self> {
        let registry = poll.registry().try_clone()?;
        let common = Common::new(registry, u64::from(std::process::id()));
        let scratch = vec![0; READ_BYTES];
        Ok(Engine { poll, inbox, base, places: Vec::new(), wakes: BTreeSet::new(), common, scratch })
    }

    fn now(&self) -> Duration {
        self.base.elapsed()
    }

    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let next = self.wakes.first().map(|(at, _)| at.saturating_sub(self.now()));
            if let Err(error) = self.poll.poll(&mut events, next)
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                return;
            }
            if !self.obey_handles() {
                return;
            }
            for event in &events {
                if let Some(&index) = self.common.tokens.get(&event.token()) {
                    self.socket_ready(index, event.token());
                }
            }
            self.wake_due();
        }
    }

    /// False when the driver stops.
    fn obey_handles(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Add(seat, servers, bind)) => {
                    self.places.push(Place::new(seat, servers, bind));
                }
                Ok(Command::Look(index)) => {
                    self.with(index, |place, state, common, now| {
                        place.read_on(index, state, common, now);
                        place.settle(index, state, common, now);
                    });
                }
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    /// Does something with a phone under its lock, then sets when it wants to be woken.
    fn with(&mut self, index: usize, work: impl FnOnce(&mut Place, &mut State, &mut Common, Duration)) {
        let now = self.now();
        let Some(place) = self.places.get_mut(index) else { return };
        let seat = place.seat.clone();
        let mut state = seat.lock();
        work(place, &mut state, &mut self.common, now);
        let wake_at = place.next_wake(&state);
        drop(state);
        seat.notify();
        if let Some(before) = std::mem::replace(&mut place.wake_at, wake_at) {
            self.wakes.remove(&(before, index));
        }
        if let Some(at) = wake_at {
            self.wakes.insert((at, index));
        }
    }

    fn socket_ready(&mut self, index: usize, token: Token) {
        let mut scratch = std::mem::take(&mut self.scratch);
        self.with(index, |place, state, common, now| {
            place.socket_ready(index, token, state, common, now, &mut scratch);
        });
        self.scratch = scratch;
    }

    fn wake_due(&mut self) {
        let now = self.now();
        let due: Vec<usize> =
            self.wakes.iter().take_while(|(at, _)| *at <= now).map(|(_, index)| *index).collect();
        for index in due {
            self.with(index, |place, state, common, now| place.wake(index, state, common, now));
        }
    }
}
