//! What is known of each connection: those that spoke of late at hand, the others packed away.
//!
//! Like calls, but for what everybody asks for again and again, which stands in the [`Directory`].

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use super::SET_UP_CHANCES;
use super::directory::Directory;
use super::history::Histories;
use super::model::{End, Registration, RegistrationState, SessionId};
use super::pages::Pages;
use super::session::Session;
use super::store::{Place, Store};

/// One connection.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Desk {
    pub registration: Registration,
    pub session: Session,
    /// Heard of since the clock hand passed.
    #[serde(skip)]
    used: bool,
    /// How often the hand passes by before it is packed away.
    #[serde(skip)]
    chances: u8,
}

/// All connections by their [`SessionId`].
#[derive(Debug)]
pub(super) struct Desks {
    limit: usize,
    /// Where each of them is.
    places: Pages<8>,
    /// Those at hand: with their numbers, for the clock hand to pass.
    live: Vec<(u32, Box<Desk>)>,
    /// Where in `live` one is, most likely: by the lowest bits of its number.
    hints: Vec<u32>,
    hand: usize,
    store: Store,
    pub directory: Directory,
}

#[derive(Debug, Clone, Copy)]
enum Where {
    AtHand(u32),
    Packed(Place),
}

/// Set for those at hand; no file has so many bytes.
const AT_HAND: u64 = 1 << 63;
/// The share of a store's bytes that the places have beside it.
const PLACES_SHARE: usize = 4;
/// Hints at most: more than connections are held open.
const HINTS_MAX: usize = 1 << 20;

impl Where {
    #[inline]
    fn into_bytes(self) -> [u8; 8] {
        match self {
            Self::AtHand(at) => (AT_HAND | u64::from(at)).to_le_bytes(),
            Self::Packed(place) => place.number().to_le_bytes(),
        }
    }

    #[inline]
    fn of_bytes(bytes: [u8; 8]) -> Self {
        let number = u64::from_le_bytes(bytes);
        match number & AT_HAND {
            0 => Self::Packed(Place::of_number(number)),
            _ => Self::AtHand((number ^ AT_HAND) as u32),
        }
    }
}

/// Where a connection's record is, for those who look on.
pub(super) enum Sight<'a> {
    AtHand(&'a Registration),
    Packed(u64),
}

