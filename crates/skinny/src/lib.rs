//! SCCP, the Skinny Client Control Protocol: bytes to messages and back.
//!
//! No I/O, no clock, no threads: the server, the phone, the trace analyser, the load generator and
//! the simulator all use this crate in the same way.
//!
//! * [`frame`]: the 12-byte header, and how to find it again in the middle of a stream.
//! * [`connection`]: bytes in, frames out, a bounded write queue.
//! * [`message`]: the catalogue; one declaration per message gives its struct, decoder, encoder,
//!   field view, JSON both ways and its chapter in `docs/protocol/messages.md`.
//! * [`codes`]: every enumeration, as open newtypes: an unknown value survives and prints as hex.
//! * [`packet`]: a decoded frame that re-encodes to the very bytes it came from.
//! * [`text`]: what the bytes of a label, a prompt or a name say.
//! * [`view`], [`json`]: the fields of a frame with offsets, for people and for scripts.
//!
//! Decoding a body cannot fail. An absent tail is an absent field, bytes past the layout are kept,
//! unknown codes and unknown ids pass through: only framing ([`frame::FrameError`]) knows errors.

#[macro_use]
mod declare;

pub mod catalogue;
pub mod codes;
pub mod connection;
pub mod frame;
#[doc(hidden)]
pub mod fuzz;
pub mod json;
pub mod label;
pub mod message;
pub mod packet;
pub mod reference;
pub mod table;
pub mod text;
pub mod types;
pub mod view;
pub mod wire;

pub use connection::Connection;
pub use frame::{Frame, Header};
pub use message::Message;
pub use packet::Packet;
