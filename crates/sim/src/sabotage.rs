//! A brain that breaks on purpose in one way: what the simulator does not notice of these, it would not
//! notice of the exchange either.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use exchange::input::{Input, Now, SessionId};
use exchange::output::{Note, Output, Severity, TrunkOutput};
use exchange::plan::Plan;
use exchange::record::Record;
use exchange::{Counts, Poll};
use skinny::codes::{ButtonType, DCallState, DeviceStimulus, LampMode, RingMode, SoftKeySet, SpeakerMode};
use skinny::frame::{Frame, Split, split};
use skinny::message::{ClearDisplay, DisplayPromptStatus, KeepAliveAck, Message};
use skinny::packet::{Packet, compose, view};
use skinny::types::CallReference;
use skinny::view::Listing;

use crate::brain::Brain;

/// One way to be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// CloseReceiveChannel is not sent.
    KeepReceiving,
    /// StopMediaTransmission is not sent.
    KeepSending,
    /// StartMediaTransmission is not sent to phones of the newer generations.
    OneWay,
    /// A line's lamp is never switched off.
    LampStaysOn,
    /// The ringer is never switched off.
    RingsOn,
    /// The ringer is never switched on.
    RingsNever,
    /// Tones are never stopped.
    ToneStaysOn,
    /// The idle softkeys are not sent.
    KeysStay,
    /// The speaker is not switched off.
    SpeakerStaysOn,
    /// Who answers is not told to go off hook first.
    AnswersOnHook,
    /// The end of a call is not told.
    Ghost,
    /// References come from a pool of four.
    ReusedReferences,
    /// All calls of a line have the same number.
    SameInstance,
    /// Phones show another number than that of the other party.
    WrongNumber,
    /// Phones are told of calls that they do not have.
    StrayPrompt,
    /// A message that newer phones choke on.
    WrongGeneration,
    /// Prompts lack their last bytes.
    ShortForm,
    /// Four bytes of junk follow each lamp.
    Junk,
    /// Registrations of phones are not answered.
    Deaf,
    /// Every seventh event is lost.
    EventGap,
    /// Records of calls are lost.
    LostRecord,
    /// Records of calls come twice.
    DoubleRecord,
    /// Something is sent to a session after it was closed.
    SpeaksToTheDead,
    /// A trunk leg is ordered about after its release.
    OrdersGhostLegs,
    /// Commands are answered twice.
    AnswersTwice,
    /// Notes hold control characters.
    RawNotes,
    /// A restored brain forgets one message.
    Amnesia,
    /// State grows with each input.
    Leak,
    /// The time is not listened to.
    Timeless,
    /// A star key panics.
    PanicsOnStar,
    /// A busy lamp is never lit.
    StaleLamp,
    /// A phone is told that it has left its hunt groups, and has not.
    SaysLoggedOut,
    /// A call of another phone on a line that is held is not shown as held.
    HidesHeld,
}

/// All ways to be broken.
pub const ALL: [Sabotage; 33] = [
    Sabotage::KeepReceiving,
    Sabotage::KeepSending,
    Sabotage::OneWay,
    Sabotage::LampStaysOn,
    Sabotage::RingsOn,
    Sabotage::RingsNever,
    Sabotage::ToneStaysOn,
    Sabotage::KeysStay,
    Sabotage::SpeakerStaysOn,
    Sabotage::AnswersOnHook,
    Sabotage::Ghost,
    Sabotage::ReusedReferences,
    Sabotage::SameInstance,
    Sabotage::WrongNumber,
    Sabotage::StrayPrompt,
    Sabotage::WrongGeneration,
    Sabotage::ShortForm,
    Sabotage::Junk,
    Sabotage::Deaf,
    Sabotage::EventGap,
    Sabotage::LostRecord,
    Sabotage::DoubleRecord,
    Sabotage::SpeaksToTheDead,
    Sabotage::OrdersGhostLegs,
    Sabotage::AnswersTwice,
    Sabotage::RawNotes,
    Sabotage::Amnesia,
    Sabotage::Leak,
    Sabotage::Timeless,
    Sabotage::PanicsOnStar,
    Sabotage::StaleLamp,
    Sabotage::SaysLoggedOut,
    Sabotage::HidesHeld,
];

