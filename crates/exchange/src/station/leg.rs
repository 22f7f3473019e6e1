//! What a phone is told of its legs: one function per verb, in the order of the captures.
//!
//! CallManager 4.1 and CUCM 8 (header version 20) agree on these orders; where one of them sends a message
//! more, it goes to the phones of its generation only.

use skinny::codes::{
    DCallState, DeviceTone, LampMode, RecordingStatus, RingDuration, RingMode, SoftKeySet, SpeakerMode,
    ToneOutputDirection,
};
use skinny::message as m;
use skinny::types::{CallReference, ConferenceId, LineInstance};

use super::media::{MediaOrder, close_media, open_receive};
use super::screen::{self, Words, label};
use super::softkey::{Offers, RING_OUT_CALL_BACK};
use super::{Ended, Phone};
use crate::call::{Cause, DISK_FULL, LegState, Names};
use crate::feature::{Redirect, Refusal, Seen};
use crate::plan::{DigitPath, RingRule};

/// A leg as a phone shows it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown<'a> {
    /// Which line of the phone.
    pub(crate) instance: u32,
    /// The leg's name on the wire.
    pub(crate) reference: u32,
    /// Lowest free number on that line.
    pub(crate) call_instance: u32,
    /// Number of that line.
    pub(crate) own: &'a str,
    /// Whether messages wait for that line.
    pub(crate) messages: bool,
    /// Whether the phone's user made the call.
    pub(crate) outbound: bool,
    /// Who calls.
    pub(crate) calling: Names<'a>,
    /// Who is called.
    pub(crate) called: Names<'a>,
    /// What was dialled.
    pub(crate) dialed: &'a str,
    /// Who was called first and sent the call on.
    pub(crate) original: Option<&'a Redirect>,
    /// Who sent it on last.
    pub(crate) redirecting: Option<&'a Redirect>,
    /// Whether its user asks somebody while another call is held, and may join the two.
    pub(crate) consults: bool,
    /// Whether its user may be called back from where it rings, or from where nobody answered.
    pub(crate) calls_back: bool,
    /// The hunt group that the call came through.
    pub(crate) group: Option<Names<'a>>,
    /// Whether only the caller is heard.
    pub(crate) whispers: bool,
    /// The same for a conference of the three.
    pub(crate) confers: bool,
    /// Its user stepped into it as a guest.
    pub(crate) guest: bool,
    /// What else can be done with it, beside what can be done with any call in its state.
    pub(crate) offers: Offers,
}

impl Shown<'_> {
    /// The line, as the wire has it.
    pub(crate) fn line(&self) -> LineInstance {
        LineInstance(self.instance)
    }

    /// The reference, as the wire has it.
    pub(crate) fn reference(&self) -> CallReference {
        CallReference(self.reference)
    }
}

/// How a leg ended, for its phone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// Whether it was still ringing.
    pub(crate) rang: bool,
    /// Whether the phone rang once to remind its user of it.
    pub(crate) reminded: bool,
    /// Why.
    pub(crate) cause: Cause,
    /// What its line is busy with still, for the lamp.
    pub(crate) lamp_of: Option<Busy>,
}

/// What a line is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Busy {
    /// A held call.
    Held,
    /// A call that its user listens to.
    Talks,
    /// A call that rings.
    Rings,
}

/// The lamp of a line.
fn lamp_mode(busy: Option<Busy>) -> LampMode {
    match busy {
        None => LampMode::OFF,
        Some(Busy::Held) => LampMode::WINK,
        Some(Busy::Talks) => LampMode::ON,
        Some(Busy::Rings) => LampMode::BLINK,
    }
}

/// The user went off hook; to dial digit by digit (with dial tone), or with a number in hand.
pub(crate) fn off_hook(phone: &mut Phone<'_>, shown: &Shown<'_>, to_dial: bool) {
    screen::take_up(phone, shown);
    screen::call_state(phone, shown, DCallState::OFF_HOOK);
    let set = if to_dial { off_hook_keys(shown) } else { SoftKeySet::DIGITS_FOLLOWING };
    screen::softkeys(phone, shown, set);
    screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::ENTER_NUMBER));
    screen::call_plane(phone, shown);
    if to_dial {
        screen::tone(phone, shown, dial_tone(phone, shown));
    }
}

