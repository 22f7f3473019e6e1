//! Where messages come from: captures, text traces, folders, archives, all mixed into one view.
//!
//! [`Inputs`] finds what the user named and tells what each file is; [`Mixed`] tells one
//! [`crate::reader::FrameSink`] of all of them in the order of time.

pub mod clocks;
mod input;
#[cfg(all(feature = "live", target_os = "linux"))]
pub mod live;
mod mixed;
mod numbers;
mod owned;
mod pipe;
pub mod text;

use std::net::SocketAddr;

pub use input::{Bytes, Input, Inputs, Kind, MAX_INPUTS, MAX_UNPACKED, Progress, SourceError};
pub use mixed::{MAX_OPEN, Mixed, Outcome, Step};

/// An address as far as the source tells it: text traces often leave out the port, and where they leave out the address, too, the
/// unspecified one stands for it, which is never shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told(pub SocketAddr);

impl Told {
    /// None when nothing is known.
    pub(crate) fn of(address: SocketAddr) -> Option<Self> {
        (!address.ip().is_unspecified()).then_some(Self(address))
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.port() {
            0 => self.0.ip().fmt(f),
            _ => self.0.fmt(f),
        }
    }
}
