//! The state machine's outside: one input in, outputs out, the next deadline.

use std::ops::Range;
use std::sync::Arc;

use crate::input::{Command, CommandId, Input, Now};
use crate::outbox::Outbox;
use crate::output::{Change, Event, Output};
use crate::plan::Plan;
use crate::snapshot;
use crate::state::State;
use crate::table::{CallId, ConferenceId, LineId};
use crate::timer::Timer;

/// The call manager's brain.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) state: State,
    pub(crate) plan: Arc<Plan>,
    /// The time of this turn.
    pub(crate) now: Now,
    pub(crate) out: Outbox,
    /// Lines on which something happened in this turn.
    pub(crate) touched: Vec<LineId>,
    /// Conferences in which something happened in this turn.
    pub(crate) touched_conferences: Vec<ConferenceId>,
    /// Calls whose audio goes another way since this turn.
    pub(crate) touched_calls: Vec<CallId>,
}

/// What [`Exchange::poll`] yields.
#[derive(Debug)]
pub enum Poll {
    /// Something to do.
    Output(Output),
    /// Nothing more: come back with an input, or with `Input::Tick` at this monotonic nanosecond.
    Idle(Option<u64>),
}

/// How much there is of everything: for metrics, and for tests that nothing is left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections.
    pub sessions: usize,
    /// Connections without registration that are kept alive.
    pub standby: usize,
    /// Phones that wait for a plan.
    pub waiting: usize,
    /// Devices known at run time.
    pub stations: usize,
    /// Devices that are registered.
    pub registered: usize,
    /// Calls.
    pub calls: usize,
    /// Legs, also of calls that are over and play a tone.
    pub legs: usize,
    /// Call backs that wait.
    pub call_backs: usize,
    /// Streams.
    pub streams: usize,
    /// Call references in use.
    pub references: usize,
    /// Phones whose counters are awaited.
    pub statistics: usize,
    /// Timers.
    pub timers: usize,
}

impl Default for Exchange {
    fn default() -> Self {
        Exchange::new(0)
    }
}

impl Exchange {
    /// An exchange without devices. `seed` chooses where call references and other wire ids begin.
    pub fn new(seed: u64) -> Self {
        Exchange::with_state(State::new(seed), Arc::default())
    }

    pub(crate) fn with_state(state: State, plan: Arc<Plan>) -> Self {
        let now = Now { monotonic_ns: 0, unix_ms: 0 };
        Exchange {
            state,
            plan,
            now,
            out: Outbox::default(),
            touched: Vec::new(),
            touched_conferences: Vec::new(),
            touched_calls: Vec::new(),
        }
    }

    /// Call numbers go on after this one: a restarted server says here what its journal holds.
    pub fn calls_follow(&mut self, last_number: u64) {
        self.state.calls.last_number = self.state.calls.last_number.max(last_number);
    }

    /// Takes one input. Timers that are due fire before it.
    pub fn handle(&mut self, now: Now, input: Input<'_>) {
        self.now = now;
        self.out.begin();
        while let Some(timer) = self.state.timers.pop_due(now.monotonic_ns) {
            self.fire(timer);
        }
        match input {
            Input::Tick => {}
            Input::Frame(session, frame) => self.frame(session, frame),
            Input::Opened(session, peer) => self.opened(session, peer),
            Input::Closed(session, ended) => self.closed(session, ended),
            Input::Plan(plan) => self.apply(plan),
            Input::Command(id, command) => self.command(id, command),
            Input::Trunk(input) => self.trunk(input),
            Input::Recall { key, value } => self.recall(&key, &value),
            Input::Media(id, event) => self.media_event(id, event),
        }
        self.settle_conferences();
        self.settle_lines();
        self.settle_media();
        self.out.finish();
    }

    /// Yields the next output.
    pub fn poll(&mut self) -> Poll {
        match self.out.pop() {
            Some(output) => Poll::Output(output),
            None => Poll::Idle(self.state.timers.deadline()),
        }
    }

    /// The bytes of an `Output::Send`, valid until the next input.
    pub fn bytes(&self, range: Range<usize>) -> &[u8] {
        self.out.bytes(range)
    }

    /// All state, as bytes: to be taken when `poll` is drained.
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::save(&self.state)
    }

    /// How much there is of everything.
    pub fn counts(&self) -> Counts {
        let state = &self.state;
        Counts {
            sessions: state.sessions.len(),
            standby: state.standby,
            waiting: state.waiting,
            stations: state.stations.len(),
            registered: state.stations.iter().filter(|(_, station)| station.session.is_some()).count(),
            calls: state.calls.calls.len(),
            legs: state.calls.legs.len(),
            call_backs: state.call_backs.len(),
            streams: state.parties.live(),
            references: state.references.live(),
            statistics: state.statistics.len(),
            timers: state.timers.len(),
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Session(session) => self.session_due(session),
            Timer::Leg(leg) => self.leg_due(leg),
            Timer::Tone(leg) => self.dtmf_over(leg),
            Timer::Call(call) => self.not_answered(call),
            Timer::Statistics(reference) => self.statistics_due(reference),
            Timer::Media(order) => self.engine_due(order),
            Timer::Consent(order) => self.consent_due(order),
            Timer::Station(station) => self.stays_away(station),
            Timer::CallBack(back) => self.call_back_due(back),
            Timer::Resets => self.reset_some(),
        }
    }

    fn command(&mut self, id: CommandId, command: Command) {
        let reply = match command {
            Command::Reset { device, how } => self.reset_device(&device, how),
            Command::MessagesWait { line, waiting } => self.messages_wait(&line, waiting),
            Command::Forward { line, when, to } => self.command_forward(&line, when, to.as_deref()),
            Command::DoNotDisturb { device, how } => self.command_quiet(&device, how),
            Command::NightService { name, on } => self.command_night(&name, on),
            Command::HuntLog { device, logged_in } => self.command_hunted(&device, logged_in),
            Command::Record { call, device, on } => self.command_record(call, device.as_deref(), on),
            Command::Hangup { call } => self.hang_up_call(call),
            Command::Drain => self.drain(),
            Command::Retell => self.retell(),
        };
        self.out.push(Output::Reply(id, reply));
    }

    /// Something that was remembered before the start.
    fn recall(&mut self, key: &str, value: &str) {
        self.recall_forward(key, value);
        self.recall_quiet(key, value);
        self.recall_privacy(key);
        self.recall_messages(key, value);
        self.recall_hunted(key);
        self.recall_night(key);
        self.recall_call_back(key, value);
    }

    /// Reports a change of live state.
    pub(crate) fn event(&mut self, change: Change) {
        self.state.last_event += 1;
        let event = Event { number: self.state.last_event, unix_ms: self.now.unix_ms, change };
        self.out.push(Output::Event(event));
    }

    /// A moment from now on the monotonic clock.
    pub(crate) fn after(&self, ns: u64) -> u64 {
        self.now.monotonic_ns.saturating_add(ns)
    }
}
