//! The ring: all frames of the last days on disk, always on, readable by `lineside trace` and Wireshark.
//!
//! Its own thread takes pieces of the [tape](crate::tape), masks what is secret, and writes pcapng files of
//! a named size; the oldest go when all together are larger or older than allowed. Each file stands for
//! itself: before the first frame of a connection comes a copy of how it registered. A disk that takes nothing
//! costs frames, which are counted, and never a call.

mod connection;
mod files;
mod live;
mod mask;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use exchange::input::SessionId;
use skinny::frame::{Frame, HEADER_LEN, Split, split};
use skinny::message::{self as m, Numbered};
use trace::Timestamp;
use trace::synth::SEGMENT_SIZE;

use crate::counters::Counters;
use crate::tape::{Passed, Reel};

use connection::Connection;
pub use files::{Files, is_ring_file};
pub use live::LiveLines;

/// Folder of the ring in the data directory.
pub const FOLDER: &str = "trace";
/// Sessions whose registration is kept for the next file: beyond that, the oldest are forgotten.
const SESSIONS_MAX: usize = 200_000;
/// What a packet takes in the file beside its bytes.
const PACKET_OVERHEAD: u64 = 36;
const COPY: &str = "Lineside: a copy of how this connection registered before this file began";
const KEEPALIVE: u32 = m::KeepAliveReq::ID;
const KEEPALIVE_ACK: u32 = m::KeepAliveAck::ID;

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
    /// 256 MiB and seven days: about 30,000 calls. No secrets.
    fn default() -> Self {
        RingLimits { bytes_max: 256 * 1024 * 1024, keep: Duration::from_secs(7 * 24 * 3600), secrets: false }
    }
}

/// Writes frames.
#[derive(Debug)]
pub struct Ring {
    files: Option<Files>,
    live: Option<LiveLines>,
    secrets: bool,
    connections: BTreeMap<SessionId, Connection>,
    /// The frames at hand, without secrets.
    frames: Vec<u8>,
    /// The packet at hand.
    packet: Vec<u8>,
    /// Which file, counted from the start, and how much is in it.
    file: u64,
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
            connections: BTreeMap::new(),
            frames: Vec::new(),
            packet: Vec::new(),
            file: 1,
            file_bytes: 0,
            counters,
        }
    }

    /// Takes everything that passes, in a thread of its own, until the tape ends.
    pub fn spawn(mut self, reel: Reel) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("ring".into()).spawn(move || {
            crate::priority::behind_calls();
            while reel.next(|passed| self.take(passed)) {
                self.flush();
            }
            self.flush();
        })
    }

    /// Takes frames that went one way together; they become one packet, or as many as they fill.
    pub fn take(&mut self, passed: Passed<'_>) {
        if self.connections.len() >= SESSIONS_MAX && !self.connections.contains_key(&passed.session) {
            self.connections.pop_first();
        }
        let connection =
            self.connections.entry(passed.session).or_insert_with(|| Connection::new(passed.peer));
        let mut begins = false;
        self.frames.clear();
        let mut rest = passed.bytes;
        let mut count = 0;
        while let Split::Frame(frame, after) = split(rest) {
            let (bytes, _) = rest.split_at(frame.header.frame_len());
            rest = after;
            if matches!(frame.header.id, KEEPALIVE | KEEPALIVE_ACK) {
                continue;
            }
            begins |= frame.header.id == m::RegisterReq::ID && count == 0;
            let at = self.frames.len();
            self.frames.extend_from_slice(bytes);
            let bytes = &mut self.frames[at..];
            connection.follow(frame, &passed, bytes, self.secrets);
            if let Some(live) = &mut self.live {
                let masked = Frame { header: frame.header, body: &bytes[HEADER_LEN..] };
                live.line(passed.unix_ns, passed.session, passed.direction, masked, connection.version());
            }
            count += 1;
        }
        if count > 0 {
            self.keep(&passed, begins, count);
        }
    }

    /// Writes the frames at hand; `begins` when a registration is the first of them.
    fn keep(&mut self, passed: &Passed<'_>, begins: bool, count: u64) {
        let Some(files) = &mut self.files else { return };
        let Some(connection) = self.connections.get_mut(&passed.session) else { return };
        let time = Timestamp(i64::try_from(passed.unix_ns).unwrap_or(i64::MAX));
        let mut write = |connection: &mut Connection, direction, bytes: &[u8], remark| {
            bytes.chunks(SEGMENT_SIZE).fold(true, |is_written, part| {
                connection.packet(direction, part, &mut self.packet);
                self.file_bytes += self.packet.len() as u64 + PACKET_OVERHEAD;
                is_written & files.write(time, &self.packet, remark)
            })
        };
        // So that a file can be read without those before it.
        if connection.is_new_in(self.file) && !begins {
            for (direction, bytes) in connection.registration() {
                write(connection, direction, &bytes, Some(COPY));
            }
        }
        if !write(connection, passed.direction, &self.frames, None) {
            self.counters.ring_lost.fetch_add(count, Ordering::Relaxed);
        }
        if self.file_bytes >= files.segment_bytes() {
            files.next();
            self.file_bytes = 0;
            self.file += 1;
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

/// The folder of the ring in a data directory.
pub fn folder(data: &std::path::Path) -> PathBuf {
    data.join(FOLDER)
}
