//! Live sources: music that comes as it is made, as samples or as a stream of RTP. All who hear one hear the same
//! moment of it. While nothing comes they hear a sound in its place.
//!
//! Samples are asked for ([`Engine::live_room`]) at the pace at which they are heard, whether somebody hears them or not: so
//! a source that is faster than its clock waits, and nobody hears what was made minutes ago.

use super::bridge::RECORDING_HZ;
use super::latch::{Latch, Source};
use super::party::{Format, Port};
use super::playout::Playout;
use super::{Engine, Event, Outlet, Scratch, TICK_MS};
use crate::codec::{CodecKind, DYNAMIC_PAYLOAD_TYPE_FIRST};
use crate::resample::Halver;
use crate::rtp::{PACKET_MS_MAX, Packet, is_rtcp};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Live sources at once.
pub const LIVES_MAX: usize = 64;
/// Samples a second of a live source, one channel.
pub const LIVE_HZ: u32 = RECORDING_HZ;
/// Samples of a tick.
pub const LIVE_FRAME: usize = (LIVE_HZ / 1000 * TICK_MS) as usize;
/// Frames that are gathered before a source is heard: 200 ms, against its jitter.
const START_FRAMES: usize = 10;
/// Frames that may wait: 400 ms.
const WAITING_FRAMES_MAX: usize = 20;
/// After so long without anything of the source, what stands in its place is heard.
pub const LIVE_GAP_MAX: Duration = Duration::from_secs(2);

/// A live source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LiveId(u32);

/// See the module.
#[derive(Debug)]
pub(crate) struct Live {
    id: LiveId,
    feed: Feed,
    state: State,
    wide: Vec<i16>,
    narrow: Vec<i16>,
    halver: Halver,
}

#[derive(Debug)]
enum Feed {
    Samples(VecDeque<i16>),
    Packets(Box<Packets>),
}

/// A stream of RTP. Its codec and packet time are those of the packets that come.
#[derive(Debug)]
struct Packets {
    port: Port,
    latch: Latch,
    coding: Option<(CodecKind, u32)>,
    playout: Option<Playout>,
    last_at: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Something else is heard in its place.
    Away,
    On,
    /// Silence, since then.
    Gap(Duration),
}

impl Live {
    /// What is heard in this tick at 8 or 16 kHz; nothing while the source is away.
    pub fn frame(&self, rate_hz: u32) -> Option<&[i16]> {
        let frame = if rate_hz == LIVE_HZ { &self.wide } else { &self.narrow };
        (self.state != State::Away).then_some(frame)
    }

    fn tick(&mut self, now: Duration, scratch: &mut Scratch) {
        self.wide.clear();
        self.state = match &mut self.feed {
            Feed::Samples(waiting) => take(waiting, self.state, now, &mut self.wide),
            Feed::Packets(packets) => packets.take(now, &mut self.wide, scratch),
        };
        self.wide.resize(LIVE_FRAME, 0);
        self.narrow.clear();
        self.halver.process(&self.wide, &mut self.narrow);
    }
}

/// The next frame of the samples that wait.
fn take(waiting: &mut VecDeque<i16>, state: State, now: Duration, out: &mut Vec<i16>) -> State {
    let least = if state == State::On { LIVE_FRAME } else { START_FRAMES * LIVE_FRAME };
    if waiting.len() >= least {
        out.extend(waiting.drain(..LIVE_FRAME));
        return State::On;
    }
    match state {
        State::Away => State::Away,
        State::On => State::Gap(now),
        State::Gap(since) if now.saturating_sub(since) < LIVE_GAP_MAX => state,
        State::Gap(_) => {
            // The rest of a source that ended is not heard when it begins again.
            waiting.clear();
            State::Away
        }
    }
}

impl Packets {
    fn push(&mut self, now: Duration, from: SocketAddr, bytes: &[u8]) {
        if is_rtcp(bytes) {
            return;
        }
        let Ok(packet) = Packet::parse(bytes) else { return };
        let Some(coding) = coding_of(&packet) else { return };
        if self.latch.judge(now, from) == Source::Wrong {
            return;
        }
        if self.coding != Some(coding) {
            self.coding = Some(coding);
            self.playout = Playout::new(&Format::new(coding.0, coding.1), LIVE_HZ);
        }
        if let Some(playout) = &mut self.playout {
            playout.push(now, &packet);
            self.last_at = Some(now);
        }
    }

