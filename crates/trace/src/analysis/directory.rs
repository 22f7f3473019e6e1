//! Who is at both ends of each connection: what calls ask for when they are shown, packed small.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use hashbrown::HashMap;

use super::model::{Endpoint, MessageRef, Registration};
use super::pages::Pages;
use crate::Timestamp;

/// Bytes of a record.
const FACE_BYTES: usize = 96;
/// Where in a record: the flags, the name with its length before it, the phone's address and port, the call manager's number, the
/// address that the phone gave as its own, and the message with it.
const FLAGS_AT: usize = 0;
const NAME_LENGTH_AT: usize = 1;
const NAME_AT: usize = 2;
const NAME_MAX: usize = 32;
const ADDRESS_AT: usize = NAME_AT + NAME_MAX;
const PORT_AT: usize = ADDRESS_AT + 16;
const SERVER_AT: usize = PORT_AT + 2;
const SAID_AT: usize = SERVER_AT + 4;
const ASKED_AT: usize = SAID_AT + 16;
/// What a record has.
const HAS_NAME: u8 = 1;
const HAS_LONG_NAME: u8 = 2;
const HAS_ADDRESS: u8 = 4;
const ADDRESS_IS_IPV4: u8 = 8;
const HAS_SAID: u8 = 16;
const SAID_IS_IPV4: u8 = 32;

/// Names of addresses remembered.
pub const HOSTS_MAX: usize = 65_536;

type Record = [u8; FACE_BYTES];

/// Who is at both ends of each connection. In memory up to a budget, beyond it in a file without a name.
#[derive(Debug)]
pub struct Directory {
    faces: Pages<FACE_BYTES>,
    len: usize,
    /// Names that find no room in a record; those of phones do.
    long_names: BTreeMap<u32, Box<str>>,
    servers: Vec<Endpoint>,
    by_server: HashMap<Endpoint, u32>,
    /// What the source calls addresses, for those who have no name of their own.
    hosts: HashMap<IpAddr, Box<str>>,
}

/// Both ends of a connection.
#[derive(Debug, Clone)]
pub struct Face<'a> {
    /// The phone.
    pub phone: Endpoint,
    /// The call manager.
    pub server: &'a Endpoint,
    /// The address that the phone gave as its own where its packets come from another, and the message.
    pub said: Option<(IpAddr, MessageRef)>,
}

impl Directory {
    /// Of nobody yet; `budget` bytes may lie in memory.
    pub(super) fn new(budget: usize) -> Self {
        Self {
            faces: Pages::new(budget),
            len: 0,
            long_names: BTreeMap::new(),
            servers: Vec::new(),
            by_server: HashMap::new(),
            hosts: HashMap::new(),
        }
    }

    /// What an address is called, beyond [`HOSTS_MAX`] of them forgotten.
    pub(super) fn name_address(&mut self, address: IpAddr, name: &str) {
        if self.hosts.len() < HOSTS_MAX {
            self.hosts.insert(address, name.into());
        }
        let is_there = |server: &&mut Endpoint| server.address.is_some_and(|there| there.ip() == address);
        for server in self.servers.iter_mut().filter(is_there) {
            server.name.get_or_insert_with(|| name.into());
        }
    }

    /// What the source calls an address.
    pub fn host(&self, address: Option<SocketAddr>) -> Option<&str> {
        self.hosts.get(&address?.ip()).map(|name| &**name)
    }

    /// The name that a phone itself goes by: for who must know which phones are the same.
    pub(super) fn own_name(&self, index: usize) -> Option<Box<str>> {
        self.name_in(index, &self.faces.get(index)?)
    }

    fn name_in(&self, index: usize, record: &Record) -> Option<Box<str>> {
        match record[FLAGS_AT] & (HAS_NAME | HAS_LONG_NAME) {
            0 => None,
            HAS_NAME => {
                let bytes = record.get(NAME_AT..NAME_AT + usize::from(record[NAME_LENGTH_AT]))?;
                std::str::from_utf8(bytes).ok().map(Into::into)
            }
            _ => self.long_names.get(&(index as u32)).cloned(),
        }
    }

