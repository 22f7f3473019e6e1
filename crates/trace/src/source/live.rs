//! A network interface as a source: Linux packet sockets, read as an endless pcap.
//!
//! No library in C and nothing unsafe: the kernel cuts off the link's own header, tells the time of each packet, and how many it had
//! to drop. Not for other systems; there, `tcpdump -U -w - | lineside trace -` does the same.

use std::collections::VecDeque;
use std::io::{self, IoSliceMut, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, bind, recvmsg,
    setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike as _};

use super::input::{Input, Kind, Progress};

/// The name that stands for all interfaces.
pub const ANY: &str = "any";

/// Bytes that the kernel may hold for us: a second of a full gigabit line.
const KERNEL_BYTES: usize = 128 << 20;
/// The same without the right to ask for more.
const KERNEL_BYTES_PLAIN: usize = 4 << 20;
/// The largest packet, and what a card may have joined.
const PACKET_MAX: usize = 256 * 1024;
/// How long one look for a packet lasts.
const WAIT_MS: i64 = 20;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN: [u16; 2] = [0x8100, 0x88a8];
/// Tags within tags.
const VLANS_MAX: usize = 2;
/// What leaves a loopback interface comes in again.
const LOOPBACK: u16 = 772;
const OUTGOING: u8 = 4;

/// Beginning of a pcap: little-endian, nanoseconds, version 2.4, raw IP.
const HEAD: [u8; 24] = [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0];

/// Why an interface can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Not allowed.
    #[error(
        "reading {name} needs the right to read all packets: run it as root, or allow the program with `setcap cap_net_raw+ep`"
    )]
    Forbidden {
        /// The interface.
        name: String,
    },
    /// No such interface.
    #[error("there is no interface {name}; there are {known}, and {ANY} for all of them")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The system refuses otherwise.
    #[error("{name} can't be read: {source}")]
    System {
        /// The interface.
        name: String,
        /// What the system said.
        source: Errno,
    },
}

/// An interface that is listened to.
#[derive(Debug)]
struct Interface {
    socket: OwnedFd,
    buffer: Vec<u8>,
    control: Vec<u8>,
    /// Bytes of the pcap that were not yet taken.
    ready: VecDeque<u8>,
    dropped: u32,
    all_dropped: Arc<AtomicU64>,
}

/// Opens an interface as a source; packets that the kernel drops are counted in `progress`.
///
/// # Errors
/// When it is not there, or may not be read.
pub fn open(name: &str, progress: &Progress) -> Result<Input, LiveError> {
    let failed = |source: Errno| match source {
        Errno::EPERM | Errno::EACCES => LiveError::Forbidden { name: name.to_owned() },
        source => LiveError::System { name: name.to_owned(), source },
    };
    let address = if name == ANY { None } else { Some(address_of(name)?) };
    let socket =
        socket(AddressFamily::Packet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, SockProtocol::EthAll)
            .map_err(failed)?;
    if let Some(address) = address {
        bind(socket.as_raw_fd(), &address).map_err(failed)?;
    }
    setsockopt(&socket, sockopt::ReceiveTimestampns, &true).map_err(failed)?;
    setsockopt(&socket, sockopt::RxqOvfl, &1).map_err(failed)?;
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::milliseconds(WAIT_MS)).map_err(failed)?;
    if setsockopt(&socket, sockopt::RcvBufForce, &KERNEL_BYTES).is_err() {
        setsockopt(&socket, sockopt::RcvBuf, &KERNEL_BYTES_PLAIN).map_err(failed)?;
    }
    let interface = Interface {
        socket,
        buffer: vec![0; PACKET_MAX],
        control: nix::cmsg_space!(nix::sys::time::TimeSpec, u32),
        ready: HEAD.into_iter().collect(),
        dropped: 0,
        all_dropped: progress.dropped(),
    };
    Ok(Input::of_stream(name, Kind::Capture, interface))
}

fn address_of(name: &str) -> Result<LinkAddr, LiveError> {
    let all =
        nix::ifaddrs::getifaddrs().map_err(|source| LiveError::System { name: name.to_owned(), source })?;
    let mut known: Vec<(String, LinkAddr)> = all
        .filter_map(|found| Some((found.interface_name.clone(), *found.address?.as_link_addr()?)))
        .collect();
    match known.iter().find(|(found, _)| found == name) {
        Some((_, address)) => Ok(*address),
        None => {
            known.sort_by(|one, other| one.0.cmp(&other.0));
            let known: Vec<String> = known.into_iter().map(|(name, _)| name).collect();
            Err(LiveError::Unknown { name: name.to_owned(), known: known.join(", ") })
        }
    }
}

