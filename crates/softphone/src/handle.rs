//! A phone of the driver, for tests, the demo and the console.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use phone::audio::{AudioPath, Say};
use phone::{Act, Input, Phone, Refused, Statistics};
use skinny::types::CallReference;

use crate::driver::{Command, Cut, Faults, Line, Seat, State};
use crate::record::{Recording, SoundError};
use crate::show;
use crate::transcript::Entry;

/// Links that wait for the terminal.
const LINKS_WAITING_MAX: usize = 16;
/// Messages that an explanation shows.
const MESSAGES_SHOWN: usize = 12;

/// A phone that runs. Copies mean the same phone.
#[derive(Debug, Clone)]
pub struct Handle {
    seat: Arc<Seat>,
    index: usize,
    line: Arc<Line>,
}

/// What was waited for did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSeen {
    /// Whose screen it was to be on.
    pub phone: String,
    /// What it was.
    pub what: String,
    /// How long the wait was.
    pub waited: Duration,
    /// The screen at the end.
    pub screen: String,
    /// The last messages.
    pub messages: Vec<String>,
}

impl std::error::Error for NotSeen {}

impl fmt::Display for NotSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: no {} within {:.1} s", self.phone, self.what, self.waited.as_secs_f64())?;
        writeln!(f, "its screen at the end:")?;
        self.screen.lines().try_for_each(|line| writeln!(f, "  {line}"))?;
        writeln!(f, "its last messages:")?;
        self.messages.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

impl Handle {
    pub(crate) fn new(seat: Arc<Seat>, index: usize, line: Arc<Line>) -> Self {
        Handle { seat, index, line }
    }

    fn now(&self) -> Duration {
        self.line.base.elapsed()
    }

    /// Tells the thread that there is something to do.
    fn poke(&self) {
        // A stopped driver has nothing to do any more; what waits for it will say so by its time-out.
        let _ = self.line.send(Command::Look(self.index));
    }

    /// Does what a user does.
    pub fn act(&self, act: Act<'_>) -> Result<(), Refused> {
        let now = self.now();
        let done = self.seat.lock().phone.act(now, act);
        self.seat.notify();
        self.poke();
        done
    }

    /// Does what a user does; a key that is not there yet, or a phone that is not registered, is waited for.
    pub fn act_within(&self, act: Act<'_>, time: Duration) -> Result<(), Refused> {
        let mut done = Ok(());
        let base = self.line.base;
        // What the wait says of the screen is in the refusal too.
        let _ = self.wait("key", time, |state| {
            done = state.phone.act(base.elapsed(), act);
            !matches!(done, Err(Refused::NotShown { .. } | Refused::NotRegistered | Refused::NoCall(_)))
        });
        self.seat.notify();
        self.poke();
        done
    }

    /// Disturbs the phone's network, from now on.
    pub fn disturb(&self, faults: Faults) {
        let mut state = self.seat.lock();
        state.phone.set_keepalives(!faults.drops_keepalives);
        state.faults = faults;
        drop(state);
        self.poke();
    }

    /// What is wrong with the phone's network.
    pub fn faults(&self) -> Faults {
        self.seat.lock().faults
    }

    /// Cuts its connection behind its back.
    pub fn cut(&self, cut: Cut) {
        self.seat.lock().cut = Some(cut);
        self.poke();
    }

    /// Forgets what was said and heard so far.
    pub fn forget_sound(&self) {
        let mut state = self.seat.lock();
        state.forget_heard();
        state.audio.take_said();
    }

    /// Pulls the plug.
    pub fn power_off(&self) {
        self.input(Input::PowerOff);
    }

    /// Plugs it in again.
    pub fn power_on(&self) {
        self.input(Input::PowerOn);
    }

    fn input(&self, input: Input<'_>) {
        let now = self.now();
        self.seat.lock().phone.handle(now, input);
        self.seat.notify();
        self.poke();
    }

    /// Reads the phone, or breaks its rules ([`Phone::send_bytes`]).
    pub fn look<T>(&self, read: impl FnOnce(&mut Phone) -> T) -> T {
        let seen = read(&mut self.seat.lock().phone);
        self.poke();
        seen
    }

    /// Reads the phone, and does nothing else.
    pub fn peek<T>(&self, read: impl FnOnce(&Phone) -> T) -> T {
        read(&self.seat.lock().phone)
    }

    /// The phone with its mouth and ear, at one moment.
    pub fn phone_and_audio<T>(&self, work: impl FnOnce(&Phone, &mut AudioPath) -> T) -> T {
        let mut state = self.seat.lock();
        let State { phone, audio, .. } = &mut *state;
        work(phone, audio)
    }

    /// The phone's time: since its driver started.
    pub fn elapsed(&self) -> Duration {
        self.now()
    }

    /// Reads mouth and ear.
    pub fn audio<T>(&self, read: impl FnOnce(&mut AudioPath) -> T) -> T {
        read(&mut self.seat.lock().audio)
    }

