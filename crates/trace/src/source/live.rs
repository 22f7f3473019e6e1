//! A network interface as a source: Linux packet sockets, read as an endless pcap.
//!
//! No library in C and nothing unsafe: the kernel cuts off the link's own header, tells the time of each packet, and how many it had
//! to drop. Not for other systems; there, `tcpdump -U -w - | lineside trace -` does the same: see docs/decisions/live-capture.md.

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
const PPPOE: u16 = 0x8864;
const PPP_IPV4: u16 = 0x0021;
const PPP_IPV6: u16 = 0x0057;
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
    /// It could not be put into promiscuous mode.
    #[error(
        "{name} can't be put into promiscuous mode: {source}; it needs the right to change interfaces (root, or cap_net_admin) and /sys, and stands for no single one when the name is {ANY}"
    )]
    Promiscuous {
        /// The interface.
        name: String,
        /// What the system said.
        source: io::Error,
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
    /// Until the interface is closed.
    _promiscuous: Option<Promiscuous>,
    buffer: Vec<u8>,
    control: Vec<u8>,
    /// Bytes of the pcap that were not yet taken.
    ready: VecDeque<u8>,
    dropped: u32,
    all_dropped: Arc<AtomicU64>,
}

/// Beginning of an interface's flags in /sys, and the one that we set.
const FLAGS: &str = "/sys/class/net";
const PROMISCUOUS: u32 = 0x100;

/// An interface in promiscuous mode: it takes what is for others too. Ends when this is dropped.
#[derive(Debug)]
struct Promiscuous {
    flags: std::path::PathBuf,
    before: u32,
}

impl Promiscuous {
    fn begin(name: &str) -> io::Result<Self> {
        // A name with a slash in it would be another file.
        if name == ANY || name.contains('/') {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let flags = std::path::Path::new(FLAGS).join(name).join("flags");
        let before = flags_in(&std::fs::read_to_string(&flags)?).ok_or(io::ErrorKind::InvalidData)?;
        let promiscuous = Self { flags, before };
        promiscuous.set(before | PROMISCUOUS)?;
        Ok(promiscuous)
    }

    fn set(&self, flags: u32) -> io::Result<()> {
        std::fs::write(&self.flags, format!("{flags:#x}"))
    }
}

impl Drop for Promiscuous {
    fn drop(&mut self) {
        // Flags may have changed meanwhile: only ours is taken back.
        let now = std::fs::read_to_string(&self.flags).ok().and_then(|now| flags_in(&now));
        if self.before & PROMISCUOUS == 0
            && let Some(now) = now
        {
            let _ = self.set(now & !PROMISCUOUS);
        }
    }
}

/// `0x1003`.
fn flags_in(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok()
}

/// Opens an interface as a source, `promiscuous` or not; packets that the kernel drops are counted in `progress`.
///
/// # Errors
/// When it is not there, or may not be read.
pub fn open(name: &str, promiscuous: bool, progress: &Progress) -> Result<Input, LiveError> {
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
    let promiscuous = match promiscuous {
        true => Some(
            Promiscuous::begin(name)
                .map_err(|source| LiveError::Promiscuous { name: name.to_owned(), source })?,
        ),
        false => None,
    };
    let interface = Interface {
        socket,
        _promiscuous: promiscuous,
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

/// The IP packet behind tags and PPPoE; `None` for other protocols.
fn network_layer(mut packet: &[u8], mut protocol: u16) -> Option<&[u8]> {
    for _ in 0..VLANS_MAX {
        if !VLAN.contains(&protocol) {
            break;
        }
        protocol = u16::from_be_bytes([*packet.get(2)?, *packet.get(3)?]);
        packet = packet.get(4..)?;
    }
    if protocol == PPPOE {
        let kind = u16::from_be_bytes([*packet.get(6)?, *packet.get(7)?]);
        protocol = match kind {
            PPP_IPV4 => IPV4,
            PPP_IPV6 => IPV6,
            _ => return None,
        };
        packet = packet.get(8..)?;
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
        let session = [0x11, 0, 0, 7, 0, 3, 0, 0x21, 0x45];
        assert_eq!(network_layer(&session, 0x8864), Some(&[0x45][..]));
        assert_eq!(network_layer(&[&[0, 7, 0x88, 0x64][..], &session].concat(), 0x8100), Some(&[0x45][..]));
        assert_eq!(network_layer(&[0x11, 0, 0, 7, 0, 3, 0xc0, 0x21, 1], 0x8864), None);
        for wrong in [network_layer(&[0, 7, 8], 0x8100), network_layer(&plain, 0x0806)] {
            assert_eq!(wrong, None);
        }
    }

    #[test]
    fn promiscuous_mode_begins_and_ends() {
        let flags = || flags_in(&std::fs::read_to_string("/sys/class/net/lo/flags").ok()?);
        let Some(before) = flags() else { return eprintln!("SKIPPED: there is no /sys here") };
        match open("lo", true, &Progress::default()) {
            Ok(input) => {
                assert_ne!(flags().unwrap_or(0) & PROMISCUOUS, 0);
                drop(input);
                assert_eq!(flags(), Some(before));
            }
            Err(LiveError::Forbidden { .. } | LiveError::Promiscuous { .. }) => {
                eprintln!("SKIPPED: changing interfaces is not allowed here");
            }
            Err(error) => panic!("{error}"),
        }
        let any = open(ANY, true, &Progress::default());
        assert!(matches!(any, Err(LiveError::Promiscuous { .. } | LiveError::Forbidden { .. })), "{any:?}");
    }

    #[test]
    fn an_interface_that_is_not_there_is_named_with_those_that_are() {
        let error = open("nothing9", false, &Progress::default()).err().map(|error| error.to_string());
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
        match open("lo", false, &inputs.progress) {
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
