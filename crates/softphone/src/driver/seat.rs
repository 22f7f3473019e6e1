//! A phone's place at the driver: what its handle and the thread share.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use phone::audio::{AudioPath, Settings};
use phone::{Change, Phone};
use skinny::text::Charset;

use super::fault::{Cut, Faults};
use crate::record::Recording;
use crate::transcript::Transcript;

/// Is told each change of a phone.
pub type Observer = Box<dyn FnMut(Duration, &Phone, Change) + Send>;

/// The shared place.
pub(crate) struct Seat {
    state: Mutex<State>,
    changed: Condvar,
}

/// What the lock guards.
pub(crate) struct State {
    pub phone: Phone,
    pub audio: AudioPath,
    pub transcript: Transcript,
    pub observer: Option<Observer>,
    pub recording: Option<Recording>,
    /// Why the last recording ended early.
    pub recording_failed: Option<String>,
    pub charset: Charset,
    /// What is wrong with the network.
    pub faults: Faults,
    /// The connection is to be cut.
    pub cut: Option<Cut>,
    /// Links for the display; none where no terminal shows the phone.
    pub links: Option<VecDeque<String>>,
    /// What was heard while a recording took it.
    kept: VecDeque<i16>,
}

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}

impl Seat {
    pub fn new(phone: Phone, audio: Settings, observer: Option<Observer>) -> Self {
        let charset = if phone.profile().utf8 { Charset::Utf8 } else { Charset::LATIN_1 };
        let state = State {
            phone,
            audio: AudioPath::new(audio),
            transcript: Transcript::default(),
            observer,
            recording: None,
            recording_failed: None,
            charset,
            faults: Faults::default(),
            cut: None,
            links: None,
            kept: VecDeque::new(),
        };
        Seat { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A panic elsewhere does not make the phone unreadable.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the lock up until something changes or the time is over.
    pub fn wait<'a>(&self, guard: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner).0
    }

    pub fn notify(&self) {
        self.changed.notify_all();
    }
}

impl State {
    /// Writes what was heard to the recording, where one runs; otherwise the path keeps it.
    pub fn record(&mut self) {
        let Some(recording) = &mut self.recording else { return };
        let heard = self.audio.take_heard();
        if heard.is_empty() {
            return;
        }
        self.kept.extend(&heard);
        let surplus = self.kept.len().saturating_sub(KEPT_SAMPLES_MAX);
        self.kept.drain(..surplus);
        if let Err(error) = recording.push(&heard) {
            self.recording_failed = Some(error.to_string());
            self.recording = None;
        }
    }

    /// What was heard and is kept.
    pub fn heard(&self) -> Vec<i16> {
        self.kept.iter().copied().chain(self.audio.heard()).collect()
    }

    /// How much of it there is.
    pub fn heard_len(&self) -> usize {
        self.kept.len() + self.audio.heard_len()
    }

    /// Forgets what was heard so far.
    pub fn forget_heard(&mut self) {
        self.record();
        self.kept.clear();
        self.audio.take_heard();
    }

    /// Ends the recording.
    pub fn finish_recording(&mut self) {
        self.record();
        if let Some(Err(error)) = self.recording.take().map(Recording::finish) {
            self.recording_failed = Some(error.to_string());
        }
    }
}

/// Samples that are kept while a recording runs: a minute.
const KEPT_SAMPLES_MAX: usize = 60 * phone::audio::RATE_HZ as usize;

/// What was recorded is whole, however the phone ends.
impl Drop for State {
    fn drop(&mut self) {
        self.finish_recording();
    }
}