/// A brain that is broken in one way.
#[derive(Debug)]
pub struct Broken<B> {
    inner: B,
    how: Sabotage,
    bytes: Vec<u8>,
    frame: Vec<u8>,
    extra: VecDeque<Output>,
    /// Versions of the sessions, as they were told.
    versions: HashMap<SessionId, u8>,
    /// References as phones are told them, and as they are.
    told: HashMap<u32, u32>,
    next_reference: u32,
    inputs: usize,
    forgets: bool,
}

impl<B: Brain> Broken<B> {
    /// Breaks a brain.
    pub fn new(inner: B, how: Sabotage) -> Broken<B> {
        Broken {
            inner,
            how,
            bytes: Vec::new(),
            frame: Vec::new(),
            extra: VecDeque::new(),
            versions: HashMap::new(),
            told: HashMap::new(),
            next_reference: 0,
            inputs: 0,
            forgets: false,
        }
    }

    /// Puts a message of its own among the bytes.
    fn own_message(&mut self, id: SessionId, frame: &[u8]) -> Output {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(frame);
        Output::Send(id, start..self.bytes.len())
    }

    fn output(&mut self, output: Output) -> Option<Output> {
        match (self.how, output) {
            (_, Output::Send(id, range)) => self.send(id, range),
            (Sabotage::EventGap, Output::Event(event)) if event.number.is_multiple_of(7) => None,
            (Sabotage::LostRecord, Output::Record(record)) if matches!(*record, Record::Call(_)) => None,
            (Sabotage::DoubleRecord, Output::Record(record)) => {
                if matches!(*record, Record::Call(_)) {
                    self.extra.push_back(Output::Record(record.clone()));
                }
                Some(Output::Record(record))
            }
            (Sabotage::SpeaksToTheDead, Output::Close(id, reason)) => {
                let mut frame = [0; 64];
                let len = compose(&KeepAliveAck {}, 0, 0, &mut frame).unwrap_or(0);
                let output = self.own_message(id, &frame[..len]);
                self.extra.push_back(output);
                Some(Output::Close(id, reason))
            }
            (Sabotage::OrdersGhostLegs, Output::Trunk(TrunkOutput::Released(leg, cause))) => {
                self.extra.push_back(Output::Trunk(TrunkOutput::Digit(leg, '1')));
                Some(Output::Trunk(TrunkOutput::Released(leg, cause)))
            }
            (Sabotage::AnswersTwice, Output::Reply(id, reply)) => {
                self.extra.push_back(Output::Reply(id, reply.clone()));
                Some(Output::Reply(id, reply))
            }
            (Sabotage::RawNotes, Output::Event(event)) => {
                let note = Note { severity: Severity::Debug, text: "\u{1b}[31m".into() };
                self.extra.push_back(Output::Note(note));
                Some(Output::Event(event))
            }
            (_, output) => Some(output),
        }
    }

    /// Takes the frames of an output apart, and puts those together again that are sent.
    fn send(&mut self, id: SessionId, range: Range<usize>) -> Option<Output> {
        let all = self.inner.bytes(range).to_vec();
        if std::mem::take(&mut self.forgets) {
            return None;
        }
        let start = self.bytes.len();
        let mut rest = &all[..];
        while let Split::Frame(frame, behind) = split(rest) {
            let bytes = &rest[..rest.len() - behind.len()];
            self.frame.clear();
            self.frame.extend_from_slice(bytes);
            if self.keeps(id, frame) {
                let frame = std::mem::take(&mut self.frame);
                self.bytes.extend_from_slice(&frame);
                self.frame = frame;
            }
            rest = behind;
        }
        (self.bytes.len() > start).then_some(Output::Send(id, start..self.bytes.len()))
    }

    /// Whether a frame is sent; changes it where the sabotage says so.
    fn keeps(&mut self, id: SessionId, frame: Frame<'_>) -> bool {
        let version = self.versions.get(&id).copied().unwrap_or(0);
        let message = Packet::decode(frame, version).message;
        if let Message::RegisterAck(ack) = &message {
            self.versions.insert(id, ack.max_protocol_ver);
        }
        if is_left_out(self.how, &message, version) {
            return false;
        }
        self.change(frame, &message, version);
        true
    }

