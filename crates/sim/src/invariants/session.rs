//! A session as its phone was told: calls, lamps, ringer, tone, softkeys.

use exchange::input::SessionId;
use phone::Profile;
use skinny::codes::{
    ButtonType, CallType, DCallState as State, DeviceStimulus, DeviceTone, LampMode, RingMode, SoftKeySet,
    SpeakerMode,
};
use skinny::message::{CallState, Message, SelectSoftKeys};

use crate::script::PhoneSpec;

use super::calls::{References, is_legal};
use super::media::Stream;
use super::{Check, Invariant, wrong};

/// How a busy lamp or a feature button is lit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// It is not, or only says that nobody is to be disturbed.
    Off,
    /// It is.
    On,
    /// It blinks: it rings there.
    Rings,
}

impl Light {
    /// As FeatureStat has it.
    fn of(kind: ButtonType, status: u32) -> Light {
        match (kind == ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL, status) {
            (true, 2) => Light::On,
            (true, 4) => Light::Rings,
            (true, _) | (false, 0) => Light::Off,
            (false, _) => Light::On,
        }
    }
}

/// A call of the session.
#[derive(Debug, Clone, Copy)]
pub struct CallView {
    /// Its reference.
    pub reference: u32,
    /// Its line.
    pub line: u32,
    /// Its state.
    pub state: State,
    /// Since when it is in this state.
    pub since: u64,
    pub(super) keys: Option<SoftKeySet>,
    /// Whether it is a call of another phone on the same line.
    pub is_remote: bool,
    /// Whether it came through a hunt group.
    pub is_hunted: bool,
    /// Whether only the caller is heard.
    pub whispers: bool,
    /// The place among the numbers for parked calls under which the user waits.
    pub slot: Option<usize>,
    instance: u32,
    /// Calls that the line had when this one came, itself included; none where it was a call of the session
    /// before, or the phone was not told of all of them yet.
    pub rank: Option<u32>,
}

impl CallView {
    /// Whether only its tone is left.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, State::BUSY | State::CONGESTION | State::INVALID_NUMBER)
    }
}

/// What a phone was told on a session.
#[derive(Debug)]
pub struct SessionView {
    /// Whose.
    pub phone: u16,
    /// Its model.
    pub profile: &'static Profile,
    /// Whether it is hardware: of calls it is told nothing.
    pub is_hardware: bool,
    /// Whether it sends what it likes.
    pub is_unruly: bool,
    /// Its address.
    pub address: std::net::IpAddr,
    /// The name that it is registered under.
    pub device: String,
    /// The name that it asked for last.
    asked: String,
    /// The version that was agreed on; 0 before.
    pub version: u8,
    /// Whether it is registered.
    pub is_registered: bool,
    /// Whether it has asked for the time, and got its first screen with it.
    pub is_complete: bool,
    asked_for_time: bool,
    /// Busy lamps and feature buttons: what each is, its instance, how it is lit.
    pub lights: Vec<(ButtonType, u32, Light)>,
    /// When it said something last.
    pub heard_at: u64,
    /// Its calls.
    pub calls: Vec<CallView>,
    pub(super) streams: Vec<Stream>,
    /// When it was told about a stream last.
    pub media_at: u64,
    pub(super) lamps: Vec<(u32, LampMode)>,
    pub(super) ringer: RingMode,
    pub(super) tone: Option<(DeviceTone, u32)>,
    pub(super) speaker_is_on: bool,
    /// Softkeys of the phone itself.
    pub(super) keys: Option<(u32, SoftKeySet)>,
    /// References that were spoken of and were no calls then.
    pub(super) strays: Vec<(u32, &'static str)>,
    /// Calls that ended since the last check.
    pub(super) ended: Vec<u32>,
    pub(super) heritage: Heritage,
    /// It has calls of the session before and its registration is not complete.
    pub(super) is_coming_back: bool,
    /// The last answer of its registration was sent.
    pub(super) is_greeted: bool,
    /// Another session took its device, which closes it; what it is told in that same turn belongs nowhere.
    pub(super) is_superseded: bool,
}

/// Calls and streams of the session before.
#[derive(Debug, Default)]
pub(super) struct Heritage {
    calls: Vec<CallView>,
}

/// Whether a message of a phone is looked at.
pub(super) fn is_interesting(id: u32) -> bool {
    matches!(id, 0x0001 | 0x0002 | 0x000d | 0x0022 | 0x0023)
}

impl SessionView {
    /// A session that was told nothing yet.
    pub(super) fn new(spec: &PhoneSpec, now: u64) -> SessionView {
        SessionView {
            phone: spec.number,
            profile: spec.profile,
            is_hardware: spec.number >= crate::hardware::NUMBER_FIRST,
            is_unruly: spec.manners.unruly,
            address: crate::site::address(spec),
            device: String::new(),
            asked: String::new(),
            version: 0,
            is_registered: false,
            is_complete: false,
            asked_for_time: false,
            lights: Vec::new(),
            heard_at: now,
            calls: Vec::new(),
            streams: Vec::new(),
            media_at: 0,
            lamps: Vec::new(),
            ringer: RingMode::RING_OFF,
            tone: None,
            speaker_is_on: false,
            keys: None,
            strays: Vec::new(),
            ended: Vec::new(),
            heritage: Heritage::default(),
            is_coming_back: false,
            is_greeted: false,
            is_superseded: false,
        }
    }

