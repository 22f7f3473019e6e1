//! The call as phone and call manager speak of it: which leg a message means, and what it changes there.

use compact_str::CompactString;
use skinny::codes::{
    CallType, DCallState as S, DeviceStimulus, DeviceTone, RingMode, SoftKeyEvent, SpeakerMode,
};
use skinny::message::{
    CallInfo, CallInfoV2, CallState, KeypadButton, Message, SoftKeyEvent as SoftKey, StartTone, Stimulus,
};
use skinny::text::Charset;

use super::analyst::{Analyst, reference_of, text};
use super::calls::LegRef;
use super::model::{Call, Direction, Finding, FindingKind, Leg, Party, Role, Started, Step, StepKind};
use super::session::{Act, Context, Feature, Known};
use super::{DIGITS_KEPT, STEPS_KEPT};
use crate::Timestamp;

/// The leg that a message belongs to, and whether that is inferred.
pub(super) type Belongs = Option<(LegRef, bool)>;

impl Analyst {
    /// A message that may concern a call.
    #[inline]
    pub(super) fn signal(&mut self, cx: Context, message: &Message<'_>) -> Belongs {
        use Message as M;
        if self.desks[cx.session.index()].session.twin.is_some()
            && let Some(belongs) = self.by_twin(cx, message)
        {
            return belongs;
        }
        if let Some(reference) = reference_of(message) {
            if let M::SelectSoftKeys(keys) = message {
                self.keys_shown(cx, keys.soft_key_set_index.0, keys.valid_key_mask.0);
            }
            return self.touch(cx, reference);
        }
        match message {
            M::CallState(m) => self.call_state(cx, m),
            M::CallInfoV2(m) => self.call_info_v2(cx, m),
            M::CallInfo(m) => self.call_info(cx, m),
            M::DialedNumber(m) => {
                self.dialled(cx, m.call_reference.0, m.line_instance.0, m.dialed_number.text())
            }
            M::StartTone(m) => self.tone(cx, m),
            M::SetRinger(m) => self.ringer(cx, m.ring_mode, m.line_instance.0, m.call_reference.0),
            M::SetSpeakerMode(m) => self.speaker(cx, m.speaker_mode),
            M::OffHook(m) => self.off_hook(cx, m.line_instance.0, m.call_reference.0),
            M::OffHookWithCallingPartyNumber(m) => self.off_hook(cx, m.line_instance.0, 0),
            M::OnHook(m) => self.on_hook(cx, m.call_reference.0),
            M::KeypadButton(m) => self.keypad(cx, m),
            M::SoftKeyEvent(m) => self.soft_key(cx, m),
            M::Stimulus(m) => self.stimulus(cx, m),
            M::EnblocCall(m) => self.en_bloc(cx, m.called_party.text()),
            M::DisplayPriNotifyV2(m) => self.notified(cx, m.notify.text()),
            M::DisplayPriNotify(m) => self.notified(cx, m.notify.text()),
            M::DisplayNotify(m) => self.notified(cx, m.notify.text()),
            M::DisplayNotifyV2(m) => self.notified(cx, m.notify.text()),
            _ => match self.order(cx, message) {
                Some(belongs) => belongs,
                None => self.touch(cx, 0),
            },
        }
    }

    /// A message that changes nothing but belongs somewhere.
    #[inline]
    pub(super) fn touch(&mut self, cx: Context, reference: u32) -> Belongs {
        let session = &mut self.desks[cx.session.index()].session;
        let (known, inferred) = match reference {
            0 => match session.current(cx.at.time) {
                Some(known) => (known, true),
                None => {
                    session.count_act();
                    return None;
                }
            },
            _ => {
                let known = session.known(reference)?;
                known.last = cx.at.time;
                (*known, false)
            }
        };
        let leg = self.calls.leg(known.leg);
        self.count(leg, cx, inferred);
        Some((leg, inferred))
    }

    #[inline]
    pub(super) fn count(&mut self, leg: LegRef, cx: Context, inferred: bool) {
        let call = &mut self.calls.live(leg.call).call;
        call.messages += 1;
        call.inferred += u32::from(inferred);
        call.last = cx.at.time;
        if let Some(leg) = call.legs.get_mut(usize::from(leg.leg)) {
            leg.last = cx.at.time;
        }
    }

