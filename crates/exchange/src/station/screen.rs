//! What the user of a phone sees and hears: prompts, caller id, softkeys, lamps, ringer, tones, each as
//! one message. In which order they belong together, `leg.rs` says.

use skinny::codes::{
    CallPrecedence, CallReason, CallSecurityStatusType, CallType, DCallState, DeviceStimulus, DeviceTone,
    LampMode, RingDuration, RingMode, SoftKeyMask, SoftKeySet, SpeakerMode, ToneOutputDirection,
};
use skinny::message as m;
use skinny::types::{CallReference, FixedText, LineInstance, NulText, Number};

use super::{Form, Phone, Shown, words};
use crate::call::Names;
use crate::feature::{Reason, Redirect};
use crate::input::ForwardWhen;

/// Label codes of the phone's own dictionary, known to every phone (0x80) and seen in captures where a
/// frame is given in `flows.md`.
pub(crate) mod label {
    /// "Hold".
    pub(crate) const HOLD: u8 = 0x03;
    /// "Your current options": the idle prompt.
    pub(crate) const YOUR_CURRENT_OPTIONS: u8 = 0x13;
    /// "Ring out".
    pub(crate) const RING_OUT: u8 = 0x16;
    /// "From".
    pub(crate) const FROM: u8 = 0x17;
    /// "Connected".
    pub(crate) const CONNECTED: u8 = 0x18;
    /// "Busy".
    pub(crate) const BUSY: u8 = 0x19;
    /// "Enter number".
    pub(crate) const ENTER_NUMBER: u8 = 0x20;
    /// "MeetMe".
    pub(crate) const MEET_ME: u8 = 0x10;
    /// "Barge".
    pub(crate) const BARGE: u8 = 0x43;
    /// "Another Barge Exists".
    pub(crate) const ANOTHER_BARGE_EXISTS: u8 = 0x45;
    /// "Failed To Setup Barge".
    pub(crate) const FAILED_TO_SETUP_BARGE: u8 = 0x44;
    /// "Can Not Complete Conference".
    pub(crate) const CAN_NOT_COMPLETE_CONFERENCE: u8 = 0x26;
    /// "No Conference Bridge".
    pub(crate) const NO_CONFERENCE_BRIDGE: u8 = 0x27;
    /// "Invalid Conference Participant".
    pub(crate) const INVALID_CONFERENCE_PARTICIPANT: u8 = 0x29;
    /// "In Conference Already".
    pub(crate) const IN_CONFERENCE_ALREADY: u8 = 0x2a;
    /// "Exceed Maximum Parties".
    pub(crate) const EXCEED_MAXIMUM_PARTIES: u8 = 0x2c;
    /// "Key Is Not Active".
    pub(crate) const KEY_IS_NOT_ACTIVE: u8 = 0x2d;
    /// "Conference".
    pub(crate) const CONFERENCE: u8 = 0x34;
    /// "Forwarded to".
    pub(crate) const FORWARDED_TO: u8 = 0x25;
    /// "PickUp".
    pub(crate) const PICKUP: u8 = 0x11;
    /// "No Call Available For Pickup".
    pub(crate) const NO_CALL_FOR_PICKUP: u8 = 0x5f;
    /// "Call park at".
    pub(crate) const CALL_PARK_AT: u8 = 0x21;
    /// "No Park Number Available".
    pub(crate) const NO_PARK_NUMBER: u8 = 0x47;
    /// "Park Slot Unavailable".
    pub(crate) const PARK_SLOT_UNAVAILABLE: u8 = 0x5e;
    /// "In Use Remote".
    pub(crate) const IN_USE_REMOTE: u8 = 0x1f;
    /// "DND".
    pub(crate) const DND: u8 = 0x3f;
    /// "Logged Out Of Hunt Group".
    pub(crate) const LOGGED_OUT_OF_HUNT_GROUP: u8 = 0x5d;
    /// "CallBack".
    pub(crate) const CALL_BACK: u8 = 0x41;
    /// "Temp fail".
    pub(crate) const TEMP_FAIL: u8 = 0x23;
    /// "Error Pass Limit".
    pub(crate) const ERROR_PASS_LIMIT: u8 = 0x31;
    /// "Can Not Complete Transfer".
    pub(crate) const CAN_NOT_COMPLETE_TRANSFER: u8 = 0x52;
    /// "Unknown Number".
    pub(crate) const UNKNOWN_NUMBER: u8 = 0x38;
}