    fn change(&mut self, frame: Frame<'_>, message: &Message<'_>, version: u8) {
        match (self.how, message) {
            (Sabotage::ReusedReferences, _) => {
                let real = reference(frame, version).filter(|(_, real)| *real != 0);
                if let Some((at, real)) = real {
                    let told = self.told_for(real);
                    self.frame[at..at + 4].copy_from_slice(&told.to_le_bytes());
                }
            }
            (Sabotage::SameInstance, Message::CallInfo(_) | Message::CallInfoV2(_)) => {
                if let Some((at, _)) = word(frame, version, "call_instance") {
                    self.frame[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
                }
            }
            (Sabotage::WrongNumber, Message::CallInfo(_) | Message::CallInfoV2(_)) => {
                self.falsify(frame, version)
            }
            (Sabotage::ShortForm, Message::DisplayPromptStatus(_) | Message::DisplayPromptStatusV2(_)) => {
                self.resize(-4, 0);
            }
            (Sabotage::SaysLoggedOut, Message::FeatureStatRes(_) | Message::FeatureStatV2Res(_))
                if feature(message) == Some((ButtonType::H_LOG, 1)) =>
            {
                if let Some((at, _)) = word(frame, version, "feature_status") {
                    self.frame[at..at + 4].fill(0);
                }
            }
            (Sabotage::Junk, Message::SetLamp(_)) => self.resize(4, 0xaa),
            (Sabotage::StrayPrompt, Message::ActivateCallPlane(_)) if version < 17 => {
                let prompt =
                    DisplayPromptStatus { call_reference: CallReference(0x00ff_ffff), ..Default::default() };
                self.append(&Message::DisplayPromptStatus(prompt), version);
            }
            (Sabotage::WrongGeneration, Message::ActivateCallPlane(_)) if version >= 17 => {
                self.append(&Message::ClearDisplay(ClearDisplay {}), version);
            }
            _ => {}
        }
    }

    /// Puts a letter in place of the first digit of both parties.
    fn falsify(&mut self, frame: Frame<'_>, version: u8) {
        let mut listing = Listing::default();
        view(frame, version, &mut listing);
        let is_number = |path: &str| path.ends_with("calling_party") || path.ends_with("called_party");
        for field in listing.fields.iter().filter(|field| is_number(&field.path) && field.shown != "\"\"") {
            self.frame[skinny::frame::HEADER_LEN + field.at] = b'A';
        }
    }

    fn append(&mut self, message: &Message<'_>, version: u8) {
        let mut frame = [0; 256];
        let len = skinny::packet::compose_any(message, version, 0, &mut frame).unwrap_or(0);
        self.frame.extend_from_slice(&frame[..len]);
    }

    /// Makes the frame longer or shorter.
    fn resize(&mut self, by: isize, fill: u8) {
        let len = self.frame.len().saturating_add_signed(by);
        self.frame.resize(len, fill);
        let word = (len - 8) as u32;
        self.frame[..4].copy_from_slice(&word.to_le_bytes());
    }

    fn told_for(&mut self, real: u32) -> u32 {
        const POOL: u32 = 4;
        if let Some((told, _)) = self.told.iter().find(|(_, known)| **known == real) {
            return *told;
        }
        self.next_reference = (self.next_reference + 1) % POOL;
        let told = 0x0100_0000 + self.next_reference;
        self.told.insert(told, real);
        told
    }
}

/// Whether a message is not sent.
fn is_left_out(how: Sabotage, message: &Message<'_>, version: u8) -> bool {
    match (how, message) {
        (Sabotage::KeepReceiving, Message::CloseReceiveChannel(_))
        | (Sabotage::KeepSending, Message::StopMediaTransmission(_))
        | (Sabotage::ToneStaysOn, Message::StopTone(_))
        | (Sabotage::Deaf, Message::RegisterAck(_)) => true,
        (Sabotage::OneWay, Message::StartMediaTransmission(_)) => version >= 17,
        (Sabotage::LampStaysOn, Message::SetLamp(lamp)) => {
            lamp.stimulus == DeviceStimulus::LINE && lamp.lamp_mode == LampMode::OFF
        }
        (Sabotage::RingsOn, Message::SetRinger(ringer)) => ringer.ring_mode == RingMode::RING_OFF,
        (Sabotage::RingsNever, Message::SetRinger(ringer)) => ringer.ring_mode != RingMode::RING_OFF,
        (Sabotage::KeysStay, Message::SelectSoftKeys(keys)) => keys.soft_key_set_index == SoftKeySet::ON_HOOK,
        (Sabotage::SpeakerStaysOn, Message::SetSpeakerMode(speaker)) => {
            speaker.speaker_mode == SpeakerMode::OFF
        }
        (Sabotage::StaleLamp, Message::FeatureStatRes(_) | Message::FeatureStatV2Res(_)) => {
            matches!(feature(message), Some((ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL, 2 | 4)))
        }
        (Sabotage::HidesHeld, Message::CallState(state)) => state.call_state == DCallState::REMOTE_HOLD,
        (Sabotage::AnswersOnHook, Message::CallState(state)) => state.call_state == DCallState::OFF_HOOK,
        (Sabotage::Ghost, Message::CallState(state)) => state.call_state == DCallState::ON_HOOK,
        _ => false,
    }
}

/// What a feature button is, and how it is lit.
fn feature(message: &Message<'_>) -> Option<(ButtonType, u32)> {
    match message {
        Message::FeatureStatRes(stat) => Some((stat.feature_id, stat.feature_status)),
        Message::FeatureStatV2Res(stat) => Some((stat.feature_id, stat.feature_status)),
        _ => None,
    }
}

/// A word of a frame by its name: where in the frame, and its value.
fn word(frame: Frame<'_>, version: u8, name: &str) -> Option<(usize, u32)> {
    let mut listing = Listing::default();
    view(frame, version, &mut listing);
    let field = listing.fields.iter().find(|field| field.path == name && field.len == 4)?;
    let at = skinny::frame::HEADER_LEN + field.at;
    Some((at, u32::try_from(field.number?).ok()?))
}

fn reference(frame: Frame<'_>, version: u8) -> Option<(usize, u32)> {
    word(frame, version, "call_reference")
}

impl<B: Brain> Brain for Broken<B> {
    fn handle(&mut self, now: Now, input: Input<'_>) {
        self.bytes.clear();
        self.extra.clear();
        self.inputs += 1;
        match (self.how, &input) {
            (Sabotage::Timeless, Input::Tick) => return,
            (Sabotage::PanicsOnStar, Input::Frame(_, frame)) => {
                if let Message::KeypadButton(key) = Packet::decode(*frame, 0).message {
                    assert!(key.kp_button != skinny::codes::KeypadKey::STAR, "a star key was pressed");
                }
            }
            (Sabotage::ReusedReferences, Input::Frame(id, frame)) => {
                let version = self.versions.get(id).copied().unwrap_or(0);
                let known =
                    reference(*frame, version).and_then(|(at, told)| Some((at, *self.told.get(&told)?)));
                if let Some((at, real)) = known {
                    let mut body = frame.body.to_vec();
                    let at = at - skinny::frame::HEADER_LEN;
                    body[at..at + 4].copy_from_slice(&real.to_le_bytes());
                    return self
                        .inner
                        .handle(now, Input::Frame(*id, Frame { header: frame.header, body: &body }));
                }
            }
            _ => {}
        }
        self.inner.handle(now, input);
    }