    /// Call and leg at hand.
    pub(super) fn at_hand(&mut self, leg: LegRef) -> (&mut Call, usize) {
        let live = self.calls.live(leg.call);
        if live.call.legs.is_empty() {
            live.call.legs.push(Leg::default());
        }
        let index = usize::from(leg.leg).min(live.call.legs.len() - 1);
        (&mut live.call, index)
    }

    /// The leg of a reference; it begins when it is not known.
    pub(super) fn leg_for(&mut self, cx: Context, reference: u32, line: u32, begins: bool) -> LegRef {
        let session = &mut self.desks[cx.session.index()].session;
        if let Some(known) = session.known(reference)
            && !(known.ended && (begins || reference == 0))
        {
            known.last = cx.at.time;
            let leg = known.leg;
            let leg = self.calls.leg(leg);
            self.count(leg, cx, reference == 0);
            return leg;
        }
        self.begin_leg(cx, reference, line, begins)
    }

    #[cold]
    fn begin_leg(&mut self, cx: Context, reference: u32, line: u32, begins: bool) -> LegRef {
        let session = &mut self.desks[cx.session.index()].session;
        let act = session.take_act(cx.at.time);
        let feature = session.rare.as_ref().and_then(|rare| rare.feature);
        let start = act.as_ref().map_or(cx.at, |act| act.at);
        let mut leg = Leg {
            session: cx.session,
            reference,
            line,
            start,
            last: cx.at.time,
            from_middle: !begins,
            ..Leg::default()
        };
        let mut call = Call { start, last: cx.at.time, from_middle: !begins, messages: 1, ..Call::default() };
        // Two legs nearly always: more room for each of thousands of calls is memory that nobody uses.
        call.legs.reserve_exact(2);
        call.inferred += u32::from(reference == 0);
        if let Some(act) = act {
            call.started = act.started;
            call.messages += act.messages;
            call.inferred += act.messages;
            leg.marks.off_hook = Some(act.at.time);
            let is_number = matches!(act.started, Started::EnBloc)
                || act.started == Started::SoftKey(SoftKeyEvent::REDIAL.0)
                || act.started == Started::Button(DeviceStimulus::SPEED_DIAL.0)
                || act.started == Started::Button(DeviceStimulus::LAST_NUMBER_REDIAL.0)
                || act.started == Started::Button(DeviceStimulus::BLF_SPEED_DIAL.0);
            leg.marks.last_digit = act.last_digit.or(is_number.then_some(act.at.time));
            leg.digits = act.digits.into();
        }
        call.legs.push(leg);
        let id = self.calls.begin(call);
        let made = LegRef { call: id, leg: 0 };
        let known = Known { reference, leg: made, state: 0, ended: false, last: cx.at.time };
        self.desks[cx.session.index()].session.remember(known);
        if reference != 0 {
            if !begins {
                self.join_by_reference(cx, reference, made);
            }
            self.remember_reference(reference, made);
        }
        let made = self.calls.leg(made);
        match feature {
            Some(pending) => self.follow_feature(cx, made, pending),
            None => made,
        }
    }

    pub(super) fn step(&mut self, leg: LegRef, cx: Context, kind: StepKind) {
        let story = &mut self.calls.live(leg.call).call.story;
        if story.len() < STEPS_KEPT {
            story.push(Step { at: cx.at, leg: leg.leg, kind });
        }
    }

    fn call_state(&mut self, cx: Context, m: &CallState) -> Belongs {
        let reference = m.call_reference.0;
        let state = m.call_state;
        if matches!(state, S::ON_HOOK | S::IDLE) {
            let known = *self.desks[cx.session.index()].session.known(reference)?;
            let leg = self.calls.leg(known.leg);
            self.count(leg, cx, false);
            self.end_leg(cx, reference, leg);
            return Some((leg, false));
        }
        let begins = matches!(state, S::OFF_HOOK | S::RING_IN | S::CALL_WAITING | S::CALL_REMOTE_MULTILINE);
        let leg = self.leg_for(cx, reference, m.line_instance.0, begins);
        self.state_becomes(cx, leg, reference, state);
        Some((leg, false))
    }