    /// Of these connections, in this order.
    pub fn of<'r>(registrations: impl IntoIterator<Item = &'r Registration>) -> Self {
        let mut directory = Self::new(0);
        registrations.into_iter().for_each(|registration| directory.push(registration));
        directory
    }

    /// Both ends of a connection, by its number.
    pub fn get(&self, index: usize) -> Option<Face<'_>> {
        let record = self.faces.get(index)?;
        let has = |flag| record[FLAGS_AT] & flag != 0;
        let address = has(HAS_ADDRESS).then(|| {
            let port = u16::from_le_bytes([record[PORT_AT], record[PORT_AT + 1]]);
            SocketAddr::new(ip(&record, ADDRESS_AT, has(ADDRESS_IS_IPV4)), port)
        });
        let name = self.name_in(index, &record).or_else(|| self.host(address).map(Into::into));
        let server = u32::from_le_bytes(*record[SERVER_AT..].first_chunk()?);
        let said = || Some((ip(&record, SAID_AT, has(SAID_IS_IPV4)), message(record.get(ASKED_AT..)?)?));
        Some(Face {
            phone: Endpoint { name, address },
            server: self.servers.get(server as usize)?,
            said: has(HAS_SAID).then(said).flatten(),
        })
    }

    pub(super) fn push(&mut self, registration: &Registration) {
        let record = self.record(self.len, registration);
        self.faces.push(&record);
        self.len += 1;
    }

    pub(super) fn renew(&mut self, index: usize, registration: &Registration) {
        let record = self.record(index, registration);
        self.faces.set(index, &record);
    }

    fn record(&mut self, index: usize, registration: &Registration) -> Record {
        let mut record = [0; FACE_BYTES];
        let mut flags = 0;
        if let Some(name) = &registration.phone.name {
            flags |= HAS_NAME;
            match record.get_mut(NAME_AT..NAME_AT + name.len()).filter(|_| name.len() <= NAME_MAX) {
                Some(place) => {
                    place.copy_from_slice(name.as_bytes());
                    record[NAME_LENGTH_AT] = name.len() as u8;
                }
                None => {
                    flags |= HAS_LONG_NAME;
                    self.long_names.insert(index as u32, name.clone());
                }
            }
        }
        if let Some(address) = registration.phone.address {
            flags |= HAS_ADDRESS | put_ip(&mut record, ADDRESS_AT, address.ip(), ADDRESS_IS_IPV4);
            record[PORT_AT..SERVER_AT].copy_from_slice(&address.port().to_le_bytes());
        }
        let device = registration.device.as_deref();
        let said = device.and_then(|device| Some((device.said_address?, device.asked?)));
        let seen = registration.phone.address.map(|address| address.ip());
        if let Some((said, asked)) = said.filter(|(said, _)| seen.is_some_and(|seen| seen != *said)) {
            flags |= HAS_SAID | put_ip(&mut record, SAID_AT, said, SAID_IS_IPV4);
            record[ASKED_AT..ASKED_AT + 8].copy_from_slice(&asked.time.0.to_le_bytes());
            record[ASKED_AT + 8..ASKED_AT + 16].copy_from_slice(&asked.number.to_le_bytes());
            record[ASKED_AT + 16..ASKED_AT + 18].copy_from_slice(&asked.source.to_le_bytes());
            record[ASKED_AT + 18..ASKED_AT + 20].copy_from_slice(&asked.nth.to_le_bytes());
        }
        record[SERVER_AT..SAID_AT].copy_from_slice(&self.server(&registration.server).to_le_bytes());
        record[FLAGS_AT] = flags;
        record
    }

    fn server(&mut self, server: &Endpoint) -> u32 {
        if let Some(known) = self.by_server.get(server) {
            return *known;
        }
        let number = self.servers.len() as u32;
        let host = server.name.clone().or_else(|| self.host(server.address).map(Into::into));
        self.servers.push(Endpoint { name: host, address: server.address });
        self.by_server.insert(server.clone(), number);
        number
    }
}

