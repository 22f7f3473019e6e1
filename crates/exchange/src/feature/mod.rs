//! Features, one file each. Like `call/` they speak to legs, not to phones.

mod code;
mod dnd;
mod forward;
mod hold;
mod park;
mod pickup;
mod shared;
mod transfer;

pub(crate) use code::Progress as CodeProgress;
pub(crate) use dnd::{Quiet, Undisturbed};
pub(crate) use forward::{Forwards, Reason, Redirect};
pub(crate) use shared::{Remote, Seen};
pub(crate) use transfer::Recall;
