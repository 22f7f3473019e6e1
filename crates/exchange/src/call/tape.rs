//! Recording: what a party says and hears goes to a file, for the party's line.
//!
//! A recording belongs to a leg and outlives its streams: while the leg is held, its tape at the engine goes on in
//! silence, and whatever call the leg moves to is on it. Its sound passes through the engine anyway (a relayed pair,
//! a conference), or the pair is relayed for it. It ends with the leg, when its user wants that, or when the disk
//! is full; the call goes on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::relay::{What, Why};
use super::{LegId, LegState, Stage, codec};
use crate::Exchange;
use crate::limit::{MEDIA_ACK_NS, TAPES_CLOSING_MAX};
use crate::media::{Consent, MediaOrder, OrderId};
use crate::output::{Output, Severity};
use crate::plan::{ConsentTo, Recording};
use crate::record::{Record, RecordingRecord};
use crate::station::leg as on_station;
use crate::timer::{Timer, TimerKey};

/// How the sound of a recording came here.
pub(super) const RELAY: &str = "relay";
/// What an engine says whose disk is full; its users are told in their own language.
pub(crate) const DISK_FULL: &str = "disk full";

/// Who wanted a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WantedBy {
    /// The configuration of the line.
    Line,
    /// The user.
    User,
    /// An operator, or a program.
    Operator,
}

impl WantedBy {
    /// As records have it.
    fn words(self) -> &'static str {
        match self {
            WantedBy::Line => "line",
            WantedBy::User => "user",
            WantedBy::Operator => "operator",
        }
    }
}

/// Whether a leg is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Taping {
    /// As its line says.
    #[default]
    Unset,
    /// It is, by this order of the engine.
    On(OrderId),
    /// Not any more: its user ended it, or it can't be.
    Off,
}

/// Recordings that run, and those that ended and whose length is awaited.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tapes {
    running: BTreeMap<OrderId, Tape>,
    closing: BTreeMap<OrderId, RecordingRecord>,
    /// Copies that phones send.
    pub(super) copies: BTreeMap<OrderId, super::copies::Copies>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Tape {
    leg: LegId,
    record: RecordingRecord,
    /// Waits for the engine's answer.
    awaited: Option<TimerKey>,
}

impl Exchange {
    /// Whether a leg is to be recorded, if that can be.
    pub(super) fn wants_tape(&self, id: LegId) -> bool {
        let Some(leg) = self.state.calls.legs.get(id) else { return false };
        match leg.taping {
            Taping::On(_) => true,
            Taping::Off => false,
            Taping::Unset => self.recording_of(id) == Recording::Always,
        }
    }

    /// What the line of a leg says about recording.
    fn recording_of(&self, id: LegId) -> Recording {
        let line = self.appearance_of(id).and_then(|at| self.state.lines.get(at.line));
        line.map_or(Recording::Never, |line| line.record)
    }

    /// Whether one of a pair is to be recorded, and the engine can.
    pub(super) fn is_pair_taped(&self, one: LegId, other: LegId) -> bool {
        self.wants_tape(one) || self.wants_tape(other)
    }

    /// Whether a leg is to be recorded, and by what passes through here.
    pub(crate) fn is_taped_by_relay(&self, id: LegId) -> bool {
        self.wants_tape(id) && !self.copies_itself(id)
    }

    /// A leg receives: where it is to be recorded and can't be, that is said instead.
    pub(super) fn check_tape(&mut self, id: LegId) {
        if !self.wants_tape(id) {
            return;
        }
        let stream =
            self.state.calls.legs.get(id).and_then(|leg| leg.media.as_ref()).map(|media| media.stream);
        if !self.state.engine.is_present() {
            self.not_taped(id, WantedBy::Line, "there is no media engine");
        } else if stream.is_some_and(|stream| !codec::is_inside(stream.codec)) {
            self.not_taped(id, WantedBy::Line, "nothing here decodes the call's codec");
        }
    }

    /// The sound of a leg passes through the engine by an order, in this place of it.
    pub(super) fn tape_along(&mut self, id: LegId, order: OrderId, party: usize) {
        if !self.wants_tape(id) {
            return;
        }
        let Some(tape) = self.tape_of(id) else { return };
        self.tape_through(tape, RELAY);
        let recording = &self.plan.site.features.recording;
        let consent = match recording.tone_to {
            ConsentTo::Nobody => None,
            to => Some(Consent { every_secs: recording.tone_secs, to_recorder: to == ConsentTo::All }),
        };
        self.out.push(Output::Media(tape, MediaOrder::Attach { tape, order, party, consent }));
        self.note_file(id, tape);
    }