/// Dial tone; where there is no lamp, another one while messages wait (quirk 65).
fn dial_tone(phone: &Phone<'_>, shown: &Shown<'_>) -> DeviceTone {
    if shown.messages && phone.profile.is_analogue() {
        DeviceTone::MESSAGE_WAITING_INDICATOR_TONE
    } else {
        DeviceTone::INSIDE_DIAL_TONE
    }
}

/// Softkeys before the first digit.
fn off_hook_keys(shown: &Shown<'_>) -> SoftKeySet {
    if shown.consults || shown.confers { SoftKeySet::OFF_HOOK_WITH_FEATURES } else { SoftKeySet::OFF_HOOK }
}

/// Softkeys while the other side rings: who asks somebody may join the two before the answer (flows.md 10).
fn ring_out_keys(shown: &Shown<'_>) -> SoftKeySet {
    match shown.consults {
        true => SoftKeySet::CONNECTED_TRANSFERABLE,
        false => failed_keys(shown),
    }
}

/// Softkeys of a call that nobody takes: its user may be called back.
fn failed_keys(shown: &Shown<'_>) -> SoftKeySet {
    if shown.calls_back { RING_OUT_CALL_BACK } else { SoftKeySet::RING_OUT }
}

/// Softkeys of a conversation.
fn connected_keys(shown: &Shown<'_>) -> SoftKeySet {
    match () {
        // Nothing but its end is to be done with it.
        () if shown.whispers => SoftKeySet::RING_OUT,
        () if shown.consults => SoftKeySet::CONNECTED_TRANSFERABLE,
        () if shown.confers => SoftKeySet::CONNECTED_CONFERENCE,
        () => SoftKeySet::CONNECTED,
    }
}

/// The first digit came.
pub(crate) fn first_digit(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::stop_tone(phone, shown);
    screen::softkeys(phone, shown, SoftKeySet::DIGITS_FOLLOWING);
}

/// From here on the number can only be one of the outside.
pub(crate) fn outside_tone(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::tone(phone, shown, DeviceTone::OUTSIDE_DIAL_TONE);
}

/// The phone has all the calls that it may have: only an emergency number can be dialled.
pub(crate) fn emergency_only(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::prompt(phone, shown.instance, shown.reference, Words::Text("Emergency calls only"));
}

/// The last digit was taken back; perhaps none is left.
pub(crate) fn backspaced(phone: &mut Phone<'_>, shown: &Shown<'_>, none_left: bool) {
    phone.send(&m::BackSpaceRes { line_instance: shown.line(), call_reference: shown.reference() });
    if none_left {
        screen::softkeys(phone, shown, off_hook_keys(shown));
        screen::tone(phone, shown, DeviceTone::INSIDE_DIAL_TONE);
    }
}

/// The number is complete.
pub(crate) fn proceeding(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::dialed_number(phone, shown);
    screen::call_state(phone, shown, DCallState::PROCEED);
    screen::call_info(phone, shown, false);
}

/// The other side rings.
pub(crate) fn ringing_out(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::tone(phone, shown, DeviceTone::ALERTING_TONE);
    screen::call_state(phone, shown, DCallState::RING_OUT);
    screen::softkeys(phone, shown, ring_out_keys(shown));
    screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::RING_OUT));
    screen::call_info(phone, shown, false);
}

/// A call comes in. While its user is on another one, the phone only flashes.
pub(crate) fn ring_in(phone: &mut Phone<'_>, shown: &Shown<'_>, rule: RingRule) {
    let from = from(shown);
    screen::call_state(phone, shown, DCallState::RING_IN);
    screen::softkeys(phone, shown, SoftKeySet::RING_IN);
    screen::prompt(phone, shown.instance, shown.reference, from);
    screen::notify(phone, from);
    screen::call_info(phone, shown, false);
    screen::lamp(phone, shown.instance, LampMode::BLINK);
    ring(phone, shown, rule);
}

/// Who calls, in words.
fn from<'a>(shown: &Shown<'a>) -> Words<'a> {
    let calling = shown.calling;
    Words::LabelAnd(label::FROM, if calling.number.is_empty() { calling.name } else { calling.number })
}

/// Somebody else is at the other side of a conversation that goes on.
pub(crate) fn other_party(phone: &mut Phone<'_>, shown: &Shown<'_>, state: &LegState) {
    if *state == LegState::Connected {
        screen::softkeys(phone, shown, connected_keys(shown));
        screen::prompt(phone, shown.instance, shown.reference, connected_words(shown));
    }
    screen::call_info(phone, shown, true);
}