/// Seconds that a notification about a call stays (capture: 10).
const NOTIFY_SECS: u32 = 10;
/// Its priority (capture: 5).
const NOTIFY_PRIORITY: u32 = 5;
/// Keys of a set: all.
const ALL_KEYS: SoftKeyMask = SoftKeyMask(u32::MAX);

/// What a prompt says.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Words<'a> {
    /// A label of the phone's dictionary, so in the language of its user.
    Label(u8),
    /// A label and text behind it.
    LabelAnd(u8, &'a str),
    /// Text, where no label says it.
    Text(&'a str),
}

/// Bytes of a prompt, put together without allocating.
struct Bytes {
    bytes: [u8; 100],
    len: usize,
}

impl Bytes {
    fn of(phone: &Phone<'_>, words: Words<'_>) -> Self {
        let mut bytes = Bytes { bytes: [0; 100], len: 0 };
        match words {
            Words::Label(number) => bytes.add(&[skinny::label::PREFIX_80, number]),
            Words::LabelAnd(number, text) => {
                bytes.add(&[skinny::label::PREFIX_80, number]);
                bytes.add(&phone.text(text));
            }
            Words::Text(text) => bytes.add(&phone.text(words::said(phone.locale, text))),
        }
        bytes
    }

    fn add(&mut self, more: &[u8]) {
        let more = skinny::text::cut(more, self.bytes.len() - self.len);
        self.bytes[self.len..self.len + more.len()].copy_from_slice(more);
        self.len += more.len();
    }

    fn get(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Prompt line of a call, or of the phone when line and call are 0; it stays until replaced.
pub(crate) fn prompt(phone: &mut Phone<'_>, line: u32, reference: u32, words: Words<'_>) {
    let bytes = Bytes::of(phone, words);
    let (line_instance, call_reference) = (LineInstance(line), CallReference(reference));
    if phone.profile.is_dynamic(Form::Prompt) {
        let prompt_status = NulText::new(bytes.get());
        phone.send(&m::DisplayPromptStatusV2 {
            time_out_value: 0,
            line_instance,
            call_reference,
            prompt_status,
        });
    } else {
        let prompt_status = FixedText::new(bytes.get());
        phone.send(&m::DisplayPromptStatus {
            time_out_value: 0,
            prompt_status,
            line_instance,
            call_reference,
        });
    }
}

/// A notification over the display, for some seconds.
pub(crate) fn notify(phone: &mut Phone<'_>, words: Words<'_>) {
    let bytes = Bytes::of(phone, words);
    let (time_out_value, priority) = (NOTIFY_SECS, NOTIFY_PRIORITY);
    if phone.profile.is_dynamic(Form::PriorityNotify) {
        let notify = NulText::new(bytes.get());
        phone.send(&m::DisplayPriNotifyV2 { time_out_value, priority, notify });
    } else {
        let notify = FixedText::new(bytes.get());
        phone.send(&m::DisplayPriNotify { time_out_value, priority, notify });
    }
}

/// Takes that notification away.
pub(crate) fn clear_notify(phone: &mut Phone<'_>) {
    phone.send(&m::ClearPriNotify { priority: NOTIFY_PRIORITY });
}

/// Clears the prompt line of a call.
pub(crate) fn clear_prompt(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    phone.send(&m::ClearPromptStatus { line_instance: shown.line(), call_reference: shown.reference() });
}

/// State of a call.
pub(crate) fn call_state(phone: &mut Phone<'_>, shown: &Shown<'_>, call_state: DCallState) {
    phone.send(&m::CallState {
        call_state,
        line_instance: shown.line(),
        call_reference: shown.reference(),
        precedence: m::Precedence { precedence_level: CallPrecedence::ROUTINE, precedence_domain: 0 },
        ..Default::default()
    });
}

/// Softkeys of a call.
pub(crate) fn softkeys(phone: &mut Phone<'_>, shown: &Shown<'_>, set: SoftKeySet) {
    phone.send(&m::SelectSoftKeys {
        line_instance: shown.line(),
        call_reference: shown.reference(),
        soft_key_set_index: set,
        valid_key_mask: phone.keys_of(set, shown.offers),
    });
}

/// The phone is idle: its softkeys and its prompt.
pub(crate) fn idle(phone: &mut Phone<'_>, words: Words<'_>) {
    phone.send(&m::SelectSoftKeys {
        soft_key_set_index: SoftKeySet::ON_HOOK,
        valid_key_mask: ALL_KEYS,
        ..Default::default()
    });
    prompt(phone, 0, 0, words);
}

/// Lamp of a line.
pub(crate) fn lamp(phone: &mut Phone<'_>, line: u32, lamp_mode: LampMode) {
    phone.send(&m::SetLamp { stimulus: DeviceStimulus::LINE, stimulus_instance: line, lamp_mode });
}

/// Lamp of a feature's button, on phones that have buttons for features and no softkeys.
pub(crate) fn feature_lamp(phone: &mut Phone<'_>, stimulus: DeviceStimulus, is_on: bool) {
    if !phone.profile.has_softkeys() {
        let lamp_mode = if is_on { LampMode::ON } else { LampMode::OFF };
        phone.send(&m::SetLamp { stimulus, stimulus_instance: 1, lamp_mode });
    }
}

/// Ringer of a call, or of the phone when line and call are 0.
pub(crate) fn ringer(
    phone: &mut Phone<'_>,
    line: LineInstance,
    reference: CallReference,
    ring_mode: RingMode,
    ring_duration: RingDuration,
) {
    phone.send(&m::SetRinger { ring_mode, ring_duration, line_instance: line, call_reference: reference });
}

/// The ringer of the whole phone falls silent.
pub(crate) fn silence(phone: &mut Phone<'_>) {
    ringer(phone, LineInstance(0), CallReference(0), RingMode::RING_OFF, RingDuration::NORMAL_RING);
}

/// Speaker.
pub(crate) fn speaker(phone: &mut Phone<'_>, speaker_mode: SpeakerMode) {
    phone.send(&m::SetSpeakerMode { speaker_mode });
}

/// The phone's user takes up audio: ringer off, speaker on (a phone whose handset is up ignores it), lamp
/// on. The same three begin every call and every answer (nDPI frames 2 to 4 and 23 to 25, CM 4.1 frames 80
/// to 82 and 141 to 143).
pub(crate) fn take_up(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    silence(phone);
    speaker(phone, SpeakerMode::ON);
    lamp(phone, shown.instance, LampMode::ON);
}

/// Brings the line of a call to the front.
pub(crate) fn call_plane(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    phone.send(&m::ActivateCallPlane { line_instance: shown.line() });
}

/// A tone for the user.
pub(crate) fn tone(phone: &mut Phone<'_>, shown: &Shown<'_>, tone: DeviceTone) {
    phone.send(&m::StartTone {
        tone,
        tone_output_direction: ToneOutputDirection::USER,
        line_instance: shown.line(),
        call_reference: shown.reference(),
    });
}

/// No tone any more.
pub(crate) fn stop_tone(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    phone.send(&m::StopTone {
        line_instance: shown.line(),
        call_reference: shown.reference(),
        tone: DeviceTone::SILENCE,
    });
}

/// The number that was dialled, for the phone's list of placed calls.
pub(crate) fn dialed_number(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    phone.send(&m::DialedNumber {
        dialed_number: Number::new(shown.dialed.as_bytes()),
        line_instance: shown.line(),
        call_reference: shown.reference(),
    });
}

/// Who calls whom. Values as in nDPI frames 9, 11 and 30: the redirecting parties are the called one, the
/// alternate calling party is the caller on the called side only, the security icon appears once the call
/// is connected.
pub(crate) fn call_info(phone: &mut Phone<'_>, shown: &Shown<'_>, connected: bool) {
    let (calling_name, called_name) = (phone.text(shown.calling.name), phone.text(shown.called.name));
    let (calling, called) = (phone.text(shown.calling.number), phone.text(shown.called.number));
    let (calling, called): (&[u8], &[u8]) = (&calling, &called);
    let (first, last) = (sent_on_by(shown.original, shown), sent_on_by(shown.redirecting, shown));
    let (first_number, first_name) = (phone.text(first.number), phone.text(first.name));
    let (last_number, last_name) = (phone.text(last.number), phone.text(last.name));
    let group = shown.group.unwrap_or_default();
    let (group_number, group_name) = (phone.text(group.number), phone.text(group.name));
    let (first_reason, last_reason) = (reason(shown.original), reason(shown.redirecting));
    let call_type = if shown.outbound { CallType::OUT_BOUND_CALL } else { CallType::IN_BOUND_CALL };
    let security =
        if connected { CallSecurityStatusType::NOT_AUTHENTICATED } else { CallSecurityStatusType::UNKNOWN };
    if phone.profile.is_dynamic(Form::CallInfo) {
        let texts = m::CallInfoTexts {
            calling_party: calling,
            alternate_calling_party: if shown.outbound { b"" } else { calling },
            called_party: called,
            original_called_party: &first_number,
            last_redirecting_party: &last_number,
            calling_party_name: &calling_name,
            called_party_name: &called_name,
            original_called_party_name: &first_name,
            last_redirecting_party_name: &last_name,
            hunt_pilot_number: &group_number,
            hunt_pilot_name: &group_name,
            ..Default::default()
        };
        phone.send(&m::CallInfoV2 {
            line_instance: shown.line(),
            call_reference: shown.reference(),
            call_type,
            original_cdpn_redirect_reason: first_reason,
            last_redirecting_reason: last_reason,
            call_instance: shown.call_instance,
            call_security_status: security,
            strings: m::CallInfoStrings::Texts(&texts),
            ..Default::default()
        });
    } else {
        phone.send(&m::CallInfo {
            calling_party_name: FixedText::new(&calling_name),
            calling_party: FixedText::new(calling),
            called_party_name: FixedText::new(&called_name),
            called_party: FixedText::new(called),
            line_instance: shown.line(),
            call_reference: shown.reference(),
            call_type,
            original_called_party_name: FixedText::new(&first_name),
            original_called_party: FixedText::new(&first_number),
            last_redirecting_party_name: FixedText::new(&last_name),
            last_redirecting_party: FixedText::new(&last_number),
            original_cdpn_redirect_reason: first_reason.0,
            last_redirecting_reason: last_reason.0,
            call_instance: shown.call_instance,
            call_security_status: security,
            ..Default::default()
        });
    }
}

/// Who sent a call on; nobody: the called one.
fn sent_on_by<'a>(redirect: Option<&'a Redirect>, shown: &Shown<'a>) -> Names<'a> {
    redirect.map_or(shown.called, |redirect| Names::from(&redirect.by))
}

/// Why a call was sent on.
fn reason(redirect: Option<&Redirect>) -> CallReason {
    match redirect.map(|redirect| redirect.reason) {
        None => CallReason::NONE,
        Some(Reason::Pickup) => CallReason::PICKUP,
        Some(Reason::Forward(ForwardWhen::Busy)) => CallReason::FORWARD_BUSY,
        Some(Reason::Forward(ForwardWhen::NoAnswer)) => CallReason::FORWARD_NO_ANSWER,
        Some(Reason::Forward(ForwardWhen::Always)) => CallReason::FORWARD_UNCONDITIONAL,
        Some(Reason::Forward(ForwardWhen::Unregistered)) => CallReason::FORWARD,
    }
}