    /// A leg's new state.
    pub(super) fn state_becomes(&mut self, cx: Context, leg: LegRef, reference: u32, state: S) {
        if let Some(known) = self.desks[cx.session.index()].session.known(reference) {
            known.state = state.0;
        }
        let now = cx.at.time;
        let (call, index) = self.at_hand(leg);
        let this = &mut call.legs[index];
        let before = S(std::mem::replace(&mut this.state, state.0));
        if before == state {
            return;
        }
        let (mut answered, mut retrieves) = (false, false);
        let step = match state {
            S::OFF_HOOK => match before {
                S::RING_IN | S::CALL_WAITING => {
                    answered = this.marks.answered.is_none();
                    None
                }
                _ => {
                    this.direction.get_or_insert(Direction::Outbound);
                    set_role(this, Role::Caller);
                    this.marks.off_hook.get_or_insert(now);
                    (this.role == Role::Caller).then_some(StepKind::Began)
                }
            },
            S::RING_IN | S::CALL_WAITING => {
                this.direction = Some(Direction::Inbound);
                set_role(this, Role::Callee);
                this.marks.ringing.get_or_insert(now);
                Some(StepKind::Rings)
            }
            S::PROCEED => {
                this.marks.dialled.get_or_insert(now);
                None
            }
            S::RING_OUT => {
                this.direction.get_or_insert(Direction::Outbound);
                set_role(this, Role::Caller);
                let first = this.marks.ring_back.is_none();
                this.marks.ring_back.get_or_insert(now);
                first.then_some(StepKind::RingBack)
            }
            S::CONNECTED => {
                let is_callee = this.direction == Some(Direction::Inbound);
                answered = is_callee && this.marks.answered.is_none() && this.marks.connected.is_none();
                let resumed = matches!(before, S::HOLD | S::REMOTE_HOLD | S::HOLD_REVERT | S::CALL_TRANSFER);
                this.marks.connected.get_or_insert(now);
                let picks_up = this.role == Role::Pickup && !resumed;
                retrieves = this.direction != Some(Direction::Inbound) && !resumed;
                if !this.from_middle {
                    call.answer.get_or_insert(cx.at);
                }
                let told = |step: &Step| step.leg == leg.leg && matches!(step.kind, StepKind::PickedUp(_));
                match () {
                    () if resumed => Some(StepKind::Resumed),
                    () if picks_up && !call.story.iter().any(told) => {
                        Some(StepKind::PickedUp(Box::default()))
                    }
                    () if picks_up => None,
                    () => Some(StepKind::Connected),
                }
            }
            S::HOLD | S::HOLD_REVERT | S::REMOTE_HOLD => Some(StepKind::Held),
            S::CALL_PARK => Some(StepKind::Parked(Box::default())),
            S::BUSY => Some(StepKind::Busy),
            S::CONGESTION => Some(StepKind::Congestion),
            S::INVALID_NUMBER => Some(StepKind::InvalidNumber),
            S::CALL_REMOTE_MULTILINE => {
                set_role(this, Role::Shared);
                Some(StepKind::InUseElsewhere)
            }
            _ => None,
        };
        if answered {
            self.answered(cx, leg);
        }
        if let Some(step) = step {
            self.step(leg, cx, step);
        }
        if retrieves && !self.parked.is_empty() {
            self.infer_retrieval(cx, leg);
        }
    }

    /// The user of a leg takes the call.
    fn answered(&mut self, cx: Context, leg: LegRef) {
        let (call, index) = self.at_hand(leg);
        let this = &mut call.legs[index];
        if this.marks.answered.is_none() && this.marks.connected.is_none() {
            this.marks.answered = Some(cx.at.time);
            set_role(this, Role::Callee);
            if call.answer.is_none_or(|answer| answer.time > cx.at.time) {
                call.answer = Some(cx.at);
            }
            self.step(leg, cx, StepKind::Answered);
        }
    }

    pub(super) fn end_leg(&mut self, cx: Context, reference: u32, leg: LegRef) {
        if let Some(known) = self.desks[cx.session.index()].session.known(reference) {
            known.ended = true;
            known.state = S::ON_HOOK.0;
            known.last = cx.at.time;
        }
        let (call, index) = self.at_hand(leg);
        let this = &mut call.legs[index];
        if this.end.is_some() {
            return;
        }
        this.end = Some(cx.at);
        this.state = S::ON_HOOK.0;
        if call.legs.iter().all(|leg| leg.end.is_some()) {
            call.end = Some(cx.at);
        }
        self.step(leg, cx, StepKind::Ended);
    }

