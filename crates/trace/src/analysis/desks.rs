//! What is known of each connection: those that spoke of late at hand, the others packed away.
//!
//! Like calls, but for what everybody asks for again and again, which stands in the [`Directory`].

use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use super::SET_UP_CHANCES;
use super::directory::Directory;
use super::model::{End, Finding, PhoneHistory, Registration, RegistrationState, SessionId};
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
    places: Vec<Whereabouts>,
    /// Those at hand: with their numbers, for the clock hand to pass.
    live: Vec<(u32, Box<Desk>)>,
    hand: usize,
    store: Store,
    pub directory: Directory,
}

#[derive(Debug, Clone, Copy)]
enum Where {
    AtHand(u32),
    Packed(Place),
}

/// A [`Where`] in eight bytes: there is one for each connection of the source, as long as it may be.
#[derive(Debug, Clone, Copy)]
struct Whereabouts(u64);

/// Set for those at hand; no file has so many bytes.
const AT_HAND: u64 = 1 << 63;

impl Whereabouts {
    #[inline]
    fn at_hand(at: usize) -> Self {
        Self(AT_HAND | at as u64)
    }

    fn packed(place: Place) -> Self {
        Self(place.number())
    }

    #[inline]
    fn get(self) -> Where {
        match self.0 & AT_HAND {
            0 => Where::Packed(Place::of_number(self.0)),
            _ => Where::AtHand((self.0 ^ AT_HAND) as u32),
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
        Self {
            limit: limit.max(4),
            places: Vec::new(),
            live: Vec::new(),
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
        self.places.push(Whereabouts::at_hand(self.live.len()));
        let number = self.places.len() as u32 - 1;
        self.live.push((number, Box::new(Desk { registration, session, used: true, chances: 0 })));
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
        match self.places.get(session.index()).map(|place| place.get()) {
            Some(Where::AtHand(at)) => self.live[at as usize].1.used = true,
            Some(Where::Packed(place)) => self.unpack(session.0, place),
            None => return false,
        }
        true
    }

    #[cold]
    fn unpack(&mut self, number: u32, place: Place) {
        // A disk that fails loses the connection's past, not its future.
        let mut desk: Box<Desk> = self.store.read(place).unwrap_or_default();
        desk.used = true;
        self.places[number as usize] = Whereabouts::at_hand(self.live.len());
        self.live.push((number, desk));
    }

    /// Nothing more is expected of it.
    pub(super) fn put_away(&mut self, session: SessionId) {
        if let Some(Where::AtHand(at)) = self.places.get(session.index()).map(|place| place.get()) {
            self.pack(at as usize);
        }
    }

    fn pack(&mut self, at: usize) {
        let (number, desk) = self.live.swap_remove(at);
        self.places[number as usize] = Whereabouts::packed(self.store.write(&*desk));
        if let Some((moved, _)) = self.live.get(at) {
            self.places[*moved as usize] = Whereabouts::at_hand(at);
        }
    }

    /// Takes over into the directory what came to light.
    pub(super) fn list(&mut self, session: SessionId) {
        let index = session.index();
        if let Some(Where::AtHand(at)) = self.places.get(index).map(|place| place.get()) {
            self.directory.renew(index, &self.live[at as usize].1.registration);
        }
    }

    /// A copy of a connection's record; `None` when there is none, or the disk fails.
    pub(super) fn registration(&self, index: usize) -> Option<Registration> {
        match self.places.get(index)?.get() {
            Where::AtHand(at) => Some(self.live[at as usize].1.registration.clone()),
            Where::Packed(place) => self.store.read::<Box<Desk>>(place).map(|desk| desk.registration),
        }
    }

    /// Tells where each connection's record is.
    pub(super) fn survey(&self, mut on: impl FnMut(u32, Sight<'_>)) {
        for (number, place) in self.places.iter().enumerate() {
            match place.get() {
                Where::AtHand(at) => {
                    on(number as u32, Sight::AtHand(&self.live[at as usize].1.registration));
                }
                Where::Packed(place) => {
                    on(number as u32, Sight::Packed(place.number()));
                }
            }
        }
    }
}

/// A connection that [`Desks::fetch`] has brought to hand.
impl Index<usize> for Desks {
    type Output = Desk;

    #[inline]
    fn index(&self, index: usize) -> &Desk {
        let Where::AtHand(at) = self.places[index].get() else {
            unreachable!("who speaks of a connection has fetched it")
        };
        &self.live[at as usize].1
    }
}

impl IndexMut<usize> for Desks {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut Desk {
        let Where::AtHand(at) = self.places[index].get() else {
            unreachable!("who speaks of a connection has fetched it")
        };
        &mut self.live[at as usize].1
    }
}

/// The connections of a finished analysis, in the order in which they were seen.
#[derive(Debug)]
pub struct Registrations {
    desks: Desks,
    /// Phones that connected more than once, by name: failover and fallback.
    histories: Vec<PhoneHistory>,
    /// What those histories show, by connection.
    findings: BTreeMap<u32, Vec<Finding>>,
}

impl Registrations {
    pub(super) fn new(desks: Desks) -> Self {
        let histories = super::history::histories(&desks);
        let mut findings: BTreeMap<u32, Vec<Finding>> = BTreeMap::new();
        for history in &histories {
            super::history::judge(&desks, history, &mut |session, finding| {
                findings.entry(session.0).or_default().push(finding);
            });
        }
        Self { desks, histories, findings }
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
        let more = self.findings.get(&(index as u32)).into_iter().flatten().cloned();
        registration.findings.extend(more);
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

    /// The phones that connected more than once, by name.
    pub fn histories(&self) -> &[PhoneHistory] {
        &self.histories
    }

    /// What this connection is in its phone's history: "first", "failover", "standby" …; `None` without a name.
    pub fn step(&self, session: SessionId, registration: &Registration) -> Option<&str> {
        let name = registration.phone.name.as_deref()?;
        let found = self.histories.binary_search_by(|history| (*history.name).cmp(name));
        let visits = found.ok().map(|at| &self.histories[at].visits);
        let visit = visits.and_then(|visits| visits.iter().find(|visit| visit.session == session));
        Some(visit.map_or(super::history::kind(&registration.state, None, None, None), |visit| &*visit.kind))
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
