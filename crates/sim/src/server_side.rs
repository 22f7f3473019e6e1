//! The shell around the exchange, as in crate `server`, without sockets: sessions with their frames and write
//! queues, every output carried out before the next input.

use std::collections::VecDeque;
use std::sync::Arc;

use exchange::Poll;
use exchange::input::{Command, CommandId, Ended, Input, Now, Peer, SessionId};
use exchange::media::{MediaEvent, OrderId};
use exchange::output::{Adoption, Output, TrunkOutput};
use exchange::plan::Plan;
use skinny::Connection;

use crate::brain::Brain;
use crate::clock::{Agenda, Event, Way};
use crate::engine::{Finding, SimulatedEngine};
use crate::invariants::{Invariant, Watch};
use crate::network::Network;
use crate::network::pipe::End;
use crate::script::{PhoneSpec, Setup};
use crate::shadow::Shadow;

/// Outputs of one input from which on it is taken for endless.
const OUTPUTS_MAX: u32 = 200_000;
/// Ticks at one moment from which on they are taken for endless.
const TICKS_MAX: u32 = 1000;

/// How far a session's life is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Frames go both ways.
    Open,
    /// It ends: what is queued is written, then FIN.
    Ending,
    /// The peer is gone, or did not read: nothing goes any more.
    Dead,
}

#[derive(Debug)]
struct Session {
    inbound: Connection,
    outbound: Connection,
    stage: Stage,
    is_dirty: bool,
}

/// What the exchange ordered and the world carries out.
#[derive(Debug)]
pub enum Order {
    /// For the trunk.
    Trunk(TrunkOutput),
    /// An unknown phone.
    Adopt(Adoption),
}

/// The shell.
#[derive(Debug)]
pub struct ServerSide<B> {
    brain: B,
    shadow: Option<Shadow<B>>,
    now: Now,
    /// When the exchange wants to be told the time.
    pub deadline: Option<u64>,
    sessions: Vec<Option<Box<Session>>>,
    dirty: Vec<SessionId>,
    /// Sessions whose connection is to be reset.
    broken: Vec<SessionId>,
    afterwards: VecDeque<Input<'static>>,
    /// Orders that wait for the world.
    pub orders: Vec<Order>,
    /// The configuration.
    pub plan: Arc<Plan>,
    /// The media engine, when there is one.
    pub engine: SimulatedEngine,
    commands: Vec<CommandId>,
    next_command: u64,
    queue_max: usize,
    restore_every: u32,
    restore_for: u32,
    /// Inputs so far.
    pub inputs: u64,
    /// Sessions that were dropped because their phone did not read.
    pub slow_readers: u64,
    /// Restored snapshots so far.
    pub restores: u64,
    ticks_at: (u64, u32),
}

impl<B: Brain> ServerSide<B> {
    /// A shell around a brain that knows nothing yet.
    pub fn new(brain: B, setup: &Setup, plan: Plan, now: Now) -> ServerSide<B> {
        let engine = setup.engine.then_some(Input::Media(OrderId(0), MediaEvent::Engine { present: true }));
        ServerSide {
            brain,
            shadow: None,
            now,
            deadline: None,
            sessions: vec![None],
            dirty: Vec::new(),
            broken: Vec::new(),
            afterwards: engine.into_iter().collect(),
            orders: Vec::new(),
            plan: Arc::new(plan),
            engine: SimulatedEngine::default(),
            commands: Vec::new(),
            next_command: 1,
            queue_max: setup.queue_max as usize,
            restore_every: setup.restore_every,
            restore_for: setup.restore_for,
            inputs: 0,
            slow_readers: 0,
            restores: 0,
            ticks_at: (0, 0),
        }
    }

    /// Sets the time of what follows.
    pub fn set_now(&mut self, now: Now) {
        self.now = now;
    }

    /// The configuration is handed in.
    pub fn replan(&mut self, plan: Plan, watch: &mut Watch) {
        self.plan = Arc::new(Plan { generation: self.plan.generation + 1, ..plan });
        let plan = Arc::clone(&self.plan);
        watch.ladder.note(self.now.monotonic_ns, || format!("plan {}", plan.generation));
        self.tell(Input::Plan(plan), watch);
    }

    /// The operator asks for something.
    pub fn command(&mut self, command: Command, watch: &mut Watch) {
        let id = CommandId(self.next_command);
        self.next_command += 1;
        self.commands.push(id);
        self.tell(Input::Command(id, command), watch);
    }

    /// Time passed.
    pub fn tick(&mut self, watch: &mut Watch) {
        let now = self.now.monotonic_ns;
        if self.deadline.is_none_or(|deadline| deadline > now) {
            return;
        }
        let (at, count) = &mut self.ticks_at;
        *count = if *at == now { *count + 1 } else { 0 };
        *at = now;
        if *count > TICKS_MAX {
            return watch.found(Invariant::Endless, None, format!("{TICKS_MAX} ticks at one moment"));
        }
        self.tell(Input::Tick, watch);
    }

