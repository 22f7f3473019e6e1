//! RTP without sockets: packets, codecs, tones, events, WAV, playout and receive quality.
//!
//! For everything that sounds: the emulated phone, the server's media engine, the trace reader's quality
//! figures. Not for sockets, clocks, threads or sound cards: time comes in as an argument (a [`Duration`] since
//! any fixed moment that never steps back), random choices come from a seed that the caller hands in, and no
//! input of any kind panics.
//!
//! | module | what it holds | known from |
//! |---|---|---|
//! | [`rtp`] | packet header, packet writer, sender state | RFC 3550 5.1, RFC 3551 |
//! | [`codec`] | G.711 µ/A, G.722, L16 behind one trait; which codecs exist | ITU-T G.711, G.722, RFC 3551 |
//! | [`receive`] | what a receiver knows of a stream: loss, jitter, order, bursts | RFC 3550 A.1, A.3, A.8, RFC 3611 4.7 |
//! | [`jitter`] | playout buffer | |
//! | [`conceal`] | what to play for a frame that is missing | after ITU-T G.711 Appendix I |
//! | [`tone`] | call progress tones, DTMF tones, and their detectors | Telcordia GR-506, ITU-T E.180, Q.23, Q.24 |
//! | [`dtmf`] | telephone events | RFC 4733 |
//! | [`engine`] | relay, transcoding, mixing, music: what a server does with streams | |
//! | [`wav`], [`resample`] | WAV files over any reader or writer, 8 and 16 kHz | |
//! | [`compare`] | is this what was said? | |
//! | [`quality`] | E-model, MOS, Cisco's quality text | ITU-T G.107, G.113 |
//! | [`speech`] | a test signal that tells phones apart | |
//!
//! [`Duration`]: std::time::Duration

pub mod codec;
pub mod compare;
pub mod conceal;
pub mod dtmf;
pub mod engine;
pub mod jitter;
pub mod level;
pub mod quality;
pub mod receive;
pub mod resample;
pub mod rtcp;
pub mod rtp;
pub mod speech;
pub mod tone;
mod vectors;
pub mod wav;