    /// The connection of a phone ended with a call on it.
    pub(super) fn phone_lost(&mut self, leg: LegRef, time: Timestamp) {
        let leg = self.calls.leg(leg);
        let (call, index) = self.at_hand(leg);
        let this = &call.legs[index];
        let is_over = this.end.is_some() || time.since(call.last) > 3_600_000_000_000;
        if !is_over {
            let text = "The phone's connection ended in the middle of the call.";
            let shown_by = vec![this.start];
            call.findings.push(Finding { kind: FindingKind::PhoneLost, text: text.into(), shown_by });
        }
    }

    fn call_info_v2(&mut self, cx: Context, m: &CallInfoV2<'_>) -> Belongs {
        let t = m.strings.texts();
        let parties = Parties {
            calling: [t.calling_party, t.calling_party_name],
            called: [t.called_party, t.called_party_name],
            original: [t.original_called_party, t.original_called_party_name],
        };
        self.informed(cx, m.call_reference.0, m.line_instance.0, m.call_type, &parties)
    }

    fn call_info(&mut self, cx: Context, m: &CallInfo<'_>) -> Belongs {
        let parties = Parties {
            calling: [m.calling_party.text(), m.calling_party_name.text()],
            called: [m.called_party.text(), m.called_party_name.text()],
            original: [m.original_called_party.text(), m.original_called_party_name.text()],
        };
        let reference = m.call_reference.0;
        if reference == 0 && !self.may_be_implicit(cx) {
            return self.touch(cx, 0);
        }
        self.informed(cx, reference, m.line_instance.0, m.call_type, &parties)
    }

    fn informed(
        &mut self,
        cx: Context,
        reference: u32,
        line: u32,
        kind: CallType,
        parties: &Parties<'_>,
    ) -> Belongs {
        let leg = self.leg_for(cx, reference, line, false);
        let charset = self.desks[cx.session.index()].session.charset();
        let (call, index) = self.at_hand(leg);
        let this = &mut call.legs[index];
        this.direction = match kind {
            CallType::IN_BOUND_CALL => Some(Direction::Inbound),
            CallType::OUT_BOUND_CALL => Some(Direction::Outbound),
            CallType::FORWARD_CALL => Some(Direction::Forward),
            _ => this.direction,
        };
        match this.direction {
            Some(Direction::Outbound) => set_role(this, Role::Caller),
            Some(Direction::Inbound) => set_role(this, Role::Callee),
            _ => {}
        }
        let changed_calling = change(&mut this.calling, parties.calling, charset);
        let changed_called = change(&mut this.called, parties.called, charset);
        if !changed_calling && !changed_called {
            return Some((leg, reference == 0));
        }
        let was_through = this.marks.connected.is_some();
        let other = if this.direction == Some(Direction::Inbound) { &this.calling } else { &this.called };
        let other_changed =
            if this.direction == Some(Direction::Inbound) { changed_calling } else { changed_called };
        let now_with = (was_through && other_changed && !other.is_empty()).then(|| other.text());
        let is_first = call.original_callee.is_empty();
        if is_first && (!parties.original[0].is_empty() || !parties.called[0].is_empty()) {
            let original = if parties.original[0].is_empty() { parties.called } else { parties.original };
            change(&mut call.original_callee, original, charset);
        }
        let this = &call.legs[index];
        let forwarded = is_first
            && !parties.original[0].is_empty()
            && parties.original[0] != parties.called[0]
            && !parties.called[0].is_empty();
        let picks_up = this.role == Role::Pickup;
        let forward = forwarded.then(|| match picks_up {
            true => StepKind::PickedUp(call.original_callee.number.as_str().into()),
            false => StepKind::Forwarded(
                call.original_callee.number.as_str().into(),
                this.called.number.as_str().into(),
            ),
        });
        if let Some(step) = forward {
            self.step(leg, cx, step);
        }
        if let Some(other) = now_with {
            self.step(leg, cx, StepKind::PartyChanged(other.into()));
        }
        let leg = self.join_by_parties(cx, leg);
        Some((leg, reference == 0))
    }

