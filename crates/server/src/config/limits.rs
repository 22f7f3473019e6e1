//! How much of the machine phones may take.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;

/// Connections of one address that have not registered, unless the file says otherwise: a VG248 opens 48
/// from one address, a site behind NAT hundreds.
pub const UNREGISTERED_PER_ADDRESS: u32 = 512;

/// Descriptors that are not for phones: listeners, journal, log, epoll, wake-up, room for the rest.
pub const DESCRIPTORS_KEPT: usize = 64;

/// Connections without any descriptor limit known to us.
const SESSIONS_FALLBACK: usize = 960;

/// How long calls may go on after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Limits of a running server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; `None`: as many as the process may have descriptors, less
    /// [`DESCRIPTORS_KEPT`].
    pub sessions_max: Option<usize>,
    /// Connections of one address that have not registered.
    pub unregistered_per_address: u32,
    /// Other values for some networks; the first that holds an address decides.
    pub networks: Vec<Network>,
    /// How long calls may go on after the server was told to stop.
    pub drain: Duration,
    /// Bytes that may wait for a phone that does not read.
    pub queue_max: usize,
}

/// A network with a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Its addresses.
    pub prefix: IpNet,
    /// Connections of one of its addresses that have not registered.
    pub unregistered_per_address: u32,
}

impl Default for Limits {
    fn default() -> Self {
        // This machine's own programs hold many phones behind one address: only the whole number counts.
        let own = ["127.0.0.0/8", "::1/128"].iter().filter_map(|text| text.parse().ok());
        let networks = own.map(|prefix| Network { prefix, unregistered_per_address: u32::MAX }).collect();
        Limits {
            sessions_max: None,
            unregistered_per_address: UNREGISTERED_PER_ADDRESS,
            networks,
            drain: DRAIN,
            queue_max: skinny::connection::WRITE_QUEUE_MAX,
        }
    }
}

impl Limits {
    /// Unregistered connections that this address may have.
    pub fn unregistered_of(&self, address: IpAddr) -> u32 {
        let network = self.networks.iter().find(|network| network.prefix.contains(&address));
        network.map_or(self.unregistered_per_address, |network| network.unregistered_per_address)
    }

    /// Connections at once.
    pub fn sessions(&self) -> usize {
        self.sessions_max.unwrap_or_else(|| {
            descriptors().map_or(SESSIONS_FALLBACK, |count| count.saturating_sub(DESCRIPTORS_KEPT).max(1))
        })
    }
}

/// Descriptors that this process may have.
fn descriptors() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.and_then(|count| usize::try_from(count).ok())
}

/// Raises the soft limit of descriptors to the hard one, as every server with many connections does; the
/// number that holds afterwards.
pub fn raise_descriptors() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // A refusal leaves the soft limit, which `sessions` then goes by.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
    descriptors()
}
