//! The calls of an analysis: open ones at hand, the others packed away.

use serde::{Deserialize, Serialize};

use super::media::StreamState;
use super::model::{Call, Event, Leg};
use super::store::{Place, Store};
use super::{Limits, SET_UP_CHANCES};
use crate::Timestamp;

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

/// A packed call of a finished analysis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packed {
    pub start: Timestamp,
    pub place: Place,
}

/// Where a call is, for those who look on.
pub(super) enum Sight<'a> {
    Live(&'a Call),
    Packed(u64),
}

/// Where a call is.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Live(u32),
    Packed(Packed),
    /// It became part of another, whose legs and branches it follows.
    Joined {
        into: CallId,
        legs: u16,
        branches: u16,
    },
}

/// All calls.
#[derive(Debug)]
pub(super) struct Calls {
    limits: Limits,
    slots: Vec<Slot>,
    #[allow(clippy::vec_box, reason = "a call is a kilobyte, and its place changes often")]
    live: Vec<Box<Live>>,
    hand: usize,
    pub store: Store,
}

impl Calls {
    pub(super) fn new(limits: Limits) -> Self {
        let store = Store::new(limits.store_bytes);
        Self { limits, slots: Vec::new(), live: Vec::new(), hand: 0, store }
    }

    /// A new call.
    pub(super) fn begin(&mut self, call: Call) -> CallId {
        let id = CallId(self.slots.len() as u32);
        self.slots.push(Slot::Live(0));
        self.put(id, call, Vec::new());
        id
    }

    /// The call at hand that `id` stands for now; unpacked when need be.
    #[inline]
    pub(super) fn live(&mut self, id: CallId) -> &mut Live {
        if let Some(Slot::Live(at)) = self.slots.get(id.0 as usize) {
            let live = &mut self.live[*at as usize];
            live.used = true;
            return live;
        }
        self.bring_back(id)
    }

    #[cold]
    fn bring_back(&mut self, id: CallId) -> &mut Live {
        let (id, _, _) = self.resolve(id);
        if let Slot::Packed(packed) = self.slots[id.0 as usize] {
            // A disk that fails loses the call's past, not its future.
            let (call, events) = self.store.read(packed.place).unwrap_or_default();
            self.put(id, call, events);
        }
        let Slot::Live(at) = self.slots[id.0 as usize] else { unreachable!("put has made it live") };
        let live = &mut self.live[at as usize];
        live.used = true;
        live
    }

    /// Follows joins: the call, and by how many legs and branches the numbers shift.
    #[inline]
    pub(super) fn resolve(&self, id: CallId) -> (CallId, u16, u16) {
        let (mut id, mut leg_shift, mut branch_shift) = (id, 0, 0);
        while let Slot::Joined { into, legs, branches } = self.slots[id.0 as usize] {
            (id, leg_shift, branch_shift) = (into, leg_shift + legs, branch_shift + branches);
        }
        (id, leg_shift, branch_shift)
    }

    /// The leg that a reference stands for now.
    #[inline]
    pub(super) fn leg(&self, leg: LegRef) -> LegRef {
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
        let Slot::Live(at) = self.slots[from.0 as usize] else { return into };
        let taken = self.take(at as usize);
        let live = self.live(into);
        let (legs, branches) = (live.call.legs.len() as u16, live.call.branches.len() as u16);
        super::join::absorb(live, *taken);
        self.slots[from.0 as usize] = Slot::Joined { into, legs, branches };
        into
    }

    /// The call at hand that fits and was heard of last.
    pub(super) fn newest(&self, fits: impl Fn(&Call) -> bool) -> Option<CallId> {
        let fitting = self.live.iter().filter(|live| fits(&live.call));
        fitting.max_by_key(|live| live.call.last).map(|live| live.id)
    }

    /// Tells where each call is.
    pub(super) fn survey(&self, mut on: impl FnMut(u32, Sight<'_>)) {
        for (id, slot) in self.slots.iter().enumerate() {
            match slot {
                Slot::Live(at) => on(id as u32, Sight::Live(&self.live[*at as usize].call)),
                Slot::Packed(packed) => on(id as u32, Sight::Packed(packed.place.number())),
                Slot::Joined { .. } => {}
            }
        }
    }

    /// A call as it stands.
    pub(super) fn copy(&self, id: u32) -> Option<(Call, Vec<Event>)> {
        match self.slots.get(id as usize)? {
            Slot::Live(at) => {
                let live = &self.live[*at as usize];
                Some((live.call.clone(), live.events.clone()))
            }
            Slot::Packed(packed) => self.store.read(packed.place),
            Slot::Joined { into, .. } => self.copy(into.0),
        }
    }

    /// Packs everything, in the order of start.
    pub(super) fn finish(mut self) -> (Vec<Packed>, Store) {
        while !self.live.is_empty() {
            self.pack(self.live.len() - 1);
        }
        let mut packed: Vec<Packed> = self
            .slots
            .iter()
            .filter_map(|slot| if let Slot::Packed(packed) = slot { Some(*packed) } else { None })
            .collect();
        packed.sort_by_key(|packed| packed.start);
        (packed, self.store)
    }

    fn put(&mut self, id: CallId, call: Call, events: Vec<Event>) {
        if self.live.len() >= self.limits.live_calls.max(4) {
            self.evict();
        }
        self.slots[id.0 as usize] = Slot::Live(self.live.len() as u32);
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
        self.slots[id.0 as usize] = Slot::Packed(Packed { start: live.call.start.time, place });
    }

    fn take(&mut self, at: usize) -> Box<Live> {
        let live = self.live.swap_remove(at);
        if let Some(moved) = self.live.get(at) {
            self.slots[moved.id.0 as usize] = Slot::Live(at as u32);
        }
        live
    }
}
