//! What an analyst is told, whatever the source.

use skinny::Frame;
use skinny::message::Message;

use super::model::{Endpoint, MessageRef};
use crate::Timestamp;

/// A connection between a phone and a call manager comes into sight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// When.
    pub time: Timestamp,
    /// The call manager.
    pub server: Endpoint,
    /// The phone.
    pub phone: Endpoint,
    /// Whether the source has its beginning.
    pub from_start: bool,
    /// Which of the sources.
    pub source: u16,
}

/// What a text trace says of references that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// Both are legs of one call.
    Joined([u32; 2]),
    /// No longer.
    Parted([u32; 2]),
    /// A leg that hangs on another: recording, monitoring.
    Branch {
        /// Its reference.
        reference: u32,
        /// The leg that it hangs on.
        of: u32,
    },
}

/// Something was said on it.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// When, and where it stands.
    pub at: MessageRef,
    /// Whether the call manager said it.
    pub from_server: bool,
    /// What.
    pub content: Content<'a>,
}

/// A message, with or without its bytes.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// Bytes of the wire.
    Frame(Frame<'a>),
    /// Fields only, as a text trace has them.
    Message(Message<'a>),
}

impl Content<'_> {
    /// The message's id.
    #[inline]
    pub fn id(&self) -> u32 {
        match self {
            Self::Frame(frame) => frame.header.id,
            Self::Message(message) => message.id(),
        }
    }
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// In good order.
    Finished,
    /// Aborted.
    Reset {
        /// By the call manager.
        by_server: bool,
    },
    /// The phone opened another in its place.
    Replaced,
    /// It was given up by the reader, or the source ended: nothing is known of its end.
    Unknown,
}
