//! What a user does at a phone: hook, keys, buttons, softkeys. Here it is worked out which leg is meant;
//! what that does, `call/` decides.

use skinny::codes::{DeviceStimulus, KeypadKey, SoftKeyEvent};
use skinny::message::{self as m, Message};

use super::Dial;
use super::softkey::{ABBR_DIAL, CALL_BACK, CBARGE, DND, HLOG, IDIVERT, PRIVATE, RECORD};
use crate::Exchange;
use crate::call::{Cause, LegId, LegState};
use crate::feature::Seen;
use crate::plan::ButtonFeature;
use crate::table::StationId;

/// Line on which a call begins when the phone names none.
const FIRST_LINE: u32 = 1;
/// Button of features that have no kind of their own; others call it Privacy (enums.json).
const FEATURE: DeviceStimulus = DeviceStimulus(0x13);
/// The messages key of some phones; others say VOICE_MAIL (quirk 30).
const MESSAGES_KEY: DeviceStimulus = DeviceStimulus(0xc2);

impl Exchange {
    /// A user did something.
    pub(crate) fn key(&mut self, id: StationId, message: &Message<'_>) {
        self.catch_up(id);
        self.show_carried(id);
        match message {
            Message::KeypadButton(m) => self.keypad(id, m.kp_button, m.call_reference.0),
            Message::EnblocCall(m) => self.en_bloc(id, m),
            Message::Stimulus(m) => self.button(id, m.stimulus, m.line_instance.0),
            Message::OffHook(m) => self.off_hook(id, m.line_instance.0, m.call_reference.0),
            Message::OffHookWithCallingPartyNumber(m) => self.off_hook(id, m.line_instance.0, 0),
            Message::OnHook(m) => self.on_hook(id, m.line_instance.0, m.call_reference.0),
            Message::SoftKeyEvent(m) => self.softkey(id, m),
            _ => {}
        }
    }

    /// The leg that its user listens to.
    pub(crate) fn audio_leg(&self, id: StationId) -> Option<LegId> {
        self.state.stations.get(id)?.audio
    }

    /// The leg with a call reference, when it is one of this phone.
    pub(crate) fn leg_named(&self, id: StationId, reference: u32) -> Option<LegId> {
        let legs = &self.state.stations.get(id)?.legs;
        let named = |leg: &&LegId| {
            let leg = self.state.calls.legs.get(**leg);
            leg.and_then(|leg| leg.appearance()).is_some_and(|appearance| appearance.reference == reference)
        };
        legs.iter().find(named).copied()
    }

    /// Takes over the held call of another phone that a message names; whether it names one that others have.
    fn take_over(&mut self, id: StationId, reference: u32) -> bool {
        let Some(remote) = self.remote_named(id, reference) else { return false };
        let is_held = remote.shown == Seen::Held;
        if is_held {
            self.resume_remote(id, &remote);
        }
        is_held
    }

    /// The leg that a message means: the one it names, or without a name the one that has the audio. Old
    /// phones name none (quirk 28). A name that is none of its legs is that of a call which is over.
    fn leg_meant(&self, id: StationId, reference: u32) -> Option<LegId> {
        if reference == 0 { self.audio_leg(id) } else { self.leg_named(id, reference) }
    }

    /// The oldest leg in a state, on a line if one is given.
    pub(crate) fn leg_in(&self, id: StationId, state: &LegState, line: Option<u32>) -> Option<LegId> {
        let legs = &self.state.stations.get(id)?.legs;
        let fits = |leg: &&LegId| {
            self.state.calls.legs.get(**leg).is_some_and(|leg| {
                let on_line = leg.appearance().is_some_and(|at| line.is_none_or(|line| at.instance == line));
                leg.state == *state && on_line
            })
        };
        legs.iter().find(fits).copied()
    }

    fn is_in(&self, leg: LegId, state: &LegState) -> bool {
        self.state.calls.legs.get(leg).is_some_and(|leg| leg.state == *state)
    }

    /// The line that a message means; phones before version 15 may put a button there (quirk 28).
    fn line_meant(&self, id: StationId, line: u32) -> u32 {
        let known = self.state.stations.get(id).is_some_and(|station| station.config.line(line).is_some());
        if known { line } else { FIRST_LINE }
    }