impl Interface {
    /// Waits a little for a packet. False when none came.
    fn receive(&mut self) -> io::Result<bool> {
        let mut parts = [IoSliceMut::new(&mut self.buffer)];
        let descriptor = self.socket.as_raw_fd();
        let message =
            match recvmsg::<LinkAddr>(descriptor, &mut parts, Some(&mut self.control), MsgFlags::empty()) {
                Ok(message) => message,
                Err(Errno::EAGAIN | Errno::EINTR) => return Ok(false),
                // The interface went down, and may come up again.
                Err(Errno::ENETDOWN) => return Ok(false),
                Err(error) => return Err(error.into()),
            };
        let mut time = None;
        for control in message.cmsgs()? {
            match control {
                ControlMessageOwned::ScmTimestampns(at) => time = Some((at.tv_sec(), at.tv_nsec())),
                ControlMessageOwned::RxqOvfl(dropped) => {
                    let more = dropped.wrapping_sub(std::mem::replace(&mut self.dropped, dropped));
                    self.all_dropped.fetch_add(u64::from(more), Ordering::Relaxed);
                }
                _ => {}
            }
        }
        let (len, from) = (message.bytes, message.address);
        let Some(from) = from else { return Ok(true) };
        if from.hatype() == LOOPBACK && from.pkttype() == OUTGOING {
            return Ok(true);
        }
        let packet = &self.buffer[..len.min(self.buffer.len())];
        let Some(packet) = network_layer(packet, u16::from_be(from.protocol())) else { return Ok(true) };
        let (seconds, nanos) = time.unwrap_or_else(now);
        let len = packet.len() as u32;
        for word in [seconds as u32, nanos as u32, len, len] {
            self.ready.extend(word.to_le_bytes());
        }
        self.ready.extend(packet);
        Ok(true)
    }
}

impl Read for Interface {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() {
            if !self.receive()? {
                return Ok(0);
            }
        }
        self.ready.read(out)
    }
}

/// The IP packet behind tags; `None` for other protocols.
fn network_layer(mut packet: &[u8], mut protocol: u16) -> Option<&[u8]> {
    for _ in 0..VLANS_MAX {
        if !VLAN.contains(&protocol) {
            break;
        }
        protocol = u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]);
        packet = packet.get(4..)?;
    }
    matches!(protocol, IPV4 | IPV6).then_some(packet)
}

fn now() -> (i64, i64) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (since.as_secs() as i64, i64::from(since.subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::ops::ControlFlow;

    use super::*;
    use crate::reader::{Datagram, FrameSink, RawFrame};
    use crate::source::{Inputs, Mixed, Step};

    #[test]
    fn tags_are_cut_off() {
        let plain = [0x45, 1, 2];
        assert_eq!(network_layer(&plain, IPV4), Some(&plain[..]));
        assert_eq!(network_layer(&[0, 7, 8, 0, 0x45], 0x8100), Some(&[0x45][..]));
        assert_eq!(network_layer(&[0, 7, 0x81, 0, 0, 8, 0x86, 0xdd, 0x60], 0x88a8), Some(&[0x60][..]));
        for wrong in [network_layer(&[0, 7, 8], 0x8100), network_layer(&plain, 0x0806)] {
            assert_eq!(wrong, None);
        }
    }

    #[test]
    fn an_interface_that_is_not_there_is_named_with_those_that_are() {
        let error = open("nothing9", &Progress::default()).err().map(|error| error.to_string());
        let error = error.expect("there is none");
        assert!(error.contains("nothing9") && error.contains("lo"), "{error}");
    }

    /// Datagrams by their first bytes.
    #[derive(Default)]
    struct Heard(Vec<Vec<u8>>);

    impl FrameSink for Heard {
        fn frame(&mut self, _: RawFrame<'_>) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
        fn datagram(&mut self, datagram: Datagram<'_>) {
            if datagram.payload.starts_with(b"lineside live") {
                self.0.push(datagram.payload.to_vec());
            }
        }
    }

    #[test]
    fn what_goes_over_the_loopback_is_heard_once() {
        let mut inputs = Inputs::default();
        match open("lo", &inputs.progress) {
            Ok(input) => inputs.inputs.push(input),
            Err(LiveError::Forbidden { .. }) => {
                assert!(std::env::var_os("CI").is_none(), "CI must be allowed to read packets");
                eprintln!("SKIPPED: reading packets is not allowed here");
                return;
            }
            Err(error) => panic!("{error}"),
        }
        let mut mixed = Mixed::new(inputs);
        let mut heard = Heard::default();
        while mixed.step(&mut heard) == Step::Read {}
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        for n in 0..3 {
            socket.send_to(format!("lineside live {n}").as_bytes(), "127.0.0.1:9").expect("sent");
        }
        socket.send_to(b"lineside live end", "127.0.0.1:9").expect("sent");
        let is_end = |heard: &Heard| heard.0.last().is_some_and(|last| last == b"lineside live end");
        while !is_end(&heard) {
            assert_ne!(mixed.step(&mut heard), Step::Stopped);
        }
        assert_eq!(heard.0.len(), 4);
    }
}
