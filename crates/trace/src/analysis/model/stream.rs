//! RTP as the wire shows it, and the views of both phones beside it.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// One RTP stream of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// Who sends.
    pub src: SocketAddr,
    /// To whom.
    pub dst: SocketAddr,
    /// Synchronisation source.
    pub ssrc: u32,
    /// Payload type.
    pub payload_type: u8,
    /// Index of the leg that sends, when its order tells.
    pub from_leg: Option<u16>,
    /// Index of the leg that receives, when its answer tells.
    pub to_leg: Option<u16>,
    /// Index of the branch that it is.
    pub branch: Option<u16>,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Packets, each once.
    pub packets: u64,
    /// What the sequence numbers say were sent.
    pub expected: u64,
    /// Packets that the capture does not have.
    pub lost: u64,
    /// Copies of packets.
    pub duplicates: u64,
    /// Whether the copies come from the capture (a mirror port that shows a packet on its way in and out).
    pub mirrored: bool,
    /// Packets that came after a later one.
    pub reordered: u64,
    /// Packets too late to be played.
    pub late: u64,
    /// Lost where the capture itself has a hole: not the network's loss.
    pub lost_in_capture: u64,
    /// RFC 3550 jitter at the end, in milliseconds.
    pub jitter_ms: f32,
    /// Its highest value.
    pub jitter_ms_max: f32,
    /// Longest pause between packets, in milliseconds.
    pub delta_ms_max: f32,
    /// Runs of loss.
    pub loss_runs: u64,
    /// Longest run of loss, in packets.
    pub loss_run_max: u64,
    /// Bursts of loss as RFC 3611 counts them.
    pub bursts: u64,
    /// Codec by payload type or order, as RFC 3551 names it; empty when not known.
    pub codec: Box<str>,
    /// Packet time as the packets show it, in milliseconds; 0 when not known.
    pub packet_ms: u32,
    /// MOS by the E-model; `None` for a codec that it does not rate, or an empty stream.
    pub mos: Option<f32>,
    /// Share of packets that carry silence, 0 to 1; `None` when the codec does not show it.
    pub silence: Option<f32>,
    /// Type of service or traffic class of its first packet: DSCP in its upper six bits.
    pub traffic_class: u8,
    /// Whether it is encrypted by order.
    pub encrypted: bool,
}

/// Whose fault a loss is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Verdict {
    /// Nothing was lost.
    Clean,
    /// Lost before the place of the capture.
    BeforeCapture,
    /// Lost after it.
    AfterCapture,
    /// Lost on both sides of it.
    Both,
    /// The capture lost it, the phone did not.
    Capture,
    /// The phones tell of loss; there is no RTP in the capture to say where.
    Somewhere,
    /// Not enough is known.
    #[default]
    Unknown,
}

impl Verdict {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Clean => "nothing lost",
            Self::BeforeCapture => "lost between the sender and the place of the capture",
            Self::AfterCapture => "lost between the place of the capture and the receiver",
            Self::Both => "lost on both sides of the place of the capture",
            Self::Capture => "lost by the capture only",
            Self::Somewhere => "lost on the way; no RTP in the capture to say where",
            Self::Unknown => "not known",
        }
    }
}

/// One direction of a call, seen from three places.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Quality {
    /// Index of the leg that sends.
    pub from_leg: u16,
    /// Index of the leg that receives.
    pub to_leg: u16,
    /// Packets that the sender says it sent.
    pub sender_sent: Option<u32>,
    /// Index into the call's streams: the wire's view.
    pub stream: Option<u16>,
    /// Packets that the receiver says it received.
    pub receiver_received: Option<u32>,
    /// Packets that the receiver says it missed.
    pub receiver_lost: Option<u32>,
    /// The receiver's jitter, in milliseconds.
    pub receiver_jitter_ms: Option<u32>,
    /// The receiver's latency, in milliseconds.
    pub receiver_latency_ms: Option<u32>,
    /// The receiver's MOS (MLQKav, else MLQK).
    pub receiver_mos: Option<f32>,
    /// The receiver's share of concealed time (CCR).
    pub receiver_concealed: Option<f32>,
    /// Whose fault a loss is.
    pub verdict: Verdict,
}