    /// Handset up, or speaker or headset on. In a call that is a change of the audio path only
    /// (real-phones.md 14); otherwise it answers, or begins a call.
    fn off_hook(&mut self, id: StationId, line: u32, reference: u32) {
        if self.take_over(id, reference) {
            return;
        }
        let named = self.leg_named(id, reference);
        let ringing = || {
            let on_line = self.leg_in(id, &LegState::RingingIn, Some(line));
            on_line.or_else(|| self.leg_in(id, &LegState::RingingIn, None))
        };
        match named {
            Some(leg) if self.is_in(leg, &LegState::RingingIn) => self.answer(leg),
            Some(leg) if self.is_in(leg, &LegState::Held) => self.resume(leg),
            _ if self.audio_leg(id).is_some() => {
                self.audio_leg(id).into_iter().for_each(|leg| {
                    self.talks_back(leg);
                });
            }
            _ => match ringing() {
                Some(leg) => self.answer(leg),
                None => {
                    self.begin_call(id, self.line_meant(id, line), true);
                }
            },
        }
    }

    /// Handset down, or speaker or headset off. Without a name it ends the call that has the audio, never a
    /// held or ringing one; and when there is none, it answers our own SetSpeakerMode (real-phones.md 14).
    fn on_hook(&mut self, id: StationId, line: u32, reference: u32) {
        match self.leg_meant(id, reference) {
            Some(leg) if self.plan.site.features.transfer_on_hook && self.may_transfer(leg) => {
                self.transfer(leg);
            }
            Some(leg) => self.end_by_user(leg),
            None => self.ended_unknown(id, line, reference),
        }
    }

    fn end_by_user(&mut self, leg: LegId) {
        let cause = if self.is_in(leg, &LegState::RingingIn) { Cause::REJECTED } else { Cause::NORMAL };
        self.end_leg(leg, cause, crate::call::EndedBy::Leg);
    }

    fn keypad(&mut self, id: StationId, key: KeypadKey, reference: u32) {
        if let (Some(leg), Some(digit)) = (self.leg_meant(id, reference), digit_of(key)) {
            self.digit(leg, digit);
        }
    }

    /// A whole number at once; digits that were dialled before come first.
    fn en_bloc(&mut self, id: StationId, call: &m::EnblocCall<'_>) {
        let number: String = call.called_party.text().iter().filter_map(|byte| dialable(*byte)).collect();
        self.call_number(id, call.line_instance.line, &number);
    }

    /// Calls a number: on the leg that is being dialled, or on a new one. While a call is on its way, the key
    /// was a mistake.
    fn call_number(&mut self, id: StationId, line: u32, number: &str) {
        let audio = self.audio_leg(id);
        let on_its_way =
            |leg| self.is_in(leg, &LegState::Proceeding) || self.is_in(leg, &LegState::RingingOut);
        if number.is_empty() || audio.is_some_and(on_its_way) {
            return;
        }
        if let Some(leg) = audio.filter(|leg| self.is_dialing(*leg)) {
            self.dial_rest(leg, number);
            return;
        }
        let line = self.line_meant(id, line);
        self.begin_call_to(id, line, number);
    }

    /// A button beside the dial pad.
    fn button(&mut self, id: StationId, stimulus: DeviceStimulus, instance: u32) {
        match stimulus {
            DeviceStimulus::LINE => self.line_button(id, instance),
            DeviceStimulus::SPEED_DIAL | DeviceStimulus::BLF_SPEED_DIAL => self.speed_dial(id, instance),
            DeviceStimulus::H_LOG => self.hunt_log_key(id),
            DeviceStimulus::CALL_BACK => self.call_back_button(id),
            FEATURE => self.named_feature(id, instance),
            DeviceStimulus::LAST_NUMBER_REDIAL => self.redial(id, instance),
            DeviceStimulus::NEW_CALL => self.new_call(id, instance),
            DeviceStimulus::END_CALL => self.on_hook(id, 0, 0),
            DeviceStimulus::VOICE_MAIL | MESSAGES_KEY => {
                let number = self.plan.site.messages_number.clone();
                self.call_number(id, instance, &number);
            }
            DeviceStimulus::HOLD => self.hold_button(id),
            DeviceStimulus::FORWARD_ALL => self.forward_key(id, self.line_meant(id, 0)),
            DeviceStimulus::DO_NOT_DISTURB => self.quiet_key(id),
            DeviceStimulus::CALL_PICK_UP => self.pickup_key(id, self.line_meant(id, 0)),
            DeviceStimulus::GROUP_CALL_PICK_UP => self.directed_pickup_key(id, self.line_meant(id, 0)),
            DeviceStimulus::CALL_PARK => self.audio_leg(id).into_iter().for_each(|leg| self.park(leg)),
            DeviceStimulus::MEET_ME_CONFERENCE => self.meet_me_key(id, self.line_meant(id, 0)),
            DeviceStimulus::CONFERENCE => self.audio_leg(id).into_iter().for_each(|leg| self.confer(leg)),
            DeviceStimulus::CONF_LIST => {
                self.audio_leg(id).into_iter().for_each(|leg| self.conference_list(leg));
            }
            DeviceStimulus::REMOVE_LAST_PARTICIPANT => {
                self.audio_leg(id).into_iter().for_each(|leg| self.remove_last(leg));
            }
            DeviceStimulus::SELECT => self.audio_leg(id).into_iter().for_each(|leg| self.select(leg)),
            DeviceStimulus::TRANSFER => self.audio_leg(id).into_iter().for_each(|leg| self.transfer(leg)),
            DeviceStimulus::ANSWER_RELEASE => match self.leg_in(id, &LegState::RingingIn, None) {
                Some(leg) => self.answer(leg),
                None => self.on_hook(id, 0, 0),
            },
            _ => {}
        }
    }