/// While it rings, somebody else has become the caller: a missed call must be listed as his.
pub(crate) fn other_caller(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::prompt(phone, shown.instance, shown.reference, from(shown));
    screen::notify(phone, from(shown));
    screen::call_info(phone, shown, false);
}

fn ring(phone: &mut Phone<'_>, shown: &Shown<'_>, rule: RingRule) {
    let (mode, duration) = match rule {
        RingRule::Ring => (RingMode::INSIDE_RING, RingDuration::NORMAL_RING),
        RingRule::Once => (RingMode::INSIDE_RING, RingDuration::SINGLE_RING),
        RingRule::Flash => (RingMode::FLASH_ONLY, RingDuration::SINGLE_RING),
        RingRule::Off => (RingMode::RING_OFF, RingDuration::NORMAL_RING),
    };
    screen::ringer(phone, shown.line(), shown.reference(), mode, duration);
}

/// Somebody came to the conference, or left it.
pub(crate) fn beep(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::tone(phone, shown, DeviceTone::ZIP);
}

/// The user, who is on this leg, hears that another call waits, unless a tone of this call plays.
pub(crate) fn call_waits(phone: &mut Phone<'_>, shown: &Shown<'_>, state: &LegState) {
    if *state == LegState::Connected {
        screen::tone(phone, shown, DeviceTone::CALL_WAITING_TONE);
    }
}

/// That call waits no longer.
pub(crate) fn tone_over(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::stop_tone(phone, shown);
}

/// The user answered. The state OffHook comes first: a 7911 has no audio otherwise (quirk 49).
pub(crate) fn answered(phone: &mut Phone<'_>, shown: &Shown<'_>, media: &MediaOrder) {
    screen::take_up(phone, shown);
    screen::call_state(phone, shown, DCallState::OFF_HOOK);
    screen::call_plane(phone, shown);
    screen::ringer(phone, shown.line(), shown.reference(), RingMode::RING_OFF, RingDuration::NORMAL_RING);
    screen::stop_tone(phone, shown);
    open_receive(phone, shown, media);
    if phone.profile.is_modern() {
        screen::stop_tone(phone, shown);
    }
    connected(phone, shown);
}

/// The other side answered.
pub(crate) fn was_answered(phone: &mut Phone<'_>, shown: &Shown<'_>, media: &MediaOrder) {
    screen::stop_tone(phone, shown);
    open_receive(phone, shown, media);
    connected(phone, shown);
    if phone.profile.is_modern() {
        screen::stop_tone(phone, shown);
    }
}

fn connected(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::call_state(phone, shown, DCallState::CONNECTED);
    screen::softkeys(phone, shown, connected_keys(shown));
    screen::prompt(phone, shown.instance, shown.reference, connected_words(shown));
    screen::call_info(phone, shown, true);
}

/// Both are heard from now on.
pub(crate) fn heard_both_ways(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::softkeys(phone, shown, connected_keys(shown));
    screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::CONNECTED));
}

/// The user will be called back from a number.
pub(crate) fn will_call_back(phone: &mut Phone<'_>, number: &str) {
    screen::notify(phone, Words::LabelAnd(label::CALL_BACK, number));
}

