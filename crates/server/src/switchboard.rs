//! The exchange, and everything that its orders go to.
//!
//! Each input is handled and what it orders is carried out before the next one, by the same thread. What
//! carrying out turns up (a phone that does not read) is an input in its turn, after the others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use crossbeam_channel::Sender;
use exchange::call::Cause;
use exchange::input::{Command, CommandId, Ended, Input, Now, SessionId, TrunkInput};
use exchange::media::{MediaEvent, MediaOrder, OrderId};
use exchange::output::{Change, CloseReason, Event, Note, Output, Severity, TrunkOutput};
use exchange::plan::Plan;
use exchange::record::Record;
use exchange::{Exchange, Poll};
use skinny::Frame;
use skinny::message::{EnblocCall, KeypadButton, Numbered};

use crate::adopt::{Adopter, Amendment};
use crate::counters::{Counters, add, count};
use crate::inputs::InputJournal;
use crate::journal::{Journal, Past};
use crate::log::{Plain, Throttle};
use crate::media::MediaLink;
use crate::published::Published;
use crate::sessions::{NotQueued, Sessions};
use crate::tap::Tap;
use crate::tape::Tape;

/// Notes of the exchange that reach the log per second.
const NOTES_MAX: u32 = 100;
/// Lines per second about what single sessions did wrong.
const SESSION_LINES_MAX: u32 = 10;
/// Commands that may wait for their answer.
const COMMANDS_MAX: usize = 256;
const SECOND_NS: u64 = 1_000_000_000;

/// An answer to a command.
pub type Reply = Result<String, String>;

/// The exchange and its surroundings.
#[derive(Debug)]
pub struct Switchboard {
    exchange: Exchange,
    now: Now,
    deadline_ns: Option<u64>,
    /// Sessions of the phones.
    pub sessions: Sessions,
    /// Adopts unknown phones.
    pub adopter: Adopter,
    /// Keeps records; `None`: nothing is kept.
    pub journal: Option<Journal>,
    adopt_hint: String,
    tap: Option<Tap>,
    /// Copies of all frames for other threads.
    pub tape: Option<Tape>,
    inputs: Option<InputJournal>,
    published: Published,
    events: Option<Sender<Event>>,
    watch: Option<crate::provision::Watch>,
    media: Option<MediaLink>,
    counters: Arc<Counters>,
    afterwards: VecDeque<Input<'static>>,
    replies: BTreeMap<CommandId, SyncSender<Reply>>,
    next_command: u64,
    notes: Throttle,
    /// Holds back lines about single sessions.
    pub complaints: Throttle,
}

/// What a switchboard is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where the exchange's numbers begin.
    pub seed: u64,
    /// Sessions of the phones.
    pub sessions: Sessions,
    /// Adopts unknown phones, and holds the plan.
    pub adopter: Adopter,
    /// Keeps records.
    pub journal: Option<Journal>,
    /// The command that adopts a phone.
    pub adopt_hint: String,
    /// Gets a copy of each frame.
    pub tap: Option<Tap>,
    /// Gets copies of all frames, in pieces.
    pub tape: Option<Tape>,
    /// Keeps every input of the exchange.
    pub inputs: Option<InputJournal>,
    /// Where others read the plan.
    pub published: Published,
    /// Gets the events.
    pub events: Option<Sender<Event>>,
    /// Is told what the server of files must know.
    pub watch: Option<crate::provision::Watch>,
    /// Relays audio.
    pub media: Option<MediaLink>,
    /// Counts.
    pub counters: Arc<Counters>,
}

impl Switchboard {
    /// A switchboard whose exchange knows its plan and what was remembered.
    pub fn new(parts: Parts, past: Past, now: Now) -> Switchboard {
        let Parts {
            seed,
            sessions,
            adopter,
            journal,
            adopt_hint,
            tap,
            tape,
            mut inputs,
            published,
            events,
            watch,
            media,
            counters,
        } = parts;
        if let Some(inputs) = &mut inputs {
            inputs.start(seed, past.last_call);
        }
        let mut board = Switchboard {
            exchange: Exchange::new(seed),
            now,
            deadline_ns: None,
            sessions,
            adopter,
            journal,
            adopt_hint,
            tap,
            tape,
            inputs,
            published,
            events,
            watch,
            media,
            counters,
            afterwards: VecDeque::new(),
            replies: BTreeMap::new(),
            next_command: 1,
            notes: Throttle::new(NOTES_MAX, SECOND_NS),
            complaints: Throttle::new(SESSION_LINES_MAX, SECOND_NS),
        };
        board.exchange.calls_follow(past.last_call);
        board.plan_is_new();
        if board.media.is_some() {
            board.tell(Input::Media(OrderId(0), MediaEvent::Engine { present: true }));
        }
        for (key, value) in past.remembered {
            board.tell(Input::Recall { key, value });
        }
        board
    }

