//! Codecs behind one trait, and the list of those that SCCP phones name.
//!
//! Inside codecs (G.711, G.722, L16, and Opus with the feature of that name) encode and decode; the rest (G.729, G.723.1, GSM) exist as [`CodecKind`]s
//! with their sizes, so that a stream of them can be passed through, counted and rated.

pub mod g711;
pub mod g722;
mod kind;
mod l16;
#[cfg(feature = "opus")]
mod opus;

pub use g711::{Alaw, Mulaw};
pub use g722::G722;
pub use kind::CodecKind;
pub use l16::L16;
#[cfg(feature = "opus")]
pub use opus::Opus;

/// Turns samples into payload and back. Each direction keeps its own state, so one value serves both ways of a
/// call. Nothing is allocated but what the caller's vectors grow by.
pub trait Codec {
    /// Which codec this is.
    fn kind(&self) -> CodecKind;

    /// Payload type in the header: the static one of RFC 3551, or what was negotiated.
    fn payload_type(&self) -> u8 {
        self.kind().payload_type().unwrap_or(DYNAMIC_PAYLOAD_TYPE_FIRST)
    }

    /// Clock of the timestamps, in Hz (for G.722 not the sample rate: RFC 3551 4.5.2).
    fn clock_hz(&self) -> u32 {
        self.kind().clock_hz()
    }

    /// Samples a second of each channel.
    fn sample_rate_hz(&self) -> u32 {
        self.kind().sample_rate_hz()
    }

    /// Appends the payload of `pcm` (channels interleaved) to `out`.
    fn encode(&mut self, pcm: &[i16], out: &mut Vec<u8>);

    /// Appends the samples of `payload` to `out`. Any bytes decode to something; half a sample at the end is
    /// left aside.
    fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>);
}

/// First payload type that calls negotiate by themselves (RFC 3551 3).
pub const DYNAMIC_PAYLOAD_TYPE_FIRST: u8 = 96;