    fn dialled(&mut self, cx: Context, reference: u32, line: u32, number: &[u8]) -> Belongs {
        let charset = self.desks[cx.session.index()].session.charset();
        let leg = self.leg_for(cx, reference, line, false);
        let number = text(number, charset);
        let (call, index) = self.at_hand(leg);
        call.legs[index].marks.dialled.get_or_insert(cx.at.time);
        if call.dialled.is_empty() {
            call.dialled = (&*number).into();
        }
        self.step(leg, cx, StepKind::Dialled(number.clone()));
        let leg = self.retrieve(cx, leg, &number);
        Some((leg, false))
    }

    fn tone(&mut self, cx: Context, m: &StartTone) -> Belongs {
        let reference = m.call_reference.0;
        let is_implicit = reference == 0 && self.may_be_implicit(cx);
        let starts = matches!(m.tone, DeviceTone::INSIDE_DIAL_TONE | DeviceTone::OUTSIDE_DIAL_TONE);
        let is_known = self.desks[cx.session.index()].session.known(reference).is_some();
        if !(is_known && reference != 0) && !(is_implicit && (starts || is_known)) {
            return self.touch(cx, reference);
        }
        let leg = self.leg_for(cx, reference, m.line_instance.0, starts);
        let now = cx.at.time;
        match m.tone {
            DeviceTone::INSIDE_DIAL_TONE | DeviceTone::OUTSIDE_DIAL_TONE => {
                let (call, index) = self.at_hand(leg);
                call.legs[index].marks.dial_tone.get_or_insert(now);
                if reference == 0 {
                    self.state_becomes(cx, leg, reference, S::OFF_HOOK);
                }
            }
            DeviceTone::ALERTING_TONE => {
                let (call, index) = self.at_hand(leg);
                let marks = &mut call.legs[index].marks;
                let first = marks.ring_back.is_none();
                marks.ring_back.get_or_insert(now);
                if reference == 0 {
                    self.state_becomes(cx, leg, reference, S::RING_OUT);
                } else if first {
                    self.step(leg, cx, StepKind::RingBack);
                }
            }
            DeviceTone::LINE_BUSY_TONE => self.failed_once(cx, leg, StepKind::Busy),
            DeviceTone::REORDER_TONE => self.failed_once(cx, leg, StepKind::Congestion),
            _ => {}
        }
        Some((leg, reference == 0))
    }

    /// A tone that tells the same as the state before or after it.
    fn failed_once(&mut self, cx: Context, leg: LegRef, step: StepKind) {
        let (call, _) = self.at_hand(leg);
        let told = |step: &Step| {
            matches!(step.kind, StepKind::Busy | StepKind::Congestion | StepKind::InvalidNumber)
        };
        if !call.story.iter().any(told) {
            self.step(leg, cx, step);
        }
    }

    /// Whether a message without reference may begin a leg: on call managers that know no references.
    pub(super) fn may_be_implicit(&self, cx: Context) -> bool {
        let session = &self.desks[cx.session.index()].session;
        cx.is_old && session.negotiated == 0 && session.legs.iter().all(|known| known.reference == 0)
    }

    fn ringer(&mut self, cx: Context, mode: RingMode, line: u32, reference: u32) -> Belongs {
        if matches!(mode, RingMode::RING_OFF | RingMode(0)) || (reference == 0 && !self.may_be_implicit(cx)) {
            return self.touch(cx, reference);
        }
        let leg = self.leg_for(cx, reference, line, true);
        if reference == 0 {
            self.state_becomes(cx, leg, reference, S::RING_IN);
        } else {
            let (call, index) = self.at_hand(leg);
            call.legs[index].marks.ringing.get_or_insert(cx.at.time);
        }
        Some((leg, reference == 0))
    }

    fn speaker(&mut self, cx: Context, mode: SpeakerMode) -> Belongs {
        let belongs = self.touch(cx, 0);
        if let Some((leg, _)) = belongs
            && mode == SpeakerMode::OFF
            && self.may_be_implicit(cx)
        {
            self.end_leg(cx, 0, leg);
        }
        belongs
    }

