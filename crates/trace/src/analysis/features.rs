//! Keys that tie calls together: transfer, conference, pickup, park. And keys that were not there to press.

use super::analyst::{Analyst, text};
use super::calls::LegRef;
use super::model::{Finding, FindingKind, Role, Started, StepKind};
use super::session::{Context, Feature, Pending};
use super::signal::Belongs;

/// How long a feature key may wait for its consequence.
const FEATURE_NANOS: i64 = 60_000_000_000;
/// "Call park at", as phones' dictionaries number it.
const CALL_PARK_AT: [u8; 2] = [0x80, 0x21];
/// Findings of one kind that are kept of a call.
const SAME_FINDINGS_MAX: usize = 4;

impl Analyst {
    /// A feature key was pressed.
    pub(super) fn feature_key(
        &mut self,
        cx: Context,
        feature: Feature,
        belongs: Belongs,
        started: Started,
    ) -> Belongs {
        let call = belongs.map(|(leg, _)| leg.call);
        let step = match feature {
            Feature::Transfer => StepKind::TransferKey,
            Feature::Conference => StepKind::ConferenceKey,
            Feature::Park => StepKind::ParkKey,
            Feature::Pickup => StepKind::PickupKey,
            Feature::Barge => StepKind::BargeKey,
        };
        if let Some((leg, _)) = belongs {
            self.step(leg, cx, step);
            self.picks_up(feature, leg);
        }
        self.complete_feature(cx, feature, belongs);
        self.desks[cx.session.index()].session.rare().feature = Some(Pending { feature, call, at: cx.at });
        if call.is_none() {
            let rare = self.desks[cx.session.index()].session.rare();
            rare.act = Some(super::session::Act {
                at: cx.at,
                started,
                digits: String::new(),
                last_digit: Some(cx.at.time).filter(|_| feature == Feature::Pickup),
                messages: 1,
            });
        }
        belongs
    }

    /// A leg that was begun to dial, and takes what rings elsewhere instead.
    fn picks_up(&mut self, feature: Feature, leg: LegRef) {
        let (call, index) = self.at_hand(leg);
        let this = &mut call.legs[index];
        let may_dial = matches!(this.role, Role::Unknown | Role::Caller) && this.marks.connected.is_none();
        if feature == Feature::Pickup && may_dial && this.marks.ring_back.is_none() {
            this.role = Role::Pickup;
        }
    }

    /// The second press of transfer or conference: the phone's other leg belongs to the same story.
    fn complete_feature(&mut self, cx: Context, feature: Feature, belongs: Belongs) {
        let Some((leg, _)) = belongs else { return };
        if !matches!(feature, Feature::Transfer | Feature::Conference) {
            return;
        }
        let pending = self.desks[cx.session.index()].session.rare().feature;
        if let Some(Pending { feature: before, call: Some(first), at }) = pending
            && before == feature
            && cx.at.time.since(at.time) <= FEATURE_NANOS * 5
        {
            self.calls.join(first, leg.call);
        }
    }

    /// A new leg on a phone whose feature key waits.
    pub(super) fn follow_feature(&mut self, cx: Context, made: LegRef, pending: Pending) -> LegRef {
        let late = cx.at.time.since(pending.at.time) > FEATURE_NANOS;
        if late {
            self.desks[cx.session.index()].session.rare().feature = None;
            return made;
        }
        let role = match pending.feature {
            Feature::Transfer | Feature::Conference => Role::Consultation,
            Feature::Pickup => Role::Pickup,
            Feature::Barge => Role::Shared,
            Feature::Park => Role::Unknown,
        };
        let (call, index) = self.at_hand(made);
        call.legs[index].role = role;
        match (pending.feature, pending.call) {
            (Feature::Transfer | Feature::Conference, Some(first)) => {
                self.calls.join(first, made.call);
            }
            (Feature::Pickup, _) => {
                self.step(made, cx, StepKind::PickupKey);
                self.desks[cx.session.index()].session.rare().feature = None;
            }
            _ => self.desks[cx.session.index()].session.rare().feature = None,
        }
        self.calls.leg(made)
    }

    /// A notice on the screen: it may name a park number.
    pub(super) fn notified(&mut self, cx: Context, notice: &[u8]) -> Belongs {
        let belongs = self.touch(cx, 0);
        let number = notice.strip_prefix(&CALL_PARK_AT[..]).or_else(|| {
            let plain = notice.strip_prefix(b"Call Park At")?;
            Some(plain.trim_ascii())
        });
        let Some(number) = number else { return belongs };
        let state = &self.desks[cx.session.index()].session;
        let (server, charset) = (state.server, state.charset());
        let pending = state.rare.as_ref().and_then(|rare| rare.feature);
        let number = text(number.trim_ascii(), charset);
        let parked = match pending {
            Some(Pending { feature: Feature::Park, call: Some(call), .. }) => Some(call),
            _ => belongs.map(|(leg, _)| leg.call),
        };
        if let Some(call) = parked {
            self.park(server, &number, call);
            let leg = LegRef { call: self.calls.resolve(call).0, leg: belongs.map_or(0, |(leg, _)| leg.leg) };
            self.step(leg, cx, StepKind::Parked(number));
        }
        belongs
    }