    /// Waits until something is true of the phone; `what` names it for the explanation.
    pub fn wait_for(
        &self,
        what: &str,
        time: Duration,
        mut is_true: impl FnMut(&Phone) -> bool,
    ) -> Result<(), NotSeen> {
        self.wait(what, time, |state| is_true(&state.phone))
    }

    /// Waits until something is true of what is said and heard.
    pub fn wait_for_sound(
        &self,
        what: &str,
        time: Duration,
        mut is_true: impl FnMut(&mut AudioPath) -> bool,
    ) -> Result<(), NotSeen> {
        self.wait(what, time, |state| is_true(&mut state.audio))
    }

    /// Waits for a message that is like this, also one of the past; yields the first.
    pub fn wait_for_message(
        &self,
        what: &str,
        time: Duration,
        mut is_like: impl FnMut(&Entry) -> bool,
    ) -> Result<Entry, NotSeen> {
        let mut found = None;
        self.wait(what, time, |state| {
            found = state.transcript.entries().find(|entry| is_like(entry)).cloned();
            found.is_some()
        })?;
        found.ok_or_else(|| self.not_seen(&self.seat.lock(), what, time))
    }

    pub(crate) fn wait(
        &self,
        what: &str,
        time: Duration,
        mut is_true: impl FnMut(&mut State) -> bool,
    ) -> Result<(), NotSeen> {
        let began = Instant::now();
        let mut state = self.seat.lock();
        loop {
            if is_true(&mut state) {
                return Ok(());
            }
            let left = time.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(self.not_seen(&state, what, began.elapsed()));
            }
            state = self.seat.wait(state, left);
        }
    }

    fn not_seen(&self, state: &State, what: &str, waited: Duration) -> NotSeen {
        let last = state.transcript.entries().rev().take(MESSAGES_SHOWN);
        let mut messages: Vec<String> = last.map(Entry::to_string).collect();
        messages.reverse();
        NotSeen {
            phone: state.phone.name().to_owned(),
            what: what.to_owned(),
            waited,
            screen: show::draw(&state.phone),
            messages,
        }
    }

    /// The messages so far, oldest first.
    pub fn transcript(&self) -> Vec<Entry> {
        self.seat.lock().transcript.entries().cloned().collect()
    }

    /// The last messages, oldest first.
    pub fn last_messages(&self, count: usize) -> Vec<Entry> {
        let state = self.seat.lock();
        let mut last: Vec<Entry> = state.transcript.entries().rev().take(count).cloned().collect();
        last.reverse();
        last
    }

    /// Forgets the messages so far.
    pub fn clear_transcript(&self) {
        self.seat.lock().transcript.clear();
    }

    /// Whether a terminal shows the phone, and follows links.
    pub fn set_display(&self, is_there: bool) {
        self.seat.lock().links = is_there.then(Default::default);
    }

    /// A link for the terminal that shows the phone; false where none does, or too many links wait there.
    pub fn show_link(&self, url: &str) -> bool {
        match &mut self.seat.lock().links {
            Some(links) if links.len() < LINKS_WAITING_MAX => {
                links.push_back(url.to_owned());
                true
            }
            _ => false,
        }
    }

    /// The links that wait for the terminal.
    pub fn take_links(&self) -> Vec<String> {
        self.seat.lock().links.as_mut().map_or_else(Vec::new, |links| links.drain(..).collect())
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        show::draw(&self.seat.lock().phone)
    }

    /// Something else to say, from now on.
    pub fn say(&self, say: Say) {
        self.audio(|audio| audio.say(say));
    }

    /// Writes what is heard to a WAV file, until the recording stops or the phone goes.
    pub fn record(&self, path: &Path) -> Result<(), SoundError> {
        let recording = Recording::begin(path)?;
        let mut state = self.seat.lock();
        state.finish_recording();
        state.forget_heard();
        state.audio.keep_heard(RECORD_KEEP_MS);
        state.recording_failed = None;
        state.recording = Some(recording);
        Ok(())
    }

    /// Ends the recording; what went wrong with it, in words.
    pub fn stop_recording(&self) -> Option<String> {
        let mut state = self.seat.lock();
        state.finish_recording();
        state.recording_failed.take()
    }

    /// What was heard and is kept, at [`phone::audio::RATE_HZ`].
    pub fn heard(&self) -> Vec<i16> {
        self.seat.lock().heard()
    }

    /// What was said and is kept, at [`phone::audio::RATE_HZ`].
    pub fn said(&self) -> Vec<i16> {
        self.audio(|audio| audio.said())
    }

    /// Counters of a call, over all its streams so far.
    pub fn statistics(&self, call: CallReference) -> Statistics {
        self.audio(|audio| audio.statistics(call))
    }
}

/// What the ear keeps between two writes to a recording, in milliseconds.
const RECORD_KEEP_MS: u32 = 60_000;
