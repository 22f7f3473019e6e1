//! The calls of an analysis: open ones at hand, the others packed away.

use serde::{Deserialize, Serialize};

use super::media::StreamState;
use super::model::{Call, Event, Leg};
use super::pages::Pages;
use super::sorter::Sorter;
use super::store::{Place, Store};
use super::{Limits, SET_UP_CHANCES};
use crate::Timestamp;

/// The share of [`Limits::store_bytes`] that the index of calls has beside them, and again while they are put in order.
const INDEX_SHARE: usize = 4;
/// Hints at most: more than calls are held open.
const HINTS_MAX: usize = 1 << 20;

/// Names a call as long as the analysis runs; a call that became part of another keeps its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct CallId(pub u32);

/// One leg of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LegRef {
    pub call: CallId,
    pub leg: u16,
}

/// A call that is at hand.
#[derive(Debug)]
pub(super) struct Live {
    pub id: CallId,
    pub call: Call,
    pub events: Vec<Event>,
    pub streams: Vec<StreamState>,
    /// Heard of since the clock hand passed.
    used: bool,
    /// How often the hand passes by before it is packed away.
    chances: u8,
}

impl Live {
    /// Whether nobody has answered yet, and nobody given up.
    fn is_being_set_up(&self) -> bool {
        let over = |leg: &Leg| leg.end.is_some() || leg.marks.connected.is_some();
        self.call.answer.is_none() && !self.call.legs.iter().any(over)
    }
}

/// Where a call is, for those who look on.
pub(super) enum Sight<'a> {
    Live(&'a Call),
    Packed(u64),
}

/// Where a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Live(u32),
    Packed {
        start: Timestamp,
        place: Place,
    },
    /// It became part of another, whose legs and branches it follows.
    Joined {
        into: CallId,
        legs: u16,
        branches: u16,
    },
}

/// Bytes of a [`Slot`] in its page.
const SLOT_BYTES: usize = 16;
/// What tells slots apart, in the first word; no file has so many bytes.
const IS_LIVE: u64 = 1 << 63;
const IS_JOINED: u64 = 1 << 62;

impl Slot {
    fn into_bytes(self) -> [u8; SLOT_BYTES] {
        let (first, second) = match self {
            Self::Live(at) => (IS_LIVE | u64::from(at), 0),
            Self::Packed { start, place } => (place.number(), start.0 as u64),
            Self::Joined { into, legs, branches } => {
                (IS_JOINED | u64::from(into.0), u64::from(legs) << 16 | u64::from(branches))
            }
        };
        let mut bytes = [0; SLOT_BYTES];
        bytes[..8].copy_from_slice(&first.to_le_bytes());
        bytes[8..].copy_from_slice(&second.to_le_bytes());
        bytes
    }

    fn of_bytes(bytes: [u8; SLOT_BYTES]) -> Self {
        let both = u128::from_le_bytes(bytes);
        let (first, second) = (both as u64, (both >> 64) as u64);
        match first & (IS_LIVE | IS_JOINED) {
            IS_LIVE => Self::Live(first as u32),
            IS_JOINED => Self::Joined {
                into: CallId(first as u32),
                legs: (second >> 16) as u16,
                branches: second as u16,
            },
            _ => Self::Packed { start: Timestamp(second as i64), place: Place::of_number(first) },
        }
    }
}

/// All calls.
#[derive(Debug)]
pub(super) struct Calls {
    limits: Limits,
    /// The index: where each call is.
    slots: Pages<SLOT_BYTES>,
    #[allow(clippy::vec_box, reason = "a call is a kilobyte, and its place changes often")]
    live: Vec<Box<Live>>,
    /// Where in `live` a call is, most likely: by the lowest bits of its number.
    hints: Vec<u32>,
    hand: usize,
    pub store: Store,
}

/// The calls of a finished analysis: where each is, in the order of start.
#[derive(Debug)]
pub(super) struct Finished {
    places: Pages<8>,
    pub store: Store,
    /// Calls that a failing disk has lost.
    pub lost: u64,
}

impl Finished {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// A call and what was kept of its messages.
    pub(super) fn read(&self, index: usize) -> Option<(Call, Vec<Event>)> {
        let place = Place::of_number(u64::from_le_bytes(self.places.get(index)?));
        self.store.read(place)
    }
}

impl Calls {
    pub(super) fn new(limits: Limits) -> Self {
        let store = Store::new(limits.store_bytes);
        let hints = vec![0; (2 * limits.live_calls).next_power_of_two().clamp(16, HINTS_MAX)];
        let slots = Pages::new(limits.store_bytes / INDEX_SHARE);
        Self { limits, slots, live: Vec::new(), hints, hand: 0, store }
    }

    /// A new call.
    pub(super) fn begin(&mut self, call: Call) -> CallId {
        let id = CallId(self.slots.len() as u32);
        self.slots.push(&Slot::Live(0).into_bytes());
        self.put(id, call, Vec::new());
        id
    }