    /// A dialled number may be one at which a call is parked.
    pub(super) fn retrieve(&mut self, cx: Context, leg: LegRef, number: &str) -> LegRef {
        if self.parked.is_empty() {
            return leg;
        }
        let server = self.desks[cx.session.index()].session.server;
        let Some(call) = self.parked.remove(&(server, number.into())) else { return leg };
        let (this, index) = self.at_hand(leg);
        this.legs[index].role = Role::Retriever;
        self.step(leg, cx, StepKind::Retrieved(number.into()));
        self.calls.join(call, leg.call);
        self.calls.leg(leg)
    }

    /// A call of the user's own is through, and nobody answered it: a parked one, by what was dialled or who it was.
    #[cold]
    pub(super) fn infer_retrieval(&mut self, cx: Context, leg: LegRef) {
        let server = self.sessions_server(cx);
        let (call, index) = self.at_hand(leg);
        let this = &call.legs[index];
        let (digits, other) = (this.digits.clone(), this.called.number.clone());
        let is_own = matches!(this.role, Role::Unknown | Role::Caller) && this.marks.ring_back.is_none();
        if !is_own {
            return;
        }
        let by_number = self.parked.keys().find(|(at, number)| *at == server && *number == digits).cloned();
        let key = match by_number {
            Some(key) => Some(key),
            None if other.is_empty() => None,
            None => self.parked_party(server, leg, &other),
        };
        let Some(call) = key.as_ref().and_then(|key| self.parked.remove(key)) else { return };
        let Some((_, number)) = key else { return };
        let (this, index) = self.at_hand(leg);
        this.legs[index].role = Role::Retriever;
        self.step(leg, cx, StepKind::SeemsRetrieved(number));
        self.calls.join(call, leg.call);
    }

    fn sessions_server(&self, cx: Context) -> u32 {
        self.desks[cx.session.index()].session.server
    }

    /// The park number where somebody with this number waits.
    fn parked_party(&mut self, server: u32, leg: LegRef, number: &str) -> Option<(u32, Box<str>)> {
        let keys: Vec<_> = self.parked.iter().filter(|((at, _), _)| *at == server).collect();
        let keys: Vec<_> = keys.into_iter().map(|(key, call)| (key.clone(), *call)).collect();
        for (key, call) in keys {
            let call = self.calls.resolve(call).0;
            let waits = |waiting: &super::model::Leg| {
                let own = match waiting.direction {
                    Some(super::model::Direction::Inbound) => &waiting.called.number,
                    _ => &waiting.calling.number,
                };
                waiting.end.is_none() && own == number
            };
            let mine = self.calls.leg(leg);
            let legs = &self.calls.live(call).call.legs;
            let found = legs.iter().enumerate().any(|(index, waiting)| {
                (call != mine.call || index != usize::from(mine.leg)) && waits(waiting)
            });
            if found {
                return Some(key);
            }
        }
        None
    }

    /// The phone shows another set of soft keys.
    #[inline]
    pub(super) fn keys_shown(&mut self, cx: Context, set: u32, mask: u32) {
        if let Some(rare) = &mut self.desks[cx.session.index()].session.rare
            && !rare.sets.is_empty()
        {
            rare.shown = Some((set, mask));
        }
    }

    /// Whether a soft key was on the screen when it was pressed, as far as template and sets were seen.
    pub(super) fn check_soft_key(&mut self, cx: Context, event: u32, belongs: Belongs) {
        let Some((leg, _)) = belongs else { return };
        let Some(rare) = &self.desks[cx.session.index()].session.rare else { return };
        let Some((set, mask)) = rare.shown else { return };
        let Some(keys) = rare.sets.get(set as usize).filter(|keys| !keys.is_empty()) else { return };
        let has = keys.iter().enumerate().any(|(place, key)| {
            let shown = place >= 32 || mask & (1 << place) != 0;
            let event_of = usize::from(*key).checked_sub(1).and_then(|at| rare.template.get(at));
            shown && event_of == Some(&event)
        });
        if has {
            return;
        }
        let set = skinny::codes::SoftKeySet(set);
        let key = skinny::codes::SoftKeyEvent(event);
        let text = format!(
            "Soft key {key} was pressed while the phone showed the set {set}, which does not have it. The call manager may ignore it."
        );
        let (call, _) = self.at_hand(leg);
        let same = call.findings.iter().filter(|finding| finding.kind == FindingKind::WrongSoftKey).count();
        if same < SAME_FINDINGS_MAX {
            call.findings.push(Finding {
                kind: FindingKind::WrongSoftKey,
                text: text.into(),
                shown_by: vec![cx.at],
            });
        }
    }
}
