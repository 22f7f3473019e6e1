//! How good a call sounds, by numbers: the E-model, and Cisco's quality text.
//!
//! [`Conditions`] rates a stream by ITU-T G.107 with the codec figures of G.113 appendix I. [`VoiceQuality`]
//! reads and writes the text of ConnectionStatisticsRes; [`Meter`] counts what that text tells while a stream
//! plays.

mod emodel;
mod meter;
mod text;

pub use emodel::{Conditions, R_MAX, mos_of_r, r_of_mos};
pub use meter::{CONCEAL_MS, MOS_MS, Meter};
pub use text::{TEXT_BYTES_MAX, VoiceQuality};
