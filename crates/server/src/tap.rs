//! A copy of every frame, for whoever draws ladders or writes captures.
//!
//! It may be slow: what finds no room is counted and left out, and the phones never wait for it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;

use exchange::input::{Peer, SessionId};
use skinny::Frame;
use skinny::frame::{Split, split};

use crate::clock::unix_ns;
use crate::counters::Counters;

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The phone sent it.
    FromPhone,
    /// The server sent it.
    ToPhone,
}

/// A frame that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TapFrame {
    /// When, in nanoseconds since the Unix epoch.
    pub unix_ns: u64,
    /// Its session.
    pub session: SessionId,
    /// Which way it went.
    pub direction: Direction,
    /// The phone's address.
    pub phone: SocketAddr,
    /// Our address.
    pub server: SocketAddr,
    /// Header and body.
    pub bytes: Box<[u8]>,
}

/// Where the copies go.
#[derive(Debug)]
pub struct Tap {
    sender: SyncSender<TapFrame>,
    counters: Arc<Counters>,
}

impl Tap {
    /// Copies go to `sender`, what finds no room is counted.
    pub fn new(sender: SyncSender<TapFrame>, counters: Arc<Counters>) -> Self {
        Tap { sender, counters }
    }

    /// A frame came in.
    pub fn incoming(&self, session: SessionId, peer: Peer, frame: Frame<'_>) {
        let mut bytes = Vec::with_capacity(frame.header.frame_len());
        bytes.extend_from_slice(&frame.header.bytes());
        bytes.extend_from_slice(frame.body);
        self.copy(session, peer, Direction::FromPhone, bytes.into());
    }

    /// Frames go out.
    pub fn outgoing(&self, session: SessionId, peer: Peer, mut bytes: &[u8]) {
        while let Split::Frame(frame, rest) = split(bytes) {
            let (bytes_of_frame, _) = bytes.split_at(frame.header.frame_len());
            self.copy(session, peer, Direction::ToPhone, bytes_of_frame.into());
            bytes = rest;
        }
    }

    fn copy(&self, session: SessionId, peer: Peer, direction: Direction, bytes: Box<[u8]>) {
        let Peer { remote: phone, local: server } = peer;
        let frame = TapFrame { unix_ns: unix_ns(), session, direction, phone, server, bytes };
        if self.sender.try_send(frame).is_err() {
            self.counters.tap_dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