    fn take(&mut self, now: Duration, out: &mut Vec<i16>, scratch: &mut Scratch) -> State {
        let is_on = self.last_at.is_some_and(|last| now.saturating_sub(last) < LIVE_GAP_MAX);
        let Some(playout) = self.playout.as_mut().filter(|_| is_on) else {
            self.last_at = None;
            return State::Away;
        };
        playout.fill(now, LIVE_FRAME, scratch);
        out.extend_from_slice(&playout.frame);
        State::On
    }
}

/// Codec and packet time of a packet: static types (RFC 3551), and 16-bit samples at 16 kHz behind any other number.
fn coding_of(packet: &Packet<'_>) -> Option<(CodecKind, u32)> {
    let kind = match packet.header.payload_type {
        0 => CodecKind::Pcmu,
        8 => CodecKind::Pcma,
        9 => CodecKind::G722,
        DYNAMIC_PAYLOAD_TYPE_FIRST..=127 => CodecKind::L16Wide,
        _ => return None,
    };
    let a_second = kind.payload_bytes(1000)?;
    let bytes = u32::try_from(packet.payload.len()).ok()?;
    let packet_ms = (bytes * 1000).checked_div(a_second)?;
    let is_whole = kind.payload_bytes(packet_ms) == Some(bytes);
    ((1..=PACKET_MS_MAX).contains(&packet_ms) && is_whole).then_some((kind, packet_ms))
}

/// There are [`LIVES_MAX`] already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are {LIVES_MAX} live sources already")]
pub struct LivesFull;

impl Engine {
    /// A source whose samples are handed in as they are asked for, at [`LIVE_HZ`].
    pub fn live_of_samples(&mut self, now: Duration) -> Result<LiveId, LivesFull> {
        let waiting = VecDeque::with_capacity((WAITING_FRAMES_MAX + 1) * LIVE_FRAME);
        self.add_live(now, Feed::Samples(waiting))
    }

    /// A source whose packets come to a port that no party has; from this address only, where there is one.
    pub fn live_of_packets(
        &mut self,
        now: Duration,
        port: Port,
        from: Option<IpAddr>,
    ) -> Result<LiveId, LivesFull> {
        let latch = Latch::new(now, None, from);
        let packets = Packets { port, latch, coding: None, playout: None, last_at: None };
        self.add_live(now, Feed::Packets(Box::new(packets)))
    }

    fn add_live(&mut self, now: Duration, feed: Feed) -> Result<LiveId, LivesFull> {
        let lives = &mut self.sounds.lives;
        if lives.len() >= LIVES_MAX {
            return Err(LivesFull);
        }
        let id = LiveId(lives.len() as u32);
        let frame = || Vec::with_capacity(LIVE_FRAME);
        let halver = Halver::default();
        lives.push(Live { id, feed, state: State::Away, wide: frame(), narrow: frame(), halver });
        self.wake(now);
        Ok(id)
    }

    /// How many more samples a source may hand in now; nothing where it is one of packets.
    pub fn live_room(&self, id: LiveId) -> usize {
        match self.sounds.live(id).map(|live| &live.feed) {
            Some(Feed::Samples(waiting)) => (WAITING_FRAMES_MAX * LIVE_FRAME).saturating_sub(waiting.len()),
            _ => 0,
        }
    }

    /// Takes samples of a source, as many as there is room for.
    pub fn live_samples(&mut self, id: LiveId, pcm: &[i16]) {
        let room = self.live_room(id);
        if let Some(Live { feed: Feed::Samples(waiting), .. }) = self.sounds.lives.get_mut(id.0 as usize) {
            waiting.extend(pcm.iter().take(room));
        }
    }

    /// A packet that came to no party's port: of a live source, if one has it.
    pub(super) fn live_packet(&mut self, now: Duration, port: Port, from: SocketAddr, bytes: &[u8]) {
        let packets = self.sounds.lives.iter_mut().find_map(|live| match &mut live.feed {
            Feed::Packets(packets) if packets.port == port => Some(packets),
            _ => None,
        });
        if let Some(packets) = packets {
            packets.push(now, from, bytes);
        }
    }

    /// The next frame of each; true where there is one.
    pub(super) fn lives_tick(&mut self, now: Duration, out: &mut impl Outlet) -> bool {
        for live in &mut self.sounds.lives {
            let was_away = live.state == State::Away;
            live.tick(now, &mut self.scratch);
            let is_away = live.state == State::Away;
            if was_away != is_away {
                out.event(Event::Live { live: live.id, on: !is_away });
            }
        }
        !self.sounds.lives.is_empty()
    }
}

impl super::Sounds {
    pub(super) fn live(&self, id: LiveId) -> Option<&Live> {
        self.lives.get(id.0 as usize)
    }
}
