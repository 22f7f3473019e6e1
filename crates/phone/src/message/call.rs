//! Calls: their state, who takes part, tones, and how they are filed.

use skinny::codes::{
    CallHistoryDisposition, CallPrivacy, CallSecurityStatusType, CallType, DCallState, DeviceTone,
    ToneOutputDirection,
};
use skinny::message::{CallHistoryInfo, CallInfo, CallInfoV2, CallState, DialedNumber, Message};
use skinny::types::{CallReference, LineInstance};

use crate::call::{Call, Party};
use crate::history::{List, Logged};
use crate::output::{Audio, Change};
use crate::phone::{CALLS_MAX, Phone};
use crate::screen::{Offence, Registration};

/// Call numbers above this one kill phones after weeks of a running counter.
const CALL_INSTANCE_MAX: u32 = 200;

/// What both forms of CallInfo tell.
struct Info {
    line: LineInstance,
    reference: CallReference,
    kind: CallType,
    instance: u32,
    security: CallSecurityStatusType,
    calling: Party,
    called: Party,
    original: Party,
    redirecting: Party,
}

impl Phone {
    pub(super) fn call_message(&mut self, message: &Message<'_>) {
        match message {
            Message::CallState(state) => self.call_state(state),
            Message::CallInfo(info) => self.call_info(self.info_of(info)),
            Message::CallInfoV2(info) => self.call_info(self.info_of_v2(info)),
            Message::DialedNumber(dialed) => self.dialed(dialed),
            Message::StartTone(tone) => {
                self.start_tone(tone.tone, tone.tone_output_direction, tone.call_reference)
            }
            Message::StopTone(tone) => self.stop_tone(tone.call_reference),
            Message::CallHistoryInfo(info) => self.filed_by_server(info),
            _ => {}
        }
    }

    fn call_state(&mut self, message: &CallState) {
        if !self.link.has_call_states {
            // What was made up for a server without call states gives way to the real ones.
            self.link.has_call_states = true;
            self.calls.retain(|call| call.reference.0 != 0);
        }
        let (reference, state) = (message.call_reference, message.call_state);
        if matches!(state, DCallState::ON_HOOK | DCallState::IDLE) {
            return self.end_call(reference);
        }
        if reference.0 == 0 {
            return;
        }
        let Some(index) = self.call_index_or_new(reference, message.line_instance) else { return };
        let call = &mut self.calls[index];
        if state == DCallState::CONNECTED {
            let was_off_hook = call.was_off_hook;
            call.unlisted |= message.privacy == CallPrivacy::FULL;
            if !was_off_hook {
                self.offended(Offence::ConnectedOnHook(reference.0));
            }
        }
        self.enter_call_state(reference, state);
    }

    /// The place of a call, after making it where there is none.
    fn call_index_or_new(&mut self, reference: CallReference, line: LineInstance) -> Option<usize> {
        if let Some(index) = self.calls.iter().position(|call| call.reference == reference) {
            if line.0 != 0 {
                self.calls[index].line = line;
            }
            self.calls[index].is_carried = false;
            return Some(index);
        }
        if self.calls.len() >= CALLS_MAX {
            self.offended(Offence::TooManyCalls);
            return None;
        }
        let mut call = match self.embryo.take_if(|embryo| embryo.reference == reference) {
            Some(embryo) => *embryo,
            None => Call::new(reference, line, self.now),
        };
        call.line = line;
        if let Some((_, set, mask)) = self.face.stray_keys.take_if(|keys| keys.0 == reference) {
            call.keys = Some((set, mask));
        }
        self.calls.reserve_exact(1);
        self.calls.push(call);
        Some(self.calls.len() - 1)
    }

    pub(crate) fn enter_call_state(&mut self, reference: CallReference, state: DCallState) {
        let now = self.now;
        let Some(call) = self.calls.iter_mut().find(|call| call.reference == reference) else { return };
        call.state = state;
        call.rang |= call.is_ringing();
        call.was_off_hook |= state == DCallState::OFF_HOOK;
        call.unlisted |= state == DCallState::CALL_REMOTE_MULTILINE;
        if state == DCallState::CONNECTED {
            call.connected_at.get_or_insert(now);
        }
        self.changed(Change::Call(reference, state));
        self.move_cursor(reference, state);
        self.dialing_sees(reference, state);
    }

