//! Features, one file each. Like `call/` they speak to legs, not to phones.

mod barge;
mod busy_lamp;
mod call_back;
mod code;
mod conference;
mod divert;
mod dnd;
mod forward;
mod hold;
mod hunt;
mod intercom;
mod meet_me;
mod night;
mod park;
mod pickup;
mod shared;
mod transfer;

pub(crate) use busy_lamp::Presence;
pub(crate) use call_back::CallBacks;
pub(crate) use code::Progress as CodeProgress;
pub(crate) use conference::{CONFERENCE, Conference, Entry, Refusal};
pub(crate) use dnd::{Quiet, Undisturbed};
pub(crate) use forward::{Forwards, Reason, Redirect};
pub(crate) use hunt::{Hunting, LoggedOut};
pub(crate) use night::Nights;
pub(crate) use shared::{Remote, Seen};
pub(crate) use transfer::Recall;