/// Puts an address at its place; gives `mark` when it is IPv4.
fn put_ip(record: &mut Record, at: usize, address: IpAddr, mark: u8) -> u8 {
    match address {
        IpAddr::V4(address) => {
            record[at..at + 4].copy_from_slice(&address.octets());
            mark
        }
        IpAddr::V6(address) => {
            record[at..at + 16].copy_from_slice(&address.octets());
            0
        }
    }
}

fn ip(record: &Record, at: usize, is_ipv4: bool) -> IpAddr {
    let octets: [u8; 16] = record[at..at + 16].try_into().expect("addresses have sixteen bytes of room");
    match octets {
        [a, b, c, d, ..] if is_ipv4 => IpAddr::from([a, b, c, d]),
        octets => IpAddr::from(octets),
    }
}

fn message(bytes: &[u8]) -> Option<MessageRef> {
    let (time, rest) = bytes.split_first_chunk()?;
    let (number, rest) = rest.split_first_chunk()?;
    let &[a, b, c, d] = rest.first_chunk()?;
    Some(MessageRef {
        time: Timestamp(i64::from_le_bytes(*time)),
        number: u64::from_le_bytes(*number),
        source: u16::from_le_bytes([a, b]),
        nth: u16::from_le_bytes([c, d]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Device;

    #[test]
    fn what_was_put_in_comes_out_as_it_was() {
        let asked = MessageRef { time: Timestamp(-5), source: 3, number: 1 << 40, nth: 2 };
        let device = |said: &str| {
            Some(Box::new(Device {
                said_address: Some(said.parse().unwrap()),
                asked: Some(asked),
                ..Device::default()
            }))
        };
        let end = |name: Option<&str>, address: Option<&str>| Endpoint {
            name: name.map(Into::into),
            address: address.map(|address| address.parse().unwrap()),
        };
        let long = "a host with a name that is longer than that of any phone";
        let of = [
            (end(Some("SEP001122334455"), Some("10.0.0.9:50001")), device("192.168.1.9")),
            (end(Some("SEP001122334456"), Some("[2001:db8::9]:50001")), device("2001:db8::77")),
            (end(None, Some("10.0.0.10:50002")), device("10.0.0.10")),
            (end(Some(long), None), None),
            (end(Some(""), None), None),
            (end(None, None), None),
        ];
        let registrations: Vec<Registration> = of
            .into_iter()
            .map(|(phone, device)| Registration {
                phone,
                device,
                server: end(Some("cm"), Some("10.0.0.1:2000")),
                ..Registration::default()
            })
            .collect();
        let mut directory = Directory::of(&registrations);
        let said = [Some("192.168.1.9"), Some("2001:db8::77"), None, None, None, None];
        for (index, (registration, said)) in registrations.iter().zip(said).enumerate() {
            let face = directory.get(index).unwrap();
            assert_eq!((&face.phone, face.server), (&registration.phone, &registration.server));
            assert_eq!(face.said, said.map(|said| (said.parse().unwrap(), asked)));
        }
        assert!(directory.get(6).is_none() && directory.servers.len() == 1);
        // Names that the source gives to addresses are for those without one of their own.
        for address in ["10.0.0.9", "10.0.0.10", "10.0.0.1"] {
            directory.name_address(address.parse().unwrap(), "lobby");
        }
        let shown = |index| directory.get(index).unwrap().phone.name;
        assert_eq!((shown(0).as_deref(), shown(2).as_deref()), (Some("SEP001122334455"), Some("lobby")));
        assert_eq!(
            (directory.own_name(2), directory.get(2).unwrap().server.name.as_deref()),
            (None, Some("cm"))
        );
        // Who had a long name and has a short one now.
        directory.renew(3, &registrations[0]);
        assert_eq!(directory.get(3).unwrap().phone, registrations[0].phone);
    }
}