/// What a user is connected with. Who is spoken to by intercom lifts the handset, or presses the line's button, to be
/// heard.
fn connected_words(shown: &Shown<'_>) -> Words<'static> {
    match (shown.whispers, shown.outbound) {
        (true, true) => Words::Text("Intercom: you are heard"),
        (true, false) => Words::Text("Intercom: lift to talk"),
        (false, _) if shown.offers.has(Offers::RECORDED) => Words::Text("Recording"),
        (false, _) if shown.guest => Words::Label(label::BARGE),
        (false, _) if shown.offers.has(Offers::CONFERENCE) => Words::Label(label::CONFERENCE),
        (false, _) => Words::Label(label::CONNECTED),
    }
}

/// The call is recorded from now on: its user sees that as long as it is.
pub(crate) fn recording(phone: &mut Phone<'_>, shown: &Shown<'_>, state: &LegState) {
    recording_is(phone, shown, state, RecordingStatus::ON);
}

/// The call is recorded no longer.
pub(crate) fn recording_over(phone: &mut Phone<'_>, shown: &Shown<'_>, state: &LegState) {
    recording_is(phone, shown, state, RecordingStatus::OFF);
}

fn recording_is(phone: &mut Phone<'_>, shown: &Shown<'_>, state: &LegState, status: RecordingStatus) {
    phone.send(&m::RecordingStatus { call_reference: shown.reference(), recording_status: status });
    if *state == LegState::Connected {
        screen::prompt(phone, shown.instance, shown.reference, connected_words(shown));
    }
}

/// Those in the call hear that it is recorded: the phone says it to the far end, and to its user where he is to hear it.
pub(crate) fn tells_of_recording(phone: &mut Phone<'_>, shown: &Shown<'_>, to_user: bool) {
    phone.send(&m::StartTone {
        tone: DeviceTone::RECORDER_WARNING_TONE,
        tone_output_direction: if to_user { ToneOutputDirection::ALL } else { ToneOutputDirection::NETWORK },
        line_instance: shown.line(),
        call_reference: shown.reference(),
    });
}

/// The call is not recorded, though it should be.
pub(crate) fn recording_failed(phone: &mut Phone<'_>, shown: &Shown<'_>, why: &str) {
    let words = if why == DISK_FULL { "Recording cut: disk full" } else { "Recording failed" };
    said_aloud(phone, shown, Words::Text(words));
}

/// The user parked a call, and must know where.
pub(crate) fn parked_at(phone: &mut Phone<'_>, slot: &str) {
    screen::notify(phone, Words::LabelAnd(label::CALL_PARK_AT, slot));
}

/// The call can't be parked: it stays as it is.
pub(crate) fn no_park_number(phone: &mut Phone<'_>, _: &Shown<'_>, _: &LegState) {
    screen::notify(phone, Words::Label(label::NO_PARK_NUMBER));
}

/// The conference can't be: everything stays as it is.
pub(crate) fn conference_refused(phone: &mut Phone<'_>, shown: &Shown<'_>, refusal: Refusal) {
    let words = match refusal {
        Refusal::NoBridge => label::NO_CONFERENCE_BRIDGE,
        Refusal::Full => label::EXCEED_MAXIMUM_PARTIES,
        Refusal::AlreadyIn => label::IN_CONFERENCE_ALREADY,
        Refusal::Unfit => label::INVALID_CONFERENCE_PARTICIPANT,
        Refusal::Alone | Refusal::GuestThere => label::CAN_NOT_COMPLETE_CONFERENCE,
    };
    said_aloud(phone, shown, Words::Label(words));
}

/// The key does nothing now.
pub(crate) fn key_not_active(phone: &mut Phone<'_>, shown: &Shown<'_>, _: &LegState) {
    said_aloud(phone, shown, Words::Label(label::KEY_IS_NOT_ACTIVE));
}

/// A notification; on phones without them the prompt of the call.
pub(crate) fn said_aloud(phone: &mut Phone<'_>, shown: &Shown<'_>, words: Words<'_>) {
    if phone.knows::<m::DisplayPriNotify<'_>>() {
        screen::notify(phone, words);
    } else {
        screen::prompt(phone, shown.instance, shown.reference, words);
    }
}

/// The user selected a call, or no longer.
pub(crate) fn selected(phone: &mut Phone<'_>, shown: &Shown<'_>, selected: bool) {
    phone.send(&m::CallSelectStatRes {
        call_select_stat: u32::from(selected),
        call_reference: shown.reference(),
        line_instance: shown.line(),
    });
}

/// The transfer can't be: everything stays as it is.
pub(crate) fn transfer_failed(phone: &mut Phone<'_>, _: &Shown<'_>, _: &LegState) {
    screen::notify(phone, Words::Label(label::CAN_NOT_COMPLETE_TRANSFER));
}

/// Somebody else is at the other side now. Whoever holds learns only who it is.
pub(crate) fn joined(phone: &mut Phone<'_>, shown: &Shown<'_>, state: &LegState, media: Option<&MediaOrder>) {
    if *state == LegState::Held {
        return screen::call_info(phone, shown, true);
    }
    screen::stop_tone(phone, shown);
    if let Some(media) = media {
        open_receive(phone, shown, media);
    }
    connected(phone, shown);
}

/// The audio flows both ways: caller id once more, as in nDPI frames 48 and 49.
pub(crate) fn audio_complete(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::call_info(phone, shown, true);
}

