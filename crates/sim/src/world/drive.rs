//! Driving the phones: sockets, timers, audio paths, as a softphone's driver does it.

use exchange::input::SessionId;
use phone::{Audio, AudioAnswer, Disconnect, Input, Output, Registration, Statistics, StreamId};
use skinny::types::CallReference;

use super::World;
use crate::brain::Brain;
use crate::clock::{Event, MILLISECOND, SECOND, Way};
use crate::decision::{Acks, Counting};
use crate::invariants::Invariant;
use crate::network::Weather;
use crate::network::pipe::End;
use crate::site;

/// How long a connection takes to be made.
const CONNECT: u64 = 2 * MILLISECOND;
/// Attempts of which one fails, in rough weather.
const CONNECT_FAILS: u64 = 20;

impl<B: Brain> World<B> {
    /// Carries out what a phone wants.
    pub(super) fn drive(&mut self, index: usize) {
        while let Some(output) = self.actors[index].phone.poll() {
            match output {
                Output::Connect { .. } => self.connect(index),
                Output::Send => self.write_up(index),
                Output::Close(_) => self.hang_up_line(index),
                Output::Audio(audio) => self.audio(index, audio),
                // None of these phones holds a second connection.
                Output::Changed(_) | Output::Standby(_) => {}
            }
        }
        self.actors[index].remember_calls();
        self.look_for_offences(index);
        self.arm(index);
    }

    fn arm(&mut self, index: usize) {
        let actor = &mut self.actors[index];
        let Some(deadline) = actor.phone.next_deadline() else { return };
        let at = (deadline.as_nanos() as u64).max(self.clock.now());
        if actor.armed.is_none_or(|armed| at < armed) {
            actor.armed = Some(self.agenda.plan(at, Event::Timer(index as u16)));
        }
    }

    fn look_for_offences(&mut self, index: usize) {
        let actor = &mut self.actors[index];
        let offences = actor.phone.offences();
        if offences.len() > actor.offences_seen && actor.is_orderly() {
            let (phone, text) = (actor.spec.number, format!("{:?}", &offences[actor.offences_seen..]));
            self.watch.found(Invariant::Offence, Some(phone), text);
        }
        actor.offences_seen = actor.phone.offences().len();
    }

    pub(super) fn timer(&mut self, index: usize, at: u64) {
        let actor = &mut self.actors[index];
        actor.armed = actor.armed.filter(|armed| *armed > at);
        actor.phone.handle(self.clock.duration(), Input::Tick);
        self.drive(index);
    }

    fn connect(&mut self, index: usize) {
        let actor = &mut self.actors[index];
        actor.attempts += 1;
        let delay = CONNECT + actor.body.below(CONNECT);
        self.agenda.plan(self.clock.now() + delay, Event::Connected(index as u16, actor.attempts));
    }

    pub(super) fn connected(&mut self, index: usize, attempt: u32) {
        let now = self.clock.duration();
        let actor = &mut self.actors[index];
        if actor.attempts != attempt || *actor.phone.registration() != Registration::Connecting {
            return;
        }
        let fails = self.network.weather == Weather::Rough && actor.body.one_in(CONNECT_FAILS);
        if self.is_draining || (fails && !self.is_settling) {
            actor.phone.handle(now, Input::ConnectFailed);
            return self.drive(index);
        }
        let (local, remote) = (actor.local_address(), site::server(&actor.spec));
        let id = self.network.open(index as u16, attempt, local, remote);
        actor.session = Some(id);
        actor.was_hurt = false;
        actor.session_since = self.clock.now();
        let rtp_port = actor.announced_port();
        if let Some(peer) = self.network.line(id).map(|line| line.peer) {
            self.server.opened(id, peer, &self.actors[index].spec, &mut self.watch);
        }
        self.after_server();
        self.actors[index].phone.handle(now, Input::Connected { local, remote, rtp_port });
        self.drive(index);
    }

    /// Writes what a phone has to say, as far as the network takes it.
    pub(super) fn write_up(&mut self, index: usize) {
        let actor = &mut self.actors[index];
        let Some(id) = actor.session else { return };
        let now = self.clock.now();
        while !actor.phone.pending().is_empty() {
            match self.network.write(id, Way::Up, actor.phone.pending(), now, &mut self.agenda) {
                0 => return,
                len => actor.phone.wrote(len),
            }
        }
    }