    /// A connection was accepted.
    pub fn opened(&mut self, id: SessionId, peer: Peer, phone: &PhoneSpec, watch: &mut Watch) {
        let session = Session {
            inbound: Connection::default(),
            outbound: Connection::new(self.queue_max),
            stage: Stage::Open,
            is_dirty: false,
        };
        self.sessions.push(Some(Box::new(session)));
        watch.opened(id, phone);
        self.tell(Input::Opened(id, peer), watch);
    }

    fn session(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(id.0 as usize)?.as_deref_mut()
    }

    fn is_open(&self, id: SessionId) -> bool {
        let session = self.sessions.get(id.0 as usize).and_then(Option::as_ref);
        session.is_some_and(|session| session.stage == Stage::Open)
    }

    /// Whether nothing waits to be written.
    pub fn is_written(&self, id: SessionId) -> bool {
        let session = self.sessions.get(id.0 as usize).and_then(Option::as_ref);
        session.is_none_or(|session| session.outbound.pending().is_empty())
    }

    /// Bytes came in: each frame goes to the exchange, until it closes the session.
    pub fn arrived(&mut self, id: SessionId, bytes: &[u8], watch: &mut Watch) {
        let Some(session) = self.session(id).filter(|session| session.stage == Stage::Open) else { return };
        let mut inbound = std::mem::take(&mut session.inbound);
        let mut frames = inbound.receive(bytes);
        let mut is_bad = false;
        while let Some(frame) = frames.next() {
            let Ok(frame) = frame else {
                is_bad = true;
                break;
            };
            watch.received(id, frame);
            self.tell(Input::Frame(id, frame), watch);
            if !self.is_open(id) || watch.violation().is_some() {
                return;
            }
        }
        drop(frames);
        if is_bad {
            self.abandon(id);
            return self.ended(id, Ended::BadFrame, watch);
        }
        if let Some(session) = self.session(id) {
            session.inbound = inbound;
        }
    }

    /// The peer closed, or the connection broke.
    pub fn lost(&mut self, id: SessionId, end: End, watch: &mut Watch) {
        let was_open = self.is_open(id);
        if let Some(slot) = self.sessions.get_mut(id.0 as usize) {
            *slot = None;
        }
        if was_open {
            let how = if end == End::Fin { Ended::Closed } else { Ended::Reset };
            self.ended(id, how, watch);
        }
    }

    fn ended(&mut self, id: SessionId, how: Ended, watch: &mut Watch) {
        watch.ended(id, how);
        self.tell(Input::Closed(id, how), watch);
    }

    /// A session's connection is broken off from this side.
    fn abandon(&mut self, id: SessionId) {
        if let Some(session) = self.session(id)
            && session.stage != Stage::Dead
        {
            session.stage = Stage::Dead;
            self.broken.push(id);
        }
    }

    /// Tells the exchange one thing, and does all that follows from it.
    pub fn tell(&mut self, input: Input<'_>, watch: &mut Watch) {
        self.step(input, watch);
        while let Some(next) = self.afterwards.pop_front() {
            if let Input::Closed(id, how) = next {
                watch.ended(id, how);
            }
            self.step(next, watch);
        }
    }

    fn step(&mut self, input: Input<'_>, watch: &mut Watch) {
        if watch.violation().is_some() {
            return;
        }
        self.inputs += 1;
        if self.restore_every > 0 && self.inputs.is_multiple_of(u64::from(self.restore_every)) {
            self.restore(watch);
        }
        if let Some(shadow) = &mut self.shadow {
            shadow.handle(self.now, input.clone());
        }
        self.brain.handle(self.now, input);
        self.drain(watch);
        if self.shadow.as_ref().is_some_and(Shadow::is_done) {
            self.shadow = None;
        }
    }

    fn drain(&mut self, watch: &mut Watch) {
        for _ in 0..OUTPUTS_MAX {
            let polled = self.brain.poll();
            if let Some(shadow) = &mut self.shadow {
                let check = shadow.compare(&polled, &self.brain);
                watch.judge(check, None);
            }
            match polled {
                Poll::Output(output) => self.carry_out(output, watch),
                Poll::Idle(deadline) => {
                    self.deadline = deadline;
                    return watch.settled();
                }
            }
            if watch.violation().is_some() {
                return;
            }
        }
        watch.found(Invariant::Endless, None, format!("one input has more than {OUTPUTS_MAX} outputs"));
    }