/// The user put the other side on hold.
pub(crate) fn held(phone: &mut Phone<'_>, shown: &Shown<'_>, speaker_off: bool) {
    screen::lamp(phone, shown.instance, LampMode::WINK);
    screen::call_state(phone, shown, DCallState::HOLD);
    screen::softkeys(phone, shown, SoftKeySet::ON_HOLD);
    screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::HOLD));
    screen::call_info(phone, shown, true);
    if speaker_off {
        screen::speaker(phone, SpeakerMode::OFF);
    }
}

/// The user is reminded of a call that he holds.
pub(crate) fn hold_reminder(phone: &mut Phone<'_>, shown: &Shown<'_>, talks: bool) {
    let other = if shown.outbound { shown.called } else { shown.calling };
    screen::notify(phone, Words::LabelAnd(label::HOLD, other.number));
    if !talks {
        let (line, reference) = (shown.line(), shown.reference());
        screen::ringer(phone, line, reference, RingMode::INSIDE_RING, RingDuration::SINGLE_RING);
    }
}

/// The user is asked for a number to forward his line to.
pub(crate) fn wants_forward(phone: &mut Phone<'_>, shown: &Shown<'_>, _: &LegState) {
    screen::softkeys(phone, shown, SoftKeySet::OFF_HOOK_WITH_FEATURES);
    let words = Words::LabelAnd(label::FORWARDED_TO, "…");
    screen::prompt(phone, shown.instance, shown.reference, words);
}

/// The user is asked for a number that a feature needs.
pub(crate) fn wants_number(phone: &mut Phone<'_>, shown: &Shown<'_>, _: &LegState) {
    screen::softkeys(phone, shown, SoftKeySet::OFF_HOOK_WITH_FEATURES);
    screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::PICKUP));
}

/// The user is asked for the number of a conference to open.
pub(crate) fn wants_meet_me(phone: &mut Phone<'_>, shown: &Shown<'_>, _: &LegState) {
    screen::softkeys(phone, shown, SoftKeySet::OFF_HOOK_WITH_FEATURES);
    screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::MEET_ME));
}

/// The user is asked for the PIN of a conference.
pub(crate) fn wants_pin(phone: &mut Phone<'_>, shown: &Shown<'_>, again: bool) {
    screen::softkeys(phone, shown, SoftKeySet::DIGITS_FOLLOWING);
    let words = if again { Words::Text("Wrong PIN: once more") } else { Words::Text("Enter PIN") };
    screen::prompt(phone, shown.instance, shown.reference, words);
    screen::tone(phone, shown, DeviceTone::ZIP);
}

/// The user steps into a call of another phone. The state OffHook comes before Connected (quirk 49).
pub(crate) fn steps_in(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::take_up(phone, shown);
    screen::call_state(phone, shown, DCallState::OFF_HOOK);
    screen::call_plane(phone, shown);
}

/// The user can't step in.
pub(crate) fn barge_refused(phone: &mut Phone<'_>, refusal: Refusal) {
    let words = match refusal {
        Refusal::NoBridge => label::NO_CONFERENCE_BRIDGE,
        Refusal::Full => label::EXCEED_MAXIMUM_PARTIES,
        Refusal::AlreadyIn => label::IN_CONFERENCE_ALREADY,
        Refusal::GuestThere => label::ANOTHER_BARGE_EXISTS,
        Refusal::Unfit | Refusal::Alone => label::FAILED_TO_SETUP_BARGE,
    };
    screen::notify(phone, Words::Label(words));
}

/// The user's calls are hidden from now on, or no longer.
pub(crate) fn privacy(phone: &mut Phone<'_>, is_on: bool) {
    screen::notify(phone, Words::Text(if is_on { "Privacy is on" } else { "Privacy is off" }));
}

/// The user took a call that rang elsewhere: his phone lists it as received, so it must know whose it is before
/// it is connected.
pub(crate) fn picked_up(phone: &mut Phone<'_>, shown: &Shown<'_>, _: &LegState) {
    screen::call_info(phone, shown, false);
}

/// The forward holds.
pub(crate) fn forward_set(phone: &mut Phone<'_>, to: &str) {
    screen::notify(phone, Words::LabelAnd(label::FORWARDED_TO, to));
}