    /// Calls that run.
    pub fn calls(&self) -> usize {
        self.exchange.counts().calls
    }

    /// Sets the time of what follows.
    pub fn set_now(&mut self, now: Now) {
        self.now = now;
    }

    /// The time of this turn.
    pub fn now_ns(&self) -> u64 {
        self.now.monotonic_ns
    }

    /// When the exchange wants to be told the time.
    pub fn deadline_ns(&self) -> Option<u64> {
        self.deadline_ns
    }

    /// Tells the exchange the time, if it wants to know.
    pub fn tick(&mut self) {
        if self.deadline_ns.is_some_and(|deadline| deadline <= self.now.monotonic_ns) {
            self.tell(Input::Tick);
        }
    }

    /// A frame came in.
    #[inline]
    pub fn frame(&mut self, id: SessionId, frame: Frame<'_>) {
        count(&self.counters.frames_in);
        if let Some(tap) = &self.tap
            && let Some(session) = self.sessions.find(id)
        {
            tap.incoming(id, session.peer, frame);
        }
        if let Some(tape) = &mut self.tape
            && let Some(session) = self.sessions.find(id)
        {
            let is_secret = matches!(frame.header.id, KeypadButton::ID | EnblocCall::ID)
                && self.exchange.keys_are_secret(id);
            tape.incoming(self.now.monotonic_ns, &session.mark, frame, is_secret);
        }
        self.tell(Input::Frame(id, frame));
    }

    /// A session ended at the other side or below us.
    pub fn ended(&mut self, id: SessionId, how: Ended) {
        self.tell(Input::Closed(id, how));
    }

    /// Asks the exchange for something; the answer goes to `reply`.
    pub fn command(&mut self, command: Command, reply: Option<SyncSender<Reply>>) {
        let id = CommandId(self.next_command);
        self.next_command += 1;
        if let Some(reply) = reply {
            if self.replies.len() >= COMMANDS_MAX {
                // An asker that is gone needs no answer.
                let _ = reply.try_send(Err("too many commands wait for their answer; try again".into()));
                return;
            }
            self.replies.insert(id, reply);
        }
        self.tell(Input::Command(id, command));
    }

    /// Hands in a new configuration.
    pub fn replan(&mut self, plan: Plan) {
        self.adopter.replace(plan);
        self.plan_is_new();
    }

    /// Changes devices that stand in no file.
    pub fn amend(&mut self, amendment: Amendment) -> Reply {
        let (kept, said) = self.adopter.amend(amendment)?;
        if let Some(journal) = &mut self.journal {
            for (device, settings) in kept {
                journal.configured(device, settings);
            }
        }
        tracing::info!("{}", Plain(&said));
        self.plan_is_new();
        Ok(said)
    }

    fn plan_is_new(&mut self) {
        let plan = self.adopter.plan();
        self.published.publish(&plan, self.adopter.others());
        if let Some(watch) = &self.watch {
            watch.plan(&plan);
        }
        self.tell(Input::Plan(plan));
    }

    /// Gives phones that wait for a number theirs, if it is time.
    pub fn adopt(&mut self) {
        if !self.adopter.is_due(self.now.monotonic_ns) {
            return;
        }
        let journal = &mut self.journal;
        let started = std::time::Instant::now();
        let hint = &self.adopt_hint;
        let plan = self.adopter.adopt(self.now.monotonic_ns, |device, newcomer| {
            let number = &newcomer.number;
            if newcomer.lobby {
                tracing::warn!(
                    "{device} is new and waits in the lobby with the number {number}: it may call emergency and test \
                     numbers only; adopt it with: {hint} {device}"
                );
            } else {
                tracing::info!("{device} is new: it gets the number {number}");
            }
            if let Some(journal) = journal {
                journal.adopted(device.into(), newcomer.clone());
            }
        });
        if plan.is_some() {
            self.plan_is_new();
            let cost_ns = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.adopter.took(self.now.monotonic_ns, cost_ns);
        }
    }

    /// Appends this turn's records, then writes this turn's messages. In this order, so that nobody sees the
    /// end of a call whose record a crash could still lose.
    pub fn finish_turn(&mut self) {
        let mut broken = Vec::new();
        loop {
            if let Some(journal) = &mut self.journal {
                journal.commit(self.now.monotonic_ns);
            }
            if !self.sessions.has_dirty() {
                if let Some(tape) = &mut self.tape {
                    tape.hand_on(self.now.monotonic_ns);
                }
                if let Some(inputs) = &mut self.inputs {
                    inputs.hand_on();
                }
                return;
            }
            self.sessions.flush(&mut broken);
            for (id, how) in broken.drain(..) {
                self.ended(id, how);
            }
        }
    }

    /// Tells the exchange one thing, and does all that follows from it.
    pub fn tell(&mut self, input: Input<'_>) {
        self.step(input);
        while let Some(next) = self.afterwards.pop_front() {
            self.step(next);
        }
    }