    /// A line button answers what rings on the line, takes back what is held on it, and otherwise begins a
    /// call on it, unless the user is on that line already.
    fn line_button(&mut self, id: StationId, line: u32) {
        let line = self.line_meant(id, line);
        if let Some(leg) = self.leg_in(id, &LegState::RingingIn, Some(line)) {
            return self.answer(leg);
        }
        let on_line = |leg: LegId| {
            let leg = self.state.calls.legs.get(leg).and_then(|leg| leg.appearance());
            leg.is_some_and(|appearance| appearance.instance == line)
        };
        if let Some(leg) = self.audio_leg(id).filter(|leg| on_line(*leg)) {
            self.talks_back(leg);
            return;
        }
        let remote = self.remote_held(id, line);
        match (self.leg_in(id, &LegState::Held, Some(line)), remote) {
            (Some(leg), _) => self.resume(leg),
            (None, Some(remote)) => self.resume_remote(id, &remote),
            (None, None) => {
                self.begin_call(id, line, true);
            }
        }
    }

    fn speed_dial(&mut self, id: StationId, instance: u32) {
        let dial = self.state.stations.get(id).and_then(|station| station.config.speed_dial(instance));
        let Some((number, kind)) = dial.map(|dial| (dial.number.clone(), dial.kind)) else { return };
        match kind {
            Dial::Intercom { two_way } => self.intercom(id, &number, two_way),
            Dial::Lamp { pickup, line } if self.busy_lamp_pressed(id, line, &number, pickup) => {}
            Dial::Plain | Dial::Lamp { .. } => self.call_number(id, 0, &number),
        }
    }

    /// A button that the protocol has no kind for: which feature it is, the configuration says.
    fn named_feature(&mut self, id: StationId, instance: u32) {
        let button = self.state.stations.get(id).and_then(|station| station.config.feature(instance));
        match button.map(|button| button.feature.clone()) {
            Some(ButtonFeature::NightService(name)) => self.night_key(&name),
            Some(ButtonFeature::Privacy) => self.privacy_key(id),
            _ => {}
        }
    }

    fn redial(&mut self, id: StationId, line: u32) {
        let number = self.state.stations.get(id).map(|station| station.last_dialed.clone());
        self.call_number(id, line, &number.unwrap_or_default());
    }

    /// The index of an abbreviated number was dialled, or is about to be.
    fn abbreviated_dial(&mut self, id: StationId, line: u32, meant: Option<LegId>) {
        let leg = match meant.or_else(|| self.audio_leg(id)) {
            Some(leg) if self.is_dialing(leg) => Some(leg),
            _ => self.begin_call(id, self.line_meant(id, line), true),
        };
        leg.into_iter().for_each(|leg| self.abbreviate(leg));
    }

    /// A new call, unless its user is about to dial one already.
    fn new_call(&mut self, id: StationId, line: u32) {
        if !self.audio_leg(id).is_some_and(|leg| self.is_dialing(leg)) {
            self.begin_call(id, self.line_meant(id, line), true);
        }
    }

    /// The hold button of phones without softkeys: holds, and pressed again takes back.
    fn hold_button(&mut self, id: StationId) {
        if let Some(leg) = self.audio_leg(id) {
            self.hold(leg);
        } else if let Some(leg) = self.leg_in(id, &LegState::Held, None) {
            self.resume(leg);
        }
    }