/// A star code did what it does.
pub(crate) fn code_done(phone: &mut Phone<'_>, shown: &Shown<'_>, _: &LegState) {
    screen::tone(phone, shown, DeviceTone::CONFIRMATION_TONE);
}

/// Another phone of the line has a call. A phone that does not know it sees it in use before it is held.
pub(crate) fn remote(phone: &mut Phone<'_>, shown: &Shown<'_>, seen: Seen, is_new: bool) {
    if is_new || seen == Seen::InUse {
        screen::call_state(phone, shown, DCallState::CALL_REMOTE_MULTILINE);
    }
    match seen {
        Seen::InUse => {
            screen::softkeys(phone, shown, SoftKeySet::IN_USE_HINT);
            screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::IN_USE_REMOTE));
        }
        Seen::Held => {
            // Newer models have a state of their own for what others hold (chan-sccp).
            let modern = phone.profile.is_modern();
            let state = if modern { DCallState::REMOTE_HOLD } else { DCallState::HOLD };
            screen::call_state(phone, shown, state);
            screen::softkeys(phone, shown, SoftKeySet::ON_HOLD);
            screen::prompt(phone, shown.instance, shown.reference, Words::Label(label::HOLD));
        }
    }
    screen::call_info(phone, shown, true);
}

/// The user takes over what another phone of the line held. The state OffHook comes before Connected (quirk 49).
pub(crate) fn taken_over(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    screen::call_state(phone, shown, DCallState::OFF_HOOK);
}

/// The user took the other side back. While that one holds, too, there is no stream to open.
pub(crate) fn resumed(phone: &mut Phone<'_>, shown: &Shown<'_>, media: Option<&MediaOrder>) {
    screen::silence(phone);
    screen::speaker(phone, SpeakerMode::ON);
    if let Some(media) = media {
        open_receive(phone, shown, media);
    }
    screen::call_state(phone, shown, DCallState::CONNECTED);
    screen::lamp(phone, shown.instance, LampMode::ON);
    screen::softkeys(phone, shown, connected_keys(shown));
    screen::call_plane(phone, shown);
    screen::prompt(phone, shown.instance, shown.reference, connected_words(shown));
    screen::call_info(phone, shown, true);
}

/// A key of the other side.
pub(crate) fn digit(phone: &mut Phone<'_>, shown: &Shown<'_>, digit: char) {
    let Some(tone) = dtmf_tone(digit) else { return };
    if phone.digits() == DigitPath::Notify && phone.knows::<m::SendDtmfTone>() {
        return phone.send(&m::SendDtmfTone {
            tone,
            conference_id: ConferenceId(shown.reference),
            ..Default::default()
        });
    }
    screen::tone(phone, shown, tone);
}

/// The key of a tone.
pub(crate) fn dtmf_digit(tone: DeviceTone) -> Option<char> {
    "1234567890*#ABCD".chars().find(|digit| dtmf_tone(*digit) == Some(tone))
}

/// Tone of a key: unlike the keys, 0 is ten, and star and pound follow (quirk 29).
fn dtmf_tone(digit: char) -> Option<DeviceTone> {
    Some(match digit {
        '1'..='9' => DeviceTone(u32::from(digit) - u32::from('0')),
        '0' => DeviceTone::DTMF0,
        '*' => DeviceTone::DTMF_STAR,
        '#' => DeviceTone::DTMF_POUND,
        'A'..='D' => DeviceTone(DeviceTone::DTMF_A.0 + u32::from(digit) - u32::from('A')),
        _ => return None,
    })
}

/// Tone and state of a call that failed.
fn failure(cause: Cause) -> (DeviceTone, DCallState) {
    match cause {
        // Normal is told only to an analogue adapter: its user hears that the other side hung up.
        Cause::BUSY | Cause::NORMAL => (DeviceTone::LINE_BUSY_TONE, DCallState::BUSY),
        Cause::UNALLOCATED | Cause::INCOMPLETE => (DeviceTone::REORDER_TONE, DCallState::INVALID_NUMBER),
        _ => (DeviceTone::REORDER_TONE, DCallState::CONGESTION),
    }
}

/// The call failed; the user hears and sees why until he hangs up.
pub(crate) fn failed(phone: &mut Phone<'_>, shown: &Shown<'_>, cause: Cause) {
    let (tone, state) = failure(cause);
    // Behind an announcement the call is over, and its caller id was told before.
    if cause == Cause::UNALLOCATED && shown.outbound {
        screen::call_info(phone, shown, false);
    }
    screen::tone(phone, shown, tone);
    screen::call_state(phone, shown, state);
    screen::softkeys(phone, shown, failed_keys(shown));
    screen::prompt(phone, shown.instance, shown.reference, why(cause));
}