    fn step(&mut self, input: Input<'_>) {
        if let Some(inputs) = &mut self.inputs {
            inputs.told(self.now, &input);
        }
        self.exchange.handle(self.now, input);
        loop {
            match self.exchange.poll() {
                Poll::Output(output) => {
                    if let Some(inputs) = &mut self.inputs {
                        inputs.did(&output, bytes_of(&self.exchange, &output));
                    }
                    self.carry_out(output);
                }
                Poll::Idle(deadline_ns) => {
                    self.deadline_ns = deadline_ns;
                    return;
                }
            }
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Send(id, range) => self.send(id, range),
            Output::Close(id, reason) => self.close(id, reason),
            Output::Record(record) => self.record(*record),
            Output::Event(event) => self.event(event),
            Output::Adopt(adoption) => self.adopter.ask(adoption),
            Output::Note(note) => self.note(&note),
            Output::Remember { key, value } => {
                if let Some(journal) = &mut self.journal {
                    journal.remember(key, value);
                }
            }
            Output::Reply(id, reply) => {
                if let Some(asker) = self.replies.remove(&id) {
                    // An asker that is gone needs no answer.
                    let _ = asker.try_send(reply);
                }
            }
            Output::Media(id, order) => self.media_order(id, order),
            Output::Trunk(TrunkOutput::Offer { leg, .. }) => {
                self.afterwards.push_back(Input::Trunk(TrunkInput::Released(leg, Cause::OUT_OF_ORDER)));
            }
            Output::Trunk(_) => {}
        }
    }

    fn media_order(&mut self, id: OrderId, order: MediaOrder) {
        let taken = self.media.as_ref().is_some_and(|link| link.media.order(id, order));
        if !taken {
            let event = MediaEvent::Failed("the media thread is too busy".into());
            self.afterwards.push_back(Input::Media(id, event));
        }
    }

    /// Tells the exchange what the media thread reports.
    pub fn media_events(&mut self) {
        if let Some(link) = &self.media {
            link.media.hand_in();
        }
        while let Some((id, event)) = self.media.as_ref().and_then(|link| link.reports.try_recv().ok()) {
            if matches!(event, MediaEvent::TapeCut(_)) {
                count(&self.counters.recordings_cut);
            }
            self.tell(Input::Media(id, event));
        }
    }

    fn send(&mut self, id: SessionId, range: std::ops::Range<usize>) {
        let bytes = self.exchange.bytes(range);
        match self.sessions.send(id, bytes) {
            Ok(session) => {
                if let Some(tap) = &self.tap {
                    tap.outgoing(id, session.peer, bytes);
                }
                if let Some(tape) = &mut self.tape {
                    tape.outgoing(self.now.monotonic_ns, &session.mark, bytes);
                }
            }
            Err(NotQueued::Gone) => {}
            Err(NotQueued::Full) => {
                count(&self.counters.slow_readers);
                if let Some(held) = self.complaints.admit(self.now.monotonic_ns) {
                    tracing::warn!(
                        "session {} is dropped: the phone does not read what it is sent{held}",
                        id.0
                    );
                }
                self.sessions.abandon(id);
                self.afterwards.push_back(Input::Closed(id, Ended::SlowReader));
            }
        }
    }

    fn close(&mut self, id: SessionId, reason: CloseReason) {
        tracing::debug!("session {} is closed: {reason:?}", id.0);
        self.sessions.close(id, self.now.monotonic_ns);
    }

    fn record(&mut self, record: Record) {
        if matches!(record, Record::Call(_)) {
            count(&self.counters.calls);
        }
        if let Some(journal) = &mut self.journal {
            journal.record(record);
            self.counters.records_lost.store(journal.lost(), std::sync::atomic::Ordering::Relaxed);
        }
    }

    fn event(&mut self, event: Event) {
        if let Change::Registered { session, .. } = &event.change {
            self.sessions.registered(SessionId(*session));
        }
        if let Some(watch) = &self.watch {
            watch.event(&event);
        }
        if let Some(events) = &self.events
            && events.try_send(event).is_err()
        {
            add(&self.counters.events_dropped, 1);
        }
    }

    fn note(&mut self, note: &Note) {
        let Some(held) = self.notes.admit(self.now.monotonic_ns) else { return };
        let text = Plain(&note.text);
        match note.severity {
            Severity::Debug => tracing::debug!("{text}{held}"),
            Severity::Info => tracing::info!("{text}{held}"),
            Severity::Warning => tracing::warn!("{text}{held}"),
        }
    }
}

/// The bytes of a send; none of anything else.
fn bytes_of<'e>(exchange: &'e Exchange, output: &Output) -> &'e [u8] {
    match output {
        Output::Send(_, range) => exchange.bytes(range.clone()),
        _ => &[],
    }
}