    /// Where in `live` a call is, when it is there and a hint says so.
    #[inline]
    fn hinted(&self, id: CallId) -> Option<usize> {
        let at = self.hints[id.0 as usize & (self.hints.len() - 1)] as usize;
        self.live.get(at).is_some_and(|live| live.id == id).then_some(at)
    }

    #[inline]
    fn slot(&mut self, id: CallId) -> Slot {
        // A disk that fails loses the call's past, not its future.
        let lost = Slot::Packed { start: Timestamp(0), place: Place::of_number(u64::MAX >> 2) };
        self.slots.fetch(id.0 as usize).map_or(lost, Slot::of_bytes)
    }

    #[inline]
    fn set(&mut self, id: CallId, slot: Slot) {
        self.slots.set(id.0 as usize, &slot.into_bytes());
        if let Slot::Live(at) = slot {
            let mask = self.hints.len() - 1;
            self.hints[id.0 as usize & mask] = at;
        }
    }

    /// The call at hand that `id` stands for now; unpacked when need be.
    #[inline]
    pub(super) fn live(&mut self, id: CallId) -> &mut Live {
        match self.hinted(id) {
            Some(at) => {
                let live = &mut self.live[at];
                live.used = true;
                live
            }
            None => self.bring_back(id),
        }
    }

    #[cold]
    fn bring_back(&mut self, id: CallId) -> &mut Live {
        let (id, _, _) = self.resolve(id);
        let at = match self.slot(id) {
            Slot::Live(at) if self.live.get(at as usize).is_some_and(|live| live.id == id) => {
                self.set(id, Slot::Live(at));
                at as usize
            }
            Slot::Packed { place, .. } => {
                let (call, events) = self.store.read(place).unwrap_or_default();
                self.put(id, call, events);
                self.live.len() - 1
            }
            // Only where a disk fails.
            Slot::Live(_) | Slot::Joined { .. } => {
                self.put(id, Call::default(), Vec::new());
                self.live.len() - 1
            }
        };
        let live = &mut self.live[at];
        live.used = true;
        live
    }

    /// Follows joins: the call, and by how many legs and branches the numbers shift.
    #[inline]
    pub(super) fn resolve(&mut self, id: CallId) -> (CallId, u16, u16) {
        let (mut id, mut leg_shift, mut branch_shift) = (id, 0, 0);
        while self.hinted(id).is_none()
            && let Slot::Joined { into, legs, branches } = self.slot(id)
        {
            (id, leg_shift, branch_shift) = (into, leg_shift + legs, branch_shift + branches);
        }
        (id, leg_shift, branch_shift)
    }

    /// The leg that a reference stands for now.
    #[inline]
    pub(super) fn leg(&mut self, leg: LegRef) -> LegRef {
        let (call, shift, _) = self.resolve(leg.call);
        LegRef { call, leg: leg.leg + shift }
    }

    /// Makes the later of two calls part of the earlier one; says which remains.
    pub(super) fn join(&mut self, one: CallId, other: CallId) -> CallId {
        let (one, other) = (self.resolve(one).0, self.resolve(other).0);
        if one == other {
            return one;
        }
        let (into, from) = (one.min(other), one.max(other));
        let legs = self.live(into).call.legs.len() + self.live(from).call.legs.len();
        if legs > super::LEGS_MAX {
            return into;
        }
        self.live(from);
        let Some(at) = self.hinted(from) else { return into };
        let taken = self.take(at);
        let live = self.live(into);
        let (legs, branches) = (live.call.legs.len() as u16, live.call.branches.len() as u16);
        super::join::absorb(live, *taken);
        self.set(from, Slot::Joined { into, legs, branches });
        into
    }

    /// The call at hand that fits and was heard of last.
    pub(super) fn newest(&self, fits: impl Fn(&Call) -> bool) -> Option<CallId> {
        let fitting = self.live.iter().filter(|live| fits(&live.call));
        fitting.max_by_key(|live| live.call.last).map(|live| live.id)
    }