/// The call failed; the user is told why, and sees it. The tone follows.
pub(crate) fn announced(phone: &mut Phone<'_>, shown: &Shown<'_>, cause: Cause) {
    screen::stop_tone(phone, shown);
    screen::call_state(phone, shown, failure(cause).1);
    if cause == Cause::UNALLOCATED {
        screen::call_info(phone, shown, false);
    }
    screen::softkeys(phone, shown, failed_keys(shown));
    screen::prompt(phone, shown.instance, shown.reference, why(cause));
}

/// A call could not even begin.
pub(crate) fn refused(phone: &mut Phone<'_>, cause: Cause) {
    screen::notify(phone, why(cause));
}

/// Why a call failed, in words: a label of the phone where there is one.
fn why(cause: Cause) -> Words<'static> {
    match cause {
        Cause::BUSY | Cause::NORMAL => Words::Label(label::BUSY),
        Cause::UNALLOCATED | Cause::INCOMPLETE => Words::Label(label::UNKNOWN_NUMBER),
        Cause::NO_ANSWER => Words::Text("No answer"),
        Cause::REJECTED => Words::Text("Call rejected"),
        Cause::OUT_OF_ORDER => Words::Text("Phone not registered"),
        Cause::NO_CODEC => Words::Text("No common codec"),
        Cause::MEDIA_TIMEOUT => Words::Text("No audio: phone did not answer"),
        Cause::NO_PATH_FOR_MEDIA => Words::Text("No audio: phones not reachable"),
        Cause::NO_CIRCUIT => Words::Label(label::ERROR_PASS_LIMIT),
        Cause::NOTHING_PARKED => Words::Label(label::PARK_SLOT_UNAVAILABLE),
        Cause::NOTHING_TO_PICK_UP => Words::Label(label::NO_CALL_FOR_PICKUP),
        Cause::CLOSED => Words::Text("Closed: night service"),
        Cause::NOT_OPEN => Words::Text("Conference is not open"),
        Cause::NO_BRIDGE => Words::Label(label::NO_CONFERENCE_BRIDGE),
        Cause::STOPPING => Words::Text("Server is stopping"),
        _ => Words::Label(label::TEMP_FAIL),
    }
}

/// The leg is over; its stream was closed before. The order is chan-sccp's (flows.md 16), for CUCM's end of
/// a call is in no capture.
pub(crate) fn released(phone: &mut Phone<'_>, shown: &Shown<'_>, ending: &Ending) {
    if ending.rang || ending.reminded {
        screen::ringer(phone, shown.line(), shown.reference(), RingMode::RING_OFF, RingDuration::NORMAL_RING);
        screen::clear_notify(phone);
    }
    if !ending.rang {
        screen::stop_tone(phone, shown);
    }
    screen::lamp(phone, shown.instance, lamp_mode(ending.lamp_of));
    screen::clear_prompt(phone, shown);
    if ending.rang && ending.cause == Cause::ANSWERED_ELSEWHERE {
        not_missed(phone, shown);
    }
    screen::call_state(phone, shown, DCallState::ON_HOOK);
    if is_worth_a_notice(ending.cause) {
        screen::notify(phone, why(ending.cause));
    }
}

/// A call ended, or only its stream, of which the phone may not know. What it rings, lights and plays for it is
/// settled once for all of them, by [`settled`].
pub(crate) fn ended(phone: &mut Phone<'_>, ended: Ended) {
    let shown = Shown { instance: ended.instance, reference: ended.reference, ..Shown::default() };
    if let Some(party) = ended.party {
        close_media(phone, &shown, party);
    }
    if ended.is_over {
        screen::stop_tone(phone, &shown);
        screen::clear_prompt(phone, &shown);
        screen::call_state(phone, &shown, DCallState::ON_HOOK);
    }
}

/// What a phone may still do for calls that are over stops.
pub(crate) fn settled(phone: &mut Phone<'_>, talks: bool, rings: bool) {
    if !rings {
        screen::silence(phone);
    }
    if !talks {
        screen::speaker(phone, SpeakerMode::OFF);
    }
}

