//! What is known of each connection: those that spoke of late at hand, the others packed away.
//!
//! Like calls, but for what everybody asks for again and again, which stays in the [`Directory`].

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::{Index, IndexMut};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::model::{
    End, Endpoint, Finding, MessageRef, PhoneHistory, Registration, RegistrationState, SessionId,
};
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
}

/// All connections by their [`SessionId`].
#[derive(Debug)]
pub(super) struct Desks {
    limit: usize,
    places: Vec<Where>,
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
            directory: Directory::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn push(&mut self, registration: Registration, session: Session) {
        self.make_room(1);
        self.directory.push(&registration);
        self.places.push(Where::AtHand(self.live.len() as u32));
        let number = self.places.len() as u32 - 1;
        self.live.push((number, Box::new(Desk { registration, session, used: true })));
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
                self.hand += 1;
            } else {
                self.pack(self.hand);
            }
        }
    }

    /// What must be called before a connection is spoken of by its number. `false`: there is no such one.
    #[inline]
    pub(super) fn fetch(&mut self, session: SessionId) -> bool {
        match self.places.get(session.index()) {
            Some(Where::AtHand(at)) => self.live[*at as usize].1.used = true,
            Some(Where::Packed(place)) => self.unpack(session.0, *place),
            None => return false,
        }
        true
    }

    #[cold]
    fn unpack(&mut self, number: u32, place: Place) {
        // A disk that fails loses the connection's past, not its future.
        let mut desk: Box<Desk> = self.store.read(place).unwrap_or_default();
        desk.used = true;
        self.places[number as usize] = Where::AtHand(self.live.len() as u32);
        self.live.push((number, desk));
    }

    /// Nothing more is expected of it.
    pub(super) fn put_away(&mut self, session: SessionId) {
        if let Some(Where::AtHand(at)) = self.places.get(session.index()) {
            self.pack(*at as usize);
        }
    }

    fn pack(&mut self, at: usize) {
        let (number, desk) = self.live.swap_remove(at);
        self.places[number as usize] = Where::Packed(self.store.write(&*desk));
        if let Some((moved, _)) = self.live.get(at) {
            self.places[*moved as usize] = Where::AtHand(at as u32);
        }
    }

    /// Takes over into the directory what came to light.
    pub(super) fn list(&mut self, session: SessionId) {
        let index = session.index();
        if let Some(Where::AtHand(at)) = self.places.get(index) {
            self.directory.renew(index, &self.live[*at as usize].1.registration);
        }
    }

    /// A copy of a connection's record; `None` when there is none, or the disk fails.
    pub(super) fn registration(&self, index: usize) -> Option<Registration> {
        match *self.places.get(index)? {
            Where::AtHand(at) => Some(self.live[at as usize].1.registration.clone()),
            Where::Packed(place) => self.store.read::<Box<Desk>>(place).map(|desk| desk.registration),
        }
    }

    /// Tells where each connection's record is.
    pub(super) fn survey(&self, mut on: impl FnMut(u32, Sight<'_>)) {
        for (number, place) in self.places.iter().enumerate() {
            match place {
                Where::AtHand(at) => {
                    on(number as u32, Sight::AtHand(&self.live[*at as usize].1.registration));
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
        let Where::AtHand(at) = self.places[index] else {
            unreachable!("who speaks of a connection has fetched it")
        };
        &self.live[at as usize].1
    }
}

impl IndexMut<usize> for Desks {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut Desk {
        let Where::AtHand(at) = self.places[index] else {
            unreachable!("who speaks of a connection has fetched it")
        };
        &mut self.live[at as usize].1
    }
}

/// Who is at both ends of each connection: what stays in memory of all of them.
#[derive(Debug, Default)]
pub struct Directory {
    faces: Vec<Kept>,
    servers: Vec<Endpoint>,
    by_server: HashMap<Endpoint, u32>,
}

#[derive(Debug)]
struct Kept {
    phone: Endpoint,
    server: u32,
    /// The address that the phone gave as its own where its packets come from another, and the message.
    said: Option<Box<(IpAddr, MessageRef)>>,
}

/// Both ends of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Face<'a> {
    /// The phone.
    pub phone: &'a Endpoint,
    /// The call manager.
    pub server: &'a Endpoint,
    /// The address that the phone gave as its own where its packets come from another, and the message.
    pub said: Option<(IpAddr, MessageRef)>,
}

impl Directory {
    /// Of these connections, in this order.
    pub fn of<'r>(registrations: impl IntoIterator<Item = &'r Registration>) -> Self {
        let mut directory = Self::default();
        registrations.into_iter().for_each(|registration| directory.push(registration));
        directory
    }

    /// Both ends of a connection, by its number.
    pub fn get(&self, index: usize) -> Option<Face<'_>> {
        let kept = self.faces.get(index)?;
        let server = &self.servers[kept.server as usize];
        Some(Face { phone: &kept.phone, server, said: kept.said.as_deref().copied() })
    }

    fn push(&mut self, registration: &Registration) {
        self.faces.push(Kept { phone: Endpoint::default(), server: 0, said: None });
        self.renew(self.faces.len() - 1, registration);
    }

    fn renew(&mut self, index: usize, registration: &Registration) {
        let server = self.server(&registration.server);
        let device = registration.device.as_deref();
        let said = device.and_then(|device| Some((device.said_address?, device.asked?)));
        let seen = registration.phone.address.map(|address| address.ip());
        let kept = &mut self.faces[index];
        kept.server = server;
        kept.said = said.filter(|(said, _)| seen.is_some_and(|seen| seen != *said)).map(Box::new);
        if kept.phone != registration.phone {
            kept.phone = registration.phone.clone();
        }
    }

    fn server(&mut self, server: &Endpoint) -> u32 {
        if let Some(known) = self.by_server.get(server) {
            return *known;
        }
        let number = self.servers.len() as u32;
        self.servers.push(server.clone());
        self.by_server.insert(server.clone(), number);
        number
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
        assert_eq!(desks.directory.servers.len(), 1);
        assert_eq!(desks.directory.get(9).unwrap().phone, &registration(9).phone);
    }
}
