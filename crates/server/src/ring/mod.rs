//! The ring: all frames of the last days on disk, always on, readable by `lineside trace` and Wireshark.
//!
//! Its own thread takes pieces of the [tape](crate::tape), masks what is secret, and writes pcapng files of
//! a named size; the oldest go when all together are larger or older than allowed. Each file stands for
//! itself: before the first frame of a connection comes a copy of how it registered. A disk that takes nothing
//! costs frames, which are counted, and never a call.

mod files;
mod live;
mod mask;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use exchange::input::SessionId;
use skinny::frame::{Frame, HEADER_LEN, Split, split};
use trace::Timestamp;
use trace::synth::Wire;

use crate::counters::Counters;
use crate::tap::Direction;
use crate::tape::{Passed, Reel};

pub use files::{Files, is_ring_file};
pub use live::LiveLines;
use mask::Masker;

/// Folder of the ring in the data directory.
pub const FOLDER: &str = "trace";
/// Sessions whose registration is kept for the next file: beyond that, the oldest are forgotten.
const SESSIONS_MAX: usize = 200_000;
/// What a packet takes in the file beside its bytes.
const PACKET_OVERHEAD: u64 = 96;

/// How much is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingLimits {
    /// Bytes of all files together.
    pub bytes_max: u64,
    /// How long a file is kept.
    pub keep: Duration,
    /// Whether SRTP keys and digits pressed during calls stay readable.
    pub secrets: bool,
}

impl Default for RingLimits {
    /// 256 MiB and seven days: about 35,000 calls. No secrets.
    fn default() -> Self {
        RingLimits { bytes_max: 256 * 1024 * 1024, keep: Duration::from_secs(7 * 24 * 3600), secrets: false }
    }
}

/// What is known of a session.
#[derive(Debug, Default)]
struct Known {
    masker: Masker,
    /// RegisterReq and RegisterAck, as they passed.
    registration: Vec<(Direction, Vec<u8>)>,
}

/// Writes frames.
#[derive(Debug)]
pub struct Ring {
    files: Option<Files>,
    live: Option<LiveLines>,
    secrets: bool,
    wire: Wire,
    sessions: BTreeMap<SessionId, Known>,
    /// Sessions that the file at hand has frames of.
    in_file: BTreeSet<SessionId>,
    file_bytes: u64,
    counters: Arc<Counters>,
}

impl Ring {
    /// A ring over these files, which also prints lines.
    pub fn new(
        files: Option<Files>,
        live: Option<LiveLines>,
        limits: &RingLimits,
        counters: Arc<Counters>,
    ) -> Ring {
        Ring {
            files,
            live,
            secrets: limits.secrets,
            wire: Wire::new().without_acks(),
            sessions: BTreeMap::new(),
            in_file: BTreeSet::new(),
            file_bytes: 0,
            counters,
        }
    }

    /// Takes everything that passes, in a thread of its own, until the tape ends.
    pub fn spawn(mut self, reel: Reel) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("ring".into()).spawn(move || {
            while reel.next(|passed| self.take(passed)) {
                self.flush();
            }
            self.flush();
        })
    }

    /// Takes frames that went one way together.
    pub fn take(&mut self, passed: Passed<'_>) {
        let mut rest = passed.bytes;
        while let Split::Frame(frame, after) = split(rest) {
            let (bytes, _) = rest.split_at(frame.header.frame_len());
            self.frame(&passed, frame, bytes);
            rest = after;
        }
    }

    fn frame(&mut self, passed: &Passed<'_>, frame: Frame<'_>, bytes: &[u8]) {
        if matches!(frame.header.id, 0x0000 | 0x0100) {
            return;
        }
        if self.sessions.len() >= SESSIONS_MAX && !self.sessions.contains_key(&passed.session) {
            self.sessions.pop_first();
        }
        let known = self.sessions.entry(passed.session).or_default();
        let mut bytes = bytes.to_vec();
        let (_, body) = bytes.split_at_mut(HEADER_LEN);
        known.masker.follow(frame, passed.direction);
        if !self.secrets {
            known.masker.mask(frame, body);
        }
        match frame.header.id {
            0x0001 => known.registration = vec![(passed.direction, bytes.clone())],
            0x0081 => known.registration.push((passed.direction, bytes.clone())),
            _ => {}
        }
        let version = known.masker.version();
        let masked = Frame { header: frame.header, body: &bytes[HEADER_LEN..] };
        if let Some(live) = &mut self.live {
            live.line(passed.unix_ns, passed.session, passed.direction, masked, version);
        }
        self.keep(passed, frame.header.id, &bytes);
    }

    fn keep(&mut self, passed: &Passed<'_>, id: u32, bytes: &[u8]) {
        if self.files.is_none() {
            return;
        }
        let time = Timestamp(i64::try_from(passed.unix_ns).unwrap_or(i64::MAX));
        let (phone, server) = (passed.peer.remote, passed.peer.local);
        let (src, dst) = ends(passed.direction, phone, server);
        if self.in_file.insert(passed.session) && id != 0x0001 {
            self.repeat_registration(passed.session, time, phone, server);
        }
        self.wire.send(time, src, dst, bytes);
        self.write();
    }

    /// So that a file can be read without those before it.
    fn repeat_registration(&mut self, id: SessionId, time: Timestamp, phone: SocketAddr, server: SocketAddr) {
        let Some(known) = self.sessions.get(&id) else { return };
        for (direction, bytes) in &known.registration {
            let (src, dst) = ends(*direction, phone, server);
            self.wire.send(time, src, dst, bytes);
            self.wire.comment("Lineside: a copy of how this connection registered before this file began");
        }
    }

    fn write(&mut self) {
        let Some(files) = &mut self.files else { return };
        for packet in self.wire.packets() {
            self.file_bytes += packet.bytes.len() as u64 + PACKET_OVERHEAD;
            if !files.write(packet) {
                self.counters.ring_lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.wire.forget_packets();
        if self.file_bytes >= files.segment_bytes() {
            files.next();
            self.file_bytes = 0;
            self.in_file.clear();
        }
    }

    /// Hands what is buffered to the kernel.
    pub fn flush(&mut self) {
        if let Some(files) = &mut self.files {
            files.flush();
        }
        if let Some(live) = &mut self.live {
            live.flush();
        }
    }
}

fn ends(direction: Direction, phone: SocketAddr, server: SocketAddr) -> (SocketAddr, SocketAddr) {
    match direction {
        Direction::FromPhone => (phone, server),
        Direction::ToPhone => (server, phone),
    }
}

/// The folder of the ring in a data directory.
pub fn folder(data: &std::path::Path) -> PathBuf {
    data.join(FOLDER)
}