/// The lamp of a line.
pub(crate) fn line_lamp(phone: &mut Phone<'_>, instance: u32, busy: Option<Busy>) {
    screen::lamp(phone, instance, lamp_mode(busy));
}

/// Keeps a call that another phone answered out of the list of missed calls (chan-sccp).
fn not_missed(phone: &mut Phone<'_>, shown: &Shown<'_>) {
    if phone.profile.is_modern() {
        phone.send(&m::CallHistoryInfo {
            call_history_disposition: skinny::codes::CallHistoryDisposition::IGNORE,
            line_instance: shown.line(),
            call_reference: shown.reference(),
        });
    } else {
        screen::call_state(phone, shown, DCallState::CALL_REMOTE_MULTILINE);
    }
}

/// Whether the user should be told why a call went away.
fn is_worth_a_notice(cause: Cause) -> bool {
    matches!(cause, Cause::NO_CODEC | Cause::MEDIA_TIMEOUT | Cause::NO_PATH_FOR_MEDIA)
}

/// The leg is still there after another one ended, or after the phone registered anew: its softkeys and
/// prompt, and its ringing.
pub(crate) fn back_in_front(
    phone: &mut Phone<'_>,
    shown: &Shown<'_>,
    state: &LegState,
    ring_again: Option<RingRule>,
) {
    let (set, words) = match state {
        LegState::Dialing(dialing) if dialing.digits.is_empty() => {
            (off_hook_keys(shown), Words::Label(label::ENTER_NUMBER))
        }
        LegState::Dialing(_) | LegState::Proceeding => {
            (SoftKeySet::DIGITS_FOLLOWING, Words::Label(label::ENTER_NUMBER))
        }
        LegState::RingingOut => (ring_out_keys(shown), Words::Label(label::RING_OUT)),
        LegState::RingingIn => (SoftKeySet::RING_IN, Words::LabelAnd(label::FROM, shown.calling.number)),
        LegState::Connected => (connected_keys(shown), connected_words(shown)),
        LegState::Held => (SoftKeySet::ON_HOLD, Words::Label(label::HOLD)),
        LegState::Failed(cause) => (failed_keys(shown), why(*cause)),
    };
    screen::softkeys(phone, shown, set);
    screen::prompt(phone, shown.instance, shown.reference, words);
    if let Some(rule) = ring_again.filter(|_| *state == LegState::RingingIn) {
        ring(phone, shown, rule);
    }
}

/// The phone registered anew and has this leg still: everything about it.
pub(crate) fn shown_again(phone: &mut Phone<'_>, shown: &Shown<'_>, state: &LegState, rule: RingRule) {
    let (call_state, lamp) = match state {
        LegState::Dialing(_) => (DCallState::OFF_HOOK, LampMode::ON),
        LegState::Proceeding => (DCallState::PROCEED, LampMode::ON),
        LegState::RingingOut => (DCallState::RING_OUT, LampMode::ON),
        LegState::RingingIn => (DCallState::RING_IN, LampMode::BLINK),
        LegState::Connected => (DCallState::CONNECTED, LampMode::ON),
        LegState::Held => (DCallState::HOLD, LampMode::WINK),
        LegState::Failed(cause) => (failure(*cause).1, LampMode::ON),
    };
    if !matches!(state, LegState::Dialing(_) | LegState::RingingIn) {
        // A phone that lost the call, or never had it, must see it off hook before it is connected (quirk 49),
        // now or later.
        screen::call_state(phone, shown, DCallState::OFF_HOOK);
        screen::stop_tone(phone, shown);
    }
    screen::call_state(phone, shown, call_state);
    if !matches!(state, LegState::Dialing(_) | LegState::Failed(_)) {
        screen::call_info(phone, shown, *state == LegState::Connected);
    }
    screen::lamp(phone, shown.instance, lamp);
    match state {
        LegState::Dialing(dialing) if dialing.digits.is_empty() => {
            screen::tone(phone, shown, DeviceTone::INSIDE_DIAL_TONE);
        }
        LegState::RingingOut => screen::tone(phone, shown, DeviceTone::ALERTING_TONE),
        LegState::Failed(cause) if !shown.offers.has(Offers::ANNOUNCED) => {
            screen::tone(phone, shown, failure(*cause).0);
        }
        _ => {}
    }
    back_in_front(phone, shown, state, Some(rule));
}
