//! Which lines belong to which phone: by TCP handle, process id or instance.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::reader::DeviceName;

/// Phones of one trace kept at once. Beyond, all are forgotten and learned anew.
pub const MAX_PHONES: usize = 200_000;

/// Stands for an address that the trace does not tell, with port 0 for a port: nothing is made up, and nobody shows this one.
const UNTOLD: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// What lines of one phone have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `tcpHandle=0x4fbbc30`.
    Handle(u64),
    /// `TCPPid = [1.100.117.1]`.
    Pid([u32; 4]),
    /// `(0000188)`, and the fourth number of `StationD(1,100,63,188)`.
    Instance(u32),
}

/// What a line tells of its phone.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Known {
    pub device: Option<DeviceName>,
    pub address: Option<IpAddr>,
    pub port: Option<u16>,
}

/// One phone.
#[derive(Debug)]
pub struct Phone {
    /// Counted from 0; a slot and a connection at once, since none is used again.
    pub number: u32,
    pub known: Known,
    /// Whether its connection was told of.
    pub told: bool,
}

/// The phones of a trace.
#[derive(Debug, Default)]
pub struct Phones {
    by_key: BTreeMap<Key, Phone>,
    next: u32,
    /// The call manager's address, when the file's head says it.
    pub host: Option<IpAddr>,
    /// Times that all were forgotten.
    pub forgotten: u64,
}

impl Phones {
    /// The phone of a key, with what a line tells of it; and whether that names it anew.
    pub fn learn(&mut self, key: Key, known: Known) -> (&mut Phone, bool) {
        if self.by_key.len() >= MAX_PHONES && !self.by_key.contains_key(&key) {
            self.by_key.clear();
            self.forgotten += 1;
        }
        let next = &mut self.next;
        let phone = self.by_key.entry(key).or_insert_with(|| {
            let number = *next;
            *next = next.wrapping_add(1);
            Phone { number, known: Known::default(), told: false }
        });
        let renamed = known.device.is_some() && known.device != phone.known.device;
        let addressed = known.address.is_some() && known.address != phone.known.address;
        phone.known.device = known.device.or(phone.known.device);
        phone.known.address = known.address.or(phone.known.address);
        phone.known.port = known.port.or(phone.known.port);
        let news = renamed || (addressed && phone.known.device.is_some());
        (phone, news)
    }

    /// The call manager's end: traces do not name its port.
    pub fn server(&self) -> SocketAddr {
        SocketAddr::new(self.host.unwrap_or(UNTOLD), 0)
    }
}

impl Phone {
    /// The phone's end, as far as the trace says; see [`UNTOLD`].
    pub fn end(&self) -> SocketAddr {
        SocketAddr::new(self.known.address.unwrap_or(UNTOLD), self.known.port.unwrap_or(0))
    }
}