    /// The tape of a leg that is to be recorded.
    pub(super) fn tape_of(&mut self, id: LegId) -> Option<OrderId> {
        match self.state.calls.legs.get(id)?.taping {
            Taping::On(tape) => Some(tape),
            _ => self.open_tape(id, WantedBy::Line),
        }
    }

    /// How the sound of a recording comes here.
    pub(super) fn tape_through(&mut self, tape: OrderId, through: &str) {
        if let Some(tape) = self.state.tapes.running.get_mut(&tape) {
            tape.record.through = through.into();
        }
    }

    /// The record of the call that a leg is in now names the file.
    pub(super) fn note_file(&mut self, id: LegId, tape: OrderId) {
        let Some(file) = self.state.tapes.running.get(&tape).map(|tape| tape.record.file.clone()) else {
            return;
        };
        let call = self.state.calls.legs.get(id).map(|leg| leg.call);
        if let Some(call) = call.and_then(|call| self.state.calls.calls.get_mut(call))
            && !call.recordings.contains(&file)
        {
            call.recordings.push(file);
        }
    }

    fn open_tape(&mut self, id: LegId, by: WantedBy) -> Option<OrderId> {
        let stream = self.stream_of(id).map(|stream| self.adapted(id, stream));
        let stream = stream.filter(|stream| codec::is_inside(stream.codec));
        let (Some(stream), true) = (stream, self.state.engine.is_present()) else {
            let why = if stream.is_none() {
                "nothing here decodes the call's codec"
            } else {
                "there is no media engine"
            };
            self.not_taped(id, by, why);
            return None;
        };
        let mut record = self.tape_record(id, by)?;
        let call = self.state.calls.calls.get(self.state.calls.legs.get(id)?.call)?;
        // Of numbers only: nothing that came over the network is in the name of a file.
        let (part, secs) = (call.recordings.len() + 1, self.now.unix_ms.max(0) / 1000);
        record.file = format!("{:08}-{part}-{secs}.wav", record.call);
        let wideband = codec::is_wideband(stream.codec);
        let tape = self.state.engine.next_order();
        let awaited = Some(self.state.timers.set(self.after(MEDIA_ACK_NS), Timer::Media(tape)));
        self.out.push(Output::Media(tape, MediaOrder::Tape { file: record.file.clone(), wideband }));
        self.state.tapes.running.insert(tape, Tape { leg: id, record, awaited });
        self.state.calls.legs.get_mut(id)?.taping = Taping::On(tape);
        self.touch_media(id);
        self.note_file(id, tape);
        Some(tape)
    }

    fn tape_record(&self, id: LegId, by: WantedBy) -> Option<RecordingRecord> {
        let leg = self.state.calls.legs.get(id)?;
        let line = self.state.lines.get(leg.appearance()?.line)?;
        Some(RecordingRecord {
            call: self.state.calls.calls.get(leg.call)?.number,
            device: self.device_at(id).into(),
            line: line.number.clone(),
            start_ms: self.now.unix_ms,
            by: by.words().into(),
            through: RELAY.into(),
            ..RecordingRecord::default()
        })
    }

    /// A leg is to be recorded and can't be: its user and the records say so.
    fn not_taped(&mut self, id: LegId, by: WantedBy, why: &str) {
        if let Some(Taping::On(_)) = self.state.calls.legs.get(id).map(|leg| leg.taping) {
            return self.cut_tape(id, why);
        }
        let record =
            self.tape_record(id, by).map(|record| RecordingRecord { cut: Some(why.into()), ..record });
        if let Some(leg) = self.state.calls.legs.get_mut(id) {
            leg.taping = Taping::Off;
        }
        self.out.note(Severity::Warning, format!("{} is not recorded: {why}", self.device_at(id)));
        self.on_phone(id, |phone, shown, _| on_station::recording_failed(phone, shown, why));
        if let Some(record) = record {
            self.out.push(Output::Record(Box::new(Record::Recording(record))));
        }
    }

