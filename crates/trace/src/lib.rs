//! Reads SCCP out of captures: packets, streams, frames.
//!
//! The data flows one way, each layer borrowing from the one before it:
//!
//! ```text
//! bytes ──capture──► Packet ──packet──► Segment ──stream──► data, gaps ──framer──► frames
//! ```
//!
//! * [`capture`] cuts a pcap or pcapng byte stream into packets,
//! * [`packet`] finds the TCP or UDP segment in a packet,
//! * [`stream`] puts the segments of a TCP connection back in order and says what is missing,
//! * [`framer`] cuts an SCCP byte stream into frames, [`shape`] tells SCCP from other protocols,
//! * [`reader`] ties them together; [`messages`] prints what it finds, decoded by crate `skinny`;
//! * [`analysis`] makes registrations, calls and quality figures of the messages;
//! * [`source`] finds captures and text traces and mixes them, [`draw`] draws ladders of calls;
//! * [`tls`] opens SCCP over TLS with logged keys, [`audio`] writes the sound of calls as WAV files;
//! * [`query`] asks for calls, [`report`] shows them: tables, JSON, CSV, ladders in text;
//! * [`synth`] writes captures for tests and benchmarks, [`example`] has one to look at.
//!
//! Below [`messages`] nothing knows what an SCCP message means. Nothing here panics on
//! any input, and memory does not grow with the length of a capture: each table has a named limit.

pub mod analysis;
pub mod audio;
pub mod capture;
pub mod draw;
pub mod example;
pub mod framer;
pub mod messages;
pub mod packet;
pub mod query;
pub mod reader;
pub mod report;
pub mod shape;
pub mod source;
pub mod stream;
pub mod synth;
mod time;
pub mod tls;
#[cfg(feature = "ui")]
pub mod ui;

pub use time::Timestamp;