    fn act(&mut self, cx: Context, started: Started) -> Belongs {
        let rare = self.desks[cx.session.index()].session.rare();
        let begins_anew =
            rare.act.as_ref().is_none_or(|act| cx.at.time.since(act.at.time) > super::session::ACT_NANOS);
        if begins_anew {
            rare.act = Some(Act { at: cx.at, started, digits: String::new(), last_digit: None, messages: 1 });
        } else if let Some(act) = &mut rare.act {
            act.messages += 1;
            if act.started == Started::OffHook {
                act.started = started;
            }
        }
        None
    }

    fn off_hook(&mut self, cx: Context, line: u32, reference: u32) -> Belongs {
        let session = &mut self.desks[cx.session.index()].session;
        let ringing = session.ringing();
        if reference != 0 {
            let leg = self.leg_for(cx, reference, line, false);
            self.answered(cx, leg);
            return Some((leg, false));
        }
        if let Some(known) = ringing {
            let leg = self.calls.leg(known.leg);
            self.count(leg, cx, true);
            self.answered(cx, leg);
            return Some((leg, true));
        }
        let in_call = session.current(cx.at.time).is_some_and(|known| !known.ended);
        if in_call { self.touch(cx, 0) } else { self.act(cx, Started::OffHook) }
    }

    fn on_hook(&mut self, cx: Context, reference: u32) -> Belongs {
        if let Some(rare) = &mut self.desks[cx.session.index()].session.rare {
            rare.act = None;
        }
        let belongs = self.touch(cx, reference);
        if let Some((leg, _)) = belongs
            && reference == 0
            && self.may_be_implicit(cx)
        {
            self.end_leg(cx, 0, leg);
        }
        belongs
    }

    fn keypad(&mut self, cx: Context, m: &KeypadButton) -> Belongs {
        let digit = match m.kp_button.0 {
            number @ 0..=9 => (b'0' + number as u8) as char,
            14 => '*',
            15 => '#',
            16 => '+',
            _ => '?',
        };
        let reference = m.call_reference.0;
        let known = self.desks[cx.session.index()].session.known(reference).is_some();
        let belongs = match reference {
            0 => self.touch(cx, 0),
            _ if known => self.touch(cx, reference),
            _ => Some((self.leg_for(cx, reference, m.line_instance.0, false), false)),
        };
        let Some((leg, _)) = belongs else {
            if let Some(act) = &mut self.desks[cx.session.index()].session.rare().act
                && act.digits.len() < DIGITS_KEPT
            {
                act.digits.push(digit);
                act.last_digit = Some(cx.at.time);
            }
            return None;
        };
        let (call, index) = self.at_hand(leg);
        let this = &mut call.legs[index];
        if this.marks.connected.is_some() || this.marks.ringing.is_some() {
            push_digit(&mut this.dtmf, digit);
            self.step(leg, cx, StepKind::Digit(digit));
        } else {
            push_digit(&mut this.digits, digit);
            if this.marks.ring_back.is_none() {
                this.marks.last_digit = Some(cx.at.time);
            }
        }
        belongs
    }

    fn en_bloc(&mut self, cx: Context, number: &[u8]) -> Belongs {
        let number = text(number, Charset::Unknown);
        let current = self.desks[cx.session.index()].session.current(cx.at.time);
        let collecting = current.filter(|known| !known.ended && S(known.state) == S::OFF_HOOK);
        let Some(known) = collecting else {
            self.act(cx, Started::EnBloc);
            if let Some(act) = &mut self.desks[cx.session.index()].session.rare().act {
                act.digits = number.into();
                act.last_digit = Some(cx.at.time);
            }
            return None;
        };
        let leg = self.calls.leg(known.leg);
        self.count(leg, cx, true);
        let (call, index) = self.at_hand(leg);
        call.legs[index].digits = number;
        call.legs[index].marks.last_digit = Some(cx.at.time);
        Some((leg, true))
    }