    /// The recording of a leg ends, if there is one.
    pub(crate) fn end_tape(&mut self, id: LegId) {
        let Some(leg) = self.state.calls.legs.get_mut(id) else { return };
        let Taping::On(order) = std::mem::replace(&mut leg.taping, Taping::Off) else { return };
        self.end_copies(id);
        self.touch_media(id);
        let Some(tape) = self.state.tapes.running.remove(&order) else { return };
        self.state.timers.cancel(tape.awaited);
        self.out.push(Output::Media(order, MediaOrder::Close(order)));
        self.state.tapes.closing.insert(order, tape.record);
        if self.state.tapes.closing.len() > TAPES_CLOSING_MAX
            && let Some((_, record)) = self.state.tapes.closing.pop_first()
        {
            self.tape_is_over(record, 0, 0, Some("the media engine did not say how long it is".into()));
        }
        self.on_phone(id, on_station::recording_over);
    }

    /// The recording of a leg ends before it should.
    pub(super) fn cut_tape(&mut self, id: LegId, why: &str) {
        let Some(Taping::On(order)) = self.state.calls.legs.get(id).map(|leg| leg.taping) else { return };
        if let Some(tape) = self.state.tapes.running.get_mut(&order) {
            tape.record.cut.get_or_insert_with(|| why.into());
        }
        self.out.note(Severity::Warning, format!("recording of {} cut: {why}", self.device_at(id)));
        self.end_tape(id);
        self.on_phone(id, |phone, shown, _| on_station::recording_failed(phone, shown, why));
    }

    /// The engine has the file open; true where the order is a recording.
    pub(super) fn tape_opened(&mut self, order: OrderId) -> bool {
        let Some(tape) = self.state.tapes.running.get_mut(&order) else { return false };
        let leg = tape.leg;
        self.state.timers.cancel(tape.awaited.take());
        self.on_phone(leg, on_station::recording);
        true
    }

    /// The engine can't record, or can't go on; true where the order is a recording.
    pub(super) fn tape_failed(&mut self, order: OrderId, why: &str) -> bool {
        let Some(leg) = self.state.tapes.running.get(&order).map(|tape| tape.leg) else { return false };
        self.cut_tape(leg, why);
        true
    }

    /// The engine did not answer in time.
    pub(super) fn tape_due(&mut self, order: OrderId) {
        if self.state.tapes.running.get(&order).is_some_and(|tape| tape.awaited.is_some()) {
            self.tape_failed(order, "the media engine did not answer");
        }
    }

    /// Whether an order is a recording that has ended.
    pub(super) fn is_tape_closing(&self, order: OrderId) -> bool {
        self.state.tapes.closing.contains_key(&order)
    }

    /// The file is closed.
    pub(super) fn taped(&mut self, order: OrderId, length_ms: u64, bytes: u64, cut: Option<String>) {
        if let Some(record) = self.state.tapes.closing.remove(&order) {
            self.tape_is_over(record, length_ms, bytes, cut);
        }
    }

    fn tape_is_over(&mut self, record: RecordingRecord, length_ms: u64, bytes: u64, cut: Option<String>) {
        let file = if bytes > 0 { record.file } else { String::new() };
        let record = RecordingRecord { file, length_ms, bytes, cut: record.cut.or(cut), ..record };
        self.out.push(Output::Record(Box::new(Record::Recording(record))));
    }

    /// The Record key: begins or ends the recording of a conversation, where its user may.
    pub(crate) fn record_key(&mut self, id: LegId) {
        if self.toggle_tape(id).is_none() {
            self.on_phone(id, on_station::key_not_active);
        }
    }

    /// Begins or ends the recording of a leg, for its user. None: he may not.
    fn toggle_tape(&mut self, id: LegId) -> Option<()> {
        let leg = self.state.calls.legs.get(id)?;
        let may = self.recording_of(id) == Recording::OnDemand && self.is_conversation_of_user(id);
        if !may || self.whispers(id) {
            return None;
        }
        match leg.taping {
            Taping::On(_) => self.end_tape(id),
            Taping::Unset | Taping::Off => self.begin_tape(id, WantedBy::User),
        }
        Some(())
    }

    /// The code: begins or ends the recording of the call that its user has put on hold.
    pub(crate) fn record_held(&mut self, station: crate::table::StationId) -> Option<()> {
        let legs = &self.state.stations.get(station)?.legs;
        let held = legs.iter().rev().copied().find(|leg| self.is_held(*leg))?;
        self.toggle_tape(held)
    }