    /// The phone closes its connection.
    fn hang_up_line(&mut self, index: usize) {
        self.write_up(index);
        if let Some(id) = self.actors[index].session.take() {
            self.network.finish(id, Way::Up, End::Fin, self.clock.now(), &mut self.agenda);
        }
    }

    /// Bytes of the server reach a phone.
    pub(super) fn reached(&mut self, id: SessionId, index: usize, bytes: &[u8]) {
        let now = self.clock.duration();
        let actor = &mut self.actors[index];
        if actor.session != Some(id) {
            // The phone is gone from this connection: nobody reads.
            return;
        }
        actor.phone.handle(now, Input::Bytes(bytes));
        self.drive(index);
        self.excite(index);
    }

    pub(super) fn down_ended(&mut self, id: SessionId, index: usize, end: End) {
        self.network.forget(id);
        let actor = &mut self.actors[index];
        if actor.session != Some(id) {
            return;
        }
        actor.session = None;
        let how = if end == End::Fin { Disconnect::Closed } else { Disconnect::Reset };
        actor.phone.handle(self.clock.duration(), Input::Disconnected(how));
        self.drive(index);
    }
}

/// Audio paths.
impl<B: Brain> World<B> {
    fn audio(&mut self, index: usize, audio: Audio) {
        let now = self.clock.now();
        let actor = &mut self.actors[index];
        let late = |rng: &mut crate::rng::Rng| rng.between(6 * SECOND, 20 * SECOND);
        match audio {
            Audio::OpenReceive { stream, .. } => {
                let delay = match actor.acks {
                    Acks::Never => return,
                    Acks::Late => late(&mut actor.body),
                    _ => actor.body.between(MILLISECOND, 40 * MILLISECOND),
                };
                let event = Event::Opened(index as u16, stream);
                self.agenda.plan(now + delay, event);
                if actor.acks == Acks::Twice {
                    self.agenda.plan(now + delay + 30 * MILLISECOND, event);
                }
            }
            Audio::StartSend { stream, .. } => {
                let delay = match actor.acks {
                    Acks::Never => return,
                    Acks::Late => late(&mut actor.body),
                    _ => actor.body.between(MILLISECOND, 30 * MILLISECOND),
                };
                self.agenda.plan(now + delay, Event::Sends(index as u16, stream));
            }
            Audio::Report { call } => {
                let delay = match actor.counting {
                    Counting::Never => return,
                    Counting::Late => late(&mut actor.body),
                    Counting::Prompt => actor.body.between(MILLISECOND, 100 * MILLISECOND),
                };
                self.agenda.plan(now + delay, Event::Counted(index as u16, call.0));
            }
            _ => {}
        }
    }

    fn answer(&mut self, index: usize, answer: AudioAnswer) {
        self.actors[index].phone.handle(self.clock.duration(), Input::Audio(answer));
        self.drive(index);
    }

    pub(super) fn audio_opened(&mut self, index: usize, stream: StreamId) {
        let actor = &mut self.actors[index];
        let known = actor.phone.streams().iter().find(|known| known.id == stream);
        let Some(receive) = known.and_then(|known| known.receive) else { return };
        if actor.acks == Acks::Refused {
            return self.answer(index, AudioAnswer::ReceiveFailed { stream });
        }
        // A second answer names the same port.
        let announced = actor.announced_port();
        let local = receive.local.unwrap_or_else(|| actor.audio_address(announced));
        self.answer(index, AudioAnswer::ReceiveOpened { stream, local });
    }

    pub(super) fn audio_sends(&mut self, index: usize, stream: StreamId) {
        let actor = &mut self.actors[index];
        if actor.acks == Acks::Refused {
            return self.answer(index, AudioAnswer::SendFailed { stream });
        }
        let local = actor.local_address();
        self.answer(index, AudioAnswer::SendStarted { stream, local });
    }

    pub(super) fn counted(&mut self, index: usize, call: u32) {
        let rng = &mut self.actors[index].body;
        let packets = rng.below(5000) as u32;
        let statistics = Statistics {
            packets_sent: packets,
            octets_sent: packets * 160,
            packets_received: packets,
            octets_received: packets * 160,
            packets_lost: rng.below(5) as u32,
            jitter_ms: rng.below(20) as u32,
            latency_ms: rng.below(90) as u32,
            quality: "MLQK=4.5000;MLQKav=4.4000;".into(),
        };
        self.answer(
            index,
            AudioAnswer::Statistics { call: CallReference(call), statistics: Box::new(statistics) },
        );
    }
}