    fn soft_key(&mut self, cx: Context, m: &SoftKey) -> Belongs {
        let (event, reference) = (m.soft_key_event, m.call_reference.0);
        let begins = matches!(event, SoftKeyEvent::REDIAL | SoftKeyEvent::NEW_CALL) && reference == 0;
        if begins && !self.is_busy(cx) {
            return self.act(cx, Started::SoftKey(event.0));
        }
        let belongs = self.touch(cx, reference);
        self.check_soft_key(cx, event.0, belongs);
        let feature = match event {
            SoftKeyEvent::ANSWER => {
                if let Some((leg, _)) = belongs {
                    self.answered(cx, leg);
                }
                return belongs;
            }
            SoftKeyEvent::TRANSFER | SoftKeyEvent::DIR_TRFR => Feature::Transfer,
            SoftKeyEvent::CONFRN | SoftKeyEvent::JOIN => Feature::Conference,
            SoftKeyEvent::PARK => Feature::Park,
            SoftKeyEvent::PICK_UP | SoftKeyEvent::G_PICK_UP => Feature::Pickup,
            SoftKeyEvent::BARGE => Feature::Barge,
            _ => return belongs,
        };
        self.feature_key(cx, feature, belongs, Started::SoftKey(event.0))
    }

    fn stimulus(&mut self, cx: Context, m: &Stimulus) -> Belongs {
        let (stimulus, reference) = (m.stimulus, m.call_reference.0);
        let started = Started::Button(stimulus.0);
        let feature = match stimulus {
            DeviceStimulus::TRANSFER => Feature::Transfer,
            DeviceStimulus::CONFERENCE => Feature::Conference,
            DeviceStimulus::CALL_PARK => Feature::Park,
            DeviceStimulus::CALL_PICK_UP
            | DeviceStimulus::GROUP_CALL_PICK_UP
            | DeviceStimulus::OTHER_PICKUP => Feature::Pickup,
            DeviceStimulus::LINE => return self.line_key(cx, reference),
            DeviceStimulus::SPEED_DIAL
            | DeviceStimulus::BLF_SPEED_DIAL
            | DeviceStimulus::LAST_NUMBER_REDIAL
            | DeviceStimulus::NEW_CALL
            | DeviceStimulus::VOICE_MAIL
            | DeviceStimulus::MESSAGES
            | DeviceStimulus::INTERCOM => {
                let busy = self.is_busy(cx);
                let begun = self.act(cx, started);
                return if busy { self.touch(cx, reference) } else { begun };
            }
            _ => return self.touch(cx, reference),
        };
        let belongs = self.touch(cx, reference);
        self.feature_key(cx, feature, belongs, started)
    }

    /// Whether a call is on the phone.
    fn is_busy(&self, cx: Context) -> bool {
        self.desks[cx.session.index()].session.current(cx.at.time).is_some_and(|known| !known.ended)
    }

    fn line_key(&mut self, cx: Context, reference: u32) -> Belongs {
        if let Some(known) = self.desks[cx.session.index()].session.ringing() {
            let leg = self.calls.leg(known.leg);
            self.count(leg, cx, true);
            self.answered(cx, leg);
            return Some((leg, true));
        }
        let current = self.desks[cx.session.index()].session.current(cx.at.time);
        match current {
            Some(known) if !known.ended => self.touch(cx, reference),
            _ => self.act(cx, Started::Button(DeviceStimulus::LINE.0)),
        }
    }
}

/// Parties of a call information, as bytes: number, name.
struct Parties<'a> {
    calling: [&'a [u8]; 2],
    called: [&'a [u8]; 2],
    original: [&'a [u8]; 2],
}

/// Takes over a party where it says something new; says whether the number changed.
fn change(party: &mut Party, [number, name]: [&[u8]; 2], charset: Charset) -> bool {
    if !name.is_empty() && party.name.as_bytes() != name {
        party.name = short(name, charset);
    }
    if number.is_empty() || party.number.as_bytes() == number {
        return false;
    }
    party.number = short(number, charset);
    true
}

/// A text that is short enough, mostly, to need no memory of its own.
fn short(bytes: &[u8], charset: Charset) -> CompactString {
    let plain = bytes.iter().all(|byte| (0x20..0x7f).contains(byte) && *byte != b'{');
    match std::str::from_utf8(bytes) {
        Ok(text) if plain => text.into(),
        _ => CompactString::from(&*text(bytes, charset)),
    }
}

fn set_role(leg: &mut Leg, role: Role) {
    if leg.role == Role::Unknown {
        leg.role = role;
    }
}

fn push_digit(digits: &mut Box<str>, digit: char) {
    if digits.len() < DIGITS_KEPT {
        let mut longer = String::from(std::mem::take(digits));
        longer.push(digit);
        *digits = longer.into();
    }
}