    fn softkey(&mut self, id: StationId, key: &m::SoftKeyEvent) {
        let (line, reference) = (key.line_instance.0, key.call_reference.0);
        let meant = self.leg_meant(id, reference);
        match key.soft_key_event {
            SoftKeyEvent::REDIAL => self.redial(id, line),
            SoftKeyEvent::NEW_CALL => self.new_call(id, line),
            ABBR_DIAL => self.abbreviated_dial(id, line, meant),
            SoftKeyEvent::END_CALL => self.on_hook(id, line, reference),
            SoftKeyEvent::BACKSPACE => meant.into_iter().for_each(|leg| self.backspace(leg)),
            SoftKeyEvent::HOLD => meant.into_iter().for_each(|leg| self.hold(leg)),
            SoftKeyEvent::C_FWD_ALL => self.forward_key(id, self.line_meant(id, line)),
            SoftKeyEvent::PICK_UP => self.pickup_key(id, self.line_meant(id, line)),
            SoftKeyEvent::G_PICK_UP => self.directed_pickup_key(id, self.line_meant(id, line)),
            DND => self.quiet_key(id),
            HLOG => self.hunt_log_key(id),
            CALL_BACK => meant.into_iter().for_each(|leg| self.call_back(leg)),
            SoftKeyEvent::PARK => meant.into_iter().for_each(|leg| self.park(leg)),
            SoftKeyEvent::TRANSFER => meant.into_iter().for_each(|leg| self.transfer(leg)),
            SoftKeyEvent::MEET_ME => self.meet_me_key(id, self.line_meant(id, line)),
            key @ (SoftKeyEvent::BARGE | CBARGE) => {
                if let Some(remote) = self.remote_named(id, reference) {
                    self.barge(id, &remote, key == CBARGE);
                }
            }
            PRIVATE => self.privacy_key(id),
            RECORD => meant.into_iter().for_each(|leg| self.record_key(leg)),
            IDIVERT => {
                let ringing = || self.leg_in(id, &LegState::RingingIn, None);
                let named = self.leg_named(id, reference).or_else(ringing).or(meant);
                named.into_iter().for_each(|leg| self.divert(leg));
            }
            SoftKeyEvent::CONFRN => meant.into_iter().for_each(|leg| self.confer(leg)),
            SoftKeyEvent::JOIN => meant.into_iter().for_each(|leg| self.join_selected(leg)),
            SoftKeyEvent::SELECT => meant.into_iter().for_each(|leg| self.select(leg)),
            SoftKeyEvent::CONF_LIST => meant.into_iter().for_each(|leg| self.conference_list(leg)),
            SoftKeyEvent::RM_LST_C => meant.into_iter().for_each(|leg| self.remove_last(leg)),
            SoftKeyEvent::DIR_TRFR => meant.into_iter().for_each(|leg| self.direct_transfer(leg)),
            SoftKeyEvent::RESUME if self.take_over(id, reference) => {}
            SoftKeyEvent::RESUME => {
                let held = || self.leg_in(id, &LegState::Held, None);
                match self.leg_named(id, reference).or_else(held) {
                    Some(leg) => self.resume(leg),
                    None => self.ended_unknown(id, line, reference),
                }
            }
            SoftKeyEvent::ANSWER => {
                let ringing = || self.leg_in(id, &LegState::RingingIn, None);
                match self.leg_named(id, reference).or_else(ringing) {
                    Some(leg) => self.answer(leg),
                    None => self.ended_unknown(id, line, reference),
                }
            }
            _ => {}
        }
    }
}

/// The character of a key.
fn digit_of(key: KeypadKey) -> Option<char> {
    let digit = match key {
        KeypadKey::STAR => '*',
        KeypadKey::POUND => '#',
        KeypadKey::PLUS => '+',
        KeypadKey(value @ 0..=9) => char::from(b'0' + value as u8),
        KeypadKey(value @ 10..=13) => char::from(b'A' + (value - 10) as u8),
        _ => return None,
    };
    Some(digit)
}

/// What of a number can be dialled: a directory entry may hold blanks and dashes.
fn dialable(byte: u8) -> Option<char> {
    matches!(byte, b'0'..=b'9' | b'*' | b'#' | b'+' | b'A'..=b'D').then(|| char::from(byte))
}