    fn begin_tape(&mut self, id: LegId, by: WantedBy) {
        self.before_change(id);
        if self.open_tape(id, by).is_none() {
            return;
        }
        let passes = self.state.engine.place_of(id);
        if let Some((order, place)) =
            passes.filter(|(order, _)| self.state.hardware.station_of(*order).is_none())
        {
            return self.tape_along(id, order, place);
        }
        if self.copies_itself(id) {
            return self.copy_for_tape(id);
        }
        let Some(other) = self.other_leg(id) else { return };
        if let Some((order, _)) = passes {
            // What passes through hardware passes through this server from now on.
            return self.hardware_failed(order, "a party is recorded", false);
        }
        let receives = |leg: LegId| self.state.calls.legs.get(leg).is_some_and(|leg| leg.address().is_some());
        // Held, or about to open: what opens next passes through the engine.
        if receives(id) && receives(other) && !self.relay(id, other, Why::Recorded) {
            self.cut_tape(id, "the call can't be relayed");
        }
    }

    /// A relay that stands for a recording can't be: the call goes on without.
    pub(super) fn relay_failed_for_tape(&mut self, legs: [LegId; 2], why: &str) {
        for leg in legs {
            self.cut_tape(leg, why);
        }
    }

    /// An operator, or a program, begins or ends the recording of a call.
    pub(crate) fn command_record(
        &mut self,
        number: u64,
        device: Option<&str>,
        on: bool,
    ) -> Result<String, String> {
        let found = self.state.calls.calls.iter().find(|(_, call)| call.number == number);
        let Some((id, call)) = found else { return Err(format!("there is no call {number}")) };
        if !matches!(call.stage, Stage::Connected { .. }) {
            return Err(format!("call {number} is not answered"));
        }
        let legs = self.legs_of(id).into_iter();
        let meant =
            |leg: &LegId| device.is_none_or(|device| self.device_at(*leg).eq_ignore_ascii_case(device));
        let legs: Vec<LegId> = legs.filter(|leg| self.appearance_of(*leg).is_some()).filter(meant).collect();
        let may = |leg: &LegId| self.recording_of(*leg) != Recording::Never && !self.whispers(*leg);
        let Some(leg) = legs.into_iter().find(may) else {
            return Err(format!(
                "no line of call {number} may be recorded: give it record = \"on-demand\" or \"always\" in lineside.toml"
            ));
        };
        let name = self.device_at(leg).to_owned();
        let taping = self.state.calls.legs.get(leg).map(|leg| leg.taping);
        match (on, taping) {
            (true, Some(Taping::On(_))) => Err(format!("call {number} is recorded already")),
            (true, _) if self.state.private.contains(&name) => {
                Err(format!("the user of {name} has Private on: only the phone itself may record its calls"))
            }
            (true, _) => {
                self.begin_tape(leg, WantedBy::Operator);
                let taping = self.state.calls.legs.get(leg).map(|leg| leg.taping);
                match taping {
                    Some(Taping::On(_)) => Ok(format!("call {number} is recorded for {name}")),
                    _ => Err(format!("call {number} can't be recorded: the log says why")),
                }
            }
            (false, Some(Taping::On(_))) => {
                self.end_tape(leg);
                Ok(format!("call {number} is recorded no longer"))
            }
            (false, _) => Err(format!("call {number} is not recorded")),
        }
    }

    /// Whether a leg is recorded now, and whether its user may begin or end that.
    pub(crate) fn audit_tapes(&self, found: &mut Vec<String>) {
        for (order, tape) in &self.state.tapes.running {
            let leg = self.state.calls.legs.get(tape.leg);
            if leg.is_none_or(|leg| leg.taping != Taping::On(*order)) {
                found.push(format!("{order:?} records {:?}, which does not know it", tape.leg));
            }
        }
        for (id, leg) in self.state.calls.legs.iter() {
            if let Taping::On(order) = leg.taping {
                if !self.state.tapes.running.contains_key(&order) {
                    found.push(format!("{id:?} is recorded by {order:?}, which is not there"));
                }
                if !matches!(leg.state, LegState::Connected | LegState::Held) {
                    found.push(format!("{id:?} is {:?} and recorded", leg.state));
                }
            }
        }
    }
}

impl super::relay::Engine {
    /// The order through which the sound of a leg passes, and its place there; none for music.
    fn place_of(&self, leg: LegId) -> Option<(OrderId, usize)> {
        let order = self.order_of(leg)?;
        let (legs, what) = self.about(order)?;
        let place = legs.iter().position(|other| *other == leg)?;
        matches!(what, What::Relay(_) | What::Mix).then_some((order, place))
    }
}
