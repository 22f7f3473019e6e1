//! One port of ours with a phone behind it.

use super::control::Control;
use super::inband::{Ear, Mouth};
use super::latch::Latch;
use super::playout::Playout;
use super::sound::Playing;
use super::voice::{Digits, Hearing, Voice};
use crate::codec::CodecKind;
use crate::dtmf::EventReceiver;
use crate::receive::{Receiver, Settings};
use crate::rtp::Header;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Packets that a party may send in a second; a phone with 10 ms packets and doubled events stays below a third.
pub const PACKETS_PER_SECOND_MAX: u32 = 400;
/// Without a packet for so long a party counts as silent.
pub const SILENT_AFTER: Duration = Duration::from_secs(10);
/// Comfort noise, which no codec's number stands for (RFC 3551, RFC 3389; 19: as Cisco's phones send it).
pub(crate) const COMFORT_NOISE: [u8; 2] = [13, 19];

/// A socket of the driver, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port(pub u32);

/// A party. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartyId {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

/// How a party sends and receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The codec; nothing for one that is not known here: its packets are passed through whatever their type.
    pub codec: Option<CodecKind>,
    /// Payload type of its packets.
    pub payload_type: u8,
    /// Milliseconds of audio in a packet of ours.
    pub packet_ms: u32,
    /// Payload type of telephone events, where the party takes and sends them.
    pub event_payload_type: Option<u8>,
    /// Whether its digits are in its audio, because it has no other way.
    pub digits_in_band: bool,
}

/// A party to be opened.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// The port.
    pub port: Port,
    /// How it sends and receives.
    pub format: Format,
    /// Where the phone says that it receives, if it has.
    pub remote: Option<SocketAddr>,
    /// From where it signals: other addresses than this and the told one are not listened to.
    pub signals_from: Option<IpAddr>,
}

impl Format {
    /// A codec with its usual payload type and no telephone events.
    pub fn new(codec: CodecKind, packet_ms: u32) -> Self {
        let payload_type = codec.payload_type().unwrap_or(crate::codec::DYNAMIC_PAYLOAD_TYPE_FIRST);
        Self { codec: Some(codec), payload_type, packet_ms, event_payload_type: None, digits_in_band: false }
    }

    /// The codec, where it can be decoded here at a rate that is converted: 8 and 16 kHz.
    pub fn inside(&self) -> Option<CodecKind> {
        self.codec.filter(|codec| codec.open().is_some() && matches!(codec.sample_rate_hz(), 8000 | 16_000))
    }

    /// Whether packets of one can go to the other as they are.
    pub fn is_same_coding(&self, other: &Self) -> bool {
        self.codec == other.codec && self.payload_type == other.payload_type
    }

    pub(crate) fn clock_hz(&self) -> u32 {
        self.codec.map_or(8000, CodecKind::clock_hz)
    }
}

/// Whom a party's packets go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Nobody,
    /// As they are, to the party at this index.
    Relay(u32),
    /// Decoded and encoded again.
    Transcode(u32),
    /// Into the mix of its bridge.
    Mix,
}

/// What else was counted of a party.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets sent to it.
    pub sent: u64,
    /// Their bytes, with RTP headers.
    pub sent_bytes: u64,
    /// Packets for it that were dropped because nobody knows where it is.
    pub nowhere: u64,
    /// Packets from an address that is not its own.
    pub wrong_source: u64,
    /// Packets that are no RTP.
    pub malformed: u64,
    /// RTCP packets, on the RTP port or the next.
    pub rtcp: u64,
    /// Packets of another codec than agreed.
    pub wrong_codec: u64,
    /// Packets beyond [`PACKETS_PER_SECOND_MAX`].
    pub flooded: u64,
    /// Packets that were looked at for silence.
    pub sampled: u32,
    /// Those that were silent.
    pub silent: u32,
}

#[derive(Debug)]
pub(crate) struct Party {
    pub id: PartyId,
    pub port: Port,
    pub format: Format,
    pub latch: Latch,
    pub receiver: Receiver,
    pub counts: Counts,
    pub route: Route,
    pub bridge: Option<u32>,
    pub muted: bool,
    pub events: EventReceiver,
    pub flow: Flow,
    pub presence: Presence,
    pub splice: Splice,
    pub opened_at: Duration,
    /// What we say to it, where its packets are our own.
    pub voice: Option<Box<Voice>>,
    /// Its packets decoded for the other side.
    pub hearing: Option<Box<Hearing>>,
    /// Its packets decoded on the clock of a mix.
    pub playout: Option<Box<Playout>>,
    pub play: Option<Box<Playing>>,
    pub digits: Option<Box<Digits>>,
    /// Its part of a tape.
    pub taped: Option<Box<super::tape::Taped>>,
    /// Its RTCP, where it sends some.
    pub control: Option<Box<Control>>,
    /// Our name in ours.
    pub own_ssrc: u32,
    /// Digits in what it says.
    pub ear: Option<Box<Ear>>,
    /// Digits in what is relayed to it; where we have a voice, that has its own.
    pub mouth: Option<Box<Mouth>>,
}

/// Against floods: packets of the second under way.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    ends: Duration,
    packets: u32,
    pub is_flooding: bool,
}

impl Flow {
    /// True where one more is admitted.
    #[inline]
    pub fn admit(&mut self, now: Duration) -> bool {
        if now >= self.ends {
            self.ends = now.saturating_add(Duration::from_secs(1));
            self.is_flooding = self.packets > PACKETS_PER_SECOND_MAX;
            self.packets = 0;
        }
        self.packets = self.packets.saturating_add(1);
        self.packets <= PACKETS_PER_SECOND_MAX
    }
}

/// Whether a party is heard.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    pub last_at: Duration,
    pub ever: bool,
    pub silence_told: bool,
}

/// The stream that is relayed to a party, for digits of ours between its packets.
#[derive(Debug, Default)]
pub(crate) struct Splice {
    /// The last packet, as it was sent.
    pub last: Option<Header>,
    /// What the sequence numbers of the stream are ahead by.
    pub ahead: u16,
}

impl Party {
    pub fn new(now: Duration, id: PartyId, setup: &Setup, own_ssrc: u32) -> Self {
        let settings = Settings {
            clock_hz: setup.format.clock_hz(),
            event_payload_type: setup.format.event_payload_type,
            ..Settings::default()
        };
        Self {
            id,
            port: setup.port,
            format: setup.format,
            latch: Latch::new(now, setup.remote, setup.signals_from),
            receiver: Receiver::new(settings),
            counts: Counts::default(),
            route: Route::Nobody,
            bridge: None,
            muted: false,
            events: EventReceiver::new(),
            flow: Flow::default(),
            presence: Presence { last_at: now, ..Presence::default() },
            splice: Splice::default(),
            opened_at: now,
            voice: None,
            hearing: None,
            playout: None,
            play: None,
            digits: None,
            taped: None,
            control: None,
            own_ssrc,
            ear: Ear::new(&setup.format).map(Box::new),
            mouth: None,
        }
    }

    /// Sends it a packet; false where nobody knows where it is.
    #[inline]
    pub fn deliver(&mut self, packet: &[u8], out: &mut impl super::Outlet) -> bool {
        let Some(to) = self.latch.remote() else {
            self.counts.nowhere += 1;
            return false;
        };
        self.counts.sent += 1;
        self.counts.sent_bytes += packet.len() as u64;
        self.tape_sent(packet);
        out.send(self.port, to, packet);
        true
    }

    /// True while something is to be sent to it by the clock.
    pub fn needs_ticks(&self) -> bool {
        self.play.is_some() || self.digits.is_some()
    }
}