    fn carry_out(&mut self, output: Output, watch: &mut Watch) {
        match output {
            Output::Send(id, range) => {
                let bytes = self.brain.bytes(range);
                watch.sent(id, bytes);
                let session = self.sessions.get_mut(id.0 as usize).and_then(Option::as_deref_mut);
                let Some(session) = session.filter(|session| session.stage == Stage::Open) else { return };
                match session.outbound.send_bytes(bytes) {
                    Ok(()) if session.is_dirty => {}
                    Ok(()) => {
                        session.is_dirty = true;
                        self.dirty.push(id);
                    }
                    Err(_) => {
                        self.slow_readers += 1;
                        self.abandon(id);
                        self.afterwards.push_back(Input::Closed(id, Ended::SlowReader));
                    }
                }
            }
            Output::Close(id, reason) => {
                watch.closed(id, &reason);
                self.close(id);
            }
            Output::Record(record) => watch.record(&record),
            Output::Event(event) => watch.event(&event),
            Output::Note(note) => watch.note(&note),
            Output::Adopt(adoption) => self.orders.push(Order::Adopt(adoption)),
            Output::Trunk(order) => {
                watch.ladder.note(self.now.monotonic_ns, || format!("trunk ← {order:?}"));
                self.orders.push(Order::Trunk(order));
            }
            Output::Remember { .. } => {}
            Output::Reply(id, reply) => match self.commands.iter().position(|command| *command == id) {
                Some(index) => {
                    self.commands.swap_remove(index);
                }
                None => {
                    watch.found(Invariant::Replies, None, format!("{id:?} is answered unasked: {reply:?}"));
                }
            },
            Output::Media(id, order) => {
                watch.ladder.note(self.now.monotonic_ns, || format!("engine ← {order:?}"));
                match self.engine.order(id, &order) {
                    Ok(answer) => {
                        if let Some(MediaEvent::Opened { addresses }) = &answer {
                            addresses.iter().for_each(|address| watch.given(*address));
                        }
                        self.afterwards.extend(answer.map(|event| Input::Media(id, event)));
                    }
                    Err(Finding(text)) => watch.found(Invariant::Media, None, text),
                }
            }
        }
    }

    fn close(&mut self, id: SessionId) {
        let Some(session) = self.session(id).filter(|session| session.stage == Stage::Open) else { return };
        session.stage = Stage::Ending;
        if !std::mem::replace(&mut session.is_dirty, true) {
            self.dirty.push(id);
        }
    }

    /// Commands that have no answer.
    pub fn unanswered(&self) -> usize {
        self.commands.len()
    }

    /// The exchange.
    pub fn brain(&self) -> &B {
        &self.brain
    }

    /// The exchange is replaced by one restored from its snapshot; for a while both go on side by side.
    fn restore(&mut self, watch: &mut Watch) {
        if self.shadow.is_some() {
            return;
        }
        let snapshot = self.brain.snapshot();
        match self.brain.revived(&snapshot, Arc::clone(&self.plan)) {
            Ok(restored) => {
                if restored.snapshot() != snapshot {
                    watch.found(
                        Invariant::Restore,
                        None,
                        "the snapshot of a restored exchange differs".into(),
                    );
                }
                let before = std::mem::replace(&mut self.brain, restored);
                self.shadow = Some(Shadow::new(before, self.restore_for));
                self.restores += 1;
                watch
                    .ladder
                    .note(self.now.monotonic_ns, || "the exchange is restored from its snapshot".into());
            }
            Err(error) => {
                watch.found(Invariant::Restore, None, format!("a snapshot can't be restored: {error}"))
            }
        }
    }
}

/// Writing.
impl<B: Brain> ServerSide<B> {
    /// Writes what is queued, once a turn, as far as the network takes it.
    pub fn flush(&mut self, network: &mut Network, agenda: &mut Agenda) {
        let now = self.now.monotonic_ns;
        for id in std::mem::take(&mut self.broken) {
            network.finish(id, Way::Down, End::Reset, now, agenda);
            self.sessions[id.0 as usize] = None;
        }
        let mut dirty = std::mem::take(&mut self.dirty);
        for id in dirty.drain(..) {
            self.write(id, network, agenda);
        }
        self.dirty = dirty;
    }

    /// Writes what is queued for a session.
    pub fn write(&mut self, id: SessionId, network: &mut Network, agenda: &mut Agenda) {
        let now = self.now.monotonic_ns;
        let Some(session) = self.session(id) else { return };
        session.is_dirty = false;
        while !session.outbound.pending().is_empty() {
            match network.write(id, Way::Down, session.outbound.pending(), now, agenda) {
                0 => return,
                len => session.outbound.wrote(len),
            }
        }
        if session.stage == Stage::Ending {
            network.finish(id, Way::Down, End::Fin, now, agenda);
            self.sessions[id.0 as usize] = None;
        }
    }

    /// Plans the next tick, unless one is planned that is early enough.
    pub fn arm(&self, armed: &mut Option<u64>, agenda: &mut Agenda) {
        if let Some(deadline) = self.deadline
            && armed.is_none_or(|armed| deadline < armed)
        {
            let at = deadline.max(self.now.monotonic_ns);
            *armed = Some(agenda.plan(at, Event::Tick));
        }
    }
}