    /// Which call the cursor goes to when one changes: to a call that the user works on, and to one that rings
    /// unless a number is being dialled.
    fn move_cursor(&mut self, reference: CallReference, state: DCallState) {
        let dials = self.selected_call().is_some_and(|call| call.is_dialing());
        let goes = match state {
            DCallState::OFF_HOOK | DCallState::CONNECTED => true,
            DCallState::RING_IN | DCallState::CALL_WAITING => !dials,
            _ => self.selected.is_none(),
        };
        if goes {
            self.select(Some(reference));
        }
    }

    pub(crate) fn select(&mut self, reference: Option<CallReference>) {
        if self.selected != reference {
            self.selected = reference;
            self.changed(Change::Selected);
            self.changed(Change::SoftKeys);
        }
    }

    /// A call is gone: it is filed, and the cursor goes to what matters most.
    pub(crate) fn end_call(&mut self, reference: CallReference) {
        let Some(index) = self.calls.iter().position(|call| call.reference == reference) else { return };
        let call = self.calls.remove(index);
        if self.calls.is_empty() {
            self.calls = Vec::new();
        }
        self.file(&call);
        self.stop_tone_of(reference);
        self.changed(Change::Call(reference, DCallState::ON_HOOK));
        if self.dialing.is_some() && self.selected == Some(reference) {
            self.dialing = None;
        }
        if self.selected == Some(reference) {
            let next = self.calls.iter().max_by_key(|call| rank(call)).map(|call| call.reference);
            self.select(next);
        }
        if self.link.state == Registration::Preserving && self.calls.is_empty() {
            self.end_preserved();
        }
    }

    pub(crate) fn end_all_calls(&mut self) {
        self.selected = None;
        self.embryo = None;
        for call in std::mem::take(&mut self.calls) {
            self.changed(Change::Call(call.reference, DCallState::ON_HOOK));
            if call.connected_at.is_some() {
                self.file(&call);
            }
        }
    }

    /// Where the phone files a call that is over.
    fn file(&mut self, call: &Call) {
        let list = match call.kind {
            _ if call.unlisted => return,
            CallType::IN_BOUND_CALL | CallType::FORWARD_CALL if call.connected_at.is_some() => List::Received,
            CallType::IN_BOUND_CALL | CallType::FORWARD_CALL if call.rang => List::Missed,
            CallType::OUT_BOUND_CALL => List::Placed,
            _ if call.rang && call.connected_at.is_some() => List::Received,
            _ if call.rang => List::Missed,
            _ if !call.dialed.is_empty() => List::Placed,
            _ => return,
        };
        let mut party = if list == List::Placed { call.called.clone() } else { call.calling.clone() };
        if list == List::Placed && !call.dialed.is_empty() {
            party.number = call.dialed.clone();
        }
        let talked = call.connected_at.map_or(0, |at| self.now.saturating_sub(at).as_secs());
        let logged = Logged {
            list,
            party,
            line: call.line,
            unix_secs: self.unix_secs_at(call.since),
            talk_secs: u32::try_from(talked).unwrap_or(u32::MAX),
        };
        self.history.add(logged, self.config.history_max);
        self.changed(Change::History);
    }

    fn filed_by_server(&mut self, info: &CallHistoryInfo) {
        let Some(call) = self.calls.iter_mut().find(|call| call.reference == info.call_reference) else {
            return;
        };
        match info.call_history_disposition {
            CallHistoryDisposition::IGNORE => call.unlisted = true,
            CallHistoryDisposition::PLACED_CALLS => call.kind = CallType::OUT_BOUND_CALL,
            CallHistoryDisposition::RECEIVED_CALLS => {
                call.kind = CallType::IN_BOUND_CALL;
                call.connected_at.get_or_insert(self.now);
            }
            CallHistoryDisposition::MISSED_CALLS => call.kind = CallType::IN_BOUND_CALL,
            _ => {}
        }
    }

