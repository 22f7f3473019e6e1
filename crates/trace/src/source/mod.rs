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
pub mod text;

use std::net::IpAddr;

pub use input::{Bytes, Input, Inputs, Kind, MAX_INPUTS, MAX_UNPACKED, Progress, SourceError};
pub use mixed::{MAX_OPEN, Mixed, Outcome, Step};

/// 240.0.0.0/4: addresses that a text trace's reader makes up.
pub(crate) fn is_made_up(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.octets()[0] >= 240 || ip.is_unspecified(),
        IpAddr::V6(ip) => ip.is_unspecified(),
    }
}