    pub(super) fn bequeath(&mut self) -> Heritage {
        self.is_superseded = true;
        let mut heritage = std::mem::take(&mut self.heritage);
        heritage.calls.append(&mut self.calls);
        heritage
    }

    /// The client registers under another name: what it was told belongs to the old one.
    pub(super) fn leave_name(&mut self) -> Option<(String, Heritage)> {
        if self.device.is_empty() || self.device == self.asked {
            return None;
        }
        let left = (std::mem::take(&mut self.device), self.bequeath());
        self.is_superseded = false;
        self.lamps.clear();
        (self.ringer, self.tone, self.speaker_is_on, self.keys) = (RingMode::RING_OFF, None, false, None);
        Some(left)
    }

    pub(super) fn inherit(&mut self, heritage: Heritage) {
        self.is_coming_back = !heritage.calls.is_empty();
        self.is_greeted = false;
        self.is_superseded = false;
        self.heritage = heritage;
    }

    /// The call with a reference.
    pub fn call(&self, reference: u32) -> Option<&CallView> {
        self.calls.iter().find(|call| call.reference == reference)
    }

    /// The party id of a stream that is open.
    pub fn open_party(&self) -> Option<(u32, u32)> {
        self.streams.last().map(|stream| (stream.party, stream.reference))
    }

    pub(super) fn received(&mut self, message: &Message<'_>) {
        if matches!(message, Message::TimeDateReq(_)) {
            self.asked_for_time = true;
        }
        if let Message::RegisterReq(request) = message {
            self.asked = String::from_utf8_lossy(request.sid.device_name.text()).to_ascii_uppercase();
        }
    }

    pub(super) fn told(
        &mut self,
        message: &Message<'_>,
        id: SessionId,
        references: &mut References,
        now: u64,
    ) -> Check {
        match message {
            _ if self.is_hardware && !matches!(message, Message::RegisterAck(_)) => {}
            Message::RegisterAck(ack) => {
                self.version = ack.max_protocol_ver;
                self.is_registered = true;
                self.device.clone_from(&self.asked);
                (self.is_complete, self.asked_for_time) = (false, false);
                self.lights.clear();
            }
            Message::TimeDateRes(_) => {
                self.is_greeted = true;
                self.is_complete |= self.asked_for_time;
            }
            Message::CallState(state) => return self.call_state(state, id, references, now),
            Message::CallInfo(info) => {
                let (calling, called) = (info.calling_party.text(), info.called_party.text());
                self.parties(info.call_reference.0, info.call_type, calling, called);
                return self.call_info(info.call_reference.0, info.line_instance.0, info.call_instance);
            }
            Message::CallInfoV2(info) => {
                let texts = info.strings.texts();
                self.parties(info.call_reference.0, info.call_type, texts.calling_party, texts.called_party);
                return self.call_info(info.call_reference.0, info.line_instance.0, info.call_instance);
            }
            Message::ConnectionStatisticsReq(request) => references.asked(request.call_reference.0, now),
            Message::OpenReceiveChannel(open) => self.speaks_of(open.call_reference.0, "OpenReceiveChannel"),
            // A copy for whoever records has a reference of its own: it names its call as its conference.
            Message::StartMediaTransmission(start) if start.mixing_mode != 0 => {
                self.speaks_of(start.conference_id.0, "StartMediaTransmission");
            }
            Message::StartMediaTransmission(start) => {
                self.speaks_of(start.call_reference.0, "StartMediaTransmission");
            }
            Message::DialedNumber(dialed) => self.speaks_of(dialed.call_reference.0, "DialedNumber"),
            Message::DisplayPromptStatus(prompt) => {
                self.prompted(prompt.call_reference.0, prompt.prompt_status.text());
                self.speaks_of(prompt.call_reference.0, "DisplayPromptStatus");
            }
            Message::DisplayPromptStatusV2(prompt) => {
                self.prompted(prompt.call_reference.0, prompt.prompt_status.text());
                self.speaks_of(prompt.call_reference.0, "DisplayPromptStatusV2");
            }
            other => self.seen_and_heard(other),
        }
        Ok(())
    }