    fn call_info(&mut self, info: Info) {
        if info.instance > CALL_INSTANCE_MAX {
            self.offended(Offence::CallInstance(info.instance));
        }
        let reference = info.reference;
        let index = self.calls.iter().position(|call| call.reference == reference);
        let now = self.now;
        let call = match index {
            Some(index) => &mut self.calls[index],
            None => {
                let embryo =
                    self.embryo.get_or_insert_with(|| Box::new(Call::new(reference, info.line, now)));
                if embryo.reference != reference {
                    **embryo = Call::new(reference, info.line, now);
                }
                embryo
            }
        };
        call.kind = info.kind;
        call.instance = info.instance;
        call.security = info.security;
        call.calling = info.calling;
        call.called = info.called;
        call.original = info.original;
        call.redirecting = info.redirecting;
        self.changed(Change::CallInfo(reference));
    }

    fn party(&self, number: &[u8], name: &[u8]) -> Party {
        Party { number: self.text(number), name: self.text(name) }
    }

    fn info_of(&self, info: &CallInfo<'_>) -> Info {
        Info {
            line: info.line_instance,
            reference: info.call_reference,
            kind: info.call_type,
            instance: info.call_instance,
            security: info.call_security_status,
            calling: self.party(info.calling_party.text(), info.calling_party_name.text()),
            called: self.party(info.called_party.text(), info.called_party_name.text()),
            original: self.party(info.original_called_party.text(), info.original_called_party_name.text()),
            redirecting: self
                .party(info.last_redirecting_party.text(), info.last_redirecting_party_name.text()),
        }
    }

    fn info_of_v2(&self, info: &CallInfoV2<'_>) -> Info {
        let texts = info.strings.texts();
        Info {
            line: info.line_instance,
            reference: info.call_reference,
            kind: info.call_type,
            instance: info.call_instance,
            security: info.call_security_status,
            calling: self.party(texts.calling_party, texts.calling_party_name),
            called: self.party(texts.called_party, texts.called_party_name),
            original: self.party(texts.original_called_party, texts.original_called_party_name),
            redirecting: self.party(texts.last_redirecting_party, texts.last_redirecting_party_name),
        }
    }

    fn dialed(&mut self, message: &DialedNumber<'_>) {
        let number = self.text(message.dialed_number.text());
        let reference = message.call_reference;
        if let Some(call) = self.calls.iter_mut().find(|call| call.reference == reference) {
            call.dialed = number;
            self.changed(Change::CallInfo(reference));
        }
    }

    fn start_tone(&mut self, tone: DeviceTone, to: ToneOutputDirection, reference: CallReference) {
        if matches!(tone, DeviceTone::SILENCE | DeviceTone::NO_TONE) {
            return self.stop_tone(CallReference(0));
        }
        self.face.tone = Some((tone, reference));
        self.order(Audio::PlayTone(tone, to));
        self.changed(Change::Tone);
        self.legacy_tone(tone);
        self.dialing_hears(tone);
    }

    /// A tone belongs to a call; a stop without a reference stops any.
    fn stop_tone(&mut self, reference: CallReference) {
        let Some((_, of)) = self.face.tone else { return };
        if reference.0 == 0 || of.0 == 0 || of == reference {
            self.face.tone = None;
            self.order(Audio::StopTone);
            self.changed(Change::Tone);
        }
    }

    fn stop_tone_of(&mut self, reference: CallReference) {
        if self.face.tone.is_some_and(|(_, of)| of == reference) {
            self.stop_tone(reference);
        }
    }

    /// Unix seconds of a moment, by the clock that the server told; 0 without one.
    fn unix_secs_at(&self, at: std::time::Duration) -> u64 {
        self.face.clock.map_or(0, |clock| {
            let told = u64::from(clock.unix_secs);
            let since = at.as_secs().wrapping_sub(clock.told_at.as_secs());
            if told == 0 { 0 } else { told.wrapping_add(since) }
        })
    }
}

/// How much a call matters to the cursor.
fn rank(call: &Call) -> u8 {
    match call.state {
        DCallState::CONNECTED => 4,
        _ if call.is_ringing() => 3,
        _ if call.owns_audio() => 2,
        _ if call.is_held() => 1,
        _ => 0,
    }
}