    fn poll(&mut self) -> Poll {
        loop {
            if let Some(extra) = self.extra.pop_front() {
                return Poll::Output(extra);
            }
            match self.inner.poll() {
                Poll::Output(output) => {
                    if let Some(output) = self.output(output) {
                        return Poll::Output(output);
                    }
                }
                Poll::Idle(deadline) => return Poll::Idle(deadline),
            }
        }
    }

    fn bytes(&self, range: Range<usize>) -> &[u8] {
        &self.bytes[range]
    }

    fn counts(&self) -> Counts {
        self.inner.counts()
    }

    fn snapshot(&self) -> Vec<u8> {
        let mut snapshot = self.inner.snapshot();
        if self.how == Sabotage::Leak {
            snapshot.resize(snapshot.len() + self.inputs * 4096, 0);
        }
        snapshot
    }

    fn revived(&self, snapshot: &[u8], plan: Arc<Plan>) -> Result<Self, String> {
        let inner = self.inner.revived(snapshot, plan)?;
        let mut broken = Broken::new(inner, self.how);
        broken.versions.clone_from(&self.versions);
        broken.told.clone_from(&self.told);
        broken.next_reference = self.next_reference;
        broken.inputs = self.inputs;
        broken.forgets = self.how == Sabotage::Amnesia;
        Ok(broken)
    }
}