    /// Lamps, ringer, tones, softkeys.
    fn seen_and_heard(&mut self, message: &Message<'_>) {
        match message {
            Message::SetLamp(lamp) if lamp.stimulus == DeviceStimulus::LINE => {
                self.lamps.retain(|(line, _)| *line != lamp.stimulus_instance);
                if lamp.lamp_mode != LampMode::OFF {
                    self.lamps.push((lamp.stimulus_instance, lamp.lamp_mode));
                }
            }
            Message::SetLamp(lamp) => {
                let kind = match lamp.stimulus {
                    DeviceStimulus::SPEED_DIAL => ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL,
                    stimulus => ButtonType(stimulus.0),
                };
                let light = match lamp.lamp_mode {
                    LampMode::BLINK => Light::Rings,
                    LampMode::ON => Light::On,
                    _ => Light::Off,
                };
                self.lit(kind, lamp.stimulus_instance, light);
            }
            Message::FeatureStatRes(stat) => {
                self.lit(
                    stat.feature_id,
                    stat.feature_index,
                    Light::of(stat.feature_id, stat.feature_status),
                );
            }
            Message::FeatureStatV2Res(stat) => {
                self.lit(
                    stat.feature_id,
                    stat.feature_index,
                    Light::of(stat.feature_id, stat.feature_status),
                );
            }
            // A single ring reminds of a held call, and ends by itself.
            Message::SetRinger(ringer) if self.is_held(ringer.call_reference.0) => {}
            Message::SetRinger(ringer) => {
                self.ringer = ringer.ring_mode;
                if ringer.ring_mode != RingMode::RING_OFF {
                    self.speaks_of(ringer.call_reference.0, "SetRinger");
                }
            }
            Message::StartTone(tone) if lasts(tone.tone) => {
                self.tone = Some((tone.tone, tone.call_reference.0));
                self.speaks_of(tone.call_reference.0, "StartTone");
            }
            Message::SetSpeakerMode(speaker) => self.speaker_is_on = speaker.speaker_mode == SpeakerMode::ON,
            Message::StopTone(stop) => {
                let reference = stop.call_reference.0;
                self.tone = self.tone.filter(|(_, of)| reference != 0 && *of != 0 && *of != reference);
            }
            Message::SelectSoftKeys(select) => self.softkeys(select),
            _ => {}
        }
    }

    fn lit(&mut self, kind: ButtonType, instance: u32, light: Light) {
        self.lights.retain(|(known, at, _)| (*known, *at) != (kind, instance));
        self.lights.push((kind, instance, light));
    }

    /// Whether a feature's button is lit; none: it was not told.
    pub fn is_lit(&self, kind: ButtonType) -> Option<bool> {
        let found = self.lights.iter().find(|(known, ..)| *known == kind);
        found.map(|(.., light)| *light != Light::Off)
    }

    /// Who is there, in a call: what of it matters here.
    fn parties(&mut self, reference: u32, kind: CallType, calling: &[u8], called: &[u8]) {
        let other = if kind == CallType::OUT_BOUND_CALL { called } else { calling };
        if let Some(call) = self.calls.iter_mut().find(|call| call.reference == reference) {
            call.slot = crate::site::PARK_SLOTS.iter().position(|slot| slot.as_bytes() == other);
            let is_group = crate::site::HUNT_GROUPS.iter().any(|group| group.as_bytes() == called);
            call.is_hunted = is_group && kind != CallType::OUT_BOUND_CALL;
        }
    }

    fn prompted(&mut self, reference: u32, words: &[u8]) {
        if let Some(call) = self.calls.iter_mut().find(|call| call.reference == reference) {
            call.whispers = words.starts_with(b"Intercom");
        }
    }

    fn is_held(&self, reference: u32) -> bool {
        self.call(reference).is_some_and(|call| call.state == State::HOLD)
    }

    fn softkeys(&mut self, select: &SelectSoftKeys) {
        let reference = select.call_reference.0;
        self.speaks_of(reference, "SelectSoftKeys");
        match self.calls.iter_mut().find(|call| call.reference == reference) {
            Some(call) => call.keys = Some(select.soft_key_set_index),
            None => self.keys = Some((reference, select.soft_key_set_index)),
        }
    }

    /// Whether the client has asked for another name: its calls are no longer its own.
    pub(super) fn is_leaving(&self) -> bool {
        self.asked != self.device
    }

    /// Whether the phone has a call, or had it on the session before and may have kept it.
    pub(super) fn has(&self, reference: u32) -> bool {
        self.call(reference).is_some() || self.heritage.calls.iter().any(|call| call.reference == reference)
    }