    /// Tells where each call is.
    pub(super) fn survey(&self, mut on: impl FnMut(u32, Sight<'_>)) {
        for id in 0..self.slots.len() {
            match self.slots.get(id).map(Slot::of_bytes) {
                Some(Slot::Live(at)) => {
                    if let Some(live) = self.live.get(at as usize) {
                        on(id as u32, Sight::Live(&live.call));
                    }
                }
                Some(Slot::Packed { place, .. }) => on(id as u32, Sight::Packed(place.number())),
                Some(Slot::Joined { .. }) | None => {}
            }
        }
    }

    /// A call as it stands.
    pub(super) fn copy(&self, id: u32) -> Option<(Call, Vec<Event>)> {
        match Slot::of_bytes(self.slots.get(id as usize)?) {
            Slot::Live(at) => {
                let live = self.live.get(at as usize)?;
                Some((live.call.clone(), live.events.clone()))
            }
            Slot::Packed { place, .. } => self.store.read(place),
            Slot::Joined { into, .. } => self.copy(into.0),
        }
    }

    /// Packs everything, in the order of start.
    pub(super) fn finish(mut self) -> Finished {
        while !self.live.is_empty() {
            self.pack(self.live.len() - 1);
        }
        let mut by_start = Sorter::new(self.limits.store_bytes / INDEX_SHARE);
        let mut lost = 0;
        for id in 0..self.slots.len() {
            match self.slots.fetch(id).map(Slot::of_bytes) {
                // Negative times before positive ones.
                Some(Slot::Packed { start, .. }) => by_start.push(start.0 as u64 ^ 1 << 63, id as u64),
                Some(Slot::Live(_) | Slot::Joined { .. }) => {}
                None => lost += 1,
            }
        }
        let mut places = Pages::new(self.limits.store_bytes / INDEX_SHARE);
        let mut sorted = by_start.finish();
        for (_, id) in sorted.by_ref() {
            match self.slots.fetch(id as usize).map(Slot::of_bytes) {
                Some(Slot::Packed { place, .. }) => places.push(&place.number().to_le_bytes()),
                _ => lost += 1,
            }
        }
        Finished { places, store: self.store, lost: lost + sorted.lost() }
    }

    fn put(&mut self, id: CallId, call: Call, events: Vec<Event>) {
        if self.live.len() >= self.limits.live_calls.max(4) {
            self.evict();
        }
        self.set(id, Slot::Live(self.live.len() as u32));
        self.live.push(Box::new(Live { id, call, events, streams: Vec::new(), used: true, chances: 0 }));
    }

    /// Second chance: packs a call that was not heard of since the hand last passed.
    fn evict(&mut self) {
        loop {
            self.hand = if self.hand >= self.live.len() { 0 } else { self.hand };
            let live = &mut self.live[self.hand];
            if live.used {
                live.used = false;
                // Who rings will speak again within seconds, who talks within minutes.
                live.chances = if live.is_being_set_up() { SET_UP_CHANCES } else { 0 };
            } else if live.chances > 0 {
                live.chances -= 1;
            } else {
                return self.pack(self.hand);
            }
            self.hand += 1;
        }
    }

    fn pack(&mut self, at: usize) {
        let id = self.live[at].id;
        let mut live = self.take(at);
        live.call.streams.extend(live.streams.drain(..).map(StreamState::into_stream));
        let place = self.store.write(&(&live.call, &live.events));
        self.set(id, Slot::Packed { start: live.call.start.time, place });
    }

    fn take(&mut self, at: usize) -> Box<Live> {
        let live = self.live.swap_remove(at);
        if let Some(moved) = self.live.get(at) {
            self.set(moved.id, Slot::Live(at as u32));
        }
        live
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_come_back_from_their_bytes() {
        for slot in [
            Slot::Live(u32::MAX),
            Slot::Packed { start: Timestamp(-5), place: Place::of_number((1 << 62) - 1) },
            Slot::Joined { into: CallId(u32::MAX), legs: 64, branches: u16::MAX },
        ] {
            assert_eq!(Slot::of_bytes(slot.into_bytes()), slot);
        }
    }

    #[test]
    fn more_calls_than_memory_has_room_for_are_all_there_in_the_order_of_start() {
        // Two pages of the index are in memory, of eight.
        let limits = Limits { live_calls: 4, live_phones: 4, store_bytes: 0 };
        let mut calls = Calls::new(limits);
        let count: u32 = 16_000;
        let start = |number: u32| Timestamp(i64::from(number ^ 0x155) - 700);
        for number in 0..count {
            let mut call = Call { dialled: number.to_string().into(), ..Call::default() };
            call.start.time = start(number);
            assert_eq!(calls.begin(call), CallId(number));
        }
        // Every hundredth takes the one before it; the number of either leads to it.
        for number in (100..count).step_by(100) {
            calls.join(CallId(number - 1), CallId(number));
            assert_eq!(calls.resolve(CallId(number)).0, CallId(number - 1));
            assert_eq!(calls.live(CallId(number)).id, CallId(number - 1));
        }
        for number in [7, 15_999, 0, 8001, 7] {
            assert_eq!(*calls.live(CallId(number)).call.dialled, *number.to_string());
        }
        let mut seen = 0;
        calls.survey(|id, _| seen += u32::from(id % 100 != 0 || id == 0));
        assert_eq!(seen, count - count / 100 + 1);
        let finished = calls.finish();
        assert_eq!((finished.lost, finished.len()), (0, seen as usize));
        let starts: Vec<Timestamp> =
            (0..finished.len()).map(|index| finished.read(index).unwrap().0.start.time).collect();
        assert!(starts.is_sorted());
    }
}