impl Desks {
    pub(super) fn new(limit: usize, store_bytes: usize) -> Self {
        let limit = limit.max(4);
        Self {
            limit,
            places: Pages::new(store_bytes / PLACES_SHARE),
            live: Vec::new(),
            hints: vec![0; (2 * limit).next_power_of_two().min(HINTS_MAX)],
            hand: 0,
            store: Store::new(store_bytes),
            directory: Directory::new(store_bytes),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn push(&mut self, registration: Registration, session: Session) {
        self.make_room(1);
        self.directory.push(&registration);
        let number = self.places.len() as u32;
        self.places.push(&Where::AtHand(0).into_bytes());
        self.set(number, Where::AtHand(self.live.len() as u32));
        self.live.push((number, Box::new(Desk { registration, session, used: true, chances: 0 })));
    }

    fn set(&mut self, number: u32, place: Where) {
        self.places.set(number as usize, &place.into_bytes());
        if let Where::AtHand(at) = place {
            let mask = self.hints.len() - 1;
            self.hints[number as usize & mask] = at;
        }
    }

    /// Where in `live` a connection is.
    #[inline]
    fn at_hand(&self, number: usize) -> Option<usize> {
        let hint = self.hints[number & (self.hints.len() - 1)] as usize;
        match self.live.get(hint) {
            Some((there, _)) if *there as usize == number => Some(hint),
            _ => self.at_hand_without_hint(number),
        }
    }

    #[cold]
    fn at_hand_without_hint(&self, number: usize) -> Option<usize> {
        match Where::of_bytes(self.places.get(number)?) {
            Where::AtHand(at) => Some(at as usize),
            Where::Packed(_) => None,
        }
    }

    /// Packs away those not heard of for longest until there is room for `more`.
    #[inline]
    pub(super) fn make_room(&mut self, more: usize) {
        if self.live.len() + more > self.limit {
            self.clear_up(more);
        }
    }

    #[cold]
    fn clear_up(&mut self, more: usize) {
        while self.live.len() + more > self.limit {
            self.hand = if self.hand >= self.live.len() { 0 } else { self.hand };
            let (_, desk) = &mut self.live[self.hand];
            if desk.used {
                desk.used = false;
                // A phone that rings will speak again within seconds, one that talks or rests within minutes.
                desk.chances = if desk.session.sets_up() { SET_UP_CHANCES } else { 0 };
                self.hand += 1;
            } else if desk.chances > 0 {
                desk.chances -= 1;
                self.hand += 1;
            } else {
                self.pack(self.hand);
            }
        }
    }

    /// What must be called before a connection is spoken of by its number. `false`: there is no such one.
    #[inline]
    pub(super) fn fetch(&mut self, session: SessionId) -> bool {
        match self.at_hand(session.index()) {
            Some(at) => self.live[at].1.used = true,
            None if session.index() < self.len() => self.unpack(session.0),
            None => return false,
        }
        true
    }

    #[cold]
    fn unpack(&mut self, number: u32) {
        let place = self.places.fetch(number as usize).map(Where::of_bytes);
        let record = |place| if let Where::Packed(place) = place { self.store.read(place) } else { None };
        // A disk that fails loses the connection's past, not its future.
        let mut desk: Box<Desk> = place.and_then(record).unwrap_or_default();
        desk.used = true;
        self.set(number, Where::AtHand(self.live.len() as u32));
        self.live.push((number, desk));
    }

    /// Nothing more is expected of it.
    pub(super) fn put_away(&mut self, session: SessionId) {
        if let Some(at) = self.at_hand(session.index()) {
            self.pack(at);
        }
    }

    fn pack(&mut self, at: usize) {
        let (number, desk) = self.live.swap_remove(at);
        let place = self.store.write(&*desk);
        self.set(number, Where::Packed(place));
        if let Some((moved, _)) = self.live.get(at) {
            self.set(*moved, Where::AtHand(at as u32));
        }
    }

    /// Takes over into the directory what came to light.
    pub(super) fn list(&mut self, session: SessionId) {
        if let Some(at) = self.at_hand(session.index()) {
            self.directory.renew(session.index(), &self.live[at].1.registration);
        }
    }

    /// A copy of a connection's record; `None` when there is none, or the disk fails.
    pub(super) fn registration(&self, index: usize) -> Option<Registration> {
        match Where::of_bytes(self.places.get(index)?) {
            Where::AtHand(at) => self.live.get(at as usize).map(|(_, desk)| desk.registration.clone()),
            Where::Packed(place) => self.store.read::<Box<Desk>>(place).map(|desk| desk.registration),
        }
    }

    /// Tells where each connection's record is.
    pub(super) fn survey(&self, mut on: impl FnMut(u32, Sight<'_>)) {
        for number in 0..self.len() {
            match self.places.get(number).map(Where::of_bytes) {
                Some(Where::AtHand(at)) => {
                    if let Some((_, desk)) = self.live.get(at as usize) {
                        on(number as u32, Sight::AtHand(&desk.registration));
                    }
                }
                Some(Where::Packed(place)) => on(number as u32, Sight::Packed(place.number())),
                None => {}
            }
        }
    }
}

/// A connection that [`Desks::fetch`] has brought to hand.
impl Index<usize> for Desks {
    type Output = Desk;

    #[inline]
    fn index(&self, index: usize) -> &Desk {
        let at = self.at_hand(index).expect("who speaks of a connection has fetched it");
        &self.live[at].1
    }
}

impl IndexMut<usize> for Desks {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut Desk {
        let at = self.at_hand(index).expect("who speaks of a connection has fetched it");
        &mut self.live[at].1
    }
}

/// The connections of a finished analysis, in the order in which they were seen.
#[derive(Debug)]
pub struct Registrations {
    desks: Desks,
    /// Phones that connected more than once: failover and fallback, and what that shows.
    histories: Histories,
}

impl Registrations {
    pub(super) fn new(desks: Desks, budget: usize) -> Self {
        let histories = Histories::new(&desks, budget);
        Self { desks, histories }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.desks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, by its number, with all that is remarkable about it.
    pub fn get(&self, index: usize) -> Option<Registration> {
        let mut registration = self.desks.registration(index)?;
        if registration.closed.is_none() && registration.state == RegistrationState::Unregistered {
            registration.end = End::Unregistered;
        }
        super::register::judge(&mut registration);
        registration.findings.extend(self.histories.findings(index));
        Some(registration)
    }

    /// All of them, one at a time.
    pub fn iter(&self) -> impl Iterator<Item = Registration> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Who is at both ends of each.
    pub fn directory(&self) -> &Directory {
        &self.desks.directory
    }

    /// What this connection is in its phone's history: "first", "failover", "standby" …; `None` without a name.
    pub fn step(&self, session: SessionId, registration: &Registration) -> Option<Box<str>> {
        registration.phone.name.as_deref()?;
        let alone = || super::history::kind(&registration.state, None, None, None).into();
        Some(self.histories.step(session.index()).unwrap_or_else(alone))
    }

    pub(super) fn bytes_on_disk(&self) -> u64 {
        self.desks.store.bytes_on_disk()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Endpoint;

    fn registration(number: u8) -> Registration {
        let phone = Endpoint { name: Some(format!("SEP{number:012}").into()), address: None };
        Registration {
            phone,
            server: Endpoint::named("cm"),
            messages: number.into(),
            ..Registration::default()
        }
    }

    #[test]
    fn connections_are_packed_away_and_come_back_when_they_speak() {
        let mut desks = Desks::new(4, 256);
        for number in 0..40 {
            let session = Session { negotiated: number, ..Session::default() };
            desks.push(registration(number), session);
        }
        assert!(desks.live.len() <= 4 && desks.store.bytes_on_disk() > 0, "{desks:?}");
        for number in [7_u8, 39, 0, 20, 7] {
            desks.make_room(0);
            assert!(desks.fetch(SessionId(number.into())));
            let desk = &desks[usize::from(number)];
            assert_eq!((&desk.registration, desk.session.negotiated), (&registration(number), number));
        }
        assert!(!desks.fetch(SessionId(40)));
        let all: Vec<u64> =
            (0..desks.len()).filter_map(|at| Some(desks.registration(at)?.messages)).collect();
        assert_eq!(all, (0..40).collect::<Vec<u64>>());
        assert_eq!(desks.directory.get(9).unwrap().phone, registration(9).phone);
    }
}