    fn speaks_of(&mut self, reference: u32, message: &'static str) {
        if reference != 0 && self.call(reference).is_none() {
            self.strays.push((reference, message));
        }
    }

    fn call_state(
        &mut self,
        message: &CallState,
        id: SessionId,
        references: &mut References,
        now: u64,
    ) -> Check {
        let (reference, line, state) =
            (message.call_reference.0, message.line_instance.0, message.call_state);
        if reference == 0 {
            return wrong(Invariant::Reference, format!("a call without a reference is {state}"));
        }
        let index = self.calls.iter().position(|call| call.reference == reference);
        let inherited = self.heritage.calls.iter().position(|call| call.reference == reference);
        let was_inherited = inherited.map(|index| self.heritage.calls.swap_remove(index)).is_some();
        let from = index.map(|index| self.calls[index].state);
        // An adapter for analogue phones plays busy tone when the far end hangs up.
        let is_busy_adapter = !self.profile.speaker && from == Some(State::CONNECTED) && state == State::BUSY;
        let excused = is_busy_adapter || self.is_superseded || (was_inherited && index.is_none());
        if !is_legal(from, state) && !excused {
            let text = match from {
                Some(from) => format!("call {reference:#x} goes from {from} to {state}"),
                None => format!("call {reference:#x}, which the phone does not have, is {state}"),
            };
            return wrong(Invariant::CallState, text);
        }
        if state == State::ON_HOOK {
            // Others are told so of calls that they made up.
            if index.is_some() || was_inherited {
                references.over(reference);
            }
            index.map(|index| self.calls.remove(index));
            self.ended.push(reference);
            return Ok(());
        }
        match index {
            Some(index) if self.calls[index].line != line => {
                wrong(Invariant::CallState, format!("call {reference:#x} moves to line {line}"))
            }
            Some(index) => {
                let call = &mut self.calls[index];
                (call.state, call.since) = (state, now);
                match state {
                    State::CALL_REMOTE_MULTILINE => call.is_remote = true,
                    State::OFF_HOOK => call.is_remote = false,
                    _ => {}
                }
                Ok(())
            }
            None => {
                references.begin(reference, id, was_inherited)?;
                let keys = self.keys.take_if(|(of, _)| *of == reference).map(|(_, set)| set);
                let others = self.calls.iter().chain(&self.heritage.calls).filter(|call| call.line == line);
                // Until its registration is complete there may be others that it was not told of yet.
                let is_known = !was_inherited && self.is_complete;
                let rank = is_known.then(|| 1 + others.count() as u32);
                let is_remote = state == State::CALL_REMOTE_MULTILINE;
                let (is_hunted, whispers, slot) = (false, false, None);
                self.calls.push(CallView {
                    reference,
                    line,
                    state,
                    since: now,
                    keys,
                    is_remote,
                    is_hunted,
                    whispers,
                    slot,
                    instance: 0,
                    rank,
                });
                self.line_is_there(line)
            }
        }
    }

    fn line_is_there(&self, line: u32) -> Check {
        if line == 0 || line > u32::from(self.profile.lines) {
            return wrong(Invariant::CallState, format!("a {} has no line {line}", self.profile.model));
        }
        Ok(())
    }

    fn call_info(&mut self, reference: u32, line: u32, instance: u32) -> Check {
        self.speaks_of(reference, "CallInfo");
        let others = self.calls.iter().filter(|call| call.reference != reference && call.line == line);
        if instance != 0 && others.clone().any(|call| call.instance == instance) {
            return wrong(Invariant::CallInstance, format!("two calls of line {line} are number {instance}"));
        }
        let Some(call) = self.calls.iter_mut().find(|call| call.reference == reference) else {
            return Ok(());
        };
        let is_first = call.instance == 0;
        call.instance = instance;
        if instance == 0 || (is_first && call.rank.is_some_and(|rank| instance > rank)) {
            let text = format!("call {:?} of line {line} gets number {instance}", call.rank);
            return wrong(Invariant::CallInstance, text);
        }
        Ok(())
    }
}

/// Whether a tone plays until it is stopped.
fn lasts(tone: DeviceTone) -> bool {
    matches!(
        tone,
        DeviceTone::INSIDE_DIAL_TONE
            | DeviceTone::OUTSIDE_DIAL_TONE
            | DeviceTone::LINE_BUSY_TONE
            | DeviceTone::ALERTING_TONE
            | DeviceTone::REORDER_TONE
            | DeviceTone::NO_SUCH_NUMBER_TONE
            | DeviceTone::RECALL_DIAL_TONE
    )
}
